"""Reads the profile for a kill, also from a settings file with problems.

A wrong theme, a problem in another profile or an invalid limit must not keep orders in the market. But a problem in the
scope of the kill stops it: the kill may become narrower than configured, never wider.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pbtui.settings.decode import Problem
from pbtui.settings.file import decode_profile, load_settings, read_document
from pbtui.settings.profiles import NAME, Profile, SettingsError

_SCOPE_KEYS = ("portfolios", "delivery_areas", "products")
_LIKENESS = 0.6


def rescue_profile(path: Path | None, name: str | None) -> tuple[Profile, tuple[str, ...]]:
    """The profile of that name, by default the default one, and notes on what was ignored in the file.

    Raises SettingsError where it is unknown which profile is meant, where its requests go, or what is in scope.
    """
    try:
        return load_settings(path).profile(name), ()
    except SettingsError as error:
        file, document = read_document(path)
        chosen = _chosen(document, name)
        if chosen is None:
            raise
        values, problems = decode_profile(file, chosen, document["profiles"][chosen])
        _check_scope(file, problems)
        if "base_url" not in values:
            raise
        notes = [f"The kill ignores problems in the settings that do not change its scope: {error}"]
        if any(problem.path[2:] in (("kill",), ("kill", "action")) for problem in problems):
            notes.append("The kill uses the narrowest action, deactivate-mine: the configured action is not valid.")
        return Profile(**values, name=chosen), tuple(notes)


def _chosen(document: Mapping[str, Any], name: str | None) -> str | None:
    tables = document.get("profiles")
    if not isinstance(tables, dict):
        return None
    chosen = document.get("default_profile") if name is None else name
    if chosen is None and len(tables) == 1:
        [chosen] = tables
    is_usable = isinstance(chosen, str) and NAME.fullmatch(chosen) and isinstance(tables.get(chosen), dict)
    return chosen if is_usable else None


def _unclear_scope(problem: Problem) -> str:
    """Return the problem as text if it leaves the scope unclear, otherwise an empty text.

    Under `limits` only a key that is spelled like a scope key counts: it stands below the wrong table header.
    """
    key = problem.path[-1]
    if not problem.is_unknown_key:
        return str(problem) if key in _SCOPE_KEYS else ""
    is_limit = problem.path[2] == "limits"
    meant = get_close_matches(key.lower(), (*_SCOPE_KEYS, "kill"), n=1, cutoff=1.0 if is_limit else _LIKENESS)
    return str(problem._replace(reason=f"is not a known key here; it may be meant as {meant[0]}")) if meant else ""


def _check_scope(file: Path, problems: Sequence[Problem]) -> None:
    """Raise SettingsError for invalid scope keys, and for unknown keys that could be misspelled or misplaced ones."""
    unclear = [unclear for problem in problems if (unclear := _unclear_scope(problem))]
    if unclear:
        remedy = "Nothing was sent: the scope of the kill is unknown and could be too wide. Correct or remove the key"
        raise SettingsError(f"{file}: {'; '.join(unclear)}. {remedy}, then try again.")

"""Reads the profile for a kill or a re-arm, also from a settings file with problems.

A wrong theme, a problem in another profile or an invalid limit must not keep orders in the market. But a problem in the
scope of the kill stops it: the kill may become narrower than configured, never wider, and never uses half a table.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from pbtui.settings.decode import Problem, decode
from pbtui.settings.file import area_problems, decode_profile, load_settings, parsed, settings_bytes
from pbtui.settings.profiles import NAME, Profile, Settings, SettingsError
from pbtui.settings.team import TeamSettings

if TYPE_CHECKING:
    from pbtui.settings.damaged.salvage import Section

_LIKENESS = 0.6


class _Rescued(NamedTuple):
    """A profile from a file with problems, and what the file says besides; `values` are the profile's valid ones."""

    profile: Profile
    error: SettingsError
    values: Mapping[str, Any]
    problems: Sequence[Problem]
    lacks_store: bool
    has_faulty_team: bool


def rescue_profile(path: Path | None, name: str | None) -> tuple[Profile, tuple[str, ...]]:
    """The profile of that name, by default the default one, and notes on what a kill ignores in the file.

    Raises SettingsError where it is unknown which profile is meant, where its requests go, or what is in scope.
    """
    found = _rescued(path, name)
    if isinstance(found, Profile):
        return found, ()
    notes = [f"The kill ignores problems in the settings that do not change its scope: {found.error}"]
    if any(problem.path[2:] in (("kill",), ("kill", "action")) for problem in found.problems):
        notes.append("The kill uses the narrowest action, deactivate-mine: the configured action is not valid.")
    if area_problems(found.profile.name, found.values):
        notes.append("The kill uses the delivery areas as they stand. It reaches no order in a mistyped area.")
    if found.lacks_store:
        notes.append("The kill goes on without the team store: it does not halt the other desks.")
    return found.profile, tuple(notes)


def rescue_for_rearm(path: Path | None, name: str | None) -> tuple[Profile, tuple[str, ...]]:
    """As `rescue_profile`, for a re-arm. A table of the team with a fault is also refused.

    A kill goes on without the store, because orders must leave the market. A re-arm can wait: a halt that only this
    host has would be lifted without the team, and without the second person that its rule may ask for.
    """
    found = _rescued(path, name)
    if isinstance(found, Profile):
        return found, ()
    if found.has_faulty_team:
        raise SettingsError(
            f"{found.error}. So the team store is not asked, and no halt was lifted: neither that of the team nor"
            " that of this host. Correct the table [team], then try again"
        )
    return found.profile, (f"Problems in the settings that do not concern the halt are ignored: {found.error}",)


def _rescued(path: Path | None, name: str | None) -> Profile | _Rescued:
    """The profile, with what was found if the file has problems. Raises SettingsError."""
    try:
        return load_settings(path).profile(name)
    except SettingsError as error:
        from pbtui.settings.damaged.salvage import (
            Unclear,
            check_ends,
            names_store,
            sections,
        )  # most kills find good settings and need not wait for it

        file, content = settings_bytes(path)
        try:
            found = sections(content.decode("utf-8-sig", "surrogateescape"))
            chosen, document = _readable(file, found, name)
            if chosen is None:
                raise
            table = document["profiles"][chosen]
            values, problems = decode_profile(file, chosen, table)
            _check_scope(file, problems, _presets_like_settings(chosen, table.get("presets")))
            check_ends(found, chosen)
        except Unclear as reason:
            raise SettingsError(f"{error}. It can't be used in part: {reason}. Correct it, then try again.") from None
        if "base_url" not in values:
            raise
        team, is_valid = _team(document)
        profile = Profile(**values, name=chosen, team=team, file=file)
        lacks_store = not team.store and names_store(found)
        return _Rescued(profile, error, values, problems, lacks_store, has_faulty_team=lacks_store or not is_valid)


def _readable(file: Path, found: Sequence["Section"], name: str | None) -> tuple[str | None, Mapping[str, Any]]:
    """The name of the profile, None if it is unknown, and a document with its tables. Raises Unclear."""
    from pbtui.settings.damaged.salvage import Unclear, default_profile, salvaged

    try:
        document = parsed(file, "\n".join("\n".join(section.lines) for section in found))
    except SettingsError:
        chosen = default_profile(found) if name is None else name
        if not isinstance(chosen, str) or not NAME.fullmatch(chosen):
            raise Unclear("the profile is not named; name it with --profile") from None
        document = dict(salvaged(found, chosen))
    else:
        chosen = _chosen(document, name)
    if chosen is None:
        return None, {}
    try:
        msgspec.json.encode(document["profiles"][chosen])
    except UnicodeEncodeError:
        raise Unclear(f"a value of profile {chosen} is not UTF-8 text") from None
    return chosen, document


def _team(document: Mapping[str, Any]) -> tuple[TeamSettings, bool]:
    """The table of the team store, without any value if one is not valid, and whether all are.

    A kill needs the store also if the rule for re-arms is not valid.
    """
    table = document.get("team", {})
    values, problems = decode(Settings, {"team": table})
    if problems and isinstance(table, dict):
        values, others = decode(Settings, {"team": {key: table[key] for key in table if key != "rearm"}})
        return TeamSettings() if others else values["team"], False
    return TeamSettings() if problems else values["team"], not problems


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

    Under `limits` and `alerts` only a key that is spelled like a scope key counts: it stands below the wrong
    table header.
    """
    from pbtui.settings.damaged.salvage import KEYS_OF_OTHERS, SCOPE_KEYS

    key = problem.path[-1]
    if not problem.is_unknown_key:
        return str(problem) if key in SCOPE_KEYS else ""
    has_own_words = problem.path[2] in ("limits", "alerts")
    if key in KEYS_OF_OTHERS.get(problem.path[2] if len(problem.path) > 3 else "", ()):
        return str(problem._replace(reason="belongs to another table, so a line with [...] may be missing before it"))
    meant = get_close_matches(key.lower(), (*SCOPE_KEYS, "kill"), n=1, cutoff=1.0 if has_own_words else _LIKENESS)
    return str(problem._replace(reason=f"is not a known key here; it may be meant as {meant[0]}")) if meant else ""


def _presets_like_settings(name: str, presets: object) -> list[Problem]:
    """The names of presets that are keys of the profile or of its kill, as problems.

    A preset may have any name. So below a wrong header, keys that narrow the scope would pass for presets.
    """
    from pbtui.settings.damaged.salvage import KEYS_OF_OTHERS, SCOPE_KEYS

    table = presets if isinstance(presets, dict) else {}
    lists = [key for key, value in table.items() if isinstance(value, list)]
    unclear = {key for key in lists if get_close_matches(key.lower(), SCOPE_KEYS, n=1, cutoff=_LIKENESS)}
    unclear |= table.keys() & KEYS_OF_OTHERS["presets"]
    reason = "is also a key of another table, so a line with [...] may be missing before it"
    return [Problem(("profiles", name, "presets", key), reason) for key in sorted(unclear)]


def _check_scope(file: Path, problems: Sequence[Problem], presets: Sequence[Problem]) -> None:
    """Raise SettingsError for invalid scope keys, and for other keys that could be misspelled or misplaced ones."""
    unclear = [*filter(None, map(_unclear_scope, problems)), *map(str, presets)]
    if unclear:
        remedy = "Nothing was sent: the scope of the kill is unknown and could be too wide. Correct or remove the key"
        raise SettingsError(f"{file}: {'; '.join(unclear)}. {remedy}, then try again.")

"""The one profile a kill is for, also out of a settings file that is refused for anything else.

A wrong theme, another profile's fault, a limit that can't be: none of them may keep orders in the market. What bounds
the kill is taken as it was written, and where that can't be, nothing is sent: it may get narrower here, never wider.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pbtui.settings.file import load_settings, path_beside, read_document
from pbtui.settings.kill import KillAction, KillSettings
from pbtui.settings.limits import Limits
from pbtui.settings.profiles import Profile, SettingsError
from pbtui.settings.values import check_values, names_of

_NEEDED = ("name", "base_url")
"""Where the requests go: not to be guessed."""
_BOUNDS = ("portfolios", "delivery_areas", "products", "kill")
"""How far they may reach, and the table that says so: without one of them it would be farther."""
_LIKENESS = 0.6


def rescue_profile(path: Path | None, name: str | None) -> tuple[Profile, tuple[str, ...]]:
    """The profile of that name, else the default one, and what of the file was passed over, in words.

    Raises SettingsError where the profile can't be told, or where it can't be known what a kill may reach.
    """
    try:
        return load_settings(path).profile(name), ()
    except SettingsError as refusal:
        file, document = read_document(path)
        tables = document.get("profiles")
        chosen = _chosen(document, tables, name)
        if chosen is None or not isinstance(tables, dict) or not isinstance(tables.get(chosen), dict):
            raise
        profile, told = _profile(file, chosen, tables[chosen])
        if profile is None:
            raise
        return profile, (f"the settings have faults; the kill goes on without what is wrong in them: {refusal}", *told)


def _chosen(document: Mapping[str, Any], tables: object, name: str | None) -> str | None:
    if name is not None or not isinstance(tables, dict):
        return name
    default = document.get("default_profile")
    if isinstance(default, str) and default in tables:
        return default
    return next(iter(tables)) if len(tables) == 1 and default is None else None


def _profile(file: Path, name: str, table: Mapping[str, Any]) -> tuple[Profile | None, tuple[str, ...]]:
    kill, told = _kill(f"{file}: profiles.{name}", table.get("kill", {}))
    values = {
        **table,
        "name": name,
        "ca_file": path_beside(file, table.get("ca_file")),
        "limits": Limits(),
        "kill": kill,
    }
    taken, refused = check_values(Profile, values)
    _hold_bounds(f"{file}: profiles.{name}", Profile, table, refused)
    if refused.keys() & set(_NEEDED):
        return None, ()
    return Profile(**taken), told


def _kill(place: str, table: object) -> tuple[KillSettings, tuple[str, ...]]:
    if not isinstance(table, dict):
        return KillSettings(), ("the kill is the narrowest there is, deactivate-mine: its own table can't be read",)
    taken, refused = check_values(KillSettings, table)
    _hold_bounds(f"{place}.kill", KillSettings, table, refused)
    if "action" not in refused:
        return KillSettings(**taken), ()
    narrowest = {**taken, "action": KillAction.DEACTIVATE_MINE}
    told = "the kill is the narrowest there is, deactivate-mine: action in its own table can't be used"
    return KillSettings(**narrowest), (told,)


def _hold_bounds(place: str, kind: type, table: Mapping[str, Any], refused: Mapping[str, str]) -> None:
    """Raise SettingsError where what was to bound the kill can't be used, or stands under a name that nobody knows."""
    faults = [f"{key}: {reason}" for key, reason in refused.items() if key in _BOUNDS]
    for key in table.keys() - names_of(kind):
        if meant := get_close_matches(key.lower(), _BOUNDS, n=1, cutoff=_LIKENESS):
            faults.append(f"{key}: is not a known key here, and may be meant for {meant[0]}")
    if faults:
        todo = "Nothing was sent, as the kill could reach more than it is meant to. Put it right, or take it out"
        raise SettingsError(f"{place}.{'; '.join(sorted(faults))}. {todo}, and try again.")

"""The one profile a kill is for, also out of a settings file that is refused for anything else.

A wrong theme, another profile's fault, a limit that can't be: none of them may keep orders in the market. What bounds
the kill is taken as it was written or not at all: it may get narrower here, never wider.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pbtui.settings.file import load_settings, path_beside, read_document
from pbtui.settings.kill import KillAction, KillSettings
from pbtui.settings.limits import Limits
from pbtui.settings.profiles import Profile, SettingsError
from pbtui.settings.values import check_values

_NEEDED = ("name", "base_url", "portfolios", "delivery_areas")
"""Where the requests go, and how far they may reach: not to be guessed."""
_BOUNDS = ("action", "delivery_areas", "products")


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
    kill, told = _kill(table.get("kill", {}))
    values = {
        **table,
        "name": name,
        "ca_file": path_beside(file, table.get("ca_file")),
        "limits": Limits(),
        "kill": kill,
    }
    taken, refused = check_values(Profile, values)
    if refused.keys() & set(_NEEDED):
        return None, ()
    return Profile(**taken), told


def _kill(table: object) -> tuple[KillSettings, tuple[str, ...]]:
    if not isinstance(table, dict):
        return KillSettings(), ("the kill is the narrowest there is, deactivate-mine: its own table can't be read",)
    taken, refused = check_values(KillSettings, table)
    bounds = sorted(refused.keys() & set(_BOUNDS))
    if not bounds:
        return KillSettings(**taken), ()
    narrowest = {**taken, "action": KillAction.DEACTIVATE_MINE}
    told = f"the kill is the narrowest there is, deactivate-mine: {', '.join(bounds)} in its own table can't be used"
    return KillSettings(**narrowest), (told,)

"""The settings file:

    default_profile = "test"
    theme = "night"

    [keys]
    kill = "f8"

    [team]
    store = "service=trading"

    [profiles.test]
    base_url = "https://staging.powerbot-trading.com/playground/epex/v2/api"
    portfolios = ["TRD1"]
    read_only = false

    [profiles.test.limits]
    max_quantity_mw = 25

    [profiles.test.kill]
    action = "deactivate-mine"

The file never holds an API key: see `pbtui.settings.secrets.credentials`. A file with a problem is refused as a whole,
because half a configuration could trade on the wrong exchange. The message names all problems.
"""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pbtui.settings.areas import code_problem
from pbtui.settings.decode import Problem, decode, did_you_mean
from pbtui.settings.kill import KillSettings
from pbtui.settings.named_command import named_command, own_file
from pbtui.settings.profiles import NAME, NAME_RULE, Environment, Profile, Settings, SettingsError, api_key_variable
from pbtui.settings.team import PLACES_OF_PASSWORDS, TeamSettings

_SECRET_LOOKING = re.compile(r"(^|[_-]|api)key$|secret|token|passw|credential", re.IGNORECASE)
_FILES = ("ca_file", "api_key_file")
_OWN_PROFILES = ("demo", "drill")
"""Profiles of the commands with these names, which keep their files and their halt under the name."""


def load_settings(path: Path | None) -> Settings:
    """The settings in the file at `path`, by default the one in the platform's config folder, which may be missing.

    Raises SettingsError with all problems of the file.
    """
    file, content = settings_bytes(path)
    document = parsed(file, settings_file_text(file, content))
    tables = document.get("profiles", {})
    names = tables if isinstance(tables, dict) else {}
    values, problems = decode(Settings, {**document, "profiles": {} if names else tables})
    profiles: dict[str, Profile] = {}
    profile_problems = _name_problems(names)
    for name in names:
        own_values, own_problems = decode_profile(file, name, names[name])
        own_problems += area_problems(name, own_values)
        profile_problems += own_problems
        if not own_problems and NAME.fullmatch(name):
            team = values.get("team", TeamSettings())
            profiles[name] = Profile(**own_values, name=name, team=team, file=file)
    default = values.get("default_profile")
    if default is not None and default not in names:
        problems.append(Problem(("default_profile",), f"names no profile of this file{did_you_mean(default, names)}"))
    if found := [_without_secrets(file, problem) for problem in [*problems, *profile_problems]]:
        message = f"{file}: {found[0]}" if len(found) == 1 else "\n  ".join([f"{file}:", *map(str, found)])
        raise SettingsError(message, found)
    return Settings(**{**values, "profiles": profiles}, file=file)


def decode_profile(file: Path, name: str, table: object) -> tuple[dict[str, Any], list[Problem]]:
    """The valid values of one profile's table, and its problems."""
    path = ("profiles", name)
    if not isinstance(table, dict):
        return {}, [Problem(path, "must be a table, under a line such as [profiles.test]")]
    for key in _FILES:
        if isinstance(named := table.get(key), str):
            # Path.expanduser raises for an unknown ~user; with os.path.expanduser the file is just not found.
            table = {**table, key: file.parent / os.path.expanduser(named)}  # noqa: PTH111
    values, problems = decode(Profile, table, path)
    if values.get("environment") is Environment.SIMULATION:
        del values["environment"]
        problems.append(Problem((*path, "environment"), 'must be "production" or "test"'))
    return values, problems


def warning_of(path: Path | None) -> str:
    """A warning if other users can change the settings file at `path`, None for the default one; otherwise empty."""
    file = path or default_file()
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError:
        return ""
    if not mode & (stat.S_IWGRP | stat.S_IWOTH):
        return ""
    return (
        f"Warning: other users can change {file} (mode {mode:04o}), and with it the server that gets your API key. "
        f"Close it: chmod go-w {file}"
    )


def settings_bytes(path: Path | None) -> tuple[Path, bytes]:
    """The path and the content of the settings file, which may be missing if `path` is None. Raises SettingsError."""
    file = path or default_file()
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        if file.is_symlink():
            raise SettingsError(f"{file}: can't be read (it is a link that leads nowhere)") from None
        if path is None:
            return file, b""
        raise SettingsError(f"{file}: there is no such file") from None
    except OSError as error:
        raise SettingsError(f"{file}: can't be read ({error.strerror})") from None
    return file, content


def default_file() -> Path:
    """The own file of the user; without it, the first one in the folders of XDG_CONFIG_DIRS. Raises SettingsError."""
    try:
        own = own_file()
    except RuntimeError:
        reason = "This user has no home folder: name the settings file with --config or PBTUI_CONFIG"
        raise SettingsError(reason) from None
    folders = [Path(folder) for folder in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")]
    shared = (folder / "pbtui" / "config.toml" for folder in folders if folder.is_absolute())
    return own if os.path.lexists(own) else next((file for file in shared if file.is_file()), own)


def settings_file_text(file: Path, content: bytes) -> str:
    """The text of a settings file. Raises SettingsError."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{file}: is not UTF-8 text (at line {line})") from None


def parsed(file: Path, text: str) -> dict[str, Any]:
    """The TOML of the settings file. Raises SettingsError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        end = f"at the end of the file, line {len(text.splitlines())}"
        raise SettingsError(f"{file}: is not TOML: {str(error).replace('at end of document', end)}") from None


def _name_problems(names: Mapping[str, object]) -> list[Problem]:
    problems: list[Problem] = []
    owners: dict[str, str] = {}
    for name in names:
        variable = api_key_variable(name)
        owner = owners.setdefault(variable, name)
        if not NAME.fullmatch(name):
            problems.append(Problem(("profiles", name), NAME_RULE))
        if reason := own_profile_problem(name):
            problems.append(Problem(("profiles", name), reason))
        if owner != name:
            reason = f"would share its API key variable {variable} with profiles.{owner}; rename one of the two"
            problems.append(Problem(("profiles", name), reason))
    return problems


def own_profile_problem(name: str) -> str:
    """Return why no profile can have this name: a command keeps its own state under it; empty if none does."""
    is_own = name.lower() in _OWN_PROFILES
    return f"is the name of the profile of pbtui {name.lower()}; choose another" if is_own else ""


def area_problems(name: str, values: Mapping[str, Any]) -> list[Problem]:
    """The problems of a profile's delivery areas. A kill reads the profile without this check: see `damaged.rescue`."""
    kill = values.get("kill", KillSettings())
    places = {("delivery_areas",): values.get("delivery_areas", ()), ("kill", "delivery_areas"): kill.delivery_areas}
    return [
        Problem(("profiles", name, *place), f"number {number} {reason}")
        for place, areas in places.items()
        for number, area in enumerate(areas, 1)
        if (reason := code_problem(area))
    ]


def _without_secrets(file: Path, problem: Problem) -> Problem:
    """The problem; of a key that seems to hold a secret, with the place where that belongs."""
    if not (problem.is_unknown_key and _SECRET_LOOKING.search(problem.path[-1])):
        return problem
    if problem.path[0] == "team":
        reason = f"no secrets in this file! Remove it; the password belongs into {PLACES_OF_PASSWORDS}"
        return problem._replace(reason=reason)
    in_profile = problem.path[0] == "profiles"
    name, variable = (
        (problem.path[1], api_key_variable(problem.path[1])) if in_profile else ("NAME", "PBTUI_API_KEY_<NAME>")
    )
    store = named_command(file, name, "keys", "set")
    reason = f"no secrets in this file! Remove it, then set {variable}, or run: {store}"
    return problem._replace(reason=reason)

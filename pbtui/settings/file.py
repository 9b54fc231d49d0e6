"""The settings file:

    default_profile = "test"
    theme = "night"

    [keys]
    kill = "f8"

    [profiles.test]
    base_url = "https://staging.powerbot-trading.com/playground/epex/v2/api"
    portfolios = ["TRD1"]
    read_only = false

    [profiles.test.limits]
    max_quantity_mw = 25

    [profiles.test.kill]
    action = "deactivate-mine"

It never holds an API key; `pbtui.settings.credentials` says where keys belong. A file with anything wrong in it is
refused whole, with every fault named: half a configuration could trade on the wrong exchange.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any, TypeVar

from platformdirs import user_config_path

from pbtui.settings.keys import KeySettings
from pbtui.settings.kill import KillSettings
from pbtui.settings.limits import Limits
from pbtui.settings.profiles import NAME, Environment, Profile, Settings, SettingsError, api_key_variable, guess
from pbtui.settings.values import check_values, names_of

_SECRET_LOOKING = re.compile(r"(^|[_-]|api)key$|secret|token|passw|credential", re.IGNORECASE)
_TABLES: Mapping[str, type[Limits] | type[KillSettings]] = {"limits": Limits, "kill": KillSettings}
_OWN_PROFILES = ("demo", "drill")
"""What those commands keep, and a halt that they lift, is under their own names."""
_Table = TypeVar("_Table", bound=Limits | KillSettings | KeySettings)


def load_settings(path: Path | None) -> Settings:
    """The settings in the file at `path`, or at the platform's config place, where no file means no settings.

    Raises SettingsError with all faults of the file.
    """
    file, document = read_document(path)
    faults = _Faults()
    settings = _settings(file, document, faults)
    if faults:
        raise SettingsError(f"{file}: {faults[0]}" if len(faults) == 1 else "\n  ".join([f"{file}:", *faults]))
    return settings


def read_document(path: Path | None) -> tuple[Path, dict[str, Any]]:
    """The settings file and its TOML, empty where there is none at the platform's place. Raises SettingsError."""
    file = path or user_config_path("pbtui") / "config.toml"
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        if path is None:
            return file, {}
        raise SettingsError(f"{file}: there is no such file") from None
    except OSError as error:
        raise SettingsError(f"{file}: can't be read ({error.strerror})") from None
    return file, _document(file, content)


class _Faults(list[str]):
    """What is wrong with a file. Reading goes on after a fault, so that all are told at once."""

    def add(self, *key: str, reason: str) -> None:
        dotted = ".".join(part if NAME.fullmatch(part) else json.dumps(part) for part in key)
        self.append(f"{dotted}: {reason}")


def _document(file: Path, content: bytes) -> dict[str, Any]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{file}: is not UTF-8 text (at line {line})") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        end = f"at the end of the file, line {len(text.splitlines())}"
        raise SettingsError(f"{file}: is not TOML: {str(error).replace('at end of document', end)}") from None


def _settings(file: Path, document: Mapping[str, Any], faults: _Faults) -> Settings:
    """The settings as far as they can be used; whatever can't be is among the faults."""
    _refuse_unknown_keys(document, names_of(Settings) | {"profiles"}, faults)
    values = dict(document)
    if isinstance(values.get("keys"), dict):
        values["keys"] = _table(KeySettings, values["keys"], faults, "keys")
    taken, refused = check_values(Settings, values)
    for key, reason in refused.items():
        faults.add(key, reason=reason)
    tables = document.get("profiles", {})
    if not isinstance(tables, dict):
        faults.add("profiles", reason="must be tables, each under a line such as [profiles.test]")
        tables = {}
    default_profile = taken.get("default_profile")
    if default_profile is not None and default_profile not in tables:
        faults.add("default_profile", reason=f"names no profile of this file{guess(default_profile, tables)}")
    _refuse_shared_variables(tables, faults)
    profiles = {name: _profile(file, name, table, faults) for name, table in tables.items()}
    return Settings(**taken, profiles={name: p for name, p in profiles.items() if p is not None}, file=file)


def _profile(file: Path, name: str, table: object, faults: _Faults) -> Profile | None:
    if not isinstance(table, dict):
        faults.add("profiles", name, reason="must be a table, under a line such as [profiles.test]")
        return None
    if name.lower() in _OWN_PROFILES:
        faults.add("profiles", name, reason=f"is the name of what pbtui {name.lower()} practises on; choose another")
    _refuse_unknown_keys(table, names_of(Profile) - {"name"}, faults, "profiles", name)
    values = {**table, "name": name}
    values["ca_file"] = path_beside(file, values.get("ca_file"))
    for key, kind in _TABLES.items():
        if isinstance(values.get(key), dict):
            values[key] = _table(kind, values[key], faults, "profiles", name, key)
    taken, refused = check_values(Profile, values)
    if taken.get("environment") == Environment.SIMULATION:
        refused["environment"] = 'must be "production" or "test"'
    for key, reason in refused.items():
        faults.add("profiles", name, *(() if key == "name" else (key,)), reason=reason)
    return None if refused else Profile(**taken)


def path_beside(file: Path, value: object) -> object:
    """A path as the settings file means it: from its own folder; what is no text stays as it is."""
    # Path.expanduser would raise where a ~name is nobody's; so the path is just not there.
    return file.parent / os.path.expanduser(value) if isinstance(value, str) else value  # noqa: PTH111


def _table(kind: type[_Table], table: Mapping[str, Any], faults: _Faults, *place: str) -> _Table:
    """The settings of a table; the file is refused where there is a fault, so the default ones then stand in."""
    _refuse_unknown_keys(table, names_of(kind), faults, *place)
    taken, refused = check_values(kind, table)
    for key, reason in refused.items():
        faults.add(*place, key, reason=reason)
    try:
        return kind() if refused else kind(**taken)
    except ValueError as error:
        key, _, reason = str(error).partition(": ")
        faults.add(*place, key, reason=reason)
        return kind()


def _refuse_shared_variables(tables: Mapping[str, object], faults: _Faults) -> None:
    owners: dict[str, str] = {}
    for name in tables:
        variable = api_key_variable(name)
        if (owner := owners.setdefault(variable, name)) != name:
            reason = f"would share its API key variable {variable} with profiles.{owner}; rename one of the two"
            faults.add("profiles", name, reason=reason)


def _refuse_unknown_keys(table: Mapping[str, Any], known: Set[str], faults: _Faults, *place: str) -> None:
    for key in table:
        if key in known:
            continue
        if _SECRET_LOOKING.search(key):
            name, variable = (place[1], api_key_variable(place[1])) if place[1:] else ("NAME", "PBTUI_API_KEY_<NAME>")
            reason = f"no secrets in this file! Remove it, then run 'pbtui keys set {name}' or set {variable}"
        else:
            reason = f"is not a known key{guess(key, known)}"
        faults.add(*place, key, reason=reason)

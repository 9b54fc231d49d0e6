"""Profiles: which exchange, on which host, seen how; and the file they are written in.

    default_profile = "test"
    theme = "dark"

    [profiles.test]
    base_url = "https://staging.powerbot-trading.com/playground/epex/v2/api"
    portfolios = ["TRD1"]
    read_only = false

The file never holds an API key; `pbtui.settings.credentials` says where keys belong. A file with anything wrong in it
is refused whole, with every fault named: half a configuration could trade on the wrong exchange.
"""

import difflib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Set
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_config_path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, ValidationError

from pbtui.settings import addresses

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_SECRET_LOOKING = re.compile(r"(^|[_-]|api)key$|secret|token|passw|credential", re.IGNORECASE)


class SettingsError(Exception):
    """Settings that can't be used. The message names the file, every key at fault and the reason, and no value."""


class Environment(StrEnum):
    """What is at stake behind a profile."""

    PRODUCTION = "production"
    """Real orders, real money."""
    TEST = "test"
    """An exchange to test against."""
    SIMULATION = "simulation"
    """Our own simulator: for profiles built in code. No file can claim it."""


def _default_environment(checked: Mapping[str, Any]) -> Environment:
    # pydantic may ask although it refused base_url; the cautious answer is then the right one.
    tests = "base_url" in checked and addresses.is_test_exchange(checked["base_url"])
    return Environment.TEST if tests else Environment.PRODUCTION


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a known time zone, such as Europe/Berlin") from None
    return name


def _readable_file(path: Path) -> Path:
    try:
        path.open("rb").close()
    except OSError as error:
        hint = "a relative path counts from the settings file's folder"
        raise ValueError(f"names a file that can't be read ({error.strerror}); {hint}") from None
    return path


Entry = Annotated[str, Field(pattern=r"^[^\s,]+$")]
"""One id of a list. A comma would make it two on the wire, and an empty one could mean all of them."""


class Profile(BaseModel):
    """One exchange as one trader sees it; a field's description completes the fault "<key>: must be …".

    `environment` is worked out from `base_url` where it is not given: production, unless
    `addresses.is_test_exchange`. A tunnel to a production host looks like loopback and has to be called
    production by hand.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=rf"^{_NAME.pattern}$", description="a name of letters, digits, - and _")
    base_url: Annotated[str, AfterValidator(addresses.check_api_url)] = Field(
        description=f"the URL of one exchange's API, such as {addresses.EXAMPLE_URL}"
    )
    portfolios: tuple[Entry, ...] = Field((), description='a list of portfolio ids, such as ["TRD1", "TRD2"]')
    delivery_areas: tuple[Entry, ...] = Field((), description='a list of area codes, such as ["10YDE-RWENET---I"]')
    environment: Environment = Field(default_factory=_default_environment, description='"production" or "test"')
    read_only: StrictBool = Field(True, description="true or false")
    poll_seconds: float = Field(
        2.0, strict=True, ge=0.5, le=60, allow_inf_nan=False, description="a number of seconds from 0.5 to 60"
    )
    market_timezone: Annotated[str, AfterValidator(_known_time_zone)] = Field(
        "Europe/Berlin", description="a time zone, such as Europe/Berlin"
    )
    ca_file: Annotated[Path, AfterValidator(_readable_file)] | None = Field(
        None, description="the path of a file with CA certificates"
    )
    proxy: Annotated[str, AfterValidator(addresses.check_proxy_url)] | None = Field(
        None, description="the URL of an HTTP proxy, such as http://proxy.example:3128"
    )

    @property
    def host(self) -> str:
        """Host of the API in lower case, without the port: what a stored API key is bound to."""
        return addresses.host_of(self.base_url)

    @property
    def exchange(self) -> str:
        """The exchange as the URL names it, such as `epex`."""
        return addresses.exchange_of(self.base_url)

    @property
    def tenant(self) -> str | None:
        """The company the URL names before the exchange, such as `playground`; None where it names none."""
        return addresses.tenant_of(self.base_url)

    @property
    def is_loopback(self) -> bool:
        """Whether the API is on this machine."""
        return addresses.is_loopback(self.host)


class Settings(BaseModel):
    """What the settings file says; `file` is where it is, or would be."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    default_profile: str | None = Field(None, description="the name of one of the file's profiles, in quotes")
    theme: str | None = Field(None, min_length=1, description="the name of a theme, in quotes")
    profiles: Mapping[str, Profile] = Field({}, description="tables, each under a line such as [profiles.test]")
    file: Path | None = None

    def profile(self, name: str | None) -> Profile:
        """The profile of that name; without a name the default one, else the only one.

        Raises SettingsError with the names there are and what to do where that leaves none.
        """
        place = self.file or "the settings"
        if not self.profiles:
            raise SettingsError(
                f"There is no profile in {place} yet. Write one there, for example:\n\n"
                f'  [profiles.test]\n  base_url = "{addresses.EXAMPLE_URL}"\n\n'
                "To practise without one: pbtui demo"
            )
        known = ", ".join(sorted(self.profiles))
        chosen = self.default_profile if name is None else name
        if chosen is None:
            if len(self.profiles) > 1:
                raise SettingsError(
                    f"Which profile? {place} has {known}. Say --profile NAME, or set default_profile in the file."
                )
            [chosen] = self.profiles
        if chosen not in self.profiles:
            raise SettingsError(f"{place} has no such profile{_guess(chosen, self.profiles)} It has: {known}.")
        return self.profiles[chosen]


def api_key_variable(profile_name: str) -> str:
    """The environment variable for a profile's API key."""
    return f"PBTUI_API_KEY_{profile_name.upper().replace('-', '_')}"


def load_settings(path: Path | None) -> Settings:
    """The settings in the file at `path`, or at the platform's config place, where no file means no settings.

    Raises SettingsError with all faults of the file.
    """
    file = path or user_config_path("pbtui") / "config.toml"
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        if path is None:
            return Settings(file=file)
        raise SettingsError(f"{file}: there is no such file") from None
    except OSError as error:
        raise SettingsError(f"{file}: can't be read ({error.strerror})") from None
    faults = _Faults()
    values = _known_values(file, _document(file, content), faults)
    try:
        settings = Settings.model_validate({**values, "file": file})
    except ValidationError as error:
        faults.add_all(error)
    if faults:
        raise SettingsError(f"{file}: {faults[0]}" if len(faults) == 1 else "\n  ".join([f"{file}:", *faults]))
    return settings


class _Faults(list[str]):
    """What is wrong with a file. Reading goes on after a fault, so that all are told at once."""

    def add(self, *key: str, reason: str) -> None:
        dotted = ".".join(part if _NAME.fullmatch(part) else json.dumps(part) for part in key)
        fault = f"{dotted}: {reason}"
        if fault not in self:
            self.append(fault)

    def add_all(self, error: ValidationError) -> None:
        for detail in error.errors(include_url=False, include_input=False):
            if detail["type"] == "default_factory_not_called":
                continue  # only says again that a field before it was refused
            key = [part for part in detail["loc"] if isinstance(part, str)]
            field = Profile.model_fields[key[2]] if len(key) > 2 else Settings.model_fields[key[0]]
            if detail["type"] == "value_error":
                reason = str(detail["ctx"]["error"])
            elif detail["type"] == "missing":
                reason = f"is missing; it must be {field.description}"
            else:
                reason = f"must be {field.description}"
            self.add(*(key[:2] if key[2:] == ["name"] else key), reason=reason)


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


def _known_values(file: Path, document: Mapping[str, Any], faults: _Faults) -> dict[str, Any]:
    """What the models are to judge; what no model would see is judged here."""
    values = _known_keys(document, set(Settings.model_fields) - {"file"}, faults)
    tables = values.get("profiles", {})
    if not isinstance(tables, dict):
        return values
    default_profile = values.get("default_profile")
    if isinstance(default_profile, str) and default_profile not in tables:
        faults.add("default_profile", reason=f"names no profile of this file{_guess(default_profile, tables)}")
    owners: dict[str, str] = {}
    for name in tables:
        variable = api_key_variable(name)
        if (owner := owners.setdefault(variable, name)) != name:
            reason = f"would share its API key variable {variable} with profiles.{owner}; rename one of the two"
            faults.add("profiles", name, reason=reason)
    return {**values, "profiles": {name: _known_profile(file, name, table, faults) for name, table in tables.items()}}


def _known_profile(file: Path, name: str, table: object, faults: _Faults) -> object:
    if not isinstance(table, dict):
        return table
    values = _known_keys(table, set(Profile.model_fields) - {"name"}, faults, "profiles", name)
    if values.get("environment") == Environment.SIMULATION:
        faults.add("profiles", name, "environment", reason=f"must be {Profile.model_fields['environment'].description}")
    if isinstance(values.get("ca_file"), str):
        # Path.expanduser would raise where a ~name is nobody's; so the path is just not there.
        values["ca_file"] = file.parent / os.path.expanduser(values["ca_file"])  # noqa: PTH111
    return {**values, "name": name}


def _known_keys(table: Mapping[str, Any], known: Set[str], faults: _Faults, *place: str) -> dict[str, Any]:
    for key in table:
        if key in known:
            continue
        if _SECRET_LOOKING.search(key):
            name, variable = (place[1], api_key_variable(place[1])) if place else ("NAME", "PBTUI_API_KEY_<NAME>")
            reason = f"no secrets in this file! Remove it, then run 'pbtui keys set {name}' or set {variable}"
        else:
            reason = f"is not a known key{_guess(key, known)}"
        faults.add(*place, key, reason=reason)
    return {key: value for key, value in table.items() if key in known}


def _guess(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else "."

"""Profiles: one exchange as one trader uses it."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct, field
from msgspec.structs import force_setattr

from pbtui.api.sanitize import shown_id
from pbtui.settings import addresses
from pbtui.settings.alerts import AlertSettings
from pbtui.settings.decode import Bounds, Id, Problem, Text, area_codes, check_fields, did_you_mean
from pbtui.settings.key_bindings import KeySettings
from pbtui.settings.kill import KillSettings
from pbtui.settings.limits import Limits
from pbtui.settings.named_command import named_command
from pbtui.settings.team import TeamSettings

NAME = re.compile(r"[A-Za-z0-9_-]+")
_PRESET_MAX = 150
NAME_RULE = "must be a name of letters, digits, - and _"


class SettingsError(Exception):
    """Settings that can't be used. The message names the file, every invalid key and the reason, but no value.

    `problems` are those of single keys; empty if the file as a whole can't be used.
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class Environment(StrEnum):
    """Kind of exchange behind a profile: with real orders or without."""

    PRODUCTION = "production"
    """Real orders and real money."""
    TEST = "test"
    """A test exchange."""
    SIMULATION = "simulation"
    """The simulator of pbtui. Only profiles made in code can have this value, not those of a file."""


_FROM_URL = cast("Environment", None)
"""The default in a profile, which replaces it with what its URL says."""


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a known time zone, such as Europe/Berlin") from None
    return name


def _certificates(path: Path) -> Path:
    try:
        is_pipe = path.is_fifo()  # opening it would wait for a writer
        if not is_pipe:
            path.open("rb").close()
        problem = "it is a named pipe" if is_pipe else ""
    except OSError as error:
        problem = str(error.strerror)
    if problem:
        hint = "a relative path starts at the settings file's folder"
        raise ValueError(f"names a file that can't be read ({problem}); {hint}")
    import ssl  # most profiles have no such file

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with suppress(ssl.SSLError):
        context.load_verify_locations(cafile=path)
    if not context.cert_store_stats()["x509"]:
        raise ValueError("names a file without a certificate: it must have lines with BEGIN CERTIFICATE (PEM)")
    return path


def _presets(presets: Mapping[str, str]) -> Mapping[str, str]:
    names = [name.casefold() for name in presets]
    if not all(map(NAME.fullmatch, presets)):
        raise ValueError(f"has a name that can't be typed as one word: it {NAME_RULE}")
    if len(set(names)) < len(names):
        raise ValueError("has two names that differ in upper and lower case only")
    if not all(line.isprintable() and line.strip() and len(line) <= _PRESET_MAX for line in presets.values()):
        raise ValueError(f"has a line that is empty, longer than {_PRESET_MAX} characters, or not printable")
    return presets


class Profile(Struct, frozen=True, kw_only=True):
    """One exchange as one trader uses it. Raises ValueError for invalid values.

    The default of `environment` follows from `base_url`: production, unless `addresses.is_test_exchange`. A
    profile for a simulator on this machine sets it to test. `team` is that of the whole file. `file` is the settings
    file that has the profile; None if none has it.
    """

    name: str
    base_url: Annotated[
        Text,
        Meta(description=f"the URL of one exchange's API, such as {addresses.EXAMPLE_URL}"),
        addresses.check_api_url,
    ]
    portfolios: Annotated[tuple[Id, ...], Meta(description='a list of portfolio ids, such as ["TRD1", "TRD2"]')] = ()
    delivery_areas: Annotated[
        tuple[Id, ...], Meta(description='a list of areas, such as ["AMP", "10YFR-RTE------C"]'), area_codes
    ] = ()
    environment: Annotated[Environment, Meta(description='"production" or "test"')] = _FROM_URL
    read_only: Annotated[bool, Meta(description="true or false")] = True
    poll_seconds: Annotated[float, Meta(ge=0.5, le=60, description="a number of seconds from 0.5 to 60")] = 2.0
    single_order_endpoint: Annotated[bool, Meta(description="true or false")] = False
    position_guard: Annotated[bool, Meta(description="true or false")] = False
    price_step: Annotated[Decimal, Meta(description="a number from 0.01 to 100"), Bounds(0.01, 100)] = Decimal("0.01")
    quantity_step: Annotated[Decimal, Meta(description="a number of MW from 0.1 to 100"), Bounds(0.1, 100)] = Decimal(
        "0.1"
    )
    market_timezone: Annotated[str, Meta(description="a time zone, such as Europe/Berlin"), _known_time_zone] = (
        "Europe/Berlin"
    )
    presets: Annotated[
        Mapping[str, str],
        Meta(description='a table of lines for new orders, such as hedge = "sell 5 @ 80 de1"'),
        _presets,
    ] = field(default_factory=dict)
    ca_file: Annotated[Path | None, Meta(description="the path of a file with CA certificates"), _certificates] = None
    proxy: Annotated[
        str | None,
        Meta(description="the URL of an HTTP proxy, such as http://proxy.example:3128"),
        addresses.check_proxy_url,
    ] = None
    api_key_command: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description='a list of a program and its arguments, such as ["pass", "show", "powerbot"]'),
    ] = ()
    api_key_file: Annotated[Path | None, Meta(description="the path of a file that holds the API key alone")] = None
    limits: Annotated[Limits, Meta(description="a table, under a line such as [profiles.test.limits]")] = field(
        default_factory=Limits
    )
    kill: Annotated[KillSettings, Meta(description="a table, under a line such as [profiles.test.kill]")] = field(
        default_factory=KillSettings
    )
    alerts: Annotated[AlertSettings, Meta(description="a table, under a line such as [profiles.test.alerts]")] = field(
        default_factory=AlertSettings
    )
    team: TeamSettings = field(default_factory=TeamSettings)
    file: Path | None = None

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"name: {NAME_RULE}")
        check_fields(self)
        if self.environment is None:
            is_test = addresses.is_test_exchange(self.base_url)
            environment = Environment.TEST if is_test else Environment.PRODUCTION
            force_setattr(self, "environment", environment)
        force_setattr(self, "portfolios", tuple(map(shown_id, self.portfolios)))

    @property
    def host(self) -> str:
        """Host of the API in lower case, without the port."""
        return addresses.host_of(self.base_url)

    @property
    def origin(self) -> str:
        """Scheme, host and port of the API, such as `https://desk.example`. The API key is bound to it."""
        return addresses.origin_of(self.base_url)

    @property
    def exchange(self) -> str:
        """The exchange as the URL names it, such as `epex`."""
        return addresses.exchange_of(self.base_url)

    @property
    def server(self) -> str:
        """The exchange that the profile's state belongs to; `simulator` for the simulator, whose port is random."""
        return "simulator" if self.environment is Environment.SIMULATION else addresses.server_of(self.base_url)

    @property
    def tenant(self) -> str | None:
        """The company in the URL before the exchange, such as `playground`, or None."""
        return addresses.tenant_of(self.base_url)

    @property
    def team_store(self) -> str:
        """The address of the team store, for libpq; empty if there is none: then the state is in files only."""
        return self.team.store

    @property
    def is_loopback(self) -> bool:
        """Return whether the API is on this machine."""
        return addresses.is_loopback(self.host)


class Settings(Struct, frozen=True, kw_only=True):
    """The content of the settings file. `file` is its path, also where there is no file."""

    default_profile: Annotated[Text | None, Meta(description="the name of one of the file's profiles, in quotes")] = (
        None
    )
    theme: Annotated[Text | None, Meta(description="the name of a theme, in quotes")] = None
    mouse: Annotated[bool, Meta(description="true or false")] = False
    keys: Annotated[KeySettings, Meta(description="a table, under the line [keys]")] = field(
        default_factory=KeySettings
    )
    team: Annotated[TeamSettings, Meta(description="a table, under the line [team]")] = field(
        default_factory=TeamSettings
    )
    profiles: Annotated[
        Mapping[str, Profile], Meta(description="tables, each under a line such as [profiles.test]")
    ] = field(default_factory=dict)
    file: Path | None = None

    def profile(self, name: str | None) -> Profile:
        """The profile of that name. Without a name: the default profile, or else the only one.

        Raises SettingsError with the known names and the next step.
        """
        place = self.file or "the settings"
        if not self.profiles:
            is_there = self.file is not None and self.file.exists()  # setup changes no file that is there
            setup = named_command(self.file, None, *(("setup", "--print") if is_there else ("setup",)))
            next_step = f"For the text of one: {setup}" if is_there else f"To set one up: {setup}"
            raise SettingsError(
                f"There is no profile in {place} yet. {next_step}. To try pbtui without one: pbtui demo"
            )
        known = ", ".join(sorted(self.profiles))
        chosen = self.default_profile if name is None else name
        if chosen is None:
            if len(self.profiles) > 1:
                raise SettingsError(
                    f"Which profile? {place} has {known}. Use --profile NAME, or set default_profile in the file."
                )
            [chosen] = self.profiles
        if chosen not in self.profiles:
            raise SettingsError(f"{place} has no such profile{did_you_mean(chosen, self.profiles)} It has: {known}.")
        return self.profiles[chosen]


def api_key_variable(profile_name: str) -> str:
    """The environment variable for a profile's API key."""
    return f"PBTUI_API_KEY_{profile_name.upper().replace('-', '_')}"

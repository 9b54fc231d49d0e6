"""Profiles: which exchange, on which host, seen how."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import cast

from pbtui.settings import addresses
from pbtui.settings.keys import KeySettings
from pbtui.settings.kill import KillSettings
from pbtui.settings.limits import Limits
from pbtui.settings.values import (
    WrongValue,
    checked_by,
    hold_checked,
    ids,
    matching,
    number,
    optional,
    readable_file,
    seconds,
    setting,
    text,
    time_zone,
    yes_or_no,
)

_PRICE_STEP, _MW_STEP = Decimal("0.01"), Decimal("0.1")
NAME = re.compile(r"[A-Za-z0-9_-]+")


class SettingsError(Exception):
    """Settings that can't be used. The message names the file, every key at fault and the reason, and no value."""


class Environment(StrEnum):
    """Whether the orders behind a profile are real."""

    PRODUCTION = "production"
    """Real orders, real money."""
    TEST = "test"
    """An exchange to test against."""
    SIMULATION = "simulation"
    """Our own simulator: for profiles built in code. No file can claim it."""


def _environment(value: object) -> Environment:
    if value not in tuple(Environment):
        raise WrongValue
    return Environment(str(value))


def _limits(value: object) -> Limits:
    if not isinstance(value, Limits):
        raise WrongValue
    return value


def _kill(value: object) -> KillSettings:
    if not isinstance(value, KillSettings):
        raise WrongValue
    return value


def _keys(value: object) -> KeySettings:
    if not isinstance(value, KeySettings):
        raise WrongValue
    return value


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One exchange as one trader sees it. Raises ValueError for a value that is not what it must be.

    `environment` is worked out from `base_url` where it is not given: production, unless
    `addresses.is_test_exchange`. A tunnel to a production host looks like loopback and has to be called
    production by hand.
    """

    name: str = setting("a name of letters, digits, - and _", matching(NAME))
    base_url: str = setting(
        f"the URL of one exchange's API, such as {addresses.EXAMPLE_URL}", checked_by(addresses.check_api_url)
    )
    portfolios: tuple[str, ...] = setting('a list of portfolio ids, such as ["TRD1", "TRD2"]', ids, default=())
    delivery_areas: tuple[str, ...] = setting('a list of area codes, such as ["10YDE-RWENET---I"]', ids, default=())
    environment: Environment = setting(
        '"production" or "test"', optional(_environment), default=cast("Environment", None)
    )
    read_only: bool = setting("true or false", yes_or_no, default=True)
    poll_seconds: float = setting("a number of seconds from 0.5 to 60", seconds(0.5, 60), default=2.0)
    single_order_endpoint: bool = setting("true or false", yes_or_no, default=False)
    price_step: Decimal = setting("a number from 0.01 to 100", number(Decimal("0.01"), 100), default=Decimal("0.01"))
    quantity_step: Decimal = setting(
        "a number of MW from 0.1 to 100", number(Decimal("0.1"), 100), default=Decimal("0.1")
    )
    market_timezone: str = setting("a time zone, such as Europe/Berlin", time_zone, default="Europe/Berlin")
    ca_file: Path | None = setting("the path of a file with CA certificates", optional(readable_file), default=None)
    proxy: str | None = setting(
        "the URL of an HTTP proxy, such as http://proxy.example:3128",
        optional(checked_by(addresses.check_proxy_url)),
        default=None,
    )
    limits: Limits = setting("a table, under a line such as [profiles.test.limits]", _limits, default=Limits())
    kill: KillSettings = setting("a table, under a line such as [profiles.test.kill]", _kill, default=KillSettings())

    def __post_init__(self) -> None:
        hold_checked(self)
        if self.environment is None:
            is_test = addresses.is_test_exchange(self.base_url)
            object.__setattr__(self, "environment", Environment.TEST if is_test else Environment.PRODUCTION)

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


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the settings file says; `file` is where it is, or would be."""

    default_profile: str | None = setting("the name of one of the file's profiles, in quotes", text, default=None)
    theme: str | None = setting("the name of a theme, in quotes", text, default=None)
    keys: KeySettings = setting("a table, under the line [keys]", _keys, default=KeySettings())
    profiles: Mapping[str, Profile] = field(default_factory=dict)
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
            raise SettingsError(f"{place} has no such profile{guess(chosen, self.profiles)} It has: {known}.")
        return self.profiles[chosen]


def api_key_variable(profile_name: str) -> str:
    """The environment variable for a profile's API key."""
    return f"PBTUI_API_KEY_{profile_name.upper().replace('-', '_')}"


def guess(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about a word that is not known: what may have been meant, if anything."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else "."

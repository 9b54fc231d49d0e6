"""Questions of the commands to the store of the settings, and the exit codes if there is no answer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pbtui.cli.invocation import Invocation
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.desk.event_loop import run
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import Settings

if TYPE_CHECKING:
    from pbtui.desk.team.database.password import Address

T = TypeVar("T")


class StoreRefuses(click.ClickException):
    """The server answers, but not as a store does."""

    exit_code = 4


class NoAnswer(click.ClickException):
    """The server did not answer."""

    exit_code = 5


def asked(question: Callable[[Address], Coroutine[Any, Any, T]], invocation: Invocation, user: str | None = None) -> T:
    """Ask the store of the settings. Raises SettingsError and LocalRefusal if there is none."""
    from pbtui.desk.team.database.administration import address_as

    settings = settings_with_store(invocation)
    try:
        address = address_as(settings.team, settings.file, user)
    except ValueError as error:
        raise LocalRefusal(f"{settings.file}: team.store: {error}") from None
    return run(question(address))


def settings_with_store(invocation: Invocation) -> Settings:
    """The settings, which name a store. Raises SettingsError and LocalRefusal."""
    settings = load_settings(invocation.config_file)
    if not settings.team.store:
        raise LocalRefusal(
            f'There is no team store in {settings.file}. Add one, for example:\n\n  [team]\n  store = "service=trading"'
        )
    return settings


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn the errors of the settings, of the driver and of the store into those that end a command."""
    with local_refusals():
        try:
            from pbtui.desk.team.database.connection import Unusable
            from pbtui.desk.team.store import StoreUnreachable
        except ImportError as error:
            raise LocalRefusal(f"The driver of PostgreSQL is missing ({error}): pip install 'pbtui[team]'") from None
        try:
            yield
        except Unusable as error:
            raise StoreRefuses(f"The team store can't be used: {error}") from None
        except StoreUnreachable as error:
            raise NoAnswer(str(error)) from None

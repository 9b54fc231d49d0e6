"""Refusals on this side: the command ends before anything was sent."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from pbtui.settings.credentials import CredentialsError
from pbtui.settings.profiles import SettingsError


class LocalRefusal(click.ClickException):
    """Refused before anything was sent: settings or a key that can't be used."""

    exit_code = 2


@contextmanager
def local_refusals() -> Iterator[None]:
    """Ends a command with the message of a settings or credentials error instead of a traceback."""
    try:
        yield
    except (SettingsError, CredentialsError) as error:
        raise LocalRefusal(str(error)) from None

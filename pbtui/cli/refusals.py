"""Errors of this side: the command ends before anything was sent."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from pbtui.settings.credentials import CredentialsError
from pbtui.settings.profiles import SettingsError


class LocalRefusal(click.ClickException):
    """The command was refused before anything was sent, such as for unusable settings."""

    exit_code = 2


@contextmanager
def local_refusals() -> Iterator[None]:
    """Turn SettingsError and CredentialsError into LocalRefusal, so that the command ends without a traceback."""
    try:
        yield
    except (SettingsError, CredentialsError) as error:
        raise LocalRefusal(str(error)) from None

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
    """Turn SettingsError, CredentialsError and the end of the input at a question into LocalRefusal."""
    try:
        yield
    except (SettingsError, CredentialsError) as error:
        raise LocalRefusal(str(error)) from None
    except click.Abort:
        raise LocalRefusal("the input has ended; nothing was sent") from None

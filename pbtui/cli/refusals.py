"""Errors of this side: the command ends before anything was sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from pbtui.settings.key_text import CredentialsError
from pbtui.settings.profiles import SettingsError


class LocalRefusal(click.ClickException):
    """The command was refused before anything was sent, such as for unusable settings."""

    exit_code = 2


class NothingSent(LocalRefusal):
    """The refusal of a kill. Its first words say that nothing was sent, because orders are still in the market."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message."""
        click.echo(f"NOTHING WAS SENT: {self.format_message()}", file=file, err=file is None)


@contextmanager
def nothing_sent() -> Iterator[None]:
    """Turn SettingsError, CredentialsError and LocalRefusal into NothingSent."""
    try:
        yield
    except NothingSent:
        raise
    except LocalRefusal as error:
        raise NothingSent(error.message) from None
    except (SettingsError, CredentialsError) as error:
        raise NothingSent(str(error)) from None


@contextmanager
def local_refusals() -> Iterator[None]:
    """Turn SettingsError, CredentialsError and the end of the input at a question into LocalRefusal."""
    try:
        yield
    except (SettingsError, CredentialsError) as error:
        raise LocalRefusal(str(error)) from None
    except click.Abort:
        raise LocalRefusal("the input has ended; nothing was sent") from None

"""Where a command gets its API key: the environment, the keyring, or a question at the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.cli.typed_words import at_terminal
from pbtui.settings import credentials
from pbtui.settings.credentials import CredentialsError, KeyringUnusable
from pbtui.settings.profiles import Profile, api_key_variable

if TYPE_CHECKING:
    from pydantic import SecretStr


def api_key_finder(profile: Profile) -> Callable[[], SecretStr]:
    """A way to the profile's key for later; all asking and refusing is done now, as in `obtain_api_key`."""
    with local_refusals():
        if credentials.environment_has_key(profile):
            return lambda: obtain_api_key(profile)
    key = obtain_api_key(profile)
    return lambda: key


def obtain_api_key(profile: Profile, *, may_store: bool = True) -> SecretStr:
    """The profile's key from the environment, the keyring, or the trader at the terminal, who `may_store` it then.

    All talk is on stderr. Raises LocalRefusal where there is no key and nobody to ask, click.Abort on Ctrl+C.
    """
    keyring_works = True
    with local_refusals():
        try:
            found = credentials.find_api_key(profile)
        except KeyringUnusable as trouble:
            if not at_terminal():
                raise
            _say(str(trouble))
            found, keyring_works = None, False
    if found is not None:
        return found.key
    if not at_terminal():
        raise LocalRefusal(
            f"There is no API key for profile {profile.name}. "
            f"Set {api_key_variable(profile.name)}, or store the key: pbtui keys set {profile.name}"
        )
    key = ask_for_key(profile)
    if may_store and keyring_works and click.confirm("Store it in this host's keyring?", err=True):
        try:
            credentials.store_api_key(profile, key)
        except KeyringUnusable as trouble:
            _say(f"{trouble} The key is used for this run alone.")
    return key


def ask_for_key(profile: Profile) -> SecretStr:
    """Asks for the key at the terminal until it can be one; what is typed does not show."""
    while True:
        typed = credentials.secret(
            click.prompt(f"API key for {profile.name} at {profile.host}", hide_input=True, err=True)
        )
        try:
            return credentials.checked_api_key(typed)
        except CredentialsError as error:
            _say(str(error))


def _say(text: str) -> None:
    click.echo(text, err=True)

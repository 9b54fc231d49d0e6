"""Finds the API key of a command: in the environment, in the keyring, or by asking at the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from pbtui.cli.interrupts import interrupts
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.cli.typed_words import at_terminal
from pbtui.settings import credentials
from pbtui.settings.credentials import CredentialsError, KeyringUnusable
from pbtui.settings.profiles import Profile, api_key_variable

if TYPE_CHECKING:
    from pydantic import SecretStr


def api_key_finder(profile: Profile) -> Callable[[], SecretStr]:
    """Return a function that returns the profile's key later. Questions and errors come now, as in `obtain_api_key`."""
    with local_refusals():
        if credentials.environment_has_key(profile):
            return lambda: obtain_api_key(profile)
    key = obtain_api_key(profile, note="The kill key does nothing until the desk is shown: it needs the API key.")
    return lambda: key


def obtain_api_key(profile: Profile, *, may_store: bool = True, note: str = "") -> SecretStr:
    """Return the profile's key from the environment or the keyring, or ask for it at the terminal.

    With `may_store` the trader is asked whether to store a typed key. `note` is printed before the question. Messages
    go to stderr. Raises LocalRefusal if there is neither a key nor a terminal, or the input ends.
    """
    keyring_works = True
    with local_refusals():
        try:
            found = credentials.find_api_key(profile)
        except KeyringUnusable as error:
            if not at_terminal():
                raise
            _say(str(error))
            found, keyring_works = None, False
    if found is not None:
        return found.key
    if not at_terminal():
        raise LocalRefusal(
            f"No API key found for profile {profile.name}. "
            f"Set the variable {api_key_variable(profile.name)}, or store the key: pbtui keys set {profile.name}"
        )
    if note:
        _say(note)
    key = ask_for_key(profile)
    if may_store and keyring_works:
        _offer_to_store(profile, key)
    return key


@local_refusals()
def _offer_to_store(profile: Profile, key: SecretStr) -> None:
    if click.confirm("Store it in this host's keyring?", err=True):
        try:
            credentials.store_api_key(profile, key)
        except KeyringUnusable as error:
            _say(f"{error} The key is used for this run only.")


@local_refusals()
def ask_for_key(profile: Profile) -> SecretStr:
    """Ask for the key at the terminal, without echo, until the input has the form of a key. Raises LocalRefusal."""
    while True:
        with interrupts.terminal_restored():
            typed = click.prompt(f"API key for {profile.name} at {profile.host}", hide_input=True, err=True)
        if "\x1b" in typed:
            _say("Function keys, such as the kill key, do nothing here. Type the API key, then Enter.")
            continue
        try:
            return credentials.checked_api_key(credentials.secret(typed))
        except CredentialsError as error:
            _say(str(error))


def _say(text: str) -> None:
    click.echo(text, err=True)

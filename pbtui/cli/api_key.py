"""Finds the API key of a command: on stdin, in a source of the profile, in the keyring, or by asking the trader."""

from __future__ import annotations

import sys
from functools import partial

import click

from pbtui.cli.interrupts import interrupts
from pbtui.cli.invocation import Invocation
from pbtui.cli.key_trial import tried
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.cli.typed_words import at_terminal, read_terminal_instead
from pbtui.settings.file import warning_of
from pbtui.settings.key_text import (
    MAX_SOURCE_BYTES,
    CredentialsError,
    KeyringUnusable,
    KeyText,
    Secret,
    check_text,
    checked_api_key,
    secret,
)
from pbtui.settings.profiles import Profile, api_key_variable
from pbtui.settings.secrets import credentials
from pbtui.settings.secrets.credentials import FoundKey
from pbtui.settings.shell_command import shell_command

_TYPED = "pbtui.typed_keys"
"""Name under which a command's context keeps the keys that were typed, by profile."""


def obtain_api_key(profile: Profile, *, may_store: bool = True) -> Secret:
    """Return the profile's key, as `obtain_found_key` does."""
    return obtain_found_key(profile, may_store=may_store).key


def obtain_found_key(profile: Profile, *, may_store: bool = True, note: str = "") -> FoundKey:
    """Return the profile's key from the first source that has it, or ask for it at the terminal, once in a command.

    With `may_store` a typed key is tried with the server, and the trader is asked whether to store it. `note` is
    printed before the question. Messages go to stderr. Raises LocalRefusal if a source fails, if there is neither a key
    nor a terminal, or if the input ends.
    """
    context = click.get_current_context(silent=True)
    typed: dict[str, FoundKey] = {} if context is None else context.meta.setdefault(_TYPED, {})
    if profile.name in typed:
        return typed[profile.name]
    invocation = (context and context.find_object(Invocation)) or Invocation(None, None)
    if warning := warning_of(invocation.config_file):
        _say(warning)
    if invocation.piped_key is not None:
        return _of_this_run(profile, invocation.piped_key)
    found, keyring_works = (None, False) if invocation.asks_for_key else _found(profile)
    if found is not None:
        return found
    if not at_terminal():
        raise LocalRefusal(
            f"No API key found for profile {profile.name}. "
            f"Set the variable {api_key_variable(profile.name)}, or store the key: "
            + shell_command(profile, "keys", "set")
        )
    if note:
        _say(note)
    key = ask_for_key(profile)
    if may_store:
        key = _tried(profile, key, may_store=keyring_works)
    typed[profile.name] = FoundKey(KeyText(key.get_secret_value()), "typed")
    return typed[profile.name]


@local_refusals()
def _found(profile: Profile) -> tuple[FoundKey | None, bool]:
    """The key of the profile's sources, and whether the keyring works; without a terminal it has to."""
    try:
        return credentials.find_api_key(profile), True
    except KeyringUnusable as error:
        if not at_terminal():
            raise
        _say(str(error))
        return None, False


# ---------------------------------------------------------------- on stdin


def take_piped_key() -> KeyText | None:
    """Return the text that was piped in, and let stdin be the terminal. None if stdin is the terminal already."""
    if at_terminal():
        return None
    piped = KeyText(piped_text())
    read_terminal_instead()
    return piped


@local_refusals()
def _of_this_run(profile: Profile, piped: KeyText) -> FoundKey:
    remedy = "Pipe the key alone: pass show desk | pbtui --api-key-stdin"
    check_text(piped, profile, "The API key on stdin", remedy)
    return FoundKey(piped, "stdin")


def piped_text() -> str:
    """The text on stdin, up to the size that a key can have."""
    # sys.stdin is None where it was closed before the start.
    piped = sys.stdin.buffer.read(MAX_SOURCE_BYTES) if sys.stdin else b""
    return piped.decode("ascii", errors="replace")


# ---------------------------------------------------------------- at the terminal


@local_refusals()
def ask_for_key(profile: Profile) -> Secret:
    """Ask for the key at the terminal, without echo, until the input has the form of a key. Raises LocalRefusal."""
    while True:
        with interrupts.terminal_restored():
            typed = click.prompt(f"API key for {profile.name} at {profile.host}", hide_input=True, err=True)
        if "\x1b" in typed:
            _say("Function keys, such as the kill key, do nothing here. Type the API key, then Enter.")
            continue
        try:
            return checked_api_key(secret(typed))
        except CredentialsError as error:
            _say(str(error))


def ask_for_another_key(profile: Profile, why: str) -> Secret:
    """Say why the key is not taken, and ask again."""
    _say(why)
    return ask_for_key(profile)


def _tried(profile: Profile, key: Secret, *, may_store: bool) -> Secret:
    """Try a typed key with the server, and offer to store it. Asks again for a key that the server does not accept."""
    trial = tried(profile, key, partial(ask_for_another_key, profile))
    if trial.problem:
        _say(f"The key could not be tried: {trial.problem}. It is used for this run only.")
    elif may_store:
        _offer_to_store(profile, trial.key)
    return trial.key


@local_refusals()
def _offer_to_store(profile: Profile, key: Secret) -> None:
    if click.confirm("Store it in this host's keyring?", err=True):
        from pbtui.settings.secrets.keyring_access import store_api_key

        try:
            store_api_key(profile, key)
        except KeyringUnusable as error:
            _say(f"{error} The key is used for this run only.")


def _say(text: str) -> None:
    click.echo(text, err=True)

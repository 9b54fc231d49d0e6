"""`pbtui keys`: keep the API keys of profiles in the host's keyring; and the way every command comes by its key."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from pbtui.cli.main import Invocation
from pbtui.cli.typed_words import at_terminal
from pbtui.settings import credentials
from pbtui.settings.credentials import CredentialsError, KeyringUnusable
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import Profile, Settings, SettingsError, api_key_variable

if TYPE_CHECKING:
    from pydantic import SecretStr


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
    key = _ask_for_key(profile)
    if may_store and keyring_works and click.confirm("Store it in this host's keyring?", err=True):
        try:
            credentials.store_api_key(profile, key)
        except KeyringUnusable as trouble:
            _say(f"{trouble} The key is used for this run alone.")
    return key


@click.group()
def keys() -> None:
    """Keep API keys in this host's keyring.

    A key is looked for in the environment variable PBTUI_API_KEY_<PROFILE> first (upper case, - as _), then in the
    keyring under the service pbtui:<host> with the profile's name as the user.
    """


@keys.command("set")
@click.argument("profile_name", metavar="[PROFILE]", required=False)
@click.pass_obj
@local_refusals()
def set_key(invocation: Invocation, profile_name: str | None) -> None:
    """Store a profile's key, typed or piped in.

    Typed, it does not show. Piped: pass show desk | pbtui keys set PROFILE
    """
    profile = _profile(invocation, profile_name)
    credentials.probe_keyring(profile)
    credentials.store_api_key(profile, _ask_for_key(profile) if at_terminal() else _piped_key())
    _say(
        f"Stored the API key of profile {profile.name} in the keyring, service {credentials.keyring_service(profile)}."
    )
    _warn_of_variable(profile)


@keys.command("status")
@click.argument("profile_name", metavar="[PROFILE]", required=False)
@click.pass_obj
@local_refusals()
def show_status(invocation: Invocation, profile_name: str | None) -> None:
    """Show where each profile's key comes from.

    Of the key itself, nothing shows.
    """
    settings, name = _settings(invocation, profile_name)
    profiles = list(settings.profiles.values()) if name is None and settings.profiles else [settings.profile(name)]
    for profile in profiles:
        click.echo("\n".join(_status_lines(profile)))


@keys.command("delete")
@click.argument("profile_name", metavar="[PROFILE]", required=False)
@click.pass_obj
@local_refusals()
def delete_key(invocation: Invocation, profile_name: str | None) -> None:
    """Delete a profile's key from the keyring."""
    profile = _profile(invocation, profile_name)
    place = f"the keyring, service {credentials.keyring_service(profile)}"
    if credentials.delete_api_key(profile):
        _say(f"Deleted the API key of profile {profile.name} from {place}.")
    else:
        _say(f"Nothing deleted: there is no API key of profile {profile.name} in {place}.")
    _warn_of_variable(profile)


def _status_lines(profile: Profile) -> Iterator[str]:
    keyring = credentials.keyring_status(profile)
    problems = [keyring.problem] if keyring.problem else []
    source = "keyring" if keyring.holds_key else "none"
    if api_key_variable(profile.name) in os.environ:
        source = "environment"
        try:
            credentials.key_in_environment(profile)
        except CredentialsError as error:
            problems.insert(0, str(error))
    yield profile.name
    yield f"  source    {source}"
    yield f"  variable  {api_key_variable(profile.name)}"
    yield f"  keyring   {keyring.backend or 'none'}{' (holds a key)' if keyring.holds_key else ''}"
    yield f"  service   {keyring.service}"
    for problem in problems:
        yield f"  problem   {problem}"


def _settings(invocation: Invocation, argument: str | None) -> tuple[Settings, str | None]:
    """The settings, and the name of the profile that was asked for before or after the command's name."""
    if argument is not None and invocation.profile_name not in (None, argument):
        raise click.UsageError(
            "The profile is named twice, and differently: once as --profile, once after the command."
        )
    return load_settings(invocation.config_file), argument if argument is not None else invocation.profile_name


def _profile(invocation: Invocation, argument: str | None) -> Profile:
    settings, name = _settings(invocation, argument)
    return settings.profile(name)


def _ask_for_key(profile: Profile) -> SecretStr:
    while True:
        typed = credentials.secret(
            click.prompt(f"API key for {profile.name} at {profile.host}", hide_input=True, err=True)
        )
        try:
            return credentials.checked_api_key(typed)
        except CredentialsError as error:
            _say(str(error))


def _piped_key() -> SecretStr:
    # sys.stdin is None where it was closed before the start.
    piped = sys.stdin.buffer.read(2 * credentials.MAX_KEY_LENGTH) if sys.stdin else b""
    return credentials.secret(piped.decode("ascii", errors="replace"))


def _warn_of_variable(profile: Profile) -> None:
    variable = api_key_variable(profile.name)
    if variable in os.environ:
        _say(f"Mind that {variable} is set, and comes before the keyring.")


def _say(text: str) -> None:
    click.echo(text, err=True)

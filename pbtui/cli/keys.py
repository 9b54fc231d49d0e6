"""`pbtui keys`: store, list and delete the API keys of profiles in the host's keyring."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from pbtui.cli.api_key import ask_for_key
from pbtui.cli.invocation import Invocation
from pbtui.cli.refusals import local_refusals
from pbtui.cli.typed_words import at_terminal
from pbtui.settings import credentials
from pbtui.settings.credentials import CredentialsError
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import Profile, Settings, api_key_variable

if TYPE_CHECKING:
    from pydantic import SecretStr


@click.group()
def keys() -> None:
    """Keep API keys in this host's keyring.

    pbtui looks for a key first in the environment variable PBTUI_API_KEY_<PROFILE> (upper case, - as _), then in the
    keyring, under the service pbtui:<host> with the profile's name as the user.
    """


@keys.command("set")
@click.argument("profile_name", metavar="[PROFILE]", required=False)
@click.pass_obj
@local_refusals()
def set_key(invocation: Invocation, profile_name: str | None) -> None:
    """Store a profile's key, typed or piped in.

    A typed key is not shown. To pipe it: pass show desk | pbtui keys set PROFILE
    """
    profile = _profile(invocation, profile_name)
    credentials.probe_keyring(profile)
    credentials.store_api_key(profile, ask_for_key(profile) if at_terminal() else _piped_key())
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

    The key itself is not shown.
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
        _say(f"Nothing was deleted: {place}, holds no API key of profile {profile.name}.")
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
    """Return the settings and the profile named before or after the command; UsageError if these differ."""
    if argument is not None and invocation.profile_name not in (None, argument):
        raise click.UsageError("Two different profiles are named: one with --profile, one after the command. Name one.")
    return load_settings(invocation.config_file), argument if argument is not None else invocation.profile_name


def _profile(invocation: Invocation, argument: str | None) -> Profile:
    settings, name = _settings(invocation, argument)
    return settings.profile(name)


def _piped_key() -> SecretStr:
    # sys.stdin is None where it was closed before the start.
    piped = sys.stdin.buffer.read(2 * credentials.MAX_KEY_LENGTH) if sys.stdin else b""
    return credentials.secret(piped.decode("ascii", errors="replace"))


def _warn_of_variable(profile: Profile) -> None:
    variable = api_key_variable(profile.name)
    if variable in os.environ:
        _say(f"Note: {variable} is set and takes precedence over the keyring.")


def _say(text: str) -> None:
    click.echo(text, err=True)

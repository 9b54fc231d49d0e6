"""`pbtui keys`: show where the API keys of profiles come from, and store and delete them in the host's keyring."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial

import click

from pbtui.cli.api_key import ask_for_another_key, ask_for_key, piped_text
from pbtui.cli.invocation import Invocation, profile_names
from pbtui.cli.key_trial import tried
from pbtui.cli.refusals import local_refusals
from pbtui.cli.typed_words import at_terminal
from pbtui.settings.file import load_settings, warning_of
from pbtui.settings.key_text import CredentialsError, checked_api_key, secret
from pbtui.settings.profiles import Profile, Settings, api_key_variable
from pbtui.settings.secrets import credentials, keyring_access
from pbtui.settings.secrets.credentials import KEYRING, KeyringStatus, Source, configured_sources
from pbtui.settings.shell_command import shell_command

PROBLEMS_FOUND = 2


@click.group()
def keys() -> None:
    """Show where API keys come from; keep them in this host's keyring.

    The first of these that is configured counts: --api-key-stdin, the environment variable PBTUI_API_KEY_<PROFILE>
    (upper case, - as _), api_key_command and api_key_file of the profile, the file pbtui.<profile> in
    $CREDENTIALS_DIRECTORY (systemd), the keyring. Otherwise pbtui asks.

    In the keyring, the service is pbtui:<scheme>://<host>:<port> (without a default port), and the profile's name is
    the user. The other sources may name the server before the key: "https://desk.example KEY".
    """


@keys.command("set")
@click.argument("profile_name", metavar="[PROFILE]", required=False, shell_complete=profile_names)
@click.pass_obj
@local_refusals()
def set_key(invocation: Invocation, profile_name: str | None) -> None:
    """Try a profile's key, typed or piped in, with its server; store it, and read it back.

    A typed key is not shown. To pipe it: pass show desk | pbtui keys set PROFILE

    A key that the server does not accept is not stored. If the server can't be reached, the key is stored untried.
    """
    profile = _profile(invocation, profile_name)
    keyring_access.probe_keyring(profile)
    key = ask_for_key(profile) if at_terminal() else checked_api_key(secret(piped_text()))
    trial = tried(profile, key, partial(ask_for_another_key, profile))
    if trial.problem:
        _say(f"The key could not be tried: {trial.problem}.")
    else:
        _say(f"The server at {profile.host} accepts the key{f': {trial.rights}' if trial.rights else ''}.")
    keyring_access.store_api_key(profile, trial.key)
    _say(
        f"Stored the API key of profile {profile.name} in the keyring and read it back, "
        f"service {keyring_access.keyring_service(profile)}."
    )
    _warn_of_other_source(profile)


@keys.command("status")
@click.argument("profile_name", metavar="[PROFILE]", required=False, shell_complete=profile_names)
@click.pass_obj
@local_refusals()
def show_status(invocation: Invocation, profile_name: str | None) -> None:
    """Show where each profile's key comes from. Exit code 2 if a key is missing or not safe, or can't be used.

    The key itself is not shown.
    """
    settings, name = _settings(invocation, profile_name)
    profiles = list(settings.profiles.values()) if name is None and settings.profiles else [settings.profile(name)]
    warning = warning_of(invocation.config_file)
    if warning:
        _say(warning)
    has_problems = bool(warning)
    for profile in profiles:
        lines = list(_status_lines(profile))
        has_problems |= any(label == "problem" for label, _ in lines)
        click.echo("\n".join([profile.name, *(f"  {label:<8}  {text}" for label, text in lines)]))
    sys.exit(PROBLEMS_FOUND if has_problems else 0)


@keys.command("delete")
@click.argument("profile_name", metavar="[PROFILE]", required=False, shell_complete=profile_names)
@click.pass_obj
@local_refusals()
def delete_key(invocation: Invocation, profile_name: str | None) -> None:
    """Delete a profile's key from the keyring."""
    profile = _profile(invocation, profile_name)
    place = f"the keyring, service {keyring_access.keyring_service(profile)}"
    if keyring_access.delete_api_key(profile):
        _say(f"Deleted the API key of profile {profile.name} from {place}.")
    else:
        _say(f"Nothing was deleted: {place}, holds no API key of profile {profile.name}.")
    _warn_of_other_source(profile)


def _status_lines(profile: Profile) -> Iterator[tuple[str, str]]:
    """The label and the text of each line. The label of what keeps the profile from having a key is `problem`."""
    sources = list(configured_sources(profile))
    keyring = credentials.keyring_status(profile)
    yield "source", _used(sources, keyring)
    yield "server", profile.origin
    for source in sources[1:]:
        yield "not used", f"{source.kind} {source.place}"
    yield "variable", api_key_variable(profile.name)
    yield "keyring", f"{keyring.backend or 'none'}{' (holds a key)' if keyring.holds_key else ''}"
    yield "service", keyring.service
    if keyring.problem:
        reason, _, _ = keyring.problem.partition(". ")
        yield ("note", f"{reason}.") if sources else ("problem", keyring.problem)
    if sources:
        yield from _problems(sources[0], profile)
    elif not keyring.holds_key and not keyring.problem:
        yield "problem", f"There is no API key. Store it: {shell_command(profile, 'keys', 'set')}"


def _used(sources: Sequence[Source], keyring: KeyringStatus) -> str:
    if sources:
        return f"{sources[0].kind} {sources[0].place}"
    return KEYRING if keyring.holds_key else "none"


def _problems(source: Source, profile: Profile) -> Iterator[tuple[str, str]]:
    try:
        found = credentials.found_in(source, profile)
    except CredentialsError as error:
        yield "problem", str(error)
    else:
        if found.text.server is None:
            yield "note", f"The key in the {source.kind} names no server. It is sent to whatever server base_url names."
            yield "note", f"To bind it to this server, write it there as: {profile.origin} KEY"


def _settings(invocation: Invocation, argument: str | None) -> tuple[Settings, str | None]:
    """Return the settings and the profile named before or after the command; UsageError if these differ."""
    if argument is not None and invocation.profile_name not in (None, argument):
        raise click.UsageError("Two different profiles are named: one with --profile, one after the command. Name one.")
    return load_settings(invocation.config_file), argument if argument is not None else invocation.profile_name


def _profile(invocation: Invocation, argument: str | None) -> Profile:
    settings, name = _settings(invocation, argument)
    return settings.profile(name)


def _warn_of_other_source(profile: Profile) -> None:
    source = next(configured_sources(profile), None)
    if source is not None:
        _say(f"Note: the {source.kind} {source.place} takes precedence over the keyring.")


def _say(text: str) -> None:
    click.echo(text, err=True)

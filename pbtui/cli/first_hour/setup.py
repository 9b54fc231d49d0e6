"""`pbtui setup`: asks for server and key, tries both, says what the key may do, and writes a settings file once."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click

from pbtui.api.client import OrdersClient
from pbtui.api.clock import utc_now
from pbtui.api.structs import replace
from pbtui.cli.api_key import ask_for_another_key, ask_for_key, obtain_found_key
from pbtui.cli.first_hour.account_words import account_lines, areas_of, portfolios_of
from pbtui.cli.first_hour.key_place import PLACES, kept
from pbtui.cli.first_hour.questions import say
from pbtui.cli.first_hour.server import Wanted, goes_on_after, reached_server
from pbtui.cli.invocation import Invocation
from pbtui.cli.key_trial import tried
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.cli.typed_words import at_terminal
from pbtui.desk.event_loop import run
from pbtui.desk.key.trial import TRIAL, Account, account_of
from pbtui.settings.document.new import create_private_file, profile_text, settings_text
from pbtui.settings.file import default_file
from pbtui.settings.key_text import KeyringUnusable, Secret
from pbtui.settings.named_command import named_command
from pbtui.settings.profiles import Profile, api_key_variable
from pbtui.settings.secrets import credentials
from pbtui.settings.secrets.credentials import configured_sources


@click.command()
@click.argument("profile_name", metavar="[PROFILE]", required=False)
@click.option("--url", help="URL of the exchange's API.")
@click.option(
    "--environment", type=click.Choice(["production", "test"]), help="Kind of exchange: real orders, or a test."
)
@click.option("--ca-file", help="File with the certificate of the server's authority.")
@click.option("--proxy", help="URL of an HTTP proxy.")
@click.option("--keep-key", type=click.Choice(PLACES), help="Where the key is kept.")
@click.option("--print", "prints", is_flag=True, help="Print the settings, and write and keep nothing.")
@click.pass_obj
@local_refusals()
def setup(
    invocation: Invocation,
    profile_name: str | None,
    url: str | None,
    environment: str | None,
    ca_file: str | None,
    proxy: str | None,
    keep_key: str | None,
    *,
    prints: bool,
) -> None:
    """Ask for server and key, try both, and write the settings file once.

    What no option gives is asked for at the terminal. The key is typed, or comes from --api-key-stdin before the
    command, or from a place where pbtui looks for keys. Only reading requests are sent.

    A settings file that is there is never changed; --print then prints the tables of another profile for it.
    """
    file = invocation.config_file or default_file()
    if not prints:
        refuse_existing(file)
    wanted = Wanted(url, profile_name or invocation.profile_name, environment, ca_file, proxy)
    found = _tried_key(wanted, invocation)
    if prints:
        say("Nothing was written, and the key is not kept.")
        click.echo(_text(found, is_whole=not file.exists()), nl=False)
        return
    _write(_with_kept_key(found, file.parent, keep_key), file)


def refuse_existing(file: Path) -> None:
    """Raise LocalRefusal if there is a settings file."""
    if file.is_symlink() and not file.exists():
        raise LocalRefusal(f"{file} is a link to a file that is not there; remove the link, or create that file")
    if file.exists():
        raise LocalRefusal(
            f"There is a settings file already, {file}, and it is not changed. "
            f"To see what it says: {named_command(file, None, 'config', 'show')}. "
            f"For the text of another profile: {named_command(file, None, 'setup', '--print')}"
        )


class _Tried(NamedTuple):
    """A profile with its key and the source of it. `account` is None if it was not tried."""

    profile: Profile
    key: Secret
    source: str
    account: Account | None


def _tried_key(wanted: Wanted, invocation: Invocation) -> _Tried:
    """Reach the server and try the key, again until both work or the trader goes on without."""
    known: tuple[str, tuple[Secret, str]] | None = None
    while True:
        profile, is_reached = reached_server(wanted)
        # A key that was typed for one server is not sent to another.
        is_known = known is not None and known[0] == profile.origin
        key, source = known[1] if known is not None and is_known else _key(profile, invocation)
        if not is_reached:
            return _Tried(profile, key, source, None)
        trial = tried(profile, key, partial(ask_for_another_key, profile))
        if trial.key is not key:
            key, source = trial.key, "typed"
        if not trial.problem:
            return _Tried(profile, key, source, _reported(profile, key))
        known = profile.origin, (key, source)
        if not goes_on_after(f"The key could not be tried: {trial.problem}.", wanted):
            return _Tried(profile, key, source, None)


def _key(profile: Profile, invocation: Invocation) -> tuple[Secret, str]:
    """The key and its source: stdin, a place where pbtui looks for keys, or typed."""
    found = None
    if invocation.piped_key is not None:
        found = obtain_found_key(profile)
    elif not invocation.asks_for_key:
        with suppress(KeyringUnusable):
            found = credentials.find_api_key(profile)
    if found is not None:
        say(f"The API key is from: {found.source}")
        return found.key, found.source
    if not at_terminal():
        raise LocalRefusal(
            "there is no terminal to ask for the key at: pipe it (pass show desk | pbtui --api-key-stdin setup …), "
            f"or set the variable {api_key_variable(profile.name)}"
        )
    return ask_for_key(profile), "typed"


def _reported(profile: Profile, key: Secret) -> Account:
    """Say what the key may do and what it reaches."""

    async def ask() -> Account:
        async with OrdersClient(
            profile.base_url, key, ca_file=profile.ca_file, proxy=profile.proxy, read=TRIAL
        ) as client:
            return await account_of(client, profile.exchange)

    account = run(ask())
    say("The server accepts the key.")
    for label, text in account_lines(account, profile):
        say(text, label)
    return account


def _text(found: _Tried, *, is_whole: bool) -> str:
    account = found.account
    portfolios, areas = ([], []) if account is None else (portfolios_of(account), areas_of(account))
    if is_whole:
        return settings_text(found.profile, portfolios, areas, utc_now())
    return profile_text(found.profile, portfolios, areas)


def _with_kept_key(found: _Tried, folder: Path, wanted: str | None) -> _Tried:
    """Keep the key, unless pbtui finds it where it is."""
    if found.source not in ("typed", "stdin"):
        say(f"The key stays where it is: {found.source}.")
        return found
    file = kept(found.profile, found.key, folder, wanted)
    if (other := next(configured_sources(found.profile), None)) is not None:
        say(f"Note: the {other.kind} {other.place} takes precedence over this key, and holds another one or none.")
    return found._replace(profile=replace(found.profile, api_key_file=file))


def _write(found: _Tried, file: Path) -> None:
    try:
        create_private_file(file, _text(found, is_whole=True))
    except FileExistsError:
        raise LocalRefusal(f"{file} was created meanwhile; it was not changed") from None
    except OSError as error:
        raise LocalRefusal(f"{file} can't be written: {error.strerror}") from None
    say(f"Wrote {file}. It is yours now: no program changes it.")
    say("The desk opens read-only: w switches trading on, ? shows all keys.")
    say("a enters an order: buy 1 @ 60 has the delivery, area and portfolio of the order under the cursor.")
    doctor = named_command(file, None, "doctor")
    say(f"To open it: {named_command(file, None)}. To look at this host first: {doctor}.")

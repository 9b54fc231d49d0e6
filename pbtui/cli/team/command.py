"""`pbtui team`: set up the store that several desks share, and look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pbtui.api.sanitize import safe_text
from pbtui.cli.api_key import piped_text
from pbtui.cli.interrupts import interrupts
from pbtui.cli.invocation import Invocation
from pbtui.cli.listing import print_table
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.cli.team.asking import asked, settings_with_store, store_errors
from pbtui.cli.team.cutting_loose import cut_loose
from pbtui.cli.typed_words import at_terminal
from pbtui.desk.storage.places import owner_of
from pbtui.desk.storage.problem import problem_of
from pbtui.desk.team.migration import script
from pbtui.settings.file import load_settings
from pbtui.settings.named_command import named_command
from pbtui.settings.secrets import team_password

if TYPE_CHECKING:
    from pbtui.desk.team.database.administration import Renewal
    from pbtui.desk.team.journal.lag import Lag

as_option = click.option("--as", "user", metavar="USER", help="Connect as this user, not as that of the settings.")


@click.group()
def team() -> None:
    """Set up the store that several desks share, and look at it.

    It is a PostgreSQL database, named in the settings: store = "postgresql://db.example/trading", under [team]. Its
    password comes from password_command there, from ~/.pgpass, a service file or PGPASSWORD, or from the keyring.
    """


@team.command()
@as_option
@click.option("--print-sql", "prints_sql", is_flag=True, help="Print the SQL, for a DBA who runs it. Changes nothing.")
@click.pass_obj
def init(invocation: Invocation, user: str | None, prints_sql: bool) -> None:
    """Create the schema and the role of the store.

    The database must be there. The user that connects owns the schema then. It must be allowed to create a schema in
    the database, and to create the role pbtui_desk, unless that is there. The users of desks are others: each is a
    member of pbtui_desk.
    """
    if prints_sql:
        click.echo(script())
        return
    with store_errors():
        from pbtui.desk.team.database.administration import create  # the driver takes long to import

        renewal = asked(create, invocation, user)
    _report(renewal)
    if renewal.applied:
        click.echo("Each user of a desk needs its rights: grant pbtui_desk to USER;", err=True)


@team.command()
@as_option
@click.pass_obj
def migrate(invocation: Invocation, user: str | None) -> None:
    """Bring the schema to the version of this program.

    The user that connects must own the schema. Desks of earlier versions go on with the new one.
    """
    with store_errors():
        from pbtui.desk.team.database.administration import renew  # the driver takes long to import

        _report(asked(renew, invocation, user))


@team.command()
@as_option
@click.pass_obj
def status(invocation: Invocation, user: str | None) -> None:
    """Show whether the store can be used, halts, open sends, open desks and journals.

    It shows all halts that hold, all sends and desks that are open and all journals, whatever their server and
    portfolios, and how many journal lines of this host the store does not have yet. Exit codes: 0 the
    store can be used, 2 none is configured, 4 the server refuses or can't be the store, 5 no answer.
    """
    with store_errors():
        from pbtui.cli.team.state import state_lines  # the driver takes long to import
        from pbtui.desk.team.database.administration import look_at

        seen = asked(look_at, invocation, user)
        try:
            lags = _lags(invocation)
        except OSError as error:
            raise LocalRefusal(f"The journal of this host can't be read: {problem_of(error)}") from None
    print_table([[label, safe_text(text)] for label, text in state_lines(seen, lags)])


team.add_command(cut_loose)


def _lags(invocation: Invocation) -> dict[str, Lag]:
    """The lag of each profile of the settings that has a journal at this host."""
    from pbtui.desk.team.journal.lag import lag_of

    profiles = load_settings(invocation.config_file).profiles.values()
    lags = {profile.name: lag_of(owner_of(profile)) for profile in profiles}
    return {name: lag for name, lag in lags.items() if lag is not None}


@team.command()
@click.option("--as", "user", metavar="USER", help="That of this user, for commands with --as USER.")
@click.option("--delete", "deletes", is_flag=True, help="Delete it from the keyring.")
@click.pass_obj
@local_refusals()
def password(invocation: Invocation, user: str | None, deletes: bool) -> None:
    """Keep the password of the store, typed or piped in, in this host's keyring, and read it back.

    It is used if the server wants a password, and neither password_command nor a place of libpq has one: the address,
    a service file, PGPASSWORD, ~/.pgpass. It belongs to the address in the settings: if that is changed, it is not
    sent. To pipe it: pass show trading/db | pbtui team password
    """
    settings = settings_with_store(invocation)
    address, of_user = settings.team.store, user or ""
    service = f"the keyring, service pbtui-team:{address}"
    if deletes:
        was_there = team_password.delete_from_keyring(address, of_user)
        click.echo(f"{'Deleted the password from' if was_there else 'There was no password in'} {service}.", err=True)
        return
    team_password.probe_keyring(address)
    team_password.store_in_keyring(address, of_user, _typed_or_piped())
    attempt = named_command(settings.file, None, "team", "status", *(["--as", user] if user else []))
    click.echo(f"Stored the password in {service}, and read it back. Try it: {attempt}", err=True)


def _typed_or_piped() -> str:
    if not at_terminal():
        return piped_text()
    with interrupts.terminal_restored():
        return str(click.prompt("Password of the team store", hide_input=True, err=True))


def _report(renewal: Renewal) -> None:
    done = f"Applied {', '.join(renewal.applied)}" if renewal.applied else "Nothing to apply"
    click.echo(f"{done}: the schema has version {renewal.version}.", err=True)

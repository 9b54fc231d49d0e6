"""`pbtui team cut-loose`: let this host send without its team, while the store can't be reached."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from pbtui.cli.invocation import Invocation, profile_names
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.cli.team.halts import team_halts
from pbtui.cli.typed_words import at_terminal, typed
from pbtui.desk.cutting_loose import NotCutLoose, why_not_loose
from pbtui.desk.cutting_loose import cut_loose as cut_profile_loose
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.journal.writer import Journal, JournalUnusable
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.team.halts.known import KnownHalts
from pbtui.desk.team.store import StoreUnreachable
from pbtui.desk.trading_halt import as_halt
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import Profile


@click.command("cut-loose")
@click.option("--profile", "name", metavar="NAME", help="Profile to cut loose.", shell_complete=profile_names)
@click.option("--reason", metavar="TEXT", help="Why; it goes into the journal, and later to the team.")
@click.pass_obj
def cut_loose(invocation: Invocation, name: str | None, reason: str | None) -> None:
    """Let a profile send without its team from this host.

    Only while the store can't be reached and no halt is known here. Asks for the profile's name at a terminal. The
    desk and all commands of the profile on this host then enter, change and activate orders that no halt of another
    host stops. It ends by itself as soon as the store answers one of them, which also reports it to the team. Exit
    codes: 0 cut loose, 2 not cut loose.
    """
    with local_refusals():
        profile = load_settings(invocation.config_file).profile(name or invocation.profile_name)
    problem, zone = _require_away(profile), ZoneInfo(profile.market_timezone)
    if not at_terminal():
        raise LocalRefusal("not cut loose: run the command at a terminal, where it asks for the profile's name")
    click.echo(in_zone(problem, zone), err=True)
    click.echo(
        "A halt of another host does not stop what this host sends, and a kill elsewhere does not know of it.", err=True
    )
    if not typed(profile.name, f"Type {profile.name} to cut it loose"):
        raise LocalRefusal("not cut loose: the profile's name was not typed")
    why = (reason or "").strip() or str(click.prompt("Why?", err=True)).strip()
    _require_away(profile)  # it may have come back while the name was typed
    with Journal.open(profile) as journal:
        try:
            lone = cut_profile_loose(profile, journal, why)
        except (JournalUnusable, NotCutLoose) as error:
            raise LocalRefusal(f"not cut loose: {error}") from None
    click.echo(in_zone(f"Profile {profile.name} is {lone.words}.", zone), err=True)


def _require_away(profile: Profile) -> str:
    """Return why the store can't be reached. Raises LocalRefusal if it answers, or this host knows of a halt."""
    problem = _problem_of_team(profile)
    known = next(map(as_halt, KnownHalts(profile).held), None)
    if refusal := why_not_loose(profile, read_halt(profile) or known, problem):
        raise LocalRefusal(in_zone(f"not cut loose: {refusal}", ZoneInfo(profile.market_timezone)))
    return problem


def _problem_of_team(profile: Profile) -> str:
    """Return why the store can't be reached; empty if it answers, or if there is none."""
    try:
        team_halts(profile)
    except StoreUnreachable as error:
        return str(error)
    return ""

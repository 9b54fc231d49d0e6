"""`pbtui rearm`: lift the halt of a profile after a kill."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import click

from pbtui.cli.interrupts import NOTHING_SENT, interrupts
from pbtui.cli.invocation import Invocation
from pbtui.cli.kill.command import chosen_name, profile_option
from pbtui.cli.kill.second_person import confirm_as_second
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.cli.team.halts import lift_of_team, team_halts
from pbtui.cli.typed_words import at_terminal, typed
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.journal.writer import Journal, JournalUnusable
from pbtui.desk.kill.commands import rearm_command
from pbtui.desk.kill.halt import Halt, HaltNotOnDisk, read_halt
from pbtui.desk.kill.recovery.rearming import rearm as rearm_profile
from pbtui.desk.kill.recovery.rearming import require_rearmable
from pbtui.desk.kill.recovery.unverified import warnings_of
from pbtui.desk.storage.places import state_folder
from pbtui.desk.team.store import HaltRecord, RearmRefused, StoreUnreachable
from pbtui.desk.trading_halt import LIFTED_OR_NOT, as_halt, lifted_with, with_verdicts
from pbtui.settings.damaged.rescue import rescue_for_rearm
from pbtui.settings.profiles import Profile


@click.command()
@profile_option
@click.option("--reason", metavar="TEXT", help="Why it is safe to trade again; it goes into the journal.")
@click.option("--halt-of", metavar="NAME", help="Lift the halt of this other profile, which is then re-armed too.")
@click.option("--yes", is_flag=True, help="Do not ask for the profile's name; required without a terminal.")
@click.option("--confirm", "confirms", is_flag=True, help="Confirm the re-arm that another operator asks for.")
@click.pass_obj
def rearm(
    invocation: Invocation,
    profile_name: str | None,
    reason: str | None,
    halt_of: str | None,
    yes: bool,
    confirms: bool,
) -> None:
    """Lift the halt after a kill.

    No order is activated by this. The halt of another profile of the same server, or of another desk of the team, is
    lifted only if --halt-of names its profile. Where two persons must re-arm, the command waits for five minutes until
    another operator confirms it, on a desk or with --confirm. Exit codes: 0 re-armed, 2 still halted.
    """
    if confirms and (reason is not None or halt_of is not None or yes):
        raise click.UsageError(
            "--confirm can't be used with --reason, --halt-of or --yes: reason and halt are those of the request"
        )
    profile, warnings = _rescued(invocation, profile_name)
    for warning in warnings:
        click.echo(warning, err=True)
    if confirms:
        confirm_as_second(profile)
        return
    state_folder()  # raises NoStateFolder: the halt may be in a folder that is not known here
    on_disk, team = read_halt(profile), _halts_of_team(profile)
    halt = on_disk or next(map(as_halt, team), None)
    if halt is None:
        click.echo(f"Profile {profile.name} is not halted.", err=True)
        return
    team = with_verdicts(halt, team)
    zone = ZoneInfo(profile.market_timezone)
    interrupts.end_with("still halted: interrupted", NOTHING_SENT)
    click.echo(f"Profile {profile.name} is halted: {in_zone(halt.words, zone)}", err=True)
    _require_named(profile, halt, halt_of)
    for warning in _warnings(halt, team):
        click.echo(f"{warning}.", err=True)
    confirmed_for = _confirmed(profile, halt, (reason or "").strip(), yes=yes)
    interrupts.ignore()
    left_of_team = _lift(profile, on_disk, halt, team, confirmed_for)
    left = read_halt(profile) or next(map(as_halt, left_of_team), None)
    if left is not None:
        click.echo(
            f"Lifted. No order was activated. Profile {profile.name} stays halted: {in_zone(left.words, zone)}",
            err=True,
        )
        return
    click.echo(f"Profile {profile.name} is re-armed. No order was activated.", err=True)


def _rescued(invocation: Invocation, profile_name: str | None) -> tuple[Profile, Sequence[str]]:
    if invocation.session is not None:
        return invocation.session.profile, ()
    with local_refusals():
        return rescue_for_rearm(invocation.config_file, chosen_name(invocation, profile_name))


def _confirmed(profile: Profile, halt: Halt, reason: str, *, yes: bool) -> str:
    """Ask for what the options leave open, and return the reason. Raises LocalRefusal without a confirmation."""
    if not at_terminal():
        if not (yes and reason):
            raise LocalRefusal("still halted: without a terminal --yes and --reason are required")
    elif not yes and not typed(halt.name or profile.name, _question(halt)):
        raise LocalRefusal("still halted: the profile's name was not typed")
    if reason:
        return reason
    with local_refusals():
        typed_reason = str(click.prompt("Why is it safe to trade again?", err=True)).strip()
    if not typed_reason:
        raise LocalRefusal("still halted: no reason was given")
    return typed_reason


def _halts_of_team(profile: Profile) -> tuple[HaltRecord, ...]:
    """The halts of the team that hold, the newest first. Raises LocalRefusal if they can't be read."""
    try:
        return team_halts(profile)
    except StoreUnreachable as error:
        words = f"not re-armed: {error}. It is not known whether the team is halted"
        raise LocalRefusal(in_zone(words, ZoneInfo(profile.market_timezone))) from None


def _lift(
    profile: Profile, on_disk: Halt | None, shown: Halt, of_team: Sequence[HaltRecord], reason: str
) -> tuple[HaltRecord, ...]:
    """Lift the halt in the store of the team and on disk, and record the reason.

    Returns the halts of the team that still hold. Raises LocalRefusal if it can't be lifted.
    """
    zone = ZoneInfo(profile.market_timezone)
    with Journal.open(profile) as journal:
        try:
            require_rearmable(profile, on_disk)
            left = lift_of_team(profile, shown, of_team, reason, journal)
            rearm_profile(profile, journal, reason, on_disk)
        except JournalUnusable as error:
            raise LocalRefusal(f"still halted: the journal can't be written: {error}") from None
        except StoreUnreachable as error:
            raise LocalRefusal(in_zone(f"still halted: {error}. {LIFTED_OR_NOT}", zone)) from None
        except (HaltNotOnDisk, RearmRefused) as error:
            raise LocalRefusal(in_zone(f"still halted: {error}", zone)) from None
        if journal.moved:
            click.echo(journal.moved, err=True)
    return left


def _warnings(halt: Halt, of_team: Sequence[HaltRecord]) -> tuple[str, ...]:
    """The state of the kills whose halt is lifted, by the store of the team, else by their reports."""
    records = lifted_with(halt, of_team)
    of_records = filter(None, (record.warning for record in records))
    return (*of_records, *warnings_of(halt, [record.token for record in records]))


def _question(halt: Halt) -> str:
    return (
        f"Type {halt.name}, whose halt it is, to lift it" if halt.is_others else "Type the profile's name to re-arm it"
    )


def _require_named(profile: Profile, halt: Halt, halt_of: str | None) -> None:
    """Raise LocalRefusal unless the options name the profile whose halt it is."""
    if halt_of is not None and halt_of != halt.name:
        raise LocalRefusal(f"still halted: this is not the halt of profile {halt_of}")
    if halt.is_others and halt_of is None:
        raise LocalRefusal(
            f"still halted: this is the halt of profile {halt.name}. If it may be lifted for both profiles: "
            + rearm_command(profile, halt)
        )

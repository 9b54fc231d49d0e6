"""`pbtui rearm`: lift the halt of a profile after a kill."""

from __future__ import annotations

import click

from pbtui.cli.interrupts import NOTHING_SENT, interrupts
from pbtui.cli.invocation import Invocation
from pbtui.cli.kill.command import chosen_name
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.cli.typed_words import at_terminal, typed
from pbtui.desk.journal.writer import Journal, JournalUnusable
from pbtui.desk.kill.halt import HaltNotOnDisk, read_halt
from pbtui.desk.kill.halt import rearm as lift
from pbtui.settings.rescue import rescue_profile


@click.command()
@click.option("--profile", "profile_name", metavar="NAME", help="Profile to use instead of the default one.")
@click.option("--reason", metavar="TEXT", help="Why it is safe to trade again; it goes into the journal.")
@click.option("--yes", is_flag=True, help="Do not ask for the profile's name; required without a terminal.")
@click.pass_obj
def rearm(invocation: Invocation, profile_name: str | None, reason: str | None, yes: bool) -> None:
    """Lift the halt after a kill.

    No order is activated by this.
    """
    with local_refusals():
        profile, warnings = rescue_profile(invocation.config_file, chosen_name(invocation, profile_name))
    for warning in warnings:
        click.echo(warning, err=True)
    halt = read_halt(profile.name)
    if halt is None:
        click.echo(f"Profile {profile.name} is not halted.", err=True)
        return
    interrupts.end_with("still halted: interrupted", NOTHING_SENT)
    click.echo(f"Profile {profile.name} is halted: {halt.words}", err=True)
    if not at_terminal():
        if not (yes and (reason or "").strip()):
            raise LocalRefusal("still halted: without a terminal --yes and --reason are required")
    elif not yes and not typed(profile.name, "Type the profile's name to re-arm it"):
        raise LocalRefusal("still halted: the profile's name was not typed")
    if not (reason or "").strip():
        with local_refusals():
            reason = click.prompt("Why is it safe to trade again?", err=True)
    interrupts.ignore()
    with Journal.open(profile) as journal:
        try:
            lift(profile.name, journal, (reason or "").strip(), halt)
        except JournalUnusable as error:
            raise LocalRefusal(f"still halted: the journal can't be written: {error}") from None
        except HaltNotOnDisk as error:
            raise LocalRefusal(f"still halted: {error}") from None
    click.echo(f"Profile {profile.name} is re-armed. No order was activated.", err=True)

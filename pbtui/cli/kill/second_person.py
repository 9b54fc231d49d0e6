"""`pbtui rearm --confirm`: the second person confirms a re-arm that another operator asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.team.halts import confirm_rearm, rearm_requests
from pbtui.cli.typed_words import at_terminal, typed
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.journal.writer import Journal, JournalUnusable, circumstances
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.team.store import RearmRefused, StoreUnreachable
from pbtui.desk.trading_halt import LIFTED_OR_NOT, as_halt
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.desk.team.store import HaltRecord, RearmRequest


def confirm_as_second(profile: Profile) -> None:
    """Show the request of another operator, and confirm that very one by a typed word. Raises LocalRefusal."""
    if not profile.team.store:
        raise LocalRefusal("nothing was confirmed: there is no team store in the settings")
    if not at_terminal():
        raise LocalRefusal("nothing was confirmed: --confirm needs a terminal, where the request is shown")
    zone = ZoneInfo(profile.market_timezone)
    try:
        requests = rearm_requests(profile)
    except StoreUnreachable as error:
        raise LocalRefusal(in_zone(f"nothing was confirmed: {error}", zone)) from None
    operator = str(circumstances(profile)["operator"])
    request = next((each for each in requests if each.operator != operator), None)
    if request is None:
        raise LocalRefusal("nothing was confirmed: no other operator asks to re-arm this profile")
    click.echo(in_zone(request.words, zone), err=True)
    for halt in request.halts:
        click.echo(f"Halt {halt.epoch}: {in_zone(halt.words, zone)}", err=True)
        if halt.warning:
            click.echo(f"{halt.warning}.", err=True)
    word = request.halts[0].profile or profile.name
    if not typed(word, f"Type {word}, whose halt it is, to confirm that it is lifted"):
        raise LocalRefusal("still halted: the profile's name was not typed")
    left = _confirmed(profile, request, zone)
    click.echo("Confirmed. No order was activated.", err=True)
    still = read_halt(profile) or next(map(as_halt, left), None)
    if still is not None:
        click.echo(f"Profile {profile.name} stays halted: {in_zone(still.words, zone)}", err=True)


def _confirmed(profile: Profile, request: RearmRequest, zone: ZoneInfo) -> tuple[HaltRecord, ...]:
    with Journal.open(profile) as journal:
        try:
            return confirm_rearm(profile, request, journal)
        except JournalUnusable as error:
            raise LocalRefusal(f"still halted: the journal can't be written: {error}") from None
        except StoreUnreachable as error:
            raise LocalRefusal(in_zone(f"still halted: {error}. {LIFTED_OR_NOT}", zone)) from None
        except RearmRefused as error:
            raise LocalRefusal(in_zone(f"still halted: {error}", zone)) from None

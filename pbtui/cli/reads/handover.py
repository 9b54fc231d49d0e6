"""`pbtui handover`: the report of the shift."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import click

from pbtui.api.client import OrdersClient
from pbtui.api.clock import utc_now
from pbtui.cli.access import OutcomeUnknown, ask, chosen_profile
from pbtui.cli.invocation import Invocation
from pbtui.cli.reads.output import Read, end_if_refused, past_moment
from pbtui.cli.team.asking import NoAnswer
from pbtui.cli.team.halts import team_halts
from pbtui.desk.handover.json_form import json_of
from pbtui.desk.handover.reading import journals_here, read_exchange
from pbtui.desk.handover.report import Answers, Part, Report, report_of
from pbtui.desk.handover.shift import shift_of
from pbtui.desk.handover.words import report_text
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.plan.standing import OwnOrders
from pbtui.desk.team.store import StoreUnreachable
from pbtui.settings.profiles import Profile


class Reading(NamedTuple):
    """A report, and what of its reads failed."""

    report: Report
    answers: Answers
    store_problem: str


@click.command()
@click.option("--since", "since_text", metavar="TIME", help="Begin of the shift, such as 06:00.")
@click.option(
    "--hours",
    type=click.IntRange(0, 48),
    default=8,
    show_default=True,
    help="Show orders that end within so many hours.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.pass_obj
def handover(invocation: Invocation, since_text: str | None, hours: int, as_json: bool) -> None:
    """Show what changed and traded this shift, and what is open.

    A shift begins with the last take-over in the journal. Without one it is the last eight hours. A time without a date
    is the last one before now, in the market's zone. The report has notes, halts, writes of which it is not known how
    they ended, orders that end soon, open orders, what traded, and what changed. What could not be read is named as
    NOT READ, and the exit code is then that of the failure.
    """
    profile = chosen_profile(invocation)
    zone = ZoneInfo(profile.market_timezone)
    found = read_report(profile, past_moment(since_text, "--since", zone), timedelta(hours=hours))
    click.echo(json_of(found.report) if as_json else report_text(found.report, zone), nl=as_json)
    end_if_not_read(found)


def read_report(profile: Profile, since: datetime | None, ahead: timedelta) -> Reading:
    """Read journals, halts and exchange, and make the report. Raises as `ask` if there is no API key."""
    now = utc_now()
    journals = journals_here(profile, since)
    shift = shift_of(journals.lines, now, since)
    halts, store_problem = _halts(profile)

    async def read(client: OrdersClient) -> Answers:
        return await read_exchange(client, profile, shift.since)

    answers = ask(profile, read)
    return Reading(report_of(profile, shift, journals, answers, halts, now + ahead), answers, store_problem)


def _halts(profile: Profile) -> tuple[Part[str], str]:
    """The halts on disk and in the store of the team, and why that could not be read."""
    on_disk = read_halt(profile)
    words = [] if on_disk is None else [on_disk.words]
    try:
        words += [record.words for record in team_halts(profile)]
    except StoreUnreachable as error:
        return Part(tuple(words), (f"halts of the team: {error}",)), str(error)
    return Part(tuple(dict.fromkeys(words))), ""


def end_if_not_read(found: Reading) -> None:
    """Raise the exception that ends the command, if a part of the report could not be read."""
    answers = found.answers
    reads: dict[str, Read] = {
        "trades": answers.trades,
        "internal trades": answers.internal_trades,
        "contracts": answers.contracts,
    }
    if not isinstance(answers.orders, OwnOrders):
        reads["orders"] = answers.orders
    end_if_refused(reads)
    if found.store_problem:
        raise NoAnswer(found.store_problem)
    if missing := found.report.changes.missing:
        raise OutcomeUnknown("; ".join(missing))

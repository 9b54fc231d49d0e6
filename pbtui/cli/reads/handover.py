"""`pbtui handover`: the report of the shift, notes for the next one, and taking over."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import click

from pbtui.api.client import OrdersClient
from pbtui.api.clock import utc_now
from pbtui.api.sanitize import safe_text
from pbtui.cli.access import OutcomeUnknown, ask, chosen_profile
from pbtui.cli.invocation import Invocation
from pbtui.cli.reads.output import Read, end_if_refused, past_moment
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.cli.team.asking import NoAnswer
from pbtui.cli.team.halts import halts_in_words
from pbtui.cli.typed_words import at_terminal
from pbtui.desk.event_loop import run
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.handover.json_form import json_of
from pbtui.desk.handover.record import Refused, record_note, record_take_over, whose_shift
from pbtui.desk.handover.report import Answers, Part, Report, report_of
from pbtui.desk.handover.shift import shift_of
from pbtui.desk.handover.sources import read_exchange, read_journals
from pbtui.desk.handover.words import report_text
from pbtui.desk.journal.writer import Journal, JournalUnusable
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.plan.standing import OwnOrders
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
    help="Show orders that end within this number of hours.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option("--note", metavar="TEXT", help="Leave a note for whoever takes over, and print no report.")
@click.option("--take", is_flag=True, help="Take over after the report; the record goes into the journal.")
@click.option("--name", metavar="NAME", help="The name of whoever takes over; without it, pbtui asks for it.")
@click.pass_obj
def handover(
    invocation: Invocation,
    since_text: str | None,
    hours: int,
    as_json: bool,
    note: str | None,
    take: bool,
    name: str | None,
) -> None:
    """Show what changed and traded this shift, and what is open.

    A shift begins with the last take-over in the journal. Without one it is the last eight hours. A time without a date
    is the last one before now, in the market's zone. The report has notes, halts, writes of which it is not known how
    they ended, orders that end soon, open orders, what traded, and what changed. What could not be read is named as
    NOT READ, and the exit code is then that of the failure.

    With --take, the record names who took over from whom, and the SHA-256 of the report as it was printed. No order is
    cancelled, entered or changed by this.
    """
    if (name is not None and not take) or (note is not None and (take or as_json)) or (take and as_json):
        raise click.UsageError("--name needs --take; --note, --take and --json go one by one")
    profile = chosen_profile(invocation)
    if note is not None:
        _leave_note(profile, note)
        return
    if take and name is None and not at_terminal():
        raise LocalRefusal("not taken over: without a terminal --name is required")
    zone = ZoneInfo(profile.market_timezone)
    found = read_report(profile, past_moment(since_text, "--since", zone), timedelta(hours=hours))
    click.echo(json_of(found.report) if as_json else report_text(found.report, zone), nl=as_json)
    if take:
        _take_over(profile, found.report, zone, name)
    end_if_not_read(found, zone)


def read_report(profile: Profile, since: datetime | None, ahead: timedelta) -> Reading:
    """Read journals, halts and exchange, and make the report. Raises as `ask` if there is no API key."""
    now = utc_now()
    journals = run(read_journals(profile, now, since))
    shift = shift_of(journals.lines, now, since)
    halts, store_problem = _halts(profile)

    async def read(client: OrdersClient) -> Answers:
        return await read_exchange(client, profile, shift)

    answers = ask(profile, read)
    until = answers.exchange_clock.now() + ahead
    return Reading(report_of(profile, shift, journals, answers, halts, until), answers, store_problem)


def _halts(profile: Profile) -> tuple[Part[str], str]:
    """The halts on disk and in the store of the team, and why that could not be read."""
    on_disk = read_halt(profile)
    of_team, problem = halts_in_words(profile)
    words = dict.fromkeys((*([] if on_disk is None else [on_disk.words]), *of_team))
    return Part(tuple(words), (f"halts of the team: {problem}",) if problem else ()), problem


def _leave_note(profile: Profile, text: str) -> None:
    with _recorded(profile, "the note was not recorded") as journal:
        record_note(journal, text)
    click.echo(f"The note is recorded in the journal of profile {profile.name}.", err=True)


def _take_over(profile: Profile, report: Report, zone: ZoneInfo, name: str | None) -> None:
    if name is None:
        with local_refusals():
            name = str(click.prompt("Type your name to take over", default="", show_default=False, err=True))
    with _recorded(profile, "not taken over") as journal:
        now = utc_now()
        present = shift_of(run(read_journals(profile, now)).lines, now)
        digest = record_take_over(journal, report, zone, name, present)
    before = whose_shift(report)
    click.echo(f"{safe_text(name.strip())} took over{f' from {safe_text(before)}' if before else ''}.", err=True)
    click.echo(f"SHA-256 of the report: {digest}", err=True)


@contextmanager
def _recorded(profile: Profile, failure: str) -> Iterator[Journal]:
    """A journal to record in, which goes to the store of the team afterwards.

    Raises LocalRefusal with the failure if nothing was recorded.
    """
    with Journal.open(profile) as journal:
        try:
            yield journal
        except JournalUnusable as error:
            raise LocalRefusal(f"{failure}: the journal can't be written: {error}") from None
        except Refused as error:
            raise LocalRefusal(f"{failure}: {error}") from None
    if profile.team.store:
        from pbtui.desk.team.journal.uploader import bring  # most profiles have no team

        run(bring(profile))


def end_if_not_read(found: Reading, zone: ZoneInfo) -> None:
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
        raise NoAnswer(in_zone(found.store_problem, zone))
    if missing := found.report.changes.missing:
        raise OutcomeUnknown(in_zone("; ".join(missing), zone))

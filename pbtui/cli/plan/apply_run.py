"""Applies a file: one preview and one consent for all of it, then one ticket after the other."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.requests import OrderEntry
from pbtui.cli.plan.orders_file import refuse_passed
from pbtui.cli.process import say
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.write.consent import Consent, ask
from pbtui.cli.write.desk_run import OpenDesk, run_with_desk, sent
from pbtui.cli.write.exit_code import CONFLICT, DONE, exit_code
from pbtui.cli.write.result import print_notes, print_requests, print_result
from pbtui.cli.write.ticket_run import await_earlier
from pbtui.desk.desk import Desk
from pbtui.desk.drafts.draft import basket_problems
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.plan.compared import claim_files
from pbtui.desk.plan.difference import Plan
from pbtui.desk.plan.wanted import Wanted
from pbtui.desk.position_guard import is_unguarded
from pbtui.desk.storage.problem import problem_of
from pbtui.desk.tickets.evidence import NothingLeft
from pbtui.desk.tickets.ticket import Action, Ticket, WriteOptions
from pbtui.desk.tickets.verdict import judged
from pbtui.settings.profiles import Profile


def run_plan(profile: Profile, wanted: Wanted, options: WriteOptions, consent: Consent) -> None:
    """Compare the file with the orders that stand. Send the difference if the trader agrees, then exit with its code.

    Raises LocalRefusal if nothing was sent, RefusedByServer if the server refused the reads before.
    """

    async def work(opened: OpenDesk) -> int:
        desk = opened.desk
        refuse_passed(wanted, desk.view.now())
        with _alone(profile):
            await await_earlier(desk, _open_tickets(desk, wanted))
            with journal_readable():
                found = await desk.lookups.compare(wanted)
            say(found.summary, err=True)
            for note in found.notes():
                say(note, err=True)
            return await _run(opened, profile, found.plan, options, consent)

    run_with_desk(profile, work)


@contextlib.contextmanager
def journal_readable() -> Iterator[None]:
    """Turn the errors of a journal that can't be read into LocalRefusal."""
    try:
        yield
    except (JournalUnusable, OSError) as error:
        reason = f"the journal can't be read, so it is not known what was sent before: {problem_of(error)}"
        raise LocalRefusal(f"{reason}; nothing was sent") from None


@contextlib.contextmanager
def _alone(profile: Profile) -> Iterator[None]:
    """Keep other programs of this profile on this machine from applying a file: both would enter its new orders.

    Raises LocalRefusal if one does.
    """
    try:
        file = claim_files(profile)
    except OSError as error:
        reason = f"another pbtui apply may be under way: {problem_of(error)}"
        raise LocalRefusal(f"{reason}; nothing was sent") from None
    try:
        yield
    finally:
        file.close()


def _open_tickets(desk: Desk, wanted: Wanted) -> Iterator[str]:
    """Yield the tickets of earlier runs that may have entered orders of the file, and are not decided yet."""
    for ticket in desk.view.tickets:
        if any(line.is_open and line.key in wanted.marks for line in ticket.lines):
            yield ticket.token


async def _run(opened: OpenDesk, profile: Profile, found: Plan, options: WriteOptions, consent: Consent) -> int:
    desk = opened.desk
    tickets = found.tickets(utc_now(), options)
    entries = [line.request for line in found.lines(Action.ADD) if isinstance(line.request, OrderEntry)]
    if entries and (problems := basket_problems(entries, options.exec_instruction)):
        raise LocalRefusal(f"{'; '.join(problems)}; nothing was sent")
    zone = ZoneInfo(profile.market_timezone)
    refused = [f"{row.place} is not sent: {in_zone(row.reason, zone)}" for row in found.refused]
    if not tickets:
        for reason in refused:
            say(reason, err=True)
        say("nothing was sent" if refused else "nothing to do", err=True)
        return CONFLICT if refused else DONE
    if unguarded := _unguarded(tickets) if profile.position_guard else 0:
        say(f"{unguarded} orders are sent at any net position: position_guard is not for files", err=True)
    await ask(desk, profile, tickets, consent, warnings=refused)
    if consent.dry_run:
        print_requests([request for ticket in tickets for request in desk.requests(ticket)])
        return DONE
    tickets = await _sent_in_turn(opened, tickets)
    for ticket in tickets:
        print_result(ticket, zone, as_json=consent.as_json)
    print_notes(desk.view, zone)
    return exit_code([line for ticket in tickets for line in ticket.lines], has_conflicts=bool(refused))


def _unguarded(tickets: Sequence[Ticket]) -> int:
    return sum(is_unguarded(line.request, line.base) for ticket in tickets for line in ticket.lines)


async def _sent_in_turn(opened: OpenDesk, tickets: Sequence[Ticket]) -> list[Ticket]:
    """Send the tickets one after the other, each only if every order before is as wanted, and nobody has interrupted.

    A new order may be meant to take the place of one that leaves the market.
    """
    ended: list[Ticket] = []
    task = asyncio.current_task()
    for number, ticket in enumerate(tickets, 1):
        undone = [each.action for each in ended if not all(line.is_done for line in each.lines)]
        if undone or (task is not None and task.cancelling()):
            reason = f"not all orders were done as wanted before: {undone[0]}" if undone else "interrupted before"
            lines = [judged(line, NothingLeft(steady_s(), reason)) for line in ticket.lines]
            ended.append(ticket.with_lines(lines))
        else:
            ended.append(await sent(opened, ticket, f"step {number} of {len(tickets)}, "))
    return ended

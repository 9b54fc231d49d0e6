"""The consent to send tickets: given by options of the command line, or asked for at the terminal."""

import asyncio
import sys
import termios
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import click

from pbtui.api.clock import steady_s
from pbtui.api.requests import OrderEntry
from pbtui.cli.process import say
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.typed_words import at_terminal, read_terminal_instead
from pbtui.desk.blotter.link import LinkState
from pbtui.desk.desk import Desk
from pbtui.desk.drafts.line_delivery import long_words
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.journal.writer import Kind
from pbtui.desk.limits import LimitCheck
from pbtui.desk.ticket_limits import check_together, reads_for, why_typed_count_of
from pbtui.desk.tickets.describe import subject, wish_in_full
from pbtui.desk.tickets.ticket import Ticket, TicketLine
from pbtui.settings.profiles import Profile

_YES = ("y", "yes")
_READ_WITHIN_S = 15.0
_TOO_SLOW = "a read counts for three times poll_seconds: set poll_seconds higher if the server is always as slow"


@dataclass(frozen=True)
class Consent:
    """Options of the command line about sending. `has_read_stdin` is set if stdin brought the orders."""

    dry_run: bool
    yes: bool
    accept_warnings: bool
    expect_count: int | None
    as_json: bool
    has_read_stdin: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Consent":
        """Return the consent that the options of a command give."""
        named = ("dry_run", "yes", "accept_warnings", "expect_count", "as_json")
        has_read_stdin = sys.stdin is not None and any(value is sys.stdin.buffer for value in given.values())
        return cls(**{name: given[name] for name in named}, has_read_stdin=has_read_stdin)

    @property
    def asks(self) -> bool:
        """Return whether the trader is asked."""
        return not (self.yes or self.dry_run)


async def ask(
    desk: Desk, profile: Profile, tickets: Sequence[Ticket], consent: Consent, *, warnings: Sequence[str] = ()
) -> None:
    """Check the tickets, which are sent together, and ask the trader to confirm them.

    `warnings` come before those of the limits. A dry run has the same checks, and is neither confirmed nor recorded.
    Raises LocalRefusal if the tickets are not confirmed or can't be.
    """
    await _read_for(desk, tickets)
    check, zone = _checked(desk, profile, tickets, warnings), ZoneInfo(profile.market_timezone)
    if check.refusals:
        remedies = [_TOO_SLOW] if desk.view.link.state(steady_s()) is LinkState.STALE else []
        reasons = (f"  {in_zone(reason, zone)}" for reason in (*check.refusals, *remedies))
        raise LocalRefusal("\n".join(["nothing was sent:", *reasons]))
    lines = [line for ticket in tickets for line in ticket.lines]
    _say_orders(lines, zone)
    if consent.dry_run:
        say(f"Times are in {zone.key}", err=True)
    for warning in check.warnings:
        say(f"warning: {in_zone(warning, zone)}", err=True)
    if consent.has_read_stdin and consent.asks and sys.stderr.isatty():  # there the question can be seen
        read_terminal_instead()
    count_reason = "" if consent.expect_count else why_typed_count_of(tickets, profile)
    obstacle = _obstacle(consent, len(lines), check, count_reason, is_at_terminal=at_terminal())
    if obstacle:
        raise LocalRefusal(f"{obstacle}; nothing was sent")
    if consent.dry_run:
        return
    if not consent.yes:
        await _confirm(desk, tickets, _questions(profile, tickets, check, consent, count_reason))
    by = "--yes" if consent.yes else "terminal"
    for ticket in tickets:
        desk.note(Kind.CONFIRMATION, ticket=ticket.token, by=by, warnings=check.warnings)


def _say_orders(lines: Iterable[TicketLine], zone: ZoneInfo) -> None:
    for line in lines:
        say(f"{subject(line, zone)}: {wish_in_full(line, zone)}", err=True)
        if isinstance(line.request, OrderEntry):
            words = long_words(line.request.dlvry_start, line.request.dlvry_end, zone)
            if words:
                say(words, err=True)


async def _read_for(desk: Desk, tickets: Sequence[Ticket]) -> None:
    """Read what the check of these tickets needs. A withdrawal is checked without it."""
    for problem in await desk.lookups.read_market(reads_for(tickets)):
        say(f"not checked: {problem}", err=True)
    if any(ticket.action.increases_risk for ticket in tickets):
        await desk.read_lately(_READ_WITHIN_S)


def _checked(desk: Desk, profile: Profile, tickets: Sequence[Ticket], warnings: Sequence[str]) -> LimitCheck:
    """Return what the limits say of all tickets, each sentence once."""
    check = sum((desk.check(ticket) for ticket in tickets), LimitCheck(warnings=tuple(warnings)))
    if len(tickets) > 1:
        check += check_together(tickets, profile)
    return LimitCheck(tuple(dict.fromkeys(check.refusals)), tuple(dict.fromkeys(check.warnings)))


def _obstacle(consent: Consent, count: int, check: LimitCheck, count_reason: str, *, is_at_terminal: bool) -> str:
    """Return why the tickets are not sent and the trader is not asked; empty if there is no reason.

    `count_reason` is why the number of orders has to be typed, empty if it is given or need not be.
    """
    if consent.expect_count not in (None, count):
        return f"--expect-count is {consent.expect_count}, but the command affects {_counted(count)}"
    if not consent.yes:
        return "" if is_at_terminal or consent.dry_run else "there is no terminal to ask for confirmation: add --yes"
    if count_reason:
        return f"{count_reason}: add --expect-count {count}"
    if count > 1 and consent.expect_count is None and not is_at_terminal:
        return f"the command affects {_counted(count)}: add --expect-count {count}"
    if check.warnings and not consent.accept_warnings:
        return "there are warnings: add --accept-warnings to send in spite of them"
    return ""


def _questions(
    profile: Profile, tickets: Sequence[Ticket], check: LimitCheck, consent: Consent, count_reason: str
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each question with the answers that confirm."""
    what = ", ".join(f"{ticket.action.value} {_counted(len(ticket.lines))}" for ticket in tickets)
    yield f"{profile.environment.value.upper()}: {what} at {profile.name} ({profile.exchange})?", _YES
    if check.warnings and not consent.accept_warnings:
        yield "Send in spite of the warnings?", _YES
    if count_reason:
        yield f"{count_reason}. Type the number of orders to send", [str(sum(len(ticket.lines) for ticket in tickets))]


def _counted(count: int) -> str:
    return f"{count} {'order' if count == 1 else 'orders'}"


async def _confirm(desk: Desk, tickets: Sequence[Ticket], questions: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Ask the questions. Raises LocalRefusal at the first that is not confirmed; the journal names it."""
    for question, answers in questions:
        if await _answer(f"{question} [y/N]" if answers is _YES else question) not in answers:
            for ticket in tickets:
                desk.note(Kind.ABORT, ticket=ticket.token, reason=f"not confirmed: {question}")
            raise LocalRefusal("not confirmed; nothing was sent")


async def _answer(question: str) -> str:
    """Ask at the terminal and return the answer in lower case. It is empty at the end of input and after Ctrl+C.

    Keys typed before the question are discarded. The desk keeps reading meanwhile, so the orders do not become stale.
    """
    with suppress(termios.error):  # the terminal is gone: its end of input is the answer
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    click.echo(f"{question}: ", nl=False, err=True)
    loop, answered = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, answered.set)
    try:
        await answered.wait()
    except asyncio.CancelledError:
        click.echo(err=True)  # after the ^C that the terminal shows
        return ""
    finally:
        loop.remove_reader(sys.stdin)
    with suppress(OSError):
        return sys.stdin.readline().strip().lower()
    return ""

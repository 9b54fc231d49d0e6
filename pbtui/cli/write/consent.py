"""The consent to send a ticket: given by options of the command line, or asked for at the terminal."""

import asyncio
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import click

from pbtui.api.models import OrderEntry
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.typed_words import at_terminal
from pbtui.cli.write.result import say
from pbtui.desk.desk import Desk
from pbtui.desk.journal.writer import Kind
from pbtui.desk.limits import LimitCheck
from pbtui.desk.ticket_limits import why_typed_count_of
from pbtui.desk.tickets.describe import subject, value_text, wish
from pbtui.desk.tickets.ticket import Ticket, TicketLine
from pbtui.settings.profiles import Profile

_YES = ("y", "yes")


@dataclass(frozen=True)
class Consent:
    """Options of the command line about sending."""

    dry_run: bool
    yes: bool
    accept_warnings: bool
    expect_count: int | None
    as_json: bool

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Consent":
        """Return the consent that the options of a command give."""
        return cls(*(given[name] for name in ("dry_run", "yes", "accept_warnings", "expect_count", "as_json")))


async def ask(desk: Desk, profile: Profile, ticket: Ticket, consent: Consent) -> None:
    """Check the ticket and ask the trader to confirm it. Raises LocalRefusal if it is not confirmed or can't be.

    A dry run has the same checks, and is neither confirmed nor recorded.
    """
    check, zone = desk.check(ticket), ZoneInfo(profile.market_timezone)
    if check.refusals:
        raise LocalRefusal("\n".join(["nothing was sent:", *(f"  {refusal}" for refusal in check.refusals)]))
    for line in ticket.lines:
        say(f"{subject(line, zone)}: {_wish(line, zone)}", err=True)
    for warning in check.warnings:
        say(f"warning: {warning}", err=True)
    count_reason = "" if consent.expect_count else why_typed_count_of(ticket, profile)
    obstacle = _obstacle(consent, len(ticket.lines), check, count_reason, is_at_terminal=at_terminal())
    if obstacle:
        raise LocalRefusal(f"{obstacle}; nothing was sent")
    if consent.dry_run:
        return
    if not consent.yes:
        for question, answers in _questions(profile, ticket, check, consent, count_reason):
            if await _answer(f"{question} [y/N]" if answers is _YES else question) not in answers:
                desk.note(Kind.ABORT, ticket=ticket.token, reason=f"not confirmed: {question}")
                raise LocalRefusal("not confirmed; nothing was sent")
    by = "--yes" if consent.yes else "terminal"
    desk.note(Kind.CONFIRMATION, ticket=ticket.token, by=by, warnings=check.warnings)


def _obstacle(consent: Consent, count: int, check: LimitCheck, count_reason: str, *, is_at_terminal: bool) -> str:
    """Return why the ticket is not sent and the trader is not asked; empty if there is no reason.

    `count_reason` is why the number of orders has to be typed, empty if it is given or need not be.
    """
    if consent.expect_count not in (None, count):
        return f"the command affects {_counted(count)}, not {consent.expect_count} as --expect-count says"
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
    profile: Profile, ticket: Ticket, check: LimitCheck, consent: Consent, count_reason: str
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each question with the answers that confirm."""
    count = len(ticket.lines)
    what = f"{ticket.action.value} {_counted(count)} at {profile.name} ({profile.exchange})"
    yield f"{profile.environment.value.upper()}: {what}?", _YES
    if check.warnings and not consent.accept_warnings:
        yield "Send in spite of the warnings?", _YES
    if count_reason:
        yield f"{count_reason}. Type the number of orders to send", [str(count)]


def _counted(count: int) -> str:
    return f"{count} {'order' if count == 1 else 'orders'}"


def _wish(line: TicketLine, zone: ZoneInfo) -> str:
    """Return the changes to an order. For a new order: its fields except side, quantity and price."""
    if not isinstance(line.request, OrderEntry):
        return wish(line, zone)
    fields = line.request.model_dump(exclude_none=True, exclude={"side", "quantity", "price"})
    return ", ".join(["add", *(value_text(name, value, zone) for name, value in fields.items())])


async def _answer(question: str) -> str:
    """Ask at the terminal and return the answer in lower case. It is empty at the end of input and after Ctrl+C.

    Keys typed before the question are discarded. The desk keeps reading meanwhile, so the orders do not become stale.
    """
    termios.tcflush(sys.stdin, termios.TCIFLUSH)
    click.echo(f"{question}: ", nl=False, err=True)
    loop, answered = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, answered.set)
    try:
        await answered.wait()
    except asyncio.CancelledError:
        return ""
    finally:
        loop.remove_reader(sys.stdin)
    return sys.stdin.readline().strip().lower()

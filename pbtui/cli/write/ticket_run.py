"""One ticket from the command line: a desk is opened for it, the trader is asked, and what became of it is told."""

import asyncio
import signal
import sys
import termios
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
import msgspec

from pbtui.api.errors import OrdersApiError
from pbtui.api.models import Order, OrderEntry
from pbtui.cli.access import call_failed
from pbtui.cli.api_key import obtain_api_key
from pbtui.cli.desk import ANSWERS_WITHIN_S, desk_opener
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.typed_words import at_terminal
from pbtui.desk.desk import Desk
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.journal.writer import Kind
from pbtui.desk.tickets.describe import subject, wish
from pbtui.desk.tickets.ticket import Action, Outcome, Reconciliation, Ticket, TicketLine
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile

RECONCILED_WITHIN_S = 30.0

EXIT_DONE, EXIT_NOT_SENT, EXIT_PARTLY, EXIT_REJECTED, EXIT_UNKNOWN, EXIT_CONFLICT = 0, 2, 3, 4, 5, 6


@dataclass(frozen=True)
class Consent:
    """What was said on the command line about sending."""

    dry_run: bool
    yes: bool
    accept_warnings: bool
    expect_count: int | None
    as_json: bool

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Consent":
        """From the options of the command."""
        return cls(*(given[name] for name in ("dry_run", "yes", "accept_warnings", "expect_count", "as_json")))


def run_ticket(
    profile: Profile, order_ids: Sequence[str], make: Callable[[Sequence[Order]], Ticket], consent: Consent
) -> None:
    """Read these orders, make a ticket of them, send it if the trader agrees, and end with what became of it."""
    api_key = obtain_api_key(profile)

    async def run() -> int:
        first_view = asyncio.get_running_loop().create_future()
        _end_as_by_ctrl_c(signal.SIGHUP, signal.SIGTERM)

        def publish(view: DeskView) -> None:
            if not first_view.done() and (view.link.read_s is not None or view.link.failure is not None):
                first_view.set_result(view)

        async with desk_opener(profile, lambda: api_key)(publish) as desk:
            running = asyncio.create_task(desk.run())
            try:
                await first_view
                return await _run(desk, profile, order_ids, make, consent)
            finally:
                running.cancel()

    try:
        exit_code = asyncio.run(run())
    except OrdersApiError as error:
        raise call_failed(error) from None
    except asyncio.CancelledError:
        raise click.Abort from None
    sys.exit(exit_code)


def _end_as_by_ctrl_c(*numbers: signal.Signals) -> None:
    """Let a lost connection end the command in good order: what left before is waited for and recorded."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - called from a coroutine
    for number in numbers:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def _run(
    desk: Desk,
    profile: Profile,
    order_ids: Sequence[str],
    make: Callable[[Sequence[Order]], Ticket],
    consent: Consent,
) -> int:
    ticket = make(await _orders(desk, order_ids))
    if consent.dry_run:
        click.echo(_request_text(ticket))
        return EXIT_DONE
    await _ask(desk, profile, ticket, consent)
    ticket = await _sent(desk, ticket)
    _tell(ticket, consent)
    return _exit_code(ticket.lines)


async def _sent(desk: Desk, ticket: Ticket) -> Ticket:
    """Send the ticket and wait until it is known what became of it: for so long, or until Ctrl+C or a hang-up."""
    try:
        sent = await desk.submit(ticket)
        if not sent.is_open:
            return sent
        async with asyncio.timeout(RECONCILED_WITHIN_S):
            return await desk.reconciled(ticket.token)
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        await desk.close(ANSWERS_WITHIN_S)
    return desk.find_ticket(ticket.token)


async def _orders(desk: Desk, order_ids: Sequence[str]) -> list[Order]:
    """The orders of these ids, in this order; LocalRefusal where the server does not know one."""
    if not order_ids:
        return []
    found = {order.order_id: order for order in await desk.find_orders(order_ids)}
    missing = [order_id for order_id in order_ids if order_id not in found]
    if missing:
        raise LocalRefusal(f"the server knows no order {', '.join(missing)}; nothing was sent")
    return [found[order_id] for order_id in order_ids]


async def _ask(desk: Desk, profile: Profile, ticket: Ticket, consent: Consent) -> None:
    """Let the trader agree, or refuse where he was not asked to and could not be."""
    check = desk.check(ticket)
    if check.refusals:
        raise LocalRefusal("\n".join(["nothing was sent:", *(f"  {refusal}" for refusal in check.refusals)]))
    for line in ticket.lines:
        click.echo(f"{subject(line)}: {_wish(line)}", err=True)
    for warning in check.warnings:
        click.echo(f"warning: {warning}", err=True)
    count = len(ticket.lines)
    if consent.expect_count not in (None, count):
        raise LocalRefusal(f"this is about {count} orders, not {consent.expect_count}; nothing was sent")
    if consent.yes:
        if count > 1 and consent.expect_count is None and not at_terminal():
            raise LocalRefusal(f"this is about {count} orders: say --expect-count {count} as well; nothing was sent")
        if check.warnings and not consent.accept_warnings:
            raise LocalRefusal("there are warnings: say --accept-warnings as well; nothing was sent")
        desk.note(Kind.CONFIRMATION, ticket=ticket.token, by="--yes", warnings=check.warnings)
        return
    if not at_terminal():
        raise LocalRefusal("without a terminal to ask at, --yes is needed; nothing was sent")
    what = f"{ticket.action.value} {count} {'order' if count == 1 else 'orders'} at {profile.name} ({profile.exchange})"
    questions = [f"{profile.environment.value.upper()}: {what}?"]
    if check.warnings and not consent.accept_warnings:
        questions.append("In spite of the warnings?")
    for question in questions:
        if not await _says_yes(question):
            desk.note(Kind.ABORT, ticket=ticket.token, reason=f"not confirmed: {question}")
            raise LocalRefusal("not confirmed; nothing was sent")
    desk.note(Kind.CONFIRMATION, ticket=ticket.token, by="terminal", warnings=check.warnings)


def _wish(line: TicketLine) -> str:
    """What is wanted of the order; of a new one all that is asked for besides side, quantity and price."""
    if not isinstance(line.request, OrderEntry):
        return wish(line)
    told = line.request.model_dump(exclude_none=True, exclude={"side", "quantity", "price"})
    return ", ".join(["add", *(FIELDS[name].labelled(value) for name, value in told.items())])


async def _says_yes(question: str) -> bool:
    """Ask at the terminal. The desk goes on reading meanwhile, so that the orders are not stale by the answer.

    What was typed before the question is no answer to it; the end of the input and Ctrl+C are a no.
    """
    termios.tcflush(sys.stdin, termios.TCIFLUSH)
    click.echo(f"{question} [y/N]: ", nl=False, err=True)
    loop, answered = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, answered.set)
    try:
        await answered.wait()
    except asyncio.CancelledError:
        return False
    finally:
        loop.remove_reader(sys.stdin)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _request_text(ticket: Ticket) -> str:
    """The request as it would go out."""
    method = "POST" if ticket.action is Action.ADD else "PUT"
    options = {name: getattr(ticket.options, name) for name in ticket.options.__slots__}
    request = {
        "method": method,
        "path": "/orders/list",
        "query": {name: value for name, value in options.items() if value is not None},
        "body": ticket.body(),
    }
    encoded = msgspec.json.Encoder(decimal_format="number").encode(request)
    return msgspec.json.format(encoded, indent=2).decode()


def _tell(ticket: Ticket, consent: Consent) -> None:
    if consent.as_json:
        lines = [
            {
                "key": line.key,
                "state": line.state,
                "reason": line.reason,
                "order_id": line.order and line.order.order_id,
            }
            for line in ticket.lines
        ]
        click.echo(msgspec.json.encode({"ticket": ticket.token, "lines": lines}).decode())
    else:
        for line in ticket.lines:
            order_id = line.order.order_id if line.order is not None else ""
            click.echo(f"{line.state}  {subject(line)}  {order_id or ''}  {line.reason}".rstrip())
    if ticket.internal_trades:
        click.echo(f"internal trades: {ticket.internal_trades}", err=True)
    if ticket.limit_violations:
        click.echo(f"limit violations: {ticket.limit_violations}", err=True)
    if ticket.is_open:
        click.echo("What became of it is not known yet; the next desk of this profile reads it again.", err=True)


def _exit_code(lines: Sequence[TicketLine]) -> int:
    done = [line for line in lines if line.is_done]
    if len(done) == len(lines):
        return EXIT_DONE
    if done:
        return EXIT_PARTLY
    if any(line.is_open or line.reconciliation is Reconciliation.NOT_FOUND for line in lines):
        return EXIT_UNKNOWN
    if any(line.is_conflict for line in lines):
        return EXIT_CONFLICT
    if any(Reconciliation.REJECTED is line.reconciliation or Outcome.REJECTED is line.outcome for line in lines):
        return EXIT_REJECTED
    return EXIT_NOT_SENT

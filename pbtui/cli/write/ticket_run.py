"""Runs one ticket from the command line: opens a desk, asks the trader, sends, and prints the results."""

import asyncio
import signal
import sys
import termios
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from pbtui.api.errors import OrdersApiError
from pbtui.api.models import Order, OrderEntry
from pbtui.cli.access import call_failed
from pbtui.cli.api_key import obtain_api_key
from pbtui.cli.desk import ANSWERS_WITHIN_S, desk_opener
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.typed_words import at_terminal
from pbtui.cli.write.exit_code import DONE, exit_code
from pbtui.desk.desk import Desk
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.journal.writer import Kind
from pbtui.desk.tickets.describe import subject, wish
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile

RECONCILED_WITHIN_S = 30.0


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


def run_ticket(
    profile: Profile, order_ids: Sequence[str], make: Callable[[Sequence[Order]], Ticket], consent: Consent
) -> None:
    """Read the orders, make a ticket of them, send it if the trader agrees, and exit with the code of its result.

    Raises LocalRefusal if nothing was sent, RefusedByServer or OutcomeUnknown if a read failed.
    """
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
    """Make these signals end the command as Ctrl+C does: a request that has left is awaited and recorded."""
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
        return DONE
    await _ask(desk, profile, ticket, consent)
    ticket = await _sent(desk, ticket)
    _print_result(ticket, consent, ZoneInfo(profile.market_timezone))
    return exit_code(ticket.lines)


async def _sent(desk: Desk, ticket: Ticket) -> Ticket:
    """Send the ticket and wait for its result: at most RECONCILED_WITHIN_S, or until Ctrl+C or a hang-up."""
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
    """Return the orders with these ids, in the same sequence. Raises LocalRefusal if the server does not know one."""
    if not order_ids:
        return []
    found = {order.order_id: order for order in await desk.find_orders(order_ids)}
    missing = [order_id for order_id in order_ids if order_id not in found]
    if missing:
        raise LocalRefusal(f"the server knows no order {', '.join(missing)}; nothing was sent")
    return [found[order_id] for order_id in order_ids]


async def _ask(desk: Desk, profile: Profile, ticket: Ticket, consent: Consent) -> None:
    """Ask the trader to confirm the ticket. Raises LocalRefusal if it is not confirmed or can't be."""
    check, zone = desk.check(ticket), ZoneInfo(profile.market_timezone)
    if check.refusals:
        raise LocalRefusal("\n".join(["nothing was sent:", *(f"  {refusal}" for refusal in check.refusals)]))
    for line in ticket.lines:
        click.echo(f"{subject(line, zone)}: {_wish(line)}", err=True)
    for warning in check.warnings:
        click.echo(f"warning: {warning}", err=True)
    count = len(ticket.lines)
    orders = f"{count} {'order' if count == 1 else 'orders'}"
    if consent.expect_count not in (None, count):
        raise LocalRefusal(
            f"the command affects {orders}, not {consent.expect_count} as --expect-count says; nothing was sent"
        )
    if consent.yes:
        if count > 1 and consent.expect_count is None and not at_terminal():
            raise LocalRefusal(f"the command affects {orders}: add --expect-count {count}; nothing was sent")
        if check.warnings and not consent.accept_warnings:
            raise LocalRefusal("there are warnings: add --accept-warnings to send in spite of them; nothing was sent")
        desk.note(Kind.CONFIRMATION, ticket=ticket.token, by="--yes", warnings=check.warnings)
        return
    if not at_terminal():
        raise LocalRefusal("there is no terminal to ask for confirmation: add --yes; nothing was sent")
    what = f"{ticket.action.value} {orders} at {profile.name} ({profile.exchange})"
    questions = [f"{profile.environment.value.upper()}: {what}?"]
    if check.warnings and not consent.accept_warnings:
        questions.append("Send in spite of the warnings?")
    for question in questions:
        if not await _says_yes(question):
            desk.note(Kind.ABORT, ticket=ticket.token, reason=f"not confirmed: {question}")
            raise LocalRefusal("not confirmed; nothing was sent")
    desk.note(Kind.CONFIRMATION, ticket=ticket.token, by="terminal", warnings=check.warnings)


def _wish(line: TicketLine) -> str:
    """Return the changes to an order. For a new order: its fields except side, quantity and price."""
    if not isinstance(line.request, OrderEntry):
        return wish(line)
    fields = line.request.model_dump(exclude_none=True, exclude={"side", "quantity", "price"})
    return ", ".join(["add", *(FIELDS[name].labelled(value) for name, value in fields.items())])


async def _says_yes(question: str) -> bool:
    """Ask at the terminal and return whether the answer is yes. End of input and Ctrl+C count as no.

    Keys typed before the question are discarded. The desk keeps reading meanwhile, so the orders do not become stale.
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
    """Return the request as JSON, as it would be sent."""
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


def _print_result(ticket: Ticket, consent: Consent, zone: ZoneInfo) -> None:
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
            about = f"{subject(line, zone)}{_new_id(line)}"
            click.echo(f"{line.state}  {about}: {line.reason}" if line.reason else f"{line.state}  {about}")
    if ticket.internal_trades:
        click.echo(f"internal trades: {ticket.internal_trades}", err=True)
    if ticket.limit_violations:
        click.echo(f"limit violations: {ticket.limit_violations}", err=True)
    if ticket.is_open:
        click.echo(
            "The result is not known yet. The next desk of this profile reads the order again and reports it.", err=True
        )


def _new_id(line: TicketLine) -> str:
    """Return the id of the order as text if the request does not name it: it is new, or the exchange changed it."""
    order_id = line.order.order_id if line.order is not None else None
    if isinstance(line.request, OrderEntry):
        return f", order {order_id}" if order_id else ""
    return f", now order {order_id}" if order_id and order_id != line.request.order_id else ""

"""Runs one ticket from the command line: opens a desk, has it confirmed, sends it, and prints the results."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from itertools import chain, repeat
from zoneinfo import ZoneInfo

import click
import msgspec
from pydantic import SecretStr

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.errors import OrdersApiError, Rejected, Unauthorized
from pbtui.api.models import Order
from pbtui.api.sanitize import safe_text
from pbtui.cli.access import RefusedByServer
from pbtui.cli.api_key import obtain_api_key
from pbtui.cli.desk import ANSWERS_WITHIN_S, desk_opener
from pbtui.cli.interrupts import interrupts
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.write.consent import Consent, ask
from pbtui.cli.write.exit_code import DONE, exit_code
from pbtui.cli.write.positions import with_positions
from pbtui.cli.write.result import print_left_over, print_result, say
from pbtui.desk import event_loop
from pbtui.desk.desk import Desk
from pbtui.desk.tickets.duplicates import earlier_entries
from pbtui.desk.tickets.sending.submission import Request
from pbtui.desk.tickets.ticket import Ticket
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile

RECONCILED_WITHIN_S = 30.0
EARLIER_WITHIN_S = 3.0


Found = Mapping[str, Order]
"""Orders by their ids."""


def run_ticket(
    profile: Profile,
    order_ids: Sequence[str],
    make: Callable[[Found], Ticket],
    consent: Consent,
    *,
    withdraws: bool = False,
    guards_position: bool = False,
) -> None:
    """Read the orders, make a ticket of them, send it if the trader agrees, and exit with the code of its result.

    A ticket that `withdraws` does not need the orders to be found or read. With `guards_position` each order expects
    the net position that is read here. Raises LocalRefusal if nothing was sent, RefusedByServer if the server refused
    the reads before.
    """
    api_key, code = obtain_api_key(profile), None

    async def run() -> None:
        nonlocal code
        _cancel_when_interrupted()
        async with _open_desk(profile, api_key) as (desk, first_view):
            _refuse_unreadable(await first_view, withdraws=withdraws)
            ticket = make(await _orders(desk, order_ids, withdraws=withdraws))
            if guards_position:
                ticket = await with_positions(ticket, desk.lookups.net_position, ZoneInfo(profile.market_timezone))
            code = await _run(desk, profile, ticket, consent)

    try:
        event_loop.run(run())
    except OrdersApiError as error:
        raise _nothing_sent(error) from None
    except asyncio.CancelledError:
        if code is None:
            raise LocalRefusal("interrupted; nothing was sent") from None
    sys.exit(code)


@contextlib.asynccontextmanager
async def _open_desk(profile: Profile, api_key: SecretStr) -> AsyncIterator[tuple[Desk, asyncio.Future[DeskView]]]:
    """Open a desk that reads, with a future of its first view; at the end print what an earlier run left open."""
    first_view = asyncio.get_running_loop().create_future()
    async with desk_opener(profile, lambda: api_key, reads_market=False)(partial(_pass_first, first_view)) as desk:
        running = asyncio.create_task(desk.run())
        try:
            yield desk, first_view
        finally:
            running.cancel()
            print_left_over(desk.view, ZoneInfo(profile.market_timezone))


def _pass_first(first: asyncio.Future[DeskView], view: DeskView) -> None:
    """Pass on the first view that a read, or its failure, has made."""
    if not first.done() and (view.link.read_s is not None or view.link.failure is not None):
        first.set_result(view)


def _cancel_when_interrupted() -> None:
    """Make a signal cancel the command. A request that has left is awaited and recorded, until a second signal."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - called from a coroutine
    interrupts.pass_to_loop(lambda _number: task.cancel())


def _refuse_unreadable(view: DeskView, *, withdraws: bool) -> None:
    """Raise the error of the first read, if that failed. A withdrawal is refused for a key that is not known alone."""
    failure = view.link.failure
    if view.link.read_s is None and failure is not None and _stops(failure.error, withdraws=withdraws):
        raise failure.error


def _stops(error: OrdersApiError, *, withdraws: bool) -> bool:
    return not withdraws or isinstance(error, Unauthorized)


def _nothing_sent(error: OrdersApiError) -> click.ClickException:
    """The end of a command whose reads before the request failed."""
    text = f"{error}; nothing was sent"
    return RefusedByServer(text) if isinstance(error, Rejected) else LocalRefusal(text)


async def _run(desk: Desk, profile: Profile, ticket: Ticket, consent: Consent) -> int:
    await _await_earlier(desk, ticket)
    await ask(desk, profile, ticket, consent)
    if consent.dry_run:
        _print_requests(desk.requests(ticket))
        return DONE
    ticket = await _sent(desk, ticket)
    print_result(ticket, ZoneInfo(profile.market_timezone), as_json=consent.as_json)
    for note in desk.view.notes:
        say(safe_text(note), err=True)
    if desk.view.unrecorded:
        say(f"NOT IN THE JOURNAL: {desk.view.unrecorded}", err=True)
    return exit_code(ticket.lines)


async def _await_earlier(desk: Desk, ticket: Ticket) -> None:
    """Wait a moment until it is known what became of the same orders in a ticket that an earlier run left open."""
    tokens = {other.token for other, line in earlier_entries(ticket, desk.view.tickets) if line.is_open}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(EARLIER_WITHIN_S):
            for token in sorted(tokens):
                await desk.reconciled(token)


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
        await _close(desk)
    return desk.find_ticket(ticket.token)


async def _close(desk: Desk) -> None:
    """Wait for the answer on its way, until a second Ctrl+C: what is known then is recorded and printed.

    It never raises CancelledError: that would say that nothing was sent.
    """
    say("Interrupted: waiting for the answer. Press Ctrl+C again to end now.", err=True)
    for within_s in chain([ANSWERS_WITHIN_S], repeat(0.0)):
        with contextlib.suppress(asyncio.CancelledError):
            await desk.close(within_s)
            return


async def _orders(desk: Desk, order_ids: Sequence[str], *, withdraws: bool) -> Found:
    """Return the orders with these ids. Raises LocalRefusal if one can't be read and is not only to be withdrawn."""
    try:
        found = await desk.lookups.orders(order_ids)
    except OrdersApiError as error:
        if _stops(error, withdraws=withdraws):
            raise
        return {}
    readable = {order.order_id: order for order in found if isinstance(order, Order) and order.order_id}
    missing = [order_id for order_id in order_ids if order_id not in readable]
    if missing and not withdraws:
        odd = (each for each in found if isinstance(each, UnreadableOrder))
        unreadable = [f"an order without an id that can be read: {each.reason}" for each in odd]
        texts = [f"order {order_id}: the server does not show it" for order_id in missing]
        raise LocalRefusal("\n".join([*texts, *unreadable, "nothing was sent"]))
    return readable


def _print_requests(requests: Sequence[Request]) -> None:
    """Print the requests as JSON, as they would be sent: one, or a list of several."""
    for request in requests:
        if request.not_sent:
            say(f"{request.method} {request.path} would not be sent: {request.not_sent}", err=True)
    shown = [
        {"method": request.method, "path": request.path, "query": request.query, "body": request.body}
        for request in requests
        if not request.not_sent
    ]
    encoded = msgspec.json.Encoder(decimal_format="number").encode(shown[0] if len(shown) == 1 else shown)
    say(msgspec.json.format(encoded, indent=2).decode())

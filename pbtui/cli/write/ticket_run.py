"""Runs one ticket from the command line: opens a desk, has it confirmed, sends it, and prints the results."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.errors import OrdersApiError
from pbtui.api.models import Order
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.write.consent import Consent, ask
from pbtui.cli.write.desk_run import OpenDesk, run_with_desk, sent, stops
from pbtui.cli.write.exit_code import DONE, exit_code
from pbtui.cli.write.expected_positions import with_positions
from pbtui.cli.write.result import print_notes, print_requests, print_result
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.desk import Desk
from pbtui.desk.tickets.duplicates import earlier_entries
from pbtui.desk.tickets.ticket import Ticket
from pbtui.settings.profiles import Profile

EARLIER_WITHIN_S = 3.0

Found = Mapping[str, Order]
"""Orders by their ids."""


def run_ticket(
    profile: Profile,
    order_ids: Sequence[str],
    make: Callable[[Found, ExchangeClock], Ticket],
    consent: Consent,
    *,
    withdraws: bool = False,
    guards_position: bool = False,
) -> None:
    """Read the orders, make a ticket of them, send it if the trader agrees, and exit with the code of its result.

    `make` is given the orders, and the exchange's clock as the reads show it.
    A ticket that `withdraws` does not need the orders to be found or read. With `guards_position` each order expects
    the net position that is read here. Raises LocalRefusal if nothing was sent, RefusedByServer if the server refused
    the reads before.
    """

    async def work(opened: OpenDesk) -> int:
        desk = opened.desk
        found = await _orders(desk, order_ids, withdraws=withdraws)
        ticket = make(found, desk.view.link.exchange_clock)
        if guards_position:
            ticket = await with_positions(ticket, desk.lookups.net_position, ZoneInfo(profile.market_timezone))
        return await _run(opened, profile, ticket, consent)

    run_with_desk(profile, work, withdraws=withdraws)


async def _run(opened: OpenDesk, profile: Profile, ticket: Ticket, consent: Consent) -> int:
    desk = opened.desk
    await await_earlier(desk, (other.token for other, line in earlier_entries(ticket, desk.view.tickets)))
    await ask(desk, profile, [ticket], consent)
    if consent.dry_run:
        print_requests(desk.requests(ticket))
        return DONE
    ticket = await sent(opened, ticket)
    zone = ZoneInfo(profile.market_timezone)
    print_result(ticket, zone, as_json=consent.as_json, stays_open=opened.stays_open)
    if not opened.stays_open:
        print_notes(desk.view, zone)
    return exit_code(ticket.lines)


async def await_earlier(desk: Desk, tokens: Iterable[str]) -> None:
    """Wait a moment until it is known what became of these tickets; look again for what was not found."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(EARLIER_WITHIN_S):
            for token in sorted(set(tokens)):
                await desk.reconciled(token)
                await desk.look_again(token)


async def _orders(desk: Desk, order_ids: Sequence[str], *, withdraws: bool) -> Found:
    """Return the orders with these ids. Raises LocalRefusal if one can't be read and is not only to be withdrawn."""
    try:
        found = await desk.lookups.orders(order_ids)
    except OrdersApiError as error:
        if stops(error, withdraws=withdraws):
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

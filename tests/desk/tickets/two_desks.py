"""Two traders who edit the same few orders at once, as fast as it goes, on a connection that drops some answers.

Every edit writes a text of its own, so that the exchange's history shows which were made, how often, and which not.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from pbtui.api.models import Order
from pbtui.desk.tickets.ticket import Action, Ticket
from tests.desk.tickets.test_executor import TradingDesk, a_ticket, limit_orders, trading
from tests.exchange import RunningExchange

HANDS = 2
"""How many edits each desk has under way at a time."""
ORDERS = 3


@dataclass
class Edits:
    """The tickets of each edit, by its text: the first, and where that met another change, the one that followed."""

    tickets: dict[str, list[Ticket]] = field(default_factory=dict)

    def ended(self) -> Counter[str]:
        """How many tickets ended how, such as CONFIRMED."""
        lines = [ticket.lines[0] for tickets in self.tickets.values() for ticket in tickets]
        return Counter(line.state for line in lines)

    def confirmed(self) -> Counter[str]:
        """How often each edit was reported as made."""
        lines = [(text, ticket.lines[0]) for text, tickets in self.tickets.items() for ticket in tickets]
        return Counter(text for text, line in lines if line.is_done)


async def edit_on_two_desks(exchange: RunningExchange, go_on: Callable[[int], bool]) -> tuple[Edits, Sequence[Order]]:
    """Edit three orders on two desks for as long as `go_on` says so to each next edit of a hand; the orders as well."""
    orders = [order for order in limit_orders(exchange) if (order.quantity or 0) > 2][:ORDERS]
    edits = Edits()
    async with AsyncExitStack() as stack:
        desks = [
            await stack.enter_async_context(trading(exchange.base_url, exchange.keys[key], poll_seconds=5))
            for key in ("trader", "admin")
        ]
        rate = {"value": 0.05, "methods": ["PUT"]}
        exchange.faults(drop_after_commit=rate, drop_before_commit=rate)
        keys = [order.key for order in orders]
        hands = [(desk, f"{name}{hand}") for desk, name in zip(desks, "AB", strict=True) for hand in range(HANDS)]
        await asyncio.gather(*(_edit(desk, name, keys, go_on, edits) for desk, name in hands))
        exchange.faults()
    return edits, orders


async def _edit(desk: TradingDesk, hand: str, keys: Sequence[str], go_on: Callable[[int], bool], edits: Edits) -> None:
    lots, number = Random(hand), 0  # noqa: S311 - the same edits every time
    while go_on(number):
        number += 1
        row = desk.desk.view.blotter.find(lots.choice(keys))
        assert row is not None
        assert isinstance(row.order, Order)
        text = f"{hand}-{number}"
        price = _further(row.order) if lots.random() < 0.3 else None
        ticket = await desk.reconcile(await desk.change(row.order, txt=text, price=price))
        edits.tickets[text] = [ticket]
        (line,) = ticket.lines
        if not line.is_done and "still being reconciled" not in line.reason:
            conflict = await desk.desk.lookups.conflict(line)
            if conflict.ended is None:
                again = await desk.desk.submit(a_ticket(Action.MODIFY, conflict.reapplied()))
                edits.tickets[text].append(await desk.reconcile(again))


def _further(order: Order) -> Decimal:
    """Another price at which the order goes on resting; it gives the order another id."""
    assert order.price is not None
    return order.price - Decimal("0.01") if order.side == "BUY" else order.price + Decimal("0.01")


def made(exchange: RunningExchange, orders: Sequence[Order]) -> Counter[str]:
    """How often each edit is in the exchange's own history of these orders, which covers all their ids."""
    last_ids = {order["initial_order_id"]: order["order_id"] for order in exchange.orders()}
    found: Counter[str] = Counter()
    for order in orders:
        history = exchange.call("GET", f"/orders/{last_ids[order.key]}/history").json()
        assert (history[0]["order_id"], history[0]["revision_no"]) == (order.order_id, order.revision_no)
        found.update(revision["txt"] for revision in history[1:] if revision["action"] in ("UMOD", "UADD"))
    return found

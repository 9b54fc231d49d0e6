"""Ends in the next hours: orders with a time of their own, and orders whose contract stops trading."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from pbtui.api.models import Order
from pbtui.desk.market.gates import Gates


class Expiry(Struct, frozen=True):
    """The end of an order: when, why, and the order."""

    at: datetime
    why: str
    order: Order


def expiries_of(orders: Iterable[Order], gates: Gates | None, until: datetime) -> tuple[Expiry, ...]:
    """The ends up to a moment, the next first, those that are over too. Without `gates` only the orders' own times."""
    found = [expiry for order in orders if (expiry := _first_end(order, gates)) is not None and expiry.at <= until]
    return tuple(sorted(found, key=lambda expiry: expiry.at))


def _first_end(order: Order, gates: Gates | None) -> Expiry | None:
    closes_at = None if gates is None else gates.closes_at(order)
    ends = ((closes_at, "gate closes"), (order.valid_until, "order expires"))
    known = [(at, why) for at, why in ends if at is not None]
    at, why = min(known, key=lambda end: end[0], default=(None, ""))
    return None if at is None else Expiry(at, why, order)


def unknown_ends(orders: Iterable[Order], gates: Gates) -> tuple[str, ...]:
    """The ends of these orders that are not known, in words; empty if all are known."""
    listed = list(orders)
    unread = sum(bool(order.why_unreadable("valid_until")) for order in listed)
    no_gate = sum(gates.closes_at(order) is None for order in listed)
    counts = (
        (unread, "the end of validity of {}: the field could not be read"),
        (no_gate, "the gate closure of {}: the exchange does not state it"),
    )
    return tuple(words.format(_orders(count)) for count, words in counts if count)


def _orders(count: int) -> str:
    return f"{count} order{'s' if count != 1 else ''}"

"""The queue of an order book: the quantity that trades before each order."""

from collections.abc import Collection, Iterable
from decimal import Decimal

from msgspec import Struct

from pbtui.api.codes import OrderSide
from pbtui.api.reads.depth import OrderBookEntry


class Place(Struct, frozen=True):
    """The place of an order in the queue of its side.

    `ahead_mw` is the visible quantity that trades before it; None if it is not known. Hidden parts of icebergs are not
    in the book.
    """

    side: OrderSide
    entry: OrderBookEntry
    ahead_mw: Decimal | None
    is_own: bool


def queue_of(entries: Iterable[OrderBookEntry], side: OrderSide, own_ids: Collection[str] = ()) -> list[Place]:
    """Return the places of one side, the best price first; at one price, in the sequence of the server.

    An order is own if the server marks it, or if its id is one of `own_ids`. One without a price is last.
    """
    places: list[Place] = []
    ahead_mw: Decimal | None = Decimal(0)
    for entry in sorted(entries, key=lambda each: _rank(each, side)):
        if entry.price is None:
            ahead_mw = None
        is_own = bool(entry.own_order) or entry.order_id in own_ids
        places.append(Place(side, entry, ahead_mw, is_own))
        if ahead_mw is not None:
            ahead_mw = None if entry.quantity is None else ahead_mw + entry.quantity
    return places


def _rank(entry: OrderBookEntry, side: OrderSide) -> tuple[bool, Decimal]:
    price = entry.price or Decimal(0)
    return entry.price is None, -price if side is OrderSide.BUY else price

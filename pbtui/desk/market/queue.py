"""The queue of an order book: the quantity that trades before each order, and before an order that is changed.

The API's document names no rule for the place of a changed order. Exchanges have time priority: a new price and a
larger quantity send an order to the end of the queue, a smaller quantity keeps its place.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from pbtui.api.codes import OrderSide
from pbtui.api.models import Order
from pbtui.api.reads.depth import OrderBookEntry, Orders
from pbtui.desk.formats.number_format import price_text, quantity_text

LOSES_PLACE = "loses its place in the queue"
_TRADES_WORDS: Mapping[bool | None, str] = {
    False: "",
    True: "trades at once",
    None: "may trade at once",
}


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


# ---------------------------------------------------------------- a changed order


class MovedPlace(Struct, frozen=True):
    """The visible MW ahead of an order now and after a change; None if not known.

    `is_lost` is set if it goes to the end of the queue, `trades` if it then meets an order of the other side; None if
    that is not known.
    """

    now_mw: Decimal | None
    after_mw: Decimal | None
    is_lost: bool
    trades: bool | None

    def __str__(self) -> str:
        ahead = f"MW ahead {_ahead_text(self.now_mw)} → {_ahead_text(self.after_mw)}"
        # What costs most is first, because a narrow screen cuts the end.
        parts = (_TRADES_WORDS[self.trades], ahead, LOSES_PLACE if self.is_lost else "")
        return ", ".join(part for part in parts if part)


def loses_place(order: Order, price: Decimal | None, quantity_mw: Decimal | None) -> bool:
    """Return whether a change to this price and quantity sends an order to the end of the queue; None is no change."""
    if not order.is_live:
        return False
    open_mw = order.open_quantity_mw
    grows = quantity_mw is not None and (open_mw is None or quantity_mw > open_mw)
    return grows or (price is not None and price != order.price)


def place_after(book: Orders, order: Order, price: Decimal | None, quantity_mw: Decimal | None) -> MovedPlace | None:
    """Return the place of an active order after a change; None if its side of the book, or its price, is not known.

    In a book without the order, its MW can be there under another id. They would count as ahead of it, so nothing is
    known.
    """
    if order.side not in OrderSide.__members__ or not order.is_live:
        return None
    side, at, missing = OrderSide(order.side), order.price if price is None else price, missing_sides(book)
    if at is None or side in missing:
        return None
    own, other = (book.bid or (), book.ask or ()) if side is OrderSide.BUY else (book.ask or (), book.bid or ())
    is_lost = loses_place(order, price, quantity_mw)
    trades = None if missing else _trades_in(other, side, at)
    places = [place for place in queue_of(own, side) if place.entry.order_id == order.order_id]
    if not places:
        return MovedPlace(None, None, is_lost, trades)
    now_mw = places[0].ahead_mw
    others = (entry for entry in own if entry.order_id != order.order_id)
    return MovedPlace(now_mw, _ahead_of_new(others, side, at) if is_lost else now_mw, is_lost, trades)


# ---------------------------------------------------------------- a new order


class NewPlace(Struct, frozen=True):
    """The visible MW ahead of a new order, and whether it meets an order of the other side; None if not known."""

    ahead_mw: Decimal | None
    trades: bool | None

    def __str__(self) -> str:
        ahead = f"MW ahead {_ahead_text(self.ahead_mw)}"
        return f"{_TRADES_WORDS[self.trades]}, {ahead}" if _TRADES_WORDS[self.trades] else ahead


def place_of_new(book: Orders, side: str, price: Decimal) -> NewPlace | None:
    """Return the place of a new order at the end of the queue at its price; None if that is not known."""
    missing = missing_sides(book)
    if side not in OrderSide.__members__ or side in missing:
        return None
    own, other = (book.bid, book.ask) if side == OrderSide.BUY else (book.ask, book.bid)
    trades = None if missing else _trades_in(other or (), OrderSide(side), price)
    return NewPlace(_ahead_of_new(own or (), OrderSide(side), price), trades)


def top_words(book: Orders) -> str:
    """Return the best bid and offer in words: `best bid 61.20, best offer none`."""
    missing = missing_sides(book)
    words = []
    for side, name, entries in ((OrderSide.BUY, "bid", book.bid), (OrderSide.SELL, "offer", book.ask)):
        best = next((place.entry.price for place in queue_of(entries or (), side)), None)
        words.append(f"best {name} {'unknown' if side in missing else 'none' if best is None else price_text(best)}")
    return ", ".join(words)


# ---------------------------------------------------------------- the sides of a book


def missing_sides(book: Orders) -> Sequence[OrderSide]:
    """Return the sides that can't be read. One that the answer leaves out is empty, unless both are left out."""
    unreadable = {field.name for field in book.unreadable}
    are_both_left_out = book.bid is None and book.ask is None
    sides = ((OrderSide.BUY, "bid"), (OrderSide.SELL, "ask"))
    return [side for side, name in sides if name in unreadable or are_both_left_out]


def _ahead_of_new(entries: Iterable[OrderBookEntry], side: OrderSide, price: Decimal) -> Decimal | None:
    """Return the MW ahead of an order that comes last at its price; None if a price or a quantity is not known."""
    ahead_mw = Decimal(0)
    for entry in entries:
        if entry.price is None or entry.quantity is None:
            return None
        if entry.price == price or (entry.price > price) == (side is OrderSide.BUY):
            ahead_mw += entry.quantity
    return ahead_mw


def _trades_in(entries: Iterable[OrderBookEntry], side: OrderSide, price: Decimal) -> bool | None:
    """Return whether an order at this price meets one of these of the other side; None if that is not known."""
    prices = [entry.price for entry in entries]
    if any(each == price or (each < price) == (side is OrderSide.BUY) for each in prices if each is not None):
        return True
    return None if None in prices else False


def _ahead_text(ahead_mw: Decimal | None) -> str:
    return "unknown" if ahead_mw is None else quantity_text(ahead_mw)

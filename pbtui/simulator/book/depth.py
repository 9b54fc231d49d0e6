"""Order book of one contract in one delivery area, sorted by price, then by time, and the trades in it in figures."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from pbtui.api.codes import OrderSide


class Resting(Protocol):
    """An order that can rest in the book: an own order or another participant's."""

    @property
    def side(self) -> OrderSide:
        """Buy or sell."""

    @property
    def price(self) -> Decimal:
        """Worst price at which it trades."""

    @property
    def priority(self) -> int:
        """Place in the queue at its price; lower trades earlier. Unique within one book."""

    @property
    def quantity_mw(self) -> Decimal:
        """Visible quantity in MW."""

    @property
    def open_mw(self) -> Decimal:
        """Quantity that can still trade, visible and hidden, in MW."""

    @property
    def order_id(self) -> str:
        """Id that the book shows."""


@dataclass(slots=True)
class CrowdOrder:
    """An order of another market participant."""

    side: OrderSide
    price: Decimal
    priority: int
    quantity_mw: Decimal

    @property
    def open_mw(self) -> Decimal:
        """Quantity that can still trade; the other participants hide nothing."""
        return self.quantity_mw

    @property
    def order_id(self) -> str:
        """Id that the book shows."""
        return str(self.priority)


@dataclass
class Statistics:
    """Figures of all trades in a book, those of the other participants included; None before the first one."""

    last_price: Decimal | None = None
    last_mw: Decimal | None = None
    last_at: datetime | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    traded_mw: Decimal = Decimal(0)
    notional: Decimal = Decimal(0)

    def add(self, price: Decimal, volume_mw: Decimal, at: datetime) -> None:
        """Add a trade."""
        self.last_price, self.last_mw, self.last_at = price, volume_mw, at
        self.high = price if self.high is None else max(self.high, price)
        self.low = price if self.low is None else min(self.low, price)
        self.traded_mw += volume_mw
        self.notional += price * volume_mw


_Place = tuple[Decimal, int]


class OrderBook:
    """The buy and sell orders of one contract in one delivery area."""

    def __init__(self) -> None:
        self.statistics = Statistics()
        self._places: dict[OrderSide, list[_Place]] = {OrderSide.BUY: [], OrderSide.SELL: []}
        self._resting: dict[OrderSide, dict[_Place, Resting]] = {OrderSide.BUY: {}, OrderSide.SELL: {}}

    def add(self, order: Resting) -> None:
        """Add an order to the book."""
        place = _place(order)
        insort(self._places[order.side], place)
        self._resting[order.side][place] = order

    def remove(self, order: Resting) -> None:
        """Remove an order; its price must not have changed since it was added."""
        place = _place(order)
        del self._resting[order.side][place]
        places = self._places[order.side]
        del places[bisect_left(places, place)]

    def __contains__(self, order: Resting) -> bool:
        return self._resting[order.side].get(_place(order)) is order

    def best(self, side: OrderSide) -> Resting | None:
        """Return the order of that side that trades next."""
        places = self._places[side]
        return self._resting[side][places[0]] if places else None

    def queue(self, side: OrderSide) -> Iterator[Resting]:
        """Yield the orders of that side, in trading sequence."""
        resting = self._resting[side]
        return (resting[place] for place in self._places[side])

    def crossing(self, side: OrderSide, limit: Decimal) -> Iterator[Resting]:
        """Yield the orders that an order of `side` at that limit would trade with, in trading sequence."""
        for order in self.queue(opposite(side)):
            if not crosses(side, limit, order.price):
                return
            yield order


def opposite(side: OrderSide) -> OrderSide:
    """Return the other side."""
    return OrderSide.SELL if side is OrderSide.BUY else OrderSide.BUY


def crosses(side: OrderSide, limit: Decimal, price: Decimal) -> bool:
    """Return whether an order of `side` at that limit trades at `price`."""
    return price <= limit if side is OrderSide.BUY else price >= limit


def _place(order: Resting) -> _Place:
    return (-order.price if order.side is OrderSide.BUY else order.price, order.priority)

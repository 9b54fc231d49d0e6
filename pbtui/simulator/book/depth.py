"""Market depth of one contract in one area: who rests where, best price first, then who came first."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from pbtui.api.models import OrderSide


class Resting(Protocol):
    """Whatever can rest in the book: an own order or one of the crowd's."""

    @property
    def side(self) -> OrderSide:
        """Buy or sell."""

    @property
    def price(self) -> Decimal:
        """Worst price it trades at."""

    @property
    def priority(self) -> int:
        """Place in the queue of its price; lower is earlier. No two in one book share it."""

    @property
    def quantity_mw(self) -> Decimal:
        """What shows."""

    @property
    def open_mw(self) -> Decimal:
        """What may trade, showing and hidden together."""


@dataclass(slots=True)
class CrowdOrder:
    """An order of somebody else in the market."""

    side: OrderSide
    price: Decimal
    priority: int
    quantity_mw: Decimal

    @property
    def open_mw(self) -> Decimal:
        """What may trade: the crowd hides nothing."""
        return self.quantity_mw


_Place = tuple[Decimal, int]


class OrderBook:
    """The two sides of one contract in one area."""

    def __init__(self) -> None:
        self._places: dict[OrderSide, list[_Place]] = {OrderSide.BUY: [], OrderSide.SELL: []}
        self._resting: dict[OrderSide, dict[_Place, Resting]] = {OrderSide.BUY: {}, OrderSide.SELL: {}}

    def add(self, order: Resting) -> None:
        """Let the order rest."""
        place = _place(order)
        insort(self._places[order.side], place)
        self._resting[order.side][place] = order

    def remove(self, order: Resting) -> None:
        """Take the order out; it must not have been repriced while it rested."""
        place = _place(order)
        del self._resting[order.side][place]
        places = self._places[order.side]
        del places[bisect_left(places, place)]

    def __contains__(self, order: Resting) -> bool:
        return self._resting[order.side].get(_place(order)) is order

    def best(self, side: OrderSide) -> Resting | None:
        """The order of that side which trades first."""
        places = self._places[side]
        return self._resting[side][places[0]] if places else None

    def queue(self, side: OrderSide) -> Iterator[Resting]:
        """The orders of that side in the sequence in which they trade."""
        resting = self._resting[side]
        return (resting[place] for place in self._places[side])

    def crossing(self, side: OrderSide, limit: Decimal) -> Iterator[Resting]:
        """The orders an order of `side` with that limit would meet, in the sequence in which it would."""
        for order in self.queue(opposite(side)):
            if not crosses(side, limit, order.price):
                return
            yield order


def opposite(side: OrderSide) -> OrderSide:
    """The other side."""
    return OrderSide.SELL if side is OrderSide.BUY else OrderSide.BUY


def crosses(side: OrderSide, limit: Decimal, price: Decimal) -> bool:
    """Whether an order of `side` with that limit trades at `price`."""
    return price <= limit if side is OrderSide.BUY else price >= limit


def _place(order: Resting) -> _Place:
    return (-order.price if order.side is OrderSide.BUY else order.price, order.priority)

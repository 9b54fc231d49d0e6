"""Positions by portfolio, contract and delivery area, and the cash of each portfolio and day.

The net position is bought minus sold, the absolute position is bought plus sold, both in MW. Cash is price times MWh.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pbtui.api.codes import OrderSide
from pbtui.simulator.book.contracts import Contract
from pbtui.simulator.book.own_order import ZERO, OrderTerms


class PositionKey(NamedTuple):
    """Portfolio, contract and area of one position."""

    portfolio_id: str
    contract_id: str
    delivery_area: str

    @classmethod
    def of(cls, terms: OrderTerms) -> "PositionKey":
        """Return the key of the position that these terms would change."""
        return cls(terms.portfolio_id, terms.contract.contract_id, terms.delivery_area)


@dataclass
class Position:
    """Traded quantities in MW."""

    bought_mw: Decimal = ZERO
    sold_mw: Decimal = ZERO

    @property
    def net_mw(self) -> Decimal:
        """Bought minus sold."""
        return self.bought_mw - self.sold_mw

    @property
    def absolute_mw(self) -> Decimal:
        """Bought plus sold."""
        return self.bought_mw + self.sold_mw


@dataclass
class Cash:
    """Sums of what is paid and what is received, both 0 or more."""

    spending: Decimal = ZERO
    earnings: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """Earnings minus spending."""
        return self.earnings - self.spending

    def add(self, side: OrderSide, price: Decimal, volume_mw: Decimal, contract: Contract) -> None:
        """Add a trade or an order. A purchase at a negative price earns, a sale at one spends."""
        cost = abs(price) * volume_mw * contract.hours
        if (side is OrderSide.BUY) == (price > 0):
            self.spending += cost
        else:
            self.earnings += cost


class Positions:
    """All positions and the cash of the account."""

    def __init__(self) -> None:
        self._positions: defaultdict[PositionKey, Position] = defaultdict(Position)
        self._cash: defaultdict[tuple[str, date], Cash] = defaultdict(Cash)

    def book_trade(self, terms: OrderTerms, price: Decimal, volume_mw: Decimal) -> None:
        """Add a trade to its position and to the cash of its day. A negative quantity takes it out again."""
        day = self._cash[terms.portfolio_id, terms.contract.delivery_day]
        day.add(terms.side, price, volume_mw, terms.contract)
        position = self._positions[PositionKey.of(terms)]
        if terms.side is OrderSide.BUY:
            position.bought_mw += volume_mw
        else:
            position.sold_mw += volume_mw

    def at(self, key: PositionKey) -> Position:
        """Return the position, zero if nothing was traded."""
        return self._positions.get(key, Position())

    def cash(self, portfolio_id: str, day: date) -> Cash:
        """Return the cash of a portfolio for the contracts that deliver on that day."""
        return self._cash.get((portfolio_id, day), Cash())


@dataclass(frozen=True)
class OpenQuantity:
    """Open quantity of the live orders that count for one position, in MW."""

    buy_mw: Decimal
    sell_mw: Decimal

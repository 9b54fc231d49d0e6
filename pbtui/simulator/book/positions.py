"""Positions by portfolio, contract and delivery area, and the position limit.

The net position is bought minus sold, the absolute position is bought plus sold, both in MW.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from pbtui.api.models import OrderSide
from pbtui.simulator.book.own_order import ZERO, OrderTerms
from pbtui.simulator.rights import POSITION_LIMIT_MW


@dataclass(frozen=True)
class PositionKey:
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


class Positions:
    """All positions of the account."""

    def __init__(self) -> None:
        self._positions: defaultdict[PositionKey, Position] = defaultdict(Position)

    def book_trade(self, terms: OrderTerms, volume_mw: Decimal) -> None:
        """Add a trade to its position."""
        position = self._positions[PositionKey.of(terms)]
        if terms.side is OrderSide.BUY:
            position.bought_mw += volume_mw
        else:
            position.sold_mw += volume_mw

    def at(self, key: PositionKey) -> Position:
        """Return the position, zero if nothing was traded."""
        return self._positions.get(key, Position())


@dataclass(frozen=True)
class OpenQuantity:
    """Open quantity of the live orders that count for one position, in MW."""

    buy_mw: Decimal
    sell_mw: Decimal


class LimitViolation(msgspec.Struct, frozen=True, rename="camel"):
    """One element of the JSON array in the X-Limit-Violations header."""

    message: str
    contract_id: str
    delivery_area: str
    violation_type: str
    portfolio_ids: tuple[str, ...]


def limit_violation(terms: OrderTerms, position: Position, open_quantity: OpenQuantity) -> LimitViolation | None:
    """Return the violation these terms would cause, or None. `open_quantity` must not include the order itself."""
    if terms.side is OrderSide.BUY:
        reached_mw = position.net_mw + open_quantity.buy_mw + terms.quantity_mw
    else:
        reached_mw = open_quantity.sell_mw + terms.quantity_mw - position.net_mw
    if reached_mw <= POSITION_LIMIT_MW:
        return None
    direction = "long" if terms.side is OrderSide.BUY else "short"
    return LimitViolation(
        message=(
            f"{terms.side} {terms.quantity_mw} MW {terms.contract.name} would let portfolio {terms.portfolio_id} go "
            f"{reached_mw} MW {direction}, the limit is {POSITION_LIMIT_MW} MW"
        ),
        contract_id=terms.contract.contract_id,
        delivery_area=terms.delivery_area,
        violation_type="POSITION_LIMIT",
        portfolio_ids=(terms.portfolio_id,),
    )

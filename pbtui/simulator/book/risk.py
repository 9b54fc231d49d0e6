"""Limits of a portfolio, their violations, and the number of orders that it entered or changed lately.

A position with the open orders of one side may not exceed `position_mw`, long or short. What a portfolio has paid for
the contracts of one day, less what it has earned, may not exceed `cash_eur` together with the orders that would spend.
The number of orders is counted, not limited.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from pbtui.api.codes import OrderSide
from pbtui.simulator.book.own_order import OrderTerms
from pbtui.simulator.book.positions import OpenQuantity, Position
from pbtui.simulator.book.rolling_window import RollingWindow

COUNT_WINDOWS = (timedelta(minutes=1), timedelta(minutes=15))
ALLOWED_PER_WINDOW = 100_000
"""Number of orders that the limits on order counts name for each window."""

ViolationType = Literal["POSITION_LIMIT", "CASH_LIMIT"]


class RiskLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of one portfolio, the same in each delivery area."""

    position_mw: Decimal = Decimal(500)
    cash_eur: Decimal = Decimal(20_000_000)


class LimitViolation(msgspec.Struct, frozen=True, rename="camel"):
    """One element of the JSON array in the X-Limit-Violations header."""

    message: str
    contract_id: str
    delivery_area: str
    violation_type: ViolationType
    portfolio_ids: tuple[str, ...]


def position_violation(
    terms: OrderTerms, position: Position, open_quantity: OpenQuantity, limit_mw: Decimal
) -> LimitViolation | None:
    """Return the violation these terms would cause, or None. `open_quantity` must not include the order itself."""
    if terms.side is OrderSide.BUY:
        reached_mw = position.net_mw + open_quantity.buy_mw + terms.quantity_mw
    else:
        reached_mw = open_quantity.sell_mw + terms.quantity_mw - position.net_mw
    if reached_mw <= limit_mw:
        return None
    direction = "long" if terms.side is OrderSide.BUY else "short"
    return _violation(terms, "POSITION_LIMIT", f"go {reached_mw} MW {direction}, the limit is {limit_mw} MW")


def cash_violation(terms: OrderTerms, reached_eur: Decimal, limit_eur: Decimal) -> LimitViolation | None:
    """Return the violation of terms with which the portfolio could spend so much, or None."""
    if reached_eur <= limit_eur:
        return None
    return _violation(terms, "CASH_LIMIT", f"spend {reached_eur:.2f} EUR, the limit is {limit_eur} EUR")


def _violation(terms: OrderTerms, kind: ViolationType, effect: str) -> LimitViolation:
    name = f"{terms.side} {terms.quantity_mw} MW {terms.contract.name}"
    return LimitViolation(
        message=f"{name} would let portfolio {terms.portfolio_id} {effect}",
        contract_id=terms.contract.contract_id,
        delivery_area=terms.delivery_area,
        violation_type=kind,
        portfolio_ids=(terms.portfolio_id,),
    )


class OrderCounts:
    """Orders that each portfolio entered or changed, in rolling windows."""

    def __init__(self) -> None:
        self._windows: defaultdict[str, dict[timedelta, RollingWindow]] = defaultdict(_count_windows)

    def count(self, portfolio_ids: Iterable[str], at: datetime) -> None:
        """Count one order for each of these portfolios."""
        for portfolio_id in portfolio_ids:
            for window in self._windows[portfolio_id].values():
                window.add(1, at)

    def within(self, portfolio_id: str, length: timedelta, now: datetime) -> int:
        """Return the number of orders in the window of this length, one of COUNT_WINDOWS, that ends now."""
        return self._windows[portfolio_id][length].total(now)


def _count_windows() -> dict[timedelta, RollingWindow]:
    return {length: RollingWindow(length) for length in COUNT_WINDOWS}

"""The position limit over a list: each order is counted as if those before it were standing already."""

from collections import defaultdict
from decimal import Decimal

from pbtui.api.models import OrderSide
from pbtui.simulator.market import Market
from pbtui.simulator.own_order import ZERO, OrderTerms, OwnOrder
from pbtui.simulator.positions import LimitViolation, PositionKey, Standing, limit_violation


class LimitWatch:
    """Looks at the orders of one list in turn."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._promised_mw: defaultdict[tuple[PositionKey, OrderSide], Decimal] = defaultdict(lambda: ZERO)

    def violation(self, terms: OrderTerms, replaced: OwnOrder | None = None) -> LimitViolation | None:
        """How the order would break the limit, if it would; else it counts for those that follow.

        `replaced` is the order whose place it takes.
        """
        key = PositionKey.of(terms)
        standing = self._market.standing(key, without=replaced)
        counted = Standing(
            buy_mw=standing.buy_mw + self._promised_mw[key, OrderSide.BUY],
            sell_mw=standing.sell_mw + self._promised_mw[key, OrderSide.SELL],
        )
        violation = limit_violation(terms, self._market.positions.at(key), counted)
        if violation is None:
            self._promised_mw[key, terms.side] += terms.quantity_mw
        return violation

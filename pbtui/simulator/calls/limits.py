"""What is looked at before an order of a list is sent: the portfolio's limit, and the position its sender expects.

The guards of the API compare for equality; where its text leaves the second operand open, this is the reading:
`expectedMinNetPos` is the net position less all standing sell orders, `expectedMaxNetPos` the net position plus all
standing buy orders, the two `…_exposure` guards are the same two figures, `expectedSellAbsPos` and `expectedBuyAbsPos`
add the standing orders of their side to the absolute position. Standing orders include the one that is being changed.
"""

from collections import defaultdict
from decimal import Decimal

from pbtui.api.models import OrderEntry, OrderModify, OrderSide
from pbtui.simulator.book.market import Market
from pbtui.simulator.book.own_order import ZERO, OrderTerms, OwnOrder
from pbtui.simulator.book.positions import LimitViolation, PositionKey, Standing, limit_violation
from pbtui.simulator.refusals import ErrorCode, OrderRefused


class LimitWatch:
    """Holds the orders of one list to the limit in turn: each counts as if those before it were standing already."""

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


def require_expected(market: Market, terms: OrderTerms, guards: OrderEntry | OrderModify) -> None:
    """Refuse an order whose sender expected another position than there is."""
    if not any(name.startswith("expected_") for name, value in guards if value is not None):
        return
    key = PositionKey.of(terms)
    position, standing = market.positions.at(key), market.standing(key)
    lowest_mw, highest_mw = position.net_mw - standing.sell_mw, position.net_mw + standing.buy_mw
    for name, expected_mw, actual_mw in (
        ("expectedNetPos", guards.expected_net_pos, position.net_mw),
        ("expectedMinNetPos", guards.expected_min_net_pos, lowest_mw),
        ("expectedMaxNetPos", guards.expected_max_net_pos, highest_mw),
        ("expectedAbsPos", guards.expected_abs_pos, position.absolute_mw),
        ("expectedSellAbsPos", guards.expected_sell_abs_pos, position.absolute_mw + standing.sell_mw),
        ("expectedBuyAbsPos", guards.expected_buy_abs_pos, position.absolute_mw + standing.buy_mw),
        ("expected_min_net_pos_exposure", guards.expected_min_net_pos_exposure, lowest_mw),
        ("expected_max_net_pos_exposure", guards.expected_max_net_pos_exposure, highest_mw),
    ):
        if expected_mw is not None and expected_mw != actual_mw:
            raise OrderRefused(
                ErrorCode.PB_ORDER_EXPECTED_VALUE_MISMATCH, f"{name} is {actual_mw} MW, {expected_mw} MW was expected"
            )

"""Checks before an order is sent: the portfolio's limits, and the position that the sender expects.

The guards of the API compare for equality. Where its document leaves the compared figure open, the simulator uses:
`expectedMinNetPos` is the net position minus all open sell orders; `expectedMaxNetPos` is the net position plus all
open buy orders; the two `…_exposure` guards use the same two figures; `expectedSellAbsPos` and `expectedBuyAbsPos` add
the open orders of their side to the absolute position. Open orders include the order that is being changed.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from pbtui.api.codes import OrderSide
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.simulator.book.figures import PositionSheet
from pbtui.simulator.book.market import Market
from pbtui.simulator.book.own_order import ZERO, OrderTerms, OwnOrder
from pbtui.simulator.book.positions import Cash, OpenQuantity, PositionKey
from pbtui.simulator.book.risk import LimitViolation, cash_violation, position_violation
from pbtui.simulator.rejections import ErrorCode, OrderRefused


class LimitWatch:
    """Checks the orders of one list against the limits, in sequence; each order counts those before it as open."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._sheet = PositionSheet(market)
        self._counted_eur: defaultdict[tuple[str, date], Decimal] = defaultdict(lambda: ZERO)
        self._counted_mw: defaultdict[tuple[PositionKey, OrderSide], Decimal] = defaultdict(lambda: ZERO)

    def violation(self, terms: OrderTerms, replaced: OwnOrder | None = None) -> LimitViolation | None:
        """Return the violation the order would cause, or None; without a violation it counts for the orders after it.

        `replaced` is the order that it replaces.
        """
        key = PositionKey.of(terms)
        open_quantity = self._market.open_quantity(key, without=replaced)
        counted = OpenQuantity(
            buy_mw=open_quantity.buy_mw + self._counted_mw[key, OrderSide.BUY],
            sell_mw=open_quantity.sell_mw + self._counted_mw[key, OrderSide.SELL],
        )
        limits = self._market.limits_of(terms.portfolio_id)
        violation = position_violation(terms, self._market.positions.at(key), counted, limits.position_mw)
        if violation is None:
            violation = self._cash_violation(terms, replaced, limits.cash_eur)
        if violation is None:
            self._counted_mw[key, terms.side] += terms.quantity_mw
        return violation

    def _cash_violation(
        self, terms: OrderTerms, replaced: OwnOrder | None, limit_eur: Decimal
    ) -> LimitViolation | None:
        cost = Cash()
        cost.add(terms.side, terms.price, terms.quantity_mw, terms.contract)
        if not cost.spending:
            return None
        day = (terms.portfolio_id, terms.contract.delivery_day)
        reached_eur = self._sheet.at_risk_eur(*day, without=replaced) + self._counted_eur[day] + cost.spending
        violation = cash_violation(terms, reached_eur, limit_eur)
        if violation is None:
            self._counted_eur[day] += cost.spending
        return violation


def require_expected(market: Market, terms: OrderTerms, guards: OrderEntry | OrderModify) -> None:
    """Raise OrderRefused if the position is not the one the sender expects."""
    if not any(name.startswith("expected_") for name, value in guards if value is not None):
        return
    key = PositionKey.of(terms)
    position, open_quantity = market.positions.at(key), market.open_quantity(key)
    lowest_mw, highest_mw = position.net_mw - open_quantity.sell_mw, position.net_mw + open_quantity.buy_mw
    for name, expected_mw, actual_mw in (
        ("expectedNetPos", guards.expected_net_pos, position.net_mw),
        ("expectedMinNetPos", guards.expected_min_net_pos, lowest_mw),
        ("expectedMaxNetPos", guards.expected_max_net_pos, highest_mw),
        ("expectedAbsPos", guards.expected_abs_pos, position.absolute_mw),
        ("expectedSellAbsPos", guards.expected_sell_abs_pos, position.absolute_mw + open_quantity.sell_mw),
        ("expectedBuyAbsPos", guards.expected_buy_abs_pos, position.absolute_mw + open_quantity.buy_mw),
        ("expected_min_net_pos_exposure", guards.expected_min_net_pos_exposure, lowest_mw),
        ("expected_max_net_pos_exposure", guards.expected_max_net_pos_exposure, highest_mw),
    ):
        if expected_mw is not None and expected_mw != actual_mw:
            raise OrderRefused(
                ErrorCode.PB_ORDER_EXPECTED_VALUE_MISMATCH, f"{name} is {actual_mw} MW, {expected_mw} MW was expected"
            )

"""Figures of a portfolio in a contract, as the API defines them for `portfolio-information`.

Decisions where the API document is silent: cash figures are those of this exchange; they count MWh; an iceberg counts
with its present price, which is its worst one. A position is that of one delivery area.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pbtui.simulator.book.contracts import QUARTER, Contract, covering
from pbtui.simulator.book.market import Market
from pbtui.simulator.book.own_order import ZERO, OwnOrder
from pbtui.simulator.book.positions import Cash, OpenQuantity, PositionKey

CURRENCY = "EUR"


class Exposure(NamedTuple):
    """Net position in a quarter-hour with all buy orders, and with all sell orders, in MW."""

    with_buys_mw: Decimal
    with_sells_mw: Decimal


class PositionSheet:
    """Figures of one moment. What several contracts share is added up once."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._orders_cash: dict[tuple[str, date], Cash] = {}
        self._open: dict[PositionKey, OpenQuantity] = {}
        self._exposures: dict[tuple[str, str, datetime], Exposure] = {}

    def figures(self, portfolio_id: str, contract: Contract, delivery_area: str) -> dict[str, object]:
        """Return the figures of one portfolio in one contract and area, under their names on the wire."""
        key = PositionKey(portfolio_id, contract.contract_id, delivery_area)
        position, open_quantity = self._market.positions.at(key), self._open_quantity(key)
        traded = self._market.positions.cash(portfolio_id, contract.delivery_day)
        on_order = self.orders_cash(portfolio_id, contract.delivery_day)
        exposures = [self._exposure(key, start) for start in contract.quarters]
        return {
            "portfolio_id": portfolio_id,
            "currency": CURRENCY,
            "net_cash_pos": traded.net,
            "trades_spending": traded.spending,
            "trades_earnings": traded.earnings,
            "orders_spending": on_order.spending,
            "orders_earnings": on_order.earnings,
            "net_pos": position.net_mw,
            "net_pos_aggregate": self._net_mw(key, contract.delivery_start, contract),
            "max_net_pos_exposure": max(each.with_buys_mw for each in exposures),
            "min_net_pos_exposure": min(each.with_sells_mw for each in exposures),
            "max_net_pos_buy_with_orders": position.net_mw + open_quantity.buy_mw,
            "min_net_pos_sell_with_orders": position.net_mw - open_quantity.sell_mw,
            "abs_pos": position.absolute_mw,
            "sell_abs_pos": position.absolute_mw + open_quantity.sell_mw,
            "buy_abs_pos": position.absolute_mw + open_quantity.buy_mw,
        }

    def orders_cash(self, portfolio_id: str, day: date) -> Cash:
        """Return what the live orders of a portfolio would spend and earn in the contracts of that day."""
        key = (portfolio_id, day)
        if key not in self._orders_cash:
            cash = self._orders_cash[key] = Cash()
            for order in self._market.ledger.live():
                if order.terms.portfolio_id == portfolio_id and order.terms.contract.delivery_day == day:
                    cash.add(order.side, order.price, order.open_mw, order.terms.contract)
        return self._orders_cash[key]

    def at_risk_eur(self, portfolio_id: str, day: date, without: OwnOrder | None = None) -> Decimal:
        """Return what the portfolio has spent in the contracts of that day, and may spend with its live orders."""
        left_out = Cash()
        if without is not None and without.is_live and without.terms.contract.delivery_day == day:
            left_out.add(without.side, without.price, without.open_mw, without.terms.contract)
        orders = self.orders_cash(portfolio_id, day)
        return orders.spending - left_out.spending - self._market.positions.cash(portfolio_id, day).net

    def _net_mw(self, key: PositionKey, start: datetime, period: Contract) -> Decimal:
        """Return the net position of all contracts that cover the period."""
        keys = self._keys_covering(key, start, period.product.length)
        return sum((self._market.positions.at(each).net_mw for each in keys), ZERO)

    def _exposure(self, key: PositionKey, start: datetime) -> Exposure:
        """Return the exposure of the same portfolio and area in a quarter-hour, over all contracts that cover it."""
        quarter = (key.portfolio_id, key.delivery_area, start)
        if quarter not in self._exposures:
            keys = self._keys_covering(key, start, QUARTER)
            net_mw = sum((self._market.positions.at(each).net_mw for each in keys), ZERO)
            open_quantities = [self._open_quantity(each) for each in keys]
            self._exposures[quarter] = Exposure(
                with_buys_mw=net_mw + sum(each.buy_mw for each in open_quantities),
                with_sells_mw=net_mw - sum(each.sell_mw for each in open_quantities),
            )
        return self._exposures[quarter]

    def _keys_covering(self, key: PositionKey, start: datetime, length: timedelta) -> list[PositionKey]:
        """Return the positions of the same portfolio and area in the contracts that cover a period."""
        return [PositionKey(key.portfolio_id, each, key.delivery_area) for each in _ids_covering(start, length)]

    def _open_quantity(self, key: PositionKey) -> OpenQuantity:
        if key not in self._open:
            self._open[key] = self._market.open_quantity(key)
        return self._open[key]


@lru_cache(maxsize=1024)
def _ids_covering(start: datetime, length: timedelta) -> tuple[str, ...]:
    return tuple(contract.contract_id for contract in covering(start, length))

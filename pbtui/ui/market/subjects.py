"""Subjects of the panes of the market: what they are about, taken from the order or the trade under the cursor."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from pbtui.api.models import Order
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.market.trade_rows import TradeRow


@dataclass(frozen=True, slots=True)
class DepthSubject:
    """The contract of a book in a delivery area. `order_key` is the order that the trader looks at, if it is one."""

    contract_id: str
    delivery_area: str
    delivery_start: datetime | None
    delivery_end: datetime | None
    order_key: str | None = None


def depth_of_order(row: Row | None) -> DepthSubject | None:
    """Return the contract of an order; None if it is not known or not one alone."""
    order = None if row is None else row.order
    if row is None or not isinstance(order, Order) or not order.contract_id or not order.delivery_area:
        return None
    return DepthSubject(order.contract_id, order.delivery_area, order.delivery_start, order.delivery_end, row.key)


def depth_of_trade(row: TradeRow, order: Row | None) -> DepthSubject | None:
    """Return the contract of a trade; None if it is not known. `order` is the order that traded, if it is known."""
    trade = row.trade
    if not trade.contract_id or not row.delivery_area:
        return None
    return DepthSubject(
        trade.contract_id,
        row.delivery_area,
        trade.delivery_start,
        trade.delivery_end,
        None if order is None else order.key,
    )


class ExposureSubject(Struct, frozen=True):
    """Portfolio, delivery area and delivery that the trader looks at; empty if they are not known."""

    portfolio_id: str = ""
    delivery_area: str = ""
    delivery_start: datetime | None = None


def exposure_of_order(row: Row | None) -> ExposureSubject:
    """Return the portfolio, area and delivery of an order."""
    if row is None or not isinstance(row.order, Order):
        return ExposureSubject()
    return ExposureSubject(row.order.portfolio_id or "", row.order.delivery_area or "", row.order.delivery_start)


def exposure_of_trade(row: TradeRow | None) -> ExposureSubject:
    """Return the portfolio, area and delivery of a trade."""
    if row is None:
        return ExposureSubject()
    return ExposureSubject(row.of_side("portfolio_id") or "", row.delivery_area, row.trade.delivery_start)

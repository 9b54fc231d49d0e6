"""Sums of trades by contract: MW bought and sold, their average prices, and the net quantity."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from pbtui.api.models import OrderSide
from pbtui.api.reads.trades import InternalTrade, Trade, TradeLeg

ZERO = Decimal(0)


class SideTotal(Struct):
    """Sum of the legs of one side; `notional` is price times MW."""

    quantity_mw: Decimal = ZERO
    notional: Decimal = ZERO

    @property
    def average_price(self) -> Decimal | None:
        """Average price, weighted by quantity and rounded to cents; None if nothing was traded."""
        return round(self.notional / self.quantity_mw, 2) if self.quantity_mw else None


class ContractTotal(Struct):
    """Sums of one contract in one delivery area. `not_counted` is the number of legs whose price or MW is not known."""

    contract: str
    delivery_area: str | None
    delivery_start: datetime | None
    delivery_end: datetime | None
    bought: SideTotal
    sold: SideTotal
    not_counted: int = 0

    @property
    def net_mw(self) -> Decimal:
        """Bought less sold."""
        return self.bought.quantity_mw - self.sold.quantity_mw


def totals_of(
    trades: Iterable[Trade | InternalTrade], counts: Callable[[TradeLeg], bool] = lambda leg: True
) -> list[ContractTotal]:
    """Return the sums of the legs of active trades that count, by contract and area, the earliest delivery first."""
    totals: dict[object, ContractTotal] = {}
    for trade in trades:
        if trade.is_active:
            _add(totals, trade, [leg for leg in trade.legs if counts(leg)])
    return sorted(totals.values(), key=lambda total: (total.delivery_start is None, total.delivery_start or 0))


def _add(totals: dict[object, ContractTotal], trade: Trade | InternalTrade, legs: list[TradeLeg]) -> None:
    if not trade.legs:
        _total(totals, trade, None).not_counted += 1
    for leg in legs:
        total = _total(totals, trade, leg.delivery_area)
        if trade.price is None or trade.quantity is None:
            total.not_counted += 1
            continue
        side = total.bought if leg.side is OrderSide.BUY else total.sold
        side.quantity_mw += trade.quantity
        side.notional += trade.quantity * trade.price


def _total(totals: dict[object, ContractTotal], trade: Trade | InternalTrade, leg_area: str | None) -> ContractTotal:
    area = leg_area or (trade.delivery_area if isinstance(trade, Trade) else None)
    key = (trade.contract_id or (trade.delivery_start, trade.delivery_end), area)
    name = trade.contract_name or trade.contract_id or ""
    new = ContractTotal(name, area, trade.delivery_start, trade.delivery_end, SideTotal(), SideTotal())
    return totals.setdefault(key, new)

"""Sums of trades by contract: MW bought and sold, their average prices, and the net quantity."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from pbtui.api.codes import OrderSide
from pbtui.api.reads.trades import AnyTrade, Trade, TradeLeg

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

    key: object
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


def sides_of(
    trades: Iterable[AnyTrade], counts: Callable[[TradeLeg], bool] = lambda leg: True
) -> Iterator[tuple[AnyTrade, TradeLeg | None]]:
    """Yield each own side of these trades that counts; None for a trade that names no own side."""
    for trade in trades:
        legs = trade.legs
        if not legs:
            yield trade, None
        yield from ((trade, leg) for leg in legs if counts(leg))


def totals_of(sides: Iterable[tuple[AnyTrade, TradeLeg | None]]) -> list[ContractTotal]:
    """Return the sums of these sides of trades, by contract and area, the earliest delivery first.

    Trades that were recalled or cancelled are left out.
    """
    totals: dict[object, ContractTotal] = {}
    for trade, leg in sides:
        if trade.is_active:
            _add(totals, trade, leg)
    return sorted(totals.values(), key=lambda total: (total.delivery_start is None, total.delivery_start or 0))


def _add(totals: dict[object, ContractTotal], trade: AnyTrade, leg: TradeLeg | None) -> None:
    total = _total(totals, trade, leg)
    if leg is None or trade.price is None or trade.quantity is None:
        total.not_counted += 1
        return
    side = total.bought if leg.side is OrderSide.BUY else total.sold
    side.quantity_mw += trade.quantity
    side.notional += trade.quantity * trade.price


def contract_key(trade: AnyTrade, leg: TradeLeg | None) -> object:
    """Return the identity of the sums of one contract and area."""
    return (trade.contract_id or (trade.delivery_start, trade.delivery_end), area_of(trade, leg))


def area_of(trade: AnyTrade, leg: TradeLeg | None) -> str | None:
    """Return the delivery area of a side; that of the trade, if the side names none."""
    area = None if leg is None else leg.delivery_area
    return area or (trade.delivery_area if isinstance(trade, Trade) else None)


def _total(totals: dict[object, ContractTotal], trade: AnyTrade, leg: TradeLeg | None) -> ContractTotal:
    key = contract_key(trade, leg)
    name = trade.contract_name or trade.contract_id or ""
    area = area_of(trade, leg)
    new = ContractTotal(key, name, area, trade.delivery_start, trade.delivery_end, SideTotal(), SideTotal())
    return totals.setdefault(key, new)

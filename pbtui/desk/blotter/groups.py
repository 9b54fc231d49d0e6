"""Groups of orders by contract, area or portfolio, with the sums of each: MW, MWh and average price by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from pbtui.api.codes import OrderSide
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.desk.blotter.order_terms import contract_of
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.time_format import delivery_text

ZERO = Decimal(0)
_HOUR_S = Decimal(3600)
_SIDES = (OrderSide.BUY.value, OrderSide.SELL.value)
_SECOND = timedelta(seconds=1)
_RECENT = Tab.RECENT
"""Looked up once: Python 3.11 takes longer to name a member of an enumeration than to compare it."""
_NO_TIME = datetime.max.replace(tzinfo=UTC)

GroupKey = tuple[Any, ...]
"""Identity of a group; groups are sorted by it."""


class GroupBy(StrEnum):
    """The field that orders are grouped by."""

    CONTRACT = "contract"
    AREA = "area"
    PORTFOLIO = "portfolio"


class SideSum(Struct, frozen=True):
    """Sum of the orders of one side. The average price is weighted by energy; None if no price is known."""

    quantity_mw: Decimal = ZERO
    energy_mwh: Decimal = ZERO
    average_price: Decimal | None = None


class GroupSum(Struct, frozen=True):
    """Sums of a group. `unknown` is the number of orders whose side, MW, delivery or price is not known.

    What is known of them is added: an order without a delivery has MW, but no MWh and no price.
    """

    orders: int
    buy: SideSum
    sell: SideSum
    unknown: int = 0


def _contract_key(order: Order) -> GroupKey:
    start = order.delivery_start
    parts = tuple(each.contract_id or each.name or "" for each in order.contracts or ()) if start is None else ()
    return (False, start or _NO_TIME, order.delivery_end or _NO_TIME, contract_of(order), parts)


_KEYS: Mapping[GroupBy, Callable[[Order], GroupKey]] = {
    GroupBy.CONTRACT: _contract_key,
    GroupBy.AREA: lambda order: (False, area_name(order.delivery_area), order.delivery_area),
    GroupBy.PORTFOLIO: lambda order: (False, order.portfolio_id or ""),
}
_UNREADABLE = (True,)


def key_of(by: GroupBy) -> Callable[[Row], GroupKey]:
    """Return the function from a row to its group. Orders that could not be read are one group, the last."""
    of_order = _KEYS[by]
    return lambda row: of_order(order) if type(order := row.order) is Order else _UNREADABLE


def title_of(by: GroupBy, row: Row, zone: ZoneInfo) -> str:
    """Return the title of the group that the row is in."""
    order = row.order
    if isinstance(order, UnreadableOrder):
        return "unreadable"
    if by is GroupBy.AREA:
        return area_name(order.delivery_area) or "unknown area"
    if by is GroupBy.PORTFOLIO:
        return order.portfolio_id or "unknown portfolio"
    delivery = delivery_text(order.delivery_start, order.delivery_end, zone)
    names = ", ".join(each.name or each.contract_id or "" for each in order.contracts or ())
    return delivery or contract_of(order) or names or "unknown contract"


class RunningSum:
    """Sums of orders, one by one: of what is open, hidden parts included; of recent orders, of what traded.

    The average price is that of the limits. Recent orders have none here: they can have traded at a better price.
    """

    # A hundred thousand rows are added at once. So MW are added by length of delivery, and hours multiplied once each;
    # and the part of the last order of a side is found without a hash of its length, as the next one is mostly alike.
    __slots__ = ("_last", "_orders", "_parts")

    def __init__(self) -> None:
        self._orders = 0
        self._parts: dict[tuple[str, timedelta | None], _Part] = {}
        self._last: dict[str, tuple[timedelta | None, _Part]] = {}

    def add(self, row: Row) -> None:
        """Add an order."""
        self._orders += 1
        order = row.order
        if type(order) is not Order:
            return
        start, end = order.delivery_start, order.delivery_end
        length = end - start if start is not None and end is not None else _length_of_block(order)
        last = self._last.get(order.side)
        part = last[1] if last is not None and last[0] == length else self._part(order.side, length)
        if row.tab is _RECENT:
            part.known += 1
            part.unpriced_mw += row.traded_mw or ZERO
        elif (quantity_mw := order.open_quantity_mw) is not None:
            if (price := order.price) is None:
                part.unpriced_mw += quantity_mw
            else:
                part.known += 1
                part.priced_mw += quantity_mw
                part.mw_times_price += quantity_mw * price

    def _part(self, side: str, length: timedelta | None) -> "_Part":
        part = self._parts.setdefault((side, length), _Part())
        self._last[side] = length, part
        return part

    @property
    def total(self) -> GroupSum:
        """The sums of the orders added so far."""
        parts = self._parts.items()
        known = sum(part.known for (side, length), part in parts if side in _SIDES and length is not None)
        buy, sell = (_side_sum(self._parts, side) for side in _SIDES)
        return GroupSum(self._orders, buy, sell, self._orders - known)


@dataclass(slots=True)
class _Part:
    """Sums of the orders of one side and one length of delivery.

    `known` is the number of orders whose price is known, or not asked for; `unpriced_mw` is of all that have none.
    """

    known: int = 0
    priced_mw: Decimal = ZERO
    mw_times_price: Decimal = ZERO
    unpriced_mw: Decimal = ZERO


def _side_sum(parts: Mapping[tuple[str, timedelta | None], _Part], side: str) -> SideSum:
    quantity_mw = energy_mwh = priced_mwh = notional = ZERO
    for (of_side, length), part in parts.items():
        if of_side != side:
            continue
        all_mw = part.priced_mw + part.unpriced_mw
        quantity_mw += all_mw
        if length is not None:
            hours = Decimal(length // _SECOND) / _HOUR_S
            energy_mwh += all_mw * hours
            priced_mwh += part.priced_mw * hours
            notional += part.mw_times_price * hours
    average_price = round(notional / priced_mwh, 2) if priced_mwh else None
    return SideSum(quantity_mw, round(energy_mwh, 6), average_price)


def _length_of_block(order: Order) -> timedelta | None:
    """Return the length of the delivery of all contracts of a block; None if it is not known."""
    if order.delivery_start is not None or not order.contracts:
        return None
    length = timedelta()
    for each in order.contracts:
        if each.delivery_start is None or each.delivery_end is None:
            return None
        length += each.delivery_end - each.delivery_start
    return length

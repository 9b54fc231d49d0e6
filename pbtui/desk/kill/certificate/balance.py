"""The certificate of a kill: it adds up, for each order in scope, what became of its MW.

MW before = still active + deactivated + deleted + traded + traded internally + recalled + unknown. What is left is by
the order as last read, what traded is by the trades. A difference is named as unknown, and nothing is smoothed. Orders
that appeared after the kill were not there before it: they are added up apart.

An order is sealed if it is out of the market, nobody changed its quantity, and the trades show exactly what its own
figures say was executed. Until then its figures are provisional: reports of trades come later than fills. Where trades
can't be read, the orders' own figures stand for them, and nothing is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from msgspec import Struct

from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.kill.certificate.fate import Fate, OrderFate
from pbtui.desk.market.fills import Fill, FillIndex, Fills, OwnSides, trace_of, unattributed_text

ZERO = Decimal(0)
PARTS: Mapping[str, str] = {
    "active_mw": "still active",
    "deactivated_mw": "deactivated",
    "deleted_mw": "deleted or expired",
    "traded_mw": "traded",
    "internal_mw": "traded internally",
    "recalled_mw": "recalled trades",
    "unknown_mw": "unknown",
}
"""Figures of a balance that together are the MW before, with their words."""
_OUT = (Fate.DEACTIVATED, Fate.DELETED, Fate.EXPIRED, Fate.FILLED)
_QUANTITY_TERMS = ("order_id", "initial_quantity", "side")
"""Fields that differ after a change of quantity. Such a change can hide a fill whose report is still to come."""


class Standing(StrEnum):
    """Reliability of a certificate."""

    SEALED = "SEALED"
    """Every order adds up, by its own figures and by the trades."""
    PROVISIONAL = "PROVISIONAL"
    """Some orders do not add up yet, or trades are still to be read."""
    ORDERS_ALONE = "BY THE ORDERS ALONE"
    """Trades can't be read, so the orders' own figures stand for them."""


class TradesSeen(Struct, frozen=True, kw_only=True):
    """Own sides of the trades from `since` on; of all if it is None.

    `problem` says why not all trades are known; empty if they are.

    `is_offered` is false where the server, or the key, does not allow to read them. `has_internal` is false where that
    is so of internal trades alone; `problem` says it then.
    """

    sides: OwnSides = OwnSides()
    since: datetime | None = None
    read_at: datetime | None = None
    problem: str = ""
    is_offered: bool = True
    has_internal: bool = True


class Balance(Struct, frozen=True, kw_only=True):
    """Sums of one order in MW. `before_mw` and `unknown_mw` are None if its MW could not be read.

    `fills` are those since it was first read. `why_open` says why it is not sealed; empty if it is.
    """

    key: str
    fate: OrderFate
    before_mw: Decimal | None
    active_mw: Decimal = ZERO
    deactivated_mw: Decimal = ZERO
    deleted_mw: Decimal = ZERO
    traded_mw: Decimal = ZERO
    internal_mw: Decimal = ZERO
    recalled_mw: Decimal = ZERO
    fills: Fills = Fills()
    why_open: str = ""

    @property
    def unknown_mw(self) -> Decimal | None:
        """MW that the other sums do not explain; negative if they are more than there was before."""
        parts = (self.active_mw, self.deactivated_mw, self.deleted_mw, self.executed_mw)
        return None if self.before_mw is None else self.before_mw - sum(parts, ZERO)

    @property
    def executed_mw(self) -> Decimal:
        """MW that traded while it was being killed, recalled trades included."""
        return self.traded_mw + self.internal_mw + self.recalled_mw

    @property
    def traded_price(self) -> Decimal | None:
        """Average price of the trades at the exchange; None if there are none or it is not known."""
        return self._fills(is_internal=False).average_price

    @property
    def internal_price(self) -> Decimal | None:
        """Average price of the internal trades; None if there are none or it is not known."""
        return self._fills(is_internal=True).average_price

    def _fills(self, *, is_internal: bool) -> Fills:
        return Fills(tuple(fill for fill in self.fills.counted.each if fill.is_internal is is_internal))


class Certificate(Struct, frozen=True, kw_only=True, dict=True):
    """The balances of the orders that were active before the kill, and the trades that they rest on.

    `arrivals` are the balances of the orders in no read from before the kill; they are in no sum. `has_all_orders` is
    false if the orders active before the kill were not read: orders may be missing from it, or be among the arrivals.
    """

    balances: tuple[Balance, ...]
    arrivals: tuple[Balance, ...] = ()
    standing: Standing
    trades_problem: str = ""
    read_at: datetime | None = None
    has_internal: bool = True
    has_all_orders: bool = True

    @cached_property
    def open(self) -> tuple[Balance, ...]:
        """The orders that are not sealed."""
        return tuple(balance for balance in self.all if balance.why_open)

    @property
    def all(self) -> tuple[Balance, ...]:
        """The balances of all orders: those active before the kill, then the arrivals."""
        return (*self.balances, *self.arrivals)

    @cached_property
    def awaits_reports(self) -> bool:
        """Return whether more trades can still seal an order: its own figures show more than the trades do."""
        return any(True for _ in self._short)

    @property
    def wanted_since(self) -> datetime | None:
        """The time from which on trades can seal such orders; None if there are none, or their times are not known."""
        return min(filter(None, (_first_known_at(each.fate) for each in self._short)), default=None)

    @property
    def _short(self) -> Iterator[Balance]:
        """The orders whose own figures show more than the trades do."""
        if self.standing is Standing.PROVISIONAL:
            for each in self.open:
                shown_mw = None if _why_not_final(each.fate) else executed_by_order(each.fate)
                if shown_mw is not None and (each.fills.quantity_mw or ZERO) < shown_mw:
                    yield each

    @property
    def is_complete(self) -> bool:
        """Return whether later reports of trades can't change it: it is sealed, or nothing is left to wait for."""
        if self.standing is not Standing.PROVISIONAL:
            return True
        can_improve = bool(self.trades_problem) and self.has_internal
        return self.read_at is not None and not can_improve and not self.awaits_reports

    @cached_property
    def traded(self) -> tuple[Balance, ...]:
        """The orders that traded while they were being killed."""
        return tuple(balance for balance in self.all if balance.executed_mw)

    @cached_property
    def totals(self) -> Mapping[str, Decimal]:
        """Sums over the orders active before the kill whose MW are known, by the names of the figures."""
        return totals_of(self.balances)


def totals_of(balances: Iterable[Balance]) -> Mapping[str, Decimal]:
    """Return the sums over the orders whose MW are known, by the names of the figures."""
    counted = [each for each in balances if each.before_mw is not None]
    return {name: sum((getattr(each, name) for each in counted), ZERO) for name in ("before_mw", *PARTS)}


def certificate_of(fates: Mapping[str, OrderFate], seen: TradesSeen, *, has_all_orders: bool = True) -> Certificate:
    """Add up the orders of a kill by what the trades show so far."""
    index = FillIndex(seen.sides, _orders_of(fates.values()))
    balances = tuple(_balance(key, fate, index, seen) for key, fate in fates.items())
    if not seen.is_offered:
        standing = Standing.ORDERS_ALONE
    else:
        has_all = has_all_orders and not seen.problem and seen.read_at is not None
        is_sealed = has_all and not any(each.why_open for each in balances)
        standing = Standing.SEALED if is_sealed else Standing.PROVISIONAL
    return Certificate(
        balances=tuple(each for each in balances if not each.fate.is_new),
        arrivals=tuple(each for each in balances if each.fate.is_new),
        standing=standing,
        trades_problem=seen.problem,
        read_at=seen.read_at,
        has_internal=seen.has_internal,
        has_all_orders=has_all_orders,
    )


def _orders_of(fates: Iterable[OrderFate]) -> Iterator[Order]:
    """The orders in scope in each of their states."""
    states = (order for fate in fates for order in (fate.first_seen, fate.order))
    yield from (order for order in states if isinstance(order, Order))


def _balance(key: str, fate: OrderFate, index: FillIndex, seen: TradesSeen) -> Balance:
    fills = _fills_of(fate, index)
    balance = _left(Balance(key=key, fate=fate, before_mw=fate.before_mw, fills=fills))
    shown_mw = executed_by_order(fate)
    if not seen.is_offered:
        return replace(balance, traded_mw=shown_mw or ZERO, why_open=_why_not_final(fate) or "trades can't be read")
    return replace(
        balance,
        traded_mw=_sum(fills, lambda fill: fill.counts and not fill.is_internal),
        internal_mw=_sum(fills, lambda fill: fill.counts and fill.is_internal),
        recalled_mw=_sum(fills, lambda fill: not fill.counts),
        why_open=_why_not_final(fate) or _why_not_equal(fate, fills, seen.since),
    )


def _left(balance: Balance) -> Balance:
    """The balance with what is left of the order, by where it was last read."""
    fate, left_mw = balance.fate.fate, balance.fate.left_mw or ZERO
    if fate is Fate.DEACTIVATED:
        return replace(balance, deactivated_mw=left_mw)
    if fate in (Fate.DELETED, Fate.EXPIRED):
        return replace(balance, deleted_mw=left_mw)
    if fate.is_live and fate is not Fate.UNKNOWN:
        return replace(balance, active_mw=left_mw)
    return balance


def _fills_of(fate: OrderFate, index: FillIndex) -> Fills:
    """The fills since the revision of the order that was read first, by the exchange's times."""
    states = [order for order in (fate.first_seen, fate.order) if isinstance(order, Order)]
    first, ids = fate.first_seen, (fate.first_seen.order_id, fate.order.order_id)
    trace = trace_of(states, filter(None, ids))
    fills = index.of(replace(trace, has_all_ids=ids[0] == ids[1]))
    return fills.after(_first_known_at(fate)) if isinstance(first, Order) else Fills()


def _first_known_at(fate: OrderFate) -> datetime | None:
    """The time of the revision that was read first, by the exchange's clock."""
    first = fate.first_seen
    return first.last_change_timestamp or first.api_timestamp if isinstance(first, Order) else None


def executed_by_order(fate: OrderFate) -> Decimal | None:
    """MW that the order's own figures say were executed since it was first read; None if they do not show it.

    An order that left the market with 0 MW may have traded or not. A change of the quantity hides what traded.
    """
    before_mw, left_mw = fate.before_mw, fate.left_mw
    if fate.is_quantity_changed:
        return None
    if fate.fate is Fate.FILLED:
        return before_mw
    if before_mw is None or not left_mw or fate.fate in (Fate.UNKNOWN, Fate.GONE):
        return None
    return before_mw - left_mw


def _why_not_final(fate: OrderFate) -> str:
    first, last = fate.first_seen, fate.order
    if fate.fate.is_live:
        return "it is or may be active"
    if fate.fate not in _OUT:
        return "its final state is not known"
    if not isinstance(first, Order) or not isinstance(last, Order):
        return "it could not be read"
    if any(getattr(first, name) != getattr(last, name) for name in _QUANTITY_TERMS):
        return "it was changed since it was first read, which can hide a fill"
    return ""


def _why_not_equal(fate: OrderFate, fills: Fills, since: datetime | None) -> str:
    shown_mw = executed_by_order(fate)
    if shown_mw is None:
        return "the order does not show how much of it traded"
    known_at = _first_known_at(fate)
    if fills.is_sealed(shown_mw):
        is_since = known_at is not None and all(fill.executed_at is not None for fill in fills.each)
        return "" if is_since or not fills else "trades of it may be from before it was read: their times are not known"
    by_trades = "MW that can't be read" if fills.quantity_mw is None else f"{quantity_text(fills.quantity_mw)} MW"
    why = f"the order shows {quantity_text(shown_mw)} MW traded, the trades show {by_trades}"
    if fills.unattributed:
        why += f"; {unattributed_text(fills)}"
    is_cut = since is not None and (known_at is None or known_at < since) and (fills.quantity_mw or ZERO) < shown_mw
    return f"{why}; those before {since:%Y-%m-%d %H:%M:%S}Z were not read" if is_cut else why


def _sum(fills: Fills, counts: Callable[[Fill], bool]) -> Decimal:
    return sum((fill.quantity_mw or ZERO for fill in fills.each if counts(fill)), ZERO)

"""The report of a shift: one value from the journals, the exchange and the halts.

A part that could not be read, or not whole, says so in `missing`: it is never taken for an empty one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from msgspec import Struct

from pbtui.api.errors import OrdersApiError
from pbtui.api.models import Order
from pbtui.api.reads.client import ListRead, Unavailable
from pbtui.api.reads.contracts import ContractItem
from pbtui.api.reads.trades import AnyTrade, InternalTrade, Trade, TradeLeg
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.handover.changes import Change, Unfinished, changes_of, unfinished_of
from pbtui.desk.handover.expiries import Expiry, expiries_of, unknown_ends
from pbtui.desk.handover.shift import Note, Recorded, Shift, notes_of
from pbtui.desk.market.gates import Gates
from pbtui.desk.market.totals import ContractTotal, sides_of, totals_of
from pbtui.desk.plan.standing import AnyOrder, OwnOrders
from pbtui.settings.profiles import Profile

T = TypeVar("T")
Failed = Unavailable | OrdersApiError


class Part(Struct, Generic[T], frozen=True):
    """A part of the report: what was found, and what could not be read, with the reasons."""

    items: tuple[T, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Journals:
    """The lines of the journals in their order, and what of them could not be read. `place` says whose they are."""

    lines: Sequence[Recorded]
    missing: tuple[str, ...] = ()
    place: str = "this host"


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of the exchange; the error of each read that failed. `exchange_clock` is what the first one shows."""

    orders: OwnOrders | OrdersApiError
    trades: ListRead[Trade] | Failed
    internal_trades: ListRead[InternalTrade] | Failed
    contracts: ListRead[ContractItem] | Failed
    exchange_clock: ExchangeClock = field(default_factory=ExchangeClock)


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a shift: changes and trades, what is open or unknown, and the ends up to `ends_until`.

    `trades` are sums by contract; `trade_count` and `recalled_count` are the trades in them, and those that do not
    count any more. `orders` are the active and the deactivated ones.
    """

    profile: str
    exchange: str
    server: str
    journals: str
    shift: Shift
    ends_until: datetime
    notes: Part[Note]
    halts: Part[str]
    unfinished: Part[Unfinished]
    expiries: Part[Expiry]
    orders: Part[AnyOrder]
    trades: Part[ContractTotal]
    trade_count: int
    recalled_count: int
    changes: Part[Change]


def report_of(
    profile: Profile, shift: Shift, journals: Journals, answers: Answers, halts: Part[str], ends_until: datetime
) -> Report:
    """The report of the shift."""
    lines, missing = journals.lines, journals.missing
    trades, trades_missing = _trades(profile, answers)
    counted = [trade for trade in trades if trade.is_active]
    return Report(
        profile=profile.name,
        exchange=profile.exchange,
        server=profile.host,
        journals=journals.place,
        shift=shift,
        ends_until=ends_until,
        notes=Part(notes_of(lines, shift), missing),
        halts=halts,
        unfinished=Part(unfinished_of(lines, shift.until), missing),
        expiries=_expiries(answers, ends_until),
        orders=_orders(answers.orders),
        trades=Part(tuple(totals_of(sides_of(counted, _in_scope(profile)))), trades_missing),
        trade_count=len(counted),
        recalled_count=len(trades) - len(counted),
        changes=Part(changes_of(lines, shift), missing),
    )


def _orders(answer: OwnOrders | OrdersApiError) -> Part[AnyOrder]:
    if isinstance(answer, OrdersApiError):
        return Part((), (str(answer),))
    gaps = {"active orders": answer.active_gap, "deactivated orders": answer.inactive_gap}
    missing = tuple(f"{what}: {gap}" for what, gap in gaps.items() if gap)
    return Part(tuple(row.order for row in answer.standing), missing)


def _expiries(answers: Answers, until: datetime) -> Part[Expiry]:
    orders = _orders(answers.orders)
    readable = [order for order in orders.items if isinstance(order, Order)]
    unreadable = len(orders.items) - len(readable)
    missing = list(orders.missing)
    if unreadable:
        missing.append(f"orders that could not be read: {unreadable}")
    contracts = answers.contracts
    if not isinstance(contracts, ListRead):
        missing.append(f"gate closures: {contracts}")
        return Part(expiries_of(readable, None, until), tuple(missing))
    gates = Gates.of(contracts.elements.readable)
    if contracts.gap:
        missing.append(f"gate closures: {contracts.gap}")
    return Part(expiries_of(readable, gates, until), (*missing, *unknown_ends(readable, gates)))


def _trades(profile: Profile, answers: Answers) -> tuple[list[AnyTrade], tuple[str, ...]]:
    """The trades with a side of the profile, and what could not be read of them."""
    found: list[AnyTrade] = []
    missing: list[str] = []
    reads: dict[str, ListRead[Any] | Failed] = {"trades": answers.trades, "internal trades": answers.internal_trades}
    for what, read in reads.items():
        if not isinstance(read, ListRead):
            missing.append(f"{what}: {read}")
            continue
        found += read.elements.readable
        if read.gap:
            missing.append(f"{what}: {read.gap}")
        if unreadable := len(read.elements.unreadable):
            missing.append(f"{what} that could not be read: {unreadable}")
    in_scope = _in_scope(profile)
    return [trade for trade in found if not trade.legs or any(map(in_scope, trade.legs))], tuple(missing)


def _in_scope(profile: Profile) -> Callable[[TradeLeg], bool]:
    """The server lists a trade if one of its sides is asked for: the other one may be of another portfolio or area."""
    portfolios, areas = profile.portfolios, profile.delivery_areas

    def holds(leg: TradeLeg) -> bool:
        is_of_portfolio = not portfolios or not leg.portfolio_id or leg.portfolio_id in portfolios
        return is_of_portfolio and (not areas or not leg.delivery_area or leg.delivery_area in areas)

    return holds

"""Blotter: all own orders the desk knows, their state, and what the last reads changed.

A Blotter is immutable. Each read creates a new one that shares all unchanged rows. A row is identified by the order's
key, which stays the same when a modification changes the id.
"""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from pbtui.api.codes import OrderState
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.blotter.open_totals import Totals
from pbtui.desk.blotter.traded_quantity import traded_mw

MAX_RECENT_ROWS = 500

# The time of the server's last message is not a property of the order, and a field that can't be read is None.
_NOT_COMPARED = ("api_timestamp", "details", "unreadable")
_COMPARED_FIELDS = tuple(f.name for f in dataclasses.fields(Order) if f.name not in _NOT_COMPARED)
_EVERY_FIELD = frozenset(_COMPARED_FIELDS)


class Tab(StrEnum):
    """Tab in which a row is shown."""

    ACTIVE = "Active"
    DEACTIVATED = "Deactivated"
    RECENT = "Recent"


class FinalState(StrEnum):
    """State of an order that the server no longer lists."""

    READING = "left the market, reading the reason"
    NOT_FOUND = "left the market, not found"


@dataclass(frozen=True, slots=True)
class Row:
    """One order in the blotter.

    `changed` holds the fields that read number `changed_in` changed: all fields of a new order, none of one that the
    first read found. `final_state` is set while it is not known how the order left the market. `traded_mw` is what
    traded since the desk first read the order, as far as its reads show; None if none does.
    """

    key: str
    order: Order | UnreadableOrder
    tab: Tab
    changed: frozenset[str] = frozenset()
    changed_in: int = 0
    final_state: FinalState | None = None
    traded_mw: Decimal | None = None

    @property
    def is_new(self) -> bool:
        """Return whether the order itself was news, not a change of it."""
        return self.changed == _EVERY_FIELD


@dataclass(frozen=True, slots=True)
class Change:
    """One order before and after a read; `before` is None for an order that no earlier read had."""

    key: str
    before: Order | UnreadableOrder | None
    after: Order | UnreadableOrder


@dataclass(frozen=True, slots=True)
class Blotter:
    """All rows by tab and key after read number `read_no`; `totals` covers the active ones.

    `changes` are those of the newest read alone, without what the first read found. `kept` are the keys of active rows
    that it did not list because it was incomplete: they are of an earlier read.
    """

    active: Mapping[str, Row] = field(default_factory=dict)
    deactivated: Mapping[str, Row] = field(default_factory=dict)
    recent: Mapping[str, Row] = field(default_factory=dict)
    read_no: int = 0
    totals: Totals = field(default_factory=Totals)
    changes: tuple[Change, ...] = ()
    kept: frozenset[str] = frozenset()

    @property
    def listed(self) -> Iterator[Order | UnreadableOrder]:
        """The active orders that the newest read listed."""
        return (row.order for key, row in self.active.items() if key not in self.kept)

    def rows(self, tab: Tab) -> Mapping[str, Row]:
        """Return the rows of one tab."""
        return {Tab.ACTIVE: self.active, Tab.DEACTIVATED: self.deactivated, Tab.RECENT: self.recent}[tab]

    def find(self, key: str) -> Row | None:
        """Return the row of that key, in any tab."""
        return self.active.get(key) or self.deactivated.get(key) or self.recent.get(key)

    def with_id(self, order_id: str) -> Row | None:
        """Return the row of the order that has this id now, or had it first or before its last change."""
        if (row := self.find(order_id)) is not None:
            return row
        rows = (row for tab in Tab for row in self.rows(tab).values())
        return next((row for row in rows if order_id in _ids_of(row.order)), None)

    @property
    def readable(self) -> list[Order]:
        """The orders of all tabs, without those that could not be read."""
        rows = (*self.active.values(), *self.deactivated.values(), *self.recent.values())
        return [row.order for row in rows if isinstance(row.order, Order)]

    def is_marked(self, row: Row) -> bool:
        """Return whether the row changed in this read or the one before."""
        return bool(row.changed) and self.read_no - row.changed_in < 2

    def apply(self, orders: Iterable[Order | UnreadableOrder], *, complete: bool = True) -> "Blotter":
        """Return the blotter after a read of the active orders.

        Rows that a complete read no longer lists leave the active tab and wait for `resolve_departures`. An incomplete
        read proves nothing about the orders it does not list.
        """
        update = _Update(self, self.read_no + 1)
        listed, to_place = update.keyed(orders)
        for key in to_place:
            update.place(key, listed[key], is_news=self.read_no > 0)
        missing = [key for key in self.active if key not in listed]
        if complete:
            for key in missing:
                update.depart(key)
        return update.finished(frozenset() if complete else frozenset(missing))

    def resolve_departures(self, orders: Collection[Order | UnreadableOrder], asked: Collection[str] = ()) -> "Blotter":
        """Return the blotter after orders were read by id or from the past; `asked` holds the requested keys.

        For each chain of ids, the current order counts. A requested row without an order is marked as not found. Live
        orders are left to the next read of the active orders. If nothing changes, it is the same blotter.
        """
        update = _Update(self, self.read_no)
        newest: dict[str, Order | UnreadableOrder] = {}
        for order in orders:
            if order.key not in newest or not is_older(order, newest[order.key]):
                newest[order.key] = order
        for key, order in newest.items():
            if not order.is_live and not update.knows_better(key, order):
                update.place(key, order, is_news=False)
        for key in asked:
            if key not in newest:
                update.lose(key)
        return update.finished(self.kept) if update.has_changed else self


class _Update:
    """The next blotter while it is built."""

    def __init__(self, before: Blotter, read_no: int) -> None:
        self._read_no = read_no
        self._rows = {tab: dict(before.rows(tab)) for tab in Tab}
        self._active = self._rows[Tab.ACTIVE]
        self._totals = before.totals
        self._changes: list[Change] = []
        self.has_changed = False
        """Says whether a row was put in, taken out or replaced."""

    def keyed(
        self, orders: Iterable[Order | UnreadableOrder]
    ) -> tuple[Mapping[str, Order | UnreadableOrder], Sequence[str]]:
        """Return the orders by key, and the keys of those to place: all but those whose row has the same object.

        A modification whose answer was lost can leave two live orders of one chain. Both get a row: one under the key
        of the chain, the other under a key with its own id added, as long as it lives.
        """
        keyed: dict[str, Order | UnreadableOrder] = {}
        to_place: list[str] = []
        for order in orders:
            key = order.key
            row = self._active.get(key)
            if row is not None and row.order is order and key not in keyed:
                keyed[key] = order  # as nearly all are
                continue
            if row is None or row.order.order_id != order.order_id:
                own_key = f"{key}/{order.order_id}"
                if own_key in self._active:
                    key = own_key
            to_place.append(key)
            if key in keyed:
                if row is not None and row.order.order_id == order.order_id:
                    keyed[key], order = order, keyed[key]
                key = f"{key}/{order.order_id}"
                to_place.append(key)
            keyed[key] = order
        return keyed, to_place

    def place(self, key: str, order: Order | UnreadableOrder, *, is_news: bool) -> None:
        """Put an order into the tab of its state; if the order object is the same, its row is kept."""
        row = self._active.get(key) or self._find(key)
        if row is not None and row.order is order and row.final_state is None:
            return
        tab = _tab_of(order)
        if row is None:
            changed = _EVERY_FIELD if is_news else frozenset()
            self._put(Row(key, order, tab, changed, self._read_no, traded_mw=traded_mw(None, order)))
            if is_news:
                self._changes.append(Change(key, None, order))
            return
        changed = _changed_fields(row.order, order)
        traded = _added(row.traded_mw, traded_mw(row.order, order))
        self._take(row)
        if row.tab is tab and not changed and row.final_state is None:
            self._put(replace(row, order=order, traded_mw=traded))
        else:
            self._changes.append(Change(key, row.order, order))
            self._put(Row(key, order, tab, changed, self._read_no, traded_mw=traded))

    def depart(self, key: str) -> None:
        """Remove a row from the active ones; how the order ended must still be read."""
        row = self._active[key]
        self._take(row)
        if row.order.order_id is not None:
            self._put(replace(row, tab=Tab.RECENT, final_state=FinalState.READING))

    def knows_better(self, key: str, order: Order | UnreadableOrder) -> bool:
        """Return whether the order is an older state of the row: another id while the row is live, or older."""
        row = self._find(key)
        if row is None:
            return False
        if row.tab is Tab.ACTIVE:
            return row.order.order_id != order.order_id
        return is_older(order, row.order)

    def lose(self, key: str) -> None:
        """Mark a requested row as not found."""
        row = self._find(key)
        if row is not None and row.tab is not Tab.ACTIVE and row.final_state is not FinalState.NOT_FOUND:
            self._put(replace(row, final_state=FinalState.NOT_FOUND))

    def finished(self, kept: frozenset[str]) -> Blotter:
        """Return the blotter, with the number of recent rows limited to the newest."""
        recent = self._rows[Tab.RECENT]
        for key in list(recent)[: max(len(recent) - MAX_RECENT_ROWS, 0)]:
            del recent[key]
        return Blotter(
            self._active, self._rows[Tab.DEACTIVATED], recent, self._read_no, self._totals, tuple(self._changes), kept
        )

    def _put(self, row: Row) -> None:
        self.has_changed = True
        self._rows[row.tab][row.key] = row
        if row.tab is Tab.ACTIVE:
            self._totals = self._totals.plus(row.order, 1)

    def _take(self, row: Row) -> None:
        if row.tab is Tab.ACTIVE:
            self._totals = self._totals.plus(row.order, -1)
        del self._rows[row.tab][row.key]

    def _find(self, key: str) -> Row | None:
        return next((self._rows[tab][key] for tab in Tab if key in self._rows[tab]), None)


def _tab_of(order: Order | UnreadableOrder) -> Tab:
    if order.is_live:
        return Tab.ACTIVE
    return Tab.DEACTIVATED if order.state == OrderState.HIBE else Tab.RECENT


def _ids_of(order: Order | UnreadableOrder) -> tuple[str | None, ...]:
    return (order.order_id, None if isinstance(order, UnreadableOrder) else order.parent_order_id)


def _added(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one if other is None else one + other


def is_older(order: Order | UnreadableOrder, other: Order | UnreadableOrder) -> bool:
    """Return whether an order changed before the other one did, as far as both say when."""
    if isinstance(order, UnreadableOrder) or isinstance(other, UnreadableOrder):
        return False
    at, other_at = (o.last_change_timestamp or o.api_timestamp for o in (order, other))
    return at is not None and other_at is not None and at < other_at


def _changed_fields(before: Order | UnreadableOrder, after: Order | UnreadableOrder) -> frozenset[str]:
    if isinstance(before, UnreadableOrder) or isinstance(after, UnreadableOrder):
        return frozenset() if before == after else _EVERY_FIELD
    return frozenset(name for name in _COMPARED_FIELDS if getattr(before, name) != getattr(after, name))

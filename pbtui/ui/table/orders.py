"""Table of own orders: one line per order, with marks, staged steps and the states of tickets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pbtui.api.codes import OrderSide
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.reads.contracts import ContractItem
from pbtui.api.structs import replace
from pbtui.desk.blotter.groups import GroupBy, GroupSum, RunningSum, key_of
from pbtui.desk.blotter.order_terms import ORDER_FILTER, contract_of
from pbtui.desk.blotter.own_orders import Blotter, Row, Tab
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.market.gates import Gates, gate_words
from pbtui.desk.team.presence import IN_FORM, OtherDesk, editors_of
from pbtui.ui.table.columns import Column
from pbtui.ui.table.cursor import Cursor
from pbtui.ui.table.emptiness import NOT_READ
from pbtui.ui.table.group_lines import group_line
from pbtui.ui.table.marks import MarkedOrders
from pbtui.ui.table.order_columns import AGE, COLUMNS, DELIVERY, GATE, QUANTITY, SAID_IF_SHARED, STATE, TRADED
from pbtui.ui.table.rows import RowTable
from pbtui.ui.table.sorting.arrangement import Group, Grouping
from pbtui.ui.table.staged import Staged
from pbtui.ui.widgets.lines import Line

_OF_A_STEP = {
    FIELDS[name].heading for name in ("side", "dlvry_start", "delivery_area", "portfolio_id", "price", "quantity")
}


def _contract_and_side(row: Row) -> tuple[str, str] | None:
    order, contract = row.order, contract_of(row.order)
    if isinstance(order, UnreadableOrder) or order.side not in (OrderSide.BUY, OrderSide.SELL):
        return None
    return (contract, order.side) if contract else None


class OrderTable(RowTable[Row]):
    """Shows the orders of one tab. Each tab keeps its place and its marks."""

    WHAT = "order"

    def __init__(self, zone: ZoneInfo, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(zone, COLUMNS, DELIVERY, NOT_READ, SAID_IF_SHARED, ORDER_FILTER, id=id)
        self._blotter = Blotter()
        self._contracts: Sequence[ContractItem] = ()
        self._tab = Tab.ACTIVE
        self._arranger.turn_to(self._tab)
        self._places: dict[Tab, tuple[Cursor[Row], int]] = {}
        self._sorts: dict[Tab, tuple[Column[Row], bool]] = {Tab.RECENT: (AGE, True)}
        self._marks = dict.fromkeys(Tab, MarkedOrders())
        self._range_from: str | None = None
        self._staged: Mapping[str, Staged] = {}
        self._ticket_states: Mapping[str, str] = {}
        self._editors: Mapping[str, Sequence[OtherDesk]] = {}
        self.grouped_by: GroupBy | None = None

    # ------------------------------------------------------------ content

    def show(
        self,
        blotter: Blotter,
        tab: Tab,
        ticket_states: Mapping[str, str] | None = None,
        contracts: Sequence[ContractItem] = (),
        others: Sequence[OtherDesk] = (),
    ) -> None:
        """Show this tab of the blotter.

        `ticket_states` holds the states of open tickets by order key, `contracts` the gate closures. `others` are the
        other desks of the team: orders that they have open in a form are marked, with the operator as their state.
        """
        if tab is not self._tab:
            self._places[self._tab] = self._cursor, self.top
            self._sorts[self._tab] = self._arranger.column, self.arrangement.is_descending
            self._tab = tab
            self._arranger.turn_to(tab)
            column, is_descending = self._sorts.get(tab, (DELIVERY, False))
            self._arranger.sort(column, is_descending=is_descending)
            self._cursor, self.top = self._places.get(tab, (Cursor(), 0))
            self._range_from = None
        self._blotter = blotter
        self._marks = {of: marks.within(blotter.rows(of)) for of, marks in self._marks.items()}
        self._ticket_states = ticket_states or {}
        self._editors = editors_of(others)
        if contracts is not self._contracts:
            self._contracts = contracts
            self._moment = replace(self._moment, gates=Gates.of(contracts))
            self.follow_time()
        self._follow_rows(blotter.rows(tab))

    @property
    def sorts(self) -> Mapping[Tab, tuple[str, bool]]:
        """Title of the column that sorts, and whether it is descending, of each tab that was shown."""
        present = self._arranger.column, self.arrangement.is_descending
        return {tab: (sort[0].title, sort[1]) for tab, sort in {**self._sorts, self._tab: present}.items()}

    def take_sorts(self, sorts: Mapping[Tab, tuple[str, bool]]) -> None:
        """Sort each tab so; a column that there is no longer is left out."""
        columns = {column.title: column for column in self.arrangement.columns if column.sort_value is not None}
        self._sorts |= {tab: (columns[title], down) for tab, (title, down) in sorts.items() if title in columns}
        column, is_descending = self._sorts.get(self._tab, (DELIVERY, False))
        self.sort(column, is_descending=is_descending)

    def group_by(self, by: GroupBy | None) -> None:
        """Let orders of one contract, area or portfolio stand below a line with their sums; None: no groups."""
        self.grouped_by = by
        self._arranger.group(None if by is None else Grouping(key_of(by), RunningSum))

    def _group_line(self, group: Group) -> Line:
        first = self.arrangement.rows[group.places[0][2]]
        by, sums = self.grouped_by, group.sums
        assert by is not None  # noqa: S101 - else there are no groups
        assert isinstance(sums, GroupSum)  # noqa: S101 - see group_by
        return group_line(by, first, sums, self._moment.zone, self.text_width)

    def _is_marked(self, row: Row) -> bool:
        return self._blotter.is_marked(row)

    def _notes(self, row: Row) -> Mapping[str, str]:
        notes = dict(self._staged[row.key].texts()) if row.key in self._staged else {}
        if row.key in self._editors:
            names = dict.fromkeys(desk.operator for desk in self._editors[row.key])
            notes[STATE.title] = f"{IN_FORM} {', '.join(names)}"
        if row.key in self._ticket_states:
            notes[STATE.title] = self._ticket_states[row.key]
        return notes

    def _contract_of(self, row: Row) -> str:
        return contract_of(row.order)

    def _is_over(self, row: Row) -> bool:
        closes_at = self._closes_at(row)
        return row.tab is not Tab.RECENT and closes_at is not None and closes_at <= self._moment.now

    def gate_words(self, row: Row) -> str:
        """Return the time to the gate closure of an order in words; empty if it is not known."""
        return gate_words(self._closes_at(row), self._moment.now, self._moment.zone)

    def editors(self, row: Row) -> str:
        """Return who else has an order open in a form; empty if nobody has."""
        return ", ".join(dict.fromkeys(desk.who for desk in self._editors.get(row.key, ())))

    def _closes_at(self, row: Row) -> datetime | None:
        return None if isinstance(row.order, UnreadableOrder) else self._moment.gates.closes_at(row.order)

    def _sign(self, row: Row) -> str:
        return "✓" if row.key in self._marked else IN_FORM if row.key in self._editors else " "

    def _shared(self) -> Mapping[str, str]:
        shared = dict(super()._shared())
        if not self.arrangement.rows.keys().isdisjoint([*self._ticket_states, *self._editors]):
            shared.pop(STATE.title, None)  # the column shows how far a ticket is, and who has the order in a form
        if not self._moment.gates:
            shared[GATE.title] = ""
        if self._staged:  # what a step and its order are known by stays in the rows
            shared = {title: text for title, text in shared.items() if not text or title not in _OF_A_STEP}
        return shared

    def _choose_columns(self) -> None:
        super()._choose_columns()
        if self._tab is Tab.RECENT:
            columns = self._columns.shown
            shown = tuple(replace(TRADED, width=c.width) if c.title == QUANTITY.title else c for c in columns)
            self._columns = replace(self._columns, shown=shown)

    # ------------------------------------------------------------ marks

    @property
    def _marked(self) -> frozenset[str]:
        return self._marks[self._tab].keys

    @property
    def chosen(self) -> Sequence[Row]:
        """The orders an action applies to: marked and visible, or if none is marked, the one under the cursor.

        Empty if all marked orders have left the tab, until a key has said so.
        """
        if self._marked:
            keys = [key for key in self._marked if key in self.arrangement]
            return [self.arrangement.rows[key] for key in sorted(keys, key=self.arrangement.index)]
        is_lost = self._marks[self._tab].is_lost
        return [] if is_lost or self.under_cursor is None else [self.under_cursor]

    @property
    def marked(self) -> int:
        """Number of marked orders."""
        return len(self._marked)

    @property
    def hidden_marks(self) -> int:
        """Number of marked orders that the filter hides; no action applies to them."""
        return sum(key not in self.arrangement for key in self._marked)

    @property
    def gone_marks(self) -> int:
        """Number of marked orders that left the tab, until a key has said so."""
        return len(self._marks[self._tab].gone)

    def say_gone(self, *, is_previewed: bool) -> str:
        """Return what a key for the marked orders has to say of those that left the tab; empty if none did.

        `is_previewed` is as in `MarkedOrders.said`.
        """
        marks, words = self._marks[self._tab].said(is_previewed=is_previewed)
        self._take_marks({self._tab: marks})
        return words

    def mark_undone(self, keys: Iterable[str]) -> None:
        """Mark these orders too, each in its tab, but none that has ended."""
        rows = [row for row in map(self._blotter.find, keys) if row is not None and row.tab is not Tab.RECENT]
        marked = {tab: frozenset(row.key for row in rows if row.tab is tab) for tab in Tab}
        self._take_marks({tab: replace(marks, keys=marks.keys | marked[tab]) for tab, marks in self._marks.items()})

    def unmark_done(self, keys: Iterable[str]) -> None:
        """Unmark orders with which a ticket of the trader is done, also if they have left their tab with it."""
        done = frozenset(keys)
        self._take_marks({tab: marks.without(done) for tab, marks in self._marks.items()})

    def mark(self) -> None:
        """Mark or unmark the order under the cursor, and move to the next."""
        if self.cursor is not None and self._is_shown(self.cursor):
            self._set_marks(self._marked ^ {self.cursor})
            self.action_move(1)

    def mark_range(self) -> bool:
        """Start a range at the cursor; at the second call, mark all orders from there to the cursor.

        Return whether it starts once more, because the order that it started with is not shown any more.
        """
        if self.cursor is None or not self._is_shown(self.cursor):
            return False
        if self._range_from is None or not self._is_shown(self._range_from):
            is_again, self._range_from = self._range_from is not None, self.cursor
            self._set_marks(self._marked | {self.cursor})
            return is_again
        ends = sorted((self.arrangement.index(self._range_from), self.arrangement.index(self.cursor)))
        keys = {self.arrangement.key_at(index) for index in range(ends[0], ends[1] + 1)}
        self._range_from = None
        self._set_marks(self._marked | keys)
        return False

    def mark_alike(self) -> bool:
        """Mark the visible orders of the contract and side under the cursor; if all are marked, unmark them.

        Return whether contract and side are known.
        """
        if self.under_cursor is None or (alike := _contract_and_side(self.under_cursor)) is None:
            return False
        rows = self.arrangement.rows
        self._toggle_marks(key for key in self._shown_keys() if _contract_and_side(rows[key]) == alike)
        return True

    def mark_all(self) -> None:
        """Mark all visible orders; if all are marked, unmark them."""
        self._toggle_marks(self._shown_keys())

    def _shown_keys(self) -> Iterator[str]:
        return (self.arrangement.key_at(index) for index in range(len(self.arrangement)))

    def _toggle_marks(self, shown: Iterable[str]) -> None:
        keys = frozenset(shown)
        self._set_marks(self._marked - keys if keys <= self._marked else self._marked | keys)

    def _set_marks(self, marked: frozenset[str]) -> None:
        self._take_marks({self._tab: self._marks[self._tab].marking(marked)})

    def _put_cursor(self, cursor: Cursor[Row]) -> None:
        super()._put_cursor(cursor)
        self._take_marks({self._tab: self._marks[self._tab].chosen_anew()})

    def _take_marks(self, marks: Mapping[Tab, MarkedOrders]) -> None:
        before, self._marks = self._marks, {**self._marks, **marks}
        if self._marks != before:
            self.repaint()
            self.post_message(self.Arranged())

    def _is_shown(self, key: str) -> bool:
        return key in self.arrangement

    # ------------------------------------------------------------ staged steps

    def show_staged(self, staged: Mapping[str, Staged]) -> None:
        """Show old and new values of these orders in their cells."""
        self._staged = staged
        self.lay_out()
        self.repaint()
        self.post_message(self.Arranged())

    @property
    def has_whole_orders(self) -> bool:
        """Return whether the row under the cursor is shown with all that a staged step and its order are known by.

        A long id may be cut; no figure and no time is. Long messages can leave no rows for orders in a low terminal.
        """
        row = self.under_cursor
        if row is None or not self.body_height:
            return False
        notes, columns = self._notes(row), {column.title: column for column in self._columns.shown}
        empty = (title for title, text in self._shared().items() if not text)
        return {*columns, *empty} >= _OF_A_STEP and all(
            column.has_room(notes.get(title) or column.text(row, self._moment))
            for title, column in columns.items()
            if title in _OF_A_STEP and not column.is_id
        )

    def _needed_widths(self) -> Mapping[str, int]:
        notes = [staged.texts() for staged in self._staged.values()]
        return {
            title: max((len(texts.get(title, "")) for texts in notes), default=0) + 1
            for title in (FIELDS["price"].heading, QUANTITY.title)
        }

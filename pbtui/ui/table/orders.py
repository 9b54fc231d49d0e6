"""Table of own orders: one line per order. The cursor stays on an order, not on a line."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message

from pbtui.api.clock import utc_now
from pbtui.api.structs import replace
from pbtui.desk.blotter.filters import Predicate
from pbtui.desk.blotter.own_orders import Blotter, Row, Tab
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.ui.table.arrangement import Arrangement
from pbtui.ui.table.columns import AGE, COLUMNS, NEW, QUANTITY, SAID_IF_SHARED, TRADED, Column, Moment, columns_for
from pbtui.ui.table.emptiness import NOT_READ
from pbtui.ui.table.staged import Staged
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.lines import Line, Lines

_ARRANGE_HERE = 5_000
"""Number of rows up to which the arrangement is computed on the UI thread, within a few milliseconds."""

DELIVERY = next(column for column in COLUMNS if column.title == FIELDS["dlvry_start"].heading)


class OrderTable(Lines, can_focus=True):
    """Shows the rows of one tab, sorted and filtered.

    The cursor holds the key of an order. If that order leaves the table, no line is selected until the trader moves the
    cursor, so that a key meant for one order never reaches another. Each tab keeps its place.
    """

    HAS_HEADING: ClassVar[bool] = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="table.down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page_down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page_up"),
        Binding("home,g", "move_to(0)", "First", show=False, id="table.first"),
        Binding("end,G", "move_to(-1)", "Last", show=False, id="table.last"),
    ]

    class CursorMoved(Message):
        """The cursor moved to another order."""

    class Arranged(Message):
        """The visible orders or their sequence changed."""

    def __init__(self, zone: ZoneInfo, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._zone = zone
        self._blotter = Blotter()
        self._tab = Tab.ACTIVE
        self._arrangement = Arrangement(DELIVERY)
        self._wanted: tuple[Column, Predicate] = (self._arrangement.column, self._arrangement.shown)
        self._is_arranging = self._is_behind = False
        self._columns: tuple[Column, ...] = ()
        self._why_empty = NOT_READ
        self._said: Sequence[tuple[str, str]] = ()
        self._cursor_row: Row | None = None
        self._cursor_index = 0
        self._places: dict[Tab, tuple[Row | None, int, int]] = {}
        self._sorts: dict[Tab, tuple[Column, bool]] = {Tab.RECENT: (AGE, True)}
        self._moment = Moment(zone, utc_now())
        self._marked: frozenset[str] = frozenset()
        self._range_from: str | None = None
        self._staged: Mapping[str, Staged] = {}
        self._ticket_states: Mapping[str, str] = {}

    # ------------------------------------------------------------ content

    @property
    def cursor(self) -> str | None:
        """Key of the order under the cursor. The order may have left the table since."""
        return self._cursor_row.key if self._cursor_row else None

    @property
    def under_cursor(self) -> Row | None:
        """The order under the cursor, or None if it is not visible."""
        row = self._cursor_row
        return row if row is not None and self._is_shown(row.key) else None

    @property
    def why_no_target(self) -> str:
        """Why keys act on no order; empty if they act on the one under the cursor."""
        row = self._cursor_row
        if row is None:
            return "no order is under the cursor"
        if self._is_shown(row.key):
            return ""
        if row.key in self._arrangement.rows:
            return "the filter hides the order that the cursor was on; no key acts on it"
        return "the order that the cursor was on left this tab; no key acts on it"

    @property
    def arrangement(self) -> Arrangement:
        """The visible orders."""
        return self._arrangement

    def show(self, blotter: Blotter, tab: Tab, ticket_states: Mapping[str, str] | None = None) -> None:
        """Show this tab of the blotter; `ticket_states` holds the states of open tickets by order key."""
        if tab is not self._tab:
            self._places[self._tab] = self._cursor_row, self._cursor_index, self.top
            self._sorts[self._tab] = self._wanted[0], self._arrangement.is_descending
            self._tab = tab
            column, is_descending = self._sorts.get(tab, (DELIVERY, False))
            self._wanted = column, self._wanted[1]
            self._arrangement = replace(self._arrangement, is_descending=is_descending)
            self._cursor_row, self._cursor_index, self.top = self._places.get(tab, (None, 0, 0))
            self._marked, self._range_from = frozenset(), None
        self._blotter = blotter
        self._ticket_states = ticket_states or {}
        self._moment = Moment(self._zone, utc_now())
        self._follow_blotter()

    def show_zone(self, zone: ZoneInfo) -> None:
        """Show times in this zone."""
        self._zone = zone
        self._moment = Moment(zone, utc_now())
        self.repaint()

    def sort(self, column: Column, *, is_descending: bool) -> None:
        """Sort by a column; the cursor stays on its order."""
        self._arrangement = replace(self._arrangement, is_descending=is_descending)
        self._wanted = column, self._wanted[1]
        self._follow_blotter()

    def filter(self, shown: Predicate) -> None:
        """Show only the orders that match."""
        self._wanted = self._wanted[0], shown
        self._follow_blotter()

    def _follow_blotter(self) -> None:
        """Update the arrangement: here, or on another thread if it would delay the keys."""
        if self._is_arranging:
            self._is_behind = True
            return
        rows = self._blotter.rows(self._tab)
        arrange = partial(self._arrangement.following, rows, *self._wanted)
        if len(rows) > _ARRANGE_HERE:
            self._is_arranging = True
            self.run_worker(self._arrange(arrange, self._tab))
        else:
            self._adopt(arrange())

    async def _arrange(self, arrange: Callable[[], Arrangement], tab: Tab) -> None:
        arrangement = await asyncio.to_thread(arrange)
        self._is_arranging = False
        if tab is self._tab:
            self._adopt(replace(arrangement, is_descending=self._arrangement.is_descending))
        if self._is_behind:
            self._is_behind = False
            self._follow_blotter()

    def _adopt(self, arrangement: Arrangement) -> None:
        self._arrangement = arrangement
        self._marked = frozenset(key for key in self._marked if key in arrangement.rows)
        self._choose_columns()
        self._place_cursor()
        self.repaint()
        self.post_message(self.Arranged())

    # ------------------------------------------------------------ the cursor

    @property
    def cursor_screen_offset(self) -> Offset:
        """The place of the hardware cursor: the line under the cursor, or the heading if it is not visible."""
        height = self._cursor_index - self.top + self.HAS_HEADING
        is_visible = self.under_cursor is not None and height <= self.body_height
        return self.content_region.offset + Offset(0, height if is_visible else 0)

    def action_move(self, lines: int) -> None:
        """Move the cursor by that many lines. If its order left the table, start from the order's last position."""
        if self._cursor_row is None or self._cursor_row.key in self._arrangement:
            self._put_cursor(self._cursor_index + lines)
        else:
            self._put_cursor(self._arrangement.gap(self._cursor_row) + (lines - 1 if lines > 0 else lines))

    def action_page(self, direction: int) -> None:
        """Move the cursor by one page."""
        self.action_move(direction * max(self.body_height - 1, 1))

    def action_move_to(self, index: int) -> None:
        """Move the cursor to a line; -1 is the last."""
        self._put_cursor(index if index >= 0 else len(self._arrangement) - 1)

    def _put_cursor(self, index: int) -> None:
        if not len(self._arrangement):
            return
        self._cursor_index = min(max(index, 0), len(self._arrangement) - 1)
        self._set_cursor(self._arrangement.key_at(self._cursor_index))
        self.reveal(self._cursor_index)
        self.repaint()

    def _place_cursor(self) -> None:
        if self.cursor is None:
            if len(self._arrangement):
                self._set_cursor(self._arrangement.key_at(0))
        elif self.cursor in self._arrangement:
            self._set_cursor(self.cursor)
            self._cursor_index = self._arrangement.index(self.cursor)
            self.reveal(self._cursor_index)

    def _set_cursor(self, key: str) -> None:
        has_moved = key != self.cursor
        self._cursor_row = self._arrangement.rows[key]
        if has_moved:
            self.post_message(self.CursorMoved())

    # ------------------------------------------------------------ marks

    @property
    def chosen(self) -> Sequence[Row]:
        """The orders an action applies to: marked and visible, or if none is marked, the one under the cursor."""
        if self._marked:
            keys = [key for key in self._marked if key in self._arrangement]
            return [self._arrangement.rows[key] for key in sorted(keys, key=self._arrangement.index)]
        return [self.under_cursor] if self.under_cursor is not None else []

    @property
    def marked(self) -> int:
        """Number of marked orders."""
        return len(self._marked)

    @property
    def hidden_marks(self) -> int:
        """Number of marked orders that the filter hides; no action applies to them."""
        return sum(key not in self._arrangement for key in self._marked)

    def mark_only(self, keys: Iterable[str]) -> None:
        """Mark exactly these orders."""
        self._set_marks(frozenset(keys))

    def mark(self) -> None:
        """Mark or unmark the order under the cursor, and move to the next."""
        if self.cursor is not None and self._is_shown(self.cursor):
            self._set_marks(self._marked ^ {self.cursor})
            self.action_move(1)

    def mark_range(self) -> None:
        """Start a range at the cursor; at the second call, mark all orders from there to the cursor."""
        if self.cursor is None or not self._is_shown(self.cursor):
            return
        if self._range_from is None or not self._is_shown(self._range_from):
            self._range_from = self.cursor
            self._set_marks(self._marked | {self.cursor})
            return
        ends = sorted((self._arrangement.index(self._range_from), self._arrangement.index(self.cursor)))
        keys = {self._arrangement.key_at(index) for index in range(ends[0], ends[1] + 1)}
        self._range_from = None
        self._set_marks(self._marked | keys)

    def mark_all(self) -> None:
        """Mark all visible orders; if all are marked, unmark them."""
        keys = {self._arrangement.key_at(index) for index in range(len(self._arrangement))}
        self._set_marks(self._marked - keys if keys <= self._marked else self._marked | keys)

    def _set_marks(self, marked: frozenset[str]) -> None:
        self._marked = marked
        self.repaint()
        self.post_message(self.Arranged())

    def _is_shown(self, key: str) -> bool:
        return key in self._arrangement

    # ------------------------------------------------------------ staged steps

    def show_staged(self, staged: Mapping[str, Staged]) -> None:
        """Show old and new values of these orders in their cells."""
        self._staged = staged
        self.lay_out()
        self.repaint()
        self.post_message(self.Arranged())

    # ------------------------------------------------------------ lines

    def heading(self) -> Line:
        """Return the titles of the columns."""
        arrow = "▼" if self._arrangement.is_descending else "▲"
        sorted_by = self._arrangement.column.title
        titles = [(c.heading(arrow if c.title == sorted_by else ""), "title") for c in self._columns]
        return [("  ", "title"), *titles]

    def explain(self, why_empty: str) -> None:
        """Show this sentence while there are no rows."""
        if why_empty != self._why_empty:
            self._why_empty = why_empty
            self.repaint()

    def line_count(self) -> int:
        """Return the number of visible orders; without any, of the lines that say why."""
        return len(self._arrangement) or len(self._explanation())

    def _explanation(self) -> list[str]:
        return folded(self._why_empty, max(self.text_width - 4, 1))

    def line(self, index: int) -> Line:
        """Return the cells of the order, with the cursor and the mark in front."""
        if not len(self._arrangement):
            return [(f"   {self._explanation()[index]}", "warning")]
        key = self._arrangement.key_at(index)
        row = self._arrangement.rows[key]
        is_marked = self._blotter.is_marked(row)
        notes = dict(self._staged[key].texts()) if key in self._staged else {}
        if key in self._ticket_states:
            notes[FIELDS["state"].heading] = self._ticket_states[key]
        cells = [
            column.note(notes[column.title])
            if column.title in notes
            else column.cell(row, self._moment, is_marked=is_marked)
            for column in self._columns
        ]
        gutter = (("›" if self.has_focus else "·") if key == self.cursor else " ") + (
            "✓" if key in self._marked else " "
        )
        (text, role), *others = cells or [(" ", "text")]
        news = (NEW, "changed") if is_marked and row.is_new else (text[:1], role)
        return [(gutter, "text"), news, (text[1:], role), *others]

    def base_role(self, index: int) -> str:
        """Return the role of the line; the line under the cursor has its own while keys go to the table."""
        has_cursor = len(self._arrangement) > 0 and self._arrangement.key_at(index) == self.cursor
        return "cursor" if has_cursor and self.has_focus else "text"

    def on_focus(self) -> None:
        """Show that keys go to the table."""
        self.repaint()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.repaint()

    def lay_out(self) -> None:
        """Choose the columns that fit, and keep the cursor visible."""
        said = self._said
        self._choose_columns()
        if self._said != said:
            self.post_message(self.Arranged())
        self.reveal(self._cursor_index)

    # ------------------------------------------------------------ columns

    @property
    def said_once(self) -> Sequence[tuple[str, str]]:
        """Title and text of the columns that are hidden because every row has the same text."""
        return self._said

    def _choose_columns(self) -> None:
        spreads = self._arrangement.spreads
        shared = {title: spread.shared for title, spread in spreads.items() if spread.shared is not None}
        if not self._arrangement.rows.keys().isdisjoint(self._ticket_states):
            shared.pop(FIELDS["state"].heading, None)  # the column shows how far a ticket is
        widths = {title: spread.longest + 1 for title, spread in spreads.items()} | self._step_widths()
        width = self.text_width - 2
        self._columns = columns_for(width, widths, shared)
        shown = {column.title for column in self._columns}
        otherwise = {column.title for column in columns_for(width, widths)} | SAID_IF_SHARED
        said = [column.title for column in COLUMNS if column.title in otherwise - shown]
        self._said = [(title, shared[title]) for title in said if shared.get(title)]
        if self._tab is Tab.RECENT:
            columns = self._columns
            self._columns = tuple(replace(TRADED, width=c.width) if c.title == QUANTITY.title else c for c in columns)

    def _step_widths(self) -> dict[str, int]:
        notes = [staged.texts() for staged in self._staged.values()]
        return {
            title: max((len(texts.get(title, "")) for texts in notes), default=0) + 1
            for title in (FIELDS["price"].heading, FIELDS["quantity"].heading)
        }

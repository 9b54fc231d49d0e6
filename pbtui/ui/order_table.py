"""The table of own orders: one line an order, the cursor on an order, not on a line."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType
from textual.message import Message

from pbtui.api.clock import utc_now
from pbtui.desk.blotter import Blotter, Row, Tab
from pbtui.desk.filters import Predicate
from pbtui.ui.arrangement import Arrangement
from pbtui.ui.lines import Line, Lines
from pbtui.ui.order_columns import COLUMNS, Column, Moment, columns_for

_ARRANGE_HERE = 5_000
"""Up to so many rows are arranged at once, in a few milliseconds."""

DELIVERY = next(column for column in COLUMNS if column.title == "Delivery")


class OrderTable(Lines, can_focus=True):
    """Shows the rows of one tab of the blotter, sorted and filtered.

    The cursor holds an order's key. When the order leaves the table the cursor goes nowhere by itself: no line is
    under it until the trader moves it, so that no key meant for one order reaches another.
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
        """The cursor is on another order."""

    class Arranged(Message):
        """Other orders are shown, or in another order."""

    def __init__(self, market_zone: ZoneInfo, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._market_zone = market_zone
        self._blotter = Blotter()
        self._tab = Tab.ACTIVE
        self._arrangement = Arrangement(DELIVERY)
        self._wanted: tuple[Column, Predicate] = (self._arrangement.column, self._arrangement.shown)
        self._is_arranging = self._is_behind = False
        self._columns: tuple[Column, ...] = ()
        self._cursor_row: Row | None = None
        self._cursor_index = 0
        self._moment = Moment(market_zone, utc_now())

    # ------------------------------------------------------------ what it shows

    @property
    def cursor(self) -> str | None:
        """Key of the order under the cursor; it may have left the table since."""
        return self._cursor_row.key if self._cursor_row else None

    @property
    def arrangement(self) -> Arrangement:
        """The orders it shows."""
        return self._arrangement

    def show(self, blotter: Blotter, tab: Tab) -> None:
        """Show this tab of the blotter."""
        if tab is not self._tab:
            self._tab, self._cursor_row, self._cursor_index, self.top = tab, None, 0, 0
        self._blotter = blotter
        self._moment = Moment(self._market_zone, utc_now())
        self._follow_blotter()

    def sort(self, column: Column, *, is_descending: bool) -> None:
        """Sort by a column; the cursor stays on its order."""
        self._arrangement = replace(self._arrangement, is_descending=is_descending)
        self._wanted = column, self._wanted[1]
        self._follow_blotter()

    def filter(self, shown: Predicate) -> None:
        """Show only the orders that pass."""
        self._wanted = self._wanted[0], shown
        self._follow_blotter()

    def _follow_blotter(self) -> None:
        """Arrange what is to be shown, here or, where that would hold up the keys, on another thread."""
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
        self._settle_cursor()
        self.repaint()
        self.post_message(self.Arranged())

    # ------------------------------------------------------------ the cursor

    def action_move(self, lines: int) -> None:
        """Move the cursor by so many lines; from an order that left, to those that stood beside it."""
        if self._cursor_row is None or self._cursor_row.key in self._arrangement:
            self._put_cursor(self._cursor_index + lines)
        else:
            self._put_cursor(self._arrangement.gap(self._cursor_row) + (lines - 1 if lines > 0 else lines))

    def action_page(self, direction: int) -> None:
        """Move the cursor by a screenful."""
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

    def _settle_cursor(self) -> None:
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

    # ------------------------------------------------------------ its lines

    def heading(self) -> Line:
        """The titles of the columns."""
        arrow = "▼" if self._arrangement.is_descending else "▲"
        sorted_by = self._arrangement.column.title
        titles = [(c.heading(arrow if c.title == sorted_by else ""), "title") for c in self._columns]
        return [(" ", "title"), *titles]

    def line_count(self) -> int:
        """One a shown order."""
        return len(self._arrangement)

    def line(self, index: int) -> Line:
        """The cells of the order, behind the cursor's arrow."""
        key = self._arrangement.key_at(index)
        row = self._arrangement.rows[key]
        is_marked = self._blotter.is_marked(row)
        cells = [column.cell(row, self._moment, is_marked=is_marked) for column in self._columns]
        return [("›" if key == self.cursor else " ", "text"), *cells]

    def base_role(self, index: int) -> str:
        """The cursor's line stands out."""
        return "cursor" if self._arrangement.key_at(index) == self.cursor else "text"

    def lay_out(self) -> None:
        """Choose the columns that fit, and keep the cursor in view."""
        self._columns = columns_for(self.text_width - 1)
        self.reveal(self._cursor_index)

"""Table of rows: one line each, sorted and filtered. The cursor stays on a row, not on a line."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message

from pbtui.api.structs import replace
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.formats.filters.language import FilterError, FilterFields
from pbtui.desk.formats.filters.terms import IsAlgorithm
from pbtui.ui.table.columns import NEW, AnyRow, Column, Moment
from pbtui.ui.table.cursor import Cursor
from pbtui.ui.table.filters.typed import FilterText, TypedFilter
from pbtui.ui.table.shown_columns import ShownColumns
from pbtui.ui.table.sorting.arrangement import Arrangement, Group
from pbtui.ui.table.sorting.arranger import Arranger
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.lines import Line, Lines

_STAYS_VISIBLE = ("changed", "staged", "bad")
"""Roles of cells that are not greyed."""


class RowTable(Lines, Generic[AnyRow], can_focus=True):
    """Shows the rows that a subclass gives it, as orders or as trades.

    The cursor holds the key of a row. If that row leaves the table, no line is selected until the trader moves the
    cursor, so that a key meant for one order never reaches another.
    """

    HAS_HEADING: ClassVar[bool] = True
    WHAT: ClassVar[str]
    """The word for a row, in sentences."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="table.down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page_down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page_up"),
        Binding("home,g", "move_to(0)", "First", show=False, id="table.first"),
        Binding("end,G", "move_to(-1)", "Last", show=False, id="table.last"),
    ]

    class CursorMoved(Message):
        """The cursor moved to another row."""

    class Arranged(Message):
        """The visible rows or their sequence changed."""

    def __init__(
        self,
        zone: ZoneInfo,
        columns: Sequence[Column[AnyRow]],
        column: Column[AnyRow],
        why_empty: str,
        said_if_shared: frozenset[str],
        filter_fields: FilterFields[AnyRow],
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self._arranger: Arranger[AnyRow] = Arranger(column, columns, self.run_worker, self._adopt)
        self._columns = ShownColumns(columns, said_if_shared)
        self._why_empty = why_empty
        self.filter = TypedFilter(filter_fields)
        self._cursor: Cursor[AnyRow] = Cursor()
        self.exchange_clock = ExchangeClock()
        """The clock that ages, gates and the times of a filter go by."""
        self._moment = Moment(zone, self.exchange_clock.now())

    # ------------------------------------------------------------ for subclasses

    def _is_marked(self, row: AnyRow) -> bool:
        """Return whether the row shows what the newest reads changed."""
        raise NotImplementedError

    def _notes(self, row: AnyRow) -> Mapping[str, str]:
        """Return texts that replace cells of the row, by the titles of the columns."""
        return {}

    def _is_over(self, row: AnyRow) -> bool:
        """Return whether the row is grey, because nothing can become of it any more."""
        return False

    def _sign(self, row: AnyRow) -> str:
        """Return one character that is shown in front of the row."""
        return " "

    def _group_line(self, group: Group) -> Line:
        """Return the line above a group."""
        raise NotImplementedError

    def _needed_widths(self) -> Mapping[str, int]:
        """Return the widths that columns need for notes, by title."""
        return {}

    def _contract_of(self, row: AnyRow) -> str:
        """Return the contract of a row for a filter; empty if it is not known."""
        raise NotImplementedError

    def _shared(self) -> Mapping[str, str]:
        """Return the texts that are the same in every row, by title of the column."""
        spreads = self.arrangement.spreads
        return {title: spread.shared for title, spread in spreads.items() if spread.shared is not None}

    def _follow_rows(self, rows: Mapping[str, AnyRow]) -> None:
        """Show these rows. The same mapping again means that no row changed."""
        self._moment = replace(self._moment, now=self.exchange_clock.now())
        self._arranger.follow(rows)

    # ------------------------------------------------------------ content

    @property
    def cursor(self) -> str | None:
        """Key of the row under the cursor. The row may have left the table since."""
        return self._cursor.key

    @property
    def under_cursor(self) -> AnyRow | None:
        """The row under the cursor, or None if it is not visible."""
        return self._cursor.row_in(self.arrangement)

    @property
    def why_no_target(self) -> str:
        """Return why keys act on no row; empty if they act on the one under the cursor."""
        row = self._cursor.row
        if row is None:
            return f"no {self.WHAT} is under the cursor"
        if row.key in self.arrangement:
            return ""
        if row.key in self.arrangement.rows:
            return f"the filter hides the {self.WHAT} that the cursor was on; no key acts on it"
        return f"the {self.WHAT} that the cursor was on left this tab; no key acts on it"

    @property
    def arrangement(self) -> Arrangement[AnyRow]:
        """The visible rows."""
        return self._arranger.present

    def show_zone(self, zone: ZoneInfo) -> None:
        """Show times in this zone."""
        self._moment = replace(self._moment, zone=zone, now=self.exchange_clock.now())
        self.repaint()

    def sort(self, column: Column[AnyRow], *, is_descending: bool) -> None:
        """Sort by a column; the cursor stays on its row."""
        self._arranger.sort(column, is_descending=is_descending)
        self._arranger.arrange()

    def sort_by(self, title: str) -> None:
        """Sort by the column with this title; in the other direction, if it is the present one."""
        present = self.arrangement
        column = next(column for column in present.columns if column.title == title)
        self.sort(column, is_descending=title == present.column.title and not present.is_descending)

    @property
    def contract(self) -> str:
        """The contract under the cursor, as a filter knows it; empty if it is not known."""
        return "" if self._cursor.row is None else self._contract_of(self._cursor.row)

    def filter_by(self, typed: FilterText) -> None:
        """Show only the rows that match. A text that is no filter only makes the error of `filter`, which says why."""
        self.filter.take(typed)
        self.follow_time()

    def filter_problem(self, typed: FilterText) -> FilterError | None:
        """Return why a text is no filter of this table now; None if it is one."""
        return self.filter.problem_of(typed, self.exchange_clock.now(), self._moment.gates)

    def follow_time(self) -> None:
        """Filter again if what the filter compares with has changed: the time, the gates, the orders of the desk."""
        before = str(self.filter.error)
        if self.filter.make(self.exchange_clock.now(), self._moment.gates):
            self._arranger.filter_by(self.filter.test)
        elif str(self.filter.error) != before:
            self.post_message(self.Arranged())

    def know(self, tokens: frozenset[str] | None, is_algorithm: IsAlgorithm | None) -> None:
        """Take what a filter can refer to, as in `Scene`."""
        self.filter.tokens, self.filter.is_algorithm = tokens, is_algorithm
        self.follow_time()

    def _adopt(self, arrangement: Arrangement[AnyRow]) -> None:
        """Show the new arrangement, which is the present one."""
        self._choose_columns()
        self._follow_arrangement()
        self.repaint()
        self.post_message(self.Arranged())

    # ------------------------------------------------------------ the cursor

    @property
    def cursor_screen_offset(self) -> Offset:
        """The place of the hardware cursor: the line under the cursor, or the heading if it is not visible."""
        height = self.arrangement.line_of(self._cursor.index) - self.top + self.HAS_HEADING
        is_visible = self.under_cursor is not None and height <= self.body_height
        return self.content_region.offset + Offset(0, height if is_visible else 0)

    def action_move(self, lines: int) -> None:
        """Move the cursor by that many lines. If its row left the table, start from the row's last position."""
        if len(self.arrangement):
            self._put_cursor(self._cursor.moved(self.arrangement, lines))

    def turn_wheel(self, lines: int) -> None:
        """Move the cursor by that many lines: the table follows its cursor, and would scroll back."""
        self.action_move(lines)

    def point_at(self, place: Offset) -> None:
        """Put the cursor on the row at this place, if there is one."""
        line = self.top + place.y - self.HAS_HEADING
        if not len(self.arrangement) or not self.top <= line < self.line_count():
            return
        found = self.arrangement.at_line(line)
        if isinstance(found, int):
            self._put_cursor(self._cursor.put(self.arrangement, found))

    def action_page(self, direction: int) -> None:
        """Move the cursor by one page."""
        self.action_move(direction * max(self.body_height - 1, 1))

    def action_move_to(self, index: int) -> None:
        """Move the cursor to a line; -1 is the last."""
        if len(self.arrangement):
            at = index if index >= 0 else len(self.arrangement) - 1
            self._put_cursor(self._cursor.put(self.arrangement, at))

    def _put_cursor(self, cursor: Cursor[AnyRow]) -> None:
        self._set_cursor(cursor)
        self._reveal_cursor()
        self.repaint()

    def _follow_arrangement(self) -> None:
        had_row = self._cursor.row is not None
        self._set_cursor(self._cursor.following(self.arrangement))
        if had_row and self.under_cursor is not None:
            self._reveal_cursor()

    def _set_cursor(self, cursor: Cursor[AnyRow]) -> None:
        has_moved = cursor.key != self.cursor
        self._cursor = cursor
        if has_moved:
            self.post_message(self.CursorMoved())

    # ------------------------------------------------------------ lines

    def heading(self) -> Line:
        """Return the titles of the columns."""
        arrow = "▼" if self.arrangement.is_descending else "▲"
        sorted_by = self.arrangement.column.title
        titles = [(c.heading(arrow if c.title == sorted_by else ""), "title") for c in self._columns.shown]
        return [("  ", "title"), *titles]

    def explain(self, why_empty: str) -> None:
        """Show this sentence while there are no rows."""
        if why_empty != self._why_empty:
            self._why_empty = why_empty
            self.repaint()

    def line_count(self) -> int:
        """Return the number of visible rows and groups; without any, of the lines that say why."""
        return self.arrangement.line_count or len(self._explanation())

    def _reveal_cursor(self) -> None:
        line = self.arrangement.line_of(self._cursor.index)
        groups = self.arrangement.groups
        if groups and groups[self.arrangement.group_number(self._cursor.index)].start == self._cursor.index:
            self.reveal(line - 1)
        self.reveal(line)

    def _explanation(self) -> list[str]:
        return folded(self._why_empty, max(self.text_width - 4, 1))

    def line(self, index: int) -> Line:
        """Return the cells of the row, with the cursor and its sign in front."""
        if not len(self.arrangement):
            return [(f"   {self._explanation()[index]}", "warning")]
        found = self.arrangement.at_line(index)
        if isinstance(found, Group):
            return self._group_line(found)
        row = self.arrangement.rows[self.arrangement.key_at(found)]
        is_marked = self._is_marked(row)
        notes = self._notes(row)
        cells = [
            column.note(notes[column.title])
            if column.title in notes
            else column.cell(row, self._moment, is_marked=is_marked)
            for column in self._columns.shown
        ]
        if self._is_over(row):
            cells = [(text, role if role in _STAYS_VISIBLE else "dim") for text, role in cells]
        gutter = (("›" if self.has_focus else "·") if row.key == self.cursor else " ") + self._sign(row)
        (text, role), *others = cells or [(" ", "text")]
        news = (NEW, "changed") if is_marked and row.is_new else (text[:1], role)
        return [(gutter, "text"), news, (text[1:], role), *others]

    def base_role(self, index: int) -> str:
        """Return the role of the line; the line under the cursor has its own while keys go to the table."""
        found = self.arrangement.at_line(index) if len(self.arrangement) else None
        has_cursor = isinstance(found, int) and self.arrangement.key_at(found) == self.cursor
        return "cursor" if has_cursor and self.has_focus else "text"

    def on_focus(self) -> None:
        """Show that keys go to the table."""
        self.repaint()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.repaint()

    def lay_out(self) -> None:
        """Choose the columns that fit, and keep the cursor visible."""
        before = self._columns
        self._choose_columns()
        if self._columns.said_once != before.said_once:
            self.post_message(self.Arranged())
        self._reveal_cursor()

    # ------------------------------------------------------------ columns

    def offer_columns(self, chosen: Sequence[tuple[str, int | None]]) -> None:
        """Offer these columns, by title and width, in this sequence; without any, the usual ones.

        A width of None is the one that the texts need.
        """
        known = {column.title: column for column in self.arrangement.columns}
        offered = [known[title] if width is None else known[title].sized(width) for title, width in chosen]
        self._columns = replace(self._columns, offered=tuple(offered) or tuple(known.values()))
        self.lay_out()
        self.repaint()
        self.post_message(self.Arranged())

    @property
    def widths(self) -> Mapping[str, int]:
        """The widths of the columns on the screen, by title."""
        return self._columns.widths

    @property
    def said_once(self) -> Sequence[tuple[str, str]]:
        """Title and text of the columns that are hidden because every row has the same text."""
        return self._columns.said_once

    def _choose_columns(self) -> None:
        spreads, needed = self.arrangement.spreads, self._needed_widths()
        self._columns = self._columns.fitted(self.text_width - 2, spreads, needed, self._shared())

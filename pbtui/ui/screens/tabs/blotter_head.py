"""Line above the table: tabs with counts, what all rows share, filter, number of matches, sort order, time zone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from textual.geometry import Offset
from textual.message import Message

from pbtui.desk.formats.order_fields import FIELDS
from pbtui.ui.table.columns import AnyRow
from pbtui.ui.table.filters.typed import zone_of_times
from pbtui.ui.table.rows import RowTable
from pbtui.ui.widgets.key_names import WITHOUT_KEY, key_of
from pbtui.ui.widgets.lines import Line, Piece, TextLines, cut_text, fitting

_SHARED, _FIRST_TAB, _SORT = 2, 2, 9
"""Ranks: the sort is left out first, then the last of the other tabs, then what does not identify an order."""
_KNOWN_BY = {FIELDS[name].heading for name in ("delivery_area", "portfolio_id")}
_FILTER = "   filter "
_LEAST_FILTER = 4
"""Cells of a filter that are shown in any case."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Numbers of orders: marked, marked but hidden by the filter, with staged steps, and marked until they left."""

    marked: int = 0
    hidden: int = 0
    staged: int = 0
    gone: int = 0


class BlotterHead(TextLines):
    """Shows which rows the table shows."""

    class TabChosen(Message):
        """A tab was chosen by a click."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__(id="head")
        self._tabs: Mapping[str, Piece] = {}
        """The piece of each tab, by its name."""
        self._sections: list[tuple[int, Line]] = []
        self._filter = self._matches = self._error = ""

    def show_table(
        self,
        counts: Mapping[str, object],
        tab: str,
        table: RowTable[AnyRow],
        marks: Marks,
        zone: ZoneInfo,
        age: Sequence[tuple[int, Line]] = (),
    ) -> None:
        """Show the tabs with their counts, the arrangement of the table, the age of its rows, and the zone of times.

        What is the same in every row of a hidden column is said once. The filter is the one in force, with the
        zone of its times if that is another one; what is wrong with a text that was typed since stands beside it.
        """
        arrangement, error, said_once = table.arrangement, table.filter.error, table.said_once
        self._tabs = {name: self._tab(name, count, is_shown=name == tab) for name, count in counts.items()}
        sections = [*_ranked(self._tabs, tab), *self._marks(marks)]
        sections += [*_said(said_once), *age]
        arrow = "▼" if arrangement.is_descending else "▲"
        sections.append((_SORT, [("   sort ", "label"), (f"{arrangement.column.title} {arrow}", "text")]))
        sections.append((1, [(f"   {zone.key}", "label")]))
        self._sections = sections
        self._filter, self._error = table.filter.in_force.text.strip(), "" if error is None else str(error)
        times_in = zone_of_times(table.filter.fields, table.filter.in_force)
        elsewhere = f" in {times_in}" if times_in not in ("", zone.key) else ""
        self._matches = f"{elsewhere} · {len(arrangement)} of {len(arrangement.rows)}"
        self.lay_out()
        self.repaint()

    def _tab(self, name: str, count: object, *, is_shown: bool) -> Piece:
        key = key_of(self, f"desk.{name.lower()}")
        words = f"{name} {count}" if key == WITHOUT_KEY else f"{key} {name} {count}"
        return (f" [{words}]", "title") if is_shown else (f"  {words} ", "dim")

    def _marks(self, marks: Marks) -> Iterator[tuple[int, Line]]:
        if marks.staged:
            yield 0, [(f"   {marks.staged} staged ", "staged")]
            send, discard = (key_of(self, action_id) for action_id in ("desk.detail", "desk.drop_filter"))
            yield 1, [(f" {'⏎' if send == 'enter' else send} send  {discard} discard", "label")]
        if marks.marked or marks.gone:
            yield 0, [(f"   ✓ {marks.marked} marked", "warning")]
        if marks.hidden:
            yield 0, [(f", {marks.hidden} hidden: not included", "warning")]
        if marks.gone:
            yield 0, [(f", {marks.gone} left this tab", "warning")]

    def point_at(self, place: Offset) -> None:
        """Choose the tab at this place, if there is one."""
        end = 0
        for piece in self.line(0):
            start, end = end, end + cell_len(piece[0])
            if start <= place.x < end:
                # By identity: a filter or a text of the server can look like a tab.
                for name in (name for name, tab in self._tabs.items() if tab is piece):
                    self.post_message(self.TabChosen(name))

    def lay_out(self) -> None:
        """Leave out the sections that do not fit, and cut the filter: it never hides rows without a word here."""
        # An error is read before what is the same in all rows.
        vital = self._fitted(0, most_rank=0 if self._error else 1)
        more = self.text_width - sum(cell_len(text) for text, _ in vital)
        self._lines = [self._fitted(max(more, 0), most_rank=_SORT)]

    def _fitted(self, more: int, *, most_rank: int) -> Line:
        """Return the line of the sections up to that rank. The filter has `more` cells than the least."""
        *others, zone = self._sections or [(1, [])]
        sections = [*others, *self._filter_sections(more), zone]
        return fitting([section for section in sections if section[0] <= most_rank], self.text_width)

    def _filter_sections(self, more: int) -> Iterator[tuple[int, Line]]:
        """Yield the filter in force and the error. If there is no room for both, the filter has at least half of it."""
        lead = _FILTER
        if self._filter:
            left_over = more - max(cell_len(self._error) - _LEAST_FILTER, 0)
            text = cut_text(self._filter, _LEAST_FILTER + max(left_over, more // 2))
            yield 0, [(lead, "label"), (text, "warning"), (self._matches, "warning")]
            more, lead = more - max(cell_len(text) - _LEAST_FILTER, 0), "   "
        if self._error:
            yield 0, [(lead, "label"), (cut_text(self._error, _LEAST_FILTER + more), "bad")]


def _ranked(tabs: Mapping[str, Piece], tab: str) -> Iterator[tuple[int, Line]]:
    for number, (name, piece) in enumerate(tabs.items(), 1):
        yield 0 if name == tab else _FIRST_TAB + number, [piece]


def _said(said_once: Sequence[tuple[str, str]]) -> Iterator[tuple[int, Line]]:
    """Yield what is the same in all rows, first what an order is known by."""
    lead = "   all: "
    for rank, is_known_by in ((1, True), (_SHARED, False)):
        texts = [_labelled(*column) for column in said_once if (column[0] in _KNOWN_BY) is is_known_by]
        if texts:
            yield rank, [(lead, "label"), (", ".join(texts), "text")]
            lead = ", "


def _labelled(title: str, text: str) -> str:
    return text if title == FIELDS["state"].heading else f"{title.lower()} {text}"

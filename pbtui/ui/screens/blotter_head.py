"""Line above the table: tabs with counts, what all rows share, filter, number of matches, sort order, time zone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pbtui.desk.formats.order_fields import FIELDS
from pbtui.ui.table.columns import AnyRow
from pbtui.ui.table.rows import RowTable
from pbtui.ui.widgets.lines import Line, TextLines, fitting

_FIRST_TAB, _SORT = 2, 9
"""Ranks: the sort is left out first, then the last of the other tabs."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Numbers of orders: marked, marked but hidden by the filter, and with staged steps."""

    marked: int = 0
    hidden: int = 0
    staged: int = 0


class BlotterHead(TextLines):
    """Shows which rows the table shows."""

    def __init__(self) -> None:
        super().__init__(id="head")
        self._sections: list[tuple[int, Line]] = []

    def show_table(
        self,
        counts: Mapping[str, object],
        tab: str,
        table: RowTable[AnyRow],
        marks: Marks,
        filter_text: str,
        zone: ZoneInfo,
        age: Sequence[tuple[int, Line]] = (),
    ) -> None:
        """Show the tabs with their counts, the arrangement of the table, the age of its rows, and the zone of times.

        What is the same in every row of a hidden column is said once.
        """
        arrangement, error, said_once = table.arrangement, table.filter.error, table.said_once
        sections = [*_tabs(counts, tab), *_marks(marks)]
        if said_once:
            sections.append(
                (1, [("   all: ", "label"), (", ".join(_labelled(*column) for column in said_once), "text")])
            )
        sections += age
        arrow = "▼" if arrangement.is_descending else "▲"
        sections.append((_SORT, [("   sort ", "label"), (f"{arrangement.column.title} {arrow}", "text")]))
        if error:
            sections.append((0, [("   filter ", "label"), (str(error), "bad")]))
        elif filter_text.strip():
            sections.append((0, [("   filter ", "label"), (filter_text, "warning")]))
            sections.append((1, [(f" · {len(arrangement)} of {len(arrangement.rows)}", "warning")]))
        sections.append((1, [(f"   {zone.key}", "label")]))
        self._sections = sections
        self.lay_out()
        self.repaint()

    def lay_out(self) -> None:
        """Leave out the sections that do not fit."""
        self._lines = [fitting(self._sections, self.text_width)]


def _tabs(counts: Mapping[str, object], tab: str) -> Iterator[tuple[int, Line]]:
    for number, (other, count) in enumerate(counts.items(), 1):
        role = "title" if other == tab else "dim"
        left, right = ("[", "]") if other == tab else (" ", " ")
        rank = 0 if other == tab else _FIRST_TAB + number
        yield rank, [(f" {left}{number} {other} {count}{right}", role)]


def _marks(marks: Marks) -> Iterator[tuple[int, Line]]:
    if marks.staged:
        yield 0, [(f"   {marks.staged} staged ", "staged"), (" ⏎ send  esc discard", "label")]
    if marks.marked:
        yield 0, [(f"   ✓ {marks.marked} marked", "warning")]
    if marks.hidden:
        yield 0, [(f", {marks.hidden} hidden: not included", "warning")]


def _labelled(title: str, text: str) -> str:
    return text if title == FIELDS["state"].heading else f"{title.lower()} {text}"

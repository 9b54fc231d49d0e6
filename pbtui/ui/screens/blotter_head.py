"""Line above the orders: tabs with counts, what all rows share, filter, number of matches, sort order, time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pbtui.desk.blotter.own_orders import Blotter, Row, Tab
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.ui.table.arrangement import Arrangement
from pbtui.ui.widgets.lines import Line, TextLines, fitting


@dataclass(frozen=True, slots=True)
class Marks:
    """Numbers of orders: marked, marked but hidden by the filter, and with staged steps."""

    marked: int
    hidden: int
    staged: int


class BlotterHead(TextLines):
    """Shows which part of the orders the table shows."""

    def __init__(self) -> None:
        super().__init__(id="head")
        self._sections: list[tuple[int, Line]] = []

    def show_blotter(
        self,
        blotter: Blotter,
        tab: Tab,
        arrangement: Arrangement[Row],
        marks: Marks,
        filter_text: str,
        error: str,
        zone: ZoneInfo,
        said_once: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Show the tabs, the arrangement of the current one, the error of an invalid filter, and the zone of times.

        `said_once` holds title and text of the hidden columns that are the same in every row.
        """
        sections: list[tuple[int, Line]] = []
        for number, other in enumerate(Tab, 1):
            role = "title" if other is tab else "dim"
            left, right = ("[", "]") if other is tab else (" ", " ")
            rank = 0 if other is tab else 2
            sections.append((rank, [(f" {left}{number} {other.value} {len(blotter.rows(other))}{right}", role)]))
        if marks.staged:
            sections.append((0, [(f"   {marks.staged} staged ", "staged"), (" ⏎ send  esc discard", "label")]))
        if marks.marked:
            sections.append((0, [(f"   ✓ {marks.marked} marked", "warning")]))
        if marks.hidden:
            sections.append((0, [(f", {marks.hidden} hidden: not included", "warning")]))
        if said_once:
            sections.append(
                (1, [("   all: ", "label"), (", ".join(_labelled(*column) for column in said_once), "text")])
            )
        arrow = "▼" if arrangement.is_descending else "▲"
        sections.append((3, [("   sort ", "label"), (f"{arrangement.column.title} {arrow}", "text")]))
        if error:
            sections.append((0, [("   filter ", "label"), (error, "bad")]))
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


def _labelled(title: str, text: str) -> str:
    return text if title == FIELDS["state"].heading else f"{title.lower()} {text}"

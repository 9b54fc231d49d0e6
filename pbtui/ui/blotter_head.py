"""The line above the orders: the tabs with their counts, the filter, what it leaves, and the sort order."""

from pbtui.desk.blotter import Blotter, Tab
from pbtui.ui.arrangement import Arrangement
from pbtui.ui.lines import Line, TextLines, fitting


class BlotterHead(TextLines):
    """Says what the table shows of what there is."""

    def __init__(self) -> None:
        super().__init__(id="head")
        self._sections: list[tuple[int, Line]] = []

    def show_blotter(self, blotter: Blotter, tab: Tab, arrangement: Arrangement, filter_text: str, error: str) -> None:
        """Tell the tabs of this blotter, how this one is arranged, and why a filter is not understood."""
        sections: list[tuple[int, Line]] = []
        for number, other in enumerate(Tab, 1):
            role = "title" if other is tab else "dim"
            left, right = ("[", "]") if other is tab else (" ", " ")
            sections.append((0, [(f" {left}{number} {other.value} {len(blotter.rows(other))}{right}", role)]))
        arrow = "▼" if arrangement.is_descending else "▲"
        sections.append((2, [("   sort ", "label"), (f"{arrangement.column.title} {arrow}", "text")]))
        if error:
            sections.append((0, [("   filter ", "label"), (error, "bad")]))
        elif filter_text.strip():
            sections.append((0, [("   filter ", "label"), (filter_text, "warning")]))
            sections.append((1, [(f" · {len(arrangement)} of {len(arrangement.rows)}", "warning")]))
        self._sections = sections
        self.lay_out()
        self.repaint()

    def lay_out(self) -> None:
        """Leave out what does not fit."""
        self._lines = [fitting(self._sections, self.text_width)]

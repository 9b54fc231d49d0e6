"""Pane with the journal of this run, newest line first."""

from collections.abc import Sequence
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.api.sanitize import safe_text
from pbtui.desk.formats.time_format import in_zone
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.lines import Line, Piece

_INDENT = " " * 6


class JournalPane(ReadingPrompt[None]):
    """Shows journal lines, which are given oldest first."""

    zone: ZoneInfo

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("J", "dismiss(None)", "Close", show=False, id="desk.journal"),
    ]

    def __init__(self, venue: Venue, lines: Sequence[str], zone: ZoneInfo) -> None:
        super().__init__(venue)
        self._lines = lines
        self.zone = zone

    def show(self, lines: Sequence[str]) -> None:
        """Show these lines; the visible part keeps its place."""
        below = self.pane.line_count() - self.pane.top
        self._lines = lines
        is_at_newest = self.pane.top == 0
        self.redraw()
        if not is_at_newest:
            self.pane.top = self.pane.line_count() - below
            self.pane.repaint()

    def head(self) -> Sequence[Piece]:
        """Return the title."""
        count = len(self._lines)
        title = f"Journal of this run, newest first: {count} {'line' if count == 1 else 'lines'}"
        return [(title, "title")]

    def body(self, width: int) -> Sequence[Line]:
        """Return the lines, wrapped with indentation."""
        lines: list[Line] = []
        for text in reversed(self._lines):
            first, *rest = folded(safe_text(in_zone(text, self.zone)), max(width - len(_INDENT), 1))
            lines += [[(f" {first}", "text")], *([(f"{_INDENT}{part}", "label")] for part in rest)]
        return lines

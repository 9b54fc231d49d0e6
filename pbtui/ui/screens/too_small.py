"""A card in place of the desk where the terminal is too small for the columns of an order."""

from collections.abc import Sequence

from textual.geometry import Size

from pbtui.ui.terminal.capability import LEAST_COLUMNS, LEAST_ROWS, is_too_small
from pbtui.ui.widgets.folded_lines import FoldedLines, sentences
from pbtui.ui.widgets.lines import Line


class TooSmall(FoldedLines):
    """Covers the desk, which stays as it is below it: the focus does not move, and the kill key works."""

    def __init__(self, kill_key: str) -> None:
        super().__init__(self._words)
        self._kill_key = kill_key
        self._terminal = Size(LEAST_COLUMNS, LEAST_ROWS)
        self.display = False

    def follow(self, terminal: Size) -> None:
        """Show or hide the card for a terminal of this size."""
        self._terminal = terminal
        self.display = is_too_small(terminal)
        if self.display:
            self.refold(self._words)

    def _words(self, width: int) -> Sequence[Line]:
        here = f"This terminal has {self._terminal.width} columns and {self._terminal.height} rows."
        needed = f"The desk needs {LEAST_COLUMNS} and {LEAST_ROWS}: enlarge it."
        return sentences((f"{self._kill_key} works.", "title"), (here, "warning"), (needed, "text"))(width)

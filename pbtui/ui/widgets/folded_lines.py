"""Text folded to the width it has, as high as it needs to be."""

from collections.abc import Callable, Sequence

from rich.cells import cell_len, chop_cells
from textual.geometry import Size

from pbtui.ui.widgets.lines import Line, TextLines

Fold = Callable[[int], Sequence[Line]]
"""Gives the lines for a width in cells."""


class FoldedLines(TextLines):
    """Lines that depend on the width; where its style has an automatic height, that is the number of them."""

    def __init__(self, fold: Fold, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._fold = fold

    def tell(self, fold: Fold) -> None:
        """Show other lines."""
        height_before = len(self._lines)
        self._fold = fold
        self.lay_out()
        if len(self._lines) != height_before:
            self.refresh(layout=True)
        else:
            self.repaint()

    def lay_out(self) -> None:
        """Fold to the new width."""
        self._lines = self._fold(self.text_width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the text has at this width."""
        return len(self._fold(max(width - 1, 0)))


def folded(text: str, width: int) -> list[str]:
    """The text in lines of at most so many cells, broken between words where that is possible."""
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = chop_cells(word, max(width, 1)) or [""]
        lines += whole
    return [*lines, line]


def sentences(*told: tuple[str, str]) -> Fold:
    """A fold of sentences, each with its role; empty ones are left out."""
    return lambda width: [
        [(f" {line}", role)] for text, role in told if text for line in folded(text, max(width - 1, 1))
    ]

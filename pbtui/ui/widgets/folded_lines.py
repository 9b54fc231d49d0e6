"""Text wrapped to the width of its widget."""

from collections.abc import Callable, Sequence

from rich.cells import cell_len, chop_cells
from textual.geometry import Size

from pbtui.ui.widgets.lines import Line, TextLines

_INDENT = "  "
_LEAST_TEXT = 8

Fold = Callable[[int], Sequence[Line]]
"""Function from a width in cells to lines."""


class FoldedLines(TextLines):
    """Lines that depend on the width. With an automatic height, the widget is as high as the lines."""

    def __init__(self, fold: Fold, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._fold = fold

    def refold(self, fold: Fold) -> None:
        """Show the lines that this function returns."""
        height_before = len(self._lines)
        self._fold = fold
        self.lay_out()
        if len(self._lines) != height_before:
            self.refresh(layout=True)
        else:
            self.repaint()

    def lay_out(self) -> None:
        """Wrap to the new width."""
        self._lines = self._fold(self.text_width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines at this width."""
        return len(self._fold(max(width - 1, 0)))


def folded(text: str, width: int) -> list[str]:
    """Wrap the text to lines of at most that many cells, between words if possible."""
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


def sentences(*texts: tuple[str, str]) -> Fold:
    """Return a function that wraps sentences, each with its role; empty sentences are left out."""
    return lambda width: [
        [(f" {line}", role)] for text, role in texts if text for line in folded(text, max(width - 1, 1))
    ]


def field_lines(label: str, text: str, *, label_width: int, width: int, role: str = "text") -> list[Line]:
    """Return a label and its text, wrapped between words to the right of the label, or below it if there is no room."""
    if width - label_width < _LEAST_TEXT:
        parts = folded(text, max(width - len(_INDENT), 1))
        return [[(label, "label")], *([(f"{_INDENT}{part}", role)] for part in parts)]
    parts = folded(text, width - label_width)
    labels = [label.ljust(label_width), *[" " * label_width] * (len(parts) - 1)]
    return [[(name, "label"), (part, role)] for name, part in zip(labels, parts, strict=True)]

"""Lines of text on the screen of which only the pieces that changed are sent to the terminal.

Over SSH every byte counts: a widget that repaints itself for one changed figure costs kilobytes, a piece costs dozens
of bytes. A line is a sequence of pieces, each a text with the name of a role; roles are component classes, so that
colours come from the theme. Pieces are plain text: nothing in them is ever read as markup.

Scrolling is done here and not by Textual's scroll views: they lay out the whole screen anew whenever the number of
lines changes.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

Piece = tuple[str, str]
"""A text and its role."""
Line = Sequence[Piece]

ROLES = (
    "text",
    "label",
    "dim",
    "title",
    "key",
    "buy",
    "sell",
    "good",
    "warning",
    "bad",
    "alarm",
    "cursor",
    "changed",
    "staged",
    "scroll",
)

_THUMB = "▐"
_NOTHING = Strip([])


class Lines(Widget):
    """A view of lines that scrolls by whole lines. Subclasses say how many lines there are and what each holds."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lines--{role}" for role in ROLES}

    HAS_HEADING: ClassVar[bool] = False

    top = 0
    """Index of the line that stands highest, below the heading."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._painted: dict[int, Strip] = {}
        self._laid_size = Size()
        self._styles_laid: dict[tuple[str, str], Style] = {}

    # ------------------------------------------------------------ for subclasses

    def heading(self) -> Line:
        """The line that stays at the top while the others scroll, where HAS_HEADING says there is one."""
        raise NotImplementedError

    def line_count(self) -> int:
        """How many lines there are besides the heading."""
        raise NotImplementedError

    def line(self, index: int) -> Line:
        """The pieces of one line."""
        raise NotImplementedError

    def base_role(self, index: int) -> str:
        """The role that a line's pieces are laid over and that its empty rest is drawn in."""
        return "text"

    # ------------------------------------------------------------ scrolling

    @property
    def body_height(self) -> int:
        """How many lines are visible at once."""
        return max(self.size.height - self.HAS_HEADING, 0)

    @property
    def text_width(self) -> int:
        """Cells a line has: the width without the column of the scroll thumb."""
        return max(self.size.width - 1, 0)

    def reveal(self, index: int) -> None:
        """Scroll as little as needed for this line to be visible; the caller repaints."""
        self.top = min(max(self.top, index - self.body_height + 1), index)

    # ------------------------------------------------------------ painting

    def repaint(self) -> None:
        """Send to the terminal what changed since it was painted, and nothing else."""
        self._follow_size()
        self.top = max(min(self.top, self.line_count() - self.body_height), 0)
        regions: list[Region] = []
        for y in range(self.size.height):
            painted = self._painted.get(y, _NOTHING)
            regions += [Region(x, y, width, 1) for x, width in _differences(painted, self._strip(y))]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """The line at this height of the widget, remembered as painted."""
        self._follow_size()
        strip = self._strip(y)
        self._painted[y] = strip
        return strip.simplify()

    def lay_out(self) -> None:
        """Arrange the lines for a new width."""

    def _follow_size(self) -> None:
        # Textual draws a widget of a new size before it tells it the size.
        if self.size != self._laid_size:
            self._laid_size = self.size
            self._painted.clear()
            self.lay_out()
            self.top = max(min(self.top, self.line_count() - self.body_height), 0)

    def notify_style_update(self) -> None:
        """Forget what was painted in other colours."""
        super().notify_style_update()
        self._painted.clear()
        self._styles_laid.clear()

    def _strip(self, y: int) -> Strip:
        if y < self.HAS_HEADING:
            return self._laid(self.heading(), "title")
        y -= self.HAS_HEADING
        index = self.top + y
        if index >= self.line_count():
            return self._laid((), "text")
        return self._laid(self.line(index), self.base_role(index), self._thumb(y))

    def _laid(self, line: Line, base_role: str, thumb: str = " ") -> Strip:
        segments = [Segment(text, self._style(base_role, role)) for text, role in line if text]
        strip = Strip(segments).adjust_cell_length(self.text_width, self._style(base_role, "text"))
        if not self.size.width:
            return strip
        return Strip([*strip, Segment(thumb, self._style(base_role, "scroll"))], self.text_width + 1)

    def _style(self, base_role: str, role: str) -> Style:
        style = self._styles_laid.get((base_role, role))
        if style is None:
            base = self.get_component_rich_style(f"lines--{base_role}")
            style = base + self.get_component_rich_style(f"lines--{role}", partial=True)
            self._styles_laid[base_role, role] = style
        return style

    def _thumb(self, y: int) -> str:
        count, height = self.line_count(), self.body_height
        if count <= height:
            return " "
        length = max(height * height // count, 1)
        start = self.top * (height - length) // (count - height)
        return _THUMB if start <= y < start + length else " "


def _differences(before: Strip, after: Strip) -> list[tuple[int, int]]:
    """Where two strips differ, as starts and widths in cells: piece by piece where both are cut alike."""
    old, new = list(before), list(after)
    if old == new:
        return []
    widths = [cell_len(segment.text) for segment in old]
    if widths != [cell_len(segment.text) for segment in new]:
        return [(0, max(before.cell_length, after.cell_length))]
    spans: list[tuple[int, int]] = []
    x = 0
    for width, a, b in zip(widths, old, new, strict=True):
        if a != b:
            spans.append((x, width))
        x += width
    return spans


class TextLines(Lines):
    """Lines that are given whole, for panes and bars."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_by(1)", "Down", show=False, id="pane.down"),
        Binding("up,k", "scroll_by(-1)", "Up", show=False, id="pane.up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="pane.page_down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="pane.page_up"),
        Binding("home,g", "go_to_end(-1)", "To the top", show=False, id="pane.top"),
        Binding("end,G", "go_to_end(1)", "To the end", show=False, id="pane.end"),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._lines: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines."""
        self._lines = lines
        self.repaint()

    def line_count(self) -> int:
        """As many as were given."""
        return len(self._lines)

    def line(self, index: int) -> Line:
        """As it was given."""
        return self._lines[index]

    def action_scroll_by(self, lines: int) -> None:
        """Scroll by so many lines, as far as there are any."""
        self.top += lines
        self.repaint()

    def action_page(self, direction: int) -> None:
        """Scroll by a screenful."""
        self.action_scroll_by(direction * max(self.body_height - 1, 1))

    def action_go_to_end(self, direction: int) -> None:
        """Scroll to the first line or to the last."""
        self.action_scroll_by(direction * self.line_count())


def field_lines(label: str, text: str, *, label_width: int, width: int, role: str = "text") -> list[Line]:
    """A label and its text, folded into as many lines as the width asks for."""
    room = max(width - label_width, 8)
    folded = chop_cells(text, room) or [""]
    labels = [label.ljust(label_width), *[" " * label_width] * (len(folded) - 1)]
    return [[(name, "label"), (part, role)] for name, part in zip(labels, folded, strict=True)]


def fitting(sections: Sequence[tuple[int, Line]], width: int) -> Line:
    """One line of the sections, each with its rank; the highest ranks are left out until the rest fits."""
    kept = list(sections)
    while kept and sum(cell_len(text) for _, line in kept for text, _ in line) > width:
        kept.remove(max(kept, key=lambda section: section[0]))
    return [piece for _, line in kept for piece in line]

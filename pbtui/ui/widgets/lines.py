"""Text lines that send only changed pieces to the terminal.

Over SSH every byte counts: repainting a widget for one changed figure costs kilobytes, one piece costs dozens of bytes.
A line is a sequence of pieces. A piece is a text and the name of a role; roles are component classes, so colours come
from the theme. Pieces are plain text and never read as markup.

Scrolling is done here, not by Textual's scroll views, because those lay out the whole screen again whenever the number
of lines changes.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

Piece = tuple[str, str]
"""A text and the name of its role."""
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
_Row = tuple[tuple[Piece, ...], str, str]
"""The pieces of one row of a widget, the role of the whole row, and its part of the scroll thumb."""
_NOTHING: tuple[_Row | None, Strip] = None, Strip([])


class Lines(Widget):
    """A list of lines that scrolls by whole lines. Subclasses give the number of lines and their content."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lines--{role}" for role in ROLES}

    HAS_HEADING: ClassVar[bool] = False

    top = 0
    """Index of the first visible line below the heading."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._laid: dict[int, tuple[_Row, Strip]] = {}
        self._painted: dict[int, tuple[_Row, Strip]] = {}
        self._laid_size = Size()
        self._styles_laid: dict[tuple[str, str], Style] = {}
        self._is_restyled = False

    # ------------------------------------------------------------ for subclasses

    def heading(self) -> Line:
        """Return the line that stays on top while the others scroll. Used if HAS_HEADING is set."""
        raise NotImplementedError

    def line_count(self) -> int:
        """Return the number of lines, without the heading."""
        raise NotImplementedError

    def line(self, index: int) -> Line:
        """Return the pieces of one line."""
        raise NotImplementedError

    def base_role(self, index: int) -> str:
        """Return the role of the whole line; the roles of its pieces are applied on top of it."""
        return "text"

    # ------------------------------------------------------------ scrolling

    @property
    def body_height(self) -> int:
        """Number of lines visible at once."""
        return max(self.size.height - self.HAS_HEADING, 0)

    @property
    def text_width(self) -> int:
        """Width of a line in cells: the widget's width without the scroll thumb."""
        return max(self.size.width - 1, 0)

    def reveal(self, index: int) -> None:
        """Scroll as little as necessary to make this line visible; the caller repaints."""
        self.top = min(max(self.top, index - self.body_height + 1), index)

    # ------------------------------------------------------------ painting

    def repaint(self) -> None:
        """Send only what changed since the last paint to the terminal."""
        self._follow_size()
        self._follow_styles()
        self.top = max(min(self.top, self.line_count() - self.body_height), 0)
        regions: list[Region] = []
        for y in range(self._laid_size.height):
            (row, strip), (painted_row, painted) = self._laid_at(y), self._painted.get(y, _NOTHING)
            if row != painted_row:
                regions += [Region(x, y, width, 1) for x, width in _differences(painted, strip)]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """Return the line at this height of the widget, and remember it as painted."""
        self._follow_size()
        self._follow_styles()
        self._painted[y] = self._laid_at(y)
        return self._painted[y][1].simplify()

    def lay_out(self) -> None:
        """Arrange the lines for a new width."""

    def _follow_size(self) -> None:
        # Textual draws a resized widget before it reports the new size to the widget.
        if self.size != self._laid_size:
            self._laid_size = self.size
            self._forget_lines()
            self.lay_out()
            self.top = max(min(self.top, self.line_count() - self.body_height), 0)

    def notify_style_update(self) -> None:
        """Note that colours may have changed. Mostly they have not: a move of the focus styles a widget again too."""
        super().notify_style_update()
        self._is_restyled = True

    def _follow_styles(self) -> None:
        if self._is_restyled:
            self._is_restyled = False
            before, self._styles_laid = self._styles_laid, {}
            if any(self._style(*roles) != style for roles, style in before.items()):
                self._forget_lines()

    def _forget_lines(self) -> None:
        self._laid.clear()
        self._painted.clear()

    def _shown_at(self, y: int) -> _Row:
        if y < self.HAS_HEADING:
            return tuple(self.heading()), "title", " "
        y -= self.HAS_HEADING
        index = self.top + y
        if index >= self.line_count():
            return (), "text", " "
        return tuple(self.line(index)), self.base_role(index), self._thumb(y)

    def _laid_at(self, y: int) -> tuple[_Row, Strip]:
        row, laid = self._shown_at(y), self._laid.get(y)
        if laid is None or laid[0] != row:
            laid = self._laid[y] = row, self._lay(row)
        return laid

    def _lay(self, row: _Row) -> Strip:
        line, base_role, thumb = row
        width = self._laid_size.width
        room = max(width - 1, 0)
        segments = [Segment(text, self._style(base_role, role)) for text, role in cut(line, room) if text]
        strip = Strip(segments).adjust_cell_length(room, self._style(base_role, "text"))
        if not width:
            return strip
        return Strip([*strip, Segment(thumb, self._style(base_role, "scroll"))], width)

    def _style(self, base_role: str, role: str) -> Style:
        style = self._styles_laid.get((base_role, role))
        if style is None:
            base = self.get_component_rich_style(f"lines--{base_role}")
            style = base + self.get_component_rich_style(f"lines--{role}", partial=True)
            self._styles_laid[base_role, role] = style
        return style

    def _thumb(self, y: int) -> str:
        count, height = self.line_count(), max(self._laid_size.height - self.HAS_HEADING, 0)
        if count <= height:
            return " "
        length = max(height * height // count, 1)
        start = self.top * (height - length) // (count - height)
        return _THUMB if start <= y < start + length else " "


def _differences(before: Strip, after: Strip) -> list[tuple[int, int]]:
    """Return the differences of two strips as starts and widths in cells; per piece if the pieces have equal widths."""
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
    """Lines with fixed content, for panes and bars."""

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
        """Return the number of lines."""
        return len(self._lines)

    def line(self, index: int) -> Line:
        """Return the line as it was given."""
        return self._lines[index]

    def action_scroll_by(self, lines: int) -> None:
        """Scroll by that many lines, within the limits."""
        self.top += lines
        self.repaint()

    def turn_wheel(self, lines: int) -> None:
        """Scroll by that many lines."""
        self.action_scroll_by(lines)

    def action_page(self, direction: int) -> None:
        """Scroll by one page."""
        self.action_scroll_by(direction * max(self.body_height - 1, 1))

    def action_go_to_end(self, direction: int) -> None:
        """Scroll to the first line or to the last."""
        self.action_scroll_by(direction * self.line_count())


def cut_text(text: str, width: int) -> str:
    """Return the beginning of a text in so many cells, with a mark at its end if more than blanks is missing."""
    if cell_len(text) <= width:
        return text
    if cell_len(text.rstrip()) <= width:
        return set_cell_size(text, width)
    return f"{set_cell_size(text, width - 1)}…" if width > 0 else ""


def cut(line: Line, width: int) -> Line:
    """Return the beginning of a line in so many cells, with a mark at its end if more than blanks is missing."""
    whole = "".join(text for text, _ in line)
    if cell_len(whole) <= width:
        return line
    shown, pieces = cut_text(whole, width), list[Piece]()
    for text, role in line:
        pieces.append((shown[: len(text)], role))
        shown = shown[len(text) :]
    return pieces


def fitting(sections: Sequence[tuple[int, Line]], width: int) -> Line:
    """Return one line of the sections, each with its rank; the highest ranks are left out until the rest fits."""
    kept = list(sections)
    while kept and sum(cell_len(text) for _, line in kept for text, _ in line) > width:
        kept.remove(max(kept, key=lambda section: section[0]))
    return [piece for _, line in kept for piece in line]

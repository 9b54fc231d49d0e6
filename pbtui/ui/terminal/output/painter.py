"""The difference between what a terminal shows and what it is to show, as bytes. Pure: no terminal and no clock.

Only sequences of the VT100 and VT220 are used, which all terminals know: cursor motion, colours, erasing to the end of
a line or a number of cells, and deleting and inserting lines in a scroll region.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from pbtui.ui.terminal.output.cells import Cell, Pen, Row
from pbtui.ui.terminal.output.motion import cursor_move, pen_change
from pbtui.ui.terminal.output.picture import Picture
from pbtui.ui.terminal.output.scrolling import Shift, best_shift

TO_THE_FOCUS, SCROLLED = "cursor to the focus", "lines scrolled"

_ERASED_FROM = 12
"""Number of blanks from which erasing them is shorter than writing them."""
_ERASED_TO_THE_END_FROM = 4


class Painted(Struct, frozen=True):
    """Bytes for the terminal. `sizes` holds their number by cause. `is_all` is False if more must follow."""

    data: bytes
    sizes: Mapping[str, int]
    is_all: bool


class Painter(Struct):
    """State of the terminal: its cells, cursor and pen. None means that it is not known.

    `erases_with_colour` says that the terminal erases with the background of the pen.
    """

    erases_with_colour: bool = True
    _rows: list[list[Cell | None]] = field(default_factory=list)
    _columns: int = 0
    _x: int | None = None
    _y: int | None = None
    _pen: Pen | None = None
    _out: list[str] = field(default_factory=list)
    _size: int = 0

    def forget(self) -> None:
        """Know nothing more: the next picture is sent whole."""
        self._rows = [[None] * self._columns for _ in self._rows]
        self._x = self._y = self._pen = None

    def paint(self, picture: Picture, most_bytes: int) -> Painted:
        """Return about this many bytes, which change the terminal towards this picture."""
        if picture.size != (self._columns, len(self._rows)):
            self._columns = picture.size[0]
            self._rows = [[None] * self._columns for _ in picture.rows]
            self._x = self._y = self._pen = None
        self._out, self._size = [], 0
        sizes: Counter[str] = Counter()
        self._scroll(picture, most_bytes)
        sizes[SCROLLED] = self._size
        is_all = True
        for y in self._changed_lines(picture):
            before = self._size
            is_all = self._paint_row(y, picture.rows[y], most_bytes)
            sizes[picture.causes[y] if picture.causes else ""] += self._size - before
            if not is_all:
                break
        if is_all and picture.cursor is not None:
            before = self._size
            self._move(*picture.cursor)
            sizes[TO_THE_FOCUS] = self._size - before
        return Painted("".join(self._out).encode(errors="replace"), +sizes, is_all)

    def _changed_lines(self, picture: Picture) -> Sequence[int]:
        lines = [y for y, row in enumerate(picture.rows) if tuple(self._rows[y]) != row]
        focus = None if picture.cursor is None else picture.cursor[1]
        # On a slow line a key is answered where the trader looks.
        return sorted(lines, key=lambda y: (-picture.changed[y], y != focus)) if picture.changed else lines

    # ------------------------------------------------------------ one row

    def _paint_row(self, y: int, row: Row, most_bytes: int) -> bool:
        """Paint what differs on one line; return whether there was room for all of it."""
        shown = self._rows[y]
        x = 0
        while x < len(row):
            cell = row[x]
            if shown[x] == cell:
                x += 1
                continue
            if self._size >= most_bytes:
                return False
            if cell.width == 0 and x > 0:  # the second half of a wide character is painted with the first
                x -= 1
            x = self._paint_blanks(x, y, row) if row[x].is_blank else self._paint_cell(x, y, row)
        return True

    def _paint_cell(self, x: int, y: int, row: Row) -> int:
        """Paint one cell; return the place behind it."""
        cell = row[x]
        self._move_along(x, y, row)
        self._take_pen(cell)
        self._send(cell.text)
        width = max(cell.width, 1)
        end = min(x + width, self._columns)
        self._rows[y][x:end] = row[x:end]
        # Terminals disagree about the width of some characters, and about the place behind the last cell of a line.
        is_sure = end < self._columns and len(cell.text) == 1 and width == 1
        self._x = end if is_sure else None
        return end

    def _paint_blanks(self, x: int, y: int, row: Row) -> int:
        """Paint a run of blanks of one colour; return the place behind it."""
        blank = row[x]
        end = x
        while end < len(row) and row[end] == blank:
            end += 1
        reaches_the_end = end == len(row)
        while self._rows[y][end - 1] == blank:
            end -= 1
        is_erased = end - x >= (_ERASED_TO_THE_END_FROM if reaches_the_end else _ERASED_FROM)
        if not is_erased or not (self.erases_with_colour or not blank.pen.back):
            return self._paint_cell(x, y, row)
        self._move_along(x, y, row)
        self._take_pen(blank)
        self._send("\x1b[K" if reaches_the_end else f"\x1b[{end - x}X")
        self._rows[y][x:end] = row[x:end]
        return end

    # ------------------------------------------------------------ the cursor and the pen

    def _move_along(self, x: int, y: int, row: Row) -> None:
        """Move to a cell, over the cells between by writing them again if that is no longer."""
        move = cursor_move((self._x, self._y), (x, y))
        if self._y == y and self._x is not None and self._x < x <= self._x + len(move):
            between = row[self._x : x]
            if all(self._fits(cell) and cell.text.isascii() and cell.text for cell in between):
                move = "".join(cell.text for cell in between)
        self._send(move)
        self._x, self._y = x, y

    def _move(self, x: int, y: int) -> None:
        self._send(cursor_move((self._x, self._y), (x, y)))
        self._x, self._y = x, y

    def _fits(self, cell: Cell) -> bool:
        """Return whether the pen as it is draws this cell."""
        pen = self._pen
        if pen is None:
            return False
        return pen == cell.pen or (cell.is_blank and pen.back == cell.pen.back and not pen.shows_on_blanks)

    def _take_pen(self, cell: Cell) -> None:
        if self._fits(cell):
            return
        is_near = cell.is_blank and self._pen is not None
        new = self._pen.without_marks(cell.pen.back) if is_near and self._pen is not None else cell.pen
        self._send(pen_change(self._pen, new))
        self._pen = new

    def _send(self, text: str) -> None:
        self._out.append(text)
        self._size += len(text) if text.isascii() else len(text.encode(errors="replace"))

    # ------------------------------------------------------------ scrolling

    def _scroll(self, picture: Picture, most_bytes: int) -> None:
        shift = best_shift([tuple(row) for row in self._rows], picture.rows) if most_bytes else None
        if shift is not None:
            self._shift(shift)

    def _shift(self, shift: Shift) -> None:
        """Let the terminal move lines. It may fill the new ones with any colour: they are not known."""
        count = abs(shift.up)
        self._send(f"\x1b[{shift.first + 1};{shift.last + 1}r")
        self._x = self._y = 0
        self._move(0, shift.first)
        self._send(f"\x1b[{'' if count == 1 else count}{'M' if shift.up > 0 else 'L'}\x1b[r")
        self._x = self._y = None  # the end of a scroll region moves the cursor, but not in all terminals
        lines = self._rows[shift.first : shift.last + 1]
        new: list[list[Cell | None]] = [[None] * self._columns for _ in range(count)]
        moved = [*lines[count:], *new] if shift.up > 0 else [*new, *lines[:-count]]
        self._rows[shift.first : shift.last + 1] = moved

"""The picture that the terminal is to show."""

from msgspec import Struct, field

from pbtui.ui.terminal.output.cells import Row, blank_row

Place = tuple[int, int]
"""Column and line."""


class Picture(Struct, frozen=True):
    """The rows to show, and the place of the cursor, None if it does not matter.

    `changed` holds for each row a number that grows with each change: rows with high numbers are sent first. `causes`
    holds for each row what changed it last.
    """

    rows: tuple[Row, ...]
    cursor: Place | None = None
    changed: tuple[int, ...] = ()
    causes: tuple[str, ...] = ()

    @property
    def size(self) -> Place:
        """Columns and lines."""
        return (len(self.rows[0]) if self.rows else 0), len(self.rows)


class Canvas(Struct):
    """A picture in the making."""

    columns: int = 0
    _rows: list[Row] = field(default_factory=list)
    _changed: list[int] = field(default_factory=list)
    _causes: list[str] = field(default_factory=list)
    _number: int = 0

    @property
    def lines(self) -> int:
        """Number of lines."""
        return len(self._rows)

    def resize(self, columns: int, lines: int) -> None:
        """Begin a picture of this size, if the size is another."""
        if (columns, lines) != (self.columns, self.lines):
            self.columns = columns
            self._rows = [blank_row(columns)] * lines
            self._changed, self._causes = [0] * lines, [""] * lines

    def begin(self) -> None:
        """Begin a frame: what is put from now on is newer than all before."""
        self._number += 2

    def put(self, x: int, y: int, cells: Row) -> bool:
        """Put cells on a line; return whether that changes it."""
        if not (0 <= y < self.lines and 0 <= x < self.columns):
            return False
        old = self._rows[y]
        row = (old[:x] + cells + old[x + len(cells) :])[: self.columns]
        if row == old:
            return False
        self._rows[y] = row
        return True

    def note(self, y: int, cause: str, *, is_in_front: bool) -> None:
        """Note why a line changed. Of one frame, what is in front is sent first."""
        self._changed[y] = max(self._changed[y], self._number + is_in_front)
        self._causes[y] = cause

    def picture(self, cursor: Place | None) -> Picture:
        """The picture as it is now."""
        return Picture(tuple(self._rows), cursor, tuple(self._changed), tuple(self._causes))

"""The cursor of a table: it is on a row, not on a line."""

from dataclasses import dataclass
from typing import Generic

from pbtui.ui.table.columns import AnyRow
from pbtui.ui.table.sorting.arrangement import Arrangement


@dataclass(frozen=True, slots=True)
class Cursor(Generic[AnyRow]):
    """The row under the cursor, and its last position. `row` is None until the table has one; it may have left since.

    `put` and `moved` need an arrangement with rows.
    """

    row: AnyRow | None = None
    index: int = 0

    @property
    def key(self) -> str | None:
        """Key of the row."""
        return self.row.key if self.row else None

    def row_in(self, arrangement: Arrangement[AnyRow]) -> AnyRow | None:
        """Return the row, or None if it is not visible."""
        return self.row if self.row is not None and self.row.key in arrangement else None

    def put(self, arrangement: Arrangement[AnyRow], index: int) -> "Cursor[AnyRow]":
        """Return the cursor on the row at this position, or on the nearest one."""
        nearest = min(max(index, 0), len(arrangement) - 1)
        return Cursor(arrangement.rows[arrangement.key_at(nearest)], nearest)

    def moved(self, arrangement: Arrangement[AnyRow], lines: int) -> "Cursor[AnyRow]":
        """Return the cursor that many lines further. If its row left the table, start from the row's last position."""
        if self.row is None or self.row.key in arrangement:
            return self.put(arrangement, self.index + lines)
        return self.put(arrangement, arrangement.gap(self.row) + (lines - 1 if lines > 0 else lines))

    def following(self, arrangement: Arrangement[AnyRow]) -> "Cursor[AnyRow]":
        """Return the cursor on the same row, as it is now, if that is visible; on the first, if it had none."""
        if self.row is None:
            return self.put(arrangement, 0) if len(arrangement) else self
        key = self.row.key
        return Cursor(arrangement.rows[key], arrangement.index(key)) if key in arrangement else self

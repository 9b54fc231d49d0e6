"""Columns of a table: content, sort value, and which ones are hidden if space is short."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Generic, Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size, split_graphemes

from pbtui.api.structs import replace
from pbtui.desk.market.gates import Gates
from pbtui.ui.widgets.lines import Piece

CHANGED = "•"
NEW = "+"
"""Mark of a new row, in front of its first cell in place of a bullet in every cell."""

PERIOD_WIDTH = 28
"""Width of a delivery that is longer than a day."""

SortKey = tuple[bool, str | float]
"""Return whether the value is missing (those sort last), then the value."""


class Keyed(Protocol):
    """A row of a table. `changed` holds the fields that the newest reads changed: all of them in a new row."""

    @property
    def key(self) -> str:
        """Identity of the row."""

    @property
    def changed(self) -> frozenset[str]:
        """Names of the changed fields."""

    @property
    def is_new(self) -> bool:
        """Return whether the row itself is news."""


AnyRow = TypeVar("AnyRow", bound=Keyed)


@dataclass(frozen=True, slots=True)
class Moment:
    """Context of a cell besides its row: the time zone of the screen, the present time, and the gate closures."""

    zone: ZoneInfo
    now: datetime
    gates: Gates = field(default_factory=Gates)


@dataclass(frozen=True, slots=True)
class Column(Generic[AnyRow]):
    """One column. `rank` decides which columns are hidden if the table is too narrow; rank 0 is hidden last."""

    title: str
    width: int
    rank: int
    text: Callable[[AnyRow, Moment], str]
    sort_value: Callable[[AnyRow], str | float | None] | None
    """None for a column that no table is sorted by, because its value depends on the moment."""
    role: Callable[[AnyRow], str]
    fields: frozenset[str] = frozenset()
    """Names of the fields whose change marks the cell."""
    align: Literal["left", "right"] = "left"
    compared: Callable[[AnyRow], object] | None = None
    """The value that the text is made of, where one alone makes it; NOT_COMPARED for a row where none does.

    A column with one is measured, in UTC and without the time.
    """
    gives_way: bool = True
    """Says whether a column that is measured is hidden before others while its text is the same in every row."""
    grows_to: int = 0
    """Width up to which the column grows with its texts."""
    takes_rest: bool = False
    """Says whether it also grows into the width that all shown columns leave, as far as its texts need it."""
    is_id: bool = False
    """Says whether a text that is too long is cut in its middle. Its end differs from those of others."""
    cells_at_end: int | None = None
    """Cells after the cut of such a text; None if as many as before it."""
    wanted: int = 0
    """Width that the trader chose; 0 if it is that of the texts."""

    def sized(self, width: int) -> "Column[AnyRow]":
        """Return the column with a width that the trader chose. One of numbers is never made narrower."""
        if self.align == "right":
            return replace(self, wanted=max(width, self.width), takes_rest=False)
        return replace(self, width=min(width, self.width), wanted=width, grows_to=0, takes_rest=False)

    def cell(self, row: AnyRow, moment: Moment, *, is_marked: bool) -> Piece:
        """Return the cell of a row, padded to the column's width; a bullet marks a value that changed."""
        is_changed = is_marked and not row.is_new and not self.fields.isdisjoint(row.changed)
        text = self._fitted(self.text(row, moment))
        return (CHANGED if is_changed else " ") + text, "changed" if is_changed else self.role(row)

    def note(self, text: str) -> Piece:
        """Return a cell with a staged value or the state of a ticket."""
        return " " + self._fitted(text), "staged"

    def heading(self, arrow: str) -> str:
        """Return the title, with the arrow of the sort direction."""
        return " " + self._fitted(self.title + arrow)

    def sort_key(self, row: AnyRow) -> SortKey:
        """Return the sort value of the row in this column; rows without one sort last."""
        value = None if self.sort_value is None else self.sort_value(row)
        return (value is None, "" if value is None else value)

    def distinguishing(self, texts: frozenset[str]) -> "Column[AnyRow]":
        """Return the column with its cut where it keeps as many of these ids apart as can be, if it has ids."""
        return replace(self, cells_at_end=_best_cells_at_end(texts, self.width - 1)) if self.is_id else self

    def has_room(self, text: str) -> bool:
        """Return whether a text is shown without a cut."""
        return cell_len(text) < self.width

    def _fitted(self, text: str) -> str:
        room = self.width - 1
        length = cell_len(text)
        if length > room and self.is_id:
            return middle_cut(text, room, self.cells_at_end)
        if length > room:
            return set_cell_size(text, room - 1) + "…"
        padding = " " * (room - length)
        return padding + text if self.align == "right" else text + padding


_KEPT = 1
"""Highest rank of the columns that a screen of 80 cells always has."""
NOT_COMPARED = object()
"""In place of the value of a row whose text must be made anew."""


def middle_cut(text: str, room: int, cells_at_end: int | None = None) -> str:
    """Return the beginning and the end of a text, in so many cells: as many of each, or so many at the end."""
    start, width = len(text), 0
    most = (room - 1) // 2 if cells_at_end is None else cells_at_end
    for first, _, cells in reversed(split_graphemes(text)[0]):
        if width + cells > most:
            break
        start, width = first, width + cells
    return set_cell_size(text, room - 1 - width) + "…" + text[start:]


@lru_cache
def _best_cells_at_end(texts: frozenset[str], room: int) -> int | None:
    """Return the number of cells after the cut that keeps most texts apart; None if at most one of them is cut."""
    cut = [text for text in texts if cell_len(text) > room]
    if len(cut) < 2:
        return None
    middle = (room - 1) // 2
    ends = sorted(range(room), key=lambda end: abs(end - middle))
    return max(ends, key=lambda end: len({middle_cut(text, room, end) for text in cut}))


def columns_for(
    columns: Sequence[Column[AnyRow]],
    width: int,
    widths: Mapping[str, int] | None = None,
    shared: Mapping[str, str] | None = None,
) -> tuple[Column[AnyRow], ...]:
    """Return the columns that fit into the width in cells, in their usual sequence.

    `widths` holds the widths that columns need for their texts, by title. `shared` holds the texts that are the same in
    every row: such columns are hidden before all others, and always if the text is empty. An id that is too long is cut
    rather than hidden. No column grows into the room of those that are hidden last.
    """
    needed, same = widths or {}, shared or {}
    kept: dict[str, Column[AnyRow]] = {}
    room = width
    by_rank = sorted(columns, key=lambda column: (column.title in same, column.rank))
    for index, column in enumerate(by_rank):
        later = by_rank[index + 1 :]
        free = room - sum(other.width for other in later if other.rank <= _KEPT and other.title not in same)
        grown = max(column.width, min(max(column.wanted, min(needed.get(column.title, 0), column.grows_to)), free))
        if column.is_id:
            grown = min(grown, max(room, column.width))
        if grown <= room and same.get(column.title) != "":
            kept[column.title] = replace(column, width=grown)
            room -= grown
    for title, column in kept.items():
        if column.takes_rest:
            grown = min(column.width + room, max(needed.get(title, 0), column.width))
            room -= grown - column.width
            kept[title] = replace(column, width=grown)
    return tuple(kept[column.title] for column in columns if column.title in kept)

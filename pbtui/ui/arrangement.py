"""Which rows of a tab are shown, and in what order: sorted and filtered, and cheap to keep so.

Sorting anew after each poll would cost a tenth of a second for a hundred thousand orders. Rows that did not change
keep their place in a sorted list; the few others are taken out and sorted in again.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping

from pbtui.desk.blotter import Row
from pbtui.desk.filters import Predicate
from pbtui.ui.order_columns import Column

_Place = tuple[bool, str | float, str]
"""The parts of the row's sort key, and its own key."""


class Arrangement:
    """The keys of the shown rows in their order; rows that sort alike stand in the order of their keys."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.is_descending = False
        self._filter: Predicate = lambda row: True
        self._rows: Mapping[str, Row] = {}
        self._places: list[_Place] = []
        self._place_of: dict[str, _Place] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        return key in self._place_of

    def __getitem__(self, index: int) -> str:
        """The key at this place, counted from the top of the screen."""
        return self._places[len(self._places) - 1 - index if self.is_descending else index][2]

    def index(self, key: str) -> int:
        """The place of a key that is shown."""
        index = bisect_left(self._places, self._place_of[key])
        return len(self._places) - 1 - index if self.is_descending else index

    @property
    def total(self) -> int:
        """How many rows there are, hidden ones included."""
        return len(self._rows)

    def sort(self, column: Column, *, is_descending: bool) -> None:
        """Sort by this column from now on."""
        self.is_descending = is_descending
        if column is not self.column:
            self.column = column
            self._arrange_all()

    def filter(self, shown: Predicate) -> None:
        """Show only rows that pass from now on."""
        self._filter = shown
        self._arrange_all()

    def update(self, rows: Mapping[str, Row]) -> bool:
        """Take in the rows of the tab; tells whether any row or any place changed."""
        if rows is self._rows:
            return False
        before = self._rows
        moved = {key for key, row in rows.items() if before.get(key) is not row}
        added = sum(key not in before for key in moved)
        gone = before.keys() - rows.keys() if len(before) + added > len(rows) else set()
        self._rows = rows
        if not moved and not gone:
            return False
        self._rearrange(moved, gone)
        return True

    def _arrange_all(self) -> None:
        self._places, self._place_of = [], {}
        self._rearrange(self._rows.keys(), ())

    def _rearrange(self, moved: Iterable[str], gone: Iterable[str]) -> None:
        stale = {key for key in (*moved, *gone) if self._place_of.pop(key, None)}
        if stale:
            self._places = [place for place in self._places if place[2] not in stale]
        for key in moved:
            row = self._rows[key]
            if self._filter(row):
                place = *self.column.sort_key(row), key
                self._place_of[key] = place
                self._places.append(place)
        self._places.sort()

"""Which rows of a tab are shown, and in what order: sorted and filtered, and cheap to keep so.

Sorting anew after each poll would cost a tenth of a second for a hundred thousand orders. Rows that did not change
keep their place in a sorted list; the few others are taken out and merged in again. An arrangement is a value, so
that a large one can be made on another thread while the present one is still shown.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, zip_longest

from pbtui.desk.blotter.filters import Predicate
from pbtui.desk.blotter.own_orders import Row
from pbtui.ui.table.columns import Column

# Sorting a list holds the interpreter for as long as it takes. So short runs are sorted, and merged two by two, which
# is what sorting does with two runs; other threads get their turn in between.
_RUN_LENGTH = 4096

_Place = tuple[bool, str | float, str]
"""The parts of the row's sort key, and the row's own key."""


def _every_row(row: Row) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The shown rows in their order; rows that sort alike stand in the order of their keys."""

    column: Column
    is_descending: bool = False
    shown: Predicate = _every_row
    rows: Mapping[str, Row] = field(default_factory=dict)
    _places: Sequence[_Place] = ()

    def __len__(self) -> int:
        """How many rows are shown."""
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        """Whether the row is shown."""
        return key in self.rows and self.shown(self.rows[key])

    def key_at(self, index: int) -> str:
        """The key of the row that stands there, counted from the top."""
        return self._places[self._mirrored(index)][2]

    def index(self, key: str) -> int:
        """Where a row that is shown stands."""
        return self._mirrored(bisect_left(self._places, self._place(self.rows[key])))

    def gap(self, row: Row) -> int:
        """Where a row that is not shown would stand: the index of the one below it."""
        index = bisect_left(self._places, self._place(row))
        return len(self._places) - index if self.is_descending else index

    def following(self, rows: Mapping[str, Row], column: Column, shown: Predicate) -> "Arrangement":
        """The arrangement of these rows by this column and filter, made from this one where both are the same."""
        following = replace(self, rows=rows, column=column, shown=shown)
        if (column, shown) != (self.column, self.shown):
            return replace(following, _places=_merged([], following._shown_places(rows)))
        known = self.rows.get
        moved = {key for key, row in rows.items() if known(key) is not row}
        added = sum(key not in self.rows for key in moved)
        gone = self.rows.keys() - rows.keys() if len(self.rows) + added > len(rows) else set[str]()
        if not moved and not gone:
            return following
        stale = gone | moved
        places = [place for place in self._places if place[2] not in stale]
        return replace(following, _places=_merged(places, following._shown_places(moved)))

    def _shown_places(self, keys: Iterable[str]) -> Iterator[_Place]:
        return (self._place(row) for row in map(self.rows.__getitem__, keys) if self.shown(row))

    def _place(self, row: Row) -> _Place:
        return *self.column.sort_key(row), row.key

    def _mirrored(self, index: int) -> int:
        return len(self._places) - 1 - index if self.is_descending else index


def _merged(places: list[_Place], others: Iterator[_Place]) -> list[_Place]:
    runs: list[list[_Place]] = []
    while run := sorted(islice(others, _RUN_LENGTH)):
        runs.append(run)
    while len(runs) > 1:
        pairs = zip_longest(runs[::2], runs[1::2], fillvalue=list[_Place]())
        runs = [sorted(one + other) for one, other in pairs]
    return sorted(places + runs[0]) if runs else places

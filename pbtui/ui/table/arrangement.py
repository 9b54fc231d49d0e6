"""Rows of a tab that are shown, and their sequence: sorted and filtered.

Sorting again after each poll would take a tenth of a second for a hundred thousand orders. Instead, unchanged rows keep
their place in the sorted list, and the few changed ones are removed and merged in again. An arrangement is immutable,
so a large one can be computed on another thread while the present one is still shown.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Generic

from pbtui.api.structs import replace
from pbtui.ui.table.columns import AnyRow, Column, Keyed
from pbtui.ui.table.spread import Spread

# A sort blocks all other threads until it ends. Short runs are therefore sorted separately and then merged in pairs, as
# sorting itself would do, so that other threads can run in between.
_RUN_LENGTH = 4096

_Place = tuple[bool, str | float, str]
"""The parts of the row's sort key, then the row's own key."""


def every_row(row: Keyed) -> bool:
    """Return True: the filter that hides nothing."""
    return True


@dataclass(frozen=True, slots=True)
class Arrangement(Generic[AnyRow]):
    """The visible rows in sequence. Rows with the same sort value are ordered by key.

    `column` is the one that sorts, `columns` are all of the table. `spreads` says by title of a column how its texts
    differ.
    """

    column: Column[AnyRow]
    columns: Sequence[Column[AnyRow]]
    is_descending: bool = False
    shown: Callable[[AnyRow], bool] = every_row
    rows: Mapping[str, AnyRow] = field(default_factory=dict)
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    _places: Sequence[_Place] = ()

    def __len__(self) -> int:
        """Return the number of visible rows."""
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        """Return whether the row is visible."""
        return key in self.rows and self.shown(self.rows[key])

    def key_at(self, index: int) -> str:
        """Return the key of the row at this position, counted from the top."""
        return self._places[self._mirrored(index)][2]

    def index(self, key: str) -> int:
        """Return the position of a visible row."""
        return self._mirrored(bisect_left(self._places, self._place(self.rows[key])))

    def gap(self, row: AnyRow) -> int:
        """Return the position that a hidden row would have: the index of the row below it."""
        index = bisect_left(self._places, self._place(row))
        return len(self._places) - index if self.is_descending else index

    def following(
        self, rows: Mapping[str, AnyRow], column: Column[AnyRow], shown: Callable[[AnyRow], bool]
    ) -> "Arrangement[AnyRow]":
        """Return the arrangement of these rows, column and filter; reuse this one if column and filter are the same."""
        following = replace(self, rows=rows, column=column, shown=shown)
        if (column, shown) != (self.column, self.shown):
            following = replace(following, _places=_merged([], following._shown_places(rows)))
            spreads = {column.title: Spread.over(column, following._shown_rows) for column in following._compared}
            return replace(following, spreads=spreads)
        if rows is self.rows:
            return self
        known = self.rows.get
        moved = {key for key, row in rows.items() if known(key) is not row}
        added = sum(key not in self.rows for key in moved)
        gone = self.rows.keys() - rows.keys() if len(self.rows) + added > len(rows) else set[str]()
        if not moved and not gone:
            return following
        stale = gone | moved
        places = [place for place in self._places if place[2] not in stale]
        following = replace(following, _places=_merged(places, following._shown_places(moved)))
        changed = [rows[key] for key in moved if shown(rows[key])]
        spreads = {
            column.title: self.spreads.get(column.title, Spread()).following(
                column, following._shown_rows, changed, stale
            )
            for column in following._compared
        }
        return replace(following, spreads=spreads)

    @property
    def _compared(self) -> Iterator[Column[AnyRow]]:
        return (column for column in self.columns if column.compared is not None)

    def _shown_rows(self) -> Iterator[AnyRow]:
        return (self.rows[place[2]] for place in self._places)

    def _shown_places(self, keys: Iterable[str]) -> Iterator[_Place]:
        return (self._place(row) for row in map(self.rows.__getitem__, keys) if self.shown(row))

    def _place(self, row: AnyRow) -> _Place:
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

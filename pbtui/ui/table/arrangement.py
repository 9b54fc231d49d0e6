"""Rows of a tab that are shown, and their sequence: sorted, filtered and grouped.

Sorting again after each poll would take a tenth of a second for a hundred thousand orders. Instead, unchanged rows keep
their place in the sorted list, and the few changed ones are removed and merged in again. Hidden rows are sorted too, so
that another filter only has to pass over the list. An arrangement is immutable, so a large one can be computed on
another thread while the present one is still shown.
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
    differ in the visible rows; the longest one may be of a hidden row.
    """

    column: Column[AnyRow]
    columns: Sequence[Column[AnyRow]]
    is_descending: bool = False
    shown: Callable[[AnyRow], bool] = every_row
    rows: Mapping[str, AnyRow] = field(default_factory=dict)
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    _spreads_of_all: Mapping[str, Spread] = field(default_factory=dict)
    _all: Sequence[_Place] = ()
    """The places of all rows, hidden ones too."""
    _places: Sequence[_Place] = ()
    """The places of the visible rows."""

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
        """Return the arrangement of these rows, column and filter, with as much of this one as still holds."""
        following = replace(self, rows=rows, column=column, shown=shown)
        moved, stale = self._differences(rows)
        if column != self.column:
            following = replace(following, _all=_merged([], following._placed(rows)))
        elif stale:
            following = replace(following, _all=_without(self._all, stale, following._placed(moved)))
        elif shown == self.shown:
            return self if rows is self.rows else following
        if stale:
            spreads = following._followed(self._spreads_of_all, following._all, moved, stale)
            following = replace(following, _spreads_of_all=spreads)
        if shown is every_row:
            return replace(following, _places=following._all, spreads=following._spreads_of_all)
        if (column, shown) != (self.column, self.shown):
            places = [place for place in following._all if shown(rows[place[2]])]
            return replace(following, _places=places, spreads=following._narrowed(places))
        moved = {key for key in moved if shown(rows[key])}
        places = _without(self._places, stale, following._placed(moved))
        return replace(following, _places=places, spreads=following._followed(self.spreads, places, moved, stale))

    def _differences(self, rows: Mapping[str, AnyRow]) -> tuple[set[str], set[str]]:
        """Return the keys of the new and changed rows, and with them those of the rows that are gone."""
        if rows is self.rows:
            return set(), set()
        known = self.rows.get
        moved = {key for key, row in rows.items() if known(key) is not row}
        added = sum(key not in self.rows for key in moved)
        gone = self.rows.keys() - rows.keys() if len(self.rows) + added > len(rows) else set[str]()
        return moved, gone | moved

    def _followed(
        self, spreads: Mapping[str, Spread], places: Sequence[_Place], moved: set[str], stale: set[str]
    ) -> Mapping[str, Spread]:
        changed = [self.rows[key] for key in moved]
        return {
            column.title: spreads.get(column.title, Spread()).following(
                column, lambda: self._rows_at(places), changed, stale
            )
            for column in self._compared
        }

    def _narrowed(self, places: Sequence[_Place]) -> Mapping[str, Spread]:
        return {
            column.title: self._spreads_of_all[column.title].narrowed(
                column, lambda: self._rows_at(places), has_two=len(places) > 1
            )
            for column in self._compared
            if column.title in self._spreads_of_all
        }

    @property
    def _compared(self) -> Iterator[Column[AnyRow]]:
        return (column for column in self.columns if column.compared is not None)

    def _rows_at(self, places: Sequence[_Place]) -> Iterator[AnyRow]:
        return (self.rows[place[2]] for place in places)

    def _placed(self, keys: Iterable[str]) -> Iterator[_Place]:
        return (self._place(self.rows[key]) for key in keys)

    def _place(self, row: AnyRow) -> _Place:
        return *self.column.sort_key(row), row.key

    def _mirrored(self, index: int) -> int:
        return len(self._places) - 1 - index if self.is_descending else index


def _without(places: Sequence[_Place], stale: set[str], others: Iterator[_Place]) -> list[_Place]:
    """Return the places but the stale ones, with these others merged in."""
    return _merged([place for place in places if place[2] not in stale], others)


def _merged(places: list[_Place], others: Iterator[_Place]) -> list[_Place]:
    runs: list[list[_Place]] = []
    while run := sorted(islice(others, _RUN_LENGTH)):
        runs.append(run)
    while len(runs) > 1:
        pairs = zip_longest(runs[::2], runs[1::2], fillvalue=list[_Place]())
        runs = [sorted(one + other) for one, other in pairs]
    return sorted(places + runs[0]) if runs else places

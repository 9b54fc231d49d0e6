"""Rows of a tab that are shown, and their sequence: sorted, filtered and grouped.

Sorting again after each poll would take a tenth of a second for a hundred thousand orders. Instead, unchanged rows keep
their place in the sorted list, and the few changed ones are removed and merged in again. Once all rows are sorted by a
column, another filter only has to pass over the list. While there is a filter, only the rows that it shows are sorted
by another column. An arrangement is immutable, so a large one can be computed on another thread while the present one
is still shown.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from pbtui.api.structs import replace
from pbtui.ui.table.columns import AnyRow, Column, Keyed
from pbtui.ui.table.sorting.places import Place, in_places, with_moved
from pbtui.ui.table.sorting.spread import Spread

SummedRow = TypeVar("SummedRow", contravariant=True)


class Sum(Protocol[SummedRow]):
    """The sums of a group, to which rows are added one by one."""

    def add(self, row: SummedRow) -> None:
        """Add a row."""

    @property
    def total(self) -> object:
        """The sums of the rows added so far."""


@dataclass(frozen=True, slots=True)
class Grouping(Generic[AnyRow]):
    """The way in which rows are grouped. Groups are sorted by the keys of `key_of`; `new_sum` begins their sums."""

    key_of: Callable[[AnyRow], tuple[Any, ...]]
    new_sum: Callable[[], Sum[AnyRow]]


@dataclass(frozen=True, slots=True)
class Group:
    """Visible rows that stand together. `start` is the position of its first row, `places` are in sorted sequence."""

    key: tuple[Any, ...]
    start: int
    places: Sequence[Place]
    sums: object = None


@dataclass(slots=True)
class _NewGroup(Generic[AnyRow]):
    """A group while its places are collected. `sum` is None if its sums are kept from before."""

    sum: Sum[AnyRow] | None
    places: list[Place] = field(default_factory=list)


def every_row(row: Keyed) -> bool:
    """Return True: the filter that hides nothing."""
    return True


@dataclass(frozen=True, slots=True)
class Arrangement(Generic[AnyRow]):
    """The visible rows in sequence. Rows with the same sort value are ordered by key.

    `column` is the one that sorts, `columns` are all of the table. `spreads` says by title of a column how its texts
    differ in the visible rows; the longest one may be of a hidden row. With a `grouping` the rows of a group stand
    together; the groups are in the sequence of their keys, whatever the direction of the sort.
    """

    column: Column[AnyRow]
    columns: Sequence[Column[AnyRow]]
    is_descending: bool = False
    shown: Callable[[AnyRow], bool] = every_row
    rows: Mapping[str, AnyRow] = field(default_factory=dict)
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    grouping: Grouping[AnyRow] | None = None
    groups: Sequence[Group] = ()
    _spreads_of_all: Mapping[str, Spread] = field(default_factory=dict)
    _all: Sequence[Place] | None = ()
    """The places of all rows, hidden ones too; None as long as only the visible ones were sorted by the column."""
    _places: Sequence[Place] = ()
    """The places of the visible rows."""

    def __len__(self) -> int:
        """Return the number of visible rows."""
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        """Return whether the row is visible."""
        return key in self.rows and self.shown(self.rows[key])

    def key_at(self, index: int) -> str:
        """Return the key of the row at this position, counted from the top."""
        group = self._group_at(index)
        return group.places[self._mirrored(index - group.start, group)][2]

    def index(self, key: str) -> int:
        """Return the position of a visible row."""
        row = self.rows[key]
        group = self._groups_of(row)[0]
        return group.start + self._mirrored(bisect_left(group.places, self._sort_key(row)), group)

    def gap(self, row: AnyRow) -> int:
        """Return the position that a hidden row would have: the index of the row below it."""
        group, *_ = [*self._groups_of(row), self._end]
        index = bisect_left(group.places, self._sort_key(row))
        return group.start + (len(group.places) - index if self.is_descending else index)

    def group_number(self, index: int) -> int:
        """Return the number of the group that the row at this position is in, counted from 0."""
        return bisect_right(self.groups, index, key=lambda group: group.start) - 1

    @property
    def line_count(self) -> int:
        """Number of lines: each group has one above its rows."""
        return len(self) + len(self.groups)

    def line_of(self, index: int) -> int:
        """Return the number of the line of the row at this position."""
        return index + self.group_number(index) + 1

    def at_line(self, line: int) -> int | Group:
        """Return the position of the row at this line, or the group that the line is about."""
        groups = self.groups
        above = bisect_right(range(len(groups)), line, key=lambda number: groups[number].start + number)
        if above and groups[above - 1].start + above - 1 == line:
            return groups[above - 1]
        return line - above

    @property
    def _all_as_one(self) -> Group:
        return Group((), 0, self._places)

    @property
    def _end(self) -> Group:
        return Group((), len(self), ())

    def _group_at(self, index: int) -> Group:
        if self.grouping is None:
            return self._all_as_one
        return self.groups[self.group_number(index)]

    def _groups_of(self, row: AnyRow) -> Sequence[Group]:
        """Return the group of a row and those below it; if there is none of that key, those that come after it."""
        if self.grouping is None:
            return (self._all_as_one,)
        key = self.grouping.key_of(row)
        found = self.groups[bisect_left(self.groups, key, key=lambda group: group.key) :]
        return found if found and found[0].key == key else [replace(group, places=()) for group in found[:1]]

    def following(
        self,
        rows: Mapping[str, AnyRow],
        column: Column[AnyRow],
        shown: Callable[[AnyRow], bool],
        grouping: Grouping[AnyRow] | None = None,
    ) -> "Arrangement[AnyRow]":
        """Return the arrangement of these rows, with as much of this one as still holds."""
        moved, stale = self._differences(rows)
        following = replace(self, rows=rows, column=column, shown=shown)._sorted_after(self, moved, stale)
        if following._places is self._places and not stale and grouping == self.grouping:
            return self if rows is self.rows and shown == self.shown else following
        return replace(following, grouping=grouping)._grouped_after(self, moved, stale)

    def _sorted_after(self, before: "Arrangement[AnyRow]", moved: set[str], stale: set[str]) -> "Arrangement[AnyRow]":
        """Return this arrangement with its rows sorted and filtered, as far as it differs from the one before."""
        is_anew = (self.column, self.shown) != (before.column, before.shown)
        if not is_anew and not stale:
            return self
        following = replace(self, _all=self._all_after(before, moved, stale))
        if stale:
            spreads = self._followed(before._spreads_of_all, lambda: iter(self.rows.values()), moved, stale)
            following = replace(following, _spreads_of_all=spreads)
        if self.shown is every_row:
            assert following._all is not None  # noqa: S101 - without a filter, all rows are sorted
            return replace(following, _places=following._all, spreads=following._spreads_of_all)
        if is_anew:
            return following._filtered()
        moved = {key for key in moved if self.shown(self.rows[key])}
        places = with_moved(before._places, stale, self._placed(moved))
        spreads = self._followed(before.spreads, lambda: self._rows_at(places), moved, stale)
        return replace(following, _places=places, spreads=spreads)

    def _all_after(self, before: "Arrangement[AnyRow]", moved: set[str], stale: set[str]) -> Sequence[Place] | None:
        """Return the places of all rows; None if they were never sorted by this column, and are not needed now."""
        known = before._all if self.column == before.column else None
        if known is None:
            return in_places(self.rows.values(), self.column) if self.shown is every_row else None
        return with_moved(known, stale, self._placed(moved)) if stale else known

    def _filtered(self) -> "Arrangement[AnyRow]":
        """Return this arrangement with the rows that its filter shows."""
        shown = self.shown
        if self._all is None:
            places = in_places([row for row in self.rows.values() if shown(row)], self.column)
        else:
            places = [place for place in self._all if shown(place[3])]
        return replace(self, _places=places, spreads=self._narrowed(places))

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
        self, spreads: Mapping[str, Spread], rows: Callable[[], Iterator[AnyRow]], moved: set[str], stale: set[str]
    ) -> Mapping[str, Spread]:
        changed = [self.rows[key] for key in moved]
        return {
            column.title: spreads.get(column.title, Spread()).following(column, rows, changed, stale)
            for column in self._compared
        }

    def _narrowed(self, places: Sequence[Place]) -> Mapping[str, Spread]:
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

    def _rows_at(self, places: Sequence[Place]) -> Iterator[AnyRow]:
        return (place[3] for place in places)

    def _placed(self, keys: Iterable[str]) -> Iterator[Place]:
        return (self._place(self.rows[key]) for key in keys)

    def _place(self, row: AnyRow) -> Place:
        return *self._sort_key(row), row

    def _sort_key(self, row: AnyRow) -> tuple[bool, str | float, str]:
        """Return the beginning of the place of this row. It sorts just before that place."""
        return *self.column.sort_key(row), row.key

    def _mirrored(self, index: int, group: Group) -> int:
        return len(group.places) - 1 - index if self.is_descending else index

    def _grouped_after(self, before: "Arrangement[AnyRow]", moved: set[str], stale: set[str]) -> "Arrangement[AnyRow]":
        """Return this arrangement with its visible places by group. Sums of groups that did not change are kept."""
        if self.grouping is None:
            return replace(self, groups=())
        kept = self._kept_sums(before, moved, stale)
        key_of, new_sum = self.grouping.key_of, self.grouping.new_sum
        parts: dict[tuple[Any, ...], _NewGroup[AnyRow]] = {}
        # The rows lie apart in memory, so most of the time goes by with fetching them: each is looked at once.
        for place in self._places:
            row = place[3]
            key = key_of(row)
            part = parts.get(key)
            if part is None:
                part = parts[key] = _NewGroup(None if key in kept else new_sum())
            part.places.append(place)
            if part.sum is not None:
                part.sum.add(row)
        groups, start = [], 0
        for key in sorted(parts):
            part = parts[key]
            groups.append(Group(key, start, part.places, kept[key] if part.sum is None else part.sum.total))
            start += len(part.places)
        return replace(self, groups=groups)

    def _kept_sums(
        self, before: "Arrangement[AnyRow]", moved: set[str], stale: set[str]
    ) -> Mapping[tuple[Any, ...], object]:
        """Return the sums of the groups that no row has joined or left, and in which none has changed."""
        if self.grouping is None or self.grouping != before.grouping or self.shown != before.shown:
            return {}
        key_of = self.grouping.key_of
        changed = {key_of(self.rows[key]) for key in moved}
        changed |= {key_of(before.rows[key]) for key in stale if key in before.rows}
        return {group.key: group.sums for group in before.groups if group.key not in changed}

"""Places of rows in a sorted list: sorted anew, or with those of a few changed rows put where they belong."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from operator import attrgetter
from typing import Any

from pbtui.ui.table.columns import AnyRow, Column

Place = tuple[bool, str | float, str, Any]
"""The parts of the row's sort key, the row's own key, then the row. Keys differ, so no two rows are ever compared."""

# A sort blocks all other threads until it ends. Short runs are therefore sorted separately and then merged in pairs, as
# sorting itself would do, so that other threads can run in between.
_RUN_LENGTH = 4096
_FEW = 1 / 16
"""The part of a list up to which it is faster to look for the place of each item than to sort both together."""
_KEY = attrgetter("key")


def in_places(rows: Iterable[AnyRow], column: Column[AnyRow]) -> list[Place]:
    """Return the places of all rows. Sort values repeat; sorting each of them once is faster than sorting places."""
    by_value: dict[Any, list[AnyRow]] = defaultdict(list)
    value_of = column.sort_value or (lambda row: None)
    for row in rows:
        by_value[value_of(row)].append(row)
    without = by_value.pop(None, [])
    places: list[Place] = []
    for value in _sorted(by_value):
        alike = by_value[value]
        places += [(False, value, row.key, row) for row in (_sorted(alike, _KEY) if len(alike) > 1 else alike)]
    return places + [(True, "", row.key, row) for row in _sorted(without, _KEY)]


def with_moved(places: Sequence[Place], stale: set[str], moved: Iterator[Place]) -> list[Place]:
    """Return the places without those of the stale keys, and with the moved ones."""
    kept, others = [place for place in places if place[2] not in stale], _sorted(moved)
    if len(others) > _FEW * len(kept):
        return sorted(kept + others)
    merged: list[Place] = []
    start = 0
    for other in others:
        end = bisect_left(kept, other, start)
        merged += kept[start:end]
        merged.append(other)
        start = end
    return merged + kept[start:]


def _sorted(items: Iterable[Any], key: Callable[[Any], Any] | None = None) -> list[Any]:
    """Sort without blocking other threads for long."""
    remaining = iter(items)
    runs: list[list[Any]] = []
    while run := sorted(islice(remaining, _RUN_LENGTH), key=key):
        runs.append(run)
    while len(runs) > 1:
        pairs = zip_longest(runs[::2], runs[1::2], fillvalue=list[Any]())
        runs = [sorted(one + other, key=key) for one, other in pairs]
    return runs[0] if runs else []

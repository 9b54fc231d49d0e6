"""Differences between the texts of a column in the visible rows.

Reading a hundred thousand rows again after each poll would delay the keys. Instead, a difference that was found once
holds until one of its two rows changes, and a text that all rows share is compared with the changed rows alone.
"""

from collections.abc import Callable, Collection, Iterator, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from pbtui.api.structs import replace
from pbtui.ui.table.columns import NOT_COMPARED, AnyRow, Column, Moment

_MOST_IDS = 200
_ANY_MOMENT = Moment(ZoneInfo("UTC"), datetime.min.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Spread:
    """Texts of one column.

    `shared` is the text of every row; None if two rows differ, if there are fewer than two, or if the column does not
    give way. `longest` is the length of the longest text in cells; it may be too high after rows have left or were
    hidden. `ids` are ids that do not fit into the least width of their column, up to a number of them; some may be of
    rows that have left or were hidden.
    """

    shared: str | None = None
    longest: int = 0
    ids: frozenset[str] = frozenset()
    _differing: frozenset[str] = frozenset()
    """Keys of two rows with different texts."""

    def narrowed(self, column: Column[AnyRow], rows: Callable[[], Iterator[AnyRow]], *, has_two: bool) -> "Spread":
        """Return the spread of a part of these rows. A text that all share is that of every part."""
        if not column.gives_way:
            return self
        if self.shared is not None:
            return replace(self, shared=self.shared if has_two else None)
        return replace(_compared(column, rows()), longest=self.longest, ids=self.ids)

    def following(
        self, column: Column[AnyRow], rows: Callable[[], Iterator[AnyRow]], changed: Collection[AnyRow], stale: Set[str]
    ) -> "Spread":
        """Return the spread after rows changed or appeared; `stale` holds their keys and those of departed rows.

        `rows` returns all rows, anew at each call.
        """
        texts = set(map(_reader(column), changed)) if column.grows_to or column.takes_rest else set()
        longest = max(self.longest, max(map(cell_len, texts), default=0))
        ids = self.ids
        if column.is_id and len(ids) < _MOST_IDS:
            ids |= frozenset(islice((text for text in texts if cell_len(text) >= column.width), _MOST_IDS))
        if not column.gives_way:
            return replace(self, longest=longest, ids=ids)
        if self._differing:
            holds = stale.isdisjoint(self._differing)
        else:
            has_two = len(list(islice(rows(), 2))) == 2
            holds = (
                has_two
                and self.shared is not None
                and all(text == self.shared for text in map(_reader(column), changed))
            )
        return replace(self if holds else _compared(column, rows()), longest=longest, ids=ids)


def _compared(column: Column[AnyRow], rows: Iterator[AnyRow]) -> Spread:
    text_of = _reader(column)
    first = next(rows, None)
    second = next(rows, None)
    if first is None or second is None:
        return Spread()
    text = text_of(first)
    for row in chain((second,), rows):
        if text_of(row) != text:
            return Spread(_differing=frozenset((first.key, row.key)))
    return Spread(shared=text)


def _reader(column: Column[AnyRow]) -> Callable[[AnyRow], str]:
    """Return a function from a row to its text; equal values are made text once."""
    value_of = column.compared
    known: dict[object, str] = {}

    def text_of(row: AnyRow) -> str:
        value = NOT_COMPARED if value_of is None else value_of(row)
        if value is NOT_COMPARED:
            return column.text(row, _ANY_MOMENT)
        if value not in known:
            known[value] = column.text(row, _ANY_MOMENT)
        return known[value]

    return text_of

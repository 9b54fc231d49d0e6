"""Lines that moved up or down together, so that the terminal can move them itself."""

from collections import Counter
from collections.abc import Hashable, Sequence

from msgspec import Struct

_WORTH_FROM = 2
"""Number of lines that a shift must save."""


class Shift(Struct, frozen=True):
    """The lines from `first` to `last` move up by so many lines, or down if `up` is negative."""

    first: int
    last: int
    up: int


def best_shift(shown: Sequence[Hashable], wanted: Sequence[Hashable]) -> Shift | None:
    """The shift that leaves fewest lines to paint, None if none is worth its cost."""
    differing = [y for y, row in enumerate(wanted) if shown[y] != row]
    if len(differing) <= _WORTH_FROM:
        return None
    places: dict[Hashable, list[int]] = {}
    for y in differing:
        places.setdefault(wanted[y], []).append(y)
    votes: Counter[int] = Counter()
    for y, row in enumerate(shown):
        votes.update({y - place for place in places.get(row, ())})
    if not votes:
        return None
    up = max(votes, key=lambda each: (votes[each], -abs(each)))
    kept = [y for y in differing if 0 <= y + up < len(shown) and shown[y + up] == wanted[y]]
    shift = Shift(min(kept[0], kept[0] + up), max(kept[-1], kept[-1] + up), up)
    return shift if _saved(shift, shown, wanted) >= _WORTH_FROM else None


def _saved(shift: Shift, shown: Sequence[Hashable], wanted: Sequence[Hashable]) -> int:
    """Number of lines that need no painting after the shift, less those that need none before it."""
    lines = range(shift.first, shift.last + 1)
    after = sum(y + shift.up in lines and shown[y + shift.up] == wanted[y] for y in lines)
    return after - sum(shown[y] == wanted[y] for y in lines)

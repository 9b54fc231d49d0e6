"""Decides in which delivery area positions are read next. Pure: times are given, on the steady clock."""

from collections.abc import Collection, Iterable
from math import inf

IDLE_AGAIN_S = 300.0
"""Time between two reads in an area without position and order."""
REFUSED_AGAIN_S = 60.0
LIMITS_AGAIN_S = 600.0
"""Time between two reads of the limits in an area."""


class AreaRounds:
    """The areas of this round that are still to read, and when each was asked for last."""

    def __init__(self) -> None:
        self._left: list[str] = []
        self._asked_s: dict[str, float] = {}
        self._limits_s: dict[str, float] = {}
        self._refusing: set[str] = set()

    @property
    def is_over(self) -> bool:
        """Return whether every area of the round was read."""
        return not self._left

    @property
    def is_refused_everywhere(self) -> bool:
        """Return whether every area that was asked for was refused."""
        return self._asked_s.keys() <= self._refusing

    def put_first(self, area: str) -> None:
        """Let this area be the next."""
        self._left = [area, *(each for each in self._left if each != area)]

    def begin_anew(self) -> None:
        """Read every area again."""
        self._left = []
        self._asked_s.clear()

    def next_area(self, areas: Iterable[str], busy: Collection[str], now_s: float) -> str | None:
        """Return the next area of this round, or of a new one; None if none is due.

        A new round has those of the `areas` that are busy, or that were not read for a long time.
        """
        self._left = self._left or [area for area in areas if self._is_due(area, busy, now_s)]
        if not self._left:
            return None
        area, *self._left = self._left
        self._asked_s[area] = now_s
        return area

    def _is_due(self, area: str, busy: Collection[str], now_s: float) -> bool:
        pause_s = REFUSED_AGAIN_S if area in self._refusing else 0.0 if area in busy else IDLE_AGAIN_S
        return now_s - self._asked_s.get(area, -inf) >= pause_s

    def refused(self, area: str) -> None:
        """Note that the server does not offer the read in this area."""
        self._refusing.add(area)

    def answered(self, area: str) -> None:
        """Note that the server answered."""
        self._refusing.discard(area)

    def needs_limits(self, area: str, now_s: float) -> bool:
        """Return whether the limits in this area are to be read too."""
        return now_s - self._limits_s.get(area, -inf) >= LIMITS_AGAIN_S

    def took_limits(self, area: str, now_s: float) -> None:
        """Note that the limits were read."""
        self._limits_s[area] = now_s

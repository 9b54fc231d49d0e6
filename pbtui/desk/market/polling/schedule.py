"""Timers of the reads beyond orders: which is due, and when the next one is. Pure; the feed of the market acts on it.

At most one call of a lane is under way, so that a slow read of trades does not hold up the market's status, and the
reads leave places for orders, writes and the kill. A read starts only where a place remains free after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from math import inf

from pbtui.api.structs import replace

MOST_CALLS = 4
"""Calls of the desk that may be under way at once, those for orders among them."""
KEPT_FREE = 1
NOT_OFFERED_AGAIN_S = 300.0
LONGEST_BACKOFF_S = 30.0
LONGEST_ASKED_PAUSE_S = 120.0
"""Longest pause that a server can ask for."""
_FIRST_BACKOFF_S = 5.0
"""Pause after the first failure of a read that has no timer."""


class Read(StrEnum):
    """A read beyond orders, the most urgent first."""

    KEY = "rights of the API key"
    STATUS = "market status"
    TRADES = "trades"
    INTERNAL_TRADES = "internal trades"
    NOTIFICATIONS = "notifications"
    ALGORITHMS = "algorithms"
    AREAS = "delivery areas"
    CONTRACTS = "contracts"
    DOWNTIMES = "downtimes"
    POSITIONS = "positions"

    @property
    def lane(self) -> str:
        """Return the name of its lane. Trades and positions can be long answers, so each has a lane of its own."""
        return _LANES.get(self, "")


_LANES: Mapping[Read, str] = {
    Read.TRADES: "trades",
    Read.INTERNAL_TRADES: "trades",
    Read.POSITIONS: "positions",
}


EVERY_S: Mapping[Read, float] = {
    Read.TRADES: 2.0,
    Read.INTERNAL_TRADES: 2.0,
    Read.STATUS: 5.0,
    Read.NOTIFICATIONS: 10.0,
    Read.ALGORITHMS: 10.0,
    Read.CONTRACTS: 600.0,
    Read.DOWNTIMES: 600.0,
    Read.POSITIONS: 10.0,
}
"""Time from the end of a read to the next. The others are made at the start, and when they are asked for."""


class End(Enum):
    """End of a call."""

    DONE = auto()
    MORE = auto()
    """The list has another page, or another area is to be read. It may be refused there."""
    NOT_OFFERED = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Turn:
    """The state of one read's timer. Times are on the steady clock; a new read is due at once."""

    due_s: float = -inf
    is_under_way: bool = False
    is_asked_again: bool = False
    is_offered: bool = True
    failures: int = 0
    has_worked: bool = False
    """Says whether the newest call that did not fail brought what it asked for."""

    def asked(self, now_s: float) -> "Turn":
        """Return the turn if the read is wanted now. One that fails or is not offered keeps its pause."""
        if self.is_under_way:
            return replace(self, is_asked_again=True)
        return self if self.failures or not self.is_offered else replace(self, due_s=min(self.due_s, now_s))

    def ended(self, end: End, every_s: float, now_s: float, *, chance: float, asked_pause_s: float = 0.0) -> "Turn":
        """Return the turn after a call. `chance` (0.75 to 1) spreads the calls of desks that fail together."""
        if end is End.NOT_OFFERED:
            # A gateway that restarts says for a moment that what was offered is not.
            pause_s = LONGEST_BACKOFF_S if self.has_worked else NOT_OFFERED_AGAIN_S
            return Turn(now_s + pause_s, is_offered=False)
        if end is End.FAILED:
            failures = self.failures + 1
            first_s = every_s if every_s < inf else _FIRST_BACKOFF_S
            pause_s = min(first_s * 2.0 ** min(failures - 1, 10), max(LONGEST_BACKOFF_S, first_s)) * chance
            pause_s = max(pause_s, min(asked_pause_s, LONGEST_ASKED_PAUSE_S))
            return Turn(now_s + pause_s, failures=failures, has_worked=self.has_worked)
        is_due_now = end is End.MORE or self.is_asked_again
        has_worked = end is End.DONE or self.has_worked
        return Turn(now_s if is_due_now else now_s + every_s, has_worked=has_worked)


def _at_start() -> Mapping[Read, Turn]:
    return {read: Turn() for read in Read}


@dataclass(frozen=True, slots=True)
class Schedule:
    """The timers of all reads."""

    turns: Mapping[Read, Turn] = field(default_factory=_at_start)

    def startable(self, now_s: float, calls_under_way: int) -> tuple[Read, ...]:
        """Return the reads to start now: the one of each lane that is due longest, as long as a place remains free."""
        places = max(MOST_CALLS - KEPT_FREE - calls_under_way, 0)
        lanes = dict.fromkeys(read.lane for read in Read)
        heads = [head for lane in lanes if (head := self._head(lane, now_s)) is not None]
        return tuple(sorted(heads, key=self._urgency)[:places])

    def next_s(self, now_s: float) -> float:
        """Return when the next read of a free lane is due: `now_s` if one is due already, inf if none will be."""
        due_s = [turn.due_s for read, turn in self.turns.items() if not self._is_busy(read.lane)]
        return max(min(due_s, default=inf), now_s)

    def started(self, read: Read) -> "Schedule":
        """Return the schedule with that read under way."""
        return self._with(read, replace(self.turns[read], is_under_way=True, is_asked_again=False))

    def stopped(self, read: Read) -> "Schedule":
        """Return the schedule after the call of that read was cancelled: it is due at once."""
        return self._with(read, replace(self.turns[read], is_under_way=False, due_s=-inf))

    def ended(
        self,
        read: Read,
        end: End,
        now_s: float,
        *,
        every_s: float | None = None,
        chance: float = 1.0,
        asked_pause_s: float = 0.0,
    ) -> "Schedule":
        """Return the schedule after a call of that read; see `Turn.ended`. `every_s` replaces its usual timer."""
        every_s = EVERY_S.get(read, inf) if every_s is None else every_s
        turn = self.turns[read].ended(end, every_s, now_s, chance=chance, asked_pause_s=asked_pause_s)
        return self._with(read, turn)

    def asked(self, now_s: float, *reads: Read) -> "Schedule":
        """Return the schedule if these reads are wanted now."""
        return Schedule({**self.turns, **{read: self.turns[read].asked(now_s) for read in reads}})

    def anew(self) -> "Schedule":
        """Return the schedule with every read due, also those that were not offered: another key has other rights."""
        return Schedule(
            {
                read: replace(turn, is_asked_again=True) if turn.is_under_way else Turn()
                for read, turn in self.turns.items()
            }
        )

    def _with(self, read: Read, turn: Turn) -> "Schedule":
        return Schedule({**self.turns, read: turn})

    def _head(self, lane: str, now_s: float) -> Read | None:
        due = [read for read, turn in self.turns.items() if read.lane == lane and turn.due_s <= now_s]
        return None if not due or self._is_busy(lane) else min(due, key=self._urgency)

    def _is_busy(self, lane: str) -> bool:
        return any(turn.is_under_way for read, turn in self.turns.items() if read.lane == lane)

    def _urgency(self, read: Read) -> tuple[float, int]:
        return self.turns[read].due_s, list(Read).index(read)

"""A shift, by the journal: when it began, who took it over, and the notes for the next one.

A shift begins with the last take-over in the journals; without one it is the last eight hours. Times are those of the
journal lines, so those of the hosts that wrote them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from pbtui.desk.journal.line import JournalEntry
from pbtui.desk.journal.writer import Kind

USUAL_LENGTH = timedelta(hours=8)
"""The length of a shift whose begin is not recorded."""


class Recorded(Struct, frozen=True):
    """A journal line, with the operator and the host of its run. `run` is the hash of the first line of the run."""

    entry: JournalEntry
    operator: str = ""
    host: str = ""
    run: str = ""

    @property
    def who(self) -> str:
        """Operator and host."""
        return f"{self.operator} on {self.host}"


class Note(Struct, frozen=True):
    """A note of a leaving trader. The text is not safe to show."""

    at: datetime
    who: str
    text: str


class TakeOver(Struct, frozen=True):
    """A take-over: the name that was typed, and operator and host. The texts are not safe to show."""

    at: datetime
    name: str
    who: str


class Shift(Struct, frozen=True):
    """The time that a report is about.

    `last` is the last take-over; None if there is none. `is_chosen`: the user gave the begin. `notes_since` is the
    begin of the shift before it, whose notes were handed over with it.
    """

    since: datetime
    until: datetime
    last: TakeOver | None = None
    is_chosen: bool = False
    notes_since: datetime | None = None

    def has(self, at: datetime) -> bool:
        """Return whether a moment is in the shift, after the take-over that begins it.

        The clock of another host may be ahead, so its end does not count.
        """
        return at > self.since


def shift_of(lines: Iterable[Recorded], now: datetime, since: datetime | None = None) -> Shift:
    """The present shift, from `since` if that is given."""
    taken = take_overs(lines)
    last = taken[-1] if taken else None
    if since is not None:
        return Shift(since, now, last, is_chosen=True, notes_since=since)
    if last is None:
        return Shift(now - USUAL_LENGTH, now, notes_since=now - USUAL_LENGTH)
    before = taken[-2].at if len(taken) > 1 else last.at - USUAL_LENGTH
    return Shift(last.at, now, last, notes_since=before)


def take_overs(lines: Iterable[Recorded]) -> Sequence[TakeOver]:
    """All take-overs, the oldest first."""
    found = [
        TakeOver(line.entry.at, str(line.entry.facts.get("name")), line.who)
        for line in lines
        if line.entry.kind == Kind.TAKE_OVER
    ]
    return sorted(found, key=lambda each: each.at)


def notes_of(lines: Iterable[Recorded], shift: Shift) -> tuple[Note, ...]:
    """The notes of the shift, and those that were handed over with it, the oldest first."""
    begin = shift.notes_since or shift.since
    found = [
        Note(line.entry.at, line.who, str(line.entry.facts.get("text")))
        for line in lines
        if line.entry.kind == Kind.NOTE and line.entry.at >= begin
    ]
    return tuple(sorted(found, key=lambda note: note.at))

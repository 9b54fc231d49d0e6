"""The last entries of a profile's journals: what its programs did a short while ago, and whether they still run."""

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from pbtui.api.clock import utc_now
from pbtui.desk.journal.line import JournalEntry, LineUnreadable, read_line
from pbtui.desk.journal.writer import Kind, journal_files
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import Owner

LOOK_BACK = timedelta(days=14)
"""Files not written to for longer than this are ignored: their contracts have been delivered."""

RECENT = timedelta(minutes=10)
"""Time in which an equal order may be one that is sent again by mistake, and in which a lost one can still appear."""

_UNDECIDED = ("FIRING", "VERIFYING")
"""The phases of a kill that the journal has, and that are no verdict."""

_TAIL_BYTES = 2**20
"""The least that is read of a file."""
_TAIL_COVERS = timedelta(minutes=5)
"""The time before its last line that is read too. No answer is waited for as long as that."""


class RecentRun(Struct, frozen=True):
    """The last entries of one run of the program, oldest first. `is_running`: its process exists."""

    entries: Sequence[JournalEntry]
    is_running: bool


class RecentRuns:
    """Reads the runs of a profile again and again. Of what was read before only the appended lines are read.

    Files not written to for longer than `look_back` are left out. Of each file at least the lines of the last `covers`
    are read.
    """

    def __init__(self, owner: Owner, look_back: timedelta = LOOK_BACK, covers: timedelta = _TAIL_COVERS) -> None:
        self._owner = owner
        self._look_back = look_back
        self._covers = covers
        self._tails: dict[Path, _Tail] = {}

    def read(self) -> Iterator[RecentRun]:
        """The runs of the profile. Raises JournalUnusable or OSError if the journal can't be read."""
        since_s = (utc_now() - self._look_back).timestamp()
        for path in journal_files(self._owner):
            if disk().changed_at_s(path) >= since_s and disk().may_read(path):
                tail = self._tails.setdefault(path, _Tail(path, self._covers))
                tail.read()
                yield RecentRun(tail.entries, disk().is_locked(path))


def recent_runs(owner: Owner) -> Iterator[RecentRun]:
    """The runs of a profile. Raises JournalUnusable or OSError if the journal can't be read."""
    return RecentRuns(owner).read()


def was_rearmed(owner: Owner, halted_at: datetime | None, token: str = "") -> bool:
    """Return whether there is a record that somebody lifted the halt that began then.

    `token` is the id of its kill. A record that names the kills of its halt counts for these alone, whatever its time
    is: the clock may have been set. Raises JournalUnusable or OSError if the journal can't be read.
    """
    return any(
        entry.kind == Kind.REARM and _lifts(entry, halted_at, token)
        for run in recent_runs(owner)
        for entry in run.entries
    )


def _lifts(rearm: JournalEntry, halted_at: datetime | None, token: str) -> bool:
    kills = rearm.facts.get("kills")
    if token and kills and isinstance(kills, list):
        return token in kills
    if halted_at is None:
        return True
    lifted = _time_of(rearm.facts.get("halted_at"))
    return lifted == halted_at or (rearm.at >= halted_at and (lifted is None or lifted > halted_at))


def _time_of(fact: object) -> datetime | None:
    """The time in a journal line; None if there is none, or none that can be compared."""
    with contextlib.suppress(ValueError):
        time = datetime.fromisoformat(fact) if isinstance(fact, str) else None
        return time if time is not None and time.tzinfo is not None else None
    return None


def has_undecided_kill(owner: Owner) -> bool:
    """Return whether a running program has a kill of this profile on its way to its first verdict.

    Raises JournalUnusable or OSError if the journal can't be read, or a file of it that was written to a short while
    ago: a kill has its first verdict within a minute.
    """
    since_s = (utc_now() - RECENT).timestamp()
    for path in journal_files(owner):
        if not disk().may_read(path) and disk().changed_at_s(path) >= since_s:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return any(run.is_running and _is_deciding(run.entries) for run in recent_runs(owner))


def verdict_of(owner: Owner, token: str, fired_at: datetime | None) -> str:
    """Return the newest verdict of the kill with this token; empty if the journal has none.

    A kill without a time can be as old as LOOK_BACK. Raises JournalUnusable or OSError if the journal can't be read.
    """
    age = LOOK_BACK if fired_at is None else max(utc_now() - fired_at, timedelta()) + RECENT
    phases = [
        str(entry.facts.get("phase"))
        for run in RecentRuns(owner, age, age).read()
        for entry in run.entries
        if entry.kind == Kind.KILL_END and entry.facts.get("token") == token
    ]
    return next((phase for phase in reversed(phases) if phase not in _UNDECIDED), "")


def _is_deciding(entries: Iterable[JournalEntry]) -> bool:
    is_deciding = False
    for entry in entries:
        if entry.kind == Kind.KILL:
            is_deciding = True
        elif entry.kind == Kind.KILL_END:
            is_deciding = entry.facts.get("phase") in _UNDECIDED
    return is_deciding


class _Tail:
    """The last entries of a file, oldest first, without unreadable lines."""

    def __init__(self, path: Path, covers: timedelta) -> None:
        self._path = path
        self._covers = covers
        self._end = 0
        self.entries: tuple[JournalEntry, ...] = ()

    def read(self) -> None:
        """Read the lines that were appended since the last time. A file that became shorter is read again."""
        content, begin = self._appended()
        *lines, torn = content.split(b"\n")
        if begin != self._end:
            self.entries = ()
            lines = lines[1:] if begin else lines
        self._end = begin + len(content) - len(torn)
        self.entries += tuple(_readable(lines))

    def _appended(self) -> tuple[bytes, int]:
        """The bytes that were appended, and where they begin. Of many, those that were appended of late."""
        most_bytes = _TAIL_BYTES
        while True:
            content, begin = disk().read_from(self._path, self._end, most_bytes)
            if begin in (0, self._end) or _covers_enough(content, self._covers):
                return content, begin
            most_bytes *= 2


def _covers_enough(tail: bytes, covers: timedelta) -> bool:
    """Return whether the end of a file goes back far enough, by the times of its lines.

    After the clock was set back, more is read than needed. After it was set forward, a megabyte counts as enough.
    """
    lines = tail.split(b"\n")[1:-1]
    first, last = next(_readable(lines), None), next(_readable(reversed(lines)), None)
    return first is not None and last is not None and last.at - first.at >= covers


def _readable(lines: Iterable[bytes]) -> Iterator[JournalEntry]:
    for line in lines:
        with contextlib.suppress(LineUnreadable):
            yield read_line(line)

"""The last entries of a profile's journals: what its programs did a short while ago, and whether they still run."""

import contextlib
from collections.abc import Iterable, Iterator
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

_TAIL_BYTES = 2**20
"""The part of a file that is read; much more than is written during one request."""


class RecentRun(Struct, frozen=True):
    """The last entries of one run of the program, oldest first. `is_running`: its process exists."""

    entries: Iterable[JournalEntry]
    is_running: bool


def recent_runs(owner: Owner) -> Iterator[RecentRun]:
    """The runs of a profile. Raises JournalUnusable or OSError if the journal can't be read."""
    since_s = (utc_now() - LOOK_BACK).timestamp()
    for path in journal_files(owner):
        if disk().changed_at_s(path) >= since_s and disk().may_read(path):
            yield RecentRun(_tail(path), disk().is_locked(path))


def was_rearmed(owner: Owner, since: datetime | None) -> bool:
    """Whether there is a record that somebody re-armed the profile since then.

    Raises JournalUnusable or OSError if the journal can't be read.
    """
    return any(
        entry.kind == Kind.REARM and (since is None or entry.at >= since)
        for run in recent_runs(owner)
        for entry in run.entries
    )


def has_undecided_kill(owner: Owner) -> bool:
    """Whether a running program has a kill of this profile on its way to its first verdict.

    Raises JournalUnusable or OSError if the journal can't be read.
    """
    return any(run.is_running and _is_deciding(run.entries) for run in recent_runs(owner))


def _is_deciding(entries: Iterable[JournalEntry]) -> bool:
    is_deciding = False
    for entry in entries:
        if entry.kind == Kind.KILL:
            is_deciding = True
        elif entry.kind == Kind.KILL_END:
            is_deciding = entry.facts.get("phase") in ("FIRING", "VERIFYING")
    return is_deciding


def _tail(path: Path) -> Iterator[JournalEntry]:
    """The last entries of a file, oldest first, without unreadable lines."""
    content, is_whole = disk().read_end(path, _TAIL_BYTES)
    lines = content.split(b"\n")[:-1]
    for line in lines if is_whole else lines[1:]:
        with contextlib.suppress(LineUnreadable):
            yield read_line(line)

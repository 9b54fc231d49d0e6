"""Last lines of runs that ended before the head had them. The upload follows the head, so it would miss them."""

from collections.abc import Iterator
from pathlib import Path

from pbtui.api.clock import utc_now
from pbtui.desk.journal.line import JournalEntry, LineUnreadable, line_hash, read_line
from pbtui.desk.journal.recent import LOOK_BACK
from pbtui.desk.journal.writer import Kind, journal_files
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import Owner
from pbtui.desk.team.journal.pending import Part, Place
from pbtui.desk.team.journal.searchable import searchable


def left_over(owner: Owner, place: Place) -> list[Part]:
    """Return the last line of each run that ended without its closing line, of files changed in the last two weeks.

    `place` is the place in the head up to which lines were uploaded. The store compares lines that it has already.
    Raises JournalUnusable or OSError.
    """
    since_s = (utc_now() - LOOK_BACK).timestamp()
    files = [path for path in journal_files(owner) if disk().changed_at_s(path) >= since_s and disk().may_read(path)]
    return [part for path in files if not disk().is_locked(path) for part in _last_line(path, place)]


def _last_line(path: Path, place: Place) -> Iterator[Part]:
    lines = disk().read(path).split(b"\n")[:-1]
    entries = [entry for line in lines[-2:] if (entry := _entry(line)) is not None]
    opening = _entry(lines[0]) if lines else None
    # A line behind the end of a run was added later: it is no line of the run.
    if opening is not None and entries and all(entry.kind != Kind.CLOSED for entry in entries):
        words = (searchable(entries[-1]),)
        yield Part(path, line_hash(lines[0]), opening.facts, len(lines), (lines[-1],), words, place)


def _entry(line: bytes) -> JournalEntry | None:
    try:
        return read_line(line)
    except LineUnreadable:
        return None

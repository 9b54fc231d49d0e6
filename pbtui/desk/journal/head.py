"""The head of a profile's journal: one line for each journal line of all runs, in a file kept apart from the journal.

Each head line has `no`, counted over all runs; `runs`, the number of runs so far; the `file`, `line` and `hash` of the
journal line; and `all`, the SHA-256 of these and of `all` of the line before. A journal line is written first, its head
line second. If the program ends in between, the journal file is one line ahead of the head. The head is locked only
while its line is written, not while the disk syncs: a slow disk must not look like a stopped program.

A head that begins while there are journal files takes them over as they are (`adopted`).
"""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from pbtui.desk.journal.line import Anchor
from pbtui.desk.storage.disk import AppendedFile, SharedFile, disk
from pbtui.desk.storage.places import Owner, journal_head

LOCK_WITHIN_S = 2.0
"""Time to wait for other programs that write at the same moment; a stopped one must not stop this one."""

_TAIL_BYTES = 4096


class HeadLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the head. Fields of a newer version are passed over."""

    no: int
    runs: int
    file: str
    line: int
    hash: str
    all: str
    adopted: bool = False

    @property
    def anchor(self) -> Anchor:
        """The journal line that this line is about."""
        return Anchor(self.file, self.line, self.hash)


_decoder = msgspec.json.Decoder(HeadLine)


def next_line(before: HeadLine | None, anchor: Anchor, *, is_new_run: bool, adopted: bool = False) -> HeadLine:
    """The head line of a journal line, after the newest head line."""
    no, runs, before_all = (1, 0, "") if before is None else (before.no + 1, before.runs, before.all)
    runs += is_new_run
    content = f"{before_all} {no} {runs} {anchor.file} {anchor.line} {anchor.hash} {adopted:d}"
    everything = hashlib.sha256(content.encode()).hexdigest()
    return HeadLine(no, runs, anchor.file, anchor.line, anchor.hash, everything, adopted)


def read_head_line(line: bytes) -> HeadLine | None:
    """Decode a line of the head; None if it is not one."""
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def read_head(owner: Owner) -> tuple[HeadLine | None, ...] | None:
    """The lines of the head, without an incomplete last line; None for an unreadable line, and if there is no head.

    Raises OSError.
    """
    try:
        content = disk().read(journal_head(owner))
    except FileNotFoundError:
        return None
    return tuple(read_head_line(line) for line in content.split(b"\n")[:-1])


def newest_line(owner: Owner) -> HeadLine | None:
    """The last readable line of the head; None if there is none. Raises OSError."""
    try:
        end, _ = disk().read_from(journal_head(owner), 0, _TAIL_BYTES)
    except FileNotFoundError:
        return None
    return _newest(end.split(b"\n")[:-1])


def _newest(lines: Sequence[bytes]) -> HeadLine | None:
    readable = (found for line in reversed(lines) if (found := read_head_line(line)) is not None)
    return next(readable, None)


class OpenHead:
    """The head while it is locked. `newest` is its last readable line. Methods raise OSError."""

    def __init__(self, path: Path, file: SharedFile) -> None:
        self._file = file
        end, _ = disk().read_from(path, 0, _TAIL_BYTES)
        *lines, torn = end.split(b"\n")
        if torn:
            file.cut_back(file.size - len(torn))
        self.newest = _newest(lines)

    @property
    def next_run(self) -> int:
        """The number of a run that begins now, counted from 1."""
        return 1 if self.newest is None else self.newest.runs + 1

    def add(self, anchor: Anchor, *, is_new_run: bool) -> None:
        """Add the line of one journal line."""
        self._put([next_line(self.newest, anchor, is_new_run=is_new_run)])

    def adopt(self, anchors: Iterable[Anchor]) -> None:
        """Take over the last lines of files that were written without a head."""
        lines: list[HeadLine] = []
        for anchor in anchors:
            before = lines[-1] if lines else self.newest
            lines.append(next_line(before, anchor, is_new_run=True, adopted=True))
        if lines:
            self._put(lines)

    def _put(self, lines: list[HeadLine]) -> None:
        """Write whole lines or nothing."""
        data = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        size = self._file.size
        try:
            self._file.append(data)
        except OSError:
            with contextlib.suppress(OSError):  # an incomplete line is cut when the head is opened next
                self._file.cut_back(size)
            raise
        self.newest = lines[-1]


@contextlib.contextmanager
def open_head(owner: Owner, unsynced: AppendedFile | None = None) -> Iterator[OpenHead]:
    """Lock the head and open it; create it if it is missing. At the end it is unlocked, then synced.

    `unsynced` is a journal file to sync before it. Raises OSError, also if the head stays locked by another.
    """
    path = journal_head(owner)
    file = disk().open_shared(path, LOCK_WITHIN_S)
    try:
        yield OpenHead(path, file)
        file.unlock()
        if unsynced is not None:
            unsynced.sync()
        file.sync()
    finally:
        file.close()

"""The journal file of one run, open for appending."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pbtui.api.clock import utc_now
from pbtui.desk.journal.head import OpenHead, open_head
from pbtui.desk.journal.line import Anchor, journal_line, line_hash
from pbtui.desk.storage.disk import AppendedFile, disk
from pbtui.desk.storage.places import Owner, journal_folder

SUFFIX = ".jsonl"

FirstFacts = Callable[[int, Anchor | None], Mapping[str, object]]
"""Facts of the first line, from the number of the run and the newest line of all earlier runs."""


class RunFile:
    """The file of one run. Methods raise OSError."""

    def __init__(self, owner: Owner, path: Path, file: AppendedFile) -> None:
        self._owner = owner
        self.path = path
        self._file = file
        self._newest: Anchor | None = None
        self._prev: str | None = None
        self._size = 0
        self._is_torn = False

    @classmethod
    def create(cls, owner: Owner) -> "RunFile":
        """Create a new file. It stays locked while this process runs, so other programs can see that it does.

        See `pbtui.desk.journal.unfinished`.
        """
        path = journal_folder(owner) / f"{utc_now():%Y%m%dT%H%M%S.%fZ}-{os.getpid()}{SUFFIX}"
        return cls(owner, path, disk().create(path))

    @property
    def is_empty(self) -> bool:
        """Return whether it has no line yet."""
        return self._newest is None

    @property
    def is_deleted(self) -> bool:
        """Return whether its name was removed from disk."""
        return self._file.is_deleted

    def begin(self, kind: str, facts: FirstFacts) -> None:
        """Write the first line; the chain continues from the newest line of all earlier runs.

        It names that line, so it is written while the head is locked, and synced later.
        """
        with open_head(self._owner, unsynced=self._file) as head, self._whole():
            self._let_adopt(head)
            earlier = None if head.newest is None else head.newest.anchor
            self._prev = None if earlier is None else earlier.hash
            line, anchor = self._put(kind, facts(head.next_run, earlier))
            self._note(line, anchor, head)

    def append(self, kind: str, facts: Mapping[str, object]) -> None:
        """Write and sync a line, then its line of the head; or nothing. If only the last sync fails, both are there."""
        with self._whole():
            line, anchor = self._put(kind, facts)
            self._file.sync()
            with open_head(self._owner) as head:
                self._let_adopt(head)
                self._note(line, anchor, head)

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """Remove a line from the file if the block fails before the head has it."""
        if self._is_torn:
            self._cut_back()
        before = self._newest
        try:
            yield
        except OSError:
            if self._newest is before:
                self._is_torn = True
                with contextlib.suppress(OSError):  # tried again before the next line, which needs it to succeed
                    self._cut_back()
            raise

    def _put(self, kind: str, facts: Mapping[str, object]) -> tuple[bytes, Anchor]:
        seq = 1 if self._newest is None else self._newest.line + 1
        line = journal_line(seq, utc_now(), kind, facts, self._prev)
        self._file.append(line + b"\n")
        return line, Anchor(self.path.name, seq, line_hash(line))

    def _note(self, line: bytes, anchor: Anchor, head: OpenHead) -> None:
        head.add(anchor, is_new_run=self._newest is None)
        self._newest, self._prev = anchor, anchor.hash
        self._size += len(line) + 1

    def _let_adopt(self, head: OpenHead) -> None:
        """Let a head without lines take over the files as they are, this one without the line that is being added."""
        if head.newest is None:
            head.adopt(_last_lines(self._owner, self.path, self._newest))

    def _cut_back(self) -> None:
        self._file.cut_back(self._size)
        self._is_torn = False

    def close(self) -> None:
        """Close the file; this also ends its lock."""
        self._file.close()


def _last_lines(owner: Owner, own: Path, own_newest: Anchor | None) -> Iterator[Anchor]:
    """The last line of each journal file that has one, oldest file first."""
    for path in disk().files(journal_folder(owner)):
        if path == own:
            if own_newest is not None:
                yield own_newest
            continue
        if path.suffix != SUFFIX or not disk().may_read(path):
            continue  # another user's file; the audit reports it
        lines = disk().read(path).split(b"\n")[:-1]
        if lines:
            yield Anchor(path.name, len(lines), line_hash(lines[-1]))

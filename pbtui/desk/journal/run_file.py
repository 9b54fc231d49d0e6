"""The journal file of one run, open for appending."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from pbtui.api.clock import utc_now
from pbtui.desk.journal.head import OpenHead
from pbtui.desk.journal.line import Anchor, journal_line, line_hash
from pbtui.desk.storage.disk import AppendedFile, disk

SUFFIX = ".jsonl"


class RunFile:
    """The file of one run. Methods raise OSError."""

    def __init__(self, path: Path, file: AppendedFile) -> None:
        self.path = path
        self._file = file
        self._prev: str | None = None
        self._seq = 0
        self._size = 0
        self._is_torn = False

    @classmethod
    def create(cls, folder: Path) -> "RunFile":
        """Create a new file. It stays locked while this process runs, so other programs can see that it does.

        See `pbtui.desk.journal.unfinished`.
        """
        path = folder / f"{utc_now():%Y%m%dT%H%M%S.%fZ}-{os.getpid()}{SUFFIX}"
        return cls(path, disk().create(path))

    @property
    def is_empty(self) -> bool:
        """Whether it has no line yet."""
        return self._seq == 0

    @property
    def is_deleted(self) -> bool:
        """Whether its name was removed from disk."""
        return self._file.is_deleted

    def begin(self, kind: str, facts: Mapping[str, object], earlier: Anchor | None, head: OpenHead) -> None:
        """Write the first line; the chain continues from the newest line of all earlier runs."""
        self._prev = None if earlier is None else earlier.hash
        self.append(kind, facts, head)

    def append(self, kind: str, facts: Mapping[str, object], head: OpenHead) -> None:
        """Write a line and its line of the head, or nothing."""
        seq = self._seq + 1
        line = journal_line(seq, utc_now(), kind, facts, self._prev)
        anchor = Anchor(self.path.name, seq, line_hash(line))
        if self._is_torn:
            self._cut_back()
        try:
            self._file.append(line + b"\n")
            head.add(anchor, is_new_run=seq == 1)
        except OSError:
            self._is_torn = True
            with contextlib.suppress(OSError):  # tried again before the next line, which needs it to succeed
                self._cut_back()
            raise
        self._size += len(line) + 1
        self._seq = seq
        self._prev = anchor.hash

    def _cut_back(self) -> None:
        self._file.cut_back(self._size)
        self._is_torn = False

    def close(self) -> None:
        """Close the file; this also ends its lock."""
        self._file.close()

"""Reads a journal file and verifies its own chain of hashes and numbers."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbtui.desk.journal.line import Anchor, JournalEntry, LineUnreadable, line_hash, read_line
from pbtui.desk.journal.writer import JournalUnusable, Kind
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.problem import problem_of


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A changed line: its number, counted from 1 (0: the whole file), and the reason."""

    line_no: int
    reason: str


@dataclass(frozen=True, slots=True)
class JournalReading:
    """One journal file: its readable entries, its problems, the hashes of all lines, and if the end is incomplete."""

    entries: tuple[JournalEntry, ...]
    problems: tuple[Problem, ...]
    hashes: tuple[str, ...] = ()
    is_torn: bool = False

    @property
    def run_number(self) -> int | None:
        """The number of the run, as its first line has it; None if a version without a head wrote it."""
        run = self.opening.get("run")
        return run if type(run) is int else None

    @property
    def earlier(self) -> Anchor | None:
        """The line of an earlier run that the first line names."""
        match self.opening.get("earlier"):
            case {"file": str(file), "line": int(line_no), "hash": str(known_hash)}:
                return Anchor(file, line_no, known_hash)
        return None

    @property
    def opening(self) -> Mapping[str, Any]:
        """The facts of the first line: who, where, on which exchange; empty if it is missing."""
        return self.entries[0].facts if self.entries and self.entries[0].kind == Kind.OPENED else {}


def read_journal(path: Path) -> JournalReading:
    """Read one journal file. Raises JournalUnusable if the file can't be read."""
    try:
        content = disk().read(path)
    except OSError as error:
        raise JournalUnusable(f"can't be read: {problem_of(error, path)}") from error
    *lines, torn = content.split(b"\n")
    entries: list[JournalEntry | None] = []
    problems = []
    for line_no, line in enumerate(lines, 1):
        try:
            entries.append(read_line(line))
        except LineUnreadable as error:
            entries.append(None)
            problems.append(Problem(line_no, str(error)))
    hashes = tuple(map(line_hash, lines))
    problems += _chain_problems(hashes, entries)
    readable = tuple(entry for entry in entries if entry is not None)
    return JournalReading(readable, tuple(sorted(problems)), hashes, bool(torn))


def _chain_problems(hashes: Sequence[str], entries: Sequence[JournalEntry | None]) -> Iterator[Problem]:
    if entries and (first := entries[0]) is not None and first.seq != 1:
        yield Problem(1, f"has number {first.seq} instead of 1: earlier lines were removed")
    for line_no, (before, after) in enumerate(itertools.pairwise(entries), 2):
        if after is None:
            continue
        # The number after an unreadable line is not known; the hash check covers it.
        expected = after.seq if before is None else before.seq + 1
        if after.seq > expected:
            yield Problem(line_no, f"has number {after.seq} instead of {expected}: lines before it were removed")
        elif after.seq < expected:
            yield Problem(line_no, f"has number {after.seq} instead of {expected}: lines were inserted or moved")
        elif before is not None and after.prev != hashes[line_no - 2]:
            yield Problem(line_no - 1, f"changed: line {line_no} contains a different hash of it")

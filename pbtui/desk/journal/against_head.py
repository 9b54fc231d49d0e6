"""Compares journal files with the head."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pbtui.desk.journal.chain import JournalReading, Problem
from pbtui.desk.journal.head import HeadLine, next_line, read_head
from pbtui.desk.journal.line import Anchor
from pbtui.desk.journal.writer import JournalUnusable, Kind
from pbtui.desk.storage.places import Owner, journal_head
from pbtui.desk.storage.problem import problem_of


@dataclass(frozen=True, slots=True)
class KnownFile:
    """Head lines of one file, by the number of the journal line, and the number of its run."""

    run: int
    lines: Mapping[int, HeadLine]

    @property
    def count(self) -> int:
        """The number of the newest line."""
        return max(self.lines)

    @property
    def first(self) -> int:
        """The first line with a head line; 1, but for a file that was taken over."""
        return min(self.lines)

    @property
    def is_adopted(self) -> bool:
        """Return whether the file was written by a version without a head."""
        return self.lines[self.first].adopted

    def hash_of(self, line_no: int) -> str | None:
        """The hash of a line; None if the head does not have it."""
        known = self.lines.get(line_no)
        return None if known is None else known.hash


@dataclass(frozen=True, slots=True)
class KnownHead:
    """The readable lines of the head, with its own problems."""

    lines: tuple[HeadLine, ...] = ()
    files: Mapping[str, KnownFile] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    exists: bool = True

    @classmethod
    def of(cls, lines: Sequence[HeadLine | None] | None) -> "KnownHead":
        """Sort what was read; None if there is no head."""
        readable = tuple(line for line in lines or () if line is not None)
        by_file: dict[str, dict[int, HeadLine]] = {}
        for line in readable:
            by_file.setdefault(line.file, {})[line.line] = line
        files = {name: KnownFile(run, known) for run, (name, known) in enumerate(by_file.items(), 1)}
        return cls(readable, files, tuple(_head_problems(lines or ())), lines is not None)

    @property
    def newest(self) -> HeadLine | None:
        """The last line."""
        return self.lines[-1] if self.lines else None

    def knows(self, anchor: Anchor) -> bool:
        """Return whether the head has this very line."""
        return anchor.file in self.files and self.files[anchor.file].hash_of(anchor.line) == anchor.hash

    def why_not(self, no: int, everything: str) -> str:
        """Return why the head does not continue the one that was noted; empty if it does."""
        noted = next((line for line in self.lines if line.no == no), None)
        if noted is None:
            return f"the head does not have the noted line {no}: lines were removed"
        return "" if noted.all == everything else f"line {no} is not the noted one: the head was changed"


def known_head(owner: Owner) -> KnownHead:
    """Read the head of a profile. Raises JournalUnusable if it can't be read."""
    try:
        return KnownHead.of(read_head(owner))
    except OSError as error:
        raise JournalUnusable(f"the head can't be read: {problem_of(error, journal_head(owner))}") from error


def _head_problems(lines: Sequence[HeadLine | None]) -> Iterator[Problem]:
    seen: set[str] = set()
    for line_no, (before, line) in enumerate(itertools.pairwise([None, *lines]), 1):
        if line is None:
            yield Problem(line_no, "is not a line of the head")
            continue
        is_new_run = line.file not in seen
        seen.add(line.file)
        if line_no > 1 and before is None:
            continue  # the line before is a problem already
        if line != next_line(before, line.anchor, is_new_run=is_new_run, adopted=line.adopted):
            yield Problem(line_no, "the head was changed here: its number or hash does not follow from the line before")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Result of a comparison for one file: problems, records that could not be written, and doubts."""

    problems: Sequence[Problem] = ()
    gaps: Sequence[Problem] = ()
    notes: Sequence[Problem] = ()


def compare_file(
    reading: JournalReading, known: KnownFile | None, before: KnownFile | None, head: KnownHead, *, is_running: bool
) -> Comparison:
    """Compare one file with the head. `before` is the same part of a head that was read before the file."""
    if known is None:
        return _unknown_file(reading, head, is_running=is_running)
    problems = [*_changed(reading, known), *_numbered_otherwise(reading, known)]
    count, certain = len(reading.hashes), 0 if before is None else before.count
    if count < certain:
        problems.append(
            Problem(count + 1, f"is missing: the head has {certain} lines of this file, which has {count} now")
        )
    problems += _added(reading, known)
    return Comparison(problems, notes=list(_doubts(reading, known, is_running=is_running)))


def _unknown_file(reading: JournalReading, head: KnownHead, *, is_running: bool) -> Comparison:
    if not reading.hashes:
        reason = "has no line: a run began here and could write nothing; what it did is not in the journal"
        return Comparison() if is_running else Comparison(gaps=[Problem(0, reason)])
    if not head.exists:
        return Comparison(notes=[Problem(0, "there is no head: removed last lines of this file can't be found")])
    earlier = reading.earlier
    continues = head.newest is None if earlier is None else head.knows(earlier)
    if len(reading.hashes) == 1 and reading.run_number is not None and continues:
        return Comparison(notes=[Problem(1, _ONE_AHEAD)])
    return Comparison([Problem(0, "is not in the head: the file was added, or the head was changed")])


_ONE_AHEAD = (
    "is not in the head, as after a crash right behind this line; that nobody added the line later can't be proved"
)


def _changed(reading: JournalReading, known: KnownFile) -> Iterator[Problem]:
    last = min(len(reading.hashes), known.count)
    others = [no for no in range(known.first, last + 1) if known.hash_of(no) != reading.hashes[no - 1]]
    if others:
        yield Problem(others[0], f"differs from the head{_so_do(len(others) - 1)}: changed after it was written")


def _so_do(later: int) -> str:
    if later == 1:
        return ", and so does 1 later line"
    return f", and so do {later} later lines" if later else ""


def _numbered_otherwise(reading: JournalReading, known: KnownFile) -> Iterator[Problem]:
    run = reading.run_number
    if not known.is_adopted and run is not None and run != known.run:
        yield Problem(1, f"names run {run}, but the head has it as run {known.run}")


def _added(reading: JournalReading, known: KnownFile) -> Iterator[Problem]:
    more = len(reading.hashes) - known.count
    if _is_closed(reading, known) and (more > 0 or reading.is_torn):
        yield Problem(known.count + 1, "was added after the run had ended")
    elif more > 1:
        yield Problem(
            known.count + 1, f"{more} lines from here on are not in the head: added, or removed from the head"
        )


def _is_closed(reading: JournalReading, known: KnownFile) -> bool:
    """Return whether the newest line in the head ended the run."""
    return any(entry.seq == known.count and entry.kind == Kind.CLOSED for entry in reading.entries)


def _doubts(reading: JournalReading, known: KnownFile, *, is_running: bool) -> Iterator[Problem]:
    count = len(reading.hashes)
    if known.is_adopted:
        yield Problem(1, f"lines 1 to {known.first} were written without a head; only their chain protects them")
    if count == known.count + 1 and not _is_closed(reading, known):
        yield Problem(count, _ONE_AHEAD)
    if reading.entries and reading.entries[-1].kind != Kind.CLOSED and not is_running:
        yield Problem(
            count, "is the last one: the program was ended, or could not write; later actions are not recorded"
        )

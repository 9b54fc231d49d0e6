"""Verifies that a profile's journal is unchanged, and says what can't be proved.

Three records are compared: the chain inside each file, the head kept apart from the files, and the hashes of the kill
reports. The first line of a file also names the newest line of all earlier runs; this is compared for lines that the
head does not have. A run may be writing meanwhile: the head is read before and after the files.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pbtui.desk.journal.against_head import Comparison, KnownHead, compare_file, known_head
from pbtui.desk.journal.chain import JournalReading, Problem, read_journal
from pbtui.desk.journal.gap import recorded_gap_words
from pbtui.desk.journal.head import HeadLine
from pbtui.desk.journal.kill_reports import mismatch, recorded_reports, stored_report
from pbtui.desk.journal.writer import JournalUnusable, Kind, journal_files
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import (
    Owner,
    confirmed_file,
    halt_file,
    journal_folder,
    journal_head,
    report_folder,
)


@dataclass(frozen=True, slots=True)
class Audit:
    """The result of a verification, by file.

    `problems` has every journal file, and missing files and the head if they have any. `gaps` are records that pbtui
    could not write. `notes` are doubts that no record can remove. `head` is the newest line of the head.
    """

    problems: dict[Path, list[Problem]]
    gaps: dict[Path, list[Problem]] = field(default_factory=dict)
    notes: dict[Path, list[Problem]] = field(default_factory=dict)
    head: HeadLine | None = None


def audit(
    owner: Owner,
    noted: tuple[int, str] | None = None,
    came_to: Callable[[int, int], object] = lambda _done, _total: None,
) -> Audit:
    """Verify the journal of a profile. `noted` is the number and the hash of a head line that the user kept elsewhere.

    A changed kill report is a problem of the line that contains its hash. `came_to` is called with the number of files
    that it has come to, and of all. Raises JournalUnusable if the folder or the head can't be read.
    """
    before = known_head(owner)
    files = {path.name: path for path in journal_files(owner)}
    running = {name for name, path in files.items() if _is_running(path)}
    readings, unreadable = _read([*files.values()], lambda: came_to(0, len(files)))
    head = known_head(owner)
    found = _Found(owner, Audit({path: [] for path in files.values()}, head=head.newest))
    for name, problem in unreadable.items():
        found.problems(name, problem)
    for done, (name, reading) in enumerate(readings.items(), 1):
        came_to(done, len(files))
        _compare(found, name, reading, head, before, is_running=name in running)
    for name in before.files.keys() - files.keys():
        count = before.files[name].count
        found.problems(name, Problem(0, f"is missing: the head has {count} line{'s' if count != 1 else ''} of it"))
    for name, problem in _anchor_problems(readings, files, head):
        found.problems(name, problem)
    _compare_reports(found, owner, readings, files, running)
    found.of_head(head, readings, noted)
    if not (files or head.exists):
        found.of_nothing(_left_without_a_journal(owner))
    return found.sorted()


def _left_without_a_journal(owner: Owner) -> list[str]:
    """The traces of a profile that has no journal. A program writes them after the journal, unless the disk is full."""
    left = {"a halt": [halt_file(owner)], "lines in the team store": [confirmed_file(owner)], "kill reports": []}
    with contextlib.suppress(OSError):
        left["kill reports"] = disk().files(report_folder(owner))
    return [what for what, files in left.items() if any(map(disk().has, files))]


def _is_running(path: Path) -> bool:
    """Return whether the program that writes the file runs. False if the file can't be read: that is reported later."""
    with contextlib.suppress(OSError):
        return disk().is_locked(path)
    return False


def _read(
    paths: Iterable[Path], came_to: Callable[[], object] = lambda: None
) -> tuple[dict[str, JournalReading], dict[str, Problem]]:
    """The readings of the files, and the problems of those that can't be read, by name."""
    readings: dict[str, JournalReading] = {}
    unreadable: dict[str, Problem] = {}
    for path in paths:
        came_to()
        try:
            readings[path.name] = read_journal(path)
        except JournalUnusable as error:
            unreadable[path.name] = Problem(0, str(error))
    return readings, unreadable


class _Found:
    """Collects what was found; files are named as in the head."""

    def __init__(self, owner: Owner, result: Audit) -> None:
        self._folder = journal_folder(owner)
        self._head_path = journal_head(owner)
        self._result = result

    def problems(self, name: str, *problems: Problem) -> None:
        if problems:
            self._result.problems.setdefault(self._folder / name, []).extend(problems)

    def doubts(self, name: str, comparison: Comparison) -> None:
        path = self._folder / name
        for doubts, kept in ((comparison.gaps, self._result.gaps), (comparison.notes, self._result.notes)):
            if doubts:
                kept.setdefault(path, []).extend(doubts)

    def of_head(self, head: KnownHead, readings: Mapping[str, JournalReading], noted: tuple[int, str] | None) -> None:
        numbered = [name for name, reading in readings.items() if reading.run_number is not None]
        problems = list(head.problems)
        if numbered and not head.exists:
            problems.append(Problem(0, "the head is missing: removed files and removed last lines can't be found"))
        problems += [
            Problem(line.no, f"the head was begun again when {line.file} already existed: the earlier head was removed")
            for line in head.lines
            if line.adopted and line.file in numbered
        ]
        if noted is not None and (reason := head.why_not(*noted)):
            problems.append(Problem(0, reason))
        if problems:
            self._result.problems[self._head_path] = problems

    def of_nothing(self, left: Sequence[str]) -> None:
        """Note that there is neither a file nor a head, although the profile has left something else."""
        if left:
            reason = f"there is no journal and no head, but {' and '.join(left)}: they were removed, or never written"
            self._result.problems.setdefault(self._head_path, []).append(Problem(0, reason))

    def sorted(self) -> Audit:
        kinds = (self._result.problems, self._result.gaps, self._result.notes)
        problems, gaps, notes = ({path: sorted(set(of[path])) for path in sorted(of)} for of in kinds)
        return Audit(problems, gaps, notes, self._result.head)


def _compare(
    found: _Found, name: str, reading: JournalReading, head: KnownHead, before: KnownHead, *, is_running: bool
) -> None:
    comparison = compare_file(reading, head.files.get(name), before.files.get(name), head, is_running=is_running)
    by_chain = {problem.line_no for problem in reading.problems}
    found.problems(name, *reading.problems)
    found.problems(name, *(problem for problem in comparison.problems if problem.line_no not in by_chain))
    found.doubts(name, comparison)
    gaps = [entry for entry in reading.entries if entry.kind == Kind.GAP]
    found.doubts(name, Comparison(gaps=[Problem(entry.seq, recorded_gap_words(entry.facts)) for entry in gaps]))


def _anchor_problems(
    readings: Mapping[str, JournalReading], files: Mapping[str, Path], head: KnownHead
) -> Iterator[tuple[str, Problem]]:
    """Lines that a later file names, that are changed or missing, and that the head does not have."""
    for name, reading in readings.items():
        anchor = reading.earlier
        if anchor is None or anchor.file in head.files:
            continue
        if anchor.file not in files:
            yield name, Problem(1, f"names an earlier file that is missing: {anchor.file}")
        elif anchor.file in readings and anchor.hash not in readings[anchor.file].hashes[anchor.line - 1 : anchor.line]:
            yield anchor.file, Problem(anchor.line, f"changed or removed after {name} was created")


def _compare_reports(
    found: _Found, owner: Owner, readings: Mapping[str, JournalReading], files: Mapping[str, Path], running: set[str]
) -> None:
    """Compare the kill reports. A running kill may write one meanwhile, so its file is read again after the reports."""
    certain = {name: len(reading.hashes) for name, reading in readings.items()}
    stored = {
        report: stored_report(report_folder(owner) / Path(report).name)
        for report in recorded_reports(readings, certain)
    }
    again, _ = _read(files[name] for name in running)
    recorded = recorded_reports({**readings, **again}, certain)
    for report, state in stored.items():
        differs = mismatch(report, state, recorded[report])
        if differs is None:
            continue
        if not differs.is_explained:
            found.problems(differs.file, differs.problem)
        elif differs.file in running:
            found.doubts(differs.file, Comparison(notes=[differs.problem]))
        else:
            found.doubts(differs.file, Comparison(gaps=[differs.problem]))

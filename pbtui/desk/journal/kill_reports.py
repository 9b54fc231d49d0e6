"""Compares the reports of kills with their hashes in the journal.

A kill records the hashes of its report first and writes the report second. So the newest hash may be of a report that
was not written: the program ended before, and no line follows; or the write failed, and a later line says so. Then the
report of an earlier hash, or none, is as it should be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pbtui.api.structs import replace
from pbtui.desk.journal.chain import JournalReading, Problem
from pbtui.desk.journal.gap import missing_kinds
from pbtui.desk.journal.line import JournalEntry, report_hash
from pbtui.desk.journal.writer import Kind
from pbtui.desk.storage.disk import disk

_NOT_YET = "the program ended before it was written, or writes it now"
_HASH_LOST = "a newer hash of it could not be written to the journal"
_FAILED = "it could not be written"


@dataclass(frozen=True, slots=True)
class RecordedReport:
    """A report as one journal line has it.

    `hash` is None if the line with the hash could not be written. `doubt` is the reason why the report may not be on
    disk as recorded; empty if it has to be.
    """

    file: str
    line_no: int
    hash: str | None
    doubt: str


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report on disk. `hash` is None if it is missing or can't be read; `problem` is then the reason."""

    hash: str | None
    problem: str = ""
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A report that does not match its newest hash; `is_explained` by a write that failed or was cut short."""

    file: str
    problem: Problem
    is_explained: bool


def recorded_reports(
    readings: Mapping[str, JournalReading], certain: Mapping[str, int]
) -> dict[str, list[RecordedReport]]:
    """All recorded states of each report, oldest first.

    `certain` is the number of lines that each file had before the reports were read. What its last line records, and
    what later lines record, may not have been on disk then.
    """
    reports: dict[str, list[RecordedReport]] = {}
    for name, reading in readings.items():
        run = _RunReports(name, certain.get(name, 0), reports)
        for entry in reading.entries:
            run.take(entry)
    return reports


def stored_report(path: Path) -> StoredReport:
    """Read a report. Does not raise."""
    try:
        return StoredReport(report_hash(disk().read(path)))
    except FileNotFoundError as error:
        return StoredReport(None, str(error.strerror), is_missing=True)
    except OSError as error:
        return StoredReport(None, str(error.strerror))
    except ValueError as error:  # the journal may have been edited: a name with a null byte
        return StoredReport(None, str(error))


def mismatch(report: str, stored: StoredReport, recorded: Sequence[RecordedReport]) -> Mismatch | None:
    """The difference of a report from its newest hash; None if there is none. `recorded` must not be empty."""
    newest = recorded[-1]
    if stored.hash is not None and stored.hash == newest.hash:
        return None
    if _is_explained(stored, recorded):
        reason = f"the report {report} of this line is not on disk: {newest.doubt}"
        return Mismatch(newest.file, Problem(newest.line_no, reason), is_explained=True)
    if stored.hash is None:
        reason = f"the report {report} can't be read: {stored.problem}"
    else:
        reason = f"the report {report} does not match its hash here: it was changed, or a newer hash was not written"
    return Mismatch(newest.file, Problem(newest.line_no, reason), is_explained=False)


def _is_explained(stored: StoredReport, recorded: Sequence[RecordedReport]) -> bool:
    """Return whether it is an earlier report, or missing, and each later one may not have been written."""
    for known in reversed(recorded):
        if stored.hash is not None and known.hash in (None, stored.hash):
            return True
        if not known.doubt:
            return False
    return stored.is_missing


@dataclass
class _RunReports:
    """Collects what one file records.

    `_present` are the reports of its newest kill, `_lost` is the last line of hashes that could not be written.
    """

    file: str
    certain: int
    reports: dict[str, list[RecordedReport]]
    _present: tuple[str, ...] = ()
    _lost: tuple[RecordedReport, ...] = ()

    def take(self, entry: JournalEntry) -> None:
        match entry.kind:
            case Kind.KILL:
                self._present = ()
            case Kind.KILL_END:
                self._add_hashes(entry)
            case Kind.REPORT_UNWRITTEN:
                self._doubt(_texts(entry.facts.get("reports")), f"{_FAILED}: {entry.facts.get('reason')}")
            case Kind.GAP:
                self._add_gap(entry)

    def _add_hashes(self, entry: JournalEntry) -> None:
        hashes = entry.facts.get("report")
        if isinstance(hashes, dict):
            doubt = _NOT_YET if entry.seq >= self.certain else ""
            for report, known in hashes.items():
                state = RecordedReport(self.file, entry.seq, str(known), doubt)
                self.reports.setdefault(report, list(self._lost)).append(state)
            self._present = tuple(hashes)

    def _add_gap(self, entry: JournalEntry) -> None:
        kinds = missing_kinds(entry.facts)
        if Kind.REPORT_UNWRITTEN in kinds:
            self._doubt(self._present, _FAILED)
        if Kind.KILL_END in kinds:
            lost = RecordedReport(self.file, entry.seq, None, _HASH_LOST)
            self._lost = (lost,)
            for report in self._present:
                self.reports[report].append(lost)

    def _doubt(self, reports: Sequence[str], doubt: str) -> None:
        for report in reports:
            if recorded := self.reports.get(report):
                recorded[-1] = replace(recorded[-1], doubt=doubt)


def _texts(names: object) -> list[str]:
    """The texts in a list: the journal may have been edited."""
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

"""Reports of kills compared with their hashes: which differences a write that was cut short explains."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pbtui.desk.journal.audit import Audit, audit
from pbtui.desk.journal.chain import JournalReading
from pbtui.desk.journal.kill_reports import StoredReport, mismatch, recorded_reports, stored_report
from pbtui.desk.journal.line import JournalEntry, report_hash
from pbtui.desk.journal.writer import Journal, Kind, journal_files
from pbtui.desk.storage.places import owner_of, report_folder
from pbtui.settings.profiles import Profile

FILE, REPORT = "20261122T140000.000000Z-1.jsonl", "20261122T140000.000000Z-1.json"
MISSING = StoredReport(None, "No such file or directory", is_missing=True)
FULL = "it could not be written: disk full"
LOST = "a newer hash of it could not be written to the journal"
NOT_YET = "the program ended before it was written, or writes it now"
CHANGED = f"the report {REPORT} does not match its hash here: it was changed, or a newer hash was not written"
GONE = f"the report {REPORT} can't be read: No such file or directory"
DENIED = f"the report {REPORT} can't be read: Permission denied"
Line = tuple[str, dict[str, Any]]
KILL: Line = (Kind.KILL, {})
CALL: Line = (Kind.KILL_CALL, {})


def end(known: str) -> Line:
    return Kind.KILL_END, {"report": {REPORT: known}}


def unwritten(*names: object) -> Line:
    return Kind.REPORT_UNWRITTEN, {"reports": list(names), "reason": "disk full"}


def gap(*kinds: str) -> Line:
    return Kind.GAP, {"missing": [{"kind": kind} for kind in kinds]}


def reading(*lines: Line) -> JournalReading:
    now = datetime.now(UTC)
    entries = [JournalEntry(no, now, kind, facts, None) for no, (kind, facts) in enumerate(lines, 1)]
    return JournalReading(tuple(entries), (), tuple(f"h{entry.seq}" for entry in entries))


def found(stored: StoredReport, *lines: Line, certain: int | None = None) -> tuple[int, str, bool] | None:
    """The line, the reason, and whether the difference is explained; None if there is none."""
    files = {FILE: reading(*lines)}
    count = len(lines) if certain is None else certain
    differs = mismatch(REPORT, stored, recorded_reports(files, {FILE: count})[REPORT])
    if differs is None:
        return None
    assert differs.file == FILE
    return differs.problem.line_no, differs.problem.reason, differs.is_explained


def not_on_disk(why: str) -> str:
    return f"the report {REPORT} of this line is not on disk: {why}"


A, B = StoredReport("a"), StoredReport("b")


@pytest.mark.parametrize(
    ("stored", "lines", "expected"),
    [
        (B, [KILL, end("a"), end("b"), CALL], None),
        (A, [KILL, end("a"), end("b"), CALL], (3, CHANGED, False)),
        (MISSING, [KILL, end("a"), CALL], (2, GONE, False)),
        # The program ended right behind the line.
        (B, [KILL, end("a"), end("b")], None),
        (A, [KILL, end("a"), end("b")], (3, not_on_disk(NOT_YET), True)),
        (StoredReport("x"), [KILL, end("a"), end("b")], (3, CHANGED, False)),
        (MISSING, [KILL, end("a")], (2, not_on_disk(NOT_YET), True)),
        (MISSING, [KILL, end("a"), end("b")], (3, GONE, False)),
        (StoredReport(None, "Permission denied"), [KILL, end("a")], (2, DENIED, False)),
        # The report could not be written.
        (A, [end("a"), end("b"), unwritten(REPORT), CALL], (2, not_on_disk(FULL), True)),
        (B, [end("a"), end("b"), unwritten(REPORT), CALL], None),
        (MISSING, [end("b"), unwritten(REPORT), CALL], (1, not_on_disk(FULL), True)),
        (A, [end("a"), end("b"), unwritten("x", 5, []), CALL], (2, CHANGED, False)),
        (A, [end("a"), end("b"), (Kind.REPORT_UNWRITTEN, {"reports": REPORT}), CALL], (2, CHANGED, False)),
        # The journal could not be written.
        (A, [end("a"), end("b"), gap(Kind.REPORT_UNWRITTEN), CALL], (2, not_on_disk("it could not be written"), True)),
        (
            StoredReport("x"),
            [end("a"), gap(Kind.MODE, Kind.KILL_END), CALL],
            (2, not_on_disk(LOST), True),
        ),
        (MISSING, [end("a"), gap(Kind.KILL_END), CALL], (2, GONE, False)),
        (StoredReport("x"), [gap(Kind.KILL_END), end("a")], (2, not_on_disk(NOT_YET), True)),
        (StoredReport("x"), [gap(Kind.KILL_END), end("a"), CALL], (2, CHANGED, False)),
        (StoredReport("x"), [end("a"), gap(Kind.MODE), CALL], (1, CHANGED, False)),
        (StoredReport("x"), [end("a"), gap(Kind.KILL_END), end("b"), CALL], (3, CHANGED, False)),
        (StoredReport("x"), [end("a"), KILL, gap(Kind.KILL_END), CALL], (1, CHANGED, False)),
        (
            StoredReport("x"),
            [end("a"), (Kind.KILL_END, {"report": 5}), gap(Kind.KILL_END), CALL],
            (3, not_on_disk(LOST), True),
        ),
    ],
)
def test_a_report_and_its_hashes(
    stored: StoredReport, lines: list[Line], expected: tuple[int, str, bool] | None
) -> None:
    assert found(stored, *lines) == expected


def test_what_a_running_kill_records_after_the_reports_were_read() -> None:
    lines = [KILL, end("a"), end("b"), end("c"), CALL]
    assert found(A, *lines, certain=2) == (4, not_on_disk(NOT_YET), True)
    assert found(B, *lines, certain=2) == (4, not_on_disk(NOT_YET), True)
    assert found(StoredReport("c"), *lines, certain=2) is None
    assert found(MISSING, *lines, certain=2) == (4, not_on_disk(NOT_YET), True)
    assert found(MISSING, *lines, certain=3) == (4, GONE, False)
    assert found(A, *lines, certain=4) == (4, CHANGED, False)


def test_the_file_of_a_report(tmp_path: Path) -> None:
    (tmp_path / REPORT).write_bytes(b"facts")
    assert stored_report(tmp_path / REPORT) == StoredReport(report_hash(b"facts"))
    assert stored_report(tmp_path / "other") == MISSING
    assert stored_report(tmp_path) == StoredReport(None, "Is a directory")
    assert (stored_report(tmp_path / "x\0").problem or "").startswith(("embedded null", "open: embedded null"))


def test_a_kill_that_was_cut_short_leaves_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    profile = Profile(name="desk", base_url="https://staging.powerbot-trading.com/playground/epex/v2/api")
    owner = owner_of(profile)
    report_folder(owner).mkdir(parents=True)
    for name in (REPORT, "0.json"):
        (report_folder(owner) / name).write_bytes(b"earlier")
    journal = Journal.open(profile)
    journal.record(Kind.KILL_END, report={"0.json": report_hash(b"earlier"), REPORT: report_hash(b"earlier")})
    journal.record(Kind.KILL_END, report={REPORT: report_hash(b"newest")})
    [path] = journal_files(owner)
    expected = (3, not_on_disk(NOT_YET))

    def doubts(audited: Audit) -> tuple[list[tuple[int, str]], ...]:
        kinds = (audited.problems, audited.gaps, audited.notes)
        return tuple([(problem.line_no, problem.reason) for problem in kind.get(path, [])] for kind in kinds)

    assert doubts(audit(owner)) == ([], [], [expected]), "the program runs"
    journal._file.close()  # type: ignore[union-attr] # as a kill -9 does
    problems, gaps, _ = doubts(audit(owner))
    assert (problems, gaps) == ([], [expected])
    (report_folder(owner) / REPORT).write_bytes(b"another")
    problems, gaps, _ = doubts(audit(owner))
    assert (problems, gaps) == ([(3, CHANGED)], [])

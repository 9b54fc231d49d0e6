"""Comparison of one journal file with the head: each problem, gap and doubt by itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbtui.desk.journal.against_head import Comparison, KnownFile, KnownHead, compare_file, known_head
from pbtui.desk.journal.chain import JournalReading, Problem
from pbtui.desk.journal.head import HeadLine, next_line
from pbtui.desk.journal.line import Anchor, JournalEntry
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.storage.places import journal_head, owner_of
from pbtui.settings.profiles import Profile

OWNER = owner_of(Profile(name="desk", base_url="https://staging.powerbot-trading.com/playground/epex/v2/api"))
FILE = "2026.jsonl"
EMPTY_HEAD = KnownHead.of([])
AHEAD = "is not in the head, as after a crash right behind this line; that nobody added the line later can't be proved"
NOT_IN_HEAD = "is not in the head: the file was added, or the head was changed"
LAST = "is the last one: the program was ended, or could not write; later actions are not recorded"
ENDED = Problem(5, "was added after the run had ended")


def reading(*kinds: str, run: object = 1, earlier: object = None, is_torn: bool = False) -> JournalReading:
    """A file with lines of these kinds, and the hashes h1, h2 and so on."""
    first = {"run": run, "earlier": earlier}
    now = datetime.now(UTC)
    entries = [JournalEntry(no, now, kind, {} if no > 1 else first, None) for no, kind in enumerate(kinds, 1)]
    return JournalReading(tuple(entries), (), tuple(f"h{entry.seq}" for entry in entries), is_torn)


def changed(file: JournalReading, *lines: int) -> JournalReading:
    """The same file with other hashes of these lines."""
    hashes = [f"x{no}" if no in lines else known for no, known in enumerate(file.hashes, 1)]
    return replace(file, hashes=tuple(hashes))


OPEN, CLOSED = ("opened", "mode", "mode"), ("opened", "mode", "mode", "closed")


def head_of(count: int, first: int = 1, *, adopted: bool = False, file: str = FILE) -> KnownHead:
    """A head that has these lines of the file."""
    lines: list[HeadLine] = []
    for no in range(first, count + 1):
        before = lines[-1] if lines else None
        lines.append(next_line(before, Anchor(file, no, f"h{no}"), is_new_run=not lines, adopted=adopted))
    return KnownHead.of(lines)


def compared(
    file: JournalReading, head: KnownHead, *, before: KnownHead | None = None, is_running: bool = False
) -> Comparison:
    earlier: KnownFile | None = (head if before is None else before).files.get(FILE)
    found = compare_file(file, head.files.get(FILE), earlier, head, is_running=is_running)
    return Comparison(list(found.problems), list(found.gaps), list(found.notes))


def test_a_file_that_is_as_the_head_has_it() -> None:
    assert compared(reading(*CLOSED), head_of(4)) == Comparison([], [], [])
    assert compared(reading(*OPEN), head_of(3), is_running=True) == Comparison([], [], [])
    assert compared(reading(*OPEN), head_of(3)) == Comparison([], [], [Problem(3, LAST)])


# ---------------------------------------------------------------- a file that is not in the head


def test_a_file_without_a_line_is_a_gap_once_its_run_has_ended() -> None:
    reason = "has no line: a run began here and could write nothing; what it did is not in the journal"
    assert compared(reading(), EMPTY_HEAD) == Comparison([], [Problem(0, reason)], [])
    assert compared(reading(), EMPTY_HEAD, is_running=True) == Comparison([], [], [])


def test_without_a_head_cut_files_are_not_found() -> None:
    reason = "there is no head: removed last lines of this file can't be found"
    assert compared(reading(*CLOSED), KnownHead.of(None)) == Comparison([], [], [Problem(0, reason)])


@pytest.mark.parametrize(
    ("file", "is_accepted"),
    [
        (reading("opened", earlier={"file": "2025.jsonl", "line": 2, "hash": "h2"}), True),
        (reading("opened", earlier={"file": "2025.jsonl", "line": 2, "hash": "forged"}), False),
        (reading("opened", earlier={"file": "2024.jsonl", "line": 2, "hash": "h2"}), False),
        (reading("opened"), False),
        (reading("opened", run=None, earlier={"file": "2025.jsonl", "line": 2, "hash": "h2"}), False),
        (reading("opened", "mode", earlier={"file": "2025.jsonl", "line": 2, "hash": "h2"}), False),
    ],
)
def test_one_line_may_be_ahead_of_the_head_if_it_continues_it(file: JournalReading, is_accepted: bool) -> None:
    found = compared(file, head_of(2, file="2025.jsonl"))
    expected = ([], [Problem(1, AHEAD)]) if is_accepted else ([Problem(0, NOT_IN_HEAD)], [])
    assert (found.problems, found.notes) == expected
    assert compared(reading("opened"), EMPTY_HEAD).notes == [Problem(1, AHEAD)]


# ---------------------------------------------------------------- lines that differ


@pytest.mark.parametrize(
    ("lines", "others"), [((2,), ""), ((2, 3), ", and so does 1 later line"), ((2, 3, 4), ", and so do 2 later lines")]
)
def test_changed_lines_are_found(lines: tuple[int, ...], others: str) -> None:
    reason = f"differs from the head{others}: changed after it was written"
    assert compared(changed(reading(*CLOSED), *lines), head_of(4)).problems == [Problem(2, reason)]


def test_a_file_that_names_another_run_is_found() -> None:
    reason = "names run 7, but the head has it as run 1"
    assert compared(reading(*CLOSED, run=7), head_of(4)).problems == [Problem(1, reason)]
    assert compared(reading(*CLOSED, run=None), head_of(4)).problems == []
    adopted = head_of(4, 4, adopted=True)
    assert compared(reading(*CLOSED, run=7), adopted).problems == []


def test_missing_lines_are_found() -> None:
    reason = "is missing: the head has 4 lines of this file, which has 2 now"
    assert compared(reading("opened", "mode"), head_of(4)).problems == [Problem(3, reason)]
    # They were written after the head was read the first time, and before the file was.
    assert compared(reading("opened", "mode"), head_of(4), before=head_of(2)).problems == []
    assert compared(reading(), head_of(1), before=EMPTY_HEAD).problems == []


def test_lines_after_the_end_of_a_run_are_found() -> None:
    after = compared(reading(*CLOSED, "mode"), head_of(4))
    assert (after.problems, after.notes) == ([ENDED], [Problem(5, LAST)])
    assert compared(reading(*CLOSED, is_torn=True), head_of(4)).problems == [ENDED]
    assert compared(reading(*OPEN, is_torn=True), head_of(3)).problems == []


def test_lines_that_are_not_in_the_head_are_found_but_for_one() -> None:
    ahead = compared(reading(*CLOSED), head_of(3))
    assert (ahead.problems, ahead.notes) == ([], [Problem(4, AHEAD)])
    reason = "2 lines from here on are not in the head: added, or removed from the head"
    assert compared(reading(*CLOSED), head_of(2)).problems == [Problem(3, reason)]


def test_a_file_that_was_taken_over_is_protected_by_its_chain_alone() -> None:
    found = compared(changed(reading(*CLOSED), 1, 2, 3), head_of(4, 4, adopted=True))
    reason = "lines 1 to 4 were written without a head; only their chain protects them"
    assert (found.problems, found.notes) == ([], [Problem(1, reason)])


# ---------------------------------------------------------------- the head itself

NO_LINE = "is not a line of the head"
BROKEN = "the head was changed here: its number or hash does not follow from the line before"


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (lambda lines: lines, []),
        (lambda lines: [None, *lines[1:]], [Problem(1, NO_LINE)]),
        (lambda lines: [lines[0], None, *lines[2:]], [Problem(2, NO_LINE)]),
        (lambda lines: [lines[0], None, None, *lines[3:]], [Problem(2, NO_LINE), Problem(3, NO_LINE)]),
        (lambda lines: [lines[0], None, *lines[2:4], *lines[5:]], [Problem(2, NO_LINE), Problem(5, BROKEN)]),
        (lambda lines: lines[1:], [Problem(1, BROKEN)]),
        (lambda lines: [*lines[:2], *lines[3:]], [Problem(3, BROKEN)]),
    ],
)
def test_problems_of_the_head(change: object, problems: Sequence[Problem]) -> None:
    assert callable(change)
    assert KnownHead.of(change(list(head_of(6).lines))).problems == tuple(problems)


def test_a_head_has_no_problem_with_files_that_were_taken_over() -> None:
    assert head_of(4, 4, adopted=True).problems == ()
    assert (KnownHead.of(None).newest, KnownHead.of(None).problems) == (None, ())


def test_a_noted_line_is_compared_with_the_head() -> None:
    head = head_of(6)
    assert head.newest is not None
    assert (head.newest.no, head.why_not(6, head.newest.all), head.why_not(2, head.lines[1].all)) == (6, "", "")
    assert head.why_not(6, "forged") == "line 6 is not the noted one: the head was changed"
    assert head.why_not(7, head.newest.all) == "the head does not have the noted line 7: lines were removed"


def test_a_head_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    journal_head(OWNER).mkdir(parents=True)
    with pytest.raises(JournalUnusable) as error:
        known_head(OWNER)
    assert str(error.value) == f"the head can't be read: Is a directory ({journal_head(OWNER)})"


# ---------------------------------------------------------------- the first line of a file


def test_only_a_first_line_of_the_right_kind_names_the_run_and_the_earlier_line() -> None:
    earlier = {"file": "2025.jsonl", "line": 2, "hash": "h2"}
    opened = reading("opened", run=3, earlier=earlier)
    assert (opened.run_number, opened.earlier) == (3, Anchor("2025.jsonl", 2, "h2"))
    for file in (reading("mode", run=3, earlier=earlier), reading(), reading("opened", run=True, earlier={"file": 1})):
        assert (file.run_number, file.earlier) == (None, None)

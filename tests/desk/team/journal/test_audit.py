"""The lines of a profile in the store, with all that can be done to them there."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from pbtui.api.structs import replace
from pbtui.desk.journal.line import journal_line, line_hash, read_line
from pbtui.desk.team.journal.audit import KEPT, NotedHead, StoreAudit, StoredCounts, StoredRun
from pbtui.desk.team.journal.searchable import searchable
from pbtui.desk.team.journal.stored import StoredLine

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
Change = Callable[[list[StoredLine]], Sequence[StoredLine]]


def stored(no: int, chain: str, run: str, content: bytes) -> StoredLine:
    """A line as the store makes it."""
    entry = read_line(content)
    words = searchable(entry)
    digest = line_hash(content)
    return StoredLine(
        stored_at=AT,
        server="s",
        profile="prod",
        operator="tess",
        host="north",
        file="/state/one.jsonl",
        no=no,
        chain=sha256(f"{chain} {no} {run or digest} {entry.seq} {digest}".encode()).hexdigest(),
        run=run or digest,
        line=entry.seq,
        hash=digest,
        content=content,
        at=words.at,
        kind=words.kind,
        ticket=words.ticket,
        portfolios=words.portfolios,
        orders=words.orders,
    )


def a_day(text: str = "") -> list[StoredLine]:
    """Six lines of two runs, one in turn with the other."""
    lines: list[StoredLine] = []
    newest: dict[int, StoredLine] = {}
    for no in range(1, 7):
        before = newest.get(no % 2)
        facts = {"operator": "tess", "host": "north", "n": no % 2, "ticket": f"T{no}", "text": text}
        seq, prev = (1, None) if before is None else (before.line + 1, before.hash)
        content = journal_line(seq, AT, "intent", facts, prev)
        chain, run = lines[-1].chain if lines else "", "" if before is None else before.run
        lines.append(stored(no, chain, run, content))
        newest[no % 2] = lines[-1]
    return lines


def counts_of(lines: Sequence[StoredLine], at: datetime = AT) -> StoredCounts:
    last = {line.run: line for line in lines}
    runs = [
        StoredRun(run=run, operator="tess", host="north", file=line.file, lines=line.line, stored_at=AT)
        for run, line in last.items()
    ]
    return StoredCounts(at=at, lines=len(lines), head=lines[-1].chain, runs=runs)


def audited(lines: Sequence[StoredLine], counts: StoredCounts, *noted: NotedHead) -> StoreAudit:
    audit = StoreAudit(counts, noted, [])
    for line in lines:
        audit.add(line)
    audit.end()
    return audit


def with_line(place: int, **changes: object) -> Change:
    return lambda lines: [*lines[:place], replace(lines[place], **changes), *lines[place + 1 :]]  # type: ignore[arg-type]


def forged(lines: list[StoredLine]) -> list[StoredLine]:
    """The third line with another content, and everything that can be made anew without its run."""
    found = lines[:2]
    for line in lines[2:]:
        content = line.content.replace(b'"T3"', b'"T9"') if line.no == 3 else line.content
        found.append(stored(line.no, found[-1].chain, line.run, content))
    return found


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (lambda lines: lines, []),
        (lambda lines: lines[:2] + lines[4:], ["lines 3 to 4 are missing"]),
        (lambda lines: lines[:-1], ["line 6 is missing"]),
        (lambda lines: [], ["lines 1 to 6 are missing"]),
        (lambda lines: lines[:3] + lines[2:], ["line 3: it is there twice"]),
        (with_line(2, content=b"{}"), ["line 3: its content was changed"]),
        (
            with_line(2, content=b"{}", hash=line_hash(b"{}")),
            ["line 3: it does not continue the chain", "3: it is not a journal line", "line 5: it does not continue"],
        ),
        (with_line(2, chain="0" * 64), ["line 3: it does not continue", "line 4: it does not continue the chain"]),
        (with_line(2, kind="mode"), ["line 3: the words by which it is found are not those of its content"]),
        (with_line(2, orders=["o9"]), ["line 3: the words by which it is found"]),
        (with_line(0, host="south"), ["line 1: the host of its run is not the one that it names"]),
        (with_line(5, chain="0" * 64), ["line 6: it does not continue", "its head is not that of its newest line 6"]),
        (forged, ["line 5: it does not continue the line before it in its run", "its head is not that"]),
    ],
)
def test_what_was_done_in_the_store_is_found(change: Change, problems: list[str]) -> None:
    lines = a_day()
    found = audited(change(lines), counts_of(lines)).problems
    assert len(found) == len(problems), found
    assert all(problem in text for problem, text in zip(problems, found, strict=True)), found


def test_a_store_that_was_made_anew_is_found_by_a_head_from_elsewhere() -> None:
    lines, others = a_day(), a_day("forged")
    noted = NotedHead(4, lines[3].chain, "that you noted")
    assert audited(lines, counts_of(lines), noted).problems == []
    assert audited(others, counts_of(others)).problems == []
    (problem,) = audited(others, counts_of(others), noted).problems
    assert problem == f"the store, line 4: it is not the line of the head 4:{lines[3].chain} that you noted"
    (problem,) = audited(lines[:2], counts_of(lines[:2]), noted).problems
    assert problem == f"the store: it counts 2 lines, but its head was 4:{lines[3].chain} that you noted"


def test_months_that_were_taken_out_after_five_years_are_no_problem() -> None:
    lines = a_day()
    noted = NotedHead(1, lines[0].chain, "that you noted")
    late = AT + KEPT + timedelta(days=1)
    counts = counts_of(lines, late)
    for left in (lines[4:], []):
        audit = audited(left, counts, noted)
        assert audit.problems == []
        assert len(audit.notes) == 2
    audit = audited(lines[5:], counts_of(lines))
    assert audit.problems == [
        "the store: it counts 3 lines of /state/one.jsonl, written by tess on north, but has them up to 0"
    ]

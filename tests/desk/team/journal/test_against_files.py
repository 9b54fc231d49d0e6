"""The files of a host against what the store has of them: cut here, cut there, or not brought yet."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbtui.api.structs import replace
from pbtui.desk.journal.against_head import KnownHead
from pbtui.desk.journal.chain import JournalReading
from pbtui.desk.journal.head import next_line
from pbtui.desk.journal.line import Anchor, JournalEntry
from pbtui.desk.team.journal.against_files import Here, compare_files
from pbtui.desk.team.journal.audit import KEPT, StoredRun
from pbtui.desk.team.journal.confirmed import Confirmed, Refusal, StoreHead

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
FOLDER = Path("/state/journal/prod")
ONE, TWO = FOLDER / "one.jsonl", FOLDER / "two.jsonl"
STORED = {"a1": {1: "a1", 2: "a2", 3: "a3"}, "b1": {1: "b1"}}


def reading(*hashes: str) -> JournalReading:
    return JournalReading((JournalEntry(1, AT, "opened", {}, None),), (), hashes)


def run(name: str, path: Path, lines: int, host: str = "north") -> StoredRun:
    return StoredRun(run=name, operator="tess", host=host, file=str(path), lines=lines, stored_at=AT)


RUNS = [run("a1", ONE, 3), run("b1", TWO, 1), run("c1", FOLDER / "x.jsonl", 7, "south"), run("d1", Path("/y/d"), 7)]


def known_head() -> KnownHead:
    """The head of one.jsonl with three lines, and two.jsonl with one."""
    lines = [next_line(None, Anchor(ONE.name, 1, "a1"), is_new_run=True)]
    for file, number, digest in ((ONE, 2, "a2"), (ONE, 3, "a3"), (TWO, 1, "b1")):
        lines.append(next_line(lines[-1], Anchor(file.name, number, digest), is_new_run=file is TWO))
    return KnownHead.of(lines)


HEAD = known_head()
HERE = Here(
    at=AT,
    host="north",
    folder=FOLDER,
    files={ONE: reading("a1", "a2", "a3"), TWO: reading("b1")},
    unreadable=frozenset(),
    head=HEAD,
    confirmed=Confirmed(HEAD.newest, 100),
)
HALF = replace(HERE, confirmed=Confirmed(HEAD.lines[1], 50))
REFUSED = replace(HERE, confirmed=Confirmed(HEAD.newest, 100, refused=(Refusal(ONE.name, 3, "it was changed"),)))
LOST = replace(HERE, confirmed=Confirmed(HEAD.newest, 100, lost=(StoreHead(9, "ab12", AT),)))


@pytest.mark.parametrize(
    ("here", "stored", "problems", "waiting"),
    [
        (HERE, STORED, [], 0),
        (HALF, {"a1": {1: "a1", 2: "a2"}}, [], 2),
        (replace(HERE, confirmed=Confirmed()), {}, [], 4),
        (
            HERE,
            {**STORED, "a1": {1: "a1"}},
            [f"{ONE}, line 2: is missing in the store, which had confirmed it, of 2 such lines"],
            0,
        ),
        (replace(HERE, at=AT + KEPT + timedelta(days=1)), {}, [], 0),
        (REFUSED, {**STORED, "a1": {1: "a1", 2: "a2"}}, [f"{ONE}, line 3: did not come into the store"], 0),
        (HERE, {**STORED, "a1": {1: "a1", 2: "??", 3: "a3"}}, [f"{ONE}, line 2: differs from the line"], 0),
        (
            replace(HERE, files={ONE: reading("a1", "a2"), TWO: reading("b1")}),
            STORED,
            [f"{ONE}, line 3: is missing here: the store has 3 lines of this file"],
            0,
        ),
        (
            replace(HERE, files={ONE: reading("a1", "a2", "a3")}),
            STORED,
            [f"{TWO}: is missing here: the store has 1 line of it"],
            0,
        ),
        (replace(HERE, files={ONE: reading("a1", "a2", "a3")}, unreadable=frozenset({TWO})), STORED, [], 0),
        (
            replace(HERE, files={ONE: reading("a1", "a2", "a3"), TWO: reading()}),
            STORED,
            [f"{TWO}, line 1: is not the first line that the store has of this file"],
            0,
        ),
        (LOST, STORED, ["the store: it had confirmed 9 lines with the hash ab12"], 0),
    ],
)
def test_what_was_cut_on_either_side_differs_from_what_waits(
    here: Here, stored: dict[str, dict[int, str]], problems: list[str], waiting: int
) -> None:
    found, late = compare_files(here, RUNS, stored)
    assert len(found) == len(problems), found
    assert all(text.startswith(problem) for problem, text in zip(problems, found, strict=True)), found
    assert late == waiting

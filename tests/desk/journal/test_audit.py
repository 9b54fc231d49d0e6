"""Verification that a journal is unchanged."""

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.desk.journal.audit import audit
from pbtui.desk.journal.chain import Problem, read_journal
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind, journal_files
from pbtui.desk.storage.places import owner_of
from pbtui.settings.profiles import Profile

PROFILE = Profile(name="desk", base_url="https://staging.powerbot-trading.com/playground/epex/v2/api")
OWNER = owner_of(PROFILE)
Lines = list[bytes]


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def a_run(*numbers: int) -> Path:
    with Journal.open(PROFILE) as journal:
        for number in numbers:
            journal.record(Kind.MODE, number=number)
    return journal_files(OWNER)[-1]


def tampered(path: Path, change: Callable[[Lines], Lines]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in change(path.read_bytes().splitlines())))


def line_numbers(problems: Sequence[Problem]) -> list[int]:
    return [problem.line_no for problem in problems]


def edited(lines: Lines, index: int) -> Lines:
    return [*lines[:index], lines[index].replace(b'"number":', b'"number":9'), *lines[index + 1 :]]


def test_an_unchanged_journal_has_no_problems() -> None:
    assert read_journal(a_run(1, 2, 3)).problems == ()


@pytest.mark.parametrize("index", [1, 2, 3])
def test_an_edited_line_is_found(index: int) -> None:
    path = a_run(1, 2, 3)
    tampered(path, lambda lines: edited(lines, index))
    [problem] = read_journal(path).problems
    assert problem == Problem(index + 1, f"changed: line {index + 2} contains a different hash of it")


def test_an_edited_first_line_is_found() -> None:
    path = a_run(1)
    tampered(path, lambda lines: [lines[0].replace(b'"desk"', b'"else"'), *lines[1:]])
    assert line_numbers(read_journal(path).problems) == [1]


@pytest.mark.parametrize("index", [1, 2, 3])
def test_a_removed_line_is_found(index: int) -> None:
    path = a_run(1, 2, 3)
    tampered(path, lambda lines: [*lines[:index], *lines[index + 1 :]])
    reason = f"has number {index + 2} instead of {index + 1}: lines before it were removed"
    assert read_journal(path).problems == (Problem(index + 1, reason),)


def test_a_removed_first_line_is_found() -> None:
    path = a_run(1)
    tampered(path, lambda lines: lines[1:])
    [problem] = read_journal(path).problems
    assert problem == Problem(1, "has number 2 instead of 1: earlier lines were removed")


@pytest.mark.parametrize("index", [1, 2, 3])
def test_an_inserted_line_is_found(index: int) -> None:
    path = a_run(1, 2, 3)
    tampered(path, lambda lines: [*lines[:index], lines[index], *lines[index:]])
    reason = f"has number {index + 1} instead of {index + 2}: lines were inserted or moved"
    assert read_journal(path).problems == (Problem(index + 2, reason),)


def test_swapped_lines_are_found() -> None:
    path = a_run(1, 2, 3, 4)
    tampered(path, lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]])
    assert line_numbers(read_journal(path).problems) == [3, 4, 5]


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"seq":"2","at":"2026-11-22T14:00:00Z","kind":"mode","prev":null}',
        b'{"seq":2,"at":"2026-11-22T14:00:00","kind":"mode","prev":null}',
        b'{"seq":2,"at":5,"kind":"mode","prev":null}',
        b'{"seq":2,"at":"2026-11-22T14:00:00Z","kind":[],"prev":null}',
        b'{"seq":2,"at":"2026-11-22T14:00:00Z","kind":"mode","prev":5}',
        b'{"seq":2,"at":"2026-11-22T14:00:00Z","kind":"mode"}',
    ],
)
def test_an_unreadable_line_is_found_and_the_others_are_read(garbage: bytes) -> None:
    path = a_run(1, 2, 3)
    tampered(path, lambda lines: [lines[0], garbage, *lines[2:]])
    reading = read_journal(path)
    assert reading.problems == (Problem(2, "is not a journal line"),)
    assert [entry.seq for entry in reading.entries] == [1, 3, 4, 5]


def test_a_change_after_an_unreadable_line_is_found() -> None:
    path = a_run(1, 2, 3, 4)
    tampered(path, lambda lines: [lines[0], b"{", lines[2], *edited(lines, 3)[3:]])
    assert line_numbers(read_journal(path).problems) == [2, 4]


def test_a_run_that_continued_after_another_began_has_no_problems() -> None:
    with Journal.open(PROFILE) as first:
        with Journal.open(PROFILE) as second:
            second.record(Kind.MODE, trading="on")
        first.record(Kind.MODE, trading="on")
    assert not any(audit(OWNER).problems.values())


def test_a_missing_file_is_found() -> None:
    _, second, _ = a_run(), a_run(), a_run()
    second.unlink()
    problems = audit(OWNER).problems
    assert problems.pop(second) == [Problem(0, "is missing: the head has 2 lines of it")]
    assert not any(problems.values())


def test_an_unreadable_file_is_reported_as_a_problem() -> None:
    path = a_run()
    folder = path.with_name("20261122T000000.000000Z-1.jsonl")
    folder.mkdir()
    problems = audit(OWNER).problems
    assert problems[path] == []
    assert problems[folder] == [Problem(0, f"can't be read: Is a directory ({folder})")]
    with pytest.raises(JournalUnusable, match="Is a directory"):
        read_journal(folder)


def test_an_unreadable_folder_is_reported() -> None:
    folder = a_run().parent
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("no folder")
    with pytest.raises(JournalUnusable, match="Not a directory"):
        audit(OWNER)


@given(data=st.data())
def test_every_change_before_the_last_line_is_found(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        path = a_run(1, 2, 3, 4)
    lines = path.read_bytes().splitlines()
    indices = data.draw(st.lists(st.integers(0, len(lines) - 1), min_size=1, max_size=8))
    kept = [lines[index] for index in indices]
    position = data.draw(st.integers(0, len(kept) - 1))
    is_edited = position < len(kept) - 1 and data.draw(st.booleans())
    if is_edited:
        kept[position] = json.dumps({**json.loads(kept[position]), "text": "forged"}).encode()
    path.write_bytes(b"".join(line + b"\n" for line in kept))
    is_prefix = indices[0] == 0 and all(after == before + 1 for before, after in pairwise(indices))
    assert bool(read_journal(path).problems) == (is_edited or not is_prefix)

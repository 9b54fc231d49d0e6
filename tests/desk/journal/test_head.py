"""What the head proves: each way to change the files of a journal is found, in the newest file and in an older one."""

import errno
import fcntl
import itertools
import json
import os
import re
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread, current_thread

import pytest

from pbtui.desk.journal.audit import Audit, audit
from pbtui.desk.journal.chain import Problem, read_journal
from pbtui.desk.journal.head import read_head
from pbtui.desk.journal.line import journal_line, line_hash, read_line
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind, journal_files
from pbtui.desk.kill.progress import Phase
from pbtui.desk.storage.places import journal_folder, journal_head, owner_of
from pbtui.settings.profiles import Profile
from tests.desk.kill.armed import ON_STALLED_DISK, armed_at, owner_at
from tests.exchange import RunningExchange

BASE_URL = "https://staging.powerbot-trading.com/playground/epex/v2/api"
PROFILE = Profile(name="desk", base_url=BASE_URL)
OWNER = owner_of(PROFILE)
OTHER = owner_of(Profile(name="other", base_url=PROFILE.base_url))
Lines = list[bytes]
WITHIN_S = 30.0


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def files() -> list[Path]:
    """The files of three runs; each has five lines."""
    for run in range(3):
        with Journal.open(PROFILE) as journal:
            for number in range(3):
                journal.record(Kind.MODE, number=10 * run + number)
    return journal_files(OWNER)


def put(path: Path, lines: Lines) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def chained_again(lines: Lines, start: int) -> Lines:
    """The lines with numbers and hashes that fit again, from that index on."""
    for index in range(start, len(lines)):
        entry = read_line(lines[index])
        prev = line_hash(lines[index - 1]) if index else entry.prev
        lines[index] = journal_line(index + 1, entry.at, entry.kind, entry.facts, prev)
    return lines


def edited(lines: Lines, index: int) -> Lines:
    return [*lines[:index], lines[index].replace(b'"number":', b'"number":9'), *lines[index + 1 :]]


CHANGES: dict[str, tuple[Callable[[Lines], Lines], int]] = {
    "a line is edited": (lambda lines: edited(lines, 2), 3),
    "the last line is edited": (lambda lines: [*lines[:-1], lines[-1].replace(b"closed", b"opened")], 5),
    "the last line is cut": (lambda lines: lines[:-1], 5),
    "several lines are cut": (lambda lines: lines[:2], 3),
    "the file is emptied": (lambda lines: [], 1),
    "an edited line is chained again": (lambda lines: chained_again(edited(lines, 2), 3), 3),
    "a removed line is chained again": (lambda lines: chained_again([*lines[:2], *lines[3:]], 2), 3),
    "a line is duplicated": (lambda lines: [*lines[:3], *lines[2:]], 4),
    "a duplicated line is chained again": (lambda lines: chained_again([*lines[:3], *lines[2:]], 3), 4),
    "a chained line is added": (lambda lines: chained_again([*lines, lines[3]], 5), 6),
    "two chained lines are added": (lambda lines: chained_again([*lines, lines[3], lines[3]], 5), 6),
    "all is chained again": (lambda lines: chained_again(edited(lines, 1), 0), 2),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("run", [0, 1, 2], ids=["oldest file", "older file", "newest file"])
def test_a_changed_file_is_found(files: list[Path], run: int, change: str) -> None:
    alter, line_no = CHANGES[change]
    put(files[run], alter(files[run].read_bytes().splitlines()))
    found = audit(OWNER).problems
    assert line_no in [fault.line_no for fault in found.pop(files[run])]
    assert not any(found.values())


@pytest.mark.parametrize("run", [0, 1, 2], ids=["oldest file", "older file", "newest file"])
def test_an_incomplete_line_after_the_end_of_a_run_is_found(files: list[Path], run: int) -> None:
    with files[run].open("ab") as file:
        file.write(b"{")
    [[fault]] = [faults for faults in audit(OWNER).problems.values() if faults]
    assert (fault.line_no, fault.reason) == (6, "was added after the run had ended")


@pytest.mark.parametrize("run", [0, 1, 2], ids=["oldest file", "older file", "newest file"])
def test_a_deleted_file_is_found(files: list[Path], run: int) -> None:
    files[run].unlink()
    found = audit(OWNER).problems
    assert [fault.reason for fault in found.pop(files[run])] == ["is missing: the head has 5 lines of it"]
    assert not any(found.values())


@pytest.mark.parametrize("folder_too", [False, True])
def test_the_deletion_of_all_files_is_found(files: list[Path], folder_too: bool) -> None:
    for file in files:
        file.unlink()
    if folder_too:
        journal_folder(OWNER).rmdir()
    assert list(audit(OWNER).problems) == files
    assert all(audit(OWNER).problems.values())


def test_the_deletion_of_all_files_is_found_after_the_next_run(files: list[Path]) -> None:
    shutil.rmtree(journal_folder(OWNER))
    with Journal.open(PROFILE):
        pass
    assert [path for path, faults in audit(OWNER).problems.items() if faults] == files


@pytest.mark.parametrize("name", ["20200101T000000.000000Z-1.jsonl", "20990101T000000.000000Z-1.jsonl"])
@pytest.mark.parametrize("count", [1, 5])
def test_a_foreign_file_is_found(files: list[Path], state_home: Path, name: str, count: int) -> None:
    with Journal.open(Profile(name="other", base_url=BASE_URL)) as other:
        other.record(Kind.MODE, number=1)
    [foreign] = journal_files(OTHER)
    lines = files[1].read_bytes().splitlines() if count > 1 else foreign.read_bytes().splitlines()[:1]
    put(journal_folder(OWNER) / name, lines)
    [(path, [fault])] = [(path, faults) for path, faults in audit(OWNER).problems.items() if faults]
    assert (path.name, fault.line_no) == (name, 0)
    assert fault.reason == "is not in the head: the file was added, or the head was changed"


def test_a_renamed_file_is_missing_and_new(files: list[Path]) -> None:
    renamed = files[1].rename(files[1].with_name("20990101T000000.000000Z-1.jsonl"))
    assert {path for path, faults in audit(OWNER).problems.items() if faults} == {files[1], renamed}


def test_swapped_files_are_found(files: list[Path]) -> None:
    one, two = files[0].read_bytes(), files[2].read_bytes()
    files[0].write_bytes(two)
    files[2].write_bytes(one)
    found = audit(OWNER).problems
    assert {path for path, faults in found.items() if faults} == {files[0], files[2]}
    assert "names run 3, but the head has it as run 1" in [fault.reason for fault in found[files[0]]]


# ---------------------------------------------------------------- the head itself


def head_lines() -> Lines:
    return journal_head(OWNER).read_bytes().splitlines()


def test_the_head_has_each_line_of_all_runs(files: list[Path]) -> None:
    known = [json.loads(line) for line in head_lines()]
    assert [(line["no"], line["runs"], line["line"]) for line in known] == [
        (5 * run + line, run + 1, line) for run in range(3) for line in range(1, 6)
    ]
    hashes = [line_hash(line) for file in files for line in file.read_bytes().splitlines()]
    assert [line["hash"] for line in known] == hashes
    assert not journal_head(OWNER).is_relative_to(journal_folder(OWNER))
    assert journal_head(OWNER).stat().st_mode & 0o777 == 0o600


def head_faults() -> list[int]:
    return [fault.line_no for fault in audit(OWNER).problems.get(journal_head(OWNER), [])]


@pytest.mark.parametrize("cut", [2, 3, 5, 12])
def test_a_truncated_head_is_found(files: list[Path], cut: int) -> None:
    put(journal_head(OWNER), head_lines()[:-cut])
    found = audit(OWNER).problems
    assert found[files[2]]
    assert head_faults() == []


def test_an_emptied_head_is_found(files: list[Path]) -> None:
    put(journal_head(OWNER), [])
    assert all(audit(OWNER).problems.values())


def test_a_missing_head_is_found(files: list[Path]) -> None:
    head = journal_head(OWNER)
    head.unlink()
    reason = "the head is missing: removed files and removed last lines can't be found"
    assert audit(OWNER).problems[head] == [Problem(0, reason)]
    with Journal.open(PROFILE):
        pass
    assert audit(OWNER).problems[head] == [
        Problem(no, f"the head was begun again when {file.name} already existed: the earlier head was removed")
        for no, file in enumerate(files, 1)
    ]


def swapped(path: Path) -> None:
    *lines, before, last = path.read_bytes().splitlines()
    put(path, [*lines, last, before])


def a_folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("change", [swapped, Path.unlink, a_folder_instead])
def test_without_a_head_the_line_that_a_later_file_names_is_compared(
    files: list[Path], change: Callable[[Path], None]
) -> None:
    journal_head(OWNER).unlink()
    change(files[1])
    found = audit(OWNER).problems
    expected = {
        swapped: (files[1], Problem(5, f"changed or removed after {files[2].name} was created")),
        Path.unlink: (files[2], Problem(1, f"names an earlier file that is missing: {files[1].name}")),
        a_folder_instead: (files[1], Problem(0, f"can't be read: Is a directory ({files[1]})")),
    }
    path, problem = expected[change]
    assert problem in found.pop(path)
    assert [file for file, problems in found.items() if problems] == [journal_head(OWNER)]


def test_the_head_of_another_profile_is_found(files: list[Path]) -> None:
    with Journal.open(Profile(name="other", base_url=BASE_URL)):
        pass
    shutil.copy(journal_head(OTHER), journal_head(OWNER))
    found = audit(OWNER).problems
    assert all(found[file] for file in files)
    assert found[journal_folder(OWNER) / journal_files(OTHER)[0].name]


@pytest.mark.parametrize(
    "alter",
    [
        lambda lines: edited_hash(lines, 3),
        lambda lines: [*lines[:3], *lines[4:]],
        lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]],
        lambda lines: [*lines[:4], lines[3], *lines[4:]],
        lambda lines: [*lines[:3], b"{}", *lines[4:]],
        lambda lines: lines[3:],
    ],
    ids=["edited", "line removed", "lines swapped", "line duplicated", "unreadable", "first lines removed"],
)
def test_a_changed_head_is_found(files: list[Path], alter: Callable[[Lines], Lines]) -> None:
    put(journal_head(OWNER), alter(head_lines()))
    assert head_faults()


def edited_hash(lines: Lines, index: int) -> Lines:
    changed = {**json.loads(lines[index]), "hash": "0" * 64}
    return [*lines[:index], json.dumps(changed).encode(), *lines[index + 1 :]]


def test_unknown_fields_of_a_newer_head_are_passed_over(files: list[Path]) -> None:
    put(journal_head(OWNER), [line[:-1] + b',"signed":"yes"}' for line in head_lines()])
    with Journal.open(PROFILE):
        pass
    assert not any(audit(OWNER).problems.values())


@pytest.mark.parametrize("last", [b"garbage", b"", b"[" * 5000])
def test_an_unreadable_head_does_not_keep_the_journal_from_writing(files: list[Path], last: bytes) -> None:
    put(journal_head(OWNER), [*head_lines(), last])
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.MODE, number=1)
        assert journal.problem is None
    assert 16 in head_faults()
    assert not any(audit(OWNER).problems[file] for file in journal_files(OWNER)) or len(last) == 5000


def test_a_noted_head_finds_what_was_forged_in_both(files: list[Path]) -> None:
    noted = of_head(audit(OWNER))
    with Journal.open(PROFILE):
        pass
    assert not any(audit(OWNER, noted).problems.values())
    for path in (*journal_files(OWNER), journal_head(OWNER)):
        path.unlink()
    for _ in range(5):
        with Journal.open(PROFILE) as journal:
            for number in range(3):
                journal.record(Kind.MODE, number=number)
    assert not any(audit(OWNER).problems.values())
    [fault] = audit(OWNER, noted).problems[journal_head(OWNER)]
    assert fault.reason == "line 15 is not the noted one: the head was changed"
    [fault] = audit(OWNER, (99, noted[1])).problems[journal_head(OWNER)]
    assert fault.reason == "the head does not have the noted line 99: lines were removed"


def of_head(found: Audit) -> tuple[int, str]:
    assert found.head is not None
    return found.head.no, found.head.all


# ---------------------------------------------------------------- a crash between line and head


@pytest.fixture
def crashed() -> Path:
    """A run that was ended between its third line and the head's, and a later run."""
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.MODE, number=1)
        journal.record(Kind.MODE, number=2)
        assert journal.path is not None
        path, content, head = journal.path, journal.path.read_bytes(), head_lines()
    path.write_bytes(content)
    put(journal_head(OWNER), head[:-1])
    with Journal.open(PROFILE):
        pass
    return path


def test_a_file_one_line_ahead_is_accepted_and_reported(crashed: Path) -> None:
    found = audit(OWNER)
    assert not any(found.problems.values())
    ahead, ended = found.notes[crashed]
    assert (ahead.line_no, ahead.reason.partition(",")[0]) == (3, "is not in the head")
    assert ended.reason.startswith("is the last one: the program was ended")


def test_a_file_two_lines_ahead_is_reported_as_a_problem(crashed: Path) -> None:
    lines = crashed.read_bytes().splitlines()
    put(crashed, chained_again([*lines, lines[-1]], 3))
    [fault] = audit(OWNER).problems[crashed]
    assert fault.line_no == 3


def test_a_first_line_ahead_of_the_head_is_accepted_and_reported(files: list[Path]) -> None:
    known = head_lines()
    with Journal.open(PROFILE) as journal:
        assert journal.path is not None
        path, content = journal.path, journal.path.read_bytes()
    path.write_bytes(content)
    put(journal_head(OWNER), known)
    found = audit(OWNER)
    assert not any(found.problems.values())
    assert [note.line_no for note in found.notes[path]] == [1]


def test_a_line_that_the_head_has_no_space_for_is_in_neither_file(files: list[Path]) -> None:
    with Journal.open(PROFILE) as journal:
        assert journal.path is not None
        before = journal.path.read_bytes(), journal_head(OWNER).read_bytes()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before[1]) + 10, hard))
        try:
            with pytest.raises(JournalUnusable, match="No space left on device"):
                journal.record(Kind.MODE, number=1)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert (journal.path.read_bytes(), journal_head(OWNER).read_bytes()) == before
    assert not any(audit(OWNER).problems.values())


def test_an_incomplete_line_of_the_head_is_replaced(files: list[Path]) -> None:
    with journal_head(OWNER).open("ab") as head:
        head.write(b'{"no":16,"ru')
    assert not any(audit(OWNER).problems.values())
    with Journal.open(PROFILE):
        pass
    assert not any(audit(OWNER).problems.values())
    lines = read_head(OWNER)
    assert lines is not None
    assert [line and line.no for line in lines] == list(range(1, 18))


# ---------------------------------------------------------------- older versions


def test_files_of_a_version_without_a_head_are_taken_over(files: list[Path]) -> None:
    for index, file in enumerate(files):
        without_run(file, files[index - 1] if index else None)
    journal_head(OWNER).unlink()
    found = audit(OWNER)
    assert not any(found.problems.values())
    assert all("there is no head" in found.notes[file][0].reason for file in files)
    with Journal.open(PROFILE):
        pass
    found = audit(OWNER)
    assert not any(found.problems.values())
    assert [note.reason for note in found.notes[files[0]]] == [
        "lines 1 to 5 were written without a head; only their chain protects them"
    ]
    put(files[0], files[0].read_bytes().splitlines()[:-1])
    assert [path for path, faults in audit(OWNER).problems.items() if faults] == [files[0]]


def without_run(file: Path, before: Path | None) -> None:
    lines = file.read_bytes().splitlines()
    entry = read_line(lines[0])
    earlier = before.read_bytes().splitlines()[-1] if before else None
    named = before and earlier and {"file": before.name, "line": 5, "hash": line_hash(earlier)}
    facts = {**entry.facts, "earlier": named}
    del facts["run"]
    lines[0] = journal_line(1, entry.at, entry.kind, facts, line_hash(earlier) if earlier else None)
    put(file, chained_again(lines, 1))


def test_the_wait_for_the_lock_of_a_stopped_program_has_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbtui.desk.journal.head.LOCK_WITHIN_S", 0.05)
    with Journal.open(PROFILE) as journal:
        fd = os.open(journal_head(OWNER), os.O_RDONLY)
        fcntl.flock(fd, fcntl.LOCK_EX)
        with pytest.raises(JournalUnusable, match=rf"another program keeps {re.escape(OWNER)}\.jsonl locked"):
            journal.record(Kind.MODE, number=1)
        os.close(fd)
        journal.record(Kind.MODE, number=2)
        assert journal.problem is None


@pytest.mark.parametrize("sync_no", [1, 2, 3, 4], ids=["first line", "its head line", "a line", "its head line too"])
def test_a_program_whose_disk_does_not_sync_keeps_no_other_from_writing(
    sync_no: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbtui.desk.journal.head.LOCK_WITHIN_S", WITHIN_S)
    sync, syncs, hangs, goes_on = os.fdatasync, itertools.count(1), Event(), Event()

    def slow_sync(fd: int) -> None:
        if current_thread() is slow and next(syncs) == sync_no:
            hangs.set()
            goes_on.wait()
        sync(fd)

    def two_lines() -> None:
        with Journal.open(PROFILE) as one:
            one.record(Kind.MODE, number=1)

    with Journal.open(PROFILE) as other:
        slow = Thread(target=two_lines, daemon=True)
        monkeypatch.setattr(os, "fdatasync", slow_sync)
        slow.start()
        try:
            assert hangs.wait(WITHIN_S)
            other.record(Kind.MODE, number=2)
        finally:
            goes_on.set()
            slow.join(WITHIN_S)
    assert not any(audit(OWNER).problems.values())


def test_a_line_whose_head_line_can_not_be_synced_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head has it already, and others may have added lines since."""
    sync, syncs = os.fdatasync, itertools.count(1)

    def failing_sync(fd: int) -> None:
        if next(syncs) == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(fd)

    with Journal.open(PROFILE) as journal:
        monkeypatch.setattr(os, "fdatasync", failing_sync)
        with pytest.raises(JournalUnusable):
            journal.record(Kind.MODE, number=1)
        journal.record(Kind.MODE, number=2)
        path = journal.path
    assert path is not None
    assert [entry.facts.get("number") for entry in read_journal(path).entries] == [None, 1, None, 2, None]
    assert not any(audit(OWNER).problems.values())


@pytest.mark.real_time
async def test_a_locked_head_does_not_delay_a_kill(exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that was stopped while it wrote keeps the head locked for as long as the kill takes."""
    monkeypatch.setattr("pbtui.desk.journal.head.LOCK_WITHIN_S", 3600)
    with Journal.open(Profile(name="test", base_url=exchange.base_url)):
        fd = os.open(journal_head(owner_at(exchange.base_url)), os.O_RDONLY)
        fcntl.flock(fd, fcntl.LOCK_EX)
        async with armed_at(exchange, timing=ON_STALLED_DISK) as kill:
            view = await kill.fire()
            os.close(fd)
    assert view.phase is Phase.VERIFIED

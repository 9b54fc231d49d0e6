"""Writing the journal: synced before the next step, exact, one file per run, with errors reported."""

import json
import os
import pwd
import resource
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pbtui import __version__
from pbtui.desk.journal.audit import audit
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind, journal_files
from pbtui.desk.storage.places import journal_folder, journal_head, owner_of
from pbtui.settings.profiles import Profile
from tests.desk.storage.synced import Synced

PROFILE = Profile(name="desk", base_url="https://staging.powerbot-trading.com/playground/epex/v2/api")
OWNER = owner_of(PROFILE)


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def lines_of(journal: Journal) -> list[dict[str, Any]]:
    assert journal.path is not None
    return [json.loads(line) for line in journal.path.read_bytes().splitlines()]


@contextmanager
def file_sizes_up_to(size: int) -> Iterator[None]:
    """A disk that is full: no file of this process grows beyond that size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# ---------------------------------------------------------------- what is written


def test_the_first_line_names_user_host_and_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 50022 198.51.100.1 22")
    with Journal.open(PROFILE) as journal:
        first = lines_of(journal)[0]
    assert abs(datetime.fromisoformat(first.pop("at")) - datetime.now(UTC)) < timedelta(minutes=1)
    assert first.pop("tty") in (None, *(os.ttyname(fd) for fd in (0, 1, 2) if os.isatty(fd)))
    assert first == {
        "address": "https://staging.powerbot-trading.com/playground/epex",
        "seq": 1,
        "kind": "opened",
        "operator": pwd.getpwuid(os.getuid()).pw_name,
        "host": socket.gethostname(),
        "ssh_client": "192.0.2.7",
        "profile": "desk",
        "environment": "test",
        "exchange": "epex",
        "server": "staging.powerbot-trading.com",
        "pid": os.getpid(),
        "version": __version__,
        "run": 1,
        "earlier": None,
        "prev": None,
    }


def test_the_journal_takes_nothing_else_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PBTUI_API_KEY_DESK", "LOGNAME", "USER", "USERNAME", "HOSTNAME", "SSH_CLIENT", "SSH_TTY", "TTY"):
        monkeypatch.setenv(name, "s3cr3t")
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 s3cr3t")
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.MODE, trading="on")
        assert journal.path is not None
        assert b"s3cr3t" not in journal.path.read_bytes()


def test_facts_are_kept_exactly() -> None:
    with Journal.open(PROFILE) as journal:
        journal.record(
            Kind.INTENT,
            ticket="7K3QX2",
            lines=({"price": Decimal("45.10"), "quantity": Decimal("1E+2"), "validityDate": at(hour=15)},),
            yes=True,
            nothing=None,
            big=10**30,
        )
        assert journal.path is not None
        raw = journal.path.read_bytes().splitlines()[-1]
        [_, entry] = read_journal(journal.path).entries
    assert b'"price":45.10,"quantity":1E+2,"validityDate":"2026-11-22T14:00:00Z"' in raw
    [line] = entry.facts["lines"]
    assert str(line["price"]) == "45.10"
    assert {**entry.facts, "lines": None} == {
        "ticket": "7K3QX2",
        "lines": None,
        "yes": True,
        "nothing": None,
        "big": 10**30,
    }


def at(hour: int) -> datetime:
    return datetime(2026, 11, 22, hour, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J\x7f\x9b", "ü😀\u202e\u2028", "\ud800", '{"seq":1}'])
def test_any_text_is_one_line_of_plain_ascii(text: str) -> None:
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.MODE, text=text)
        assert journal.path is not None
        raw = journal.path.read_bytes()
        assert read_journal(journal.path).problems == ()
        kept = read_journal(journal.path).entries[1].facts["text"]
    assert kept == ("\\ud800" if text == "\ud800" else text)
    assert raw.isascii()
    assert raw.replace(b"\n", b"").decode().isprintable()
    assert raw.count(b"\n") == 2


@pytest.mark.parametrize(
    "fact",
    [float("nan"), Decimal("Infinity"), datetime.fromisoformat("2026-11-22"), b"bytes", object(), {1}, [float("inf")]],
)
def test_a_fact_that_json_cannot_represent_is_refused_and_nothing_is_written(fact: object) -> None:
    with Journal.open(PROFILE) as journal:
        with pytest.raises((TypeError, ValueError)):
            journal.record(Kind.MODE, fact=fact)
        assert len(lines_of(journal)) == 1
        assert journal.problem is None


def test_a_fact_cannot_have_a_reserved_name() -> None:
    with (
        Journal.open(PROFILE) as journal,
        pytest.raises(ValueError, match="reserved field names can't be facts: at, seq"),
    ):
        journal.record(Kind.MODE, seq=7, at="never")


def test_every_line_is_on_disk_when_record_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    synced = Synced(monkeypatch)
    with Journal.open(PROFILE) as journal:
        for number in range(5):
            journal.record(Kind.MODE, number=number)
            assert lines_of(journal)[-1]["number"] == number
            assert journal.path is not None
            assert synced.has_all_of(journal.path)
            assert synced.has_all_of(journal_head(OWNER))
        assert [line["seq"] for line in lines_of(journal)] == [1, 2, 3, 4, 5, 6]


# ---------------------------------------------------------------- the files


def test_only_the_user_can_read_the_file(state_home: Path) -> None:
    with Journal.open(PROFILE) as journal:
        assert journal.path is not None
        assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700
        assert journal.path.parent == state_home / "pbtui" / "journal" / OWNER
        started_at = datetime.strptime(journal.path.name.partition("-")[0], "%Y%m%dT%H%M%S.%f%z")
        assert abs(started_at - datetime.now(UTC)) < timedelta(minutes=1)
        assert journal.path.stem.endswith(f"-{os.getpid()}")


def test_every_run_has_its_own_file_and_names_the_one_before() -> None:
    with Journal.open(PROFILE) as first:
        first.record(Kind.MODE, trading="on")
    with Journal.open(PROFILE) as second, Journal.open(PROFILE) as third:
        opened = [lines_of(second)[0], lines_of(third)[0]]
    one, two, three = journal_files(OWNER)
    assert [line["earlier"]["file"] for line in opened] == [one.name, two.name]
    assert opened[0]["earlier"]["line"] == 3
    assert opened[0]["prev"] == opened[0]["earlier"]["hash"]
    assert audit(OWNER).problems == {one: [], two: [], three: []}


def test_profiles_keep_their_own_journals() -> None:
    with Journal.open(PROFILE):
        pass
    with Journal.open(Profile(name="other", base_url=PROFILE.base_url)) as other:
        assert lines_of(other)[0]["earlier"] is None


def test_a_run_that_ends_normally_writes_a_last_line() -> None:
    with Journal.open(PROFILE):
        pass
    [path] = journal_files(OWNER)
    assert [entry.kind for entry in read_journal(path).entries] == ["opened", "closed"]


# ---------------------------------------------------------------- problems of the disk


def test_an_unwritable_folder_is_reported_and_the_journal_recovers(state_home: Path) -> None:
    state_home.write_text("a file where the folder should be")
    journal = Journal.open(PROFILE)
    assert journal.problem is not None
    assert "Not a directory" in journal.problem
    with pytest.raises(JournalUnusable, match="Not a directory"):
        journal.record(Kind.MODE, trading="on")
    state_home.unlink()
    journal.record(Kind.MODE, trading="on")
    assert journal.problem is None
    assert [line["kind"] for line in lines_of(journal)] == ["opened", "gap", "mode"]
    journal.close()


def test_a_full_disk_leaves_no_incomplete_line_and_the_journal_continues_later() -> None:
    journal = Journal.open(PROFILE)
    assert journal.path is not None
    whole = journal.path.read_bytes()
    with file_sizes_up_to(len(whole) + 100):
        for _ in range(2):
            with pytest.raises(JournalUnusable, match=r"No space left on device|File too large"):
                journal.record(Kind.INTENT, text="x" * 1000)
            assert journal.path.read_bytes() == whole
        assert journal.problem is not None
        assert str(journal.path) in journal.problem
    journal.record(Kind.INTENT, ticket="A")
    assert journal.problem is None
    journal.close()
    assert [line.kind for line in read_journal(journal_files(OWNER)[0]).entries] == [
        "opened",
        "gap",
        "intent",
        "closed",
    ]
    assert audit(OWNER).problems == {journal_files(OWNER)[0]: []}


def test_a_disk_that_is_full_from_the_start() -> None:
    with file_sizes_up_to(10):
        journal = Journal.open(PROFILE)
        assert journal.problem is not None
        with pytest.raises(JournalUnusable):
            journal.record(Kind.INTENT, ticket="A")
    journal.record(Kind.INTENT, ticket="B")
    journal.close()
    [path] = journal_files(OWNER)
    assert [entry.facts.get("ticket") for entry in read_journal(path).entries] == [None, None, "B", None]
    assert read_journal(path).problems == ()


def test_a_last_line_that_cannot_be_written_does_not_keep_the_desk_from_closing() -> None:
    journal = Journal.open(PROFILE)
    with file_sizes_up_to(10):
        journal.close()
    assert journal.problem is not None


def test_a_deleted_file_is_reported_and_the_journal_continues() -> None:
    with Journal.open(PROFILE) as journal:
        lost = journal.path
        assert lost is not None
        lost.unlink()
        journal.record(Kind.MODE, trading="on")
        assert journal.path is not None
        assert journal.path.exists()
        assert [line["kind"] for line in lines_of(journal)] == ["opened", "mode"]
    faults = audit(OWNER).problems
    assert [fault.reason for fault in faults.pop(lost)] == ["is missing: the head has 1 line of it"]
    assert not any(faults.values())


# ---------------------------------------------------------------- other processes


@contextmanager
def writer(lines: int) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.desk.journal.writing_program", "desk", str(lines)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            process.kill()


def test_four_runs_at_once_write_without_loss() -> None:
    with writer(40) as one, writer(40) as two, writer(40) as three, writer(40) as four:
        runs = (one, two, three, four)
        for run in runs:
            assert run.stdin is not None
            run.stdin.write("go\n")
            run.stdin.flush()
        for run in runs:
            assert run.wait(60) == 0
    files = journal_files(OWNER)
    assert {path.stem.rpartition("-")[2] for path in files} == {str(run.pid) for run in runs}
    for path in files:
        tickets = [entry.facts.get("ticket") for entry in read_journal(path).entries]
        assert tickets == [None, *(f"T{number}" for number in range(40)), None]
    assert audit(OWNER).problems == {path: [] for path in files}


def test_a_killed_run_keeps_all_written_lines() -> None:
    with writer(0) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        run.stdin.write("go\n")
        run.stdin.flush()
        written = [run.stdout.readline() for _ in range(20)]
        run.send_signal(signal.SIGKILL)
        run.wait(60)
        written += run.stdout.read().splitlines()
    [path] = journal_files(OWNER)
    reading = read_journal(path)
    assert reading.problems == ()
    tickets = [entry.facts["ticket"] for entry in reading.entries[1:]]
    assert tickets[: len(written)] == [f"T{int(number)}" for number in written if number.strip()]
    with Journal.open(PROFILE) as after:
        assert lines_of(after)[0]["earlier"]["file"] == path.name
    assert not any(audit(OWNER).problems.values())


def test_a_torn_last_line_is_no_problem() -> None:
    """A run that was ended while it wrote; its last line is incomplete."""
    with writer(0) as run:
        run.send_signal(signal.SIGKILL)
        run.wait(60)
    [path] = journal_files(OWNER)
    whole = path.read_bytes()
    with Journal.open(PROFILE):
        pass
    for cut in (b"{", b'{"seq":2,"at":"2026-11-22T', b'{"seq":2}'):
        path.write_bytes(whole + cut)
        reading = read_journal(path)
        assert len(reading.entries) == 1
        assert not any(audit(OWNER).problems.values())


def test_a_profile_without_a_journal_has_no_files() -> None:
    assert journal_files(OWNER) == []
    assert audit(OWNER).problems == {}
    assert journal_folder(OWNER).name == OWNER

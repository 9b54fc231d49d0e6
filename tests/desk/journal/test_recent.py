"""The runs of a profile, read again and again: only what was appended is read, and nothing is missed."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pbtui.api.clock import Clock, utc_now
from pbtui.api.clock import use as use_clock
from pbtui.desk.journal.recent import RecentRuns, was_rearmed
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.storage.disk import Disk, use
from pbtui.desk.storage.places import journal_folder, owner_of
from pbtui.settings.profiles import Profile

PROFILE = Profile(name="test", base_url="http://127.0.0.1:1/acme/epex/v2/api")
OWNER = owner_of(PROFILE)


class CountingDisk(Disk):
    """The disk of this machine, which counts the bytes of the journals that are read."""

    def __init__(self) -> None:
        self.bytes_read = 0

    def read_from(self, path: Path, start: int, most_bytes: int) -> tuple[bytes, int]:
        content, begin = super().read_from(path, start, most_bytes)
        self.bytes_read += len(content) if path.parent == journal_folder(OWNER) else 0
        return content, begin


def reasons(runs: RecentRuns) -> list[object]:
    return [entry.facts["reason"] for run in runs.read() for entry in run.entries if entry.kind == Kind.REARM]


def test_only_what_was_appended_is_read_again() -> None:
    disk = CountingDisk()
    with Journal.open(PROFILE) as journal, use(disk):
        for number in range(100):
            journal.record(Kind.REARM, reason=str(number))
        runs = RecentRuns(OWNER)
        disk.bytes_read = 0
        reasons(runs)
        size = disk.bytes_read
        for number in range(10):
            journal.record(Kind.REARM, reason=str(number))
            assert len(reasons(runs)) == 101 + number
        assert disk.bytes_read < size * 1.2


class LaterClock(Clock):
    """The clock of this machine, that much later."""

    def __init__(self, later: timedelta) -> None:
        self._later = later

    def utc_now(self) -> datetime:
        return super().utc_now() + self._later


@pytest.mark.parametrize(("minutes", "reads_all"), [(0, True), (4, True), (6, False), (-60, True)])
def test_a_long_file_is_read_as_far_back_as_a_request_can_be_away(minutes: int, reads_all: bool) -> None:
    disk = CountingDisk()
    with Journal.open(PROFILE) as journal, use(disk):
        for number in range(4):
            journal.record(Kind.REARM, reason="x" * 2**19, number=number)
        with use_clock(LaterClock(timedelta(minutes=minutes))):
            journal.record(Kind.REARM, reason="later")
        assert len(reasons(RecentRuns(OWNER))) == (5 if reads_all else 2)


@pytest.mark.parametrize("length", [0, 1, 60, 200])
def test_a_file_that_was_cut_is_read_again(length: int) -> None:
    with Journal.open(PROFILE) as journal:
        for number in range(10):
            journal.record(Kind.REARM, reason=str(number))
    (file,) = journal_folder(OWNER).iterdir()
    runs = RecentRuns(OWNER)
    assert len(reasons(runs)) == 10
    file.write_bytes(file.read_bytes()[:length])
    assert reasons(runs) == reasons(RecentRuns(OWNER))


def test_a_line_without_its_end_counts_once_it_is_whole() -> None:
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.REARM, reason="1")
    (file,) = journal_folder(OWNER).iterdir()
    content = file.read_bytes()
    file.write_bytes(content[: content.index(b'"reason"')])
    runs = RecentRuns(OWNER)
    assert reasons(runs) == []
    file.write_bytes(content)
    assert reasons(runs) == ["1"]


@pytest.mark.parametrize(
    ("record", "halted_hours_ago", "is_lifted"),
    [
        ({"halted_at": 3}, 3, True),
        ({"halted_at": 3}, 1, False),  # the clock was set back between the record and this halt
        ({"halted_at": 1}, 3, True),  # a later kill had replaced this halt
        ({"halted_at": -1}, -1, True),  # the clock was set back while it held
        ({}, 1, True),
        ({}, -1, False),
        ({"halted_at": "a while ago"}, 1, True),
    ],
)
def test_a_record_that_names_no_kill_lifts_the_halt_that_began_then_and_those_before(
    record: dict[str, object], halted_hours_ago: int, *, is_lifted: bool
) -> None:
    now = utc_now()
    hours = record.get("halted_at")
    began = {"halted_at": (now - timedelta(hours=hours)).isoformat()} if isinstance(hours, int) else record
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.REARM, reason="calm", was="", **began)
    for token in ("", "A"):
        assert was_rearmed(OWNER, now - timedelta(hours=halted_hours_ago), token) is is_lifted

"""The state that earlier versions kept under a profile's name is moved once, and its halt is never lost."""

import json
from pathlib import Path

import pytest

from pbtui.api.clock import utc_now
from pbtui.desk.journal.audit import audit
from pbtui.desk.journal.unfinished import left_over
from pbtui.desk.journal.writer import Journal, Kind, journal_files
from pbtui.desk.kill.halt import engage, halt_here, read_halt
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.storage import earlier_state
from pbtui.desk.storage.disk import Disk, use
from pbtui.desk.storage.earlier_state import move_earlier_state
from pbtui.desk.storage.places import (
    earlier_owner,
    halt_file,
    journal_folder,
    key_proof_file,
    owner_of,
    report_file,
    report_folder,
)
from pbtui.settings.profiles import Profile

HERE = Profile(name="test", base_url="https://staging.powerbot-trading.com/playground/epex/v2/api")
ELSEWHERE = Profile(name="test", base_url="https://prod.example/acme/epex/v2/api")
OLD = earlier_owner(HERE)


def left_by_an_earlier_version(profile: Profile = HERE, *, is_halted: bool = True) -> Path:
    """Write what a version with folders named after the profile would leave; return the kill report."""
    owner = earlier_owner(profile)
    with Journal(profile, owner) as journal:
        report = report_file(owner, utc_now())
        journal.record(Kind.INTENT, ticket="T1", action="add", options={}, lines=[{"key": "K"}])
        journal.record(Kind.KILL, report=str(report))
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text("{}")
    key_proof_file(owner).parent.mkdir(parents=True, exist_ok=True)
    key_proof_file(owner).touch()
    if is_halted:
        halt = halt_here("kill delete-all fired", action="delete-all", report=str(report), plan=plan_for(profile))
        facts = {"reason": halt.reason, "action": halt.action, "report": halt.report, "halted_at": str(halt.halted_at)}
        halt_file(owner).parent.mkdir(parents=True, exist_ok=True)
        halt_file(owner).write_text(json.dumps(facts))
    return report


def remaining() -> list[Path]:
    places = (journal_folder, report_folder, key_proof_file, halt_file)
    return [place(OLD) for place in places if place(OLD).exists()]


def test_everything_is_moved_once_with_a_line_that_says_so() -> None:
    report = left_by_an_earlier_version()
    said = move_earlier_state(HERE)
    assert said.startswith("The state of profile test from an earlier version was moved to test@staging.")
    assert remaining() == []
    assert (report_folder(owner_of(HERE)) / report.name).exists()
    halt = read_halt(HERE)
    assert halt is not None
    assert (halt.is_own, halt.action) == (True, "delete-all")
    assert [intent.intent.facts["ticket"] for intent in left_over(HERE).open] == ["T1"]
    assert not any(audit(owner_of(HERE)).problems.values())
    assert move_earlier_state(HERE) == ""


def test_the_first_line_of_the_next_run_says_that_it_was_moved() -> None:
    left_by_an_earlier_version()
    with Journal.open(HERE) as journal:
        assert journal.moved
    last = json.loads(journal_files(owner_of(HERE))[-1].read_text().splitlines()[0])
    assert last["moved"] == journal.moved
    assert not any(audit(owner_of(HERE)).problems.values())


def test_state_of_another_server_is_left_to_it_and_its_halt_holds_for_the_name() -> None:
    left_by_an_earlier_version(ELSEWHERE)
    before = remaining()
    assert "not moved, because it is of epex at prod.example" in move_earlier_state(HERE)
    assert remaining() == before
    assert left_over(HERE).open == ()
    halt = read_halt(HERE)
    assert halt is not None
    assert not halt.is_own
    assert "by an earlier version: it holds for every profile named test" in halt.words
    move_earlier_state(ELSEWHERE)
    assert read_halt(HERE) is None
    found = read_halt(ELSEWHERE)
    assert found is not None
    assert found.is_own


@pytest.mark.parametrize("damage", ["no report", "another report", "damaged", "no journal"])
def test_a_halt_whose_server_is_not_proved_halts_every_profile_of_the_name(damage: str) -> None:
    left_by_an_earlier_version()
    if damage == "damaged":
        halt_file(OLD).write_text("{")
    elif damage == "no journal":
        for file in journal_files(OLD):
            file.unlink()
    else:
        facts = json.loads(halt_file(OLD).read_text())
        halt_file(OLD).write_text(json.dumps({**facts, "report": "" if damage == "no report" else "/other.json"}))
    move_earlier_state(HERE)
    assert halt_file(OLD).exists()
    assert read_halt(HERE) is not None
    assert read_halt(ELSEWHERE) is not None
    engage(HERE, halt_here("kill fired", action="delete-mine"))
    halt = read_halt(HERE)
    assert halt is not None
    assert halt.reason == "kill fired"
    assert read_halt(ELSEWHERE) is not None


class CrashingDisk(Disk):
    """Ends the program at the move of that number, before or after it."""

    def __init__(self, at: int, *, is_after: bool) -> None:
        self._left = at
        self._is_after = is_after

    def move(self, path: Path, to: Path) -> None:
        self._left -= 1
        if self._left < 0 and not self._is_after:
            raise KeyboardInterrupt
        super().move(path, to)
        if self._left < 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("is_after", [False, True])
def test_a_crash_in_the_middle_leaves_it_halted_and_is_continued(at: int, is_after: bool) -> None:
    left_by_an_earlier_version()
    with use(CrashingDisk(at, is_after=is_after)), pytest.raises(KeyboardInterrupt):
        move_earlier_state(HERE)
    assert read_halt(HERE) is not None
    is_last = at == 4
    assert (read_halt(ELSEWHERE) is None) is (is_last and is_after), "the halt of the name ends with the last step"
    move_earlier_state(ELSEWHERE)  # another profile of the name takes nothing that was on its way
    assert journal_files(owner_of(ELSEWHERE)) == []
    assert not key_proof_file(owner_of(ELSEWHERE)).exists()
    assert read_halt(ELSEWHERE) is None
    move_earlier_state(HERE)
    assert remaining() == []
    assert read_halt(HERE) is not None
    assert not any(audit(owner_of(HERE)).problems.values())


def test_the_journal_of_a_running_program_is_left_to_it() -> None:
    with Journal.open(HERE) as journal:
        assert journal.path is not None
        journal.path.parent.rename(journal_folder(OLD))
        assert "because an earlier version of pbtui still writes it" in move_earlier_state(HERE)
    assert move_earlier_state(HERE).startswith("The state of profile test from an earlier version was moved")


def test_a_journal_is_not_mixed_with_a_newer_one() -> None:
    left_by_an_earlier_version()
    newer = journal_folder(owner_of(HERE))
    newer.mkdir(parents=True)
    move_earlier_state(HERE)
    assert journal_files(owner_of(HERE)) == []
    assert journal_files(OLD)
    halt = read_halt(HERE)
    assert halt is not None
    assert halt.is_own


def test_without_state_of_an_earlier_version_nothing_is_written(own_state: Path) -> None:
    assert move_earlier_state(HERE) == ""
    assert not own_state.exists()


def test_places_are_named_once() -> None:
    """The decision is stored by these names, so that another program can continue it."""
    assert [place.__name__ for place in earlier_state._PLACES] == [
        "journal_head",
        "journal_folder",
        "report_folder",
        "key_proof_file",
        "halt_file",
    ]

"""Open tickets as the next run finds them, and requests under way as a kill counts them."""

import os
import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pbtui.api.clock import Clock, use, utc_now
from pbtui.desk.journal.open_writes import (
    EVERY_ORDER,
    MAY_LAND_WITHIN,
    SHOWN_WITHIN,
    OpenWrites,
    leaving_now,
    open_writes,
)
from pbtui.desk.journal.recent import LOOK_BACK, RECENT
from pbtui.desk.journal.unfinished import left_over
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind, journal_files
from pbtui.desk.kill.progress import Phase
from pbtui.desk.storage.disk import Disk
from pbtui.desk.storage.disk import use as use_disk
from pbtui.desk.storage.places import journal_folder, owner_of
from pbtui.desk.tickets.verdict import NOT_FOUND_AFTER_S
from pbtui.settings.profiles import Profile
from tests.desk.kill.armed import ON_STALLED_DISK, armed_at
from tests.exchange import RunningExchange, eventually

PROFILE = Profile(name="desk", base_url="https://staging.powerbot-trading.com/playground/epex/v2/api")
OWNER = owner_of(PROFILE)


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


class Earlier(Clock):
    """A machine whose clock was set back by an hour."""

    def utc_now(self) -> datetime:
        return super().utc_now() - timedelta(hours=1)


def intend(journal: Journal, ticket: str, *keys: str) -> None:
    journal.record(Kind.INTENT, ticket=ticket, action="modify", lines=[{"key": key} for key in keys])


def end(journal: Journal, ticket: str, key: str, outcome: str, reconciliation: str | None = None) -> None:
    kind = Kind.OUTCOME if reconciliation is None else Kind.RECONCILIATION
    journal.record(kind, ticket=ticket, results=[{"key": key, "outcome": outcome, "reconciliation": reconciliation}])


def found() -> dict[str, tuple[str, ...]]:
    return {left.intent.facts["ticket"]: left.open_keys for left in left_over(PROFILE).open}


def test_an_open_intent_is_found_with_all_its_facts() -> None:
    with Journal.open(PROFILE) as journal:
        intend(journal, "AAA", "1", "2")
    [left] = left_over(PROFILE).open
    assert left.open_keys == ("1", "2")
    assert left.intent.facts["ticket"] == "AAA"
    assert left.intent.facts["lines"] == [{"key": "1"}, {"key": "2"}]


def test_the_tokens_of_entered_orders_are_known_of_ended_and_of_running_programs() -> None:
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.INTENT, ticket="AAA", action="add", lines=[{"key": "AAA"}, {"key": "BBB"}])
        intend(journal, "CCC", "4711")
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.INTENT, ticket="DDD", action="add", lines=[{"key": "DDD"}])
        assert left_over(PROFILE).tokens == {"AAA", "BBB", "DDD"}


@pytest.mark.parametrize(
    ("outcome", "reconciliation", "is_open"),
    [
        ("NOT SENT", None, False),
        ("REJECTED", None, False),
        ("CONFLICT", None, False),
        ("ACCEPTED", None, True),
        ("UNKNOWN", None, True),
        ("ACCEPTED", "CONFIRMED", False),
    ],
)
def test_outcomes_are_final_or_open(outcome: str, reconciliation: str | None, is_open: bool) -> None:
    with Journal.open(PROFILE) as journal:
        intend(journal, "AAA", "1", "2")
        end(journal, "AAA", "1", outcome, reconciliation)
        end(journal, "AAA", "2", "REJECTED")
        end(journal, "BBB", "1", "REJECTED")
    assert found() == ({"AAA": ("1",)} if is_open else {})


def test_a_line_that_was_not_found_is_open_as_long_as_it_can_land() -> None:
    with Journal.open(PROFILE) as journal:
        intend(journal, "AAA", "1", "2")
        journal.record(Kind.REQUEST, ticket="AAA")
        end(journal, "AAA", "1", "UNKNOWN", "NOT FOUND")
        end(journal, "AAA", "1", "UNKNOWN")
        end(journal, "AAA", "1", "UNKNOWN", "NOT FOUND")
        end(journal, "AAA", "2", "ACCEPTED")
        end(journal, "AAA", "2", "ACCEPTED", "NOT FOUND")
    assert found() == {"AAA": ("1",)}
    assert left_over(PROFILE, utc_now() + MAY_LAND_WITHIN).open == ()


@pytest.mark.parametrize("state", ["NOT SENT", "REJECTED"])
def test_a_line_whose_request_has_ended_is_not_lost_with_the_one_under_way(state: str) -> None:
    with Journal.open(PROFILE) as journal:
        intend(journal, "AAA", "1", "2", "3")
        journal.record(Kind.REQUEST, ticket="AAA", keys=["1"])
        journal.record(Kind.OUTCOME, ticket="AAA", results=[{"key": "1", "state": state, "is_open": False}])
        journal.record(Kind.REQUEST, ticket="AAA", keys=["2"])
    assert found() == {"AAA": ("2", "3")}
    assert open_writes(OWNER) == OpenWrites(0, 1)


@pytest.mark.parametrize(
    ("action", "requests", "unsent"),
    [
        ("modify", [], {"1", "2", "3"}),
        ("modify", [["2"]], {"1", "3"}),
        ("modify", [["2"], ["1", "3"]], set()),
        ("modify", [["2"], 5], set()),
        ("delete", [], set()),
        ("deactivate", [["2"]], set()),
    ],
)
def test_a_line_that_no_request_names_was_not_sent(action: str, requests: list[object], unsent: set[str]) -> None:
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.INTENT, ticket="AAA", action=action, lines=[{"key": key} for key in "123"])
        for keys in requests:
            journal.record(Kind.REQUEST, ticket="AAA", keys=keys)
    [left] = left_over(PROFILE).open
    assert left.unsent_keys == unsent


def test_a_line_with_an_outcome_was_sent() -> None:
    with Journal.open(PROFILE) as journal:
        intend(journal, "AAA", "1", "2")
        end(journal, "AAA", "1", "UNKNOWN")
    [left] = left_over(PROFILE).open
    assert left.unsent_keys == {"2"}


@pytest.mark.parametrize(
    ("action", "state", "is_found"),
    [
        ("add", "NOT FOUND", True),
        ("add", "REJECTED", True),
        ("add", "CONFLICT", True),
        ("add", "NOT SENT", False),
        ("add", "CONFIRMED", False),
        ("modify", "NOT FOUND", False),
    ],
)
def test_a_new_order_that_was_not_shown_is_found_for_a_while(action: str, state: str, is_found: bool) -> None:
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.INTENT, ticket="AAA", action=action, lines=[{"key": "1"}, {"key": "2"}])
        results = [{"key": "1", "state": state, "is_open": False}, {"key": "2", "state": "SENT", "is_open": True}]
        journal.record(Kind.OUTCOME, ticket="AAA", results=results)
    [left] = left_over(PROFILE).open
    assert (left.open_keys, list(left.not_shown)) == (("2",), ["1"] if is_found else [])
    assert list(left.outcomes) == ["1", "2"]
    [later] = left_over(PROFILE, utc_now() + RECENT).open
    assert (later.open_keys, later.not_shown) == (("2",), {})
    with Journal.open(PROFILE) as other:
        found = [{"key": key, "state": "CONFIRMED", "is_open": False} for key in ("1", "2")]
        other.record(Kind.RECONCILIATION, ticket="AAA", results=found)
    assert left_over(PROFILE).open == ()


def test_a_ticket_that_a_later_run_reconciled_is_finished() -> None:
    with Journal.open(PROFILE) as journal:
        intend(journal, "AAA", "1")
        intend(journal, "BBB", "1")
    with Journal.open(PROFILE) as later:
        end(later, "AAA", "1", "UNKNOWN", "CONFIRMED")
    assert found() == {"BBB": ("1",)}


def test_a_line_that_a_later_read_opened_again_is_found() -> None:
    with Journal.open(PROFILE) as journal:
        intend(journal, "AAA", "1", "2")
        for key in ("1", "2"):
            end(journal, "AAA", key, "REJECTED")
        journal.record(Kind.RECONCILIATION, ticket="AAA", results=[{"key": "2", "state": "UNKNOWN", "is_open": True}])
    assert found() == {"AAA": ("2",)}


def test_the_newest_result_counts_by_the_journal_and_not_by_the_clock() -> None:
    with Journal.open(PROFILE) as first:
        intend(first, "AAA", "1")
        first.record(Kind.OUTCOME, ticket="AAA", results=[{"key": "1", "state": "UNKNOWN", "is_open": True}])
    with use(Earlier()), Journal.open(PROFILE) as later:
        later.record(Kind.RECONCILIATION, ticket="AAA", results=[{"key": "1", "state": "CONFIRMED", "is_open": False}])
    assert found() == {}


def test_tickets_come_oldest_first() -> None:
    for ticket in ("CCC", "AAA", "BBB"):
        with Journal.open(PROFILE) as journal:
            intend(journal, ticket, "1")
    assert list(found()) == ["CCC", "AAA", "BBB"]


def test_tickets_of_a_running_program_are_left_out() -> None:
    with Journal.open(PROFILE) as journal:
        intend(journal, "AAA", "1")
        assert found() == {}
    assert found() == {"AAA": ("1",)}


def test_a_killed_run_is_not_running_even_if_its_process_id_exists() -> None:
    command = [sys.executable, "-m", "tests.desk.journal.writing_program", "desk", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        run.stdout.readline()
        run.stdin.write("go\n")
        run.stdin.flush()
        run.stdout.readline()
        assert found() == {}
        run.send_signal(signal.SIGKILL)
        # Not waited for yet: the process id is still taken, by what is left of the process.
        assert eventually(lambda: "T0" in found())
        os.kill(run.pid, 0)


def test_requests_of_running_programs_are_under_way_until_their_outcome() -> None:
    with Journal.open(PROFILE) as first, Journal.open(PROFILE) as second:
        for ticket in ("AAA", "BBB"):
            intend(first, ticket, "1", "2")
        assert open_writes(OWNER).under_way == 0
        for number in (1, 2):
            first.record(Kind.REQUEST, ticket="AAA", method="PUT", path=f"/order/{number}/1", keys=[str(number)])
        second.record(Kind.STATUS, wanted={"orderModType": "ACTI"})
        assert open_writes(OWNER).under_way == 2
        end(first, "AAA", "1", "ACCEPTED")
        assert open_writes(OWNER).under_way == 2
        end(first, "AAA", "2", "ACCEPTED")
        assert open_writes(OWNER).under_way == 1
        second.record(Kind.STATUS, end="accepted")
        assert open_writes(OWNER).under_way == 0
        first.record(Kind.REQUEST, ticket="BBB", method="PUT", path="/orders/list")
        for _ in range(3):
            first.record(Kind.MODE, text="x" * 2**20)  # all of it while the request is away
        with journal_files(OWNER)[0].open("ab") as file:
            file.write(b"torn\n")
        assert open_writes(OWNER).under_way == 1
    assert open_writes(OWNER).under_way == 0


class SetClock(Clock):
    """The clock of this machine, set by so many seconds; `passed_s` is the time that has really passed since."""

    def __init__(self, set_by_s: float, passed_s: float = 0.0, name: str = "boot 1") -> None:
        self._set_by, self._passed_s, self._name = timedelta(seconds=set_by_s), passed_s, name

    def utc_now(self) -> datetime:
        return super().utc_now() + self._set_by + timedelta(seconds=self._passed_s)

    def steady_s(self) -> float:
        return super().steady_s() + self._passed_s

    def boot(self) -> str:
        return self._name


@pytest.mark.parametrize(
    ("later", "can_land"),
    [
        (SetClock(0), True),
        (SetClock(3600), True),
        (SetClock(-3600), True),
        (SetClock(0, passed_s=115), True),
        (SetClock(3600, passed_s=125), False),
        (SetClock(-3600, passed_s=125), False),
        (SetClock(0, name="boot 2"), True),
        (SetClock(125, name="boot 2"), False),
        (SetClock(0, name=""), True),
        (SetClock(125, name=""), False),
    ],
)
@pytest.mark.parametrize("ends", ["by a timeout", "with its program"])
def test_a_lost_write_can_land_for_two_minutes_however_the_clock_is_set(
    later: Clock, can_land: bool, ends: str
) -> None:
    with use(SetClock(0)), Journal.open(PROFILE) as journal:
        intend(journal, "AAA", "1")
        journal.record(Kind.REQUEST, ticket="AAA", method="POST", path="/orders/list", **leaving_now())
        if ends == "by a timeout":
            journal.record(Kind.OUTCOME, ticket="AAA", results=[{"key": "1", "state": "UNKNOWN", "is_open": True}])
    with use(later):
        assert open_writes(OWNER).unanswered == int(can_land)


class UnreadableDisk(Disk):
    """The disk of this machine, where reading the end of a journal waits until `goes_on` is set."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()

    def read_from(self, path: Path, start: int, most_bytes: int) -> tuple[bytes, int]:
        self.goes_on.wait()
        return super().read_from(path, start, most_bytes)


@pytest.mark.real_time
async def test_a_hanging_disk_does_not_delay_a_kill(exchange: RunningExchange) -> None:
    hanging = UnreadableDisk()
    with Journal.open(Profile(name="test", base_url=exchange.base_url)), use_disk(hanging):
        async with armed_at(exchange, timing=ON_STALLED_DISK) as kill:
            try:
                view = await kill.fire()
            finally:
                hanging.goes_on.set()
    assert view.phase is Phase.VERIFIED
    assert "the journal can't be read: another program's writes may still be under way" in view.problems


def test_old_files_are_ignored() -> None:
    with Journal.open(PROFILE) as journal:
        intend(journal, "AAA", "1")
    later = utc_now() + LOOK_BACK
    assert len(left_over(PROFILE, later - timedelta(minutes=1)).open) == 1
    assert left_over(PROFILE, later + timedelta(minutes=1)).open == ()


def test_an_incomplete_line_and_unknown_facts_hide_no_ticket() -> None:
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.INTENT, ticket=5, lines=[{"key": "1"}])
        journal.record(Kind.INTENT, ticket="ZZZ", lines="none")
        journal.record(Kind.OUTCOME, ticket="AAA", results=[None, {"key": 1}, {"outcome": "REJECTED"}])
        intend(journal, "AAA", "1")
    [path] = journal_files(OWNER)
    path.write_bytes(path.read_bytes() + b'{"seq":7')
    assert found() == {"AAA": ("1",)}


def test_an_unreadable_journal_raises_an_error() -> None:
    assert left_over(PROFILE).open == ()
    journal_folder(OWNER).parent.mkdir(parents=True)
    journal_folder(OWNER).write_text("no folder")
    with pytest.raises(JournalUnusable, match="Not a directory"):
        left_over(PROFILE)


# ---------------------------------------------------------------- writes that can still land


def answered(journal: Journal, ticket: str, states: dict[str, str], kind: Kind = Kind.OUTCOME) -> None:
    journal.record(kind, ticket=ticket, results=[{"key": key, "state": state} for key, state in states.items()])


def send(journal: Journal, ticket: str, *keys: str, action: str = "add") -> None:
    journal.record(Kind.INTENT, ticket=ticket, action=action, lines=[{"key": key} for key in keys])
    journal.record(Kind.REQUEST, ticket=ticket, method="POST", path="/orders/list")


def test_a_write_whose_answer_was_lost_can_land_until_a_read_shows_it() -> None:
    with Journal.open(PROFILE) as journal:
        send(journal, "AAA", "1", "2", "3")
        answered(journal, "AAA", {"1": "UNKNOWN", "2": "UNKNOWN", "3": "REJECTED"})
        assert open_writes(OWNER) == OpenWrites(0, 2)
        answered(journal, "AAA", {"1": "NOT FOUND", "2": "CONFIRMED"}, Kind.RECONCILIATION)
        assert open_writes(OWNER) == OpenWrites(0, 1), "what was not found may still come"
    with Journal.open(PROFILE) as later:
        answered(later, "AAA", {"1": "FILLED"}, Kind.RECONCILIATION)
        assert open_writes(OWNER) == OpenWrites()


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("shown", ["CONFIRMED", "DIFFERENT", "FILLED", "REJECTED"])
def test_an_accepted_write_can_land_until_a_read_shows_it(shown: str, *, ends: bool) -> None:
    with Journal.open(PROFILE) as journal:
        send(journal, "AAA", "1", "2")
        answered(journal, "AAA", {"1": "SENT", "2": "SENT"})
        assert open_writes(OWNER) == OpenWrites(0, 2)
        if not ends:
            answered(journal, "AAA", {"1": shown, "2": shown}, Kind.RECONCILIATION)
            assert open_writes(OWNER) == OpenWrites()
    if ends:
        assert open_writes(OWNER) == OpenWrites(0, 2), "nobody reads on"
        with Journal.open(PROFILE) as later:
            answered(later, "AAA", {"1": shown}, Kind.RECONCILIATION)
            assert open_writes(OWNER) == OpenWrites(0, 1)


@pytest.mark.parametrize(
    ("at_answer", "later", "can_land"),
    [
        (SetClock(0, 5), SetClock(0, 24), True),
        (SetClock(0, 5), SetClock(0, 26), False),
        (SetClock(0, 5), SetClock(3600, 24), True),
        (SetClock(0, 5), SetClock(-3600, 26), False),
        (SetClock(-3600, 5), SetClock(-3600, 24), True),
        (SetClock(-3600, 5), SetClock(-3600, 41), False),
        (SetClock(3600, 5), SetClock(3600, 24), True),
        (SetClock(3600, 5), SetClock(3600, 41), False),
        (SetClock(0, 5), SetClock(0, 24, "boot 2"), True),
        (SetClock(0, 5), SetClock(0, 26, "boot 2"), False),
    ],
)
def test_an_accepted_write_can_be_listed_20_s_late_however_the_clock_is_set(
    at_answer: Clock, later: Clock, can_land: bool
) -> None:
    assert SHOWN_WITHIN.total_seconds() == NOT_FOUND_AFTER_S
    with use(SetClock(0)), Journal.open(PROFILE) as journal:
        intend(journal, "AAA", "1")
        journal.record(Kind.REQUEST, ticket="AAA", method="POST", path="/orders/list", **leaving_now())
        with use(at_answer):
            journal.record(Kind.OUTCOME, ticket="AAA", results=[{"key": "1", "state": "SENT", "is_open": True}])
    with use(later):
        assert open_writes(OWNER).unanswered == int(can_land)


def test_a_write_of_a_program_that_ended_can_land() -> None:
    with Journal.open(PROFILE) as journal:
        send(journal, "AAA", "1", "2")
    assert open_writes(OWNER) == OpenWrites(0, 2)


@pytest.mark.parametrize("answer", ["UNKNOWN", "SENT", None])
@pytest.mark.parametrize("action", ["delete", "deactivate"])
def test_a_withdrawal_enters_nothing(action: str, answer: str | None) -> None:
    with Journal.open(PROFILE) as journal:
        send(journal, "AAA", "1", action=action)
        assert open_writes(OWNER).under_way == 1
        if answer is not None:
            answered(journal, "AAA", {"1": answer})
        journal.record(Kind.STATUS, wanted={"orderModType": "DEAC"})
        journal.record(Kind.STATUS, end="no answer", is_unknown=True)
    assert open_writes(OWNER) == OpenWrites()


@pytest.mark.parametrize("is_unknown", [True, False])
def test_an_activation_of_everything_can_land_if_it_was_not_answered(is_unknown: bool) -> None:
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.STATUS, wanted={"orderModType": "ACTI"})
        journal.record(Kind.STATUS, end="no answer", is_unknown=is_unknown)
    assert open_writes(OWNER) == (OpenWrites(0, 1, EVERY_ORDER - 1) if is_unknown else OpenWrites())


def test_after_a_while_no_write_lands_any_more() -> None:
    with Journal.open(PROFILE) as journal:
        send(journal, "AAA", "1")
        answered(journal, "AAA", {"1": "UNKNOWN"})
        assert open_writes(OWNER, utc_now() + MAY_LAND_WITHIN / 2) == OpenWrites(0, 1)
        assert open_writes(OWNER, utc_now() + MAY_LAND_WITHIN) == OpenWrites()


def refused(journal: Journal, key: str, state: str, *, is_of_list: bool, kind: Kind = Kind.OUTCOME) -> None:
    facts = {"why": "no", "is_conflict": False, "is_of_position": False, "is_of_list": is_of_list}
    journal.record(kind, ticket="AAA", results=[{"key": key, "state": state, "refusal": facts}])


@pytest.mark.parametrize("state", ["REFUSED", "REJECTED", "CONFLICT"])
def test_an_order_of_a_refused_list_can_land_for_a_while_however_soon_a_read_does_not_show_it(state: str) -> None:
    with Journal.open(PROFILE) as journal:
        send(journal, "AAA", "1", "2")
        refused(journal, "1", state, is_of_list=True)
        refused(journal, "2", state, is_of_list=False)
        assert open_writes(OWNER) == OpenWrites(0, 1)
        refused(journal, "1", "REJECTED", is_of_list=True, kind=Kind.RECONCILIATION)
        assert open_writes(OWNER) == OpenWrites(0, 1)
        assert open_writes(OWNER, utc_now() + SHOWN_WITHIN) == OpenWrites()
        refused(journal, "1", "DIFFERENT", is_of_list=True, kind=Kind.RECONCILIATION)
        assert open_writes(OWNER) == OpenWrites()


@pytest.mark.parametrize("kind", [Kind.OUTCOME, Kind.RECONCILIATION])
def test_a_rejected_order_of_a_refused_list_has_ended_for_its_ticket_although_it_can_land(kind: Kind) -> None:
    with Journal.open(PROFILE) as journal:
        send(journal, "AAA", "1")
        facts = {"key": "1", "state": "REFUSED", "is_open": True, "refusal": {"is_of_list": True}}
        if kind is Kind.RECONCILIATION:
            journal.record(Kind.OUTCOME, ticket="AAA", results=[facts])
        journal.record(kind, ticket="AAA", results=[{**facts, "state": "REJECTED", "is_open": False}])
    assert open_writes(OWNER) == OpenWrites(0, 1)
    assert [key for left in left_over(PROFILE).open for key in left.open_keys] == []


def test_a_refusal_that_an_earlier_version_recorded_may_be_of_a_list() -> None:
    with Journal.open(PROFILE) as journal:
        send(journal, "AAA", "1", "2")
        answered(journal, "AAA", {"1": "REFUSED", "2": "REJECTED"})
    assert open_writes(OWNER) == OpenWrites(0, 1)


def test_an_accepted_activation_does_not_end_the_wait_for_one_before_it() -> None:
    with Journal.open(PROFILE) as journal:
        for facts in ({"end": "no answer", "is_unknown": True}, {"end": "accepted", "is_unknown": False}):
            journal.record(Kind.STATUS, wanted={"orderModType": "ACTI"})
            journal.record(Kind.STATUS, **facts)
    assert open_writes(OWNER, utc_now() + MAY_LAND_WITHIN / 2) == OpenWrites(0, 1, EVERY_ORDER - 1)

"""A halt whose file vanishes while a desk runs still holds, and is written again; a re-arm has a record."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pbtui.api.clock import Clock, utc_now
from pbtui.api.clock import use as use_clock
from pbtui.api.errors import RefusedHere
from pbtui.api.structs import replace
from pbtui.desk.journal.writer import Journal
from pbtui.desk.kept_halt import VANISHED, KeptHalt
from pbtui.desk.kill.halt import FiredKill, Halt, engage, halt_here, read_halt
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.recovery.rearming import rearm
from pbtui.desk.storage.places import halt_file, owner_of, shared_folders
from pbtui.desk.trading_halt import TradingHalt
from tests.desk.kill.armed import NOWHERE, profile_at

PROFILE = profile_at(NOWHERE)
FILE = halt_file(owner_of(PROFILE)).name


def files() -> list[Path]:
    return [halt_file(owner_of(PROFILE)), shared_folders()[0] / FILE]


def halted() -> None:
    engage(PROFILE, halt_here("kill fired", action="deactivate-mine"))


async def refuses(trading: TradingHalt) -> bool:
    try:
        async with trading.gate("POST /orders/list", enters=True):
            return False
    except RefusedHere:
        return True


@pytest.mark.parametrize("gone", [2, 1])
async def test_a_vanished_halt_still_holds_and_is_put_back_with_an_alarm(gone: int) -> None:
    halted()
    alarms: list[Halt] = []
    trading = TradingHalt(PROFILE, None, lambda: None, alarms.append)
    for file in files()[:gone]:
        file.unlink()
    trading.read()
    [alarm] = alarms
    assert alarm.reason == f"kill fired; {VANISHED}"
    assert trading.present == read_halt(PROFILE)
    assert files()[0].exists()
    for file in files():
        file.unlink()
    assert await refuses(trading), "also before the next read"
    trading.read()
    assert len(alarms) == 1
    halt = read_halt(PROFILE)
    assert halt is not None
    assert VANISHED in halt.words
    with Journal(PROFILE) as journal:
        assert trading.rearm(journal, "looked at", halt) is None
    assert trading.last_kill is not None
    assert trading.last_kill.halted_at == alarm.halted_at
    assert not await refuses(trading)


@pytest.mark.parametrize("was_read_before", [True, False])
def test_a_halt_whose_file_was_damaged_before_it_vanished_still_holds(*, was_read_before: bool) -> None:
    halted()
    alarms: list[Halt] = []
    kept = KeptHalt(PROFILE, alarms.append)
    if was_read_before:
        kept.read()
    for damage in (b"{", b"", b"{"):
        for file in files():
            file.write_bytes(damage)
        damaged = kept.read()
        assert damaged is not None
        assert "is damaged" in damaged.words
    for file in files():
        file.unlink()
    again = kept.read()
    assert again is not None
    assert again == read_halt(PROFILE)
    assert VANISHED in again.reason
    assert len(alarms) == 1
    if was_read_before:
        assert "kill fired" in again.words
    with Journal(PROFILE) as journal:
        rearm(PROFILE, journal, "looked at", again)
    assert kept.read() is None


def test_a_halt_of_another_profile_that_vanishes_behind_the_own_one_still_holds() -> None:
    other = replace(PROFILE, name="late")
    engage(other, halt_here("price spike", action="deactivate-mine"))
    halted()
    alarms: list[Halt] = []
    kept = KeptHalt(PROFILE, alarms.append)
    own = kept.read()
    assert own is not None
    for file in files():
        file.with_name(halt_file(owner_of(other)).name).unlink()
    for _ in range(2):
        assert kept.read() == own
    [alarm] = alarms
    assert alarm.reason == f"price spike; {VANISHED}"
    with Journal(PROFILE) as journal:
        rearm(PROFILE, journal, "looked at", own)
    left = kept.read()
    assert left is not None
    assert (left.profile, left.is_others, left.reason) == ("late", True, alarm.reason)
    with Journal(PROFILE) as journal:  # the other profile has no journal yet
        rearm(PROFILE, journal, "looked at", left)
    assert (kept.read(), len(alarms)) == (None, 1)


@pytest.mark.parametrize("set_back", [timedelta(), timedelta(hours=1)])
def test_a_halt_that_another_program_lifted_is_no_alarm(set_back: timedelta) -> None:
    """Also if the clock was set back since the halt began."""
    halt = halt_here("kill fired", action="deactivate-mine")
    engage(PROFILE, replace(halt, halted_at=utc_now() + set_back))
    kept = KeptHalt(PROFILE, lambda _: pytest.fail("an alarm"))
    shown = kept.read()
    with Journal(PROFILE) as journal:
        rearm(PROFILE, journal, "calm", shown)
    assert kept.read() is None


def fired(token: str, *earlier: FiredKill) -> None:
    plan = plan_for(PROFILE)
    engage(PROFILE, halt_here("kill fired", action=plan.action, plan=plan, earlier=earlier, token=token))


class ClockSetBack(Clock):
    """The clock of this machine, an hour back."""

    def utc_now(self) -> datetime:
        return super().utc_now() - timedelta(hours=1)


def test_the_re_arm_of_an_earlier_halt_lifts_no_later_one_after_the_clock_was_set_back() -> None:
    fired("A")
    with Journal(PROFILE) as journal:
        rearm(PROFILE, journal, "calm", read_halt(PROFILE))
    with use_clock(ClockSetBack()):
        alarms: list[Halt] = []
        kept = KeptHalt(PROFILE, alarms.append)
        fired("B")
        kept.read()
        for file in files():
            file.unlink()
        assert kept.read() is not None
        assert len(alarms) == 1
        with Journal(PROFILE) as journal:
            rearm(PROFILE, journal, "calm again", read_halt(PROFILE))
        assert kept.read() is None


@pytest.mark.parametrize("clock", [Clock(), ClockSetBack()])
def test_a_re_arm_lifts_all_kills_of_its_halt_also_those_replaced_before_a_desk_read_on(clock: Clock) -> None:
    kept = KeptHalt(PROFILE, lambda _: pytest.fail("an alarm"))
    fired("A")
    first = kept.read()
    assert first is not None
    with use_clock(clock):
        fired("B", *first.kills)
        with Journal(PROFILE) as journal:
            rearm(PROFILE, journal, "calm", read_halt(PROFILE))
        assert kept.read() is None


def test_a_halt_still_holds_while_the_state_folder_is_a_link_to_nowhere_and_afterwards() -> None:
    halted()
    alarms: list[Halt] = []
    kept = KeptHalt(PROFILE, alarms.append)
    before = kept.read()
    assert before is not None
    state, moved = files()[0].parents[1], files()[0].parents[1].with_name("moved")
    files()[1].unlink()
    state.rename(moved)
    state.symlink_to("/nonexistent/pbtui")
    during = kept.read()
    assert during is not None
    state.unlink()
    after = kept.read()
    assert after is not None
    assert before.reason in after.words
    assert read_halt(PROFILE) is not None

"""The halt of a desk beside the one on disk: the kill's own halt takes its place there, and one re-arm ends both."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from pbtui.api.clock import use as use_clock
from pbtui.api.structs import replace
from pbtui.desk.journal.writer import Journal
from pbtui.desk.kill.halt import Halt, engage, halt_here, read_halt
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.recovery.rearming import rearm
from pbtui.desk.trading_halt import TradingHalt
from tests.desk.test_kept_halt import PROFILE, ClockSetBack, files, refuses


def a_desk() -> TradingHalt:
    return TradingHalt(PROFILE, None, lambda: None)


def a_kill() -> Halt:
    plan = plan_for(PROFILE)
    return halt_here("kill fired", action=plan.action, plan=plan, token="K")


def rearmed_elsewhere() -> None:
    with Journal(PROFILE) as journal:
        rearm(PROFILE, journal, "calm", read_halt(PROFILE))


def reads_a_re_arm(desk: TradingHalt) -> None:
    desk.read()
    rearmed_elsewhere()
    desk.read()


async def test_a_re_arm_elsewhere_ends_the_halt_of_the_desk_that_fired() -> None:
    desk = a_desk()
    desk.begin("the kill switch was fired", fires=True)
    engage(PROFILE, a_kill())
    desk.read()
    assert await refuses(desk)
    rearmed_elsewhere()
    desk.read()
    assert desk.present is None
    assert not await refuses(desk)


async def test_a_halt_that_vanishes_from_the_disk_ends_nothing() -> None:
    desk = a_desk()
    desk.begin("the kill switch was fired", fires=True)
    engage(PROFILE, a_kill())
    desk.read()
    for file in files():
        file.unlink()
    desk.read()
    assert desk.present is not None
    assert await refuses(desk)


async def test_a_halt_that_never_came_to_the_disk_stays_until_this_desk_ends_it() -> None:
    desk = a_desk()
    desk.begin("the kill key was pressed")
    desk.read()
    assert await refuses(desk)
    desk.end()
    assert not await refuses(desk)


@pytest.mark.parametrize(
    "other",
    [
        lambda halt: replace(halt, operator="somebody"),
        lambda halt: replace(halt, host="another"),
        lambda halt: replace(halt, action="", plan=None),
        lambda halt: replace(halt, token=""),
        lambda halt: replace(halt, halted_at=halt.halted_at - timedelta(hours=1)),
    ],
)
async def test_the_end_of_another_halt_leaves_the_one_of_this_desk(other: Callable[[Halt], Halt]) -> None:
    desk = a_desk()
    desk.begin("the kill switch was fired", fires=True)
    engage(PROFILE, other(a_kill()))
    reads_a_re_arm(desk)
    assert await refuses(desk)


async def test_a_kill_after_the_clock_was_set_back_leaves_it_too() -> None:
    desk = a_desk()
    desk.begin("the kill switch was fired", fires=True)
    with use_clock(ClockSetBack()):
        engage(PROFILE, a_kill())
        reads_a_re_arm(desk)
    assert await refuses(desk)


async def test_a_key_that_is_pressed_after_the_kill_holds_by_itself() -> None:
    desk = a_desk()
    engage(PROFILE, a_kill())
    desk.begin("the kill key was pressed")
    reads_a_re_arm(desk)
    assert await refuses(desk)


async def test_the_kill_of_another_desk_leaves_the_halt_of_a_key_that_fired_nothing() -> None:
    desk = a_desk()
    desk.begin("the kill key was pressed")
    engage(PROFILE, a_kill())
    reads_a_re_arm(desk)
    assert await refuses(desk)


async def test_a_halt_that_only_the_shared_folder_holds_leaves_it_too() -> None:
    desk = a_desk()
    desk.begin("the kill switch was fired", fires=True)
    engage(PROFILE, a_kill())
    own_file, *_ = files()
    own_file.unlink()
    desk.read()
    for file in files():
        file.unlink(missing_ok=True)
    desk.read()
    assert await refuses(desk)

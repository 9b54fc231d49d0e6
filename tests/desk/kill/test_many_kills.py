"""More kills of a halted profile than its halt keeps whole: none that is owed is forgotten, and no token is lost."""

import pytest

from pbtui.api.clock import utc_now
from pbtui.api.structs import replace
from pbtui.cli.kill.output import exit_code
from pbtui.desk.journal.recent import was_rearmed
from pbtui.desk.journal.writer import Journal
from pbtui.desk.kill.halt import WHOLE_KILLS, FiredKill, engage, halt_here, read_halt
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.progress import Doubt, Phase
from pbtui.desk.kill.recovery.rearming import rearm
from pbtui.desk.storage.places import owner_of
from pbtui.desk.team.store import WantedHalt
from pbtui.desk.trading_halt import not_in_store
from pbtui.settings.kill import KillAction
from tests.canned import a_wire_order
from tests.desk.kill.armed import NOWHERE, armed, armed_at, live, profile_at, seen
from tests.desk.kill.test_evidence import Exchange, has_left
from tests.exchange import RunningExchange
from tests.raw_server import raw_server, reply, silence

PROFILE = profile_at(NOWHERE)
MINE, ALL = KillAction.DEACTIVATE_MINE, KillAction.DEACTIVATE_ALL


async def test_a_kill_that_is_owed_is_named_after_any_number_of_later_ones() -> None:
    exchange = Exchange(silence, [a_wire_order("1")], obeys=False)
    async with raw_server(exchange) as server, armed(server.base_url, "key", portfolios=("P1",)) as kill:
        kill.begin(ALL)
        await kill.until(lambda view: has_left(ALL, view))
        await kill.release()
        exchange.answer, exchange.obeys = reply(), True
        for _ in range(WHOLE_KILLS + 4):
            view = await kill.fire(MINE)
            assert (view.phase, view.doubts, exit_code(view)) == (Phase.VERIFIED, (Doubt.KILL_OWED,), 5)
        exchange.answer = reply(b"", "204 No Content")
        halt = read_halt(kill.profile)
        assert halt is not None
        view = await kill.switch.resume(halt)
    assert (view.phase, view.plan.action, view.doubts) == (Phase.VERIFIED, ALL, ())


async def test_a_kill_that_was_verified_is_owed_no_more_after_any_number_of_later_ones(
    exchange: RunningExchange,
) -> None:
    async with armed_at(exchange, "admin", portfolios=("FLEX",)) as kill:
        assert (await kill.fire(ALL, await seen(exchange, "admin"))).doubts == ()
        for _ in range(WHOLE_KILLS + 2):
            assert (await kill.fire(MINE)).doubts == ()
    assert not live(exchange)


def fired(count: int) -> None:
    """Halt the profile by kills of two plans, the first of them of everything."""
    for number in range(count):
        halt = read_halt(PROFILE)
        plan = plan_for(PROFILE, MINE if number else ALL)
        earlier = () if halt is None else halt.kills
        engage(
            PROFILE, halt_here("kill fired", action=plan.action.value, plan=plan, earlier=earlier, token=f"k{number}")
        )


@pytest.mark.parametrize("count", [3, WHOLE_KILLS + 1, WHOLE_KILLS + 2, 3 * WHOLE_KILLS])
def test_a_re_arm_lifts_all_kills_of_its_halt(count: int) -> None:
    fired(count)
    halt = read_halt(PROFILE)
    assert halt is not None
    tokens = {f"k{number}" for number in range(count)}
    assert {kill.token for kill in not_in_store(halt, ())} == tokens
    first = next(kill for kill in not_in_store(halt, ()) if kill.token == "k0")
    assert replace(first, fired_at=None) == WantedHalt("k0", "kill deactivate-all fired", (), ALL.value)
    with Journal(PROFILE) as journal:
        rearm(PROFILE, journal, "calm", halt)
    assert all(was_rearmed(owner_of(PROFILE), utc_now(), token) for token in tokens)


def test_a_halt_does_not_grow_with_each_kill_of_the_same_plan() -> None:
    fired(3 * WHOLE_KILLS)
    halt = read_halt(PROFILE)
    assert halt is not None
    assert [kill.plan.action for kill in halt.earlier] == [*[MINE] * WHOLE_KILLS, ALL]


def test_each_plan_of_a_halt_keeps_its_newest_kill() -> None:
    plans = [replace(plan_for(PROFILE, MINE), portfolios=(f"P{number}",)) for number in range(50)]
    kills = tuple(FiredKill(plan, f"{turn}", f"{turn}{plan.portfolios[0]}") for turn in "cba" for plan in plans)
    kept = halt_here("kill fired", earlier=kills).earlier
    assert [(kill.plan, kill.report) for kill in kept] == [(plan, "c") for plan in plans]
    assert {token for kill in kept for token in kill.tokens} == {kill.token for kill in kills}

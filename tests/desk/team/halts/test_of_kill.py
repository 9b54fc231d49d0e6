"""A kill of a profile with a team: it halts every desk, waits for the sends of others, and not for the store."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from pbtui.desk.kill.progress import Doubt, KillView, Phase
from pbtui.desk.team.halts.of_kill import SharedHalt
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import LOST, HaltedBy, HaltRecord, Participant, Registered, TeamStore, WantedHalt
from pbtui.settings.kill import KillAction
from pbtui.settings.team import TeamSettings
from tests.desk.kill.armed import armed_at, live
from tests.desk.team.conftest import DESK, Postgres
from tests.exchange import RunningExchange

pytestmark = pytest.mark.real_time
PATIENT_S = 30.0


@pytest.fixture
def team(postgres: Postgres, database: str) -> TeamSettings:
    """The settings of the desk that kills."""
    return TeamSettings(store=postgres.url(database, DESK))


@pytest.fixture
async def other(team: TeamSettings, exchange: RunningExchange) -> AsyncIterator[PostgresStore]:
    """The store as another desk of the team uses it."""
    async with AsyncExitStack() as opened:
        async with armed_at(exchange) as kill:
            server = kill.profile.server
        who = Participant(server=server, portfolios=(), operator="ben", host="south", profile="late", desk="d2")
        store = PostgresStore(team.store, who, PATIENT_S)
        opened.push_async_callback(store.close)
        yield store


async def halted(store: PostgresStore) -> HaltRecord:
    """The halt of the team, once there is one: on a busy machine the first calls of a kill are late."""
    async with asyncio.timeout(PATIENT_S):
        while not (halts := await store.halts()):
            await store.notice()
    return halts[0]


def has_doubt(view: KillView) -> bool:
    return Doubt.WRITES_NOT_KNOWN in view.doubts


async def test_a_kill_halts_every_desk_of_the_team(
    exchange: RunningExchange, team: TeamSettings, other: PostgresStore
) -> None:
    async with armed_at(exchange, team=team, portfolios=("DE1",)) as kill:
        firing = kill.begin()
        halt = await halted(other)
        await firing
    assert (halt.reason, halt.action, halt.portfolios) == (
        "kill deactivate-mine fired",
        KillAction.DEACTIVATE_MINE,
        ("DE1",),
    )
    assert [known.verdict for known in await other.halts()] == [Phase.VERIFIED]
    assert isinstance(await other.register("POST /orders/list", "t1"), HaltedBy)


@pytest.mark.parametrize("ending", ["answered", LOST])
async def test_a_kill_is_not_verified_while_a_send_of_another_desk_can_land(
    exchange: RunningExchange, team: TeamSettings, other: PostgresStore, ending: str
) -> None:
    assert isinstance(await other.register("POST /orders/list", "t1"), Registered)
    if ending == LOST:
        await other.end("t1", LOST)
    async with armed_at(exchange, team=team) as kill:
        firing = kill.begin()
        await halted(other)
        awaited = (
            "1 write may still land: no answer came, or no read has shown it yet; look for the order, and keep the "
            "profile halted"
        )
        view = await kill.until(
            lambda view: view.active == 0 and view.problems == ((awaited,) if ending == LOST else ())
        )
        assert view.phase is not Phase.VERIFIED
        if ending == LOST:
            return
        await other.end("t1", ending)
        view = await firing
    assert (view.phase, view.doubts) == (Phase.VERIFIED, ())
    assert live(exchange) == live(exchange) - live(exchange, "trader")


async def test_a_kill_does_not_wait_for_a_frozen_store(
    exchange: RunningExchange, team: TeamSettings, other: PostgresStore, postgres: Postgres
) -> None:
    async with armed_at(exchange, team=team) as kill:
        with postgres.frozen():
            firing = kill.begin()
            view = await kill.until_phase(Phase.VERIFIED)
            assert has_doubt(view)
            [problem] = [problem for problem in view.problems if "The team store is unreachable" in problem]
            assert "Other desks are not halted by this kill; it is tried again" in problem
            assert not live(exchange, "trader")
        await firing
        halt = await halted(other)
    assert halt.action == KillAction.DEACTIVATE_MINE


async def test_a_kill_goes_out_if_the_driver_is_damaged(
    exchange: RunningExchange, team: TeamSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pbtui.desk.team.postgres", None)
    async with armed_at(exchange, team=team) as kill:
        view = await kill.fire()
    assert (view.phase, has_doubt(view)) == (Phase.VERIFIED, True)
    assert not live(exchange, "trader")
    assert any("The team store can't be used: ModuleNotFoundError" in problem for problem in view.problems)


async def test_a_library_that_blocks_does_not_hold_the_loop_of_the_kill() -> None:
    called, goes_on = threading.Event(), threading.Event()

    def blocking() -> TeamStore:
        called.set()
        goes_on.wait(PATIENT_S)
        raise ImportError

    shared = SharedHalt(blocking)
    shared.begin(WantedHalt("k1", "halted"))
    try:
        shared.kill_was_answered()
        assert await asyncio.to_thread(called.wait, PATIENT_S)
        assert not goes_on.is_set()
        await shared.close()
        assert not goes_on.is_set()
    finally:
        goes_on.set()


async def test_a_kill_says_who_lifted_its_halt_before_it_was_verified(
    exchange: RunningExchange, team: TeamSettings, other: PostgresStore
) -> None:
    assert isinstance(await other.register("POST /orders/list", "t1"), Registered)
    async with armed_at(exchange, team=team) as kill:
        firing = kill.begin()
        await other.rearm((await halted(other)).epoch, "calm")
        lifted = "ben on south has lifted the halt of the team: other desks can enter orders"
        await kill.until(lambda view: lifted in view.problems)
        view = await firing
    assert has_doubt(view)


async def test_a_kill_that_is_ended_says_that_the_team_is_not_halted_and_halts_it_all_the_same(
    exchange: RunningExchange, team: TeamSettings, other: PostgresStore, postgres: Postgres
) -> None:
    async with armed_at(exchange, team=team) as kill:
        with postgres.frozen():
            kill.begin()
            await kill.until(lambda view: any("The team store is unreachable" in problem for problem in view.problems))
            view = await kill.release()
        assert any("Other desks are not halted by this kill" in problem for problem in view.problems)
        assert (await halted(other)).action == KillAction.DEACTIVATE_MINE

"""A halt that the store has lost still holds, and is put back; only a re-arm ends it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import psycopg
import pytest

from pbtui.api.errors import RefusedHere
from pbtui.api.structs import replace
from pbtui.desk.journal.writer import Journal
from pbtui.desk.kill.halt import Halt
from pbtui.desk.team.halts.known import KnownHalts, vanished
from pbtui.desk.team.opening import participant_of
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import HaltRecord, TeamNow, WantedHalt
from pbtui.desk.trading_halt import TradingHalt
from pbtui.settings.profiles import Profile
from tests.desk.team.conftest import DESK, OWNER, Postgres

PROFILE = Profile(name="prod", base_url="https://desk.example/acme/epex/v2/api")
PATIENT_S = 30.0
HALT = HaltRecord(
    epoch=3,
    token="k1",
    server=PROFILE.server,
    portfolios=(),
    reason="price spike",
    operator="ben",
    host="south",
    profile="late",
    desk="d2",
    action="",
    halted_at=datetime(2026, 11, 27, 12, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("now", "is_lost"),
    [
        (TeamNow(halts=(HALT,)), False),
        (TeamNow(halts=(replace(HALT, epoch=1),)), False),
        (TeamNow(halts=(), lifted=(HALT,)), False),
        (TeamNow(halts=()), True),
        (TeamNow(halts=(replace(HALT, token="k9"),), lifted=(replace(HALT, token="k8"),)), True),
    ],
)
def test_a_halt_is_lost_if_the_store_knows_no_re_arm_of_it(now: TeamNow, *, is_lost: bool) -> None:
    assert vanished((HALT,), now) == (HALT,) * is_lost


class Team:
    """A desk of the profile, a store of another one, and the tables as their owner changes them."""

    def __init__(self, url: str, owner: str) -> None:
        self._url, self._owner = url, owner
        self.other = PostgresStore(url, replace(participant_of(PROFILE), operator="ben", host="south"), PATIENT_S)
        self.alarms: list[Halt] = []
        self._changed = asyncio.Event()

    def desk(self) -> TradingHalt:
        """A desk that starts now."""
        own = PostgresStore(self._url, participant_of(PROFILE), PATIENT_S)
        return TradingHalt(PROFILE, own, self._changed.set, self.alarms.append)

    async def read(self, desk: TradingHalt) -> None:
        """Let the desk read until it has learned something else."""

        async def until_changed() -> None:
            await self._changed.wait()

        self._changed.clear()
        await desk.beside(until_changed())

    async def put_back(self, desk: TradingHalt) -> HaltRecord:
        """Let the desk read until the store has a halt."""

        async def until_there() -> None:
            while not await self.other.halts():
                await self.other.notice()

        await desk.beside(until_there())
        [halt] = await self.other.halts()
        return halt

    async def read_on(self, desk: TradingHalt) -> None:
        """Let the desk read until no halt holds for it."""

        async def until_free() -> None:
            while desk.present is not None:
                self._changed.clear()
                await self._changed.wait()

        await desk.beside(until_free())

    def lose_all(self) -> None:
        """Empty the tables, as a restore of an old backup does."""
        with psycopg.connect(self._owner, autocommit=True) as owner:
            for table in ("halt", "account"):
                owner.execute(f"alter table pbtui.{table} disable trigger all".encode())
            owner.execute(
                "truncate pbtui.halt, pbtui.account, pbtui.send, pbtui.rearm_rule, pbtui.rearm_request, pbtui.lone"
            )


@pytest.fixture
async def team(postgres: Postgres, database: str) -> AsyncIterator[Team]:
    team = Team(postgres.url(database, DESK), postgres.url(database, OWNER))
    yield team
    await team.other.close()


async def refuses(desk: TradingHalt) -> bool:
    try:
        async with desk.gate("POST /orders/list", enters=True):
            return False
    except RefusedHere:
        return True


@pytest.mark.real_time
async def test_a_lost_halt_holds_and_is_put_back_also_by_a_desk_that_starts_later(team: Team) -> None:
    desk = team.desk()
    halt = await team.other.halt(WantedHalt("k1", "price spike"))
    await team.read(desk)
    assert desk.team.skew is not None
    assert abs(desk.team.skew.ahead_s) <= desk.team.skew.within_s + 0.01
    for _ in range(2):  # once while the desk is open, then while it was not
        team.lose_all()
        assert await refuses(desk), "before it has read"
        back = await team.put_back(desk)
        assert back.token == halt.token
        assert back.reason == f"put back, because the team store had lost it: {halt.words}"
        await desk.close()
        desk = team.desk()
    assert [alarm.token for alarm in team.alarms] == ["k1", "k1"]
    await team.read(desk)
    shown = desk.present
    assert shown is not None
    with Journal(PROFILE) as journal:
        await desk.rearm_team(journal, "looked at", shown)
    assert not await refuses(desk)
    await desk.close()
    assert KnownHalts(PROFILE).held == ()


@pytest.mark.real_time
async def test_a_halt_that_another_desk_put_back_and_lifted_does_not_hold_any_more(team: Team) -> None:
    desk = team.desk()
    halt = await team.other.halt(WantedHalt("k1", "price spike"))
    await team.read(desk)
    await desk.close()
    team.lose_all()
    for token in ("k5", halt.token):  # so it has another number than this host knows
        back = await team.other.halt(WantedHalt(token, "put back"))
        await team.other.rearm(back.epoch, "looked at")
    desk = team.desk()
    assert await refuses(desk), "before it has read"
    async with asyncio.timeout(PATIENT_S):
        await team.read_on(desk)
    assert not await refuses(desk)
    assert await team.other.halts() == ()
    assert KnownHalts(PROFILE).held == ()
    await desk.close()

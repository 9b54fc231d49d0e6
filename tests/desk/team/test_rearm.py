"""A re-arm lifts the halt that was shown to the trader: no newer one, and none of another desk of the same name."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from pbtui.api.clock import utc_now
from pbtui.api.structs import replace
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.kill.halt import Halt, HaltNotOnDisk, engage, halt_here, read_halt
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.team import member
from pbtui.desk.team.opening import participant_of
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import WantedHalt
from pbtui.desk.trading_halt import TradingHalt, as_halt, lifted_with
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile
from tests.desk.team.conftest import DESK, Postgres

pytestmark = pytest.mark.real_time
PROFILE = Profile(name="prod", base_url="https://desk.example/acme/epex/v2/api")
PATIENT_S = 30.0


@pytest.fixture
async def store(postgres: Postgres, database: str) -> AsyncIterator[PostgresStore]:
    """The store, as a program of the profile uses it."""
    store = PostgresStore(postgres.url(database, DESK), participant_of(PROFILE), PATIENT_S)
    yield store
    await store.close()


@pytest.fixture
def learned() -> asyncio.Event:
    """Set once the desk has read halts of the team."""
    return asyncio.Event()


@pytest.fixture
async def trading(postgres: Postgres, database: str, learned: asyncio.Event) -> AsyncIterator[TradingHalt]:
    """The halts as a desk of the profile knows them."""
    own = PostgresStore(postgres.url(database, DESK), participant_of(PROFILE), PATIENT_S)
    halt = TradingHalt(PROFILE, own, learned.set)
    yield halt
    await halt.close()


@pytest.fixture
def journal() -> Iterator[Journal]:
    """The journal of the desk."""
    with Journal(PROFILE) as journal:
        yield journal


def on_disk(token: str) -> Halt:
    """The halt of a kill of the profile, as the desk reads it."""
    earlier = read_halt(PROFILE)
    plan = plan_for(PROFILE, KillAction.DEACTIVATE_MINE)
    kills = () if earlier is None else earlier.kills
    engage(PROFILE, halt_here("kill fired", action=plan.action.value, plan=plan, earlier=kills, token=token))
    halt = read_halt(PROFILE)
    assert halt is not None
    return halt


async def test_a_kill_that_comes_to_the_store_after_its_re_arm_halts_nobody(
    store: PostgresStore, trading: TradingHalt, journal: Journal
) -> None:
    on_disk("k1")
    shown = on_disk("k2")
    await trading.rearm_team(journal, "calm", shown)
    assert trading.rearm(journal, "calm", shown) is None
    for token in ("k1", "k2"):
        assert (await store.halt(WantedHalt(token, "kill fired"))).lifted_at is not None
    assert await store.halts() == ()


async def test_every_kill_of_a_halt_on_disk_comes_to_the_store(store: PostgresStore, trading: TradingHalt) -> None:
    on_disk("k1")
    on_disk("k2")
    async with asyncio.timeout(PATIENT_S):
        while {halt.token for halt in await store.halts()} != {"k1", "k2"}:
            trading.read()


@pytest.mark.parametrize("is_in_store", [False, True])
async def test_a_kill_comes_to_the_store_with_its_time_and_its_verdict(
    store: PostgresStore, trading: TradingHalt, journal: Journal, learned: asyncio.Event, *, is_in_store: bool
) -> None:
    plan = plan_for(PROFILE, KillAction.DEACTIVATE_MINE)
    fired_at = utc_now() - timedelta(hours=1)
    halt = halt_here("kill fired", action=plan.action.value, plan=plan, token="k1")
    engage(PROFILE, replace(halt, halted_at=fired_at))
    if is_in_store:  # and the store was away when the kill was verified
        await store.halt(WantedHalt("k1", "kill fired", (), plan.action.value, fired_at))
        await trading.beside(until(learned))
    journal.record(Kind.KILL_END, token="k1", phase="FIRING")
    journal.record(Kind.KILL_END, token="k1", phase="VERIFIED")
    journal.record(Kind.KILL_END, token="k2", phase="INCOMPLETE")
    async with asyncio.timeout(PATIENT_S):
        while [halt.verdict for halt in await store.halts()] != ["VERIFIED"]:
            trading.read()
    [there] = await store.halts()
    assert there.reason == f"kill fired {fired_at:%Y-%m-%d %H:%M:%S}Z, brought to the team later"
    assert there.warning == ""


async def test_a_verdict_that_comes_after_the_first_look_is_brought_by_a_later_one(
    store: PostgresStore, trading: TradingHalt, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(member, "LOOK_EVERY_S", 0.01)
    on_disk("k1")
    async with asyncio.timeout(PATIENT_S):
        while [halt.verdict for halt in await store.halts()] != [""]:
            trading.read()
        journal.record(Kind.KILL_END, token="k1", phase="INCOMPLETE")
        while [halt.verdict for halt in await store.halts()] != ["INCOMPLETE"]:
            await trading.beside(asyncio.sleep(0.02))
            trading.read()


async def until(event: asyncio.Event) -> None:
    await event.wait()


async def test_a_halt_that_begins_while_another_is_shown_still_holds(
    store: PostgresStore, trading: TradingHalt, journal: Journal, learned: asyncio.Event
) -> None:
    shown = await store.halt(WantedHalt("k1", "price spike"))
    newer = await store.halt(WantedHalt("k2", "another one"))
    await trading.beside(until(learned))
    await trading.rearm_team(journal, "calm", as_halt(shown))
    assert [halt.token for halt in trading.team.lifted] == ["k1"]
    assert (trading.halts_of_others, trading.lifted_by_others) == ((), ())  # all of it by this user on this host
    assert await store.halts() == (newer,)
    assert trading.rearm(journal, "calm", as_halt(shown)) == as_halt(newer)


async def test_the_kill_key_that_is_pressed_while_the_team_re_arms_still_halts_the_desk(
    trading: TradingHalt, journal: Journal
) -> None:
    shown = on_disk("k1")
    trading.begin("the kill switch was fired")
    rearming = asyncio.create_task(trading.rearm_team(journal, "calm", shown))
    await asyncio.sleep(0)
    trading.begin("the kill key was pressed")
    with pytest.raises(HaltNotOnDisk, match="halted again meanwhile: the kill key was pressed"):
        await rearming
    assert (trading.here is not None, read_halt(PROFILE)) == (True, shown)
    await trading.rearm_team(journal, "calm", shown)
    assert trading.rearm(journal, "calm", shown) is None
    assert trading.here is None


async def test_with_a_halt_on_disk_only_its_own_kills_are_lifted(store: PostgresStore) -> None:
    shown = on_disk("k1")
    own = await store.halt(WantedHalt("k1", "kill fired"))
    of_the_same_name = replace(own, token="k9", epoch=7)
    assert lifted_with(shown, (of_the_same_name, own)) == (own,)
    assert lifted_with(on_disk("k2"), (own, of_the_same_name)) == (own,)

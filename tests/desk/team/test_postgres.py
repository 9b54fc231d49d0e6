"""The store on a real PostgreSQL: no halt misses a send, and a server that fails is reported in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from pbtui.desk.journal.open_writes import MAY_LAND_WITHIN
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import (
    LOST,
    HaltedBy,
    HaltRecord,
    Participant,
    RearmRefused,
    Registered,
    StoreUnreachable,
    WantedHalt,
)
from tests.desk.team.conftest import DESK, OWNER, PATIENT_S, SERVER, Open, Postgres
from tests.exchange import eventually

pytestmark = pytest.mark.real_time


@asynccontextmanager
async def as_owner(postgres: Postgres, database: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(postgres.url(database, OWNER)) as connection:
        yield connection


async def registered(store: PostgresStore, name: str = "t1") -> Registered:
    answer = await store.register("modify_orders", name)
    assert isinstance(answer, Registered)
    return answer


async def test_a_halt_names_the_sends_before_it_and_refuses_those_after_it(opened: Open) -> None:
    tess, ben = opened("tess"), opened("ben")
    await registered(tess, "t0")
    open_send = await registered(tess)
    await tess.end("t0", "answered")
    halt = await ben.halt(WantedHalt("k1", "price spike", action="deactivate-mine"))
    assert halt.sends_before == (open_send.id,)
    assert (halt.epoch, halt.reason, halt.operator, halt.host, halt.action) == (
        1,
        "price spike",
        "ben",
        "north",
        "deactivate-mine",
    )
    assert await tess.register("add_orders", "t2") == HaltedBy(halt)
    assert await tess.halts() == (halt,)
    [send] = await ben.sends_open(halt.epoch)
    assert (send.id, send.operator, send.call, send.token) == (open_send.id, "tess", "modify_orders", "t1")
    await ben.end("t1", "not its own")
    assert await ben.sends_open(halt.epoch) == (send,)
    await tess.end("t1", "answered")
    await tess.end("t1", LOST)
    assert await ben.sends_open(halt.epoch) == ()


async def test_a_send_without_an_answer_can_land_for_as_long_as_the_desk_says(
    opened: Open, postgres: Postgres, database: str
) -> None:
    tess, ben = opened("tess"), opened("ben")
    for token in ("lost", "open", "lost long ago", "open for long"):
        await registered(tess, token)
    await tess.end("lost", LOST)
    await tess.end("lost long ago", LOST)
    async with as_owner(postgres, database) as owner:
        for age, like in ((MAY_LAND_WITHIN, "%long%"), (MAY_LAND_WITHIN - timedelta(seconds=30), "%")):
            change = "update pbtui.send set registered_at = least(registered_at, clock_timestamp() - %s)"
            await owner.execute(f"{change} where token like %s", (age, like))
    halt = await ben.halt(WantedHalt("k1", "halted"))
    sends = await ben.sends_open(halt.epoch)
    assert [(send.token, send.ending) for send in sends] == [("lost", LOST), ("open", "")]
    assert halt.sends_before == tuple(send.id for send in sends)


async def test_a_halt_holds_for_overlapping_portfolios_of_its_server(opened: Open) -> None:
    await opened("ben").halt(WantedHalt("k1", "halted", portfolios=("A", "B")))
    assert isinstance(await opened("tess", "B", "C").register("call", "t"), HaltedBy)
    assert isinstance(await opened("all").register("call", "t"), HaltedBy)
    await registered(opened("eve", "C"))
    await registered(opened("tom", server="desk.example/nordpool"))
    await opened("ben", "A").halt(WantedHalt("k2", "whole account"))
    assert isinstance(await opened("eve", "C").register("call", "t"), HaltedBy)


async def test_a_rearm_lifts_the_halt_it_names_and_no_newer_one(opened: Open) -> None:
    tess, ben = opened("tess"), opened("ben")
    first = await ben.halt(WantedHalt("k1", "first"))
    second = await ben.halt(WantedHalt("k2", "second"))
    lifted = await tess.rearm(first.epoch, "calm again")
    assert (lifted.lifted_by, lifted.lifted_on, lifted.lift_reason) == ("tess", "north", "calm again")
    assert lifted.lifted_at is not None
    assert await tess.halts() == (second,)
    assert await tess.register("PUT /orders/list", "t0") == HaltedBy(second)
    with pytest.raises(RearmRefused, match="halt 1 was lifted already by tess on north"):
        await ben.rearm(first.epoch, "once more")
    with pytest.raises(RearmRefused, match="no halt 7 holds"):
        await ben.rearm(7, "which?")
    await tess.rearm(second.epoch, "calm again")
    await registered(tess)


async def test_a_halt_that_is_asked_for_again_is_the_same_one(opened: Open) -> None:
    tess, ben = opened("tess"), opened("ben")
    halt = await ben.halt(WantedHalt("k1", "price spike"))
    assert await ben.halt(WantedHalt("k1", "price spike")) == halt
    lifted = await tess.rearm(halt.epoch, "calm")
    assert await ben.halt(WantedHalt("k1", "price spike")) == lifted
    await registered(tess)


async def test_a_halt_and_a_rearm_wake_whoever_listens(opened: Open, postgres: Postgres, database: str) -> None:
    async with as_owner(postgres, database) as ear:
        await ear.set_autocommit(True)
        await ear.execute("listen pbtui_halt")
        halt = await opened().halt(WantedHalt("k1", "halted"))
        await opened().rearm(halt.epoch, "calm")
        notices = [notice.channel async for notice in ear.notifies(timeout=PATIENT_S, stop_after=2)]
    assert notices == ["pbtui_halt", "pbtui_halt"]


async def until_blocked(watcher: psycopg.AsyncConnection, waiting: psycopg.AsyncConnection) -> None:
    while True:
        row = await (
            await watcher.execute("select cardinality(pg_blocking_pids(%s))", (waiting.info.backend_pid,))
        ).fetchone()
        if row is not None and row[0]:
            return


REGISTER = "select pbtui.register_send('s', '{}', 'tess', 'north', 'prod', 'd1', 'call', 't')"
HALT = "select pbtui.begin_halt('s', '{}', 'ben', 'south', 'prod', 'd2', 'k1', 'halted', '')"
NAIVE = """\
with intent as (
    insert into pbtui.send (server, epoch, portfolios, operator, host, profile, desk, call, token, registered_at)
    select 's', 0, '{}', 'tess', 'north', 'prod', 'd1', 'call', 't', clock_timestamp()
    where not exists (select from pbtui.halt where server = 's' and lifted_at is null) returning id
) select jsonb_build_object('id', id) from intent
"""


async def one(connection: psycopg.AsyncConnection, query: str) -> dict[str, object]:
    row = await (await connection.execute(query.encode())).fetchone()
    assert row is not None
    answer: dict[str, object] = row[0]
    return answer


async def test_a_halt_waits_for_a_registration_that_has_begun(postgres: Postgres, database: str) -> None:
    async with AsyncExitStack() as open_ones:
        desk, killer, watcher = [await open_ones.enter_async_context(as_owner(postgres, database)) for _ in range(3)]
        send = await one(desk, REGISTER)
        halting = asyncio.create_task(one(killer, HALT))
        await until_blocked(watcher, killer)
        await desk.commit()
        assert (await halting)["sends_before"] == [send["id"]]


async def test_a_registration_waits_for_a_halt_that_has_begun_and_is_refused(postgres: Postgres, database: str) -> None:
    async with AsyncExitStack() as open_ones:
        desk, killer, watcher = [await open_ones.enter_async_context(as_owner(postgres, database)) for _ in range(3)]
        await one(desk, REGISTER.replace("'tess'", "'tom'"))  # so that the row of the account is there
        await desk.commit()
        halt = await one(killer, HALT)
        registering = asyncio.create_task(one(desk, REGISTER))
        await until_blocked(watcher, desk)
        await killer.commit()
        assert await registering == {"halt": halt}


async def test_without_the_lock_a_halt_misses_a_send(postgres: Postgres, database: str) -> None:
    """The counter-example: a check and an insert in one statement, without the lock."""
    async with as_owner(postgres, database) as desk, as_owner(postgres, database) as killer:
        await one(killer, REGISTER)  # so that the row of the account is there
        await killer.commit()
        halt = await one(killer, HALT)
        send = await one(desk, NAIVE)
        await killer.commit()
        await desk.commit()
        assert send["id"] not in halt["sends_before"]  # type: ignore[operator]


MISSED = """\
select count(*) from pbtui.halt h join pbtui.send s using (server)
where s.registered_at < h.lifted_at and (s.ended_at is null or s.ended_at > h.halted_at)
    and s.id <> all (h.sends_before)
"""


async def test_no_halt_misses_a_send_of_desks_that_write_all_the_time(
    opened: Open, postgres: Postgres, database: str
) -> None:
    done = False

    async def write(store: PostgresStore) -> int:
        sends = 0
        while not done:
            token = f"t{sends}"
            if isinstance(await store.register("call", token), Registered):
                sends += 1
                await store.end(token, "answered")
        return sends

    killer = opened("killer")
    writing = [asyncio.create_task(write(opened(f"desk{number}"))) for number in range(6)]
    halts: list[HaltRecord] = []
    while len(halts) < 20 or not any(halt.sends_before for halt in halts):
        halts.append(await killer.halt(WantedHalt(f"k{len(halts)}", "halted")))
        await killer.rearm(halts[-1].epoch, "calm")
    done = True
    assert sum(await asyncio.gather(*writing)) > 0
    async with as_owner(postgres, database) as reader:
        row = await (await reader.execute(MISSED)).fetchone()
    assert row == (0,)


async def test_a_frozen_server_is_unreachable_at_the_deadline(opened: Open, postgres: Postgres) -> None:
    store, unconnected = opened(timeout_s=0.3), opened("ben", timeout_s=0.3)
    await until_reachable(store)
    loop = asyncio.get_running_loop()
    with postgres.frozen():
        for asked, waiting, late, deadline_s in (
            (store, 200, "no answer within 300 ms", 0.3),
            (unconnected, 1, "no connection within 1 s", 1.0),
            (store, 1, "no connection within 1 s", 1.0),
        ):
            began_s = loop.time()
            calls = [asyncio.create_task(asked.register("call", "t")) for _ in range(waiting)]
            failures = await asyncio.gather(*calls, return_exceptions=True)
            assert {type(failure) for failure in failures} == {StoreUnreachable}
            assert late in str(failures[-1])
            assert deadline_s * 0.8 < loop.time() - began_s < 200 * 0.3 / 4  # those that waited behind failed with it
        first, last = failures[0], await failure_of(store)
        assert isinstance(first, StoreUnreachable)
        assert last.since == first.since
    await until_reachable(store)
    await until_reachable(unconnected)


async def failure_of(store: PostgresStore) -> StoreUnreachable:
    with pytest.raises(StoreUnreachable) as caught:
        await store.halts()
    return caught.value


async def until_reachable(store: PostgresStore) -> None:
    """Ask until there is an answer: on a busy machine the first ones may be late."""
    for _ in range(40):
        with suppress(StoreUnreachable):
            await store.halts()
            return
    pytest.fail("the store was not reached")


async def test_a_cancelled_call_leaves_a_store_that_works(opened: Open, postgres: Postgres) -> None:
    store = opened()
    await store.halts()
    with postgres.frozen():
        call = asyncio.create_task(store.halts())
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert await store.halts() == ()


async def test_after_a_restart_of_the_server_the_halt_still_holds(opened: Open, postgres: Postgres) -> None:
    store = opened()
    halt = await store.halt(WantedHalt("k1", "halted"))
    with postgres.stopped():
        assert "connection" in (await failure_of(store)).reason
        assert "connect" in (await failure_of(store)).reason
    assert await store.halts() == (halt,)


async def test_a_desk_can_change_no_table(postgres: Postgres, database: str) -> None:
    async with await psycopg.AsyncConnection.connect(postgres.url(database, DESK), autocommit=True) as desk:
        await desk.execute(HALT.encode())
        for change in (
            "update pbtui.halt set lifted_at = now()",
            "delete from pbtui.halt",
            "truncate pbtui.send",
            "insert into pbtui.account values ('x', 9)",
            "update pbtui.schema_version set version = 9",
            "create table pbtui.mine ()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await desk.execute(change.encode())


async def test_another_isolation_level_is_refused(postgres: Postgres, database: str) -> None:
    async with as_owner(postgres, database) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        with pytest.raises(psycopg.errors.RaiseException, match="READ COMMITTED only, not at repeatable read"):
            await connection.execute(REGISTER.encode())


async def test_the_defaults_of_the_server_do_not_weaken_the_store(
    opened: Open, postgres: Postgres, database: str
) -> None:
    async with as_owner(postgres, database) as owner:
        for default in ("default_transaction_isolation = 'serializable'", "synchronous_commit = off"):
            await owner.execute(f"alter database {database} set {default}".encode())
    await registered(opened())


@pytest.mark.parametrize(
    ("template", "user", "reason"),
    [
        ("template1", DESK, "the database has no schema pbtui; create it with: pbtui team init"),
        ("migrated", "stranger", "permission denied for schema pbtui; a DBA gives the right with: grant pbtui_desk to"),
    ],
)
async def test_a_database_that_can_not_be_the_store_is_reported(
    postgres: Postgres, template: str, user: str, reason: str
) -> None:
    database = postgres.new_database(template)
    if user == "stranger":
        async with as_owner(postgres, database) as owner:
            await owner.execute("create user stranger")
    who = Participant(server=SERVER, portfolios=(), operator="x", host="x", profile="x", desk="x")
    assert reason in (await failure_of(PostgresStore(postgres.url(database, user), who, PATIENT_S))).reason


async def test_texts_of_others_can_not_control_the_terminal(opened: Open) -> None:
    await opened("eve").halt(WantedHalt("k1", "calm\x1b]52;c;cm0=\x07\u202e", portfolios=("A\x1b[2J",)))
    [halt] = await opened().halts()
    assert halt.words.isprintable()
    assert (halt.reason, halt.portfolios) == ("calm␛]52;c;cm0=␇\ufffd", ("A␛[2J",))


async def test_an_answer_of_another_form_is_a_store_that_can_not_be_used(
    opened: Open, postgres: Postgres, database: str
) -> None:
    store = opened()
    await registered(store)
    async with as_owner(postgres, database) as owner:
        await owner.execute(
            "create or replace function pbtui.halts_of(p_server text, p_portfolios text[]) returns jsonb"
            """ language sql as $$ select '[{"epoch": "many"}]'::jsonb $$"""
        )
    assert "its answer can't be read" in (await failure_of(store)).reason


async def test_a_call_that_waits_for_a_lock_leaves_no_connection_behind(
    opened: Open, postgres: Postgres, database: str
) -> None:
    await registered(opened())  # there is a row to lock
    store = opened(timeout_s=1.0)
    await until_reachable(store)
    async with as_owner(postgres, database) as owner:
        await owner.execute("select from pbtui.account where server = %s for update", (SERVER,))
        for _ in range(3):
            with pytest.raises(StoreUnreachable):
                await store.register("call", "t")
        await asyncio.to_thread(eventually, lambda: not waiting(postgres.url(database, OWNER)))


def waiting(url: str) -> list[tuple[Any, ...]]:
    """The connections to the database whose query waits for a lock."""
    lock = "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with psycopg.connect(url) as watcher:
        return watcher.execute(lock.encode()).fetchall()


async def test_a_rearm_that_failed_is_not_done_later(opened: Open, postgres: Postgres, database: str) -> None:
    store, other = opened(timeout_s=0.3), opened("ben")
    halt = await other.halt(WantedHalt("k1", "halted"))
    await until_reachable(store)
    with postgres.frozen(), pytest.raises(StoreUnreachable):
        await store.rearm(halt.epoch, "calm")
    await asyncio.to_thread(eventually, lambda: connections(postgres.url(database, OWNER)) == 1)
    assert await other.halts() == (halt,)


def connections(url: str) -> int:
    """The number of connections of desks to the database."""
    others = "select from pg_stat_activity where datname = current_database() and application_name = 'pbtui'"
    with psycopg.connect(url) as watcher:
        return len(watcher.execute(others.encode()).fetchall())

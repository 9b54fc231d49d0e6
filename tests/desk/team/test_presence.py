"""Presence on a real PostgreSQL: it names those who are there, for 15 s, and nothing waits for it."""

import asyncio
from datetime import UTC, datetime

import psycopg
import pytest

from pbtui.desk.team import feed as feed_module
from pbtui.desk.team.database.administration import look_at
from pbtui.desk.team.feed import TeamFeed, TeamView
from pbtui.desk.team.halts.known import KnownHalts
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.presence import Activity, OtherDesk, Result, desks_in, editor_words
from pbtui.desk.team.store import WantedHalt
from pbtui.settings.profiles import Profile
from tests.desk.team.conftest import DESK, OWNER, SERVER, Open, Postgres

pytestmark = pytest.mark.real_time


async def desks_seen_by(store: PostgresStore) -> tuple[OtherDesk, ...]:
    desks = (await store.now([])).desks
    assert desks is not None
    return desks


async def test_a_desk_is_seen_by_those_it_shares_orders_with_while_its_lease_holds(
    opened: Open, postgres: Postgres, database: str
) -> None:
    tess, ben, far = opened("tess\x1b[2J" + "s" * 200, "P1", "P2"), opened("ben", "P2"), opened("far", "P3")
    elsewhere = opened("eve", server="desk.example/nordpool")
    await elsewhere.appear(Activity())
    await tess.appear(Activity(is_trading=True, orders=tuple(str(number) for number in range(300))))
    assert await desks_seen_by(far) == await desks_seen_by(tess) == ()
    [seen] = await desks_seen_by(ben)
    assert (seen.operator[:8], len(seen.operator), seen.is_trading) == ("tess␛[2J", 100, True)
    assert (len(seen.orders), seen.order_count) == (200, 300)
    await tess.appear(Activity(results=(Result(1, "add", "CONFIRMED"),)))
    [renewed] = await desks_seen_by(ben)
    assert (renewed.since, renewed.is_trading, renewed.orders) == (seen.since, False, ())
    assert renewed.results == (Result(1, "add", "CONFIRMED"),)
    shown = (await look_at(postgres.url(database, DESK))).state.desks
    assert [(desk.server, desk.portfolios, desk.host) for desk in shown] == [
        (SERVER, ("P1", "P2"), "north"),
        ("desk.example/nordpool", (), "north"),
    ]

    with psycopg.connect(postgres.url(database, OWNER)) as owner:
        owner.execute("update pbtui.presence set seen_at = seen_at - interval '15 seconds'")
    assert await desks_seen_by(ben) == ()
    await ben.appear(Activity())
    with psycopg.connect(postgres.url(database, OWNER)) as owner:
        assert owner.execute("select operator from pbtui.presence").fetchall() == [("ben",)]
    await ben.leave()
    assert await desks_seen_by(tess) == ()


async def test_halts_are_read_and_sends_registered_while_presence_can_not_be_used(
    opened: Open, postgres: Postgres, database: str
) -> None:
    tess, ben = opened("tess", timeout_s=5), opened("ben")
    halt = await ben.halt(WantedHalt("k1", "price spike"))
    with psycopg.connect(postgres.url(database, OWNER)) as owner:
        owner.execute("lock table pbtui.presence in access exclusive mode")
        await tess.appear(Activity())
        now = await tess.now([])
        assert (now.halts, now.desks) == ((halt,), None)
        await tess.leave()
    lifted = await ben.rearm(halt.epoch, "calm")
    with psycopg.connect(postgres.url(database, OWNER), autocommit=True) as owner:
        owner.execute("drop table pbtui.presence")
        now = await tess.now([halt.epoch, 99])
        assert (now.halts, now.lifted, now.desks) == ((), (lifted,), None)
        await tess.appear(Activity())
        await tess.leave()


async def test_a_row_that_no_desk_has_written_hides_no_halt(opened: Open, postgres: Postgres, database: str) -> None:
    tess, ben, eve = opened("tess"), opened("ben"), opened("eve")
    halt = await ben.halt(WantedHalt("k1", "price spike"))
    await tess.appear(Activity())
    await eve.appear(Activity())
    with psycopg.connect(postgres.url(database, OWNER)) as owner:
        owner.execute("update pbtui.presence set results = '{\"no\": []}' where operator = 'eve'")
    now = await ben.now([])
    assert now.halts == (halt,)
    assert [desk.operator for desk in now.desks or ()] == ["tess"]


async def test_a_desk_appears_while_it_is_followed_and_is_gone_once_it_has_left(
    opened: Open, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "READ_EVERY_S", 0.05)
    store, ben = opened("tess", timeout_s=1), opened("ben")
    views, views_of_ben = asyncio.Queue[TeamView](), asyncio.Queue[TeamView]()
    known = KnownHalts(Profile(name="prod", base_url="https://desk.example/acme/epex/v2/api"))
    feed, silent = TeamFeed(store, known, views.put_nowait), TeamFeed(ben, known, views_of_ben.put_nowait)
    activity = Activity(is_trading=True, orders=("17",))
    faults = [ValueError("a fault of the desk")]

    def activity_now() -> Activity:
        if faults:
            raise faults.pop()  # the team is read on, and the next read shows the desk
        return activity

    feed.activity = activity_now
    following = [asyncio.create_task(each.run()) for each in (feed, silent)]

    async def orders_seen_by_ben() -> list[tuple[str, ...]]:
        view = await asyncio.wait_for(views_of_ben.get(), 10)
        return [desk.orders for desk in view.desks or ()]

    while not (seen := await orders_seen_by_ben()):
        pass
    assert seen == [("17",)]
    activity = Activity(is_trading=True)
    assert await orders_seen_by_ben() == [()]
    assert (await views.get()).desks == ()  # ben appears nowhere: he has no activity, like a command
    with postgres.frozen():
        away = await asyncio.wait_for(views.get(), 10)
        assert away.desks is None
        assert away.problem.startswith("The team store is unreachable since")
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        await asyncio.wait_for(feed.leave(), 0.05)  # asks nothing
    await feed.read()
    await feed.leave()
    assert await desks_seen_by(ben) == ()


def test_what_another_desk_says_is_read_as_far_as_it_can_be() -> None:
    assert desks_in([None, {}, {"desk": 1}]) == ()


def test_of_several_orders_it_is_said_how_many_are_in_a_form_elsewhere_and_where() -> None:
    tess, ben = (
        OtherDesk(name, name, "north", "prod", is_trading=True, since=datetime.now(UTC), orders=orders)
        for name, orders in (("tess", ("1", "2")), ("ben", ("2", "9")))
    )
    assert editor_words((tess, ben), {"1"}) == "✎ This order is open in a form of tess on north too"
    both = "✎ 2 of these orders are open in a form of tess on north, ben on north too"
    assert editor_words((tess, ben), {"1", "2", "3"}) == both
    assert editor_words((tess, ben), {"3"}) == editor_words((), {"1"}) == ""

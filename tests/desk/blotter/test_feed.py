"""The feed keeps the view true: what it reads, what it concludes, and what it says when it can't read."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s
from pbtui.api.models import Order
from pbtui.desk.blotter.feed import Feed
from pbtui.desk.blotter.id_chain import IDS_PER_CALL
from pbtui.desk.blotter.link import LinkState
from pbtui.desk.blotter.orders_view import OrdersView
from pbtui.desk.blotter.own_orders import FinalState, Tab
from pbtui.desk.desk import Desk
from pbtui.desk.journal.writer import Journal
from pbtui.desk.view import DeskView
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile
from tests.canned import a_wire_order, canned_exchange
from tests.exchange import RunningExchange
from tests.raw_server import RawRequest, reply
from tests.simulation.virtual_exchange import VirtualExchange

WITHIN_S = 40.0
ROUND_TRIP_S = 0.5
"""More than the network of the virtual exchange takes for a request and its answer."""


class WatchedDesk:
    """A desk that runs alone under asyncio, and all views it published."""

    def __init__(self, desk: Desk, views: list[DeskView], changed: asyncio.Event) -> None:
        self.desk = desk
        self.views = views
        self._changed = changed

    @property
    def view(self) -> DeskView:
        return self.views[-1]

    async def until(self, holds: Callable[[DeskView], object]) -> DeskView:
        """The first view from now on of which this holds."""
        async with asyncio.timeout(WITHIN_S):
            while not self.views or not holds(self.view):
                self._changed.clear()
                await self._changed.wait()
        return self.view

    async def read(self) -> DeskView:
        """Read now, and give the view when the read and what follows from it are done."""
        before = self.view.blotter.read_no
        self.desk.read_now()
        await self.until(lambda view: view.blotter.read_no > before)
        return await self.until(
            lambda view: not any(row.final_state is FinalState.READING for row in view.blotter.recent.values())
        )

    def state(self, key: str) -> tuple[Tab, str]:
        """Where an order is shown, and what happened to it last."""
        row = self.view.blotter.find(key)
        assert row is not None
        assert isinstance(row.order, Order)
        return row.tab, row.order.action


@asynccontextmanager
async def a_desk(base_url: str, key: str = "a-key", **fields: Any) -> AsyncIterator[WatchedDesk]:
    """A desk that has read once; after that it reads when nudged, unless poll_seconds is short."""
    profile = Profile(name="test", base_url=base_url, **{"poll_seconds": 60, **fields})
    views: list[DeskView] = []
    changed = asyncio.Event()

    def publish(view: DeskView) -> None:
        views.append(view)
        changed.set()

    async with OrdersClient(base_url, Secret(key)) as client:
        watched = WatchedDesk(Desk(profile, client, Journal.open(profile), publish), views, changed)
        running = asyncio.create_task(watched.desk.run())
        try:
            yield watched
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def trading_desk(exchange: RunningExchange, **fields: Any) -> AsyncIterator[WatchedDesk]:
    """A desk of the trader at a lifelike exchange, with the orders read."""
    async with a_desk(exchange.base_url, exchange.keys["trader"], **fields) as desk:
        await desk.until(lambda view: view.blotter.active)
        yield desk


def limit_order(exchange: RunningExchange) -> dict[str, Any]:
    """A resting order that is all in the open."""
    return next(order for order in exchange.orders() if order["type"] == "O" and not order.get("pre_arranged"))


def further_out(order: dict[str, Any]) -> float:
    """A price at which no other order trades with it."""
    return round(float(order["price"]) + (1 if order["side"] == "SELL" else -1), 2)


def found_by_state(exchange: RunningExchange, state: str) -> set[str]:
    return {order["order_id"] for order in exchange.orders(active_only="false", status=state, limit=500)}


async def test_the_first_read_shows_active_and_deactivated_orders(exchange: RunningExchange) -> None:
    async with trading_desk(exchange) as desk:
        view = await desk.until(lambda view: view.past_count is None)
    asleep = len(found_by_state(exchange, "HIBE"))
    assert asleep
    assert list(dict.fromkeys(view.past_count for view in desk.views if view.blotter.read_no))[:2] == [0, asleep]
    assert {row.order.order_id for row in view.blotter.active.values()} == {
        order["order_id"] for order in exchange.orders()
    }
    assert {row.order.order_id for row in view.blotter.deactivated.values()} == found_by_state(exchange, "HIBE")
    assert view.link.state(steady_s()) is LinkState.LIVE
    assert (view.active_gap, view.inactive_gap) == ("", "")


async def test_the_final_state_of_an_order_is_read(exchange: RunningExchange) -> None:
    orders = [order for order in exchange.orders() if order["type"] == "O" and not order.get("pre_arranged")]
    filled, deactivated, deleted = (order["order_id"] for order in orders[:3])
    async with trading_desk(exchange) as desk:
        exchange.fill(filled, orders[0]["quantity"])
        exchange.touch(deactivated, action="DEAC")
        exchange.touch(deleted, action="DELE", by="market_operations")
        await desk.read()
        assert desk.state(filled) == (Tab.RECENT, "FEXE")
        assert desk.state(deactivated) == (Tab.DEACTIVATED, "UHIB")
        assert desk.state(deleted) == (Tab.RECENT, "ADEL")


async def test_a_partial_fill_changes_the_row_it_is_in(exchange: RunningExchange) -> None:
    order = limit_order(exchange)
    async with trading_desk(exchange) as desk:
        exchange.fill(order["order_id"], 0.1)
        view = await desk.read()
        row = view.blotter.active[order["order_id"]]
        assert {"quantity", "action", "revision_no"} <= row.changed
        assert view.blotter.is_marked(row)


async def test_an_order_that_changed_its_id_and_traded_between_two_reads_is_not_called_deleted(
    exchange: RunningExchange,
) -> None:
    order = limit_order(exchange)
    async with trading_desk(exchange) as desk:
        moved = exchange.touch(order["order_id"], price=further_out(order))
        assert moved["order_id"] != order["order_id"]
        exchange.fill(moved["order_id"], order["quantity"])
        await desk.read()
        assert desk.state(order["order_id"]) == (Tab.RECENT, "FEXE")


async def test_deactivated_orders_are_followed(exchange: RunningExchange) -> None:
    async with trading_desk(exchange) as desk:
        await desk.until(lambda view: view.blotter.deactivated)
        key, row = next(iter(desk.view.blotter.deactivated.items()))
        assert row.order.order_id is not None
        exchange.touch(row.order.order_id, txt="changed while asleep")
        await desk.read()
        view = await desk.until(
            lambda view: getattr(view.blotter.deactivated[key].order, "txt", "") == "changed while asleep"
        )
        exchange.touch(row.order.order_id, action="ACTI")
        view = await desk.read()
        assert view.blotter.active[key].order.order_id != row.order.order_id


async def test_a_read_in_which_nothing_changes_is_published_once(exchange: RunningExchange) -> None:
    async with trading_desk(exchange) as desk:
        await desk.until(lambda view: view.blotter.deactivated)
        await desk.read()
        published = len(desk.views)
        await desk.read()
        await desk.read()
        assert len(desk.views) == published + 2


async def test_many_departures_are_read_in_calls_that_fit_an_address() -> None:
    gone = [a_wire_order(str(n)) for n in range(IDS_PER_CALL + 5)]
    with canned_exchange(*gone) as canned:
        async with a_desk(canned.base_url) as desk:
            await desk.until(lambda view: len(view.blotter.active) == len(gone))
            await desk.read()
            canned.orders = [{**order, "state": "IACT", "action": "UDEL"} for order in gone]
            await desk.read()
            assert {desk.state(order["order_id"]) for order in gone} == {(Tab.RECENT, "UDEL")}
        asked = [request.target for request in canned.requests if "order_ids=" in request.target]
    assert [target.count("%2C") + 1 for target in asked] == [IDS_PER_CALL, 5]


async def test_an_order_that_is_not_found_is_shown_as_not_found() -> None:
    with canned_exchange(a_wire_order("1")) as canned:
        async with a_desk(canned.base_url) as desk:
            await desk.until(lambda view: view.blotter.active)
            canned.orders = []
            view = await desk.read()
            row = view.blotter.find("1")
            assert row is not None
            assert row.final_state is FinalState.NOT_FOUND


async def test_a_list_that_is_not_whole_removes_nothing_and_says_so() -> None:
    with canned_exchange(a_wire_order("1"), a_wire_order("2")) as canned:
        async with a_desk(canned.base_url) as desk:
            await desk.until(lambda view: view.blotter.active)
            canned.trouble = reply(json.dumps([a_wire_order("1")]).encode(), X_Total_Count="2")
            view = await desk.read()
            assert set(view.blotter.active) == {"1", "2"}
            assert view.active_gap == "the server sent 1 of 2 orders"


async def test_a_server_that_lists_no_past_orders_is_reported_as_a_gap() -> None:
    with canned_exchange(a_wire_order("1")) as canned:
        canned.trouble, canned.trouble_at = (
            reply(b'{"message": "narrow it down"}', "400 Bad Request"),
            "active_only=false",
        )
        async with a_desk(canned.base_url) as desk:
            view = await desk.until(lambda view: view.inactive_gap)
            assert "narrow it down" in view.inactive_gap
            assert view.past_count is None
            assert view.link.failure is None
            assert set(view.blotter.active) == {"1"}


async def test_a_read_requested_before_a_write_ended_is_not_shown() -> None:
    arrived, released = asyncio.Event(), asyncio.Event()

    async def show_the_past(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        canned.trouble = None
        arrived.set()
        await released.wait()
        await reply(json.dumps([a_wire_order("1", txt="past")]).encode())(request, writer)

    with canned_exchange(a_wire_order("1", txt="present")) as canned:
        canned.trouble = show_the_past
        profile = Profile(name="test", base_url=canned.base_url, poll_seconds=60)
        views = asyncio.Queue[OrdersView]()
        async with OrdersClient(canned.base_url, Secret("a-key")) as client, asyncio.timeout(WITHIN_S):
            feed = Feed(client, profile, views.put_nowait)
            running = asyncio.create_task(feed.run())
            await arrived.wait()
            feed.write_ended()
            released.set()
            order = (await views.get()).blotter.active["1"].order
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert isinstance(order, Order)
    assert order.txt == "present"


async def test_a_failed_read_keeps_the_rows_and_reports_its_reason_and_start() -> None:
    with canned_exchange(a_wire_order("1")) as canned:
        async with a_desk(canned.base_url, poll_seconds=0.5) as desk:
            await desk.until(lambda view: view.blotter.active)
            canned.trouble = reply(b'{"message": "boom"}', "500 Oops")
            first = await desk.until(lambda view: view.link.failure)
            canned.trouble = reply(b'{"message": "revoked"}', "401 Unauthorized")
            later = await desk.until(lambda view: view.link.failure and "revoked" in str(view.link.failure.error))
            assert first.link.failure is not None
            assert later.link.failure is not None
            assert later.link.failure.since_s == first.link.failure.since_s
            assert later.link.state(steady_s()) is LinkState.UNAUTHORIZED
            assert set(later.blotter.active) == {"1"}
            canned.trouble = None
            recovered = await desk.until(lambda view: view.link.failure is None)
            assert recovered.link.state(steady_s()) is LinkState.LIVE


async def test_the_interval_between_reads_grows_while_they_fail() -> None:
    with canned_exchange() as canned:
        profile = Profile(name="test", base_url=canned.base_url, poll_seconds=2)
        async with OrdersClient(canned.base_url, Secret("a-key")) as client:
            feed = Feed(client, profile, lambda view: None)
            pauses = [feed._pause_s()]
            for feed._failures in range(1, 8):
                pauses.append(feed._pause_s())
    assert pauses[0] == 2
    for pause, longest in zip(pauses[1:], [2, 4, 8, 16, 30, 30, 30], strict=True):
        assert 0.75 * longest <= pause <= longest


async def test_the_orders_of_the_profiles_portfolios_and_areas_are_shown(exchange: RunningExchange) -> None:
    orders = exchange.orders()
    portfolio, area = orders[0]["portfolio_id"], orders[0]["delivery_area"]
    wanted = {o["order_id"] for o in orders if o["portfolio_id"] == portfolio and o["delivery_area"] == area}
    async with trading_desk(exchange, portfolios=[portfolio], delivery_areas=[area]) as desk:
        assert set(desk.view.blotter.active) == wanted


async def test_the_history_covers_all_ids_of_an_order(exchange: RunningExchange) -> None:
    order = limit_order(exchange)
    async with trading_desk(exchange) as desk:
        moved = exchange.touch(order["order_id"], price=further_out(order))
        history = await desk.desk.lookups.history(moved["order_id"])
    assert [revision.order.order_id for revision in history.revisions][-1] == moved["order_id"]
    assert history.revisions[-2].replaced_by == moved["order_id"]
    assert {"order_id", "price"} <= {change.name for change in history.revisions[-1].changes}


async def test_ten_minutes_of_failures_are_read_ever_less_often_down_to_every_thirty_seconds(
    exchange: VirtualExchange,
) -> None:
    loop = asyncio.get_running_loop()
    async with trading_desk(exchange, poll_seconds=1.0) as desk:
        await desk.read()
        exchange.faults(errors={"500": 1.0})
        await desk.until(lambda view: view.link.failure)
        exchange.left.clear()
        await asyncio.sleep(600)
        read_s = [request.at_s for request in exchange.left]
        for failures, (earlier, later) in enumerate(pairwise(read_s), 2):
            longest_s = min(2.0 ** (failures - 1), 30.0)
            assert 0.75 * longest_s <= later - earlier <= longest_s + ROUND_TRIP_S
        assert desk.view.link.state(steady_s()) is LinkState.STALE
        exchange.faults()
        healed_s = loop.time()
        await desk.until(lambda view: view.link.state(steady_s()) is LinkState.LIVE)
        assert loop.time() - healed_s <= 30.0 + ROUND_TRIP_S


async def test_the_pause_that_a_server_asks_for_is_kept() -> None:
    with canned_exchange(a_wire_order("1")) as canned:
        canned.trouble = reply(b'{"message": "slow down"}', "429 Too Many Requests", Retry_After="3")
        profile = Profile(name="test", base_url=canned.base_url, poll_seconds=0.5)
        views = asyncio.Queue[OrdersView]()
        async with OrdersClient(canned.base_url, Secret("a-key")) as client, asyncio.timeout(WITHIN_S):
            feed = Feed(client, profile, views.put_nowait)
            running = asyncio.create_task(feed.run())
            first, at_s = await views.get(), steady_s()
            assert first.link.failure is not None
            await views.get()
            assert steady_s() - at_s >= 3
            running.cancel()

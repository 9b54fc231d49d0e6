"""The reads beyond orders of a desk in virtual time: when they are made, what they bring, what they never hold up."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s, utc_now
from pbtui.api.clock import use as use_clock
from pbtui.api.codes import ModifyAction, OrderSide
from pbtui.api.models import Order
from pbtui.api.reads.client import ReadsClient
from pbtui.api.reads.positions import PortfolioInformation
from pbtui.api.reads.trades import AnyTrade, Trade
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.desk import Desk
from pbtui.desk.journal.writer import Journal
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.feed import NOT_NOW, MarketFeed
from pbtui.desk.market.polling.schedule import EVERY_S, NOT_OFFERED_AGAIN_S, Read
from pbtui.desk.market.reading import Reading
from pbtui.desk.position_guard import PositionRef
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Action, Ticket, change_line, entry_line, new_token, withdrawal_line
from pbtui.desk.view import DeskView
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile
from tests.desk.exposure.positions_by_hand import figures_in
from tests.exchange import RunningExchange
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.simulation.virtual_exchange import VirtualExchange

READS = (
    *("/trades", "/internal-trades", "/market", "/market/notifications", "/api-key", "/delivery-areas"),
    *("/contracts", "/orderbooks", "/algorithms"),
)
WITHIN_S = 60.0


class ReadingDesk:
    """A desk that reads, its views, and what reached the wire."""

    def __init__(
        self,
        desk: Desk,
        reads: ReadsClient,
        exchange: VirtualExchange,
        views: list[DeskView],
        changed: asyncio.Event,
    ) -> None:
        self.desk = desk
        self.reads = reads
        self.views = views
        self._exchange = exchange
        self._changed = changed

    @property
    def exchange(self) -> ExchangeView:
        """What the desk knows now, also what it has not published yet."""
        return self.desk.view.exchange

    async def until(self, holds: Callable[[ExchangeView], object]) -> ExchangeView:
        """The first published view of which this holds."""
        async with asyncio.timeout(WITHIN_S):
            while not self.views or not holds(self.views[-1].exchange):
                self._changed.clear()
                await self._changed.wait()
        return self.views[-1].exchange

    async def until_read(self) -> ExchangeView:
        """Wait until every read was made."""
        return await self.until(
            lambda view: (
                view.trades.requested_s
                and view.areas.value
                and view.notifications.requested_s
                and view.contracts.value
                and view.positions
            )
        )

    def calls(self) -> Counter[str]:
        """How often each path was read since the requests were forgotten."""
        return Counter(request["path"].partition("/v2/api")[2] for request in self._exchange.requests())


@asynccontextmanager
async def reading_desk(exchange: RunningExchange, key: str = "trader", **fields: Any) -> AsyncIterator[ReadingDesk]:
    """A desk that reads everything, open for as long as the block lasts."""
    assert isinstance(exchange, VirtualExchange)
    profile = Profile(name="test", base_url=exchange.base_url, read_only=False, **{"poll_seconds": 3, **fields})
    views: list[DeskView] = []
    changed = asyncio.Event()

    def publish(view: DeskView) -> None:
        views.append(view)
        changed.set()

    async with OrdersClient(profile.base_url, Secret(exchange.keys[key])) as client:
        with Journal.open(profile) as journal:
            desk = Desk(profile, client, journal, publish, reads=client.reads)
            running = asyncio.create_task(desk.run())
            try:
                yield ReadingDesk(desk, client.reads, exchange, views, changed)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await desk.close(0.0)
    problems = {each.problem for view in views for each in readings(view.exchange)}
    assert not [problem for problem in problems if "internal error" in problem]


def readings(view: ExchangeView) -> Collection[Reading[Any]]:
    """All readings of a view."""
    return view.readings.values()


def resting(exchange: RunningExchange) -> dict[str, Any]:
    """A resting order that is all in the open."""
    return next(order for order in exchange.orders() if order["type"] == "O" and not order.get("pre_arranged"))


def withdrawal(exchange: RunningExchange) -> Ticket:
    """A ticket that deactivates an order."""
    lines = (withdrawal_line(resting(exchange)["order_id"], Action.DEACTIVATE),)
    return Ticket(new_token(), Action.DEACTIVATE, lines, utc_now())


async def dormant(desk: ReadingDesk) -> Order:
    """An order that is deactivated."""
    await asyncio.sleep(3.5)  # deactivated orders are read after the active ones
    row = next(iter(desk.desk.view.blotter.deactivated.values()))
    assert isinstance(row.order, Order)
    return row.order


def activation(order: Order) -> Ticket:
    """A ticket that activates the order."""
    line = change_line(order, OrderModify(action=ModifyAction.ACTI))
    return Ticket(new_token(), Action.ACTIVATE, (line,), utc_now())


async def test_orders_are_read_first_and_everything_else_after_them(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        view = await desk.until_read()
        paths = [request["path"].partition("/v2/api")[2] for request in exchange.requests()]
    assert paths[0] == "/orders"
    assert set(READS) <= set(paths)
    assert view.status.value is not None
    assert (view.status.value.status, view.status.problem) == ("OK", "")
    assert view.key.value is not None
    assert view.key.value.can_trade
    assert view.areas.value
    assert view.contracts.value
    assert {contract.contract_id for contract in view.contracts.value} >= {
        order["contract_id"] for order in exchange.orders()
    }


async def test_each_read_has_its_own_timer(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        exchange.forget_requests()
        await asyncio.sleep(60.0)
        calls = desk.calls()
    timed = (Read.TRADES, Read.INTERNAL_TRADES, Read.STATUS, Read.NOTIFICATIONS)
    for path, read in (*zip(READS, timed, strict=False), ("/algorithms", Read.ALGORITHMS)):
        most = 60.0 / EVERY_S[read]
        assert 0.8 * most <= calls[path] <= most + 1, path
    assert not {"/api-key", "/delivery-areas", "/contracts"} & calls.keys()


async def test_a_fill_is_followed_by_a_read_of_trades_at_once_and_a_late_report_is_found(
    exchange: RunningExchange,
) -> None:
    order = resting(exchange)
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        exchange.faults(late_trades=30.0)
        exchange.fill(order["order_id"], 0.1)
        filled_s = steady_s()
        view = await desk.until(lambda view: view.trades.value and view.trades.value.newest_first)
    assert view.trades.value is not None
    (trade,) = view.trades.value.newest_first
    assert isinstance(trade, Trade)
    assert order["order_id"] in [side.order_id for side in trade.legs]
    assert 29.0 < steady_s() - filled_s < 33.0


async def test_a_recalled_trade_stays_and_is_not_active(exchange: RunningExchange) -> None:
    order = resting(exchange)
    async with reading_desk(exchange) as desk:
        exchange.fill(order["order_id"], 0.1)
        view = await desk.until(lambda view: view.trades.value and view.trades.value.newest_first)
        assert view.trades.value is not None
        (trade,) = view.trades.value.newest_first
        assert trade.is_active
        exchange.set_trade(trade.id)
        view = await desk.until(
            lambda view: view.trades.value and not any(trade.is_active for trade in view.trades.value.newest_first)
        )
    assert view.trades.value is not None
    assert [trade.id for trade in view.trades.value.newest_first] == [trade.id]


async def test_no_view_shows_a_recalled_trade_beside_the_verdict_from_before_it(exchange: RunningExchange) -> None:
    contract = exchange.free_contract()
    entry = OrderEntry(
        portfolio_id="DE1",
        contract_id=contract["contract_id"],
        delivery_area=contract["delivery_areas"][0],
        side=OrderSide.SELL,
        quantity=Decimal(1),
        price=Decimal(-500),
    )
    lines = [entry_line(entry, new_token()) for _ in range(2)]
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        for line in lines:
            await desk.desk.submit(Ticket(line.key, Action.ADD, (line,), utc_now()))
        await desk.until(lambda view: states(desk.views[-1]) == [State.FILLED] * 2 and len(trades_of(view)) == 2)
        for trade in trades_of(desk.exchange):
            exchange.set_trade(trade.id)
        await desk.until(lambda view: states(desk.views[-1]) == [State.DIFFERENT] * 2)
        recalled = [view for view in desk.views if not any(trade.is_active for trade in trades_of(view.exchange))]
        assert State.FILLED not in [state for view in recalled if trades_of(view.exchange) for state in states(view)]


@pytest.mark.parametrize("hours", [3, -3])
async def test_what_has_begun_or_ended_goes_by_the_clock_of_the_exchange(exchange: RunningExchange, hours: int) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    host, true = VirtualClock(loop), utc_now()
    host.is_off_by = timedelta(hours=hours)
    for begins_in_h in (-3, -1, 1):
        start = true + timedelta(hours=begins_in_h)
        exchange.plan_downtime(exchange="epex", start=start.isoformat(), end=(start + timedelta(hours=2)).isoformat())
    with use_clock(host):
        async with reading_desk(exchange) as desk:
            await desk.until_read()
            view = await desk.until(lambda view: view.downtimes.value)
    assert view.downtimes.value is not None
    assert [each.start for each in view.downtimes.value] == [true + timedelta(hours=each) for each in (-1, 1)]
    assert view.contracts.value is not None
    assert {each["contract_id"] for each in exchange.contracts()} <= {each.contract_id for each in view.contracts.value}


def states(view: DeskView) -> list[State]:
    """The states of all lines."""
    return [line.state for ticket in view.tickets for line in ticket.lines]


def trades_of(view: ExchangeView) -> tuple[AnyTrade, ...]:
    """The trades that were read."""
    return () if view.trades.value is None else tuple(view.trades.value.newest_first)


async def test_a_server_without_any_of_it_is_asked_again_once_in_five_minutes(exchange: RunningExchange) -> None:
    used = {order["delivery_area"] for order in exchange.orders()}
    exchange.faults(errors={"value": {"404": 1}, "paths": [*READS, "/v2/api/*"]})
    async with reading_desk(exchange) as desk:
        view = await desk.until(
            lambda view: (
                all(each.problem for each in (view.trades, view.areas, view.notifications, view.contracts))
                and view.positions.keys() == used
            )
        )
        assert "this server does not offer GET /trades" in view.trades.problem
        assert (view.trades.value, view.status.value) == (None, None)
        assert all("does not offer GET /orderbooks" in each.problem for each in view.positions.values())
        assert desk.desk.view.blotter.active
        exchange.forget_requests()
        await asyncio.sleep(NOT_OFFERED_AGAIN_S - 30)
        assert desk.calls().keys() == {"/orders"}
        exchange.faults()
        view = await desk.until_read()
    assert (view.trades.problem, view.status.problem) == ("", "")


async def test_internal_trades_alone_do_not_make_the_trades_read(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        exchange.faults(errors={"value": {"403": 1}, "paths": ["/trades"]})
        await asyncio.sleep(30.0)
        read_s = desk.exchange.trades.requested_s
        assert read_s is not None
        assert steady_s() - read_s > 20.0
    async with reading_desk(exchange) as desk:
        view = await desk.until(lambda view: view.trades.value is not None and view.trades.problem)
        assert view.trades.requested_s is None


async def test_a_read_that_fails_backs_off_and_the_others_go_on(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        exchange.faults(errors={"value": {"500": 1}, "paths": ["/trades"]})
        await desk.until(lambda view: "500" in view.trades.problem)
        exchange.forget_requests()
        await asyncio.sleep(120.0)
        calls = desk.calls()
        assert calls["/trades"] < 10
        assert calls["/internal-trades"] > 50
        read_at = desk.exchange.trades.requested_s
        exchange.faults()
        view = await desk.until(lambda view: not view.trades.problem)
    assert read_at is not None
    assert view.trades.requested_s is not None
    assert view.trades.requested_s > read_at


async def test_slow_reads_hold_up_neither_orders_nor_a_write(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        exchange.faults(hold={"value": True, "paths": [*READS, "/v2/api/*"]})
        await asyncio.sleep(6.0)
        read_no = desk.desk.view.blotter.read_no
        await asyncio.sleep(3.5)
        assert desk.desk.view.blotter.read_no > read_no
        began_s = steady_s()
        await desk.desk.submit(withdrawal(exchange))
        assert steady_s() - began_s < 1.0
        exchange.faults()


async def test_nothing_starts_while_a_write_is_under_way(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        exchange.faults(hold={"value": True, "methods": ["PUT"]})
        writing = asyncio.create_task(desk.desk.submit(withdrawal(exchange)))
        await asyncio.sleep(1.0)
        exchange.forget_requests()
        await asyncio.sleep(9.0)
        assert desk.calls().keys() <= {"/orders", "/orders/list"}
        exchange.faults()
        await writing
        exchange.forget_requests()
        await asyncio.sleep(3.0)
        assert {"/trades", "/internal-trades"} <= desk.calls().keys()


async def test_a_kill_has_the_server_to_itself(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        exchange.faults(hold={"value": True, "paths": [*READS, "/v2/api/*"]})
        await asyncio.sleep(6.0)
        desk.desk.pause_feed()
        await asyncio.sleep(3.5)  # a read of orders that was under way may still end
        assert desk.reads.calls_under_way == 0
        exchange.faults()
        exchange.forget_requests()
        await asyncio.sleep(30.0)
        assert not desk.calls()
        desk.desk.resume_feed()
        await asyncio.sleep(1.0)
        assert {"/orders", "/trades", "/market"} <= desk.calls().keys()


@asynccontextmanager
async def feed_alone(
    exchange: RunningExchange, key: str, is_writing: Callable[[], bool] = lambda: False
) -> AsyncIterator[MarketFeed]:
    """A feed that reads without a desk, for as long as the block lasts."""
    profile = Profile(name="test", base_url=exchange.base_url)
    async with OrdersClient(profile.base_url, Secret(exchange.keys[key])) as client:
        feed = MarketFeed(client.reads, profile, lambda: None, is_writing, lambda: (), utc_now)
        running = asyncio.create_task(feed.run())
        feed.begin()
        try:
            yield feed
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_reads_that_a_kill_stops_before_they_begin_are_made_after_it(exchange: RunningExchange) -> None:
    pauses: list[Callable[[], None]] = []

    def is_writing() -> bool:
        if pauses:  # called before the first step of the calls that are started now
            asyncio.get_running_loop().call_soon(pauses.pop())
        return False

    async with feed_alone(exchange, "trader", is_writing) as feed:
        pauses.append(feed.pause)
        await asyncio.sleep(1.0)
        assert not any(reading.value for reading in readings(feed.view))
        feed.resume()
        await asyncio.sleep(10.0)
        assert all(reading.requested_s for reading in readings(feed.view))


async def test_the_answer_about_an_earlier_key_is_not_taken_in(exchange: RunningExchange) -> None:
    exchange.faults(hold={"value": True, "paths": ["/api-key"]})
    async with feed_alone(exchange, "reader") as feed:
        await asyncio.sleep(1.0)
        feed.key_changed()
        exchange.faults(errors={"value": {"503": 1}, "paths": ["/api-key"]})
        await asyncio.sleep(3.0)
        assert feed.view.key.problem
        assert feed.view.key.value is None


async def test_the_rights_are_read_again_after_a_refusal(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        exchange.forget_requests()
        exchange.faults(errors={"value": {"403": 1}, "paths": ["/trades"]})
        await asyncio.sleep(20.0)
        assert desk.calls()["/api-key"] == 1
        assert "this API key may not call GET /trades" in desk.exchange.trades.problem


async def test_only_readings_that_differ_are_published(exchange: RunningExchange) -> None:
    async with reading_desk(exchange, poll_seconds=60) as desk:
        await desk.until_read()
        await asyncio.sleep(5.0)
        published = len(desk.views)
        await asyncio.sleep(30.0)
        assert len(desk.views) == published
        exchange.market(status="WARNING", messages=["the exchange answers slowly"])
        view = await desk.until(lambda view: view.status.value and view.status.value.status == "WARNING")
    assert view.status.value is not None
    assert view.status.value.messages == ("the exchange answers slowly",)


async def test_a_halted_market_takes_withdrawals_only(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        sleeping = await dormant(desk)
        exchange.market(status="FAILURE", messages=["the matching system is down"])
        await desk.until(lambda view: view.status.value and view.status.value.status == "FAILURE")
        (line,) = (await desk.desk.submit(activation(sleeping))).lines
        assert line.state is State.REJECTED or line.state is State.NOT_SENT
        assert "the market is halted (FAILURE)" in line.reason
        assert "the matching system is down" in line.reason
        assert not desk.desk.check(withdrawal(exchange)).refusals
        (withdrawn,) = (await desk.desk.submit(withdrawal(exchange))).lines
        assert withdrawn.state is not State.NOT_SENT
        exchange.market()
        await desk.until(lambda view: view.status.value and view.status.value.status == "OK")
        assert not desk.desk.check(activation(sleeping)).refusals


async def test_a_key_that_may_not_trade_is_known_before_its_first_write(exchange: RunningExchange) -> None:
    async with reading_desk(exchange, key="reader") as desk:
        await desk.until(lambda view: view.key.value)
        assert desk.views[-1].key_may_not_trade


async def test_a_message_of_market_operations_is_in_the_journal_once(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        exchange.announce("MARKET_HALT at 13:00", severity="URG")
        await desk.until(lambda view: view.notifications.value)
        await asyncio.sleep(30.0)
        lines = [line for line in await desk.desk.journal_lines() if "MARKET_HALT" in line]
    assert len(lines) == 1
    assert "market operations, URG: MARKET_HALT at 13:00" in lines[0]


async def test_a_book_is_read_when_asked_for_but_not_during_a_kill(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        order = resting(exchange)
        contract_id = order["contracts"][0]["contract_id"]
        book = await desk.desk.lookups.depth(contract_id, order["delivery_area"])
        assert book.value is not None
        assert order["order_id"] in {entry.order_id for entry in (*(book.value.bid or ()), *(book.value.ask or ()))}
        exchange.faults(hold=True)
        asked = asyncio.create_task(desk.desk.lookups.depth(contract_id, order["delivery_area"]))
        await asyncio.sleep(0)
        desk.desk.pause_feed()
        assert (await asked).problem == NOT_NOW
        assert (await desk.desk.lookups.depth(contract_id, order["delivery_area"])).problem == NOT_NOW
        exchange.faults()
        desk.desk.resume_feed()
        await asyncio.sleep(1)
        assert "404" in (await desk.desk.lookups.depth("no such contract", order["delivery_area"])).problem


async def test_a_net_position_is_read_when_asked_for_but_not_during_a_kill(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        order = resting(exchange)
        contract_id = order["contracts"][0]["contract_id"]
        ref = PositionRef(order["portfolio_id"], order["delivery_area"], contract_id)
        before = (await desk.desk.lookups.net_position(ref)).value
        assert before is not None
        exchange.fill(order["order_id"], 0.1)
        signed = Decimal("0.1") if order["side"] == "BUY" else Decimal("-0.1")
        now = await desk.desk.lookups.net_position(ref)
        assert (now.value, now.requested_s is None) == (before + signed, False)
        exchange.faults(hold=True)
        many = []
        for _ in range(5):
            many.append(asyncio.create_task(desk.desk.lookups.net_position(ref)))
            await asyncio.sleep(0.01)
        exchange.faults()
        assert {each.value for each in await asyncio.gather(*many)} == {now.value}, "more than the desk makes at a time"
        desk.desk.pause_feed()
        await asyncio.sleep(0)
        assert (await desk.desk.lookups.net_position(ref)).problem == NOT_NOW


async def test_positions_have_their_orders_and_limits_and_follow_a_fill_at_once(exchange: RunningExchange) -> None:
    order = resting(exchange)
    portfolio_id, area = order["portfolio_id"], order["delivery_area"]
    contract_id = order["contracts"][0]["contract_id"]

    def figures(view: ExchangeView, of: str = portfolio_id) -> PortfolioInformation | None:
        return figures_in(view.positions.get(area, Reading()).value, of, contract_id)

    sign = 1 if order["side"] == "BUY" else -1
    async with reading_desk(exchange) as desk:
        await desk.until(figures)
        await asyncio.sleep(0.5)
        exchange.fill(order["order_id"], 0.1)
        filled_s = steady_s()
        view = await desk.until(lambda view: (known := figures(view)) and known.net_pos)
        assert steady_s() - filled_s < 5.0
        known = figures(view)
        assert known is not None
        assert known.net_pos == Decimal("0.1") * sign
        assert known.open_buy_mw == (order["quantity"] - 0.1 if sign > 0 else 0)
        limit = view.positions[area].value
        assert limit is not None
        assert limit.limits[portfolio_id].max_netpos_limit == 500
        assert figures(view, "no such portfolio") is None
        assert "no such area" not in view.positions


async def test_positions_are_read_every_ten_seconds_where_there_are_some_and_limits_once(
    exchange: RunningExchange,
) -> None:
    used = {order["delivery_area"] for order in exchange.orders()}
    free = next(area for area in exchange.call("GET", "/delivery-areas").json() if area["eic"] not in used)["eic"]
    async with reading_desk(exchange, delivery_areas=(*used, free)) as desk:
        await desk.until(lambda view: view.positions.keys() == {*used, free})
        queries = [each["query"] for each in exchange.requests() if each["path"].endswith("/orderbooks")]
        assert {query["with_risk_settings"][0] for query in queries} == {"true"}
        exchange.forget_requests()
        await asyncio.sleep(60.0)
        queries = [each["query"] for each in exchange.requests() if each["path"].endswith("/orderbooks")]
        assert {query["with_risk_settings"][0] for query in queries} == {"false"}
        calls = Counter(query["delivery_area"][0] for query in queries)
        assert calls.keys() == used
        assert set(calls.values()) <= {5, 6}
        exchange.forget_requests()
        desk.desk.read_positions(free)
        await asyncio.sleep(1.0)
        queries = [each["query"] for each in exchange.requests() if each["path"].endswith("/orderbooks")]
        assert queries[0]["delivery_area"] == [free]
    assert all(area.value is not None and area.value.limits for area in desk.exchange.positions.values())


async def test_an_area_without_positions_leaves_the_others(exchange: RunningExchange) -> None:
    used = {order["delivery_area"] for order in exchange.orders()}
    async with reading_desk(exchange, delivery_areas=("10YNO-1--------2", *used)) as desk:
        view = await desk.until(lambda view: view.positions.keys() == {"10YNO-1--------2", *used})
        assert "does not offer GET /orderbooks" in view.positions["10YNO-1--------2"].problem
        assert all(view.positions[area].value for area in used)
        exchange.forget_requests()
        await asyncio.sleep(50.0)
        assert desk.calls()["/orderbooks"] >= 4 * len(used)


async def test_a_suspended_area_takes_withdrawals_only_until_it_is_resumed(exchange: RunningExchange) -> None:
    async with reading_desk(exchange) as desk:
        await desk.until_read()
        sleeping = await dormant(desk)
        exchange.market(suspended_areas=[sleeping.delivery_area])
        await desk.until(lambda view: sleeping.delivery_area in view.inactive_areas)
        (line,) = (await desk.desk.submit(activation(sleeping))).lines
        assert "takes no orders now" in line.reason
        exchange.market()
        await desk.until(lambda view: not view.inactive_areas)
        assert not desk.desk.check(activation(sleeping)).refusals

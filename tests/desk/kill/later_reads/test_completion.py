"""The certificate of a kill is completed after the verdict, by trades that come later than the fills."""

import asyncio
import json
from asyncio import StreamWriter
from datetime import timedelta
from decimal import Decimal

import pytest

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s, utc_now
from pbtui.api.structs import replace
from pbtui.desk.kill.certificate.balance import Certificate, Standing
from pbtui.desk.kill.certificate.fate import Fate, OrderFate
from pbtui.desk.kill.certificate.words import certificate_lines
from pbtui.desk.kill.later_reads.completion import Completion
from pbtui.desk.kill.later_reads.of_run import CERTIFIED_WITHIN_S
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.progress import KillView, Phase
from pbtui.settings.key_text import Secret
from pbtui.settings.kill import KillAction
from tests.canned import a_wire_order
from tests.desk.kill.armed import QUICK, armed, armed_at, seen
from tests.desk.kill.certificate.test_balance import SEEN_AT, before
from tests.desk.kill.test_evidence import Exchange
from tests.exchange import RunningExchange
from tests.raw_server import RawRequest, raw_server, reply


def certificate(view: KillView) -> Certificate:
    assert view.certificate is not None
    return view.certificate


async def test_a_fill_during_the_kill_is_sealed_with_its_price_once_its_trade_is_reported(
    exchange: RunningExchange,
) -> None:
    known = await seen(exchange)
    traded = next(order for order in known if order.order_id and exchange.fill(order.order_id, 0.1))
    exchange.faults(late_trades=5.0)
    async with armed_at(exchange) as kill:
        firing = kill.begin(known=known)
        verified = await kill.until_phase(Phase.VERIFIED)
        first = next(view for view in kill.views if view.phase is Phase.VERIFIED)
        assert first.certificate is None, "the verdict does not wait for it"
        provisional = await kill.until(lambda view: view.certificate is not None)
        assert certificate(provisional).standing is Standing.PROVISIONAL
        view = await firing
    found = certificate(view)
    assert found.standing is Standing.SEALED
    assert view.verified_s == verified.verified_s
    (balance,) = found.traded
    assert (balance.key, balance.traded_mw) == (traded.key, Decimal("0.1"))
    exchange.faults()
    assert float(balance.traded_price or 0) == exchange.trades(ordId=traded.order_id)[0]["price"]
    assert view.report is not None
    facts = json.loads(view.report.read_bytes())["certificate"]
    assert (facts["standing"], facts["traded_mw"], facts["unknown_mw"]) == ("SEALED", 0.1, 0)
    assert len(facts["orders"]) == len(known)
    written = view.report.with_suffix(".md").read_text()
    assert "- certificate SEALED: " in written
    assert "traded while it was being killed" in written


async def test_a_kill_ends_although_a_report_does_not_come(exchange: RunningExchange) -> None:
    known = await seen(exchange)
    assert exchange.fill(str(known[0].order_id), 0.1)
    exchange.faults(late_trades=3600.0)
    async with armed_at(exchange) as kill:
        view = await kill.fire(known=known)
    assert view.phase is Phase.VERIFIED
    found = certificate(view)
    assert (found.standing, found.awaits_reports) == (Standing.PROVISIONAL, True)
    assert found.totals["unknown_mw"] == Decimal("0.1")


async def test_what_has_ended_waits_for_no_report(exchange: RunningExchange) -> None:
    async with OrdersClient(exchange.base_url, Secret(exchange.keys["trader"])) as client:
        completion = Completion(client, utc_now(), dict, lambda: None)
        completion.begin(asyncio.get_running_loop().create_future)
        assert not completion.add_up().is_complete
        await asyncio.sleep(0)
        completion.end()
        began_s = steady_s()
        await completion.done(10.0)
        assert steady_s() - began_s < 1.0
        await completion.close()


async def test_a_trade_that_is_listed_twice_counts_once() -> None:
    first = before("1")
    part = OrderFate(before("1", state="HIBE", quantity=Decimal(3)), Fate.DEACTIVATED, "", first)
    trade = {
        "trade_id": "91",
        "state": "ACTI",
        "exec_time": (SEEN_AT + timedelta(minutes=1)).isoformat(),
        "api_timestamp": (SEEN_AT + timedelta(minutes=1)).isoformat(),
        "price": 45,
        "quantity": 1,
        "buy": True,
        "buy_order_id": "1",
    }
    later = {**trade, "state": "RREQ", "api_timestamp": (SEEN_AT + timedelta(minutes=2)).isoformat()}

    async def answer(request: RawRequest, writer: StreamWriter) -> None:
        found = [] if "internal" in request.target else [trade, later]
        await reply(json.dumps(found).encode())(request, writer)

    async with raw_server(answer) as server, OrdersClient(server.base_url, Secret("key")) as client:
        completion = Completion(client, utc_now(), lambda: {"1": part}, lambda: None)
        await completion.read()
    found = completion.add_up()
    assert found.standing is Standing.PROVISIONAL, "the trade of the other MW is not reported yet"
    assert (found.totals["traded_mw"], found.totals["unknown_mw"]) == (Decimal(1), Decimal(1))


async def test_a_fill_of_a_link_lost_for_hours_is_found_and_sealed(exchange: RunningExchange) -> None:
    known = await seen(exchange)
    assert exchange.fill(str(known[0].order_id), 0.1)
    await asyncio.sleep(3 * 3600)  # the desk has read nothing since
    async with armed_at(exchange) as kill:
        view = await kill.fire(known=known)
    found = certificate(view)
    assert (found.standing, [balance.key for balance in found.traded]) == (Standing.SEALED, [known[0].key])


class WithoutTrades(Exchange):
    """A server that does not offer trades."""

    async def __call__(self, request: RawRequest, writer: StreamWriter) -> None:
        if "trades" in request.target:
            await reply(b'{"message": "no such path"}', "404 Not Found")(request, writer)
        else:
            await super().__call__(request, writer)


async def test_a_server_without_trades_leaves_the_orders_own_figures() -> None:
    orders = [a_wire_order("1"), a_wire_order("2")]
    async with raw_server(WithoutTrades(orders=orders)) as server, armed(server.base_url, "key") as kill:
        view = await kill.fire()
    assert view.phase is Phase.VERIFIED
    found = certificate(view)
    assert found.standing is Standing.ORDERS_ALONE
    assert found.trades_problem.startswith("this server does not offer GET /trades (404")
    assert found.totals["deactivated_mw"] == found.totals["before_mw"]


async def test_firing_again_ends_the_wait_of_the_earlier_kill_for_reports(exchange: RunningExchange) -> None:
    known = await seen(exchange)
    assert exchange.fill(str(known[0].order_id), 0.1)
    exchange.faults(late_trades=3600.0)
    async with armed_at(exchange) as kill:
        first = kill.begin(known=known)
        await kill.until(lambda view: view.certificate is not None and view.certificate.read_at is not None)
        began_s = steady_s()
        kill.begin()
        await first
        assert steady_s() - began_s < CERTIFIED_WITHIN_S / 2


class WithoutInternalTrades(Exchange):
    """A server that offers trades, and no internal trades."""

    async def __call__(self, request: RawRequest, writer: StreamWriter) -> None:
        if "internal" in request.target:
            await reply(b'{"message": "no such path"}', "404 Not Found")(request, writer)
        elif "trades" in request.target:
            await reply()(request, writer)
        else:
            await super().__call__(request, writer)


async def test_a_server_without_internal_trades_is_not_asked_again() -> None:
    answer = WithoutInternalTrades(orders=[a_wire_order("1")])
    async with raw_server(answer) as server, armed(server.base_url, "key") as kill:
        began_s = steady_s()
        view = await kill.fire()
        assert steady_s() - began_s < CERTIFIED_WITHIN_S / 2
    found = certificate(view)
    assert (found.standing, found.is_complete) == (Standing.PROVISIONAL, True)
    assert "GET /internal-trades (404" in found.trades_problem
    assert len([each for each in server.requests if "/epex/v2/api/trades" in each.target]) == 1


class WithoutOrders(Exchange):
    """A server that shows trades, and no orders."""

    async def __call__(self, request: RawRequest, writer: StreamWriter) -> None:
        is_read_of_orders = request.method == "GET" and "trades" not in request.target
        answer = reply(b"", "500 Internal Server Error") if is_read_of_orders else reply()
        await answer(request, writer)


async def test_nothing_is_sealed_while_the_orders_are_not_read() -> None:
    timing = replace(QUICK, verify_within_s=0.6)
    async with raw_server(WithoutOrders()) as server, armed(server.base_url, "key", timing=timing) as kill:
        kill.begin()
        view = await kill.until(lambda view: view.certificate is not None and view.certificate.read_at is not None)
    assert view.phase is Phase.UNKNOWN
    assert certificate(view).standing is Standing.PROVISIONAL
    assert "orders may be missing from the certificate" in list(certificate_lines(certificate(view)))[1]
    assert certificate(view).is_complete, "no trade can change that"


@pytest.mark.parametrize("known", [0, 5])
async def test_nothing_is_sealed_if_one_call_may_have_withdrawn_orders_that_were_never_read(
    exchange: RunningExchange, known: int
) -> None:
    listed = (await seen(exchange))[:known]
    async with armed_at(exchange, key="admin") as kill:
        view = await kill.switch.fire(plan_for(kill.profile, KillAction.DELETE_ALL), listed, knows_all=False)
    assert (view.phase, view.initial) == (Phase.VERIFIED, None), "no read was answered before the call"
    assert certificate(view).standing is Standing.PROVISIONAL
    assert "orders may be missing from the certificate" in list(certificate_lines(certificate(view)))[1]

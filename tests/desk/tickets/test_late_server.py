"""Many orders at a server whose answers are late: their results cost a few reads, however many they are."""

from decimal import Decimal

import pytest

from pbtui.api.clock import steady_s
from pbtui.api.requests import OrderModify
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import ACTION_CODES, Action, Ticket, change_line
from tests.desk.tickets.test_executor import a_ticket, an_add, an_entry, away, limit_orders, states, trader
from tests.exchange import RunningExchange

LATENCY_S = 0.7
ORDERS = 30


def _ticket(exchange: RunningExchange, action: Action) -> Ticket:
    """A write of many orders, in as many contracts as there are."""
    if action is Action.ADD:
        ids = [contract["contract_id"] for contract in exchange.contracts()]
        entries = (an_entry(exchange, contract_id=ids[number % len(ids)]) for number in range(ORDERS))
        return an_add(*entries)
    orders = limit_orders(exchange)[:ORDERS]
    code = ACTION_CODES[action]
    changes = (OrderModify(action=code, price=away(order) if action is Action.MODIFY else None) for order in orders)
    return a_ticket(action, *(change_line(order, change) for order, change in zip(orders, changes, strict=True)))


@pytest.mark.parametrize("is_fed", [True, False], ids=["by the feed", "without a feed"])
@pytest.mark.parametrize("action", [Action.ADD, Action.MODIFY, Action.DEACTIVATE, Action.DELETE])
async def test_many_orders_are_confirmed_by_reads_that_all_of_them_share(
    action: Action, is_fed: bool, exchange: RunningExchange
) -> None:
    async with trader(exchange) as desk:
        await desk.read()
        ticket = _ticket(exchange, action)
        assert len(ticket.lines) == ORDERS
        exchange.faults(latency=LATENCY_S)
        exchange.forget_requests()
        if not is_fed:
            desk.desk.pause_feed()
        sent_s = steady_s()
        ticket = await desk.reconcile(await desk.desk.submit(ticket))
        assert states(ticket) == [State.CONFIRMED] * ORDERS
        reads = [request for request in exchange.requests() if request["method"] == "GET"]
        assert len(reads) <= 5
        if action is Action.DEACTIVATE:
            assert all(line.order and line.order.state == "HIBE" and not line.reason for line in ticket.lines)
        assert steady_s() - sent_s < 1 + 6 * LATENCY_S


async def test_orders_that_traded_before_they_were_withdrawn_are_traced_beside_each_other(
    exchange: RunningExchange,
) -> None:
    async with trader(exchange) as desk:
        await desk.read()
        ticket = _ticket(exchange, Action.DEACTIVATE)
        for line in ticket.lines[:4]:
            exchange.fill(line.key, 0.1)
        exchange.faults(latency=LATENCY_S)
        exchange.forget_requests()
        desk.desk.pause_feed()
        ticket = await desk.desk.submit(ticket)
        while not all(line.state is State.CONFIRMED for line in ticket.lines[4:]):
            await desk.desk._executor._register._step.wait()
            ticket = desk.desk.find_ticket(ticket.token)
        assert all(line.is_open for line in ticket.lines[:4])  # they wait for their histories
        ticket = await desk.reconcile(ticket)
        assert [line.verdict.traded_mw for line in ticket.lines[:4]] == [Decimal("0.1")] * 4
        histories = [request for request in exchange.requests() if request["path"].endswith("/history")]
        assert len(histories) == 4

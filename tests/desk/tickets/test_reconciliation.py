"""What reading shows of a change that the server took in its own way, or refused with the whole list it was in."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.clock import utc_now
from pbtui.api.codes import ExecutionInstruction, ModifyAction, ValidityRestriction
from pbtui.api.requests import OrderModify
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.writer import Kind, journal_files
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Action, WriteOptions, change_line
from tests.canned import a_wire_order, canned_exchange
from tests.desk.kill.armed import owner_at
from tests.desk.tickets.test_executor import WITHIN_S, a_ticket, an_add, an_entry, limit_orders, states, trader, trading
from tests.exchange import RunningExchange
from tests.raw_server import reply

DONE = [State.CONFIRMED]


def untouched(exchange: RunningExchange, side: str = "BUY") -> Any:
    """A resting order in its first revision, with room to grow below the position limit."""
    orders = [order for order in limit_orders(exchange) if order.revision_no == 1 and order.parent_order_id is None]
    return next(order for order in orders if order.side == side and (order.quantity or 0) < 20)


def sell_to(exchange: RunningExchange, order: Any) -> Any:
    """The order, with enough on the other side of its book to fill it at 9000."""
    sell = {"portfolio_id": "HYDRO", "side": "SELL", "quantity": 60, "price": 8999, "contractId": order.contract_id}
    entered = exchange.call("POST", "/orders/list", key="admin", json=[{**sell, "delivery_area": order.delivery_area}])
    assert entered.json()[0]["state"] == "ACTI"
    return order


async def test_a_date_that_the_server_cuts(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        far = utc_now() + timedelta(days=9)
        order = untouched(exchange)
        ticket = await desk.change(order, validity_res=ValidityRestriction.GTD, validity_date=far)
        ticket = await desk.reconcile(ticket)
        assert states(ticket) == [State.DIFFERENT]
        assert "valid until" in ticket.lines[0].reason
        shown = ticket.lines[0].order
        assert shown is not None
        assert shown.valid_until is not None
        assert shown.valid_until < far


@pytest.mark.parametrize("is_answered", [True, False])
async def test_a_text_that_the_terminal_shows_otherwise(exchange: RunningExchange, is_answered: bool) -> None:
    async with trader(exchange) as desk:
        if not is_answered:
            exchange.faults(drop_after_commit={"value": 1, "methods": ["PUT"], "times": 1})
        ticket = await desk.reconcile(await desk.change(untouched(exchange), txt="e\u0301 \U0001f1e9\U0001f1ea hedge"))
        assert states(ticket) == [State.CONFIRMED]


@pytest.mark.parametrize("quantity_mw", ["0.3", "25.5"])
async def test_a_change_that_trades_at_once_is_never_called_rejected(
    exchange: RunningExchange, quantity_mw: str
) -> None:
    """The old id is deleted, the new one filled, all at the same moment."""
    async with trader(exchange) as desk:
        order = sell_to(exchange, untouched(exchange))
        ticket = await desk.reconcile(await desk.change(order, price=Decimal(9000), quantity=Decimal(quantity_mw)))
        assert states(ticket) == [State.FILLED]
        assert ticket.lines[0].verdict.traded_mw == Decimal(quantity_mw)
        assert ticket.lines[0].order is not None
        assert ticket.lines[0].order.action == "FEXE"


async def test_an_activation_that_trades_at_once(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        order = sell_to(exchange, untouched(exchange))
        asleep = await desk.reconcile(await desk.change(order, action=Action.DEACTIVATE))
        assert asleep.lines[0].order is not None
        changed = await desk.reconcile(await desk.change(asleep.lines[0].order, price=Decimal(9000)))
        assert changed.lines[0].order is not None
        ticket = await desk.reconcile(await desk.change(changed.lines[0].order, action=Action.ACTIVATE))
        assert states(ticket) == [State.FILLED], ticket.lines[0].reason
        assert ticket.lines[0].order is not None
        assert ticket.lines[0].order.action == "FEXE"


@pytest.mark.parametrize("action", [Action.DEACTIVATE, Action.DELETE])
async def test_an_order_that_stays_in_the_market_was_not_withdrawn(exchange: RunningExchange, action: Action) -> None:
    async with trader(exchange) as desk:
        exchange.faults(spare_on_kill=1)
        ticket = await desk.reconcile(await desk.change(untouched(exchange), action=action))
        assert states(ticket) == [State.DIFFERENT]
        assert "accepted it, but" in ticket.lines[0].reason


async def test_a_withdrawal_in_the_answer_alone_is_not_confirmed() -> None:
    """Not even where the order is seen in the same revision as in the answer: partly filled, and live."""
    with canned_exchange(a_wire_order("1")) as canned:
        async with trading(canned.base_url, "a-key") as desk:
            answered = a_wire_order("1", revision_no=2, state="HIBE", action="UHIB")
            canned.trouble, canned.trouble_at = reply(json.dumps([answered]).encode()), "/orders/list"
            base = desk.find("1")
            canned.orders = [a_wire_order("1", revision_no=2, action="PEXE", quantity=4)]
            ticket = await desk.reconcile(await desk.change(base, action=Action.DEACTIVATE))
            assert states(ticket) == [State.DIFFERENT]


async def test_a_list_that_was_refused_whole_leaves_no_unknown_line(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        options = WriteOptions(exec_instruction=ExecutionInstruction.VALID, include_errors=None)
        entries = an_entry(exchange), an_entry(exchange, contract_id="1")
        ticket = await desk.reconcile(await desk.desk.submit(an_add(*entries, options=options)))
        assert states(ticket) == [State.REJECTED] * 2
        assert all("contract '1' is not open for trading" in line.reason for line in ticket.lines)


async def test_the_accepted_part_of_a_refused_list_is_confirmed(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        good, other = untouched(exchange, "BUY"), untouched(exchange, "SELL")
        lines = [
            change_line(good, OrderModify(action=ModifyAction.MODI, txt="mine")),
            change_line(other, OrderModify(action=ModifyAction.MODI, quantity=Decimal("0.15"))),
        ]
        ticket = a_ticket(Action.MODIFY, *lines, options=WriteOptions(include_errors=None))
        ticket = await desk.reconcile(await desk.desk.submit(ticket))
        assert states(ticket) == [
            State.CONFIRMED,
            State.REJECTED,
        ]
        assert "0.15 is not a multiple of 0.1 MW" in ticket.lines[1].reason


async def test_a_line_that_a_later_read_opens_again_is_read_back_and_is_open_in_the_journal(
    exchange: RunningExchange,
) -> None:
    async with trader(exchange, poll_seconds=0.5) as desk:
        order = untouched(exchange)
        exchange.faults(errors={"value": {"400": 1.0}, "methods": ["PUT"], "times": 1})
        ticket = await desk.reconcile(await desk.change(order, txt="mine"))
        assert states(ticket) == [State.REJECTED]
        exchange.touch(order.order_id, action="LOSE")
        async with asyncio.timeout(WITHIN_S):
            while not desk.desk.find_ticket(ticket.token).is_open:
                await desk.desk._executor._register._step.wait()
        exchange.touch(order.order_id, action="DEAC")
        ticket = await desk.reconcile(ticket)
        entries = [entry for file in journal_files(owner_at(exchange.base_url)) for entry in read_journal(file).entries]
    own = [entry for entry in entries if entry.facts.get("ticket") == ticket.token]
    results = [entry.facts["results"] for entry in own if entry.kind in (Kind.OUTCOME, Kind.RECONCILIATION)]
    assert [result[0]["is_open"] for result in results] == [True, False, True, False]

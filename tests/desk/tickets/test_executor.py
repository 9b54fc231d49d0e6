"""Tickets against the simulator: sent once, one outcome an order, reconciled by reading, never forgotten."""

import asyncio
import errno
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s, utc_now
from pbtui.api.codes import ExecutionInstruction, ExecutionRestriction, ModifyAction, OrderSide, ValidityRestriction
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.desk import Desk
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.writer import Journal, journal_files
from pbtui.desk.storage.places import owner_of
from pbtui.desk.tickets.sending import submission
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import (
    ACTION_CODES,
    Action,
    Ticket,
    WriteOptions,
    change_line,
    entry_line,
    new_token,
)
from pbtui.desk.view import DeskView
from pbtui.settings.key_text import Secret
from pbtui.settings.limits import Limits
from pbtui.settings.profiles import Profile
from tests.canned import a_wire_order, canned_exchange
from tests.exchange import RunningExchange
from tests.raw_server import reply

WITHIN_S = 30.0
QUICK_LOOKS_S = (0.1, 0.2, 0.4, 0.6)
_order = TypeAdapter(Order)


class TradingDesk:
    """A desk with trading on, and what a trader does with it."""

    def __init__(self, desk: Desk, profile: Profile, published: asyncio.Event) -> None:
        self.desk = desk
        self.profile = profile
        self._published = published

    async def until(self, holds: Callable[[DeskView], object]) -> DeskView:
        """The first view from now on of which this holds."""
        async with asyncio.timeout(WITHIN_S):
            while not holds(self.desk.view):
                self._published.clear()
                await self._published.wait()
        return self.desk.view

    def find(self, order_id: str) -> Order:
        """The order as the blotter has it."""
        rows = self.desk.view.blotter
        for row in (*rows.active.values(), *rows.deactivated.values(), *rows.recent.values()):
            if row.order.order_id == order_id and isinstance(row.order, Order):
                return row.order
        raise AssertionError(f"order {order_id} is not in the blotter")

    async def read(self) -> None:
        """Let the desk read the list again."""
        self.desk.read_now()
        async with asyncio.timeout(WITHIN_S):
            await self.desk._feed.read_since(steady_s())

    async def change(self, *orders: Order, action: Action = Action.MODIFY, **changes: Any) -> Ticket:
        """Send a change of these orders, and wait for its outcome."""
        change = OrderModify(action=ACTION_CODES[action], **changes)
        return await self.desk.submit(a_ticket(action, *(change_line(order, change) for order in orders)))

    async def reconcile(self, ticket: Ticket) -> Ticket:
        """Wait until reading has shown what became of it."""
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self.desk.reconciled(ticket.token)
        except TimeoutError:
            known = self.desk.find_ticket(ticket.token)
            raise AssertionError([(line.verdict, line.evidence) for line in known.lines if line.is_open]) from None


def a_ticket(action: Action, *lines: Any, **fields: Any) -> Ticket:
    return Ticket(new_token(), action, lines, utc_now(), **fields)


def an_add(*entries: OrderEntry, **fields: Any) -> Ticket:
    return a_ticket(Action.ADD, *(entry_line(entry, new_token()) for entry in entries), **fields)


@asynccontextmanager
async def trading(base_url: str, key: str, *, reads_market: bool = False, **fields: Any) -> AsyncIterator[TradingDesk]:
    """A desk that has read the orders; it looks for what is open within a second instead of twenty."""
    profile = Profile(name="test", base_url=base_url, **{"poll_seconds": 60, "read_only": False, **fields})
    published = asyncio.Event()

    async with OrdersClient(base_url, Secret(key)) as client:
        with Journal.open(profile) as journal:
            desk = Desk(
                profile, client, journal, lambda view: published.set(), reads=client.reads if reads_market else None
            )
            desk._executor._follow_up._look_after_s = QUICK_LOOKS_S
            desk._executor._register.not_found_after_s = QUICK_LOOKS_S[-1]
            running = asyncio.create_task(desk.run())
            try:
                trading_desk = TradingDesk(desk, profile, published)
                await trading_desk.until(lambda view: view.link.read_s is not None)
                yield trading_desk
            finally:
                await desk.close(0.5)
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def trader(exchange: RunningExchange, **fields: Any) -> AsyncIterator[TradingDesk]:
    async with trading(exchange.base_url, exchange.keys["trader"], **fields) as desk:
        yield desk


def limit_orders(exchange: RunningExchange) -> list[Order]:
    """Resting orders that are all in the open, as the trader sees them."""
    wire = [order for order in exchange.orders() if order["type"] == "O" and not order.get("pre_arranged")]
    return [_order.validate_python(order) for order in wire]


def an_entry(exchange: RunningExchange, **fields: Any) -> OrderEntry:
    """A new order far from the market."""
    like = limit_orders(exchange)[0]
    given = {
        "portfolio_id": like.portfolio_id,
        "contract_id": like.contract_id,
        "delivery_area": like.delivery_area,
        "side": OrderSide.BUY,
        "quantity": Decimal("1.0"),
        "price": Decimal("-50.00"),
        "txt": "hedge",
        **fields,
    }
    return OrderEntry.model_validate(given)


def away(order: Order) -> Decimal:
    """A price a little further from the market, at which the order goes on resting."""
    assert order.price is not None
    return order.price + (Decimal("0.5") if order.side == "SELL" else Decimal("-0.5"))


async def until(holds: Callable[[], object]) -> None:
    """Wait for something that another process does."""
    async with asyncio.timeout(WITHIN_S):
        while not holds():  # noqa: ASYNC110 - there is no event to wait for between processes
            await asyncio.sleep(0.02)


def writes(exchange: RunningExchange) -> list[str]:
    requests = [request for request in exchange.requests() if request["method"] != "GET"]
    return [f"{request['method']} {request['path'].split('/v2/api')[1]}" for request in requests]


def states(ticket: Ticket) -> list[State]:
    return [line.state for line in ticket.lines]


def journal_kinds(profile: Profile, token: str) -> list[str]:
    """Return the journal entries of a ticket, in sequence."""
    (file,) = journal_files(owner_of(profile))
    return [entry.kind for entry in read_journal(file).entries if entry.facts.get("ticket") == token]


# ---------------------------------------------------------------- the plain way


async def test_a_new_order_is_confirmed_by_its_token(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        ticket = await desk.reconcile(await desk.desk.submit(an_add(an_entry(exchange))))
        (line,) = ticket.lines
        assert states(ticket) == [State.CONFIRMED]
        assert line.order is not None
        assert line.order.txt == f"hedge pb#{line.key}"
        assert desk.find(line.order.order_id or "").price == Decimal("-50.00")
        assert writes(exchange) == ["POST /orders/list"]
        assert journal_kinds(desk.profile, ticket.token) == ["intent", "request", "outcome", "reconciliation"]


@pytest.mark.parametrize(
    ("action", "changes"),
    [
        (Action.MODIFY, {"txt": "renamed"}),
        (Action.MODIFY, {"quantity": Decimal("0.5")}),
        (Action.DEACTIVATE, {}),
        (Action.DELETE, {}),
    ],
)
async def test_a_change_is_confirmed_by_the_read_after_it(
    action: Action, changes: dict[str, Any], exchange: RunningExchange
) -> None:
    async with trader(exchange) as desk:
        order = limit_orders(exchange)[0]
        ticket = await desk.reconcile(await desk.change(order, action=action, **changes))
        assert states(ticket) == [State.CONFIRMED]
        assert writes(exchange) == ["PUT /orders/list"]


async def test_a_new_price_is_confirmed_under_the_new_id(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        order = limit_orders(exchange)[0]
        ticket = await desk.reconcile(await desk.change(order, price=away(order)))
        (line,) = ticket.lines
        assert line.state is State.CONFIRMED
        assert line.order is not None
        assert line.order.order_id != order.order_id
        assert line.order.key == order.key


async def test_an_activation_is_confirmed(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        wire = exchange.orders(active_only="false", status="HIBE", limit=1)[0]
        ticket = await desk.reconcile(await desk.change(_order.validate_python(wire), action=Action.ACTIVATE))
        assert states(ticket) == [State.CONFIRMED]


async def test_the_deprecated_call_where_the_profile_says_so(exchange: RunningExchange) -> None:
    async with trader(exchange, single_order_endpoint=True) as desk:
        one, two = limit_orders(exchange)[:2]
        ticket = await desk.reconcile(await desk.change(one, two, txt="one by one"))
        assert states(ticket) == [State.CONFIRMED] * 2
        assert writes(exchange) == [f"PUT /order/{order.order_id}/{order.revision_no}" for order in (one, two)]


async def half_answered(exchange: RunningExchange, desk: TradingDesk) -> tuple[Ticket, asyncio.Task[Ticket]]:
    """Delete three orders one by one; the first deletion is answered, and the exchange holds the second one."""
    one, two, three = limit_orders(exchange)[:3]
    exchange.faults(hold={"value": True, "paths": [f"/order/{two.order_id}/*"]})
    change = OrderModify(action=ModifyAction.DELE)
    ticket = a_ticket(Action.DELETE, *(change_line(each, change) for each in (one, two, three)))
    sending = asyncio.create_task(desk.desk.submit(ticket))
    await desk.until(lambda view: view.tickets and view.tickets[-1].lines[0].was_answered)
    return ticket, sending


async def test_each_request_of_a_ticket_is_known_as_soon_as_it_has_ended(exchange: RunningExchange) -> None:
    async with trader(exchange, single_order_endpoint=True) as desk:
        ticket, sending = await half_answered(exchange, desk)
        first, second, _ = desk.desk.view.tickets[-1].lines
        assert (first.has_ended, second.state, second.has_ended) == (True, State.SENDING, False)
        assert journal_kinds(desk.profile, ticket.token) == ["intent", "request", "outcome", "request"]
        (file,) = journal_files(owner_of(desk.profile))
        requested = [entry.facts["keys"] for entry in read_journal(file).entries if entry.kind == "request"]
        assert requested == [[first.key], [second.key]]
        exchange.faults()
        assert states(await desk.reconcile(await sending)) == [State.CONFIRMED] * 3


async def test_each_list_of_a_long_withdrawal_is_known_as_soon_as_it_has_ended(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "ORDERS_PER_CALL", 2)
    async with trader(exchange) as desk:
        ticket = await desk.change(*limit_orders(exchange)[:5], action=Action.DEACTIVATE)
        assert all(line.was_answered for line in ticket.lines)
        sent = [kind for kind in journal_kinds(desk.profile, ticket.token) if kind != "reconciliation"]
        assert sent == ["intent", *["request", "outcome"] * 3]


async def test_closing_the_desk_between_two_requests_keeps_the_answer_of_the_first(exchange: RunningExchange) -> None:
    async with trader(exchange, single_order_endpoint=True) as desk:
        _, sending = await half_answered(exchange, desk)
        await desk.desk.close(0)
        sending.cancel()
        first, second, third = desk.desk.view.tickets[-1].lines
        assert first.was_answered
        assert (second.state, second.reason) == (State.UNKNOWN, "the desk was closed before the answer arrived")
        assert (third.state, third.reason) == (State.NOT_SENT, "the desk was closed before it was sent")
        exchange.faults()


async def test_a_server_that_answers_405_to_the_list_is_asked_by_the_deprecated_call() -> None:
    with canned_exchange(a_wire_order("1")) as canned:
        refused = reply(b'{"message": "no such call"}', "405 Method Not Allowed")
        canned.trouble, canned.trouble_at = refused, "/orders/list"
        async with trading(canned.base_url, "a-key") as desk:
            await desk.change(desk.find("1"), txt="x")
            await desk.change(desk.find("1"), action=Action.DEACTIVATE)
        sent = [f"{r.method} {r.target.split('/v2/api')[1]}" for r in canned.requests if r.method != "GET"]
    assert sent[:2] == ["PUT /orders/list?include_errors=true", "PUT /order/1/1"]


# ---------------------------------------------------------------- refused, all or in part


async def test_three_orders_of_a_list_have_three_outcomes(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        one, two, three = limit_orders(exchange)[:3]
        exchange.touch(two.order_id or "", txt="touched by another")
        ticket = await desk.reconcile(await desk.change(one, two, three, txt="mine"))
        assert states(ticket) == [
            State.CONFIRMED,
            State.CONFLICT,
            State.CONFIRMED,
        ]
        assert "revision 2" in ticket.lines[1].reason


async def test_a_list_that_is_refused_whole_is_read_order_by_order(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        one, two, three = limit_orders(exchange)[:3]
        exchange.touch(two.order_id or "", txt="touched by another")
        change = OrderModify(action=ModifyAction.MODI, txt="mine")
        lines = [change_line(order, change) for order in (one, two, three)]
        ticket = a_ticket(Action.MODIFY, *lines, options=WriteOptions(include_errors=None))
        ticket = await desk.reconcile(await desk.desk.submit(ticket))
        by_order = {order["order_id"]: order.get("txt") for order in exchange.orders()}
        for line, order in zip(ticket.lines, (one, two, three), strict=True):
            was_done = by_order[order.order_id] == "mine"
            assert (line.state is State.CONFIRMED) == was_done
        assert ticket.lines[1].state is State.CONFLICT


async def test_one_error_for_a_list_refuses_no_price_that_was_set(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        one, two, three = limit_orders(exchange)[:3]
        exchange.touch(two.order_id or "", txt="touched by another")
        lines = [
            change_line(order, OrderModify(action=ModifyAction.MODI, price=away(order))) for order in (one, two, three)
        ]
        ticket = a_ticket(Action.MODIFY, *lines, options=WriteOptions(include_errors=None))
        ticket = await desk.reconcile(await desk.desk.submit(ticket))
        assert states(ticket) == [State.CONFIRMED, State.CONFLICT, State.CONFIRMED]


async def test_a_basket_reports_each_entry(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        good, bad = an_entry(exchange), an_entry(exchange, contract_id="1")
        options = WriteOptions(exec_instruction=ExecutionInstruction.NONE)
        ticket = await desk.reconcile(await desk.desk.submit(an_add(good, bad, options=options)))
        assert states(ticket) == [State.CONFIRMED, State.REJECTED]
        options = WriteOptions(exec_instruction=ExecutionInstruction.VALID)
        ticket = await desk.reconcile(await desk.desk.submit(an_add(good, bad, options=options)))
        assert states(ticket) == [State.REJECTED, State.REJECTED]


async def test_a_fill_or_kill_order_that_is_not_filled_reports_that_nothing_traded(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        entry = an_entry(exchange, ordr_exe_restriction=ExecutionRestriction.FOK, validity_res=ValidityRestriction.NON)
        ticket = await desk.reconcile(await desk.desk.submit(an_add(entry)))
        assert states(ticket) == [State.NOT_FILLED]
        assert ticket.lines[0].order is not None
        assert ticket.lines[0].order.action == "SDEL"


async def test_internal_trades_are_reported(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        sell = next(order for order in limit_orders(exchange) if order.side == "SELL")
        like = {name: getattr(sell, name) for name in ("contract_id", "delivery_area", "price", "quantity")}
        ticket = await desk.reconcile(await desk.desk.submit(an_add(an_entry(exchange, **like))))
        assert ticket.internal_trades == 1
        assert ticket.lines[0].state is State.FILLED


async def test_limit_violations_are_reported(exchange: RunningExchange) -> None:
    async with trader(exchange, limits=Limits(max_quantity_mw=Decimal(1000))) as desk:
        small, huge = an_entry(exchange), an_entry(exchange, quantity=Decimal("900.0"))
        options = WriteOptions(exec_instruction=ExecutionInstruction.NONE, fail_on_limit_violations=False)
        ticket = await desk.reconcile(await desk.desk.submit(an_add(small, huge, options=options)))
        assert ticket.lines[0].state is State.CONFIRMED
        assert "POSITION_LIMIT" in ticket.limit_violations


# ---------------------------------------------------------------- conflicts


async def test_a_stale_revision_is_a_conflict_and_is_sent_once(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        order = limit_orders(exchange)[0]
        exchange.touch(order.order_id or "", txt="theirs")
        ticket = await desk.reconcile(await desk.change(order, price=away(order)))
        assert states(ticket) == [State.CONFLICT]
        conflict = await desk.desk.lookups.conflict(ticket.lines[0])
        assert writes(exchange) == ["PUT /orders/list"]
        names = {difference.name: difference for difference in conflict.differences}
        assert names["price"].is_mine
        assert not names["price"].is_theirs
        assert names["txt"].theirs == "theirs"
        assert [revision.event.actor for revision in conflict.since] == ["user"]
        again = a_ticket(Action.MODIFY, conflict.reapplied())
        ticket = await desk.reconcile(await desk.desk.submit(again))
        assert states(ticket) == [State.CONFIRMED]
        line = ticket.lines[0]
        assert line.order is not None
        assert (line.order.price, line.order.txt) == (away(order), "theirs")


async def test_a_conflict_with_a_fill_says_what_traded(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        order = limit_orders(exchange)[0]
        exchange.fill(order.order_id or "", 0.3)
        ticket = await desk.change(order, price=away(order))
        conflict = await desk.desk.lookups.conflict(ticket.lines[0])
        assert conflict.executed_mw == Decimal("0.3")
        assert conflict.ended is None


async def test_a_conflict_with_an_order_that_moved_on_is_found_along_its_chain(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        order = limit_orders(exchange)[0]
        moved = exchange.touch(order.order_id or "", price=float(away(order)))
        ticket = await desk.reconcile(await desk.change(order, txt="mine"))
        conflict = await desk.desk.lookups.conflict(ticket.lines[0])
        assert conflict.theirs is not None
        assert conflict.theirs.order_id == moved["order_id"]
        line = conflict.reapplied()
        assert line.request.wire()["order_id"] == moved["order_id"]


@pytest.mark.parametrize(("how", "ended"), [("fill", "filled by the market"), ("DELE", "deleted by user")])
async def test_a_conflict_with_an_order_that_ended_says_how(how: str, ended: str, exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        order = limit_orders(exchange)[0]
        if how == "fill":
            assert order.quantity is not None
            exchange.fill(order.order_id or "", float(order.quantity))
        else:
            exchange.touch(order.order_id or "", action=how)
        ticket = await desk.reconcile(await desk.change(order, txt="mine"))
        (line,) = ticket.lines
        assert line.state is (State.FILLED if how == "fill" else State.CONFLICT)
        conflict = await desk.desk.lookups.conflict(line)
        assert conflict.ended is not None
        assert ended in conflict.ended
        with pytest.raises(ValueError, match="ended"):
            conflict.reapplied()


async def test_a_hot_order_is_reported_as_hot(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        order = limit_orders(exchange)[0]
        hot = []
        for n in range(3):
            exchange.touch(order.order_id or "", txt=f"theirs {n}")
            ticket = await desk.reconcile(await desk.change(order, txt="mine"))
            conflict = await desk.desk.lookups.conflict(ticket.lines[0])
            hot.append(conflict.is_hot)
            assert conflict.theirs is not None
            order = conflict.theirs
        assert hot == [False, False, True]
        assert len(writes(exchange)) == 3


# ---------------------------------------------------------------- answers that never come


async def test_an_entry_whose_answer_is_lost_is_found_by_its_token(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        exchange.faults(drop_after_commit={"value": 1.0, "methods": ["POST"], "times": 1})
        sent = await desk.desk.submit(an_add(an_entry(exchange)))
        assert states(sent) == [State.UNKNOWN]
        assert sent.lines[0].state == "UNKNOWN"
        ticket = await desk.reconcile(sent)
        assert states(ticket) == [State.CONFIRMED]
        assert writes(exchange) == ["POST /orders/list"]
        assert len(exchange.orders(txt=f"hedge pb#{ticket.lines[0].key}")) == 1


async def test_an_entry_that_is_lost_before_the_exchange_is_not_found(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        exchange.faults(drop_before_commit={"value": 1.0, "methods": ["POST"], "times": 1})
        ticket = await desk.reconcile(await desk.desk.submit(an_add(an_entry(exchange))))
        assert states(ticket) == [State.NOT_FOUND]
        assert writes(exchange) == ["POST /orders/list"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [("drop_after_commit", State.CONFIRMED), ("drop_before_commit", State.NOT_FOUND)],
)
@pytest.mark.parametrize("action", [Action.MODIFY, Action.DEACTIVATE, Action.DELETE])
async def test_a_change_without_an_answer_is_reconciled_by_reading(
    fault: str, state: State, action: Action, exchange: RunningExchange
) -> None:
    async with trader(exchange) as desk:
        order = limit_orders(exchange)[0]
        exchange.faults(**{fault: {"value": 1.0, "methods": ["PUT"], "times": 1}})
        changes = {"price": away(order)} if action is Action.MODIFY else {}
        ticket = await desk.reconcile(await desk.change(order, action=action, **changes))
        assert states(ticket) == [state]
        assert writes(exchange) == ["PUT /orders/list"]


async def test_an_error_of_the_server_proves_nothing(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        exchange.faults(errors={"value": {"500": 1.0}, "methods": ["POST"], "times": 1})
        ticket = await desk.desk.submit(an_add(an_entry(exchange)))
        assert states(ticket) == [State.UNKNOWN]


async def test_nothing_is_concluded_while_the_server_cannot_be_read(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        ticket = an_add(an_entry(exchange))
        exchange.faults(
            drop_after_commit={"value": 1.0, "methods": ["POST"], "times": 1},
            unauthorized={"value": True, "methods": ["GET"]},
        )
        await desk.desk.submit(ticket)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * QUICK_LOOKS_S[-1]):
                await desk.desk.reconciled(ticket.token)
        exchange.faults()
        assert states(await desk.reconcile(ticket)) == [State.CONFIRMED]


async def test_nothing_is_sent_if_the_server_is_down() -> None:
    with ExitStack() as exchange:
        canned = exchange.enter_context(canned_exchange(a_wire_order("1")))
        async with trading(canned.base_url, "a-key") as desk:
            order = desk.find("1")
            exchange.close()
            ticket = await desk.change(order, action=Action.DELETE)
            assert states(ticket) == [State.NOT_SENT]
            assert "Connection refused" in ticket.lines[0].reason


async def test_a_ticket_submitted_twice_is_sent_once(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        ticket = an_add(an_entry(exchange))
        first, second = await asyncio.gather(desk.desk.submit(ticket), desk.desk.submit(ticket))
        assert first == second
        assert writes(exchange) == ["POST /orders/list"]


async def test_the_newest_fifty_tickets_are_remembered() -> None:
    with ExitStack() as exchange:
        canned = exchange.enter_context(canned_exchange(a_wire_order("1")))
        async with trading(canned.base_url, "a-key") as desk:
            order = desk.find("1")
            exchange.close()
            sent = []
            for _ in range(60):
                sent.append((await desk.change(order, action=Action.DELETE)).token)
                assert [ticket.token for ticket in desk.desk.view.tickets] == sent[-50:]


async def test_one_ticket_at_a_time_for_an_order(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        order, other = limit_orders(exchange)[:2]
        exchange.faults(hold={"value": True, "methods": ["PUT"], "times": 1})
        slow = asyncio.create_task(desk.change(order, txt="first"))
        await until(lambda: writes(exchange))
        second = await desk.change(order, other, txt="second")
        assert [line.state for line in second.lines] == [State.NOT_SENT, State.SENT]
        assert "still being reconciled" in second.lines[0].reason
        exchange.faults()
        assert (await slow).lines[0].state is State.SENT


@pytest.mark.parametrize("action", [Action.DEACTIVATE, Action.DELETE])
async def test_an_order_with_an_unknown_change_can_be_withdrawn(action: Action, exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        order = limit_orders(exchange)[0]
        exchange.faults(
            drop_before_commit={"value": 1.0, "methods": ["PUT"], "times": 1},
            unauthorized={"value": True, "methods": ["GET"]},
        )
        assert states(await desk.change(order, txt="x")) == [State.UNKNOWN]
        assert states(await desk.change(order, action=Action.ACTIVATE)) == [State.NOT_SENT]
        assert states(await desk.change(order, action=action)) == [State.SENT]
        await desk.change(order, action=action)
        assert len(writes(exchange)) == 3


async def test_cancelling_the_caller_does_not_cancel_the_ticket(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        exchange.faults(latency={"value": 0.3, "methods": ["POST"]})
        ticket = an_add(an_entry(exchange))
        waiting = asyncio.create_task(desk.desk.submit(ticket))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert states(await desk.reconcile(ticket)) == [State.CONFIRMED]
        assert writes(exchange) == ["POST /orders/list"]


async def test_closing_the_desk_leaves_an_outcome_and_the_next_start_reconciles_it(exchange: RunningExchange) -> None:
    exchange.faults(hold={"value": True, "methods": ["POST"]})
    async with trader(exchange) as desk:
        ticket = an_add(an_entry(exchange))
        waiting = asyncio.create_task(desk.desk.submit(ticket))
        await until(lambda: journal_kinds(desk.profile, ticket.token) == ["intent", "request"])
        profile = desk.profile
    await asyncio.gather(waiting, return_exceptions=True)
    assert journal_kinds(profile, ticket.token) == ["intent", "request", "outcome"]
    exchange.faults()
    async with trader(exchange) as desk:
        (again,) = desk.desk.view.tickets
        assert again.token == ticket.token
        reconciled = await desk.reconcile(again)
        assert reconciled.lines[0].state in (State.CONFIRMED, State.NOT_FOUND)
        found = exchange.orders(txt=f"hedge pb#{ticket.lines[0].key}")
        assert (reconciled.lines[0].state is State.CONFIRMED) == bool(found)


CRASHING = """
import asyncio, os, sys
from tests.desk.tickets.test_executor import *
async def main():
    base_url, key, contract, portfolio, area = sys.argv[1:]
    async with trading(base_url, key) as desk:
        entry = OrderEntry(portfolio_id=portfolio, contract_id=contract, delivery_area=area, side=OrderSide.BUY,
                           quantity=Decimal(1), price=Decimal(-50), txt="crash")
        ticket = an_add(entry)
        print(ticket.token, ticket.lines[0].key, flush=True)
        await desk.desk.submit(ticket)
asyncio.run(main())
"""


@pytest.mark.real_time
async def test_a_ticket_survives_kill_9_and_is_reconciled_at_the_next_start(exchange: RunningExchange) -> None:
    like = limit_orders(exchange)[0]
    exchange.faults(hold={"value": True, "methods": ["POST"]})
    command = [sys.executable, "-c", CRASHING, exchange.base_url, exchange.keys["trader"]]
    command += [str(like.contract_id), str(like.portfolio_id), like.delivery_area]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220 - it is short
        assert process.stdout is not None
        token, key = process.stdout.readline().split()
        await until(lambda: "POST /orders/list" in writes(exchange))
        os.kill(process.pid, signal.SIGKILL)
    exchange.faults()
    await until(lambda: exchange.orders(txt=f"crash pb#{key}"))
    async with trader(exchange) as desk:
        (ticket,) = desk.desk.view.tickets
        assert ticket.token == token
        assert states(await desk.reconcile(ticket)) == [State.CONFIRMED]
        assert writes(exchange) == ["POST /orders/list"]


# ---------------------------------------------------------------- what the pre-trade limits and the journal stop


async def test_a_ticket_that_the_limits_refuse_is_not_sent(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        ticket = await desk.desk.submit(an_add(an_entry(exchange, quantity=Decimal(101))))
        assert states(ticket) == [State.NOT_SENT]
        assert "max_quantity_mw" in ticket.lines[0].reason
        assert writes(exchange) == []
        assert journal_kinds(desk.profile, ticket.token) == ["abort"]


async def test_a_read_only_desk_may_only_withdraw(exchange: RunningExchange) -> None:
    async with trader(exchange, read_only=True) as desk:
        order, other = limit_orders(exchange)[:2]
        assert states(await desk.change(order, txt="x")) == [State.NOT_SENT]
        assert states(await desk.desk.submit(an_add(an_entry(exchange)))) == [State.NOT_SENT]
        ticket = await desk.change(order, action=Action.DEACTIVATE)
        assert ticket.lines[0].state is State.SENT
        desk.desk.set_trading(is_on=True)
        assert (await desk.change(other, txt="x")).lines[0].state is State.SENT


async def test_a_key_that_may_only_read_is_noticed(exchange: RunningExchange) -> None:
    async with trading(exchange.base_url, exchange.keys["reader"]) as desk:
        order = next(iter(desk.desk.view.blotter.active.values())).order
        assert isinstance(order, Order)
        first = await desk.reconcile(await desk.change(order, txt="x"))
        second = await desk.change(order, txt="x")
        assert states(first) == [State.REJECTED]
        assert states(second) == [State.NOT_SENT]
        assert "403" in second.lines[0].reason


async def test_a_journal_that_cannot_be_written_stops_entries_but_not_withdrawals(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trader(exchange) as desk:
        order = limit_orders(exchange)[0]

        def full(fd: int, data: bytes) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.write", full)
        added = await desk.desk.submit(an_add(an_entry(exchange)))
        deleted = await desk.change(order, action=Action.DELETE)
        monkeypatch.undo()
        assert states(added) == [State.NOT_SENT]
        assert "No space left" in added.lines[0].reason
        assert deleted.lines[0].state is State.SENT
        assert writes(exchange) == ["PUT /orders/list"]
        assert f"intent, request, outcome of ticket {deleted.token}" in desk.desk.view.unrecorded


@pytest.mark.parametrize("single_order_endpoint", [False, True])
async def test_a_request_that_is_not_recorded_does_not_leave_unless_it_withdraws(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch, *, single_order_endpoint: bool
) -> None:
    async with trader(exchange, single_order_endpoint=single_order_endpoint) as desk:
        order, other = limit_orders(exchange)[:2]
        with monkeypatch.context() as torn:
            torn.setattr("os.write", all_but_requests)
            added = await desk.desk.submit(an_add(an_entry(exchange)))
            assert writes(exchange) == []
            deleted = await desk.change(other, action=Action.DELETE)
            changed = await desk.change(order, txt="x")
        assert states(added) == states(changed) == [State.NOT_SENT]
        for refused in (added, changed):
            assert "not sent, because the journal can't be written: Input/output error" in refused.lines[0].reason
        assert deleted.lines[0].state is State.SENT
        assert len(writes(exchange)) == 1
        again = await desk.reconcile(await desk.change(order, txt="x"))
        assert states(again) == [State.CONFIRMED]
        assert journal_kinds(desk.profile, again.token) == ["intent", "request", "outcome", "reconciliation"]


def all_but_requests(fd: int, data: bytes, write: Callable[[int, bytes], int] = os.write) -> int:
    """Write to a disk on which only the lines of requests fail."""
    if re.match(rb'\{[^{\[]*"kind":"request"', data):  # and no line that names one as missing
        raise OSError(errno.EIO, "Input/output error")
    return write(fd, data)


async def test_the_journal_does_not_contain_the_key(exchange: RunningExchange) -> None:
    async with trader(exchange) as desk:
        await desk.reconcile(await desk.desk.submit(an_add(an_entry(exchange))))
        files = journal_files(owner_of(desk.profile))
    text = "".join(file.read_text() for file in files)
    assert "hedge pb#" in text
    assert not any(key in text for key in exchange.keys.values())

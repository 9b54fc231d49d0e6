"""Writes at servers that answer otherwise than they act: each kind of lie, and what the desk says of it.

`Acting` is an exchange that a test gives its orders to, and that acts on a write as the test says.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.codes import ExecutionRestriction, ModifyAction, OrderSide, ValidityRestriction
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.cli.write.ticket_run import await_earlier
from pbtui.desk.journal.recent import RECENT
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import (
    ACTION_CODES,
    MAX_RECENT_TICKETS,
    Action,
    Ticket,
    TicketLine,
    change_line,
    withdrawal_line,
)
from tests.canned import CannedExchange, WireOrder, a_wire_order, canned_exchange
from tests.desk.tickets.test_executor import TradingDesk, a_ticket, all_but_requests, an_add, trading
from tests.raw_server import RawRequest, Respond, drop, reply

ENTRY = OrderEntry(
    portfolio_id="P1", contract_id="c14", side=OrderSide.BUY, quantity=Decimal(5), price=Decimal("45.1"), txt="hedge"
)
ACCEPT: Respond = reply(b"[]")
BAD_REQUEST = "400 Bad Request"


def body(*orders: WireOrder) -> bytes:
    return json.dumps(orders).encode()


def failure(message: str | None, code: str | None = None) -> bytes:
    return json.dumps({"message": message, "errors": [{"code": code, "message": message}] if code else []}).encode()


@dataclass
class Acting:
    """What the exchange does with a write, and how it answers; `writes` are the writes so far.

    Once it was written to, `read` answers the reads, if it is set.
    """

    canned: CannedExchange
    act: Callable[[list[Any]], Sequence[WireOrder]] = lambda sent: ()
    answer: Respond | None = None
    read: Respond | None = None
    writes: list[RawRequest] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def respond(self, request: RawRequest, writer: asyncio.StreamWriter) -> None:
        if request.method == "GET":
            read = self.read if self.writes else None
            await (read or reply(json.dumps(self.canned.found(request)).encode()))(request, writer)
            return
        self.writes.append(request)
        sent = json.loads(request.body)
        orders = self.act(sent if isinstance(sent, list) else [sent])
        ids = {order["order_id"] for order in orders}
        self.canned.orders = [order for order in self.canned.orders if order["order_id"] not in ids] + list(orders)
        await (self.answer or reply(body(*orders)))(request, writer)


@asynccontextmanager
async def acting(*orders: WireOrder, **fields: Any) -> AsyncIterator[tuple[Acting, TradingDesk]]:
    with canned_exchange(*orders) as canned:
        exchange = Acting(canned)
        canned.trouble = exchange.respond
        async with trading(canned.base_url, "a-key", **fields) as desk:
            yield exchange, desk


def booked(sent: dict[str, Any], order_id: str = "7", **fields: Any) -> WireOrder:
    """The order that an entry makes."""
    return a_wire_order(order_id, initial_order_id=None, txt=sent["txt"], **fields)


async def added(desk: TradingDesk, **fields: Any) -> TicketLine:
    ticket = await desk.reconcile(await desk.desk.submit(an_add(ENTRY.model_copy(update=fields))))
    return ticket.lines[0]


async def changed(desk: TradingDesk, action: Action = Action.MODIFY, **changes: Any) -> TicketLine:
    return (await desk.reconcile(await desk.change(desk.find("1"), action=action, **changes))).lines[0]


# ---------------------------------------------------------------- new orders


@pytest.mark.parametrize("action", ["SERR", "SDEL", "RLVI"])
@pytest.mark.parametrize("answer", [None, drop])
async def test_an_order_that_is_dead_is_not_confirmed(action: str, answer: Respond | None) -> None:
    async with acting() as (exchange, desk):
        exchange.act = lambda sent: [booked(sent[0], state="IACT", action=action)]
        exchange.answer = answer and drop
        line = await added(desk)
        assert (line.state, line.is_done) == (State.REJECTED, False)


async def test_an_order_that_is_booked_otherwise_is_different() -> None:
    async with acting() as (exchange, desk):
        exchange.act = lambda sent: [booked(sent[0], side="SELL", quantity=50, price=451)]
        line = await added(desk)
        assert line.state is State.DIFFERENT
        assert all(name in line.reason for name in ("side", "quantity", "price"))


@pytest.mark.parametrize("change", [str.upper, lambda text: text[:8]])
async def test_a_text_that_the_exchange_changes(change: Callable[[str], str]) -> None:
    async with acting() as (exchange, desk):
        exchange.act = lambda sent: [{**booked(sent[0]), "txt": change(sent[0]["txt"])}]
        line = await added(desk)
        assert (line.state, line.verdict.order_ids) == (State.CONFIRMED, ("7",))


async def test_two_orders_of_one_entry() -> None:
    async with acting() as (exchange, desk):
        exchange.act = lambda sent: [booked(sent[0]), booked(sent[0], "8")]
        line = await added(desk)
        assert (line.state, sorted(line.verdict.order_ids)) == (State.TWICE, ["7", "8"])


@pytest.mark.parametrize(
    ("odd", "state", "reason"),
    [
        ({"price": "45.1"}, State.DIFFERENT, "price not shown, wanted 45.10"),
        ({"quantity": []}, State.DIFFERENT, "quantity not shown, wanted 5.0 MW"),
        ({"hidden_quantity": "20"}, State.DIFFERENT, "quantity not shown, wanted 5.0 MW"),
        ({"side": None}, State.DIFFERENT, "side not shown, wanted ▲ BUY"),
        ({"portfolio_id": []}, State.DIFFERENT, "portfolio not shown, wanted P1"),
        ({"state": 5.5}, State.UNKNOWN, "the state of order 7 is 5.5"),
        ({"state": []}, State.UNKNOWN, "the state of order 7 is unreadable"),
        ({"api_timestamp": "2026-11-22T12:00:00"}, State.CONFIRMED, ""),
        ({"last_change_timestamp": "", "valid_until": 5, "delivery_start": "soon"}, State.CONFIRMED, ""),
        ({"errors": "none", "error_message": []}, State.CONFIRMED, ""),
        ({"txt": {"text": "pb#TOKEN"}}, State.DIFFERENT, "text not shown"),
        ({"details": "x", "buy": "y", "sell": [], "user_code": {}, "revision_no": "1"}, State.CONFIRMED, ""),
    ],
)
async def test_an_order_with_an_odd_field_is_found_and_can_be_withdrawn(
    odd: dict[str, Any], state: State, reason: str
) -> None:
    async with acting() as (exchange, desk):
        exchange.act = lambda sent: [{**booked(sent[0]), **odd}]
        ticket = await desk.desk.submit(an_add(ENTRY))
        await until(desk, ticket, state, reason)
        assert desk.desk.find_ticket(ticket.token).lines[0].verdict.order_ids == ("7",)
        exchange.act = lambda sent: [{**exchange.canned.orders[0], "state": "IACT", "action": "UDEL"}]
        ticket = await desk.reconcile(await desk.change(desk.find("7"), action=Action.DELETE))
        assert ticket.lines[0].state is State.CONFIRMED


@pytest.mark.parametrize(
    ("answer", "found", "not_found"),
    [
        (reply(failure(None, "PX_COMMUNICATION_ERROR"), BAD_REQUEST), State.CONFIRMED, State.NOT_FOUND),
        (reply(failure("no"), BAD_REQUEST), State.CONFIRMED, State.REJECTED),
        (reply(failure("no", "PX_ORDER_REJECTED"), BAD_REQUEST), State.CONFIRMED, State.REJECTED),
    ],
)
async def test_a_refusal_is_read_back(answer: Respond, found: State, not_found: State) -> None:
    async with acting() as (exchange, desk):
        exchange.answer, exchange.act = answer, lambda sent: [booked(sent[0])]
        assert (await added(desk)).state is found
        exchange.act = lambda sent: ()
        assert (await added(desk)).state is not_found


PAGE = b"<html>the gateway says no</html>"
REFUSALS = [
    *("400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found"),
    *("409 Conflict", "413 Content Too Large", "429 Too Many Requests"),
]


@pytest.mark.parametrize("status", [*REFUSALS, "502 Bad Gateway", "503 Service Unavailable"])
@pytest.mark.parametrize("content", [PAGE, b"", b'{"error": "of another program"}'])
async def test_a_page_of_a_gateway_is_no_answer_of_the_exchange(status: str, content: bytes) -> None:
    async with acting(poll_seconds=0.5) as (exchange, desk):
        exchange.answer = reply(content, status, "text/html")
        ticket = await desk.desk.submit(an_add(ENTRY))
        assert ticket.lines[0].state is State.UNKNOWN
        assert (await desk.reconcile(ticket)).lines[0].state is State.NOT_FOUND
        assert not desk.desk.view.key_may_not_trade
        exchange.canned.orders = [booked(json.loads(exchange.writes[0].body)[0])]
        await until(desk, ticket, State.CONFIRMED)
        assert len(exchange.writes) == 1


@pytest.mark.parametrize("status", [*REFUSALS])
async def test_an_error_of_the_exchange_itself_is_its_no(status: str) -> None:
    async with acting() as (exchange, desk):
        exchange.answer = reply(failure("no"), status)
        assert (await added(desk)).state is State.REJECTED


@pytest.mark.parametrize("action", [Action.MODIFY, Action.DELETE])
async def test_a_page_does_not_refuse_a_change(action: Action) -> None:
    async with acting(a_wire_order("1")) as (exchange, desk):
        exchange.answer = reply(PAGE, "413 Content Too Large", "text/html")
        changes = {"price": Decimal(46)} if action is Action.MODIFY else {}
        assert (await changed(desk, action, **changes)).state is State.NOT_FOUND
        assert len(exchange.writes) == 1


async def test_a_live_order_in_an_answer_that_names_an_error() -> None:
    async with acting() as (exchange, desk):
        exchange.act = lambda sent: [booked(sent[0], error_message="odd")]
        assert (await added(desk)).state is State.CONFIRMED


async def test_an_order_that_appears_late_corrects_the_verdict_loudly() -> None:
    async with acting(poll_seconds=0.5) as (exchange, desk):
        exchange.answer = drop
        ticket = await desk.reconcile(await desk.desk.submit(an_add(ENTRY)))
        assert ticket.lines[0].state is State.NOT_FOUND
        exchange.canned.orders = [booked(json.loads(exchange.writes[0].body)[0])]
        await until(desk, ticket, State.CONFIRMED)
        assert len(exchange.writes) == 1


@pytest.mark.parametrize("answer", [drop, reply(failure("no", "PX_ORDER_REJECTED"), BAD_REQUEST)])
async def test_an_order_that_appears_after_many_other_tickets_corrects_the_verdict(answer: Respond) -> None:
    async with acting(poll_seconds=0.5) as (exchange, desk):
        exchange.answer = answer
        ticket = await desk.reconcile(await desk.desk.submit(an_add(ENTRY)))
        assert ticket.lines[0].verdict.state in (State.NOT_FOUND, State.REJECTED)
        await enter_many(exchange, desk)
        exchange.canned.orders += [booked(json.loads(exchange.writes[0].body)[0])]
        await until(desk, ticket, State.CONFIRMED)


async def test_a_ticket_that_was_not_found_is_forgotten_once_its_order_can_not_appear_any_more() -> None:
    async with acting() as (exchange, desk):
        exchange.answer = drop
        ticket = await desk.reconcile(await desk.desk.submit(an_add(ENTRY)))
        await asyncio.sleep(RECENT.total_seconds())
        await enter_many(exchange, desk)
        assert ticket.token not in [each.token for each in desk.desk.view.tickets]
        assert len(desk.desk.view.tickets) == MAX_RECENT_TICKETS


async def enter_many(exchange: Acting, desk: TradingDesk) -> None:
    """Send as many tickets as a desk keeps, and see each of them done."""
    exchange.answer = None
    for number in range(MAX_RECENT_TICKETS):
        exchange.act = lambda sent, order_id=str(100 + number): [booked(sent[0], order_id)]  # type: ignore[misc]
        assert (await added(desk)).is_done


@pytest.mark.parametrize("after_s", [1, 130, 540])
@pytest.mark.parametrize("answer", [drop, reply(failure("no", "PX_ORDER_REJECTED"), BAD_REQUEST)])
async def test_an_order_that_appears_after_its_program_has_ended_corrects_the_verdict(
    answer: Respond, after_s: float
) -> None:
    async with acting() as (exchange, _):
        exchange.answer = answer
        async with trading(exchange.canned.base_url, "a-key") as desk:
            ticket = await desk.reconcile(await desk.desk.submit(an_add(ENTRY)))
            assert ticket.lines[0].state in (State.NOT_FOUND, State.REJECTED)
        await asyncio.sleep(after_s)
        exchange.canned.orders = [booked(json.loads(exchange.writes[0].body)[0])]
        async with trading(exchange.canned.base_url, "a-key") as later:
            await until(later, ticket, State.CONFIRMED)
            assert later.desk.find_ticket(ticket.token).lines[0].was_left_over


@pytest.mark.parametrize(
    ("answer", "state"),
    [(drop, State.NOT_FOUND), (reply(failure("no", "PX_ORDER_REJECTED"), BAD_REQUEST), State.REJECTED)],
)
async def test_an_order_that_does_not_appear_keeps_its_verdict_in_the_next_program(
    answer: Respond, state: State
) -> None:
    async with acting() as (exchange, _):
        exchange.answer = answer
        async with trading(exchange.canned.base_url, "a-key") as desk:
            ticket = await desk.reconcile(await desk.desk.submit(an_add(ENTRY)))
        await asyncio.sleep(130)
        async with trading(exchange.canned.base_url, "a-key") as later:
            before = later.desk.find_ticket(ticket.token).lines[0]
            assert (before.state, before.reason) == (state, ticket.lines[0].reason)
            await later.read()
            assert later.desk.find_ticket(ticket.token).lines[0] == before
            await later.desk.look_again(ticket.token)
            after = later.desk.find_ticket(ticket.token).lines[0]
            assert (after.state, before.was_read, after.was_read) == (state, False, True)
        await asyncio.sleep(480)
        async with trading(exchange.canned.base_url, "a-key") as later:
            assert later.desk.view.tickets == ()


@pytest.mark.parametrize("state", ["HIBE", "IACT"])
async def test_an_entry_that_was_not_found_is_looked_for_before_the_same_one_is_sent(state: str) -> None:
    async with acting() as (exchange, desk):
        exchange.answer = drop
        ticket = await desk.reconcile(await desk.desk.submit(an_add(ENTRY)))
        late = {"state": state, "action": "UHIB" if state == "HIBE" else "UDEL"}
        exchange.canned.orders = [booked(json.loads(exchange.writes[0].body)[0], **late)]
        await await_earlier(desk.desk, [ticket.token])
        assert desk.desk.find_ticket(ticket.token).lines[0].state is State.DIFFERENT


async def test_an_order_that_appears_late_without_its_token_opens_the_line_again() -> None:
    async with acting(poll_seconds=0.5) as (exchange, desk):
        exchange.answer = drop
        ticket = await desk.reconcile(await desk.desk.submit(an_add(ENTRY)))
        assert ticket.lines[0].state is State.NOT_FOUND
        exchange.canned.orders = [cut(json.loads(exchange.writes[0].body)[0])]
        await until(desk, ticket, State.UNKNOWN, "order 7 looks like it")


@pytest.mark.parametrize(
    ("answer", "state"),
    [(drop, State.NOT_FOUND), (reply(failure("no", "PX_ORDER_REJECTED"), BAD_REQUEST), State.REJECTED)],
)
async def test_an_entry_that_is_sent_again_does_not_open_the_first_one(answer: Respond, state: State) -> None:
    async with acting(poll_seconds=0.5) as (exchange, desk):
        exchange.answer = answer
        first = await desk.reconcile(await desk.desk.submit(an_add(ENTRY)))
        assert first.lines[0].state is state
        exchange.act, exchange.answer = lambda sent: [cut(sent[0])], None
        again = await desk.desk.submit(an_add(ENTRY))
        await until(desk, again, State.CONFIRMED)
        assert desk.desk.find_ticket(first.token).lines[0].state is state


def cut(sent: dict[str, Any]) -> WireOrder:
    """The order that an entry makes where texts end before the token."""
    return {**booked(sent), "txt": sent["txt"].partition("#")[0]}


async def until(desk: TradingDesk, ticket: Ticket, state: State, reason: str = "") -> None:
    """Wait until a verdict is reached, with these words in its reason, and the desk shows an order."""

    def is_reached() -> bool:
        line = desk.desk.find_ticket(ticket.token).lines[0]
        return line.state is state and reason in line.reason and bool(desk.desk.view.blotter.active)

    async with asyncio.timeout(30):
        while not is_reached():  # noqa: ASYNC110 - any later read
            await asyncio.sleep(0.02)


async def left_and_read_again(exchange: Acting, action: Action = Action.ADD, **changes: Any) -> TicketLine:
    """Send while no read is answered, end the program, and return what the next one makes of it."""
    held, before = Held(exchange), exchange.canned.trouble
    async with trading(exchange.canned.base_url, "a-key") as desk:
        exchange.canned.trouble = held
        ticket = an_add(ENTRY)
        if action is not Action.ADD:
            change = OrderModify(action=ACTION_CODES[action], **changes)
            ticket = a_ticket(action, change_line(desk.find("1"), change))
        assert (await desk.desk.submit(ticket)).is_open
    held.may_read, exchange.canned.trouble = True, before
    async with trading(exchange.canned.base_url, "a-key") as later:
        [line] = (await later.reconcile(ticket)).lines
        assert line.was_left_over
        return line


@pytest.mark.parametrize(("txt", "state"), [("EPEX CLIENT 7", State.DIFFERENT), (None, State.CONFIRMED)])
async def test_an_order_is_found_after_a_crash_by_the_id_that_the_answer_named(txt: str | None, state: State) -> None:
    """The exchange replaces texts, so that no read shows the token."""
    async with acting() as (exchange, _):
        exchange.act = lambda sent: [{**booked(sent[0]), "txt": txt}]
        line = await left_and_read_again(exchange)
        assert (line.state, line.verdict.order_ids) == (state, ("7",))


async def test_an_order_that_the_answer_named_and_no_read_shows_was_accepted() -> None:
    async with acting() as (exchange, _):
        exchange.answer = reply(body(a_wire_order("7", txt="EPEX CLIENT 7")))
        line = await left_and_read_again(exchange)
        assert (line.state, line.reason.partition(",")[0]) == (State.NOT_FOUND, "the server accepted it")


async def test_a_change_is_found_after_a_crash_by_the_new_id_that_the_answer_named() -> None:
    """No read shows what the new order was before."""
    moved = a_wire_order("9", initial_order_id="9", price=46)
    async with acting(a_wire_order("1")) as (exchange, _):
        exchange.act = lambda sent: [gone(a_wire_order("1")), moved]
        exchange.answer = reply(body({**moved, "parent_order_id": "1"}))
        line = await left_and_read_again(exchange, Action.MODIFY, price=Decimal(46))
        assert (line.state, line.verdict.order_ids) == (State.CONFIRMED, ("9",))


async def test_a_fok_that_traded_nothing_says_so() -> None:
    async with acting() as (exchange, desk):
        exchange.act = lambda sent: [booked(sent[0], state="IACT", action="SDEL")]
        fok = {"ordr_exe_restriction": ExecutionRestriction.FOK, "validity_res": ValidityRestriction.NON}
        line = await added(desk, **fok)
        assert (line.state, line.is_done) == (State.NOT_FILLED, False)


async def test_an_entry_by_name_is_looked_up_by_the_id_in_its_answer() -> None:
    """The server wants contracts or ids on a look-up of orders that are not active (API 2.34)."""
    async with acting() as (exchange, desk):
        filled: dict[str, Any] = {"state": "IACT", "action": "FEXE", "quantity": 0, "initial_quantity": 5}
        exchange.act = lambda sent: [booked(sent[0], **filled)]
        name = "20261122 15:00-20261122 16:00"
        line = await added(desk, contract_id=None, contract_name=name)
        assert (line.state, line.verdict.traded_mw) == (State.FILLED, Decimal(5))


# ---------------------------------------------------------------- changes


async def test_a_change_that_is_booked_otherwise_is_different() -> None:
    async with acting(a_wire_order("1")) as (exchange, desk):
        exchange.act = lambda sent: [a_wire_order("1", revision_no=2, action="UMOD", price=64)]
        line = await changed(desk, price=Decimal(46))
        assert (line.state, line.reason) == (State.DIFFERENT, "price 64.00, wanted 46.00")


async def test_a_new_id_that_names_its_parent_only() -> None:
    async with acting(a_wire_order("1")) as (exchange, desk):
        exchange.act = lambda sent: [
            a_wire_order("1", revision_no=2, state="IACT", action="UDEL"),
            a_wire_order("9", initial_order_id=None, parent_order_id="1", price=46),
        ]
        line = await changed(desk, price=Decimal(46))
        assert (line.state, line.verdict.order_ids) == (State.CONFIRMED, ("9",))


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error"])
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
async def test_an_error_after_the_list_acted_is_not_sent_again(status: str, content_type: str) -> None:
    async with acting(a_wire_order("1")) as (exchange, desk):
        exchange.answer = reply(b"<html>", status, content_type)
        exchange.act = lambda sent: [a_wire_order("1", revision_no=2, action="UMOD", price=46)]
        assert (await changed(desk, price=Decimal(46))).state is State.CONFIRMED
        assert [request.target.split("/v2/api")[1].partition("?")[0] for request in exchange.writes] == ["/orders/list"]


async def test_a_change_that_fills_in_part_before_it_is_read_is_our_own() -> None:
    """The answer is lost, and the history can't be read."""
    async with acting(a_wire_order("1")) as (exchange, desk):
        exchange.answer = drop
        exchange.act = lambda sent: [a_wire_order("1", revision_no=3, action="PEXE", quantity=7)]
        line = await changed(desk, quantity=Decimal(8))
        assert (line.state, line.verdict.traded_mw, line.is_done) == (State.PART_FILLED, None, False)


# ---------------------------------------------------------------- withdrawals


async def test_a_delete_that_lost_to_a_fill() -> None:
    async with acting(a_wire_order("1")) as (exchange, desk):
        exchange.act = lambda sent: [a_wire_order("1", revision_no=2, state="IACT", action="FEXE", quantity=0)]
        line = await changed(desk, Action.DELETE)
        assert (line.state, line.verdict.traded_mw, line.is_done) == (State.FILLED, Decimal(5), False)


@pytest.mark.parametrize("action", [Action.DEACTIVATE, Action.DELETE])
async def test_a_withdrawal_that_did_nothing_is_corrected_when_the_order_is_listed_again(action: Action) -> None:
    """The answer says that the order is out, and for a while no read shows it in any state."""
    order, state = a_wire_order("1"), "HIBE" if action is Action.DEACTIVATE else "IACT"
    async with acting(order, poll_seconds=0.5) as (exchange, desk):

        def hide(_sent: list[Any]) -> Sequence[WireOrder]:
            exchange.canned.orders = []
            return ()

        exchange.act = hide
        exchange.answer = reply(body({**order, "state": state, "action": "UHIB", "revision_no": 2}))
        ticket = await desk.reconcile(await desk.change(desk.find("1"), action=action))
        assert (ticket.lines[0].state, ticket.lines[0].reason) == (
            State.CONFIRMED,
            "it is not among the active orders any more",
        )
        exchange.canned.orders = [order]
        await until(desk, ticket, State.DIFFERENT)


async def test_a_withdrawal_is_corrected_by_a_list_that_never_lacked_the_order() -> None:
    """Other reads lacked it for a while, so that its row is as it was before."""
    order = a_wire_order("1")
    async with acting(order) as (exchange, desk):
        exchange.answer = reply(body({**order, "state": "IACT", "action": "UDEL", "revision_no": 2}))
        ticket = await desk.change(desk.find("1"), action=Action.DELETE)
        await desk.read()
        exchange.canned.orders = []
        ticket = await desk.reconcile(ticket)
        assert (ticket.lines[0].state, ticket.lines[0].reason) == (
            State.CONFIRMED,
            "it is not among the active orders any more",
        )
        exchange.canned.orders = [order]
        await desk.read()
        await until(desk, ticket, State.DIFFERENT)


async def test_two_live_orders_of_one_chain_are_each_seen_out() -> None:
    one, two = a_wire_order("5", initial_order_id="1"), a_wire_order("6", initial_order_id="1")
    async with acting(one, two) as (exchange, desk):
        exchange.act = lambda sent: [{**one, "revision_no": 2, "state": "IACT", "action": "UDEL"}]
        ticket = await desk.change(desk.find("5"), desk.find("6"), action=Action.DELETE)
        ticket = await desk.reconcile(ticket)
        assert [line.state for line in ticket.lines] == [State.CONFIRMED, State.DIFFERENT]


async def test_orders_that_share_a_first_id_are_changed_together() -> None:
    one, two = a_wire_order("5", initial_order_id="1"), a_wire_order("6", initial_order_id="1")
    async with acting(one, two) as (exchange, desk):
        exchange.act = lambda sent: [{**order, "revision_no": 2, "action": "UMOD", "price": 46} for order in (one, two)]
        ticket = await desk.change(desk.find("5"), desk.find("6"), price=Decimal(46))
        ticket = await desk.reconcile(ticket)
        assert [(line.state, line.verdict.order_ids) for line in ticket.lines] == [
            (State.CONFIRMED, ("5",)),
            (State.CONFIRMED, ("6",)),
        ]


async def test_orders_that_share_a_first_id_get_their_next_ids_together() -> None:
    one, two = a_wire_order("5", initial_order_id="1"), a_wire_order("6", initial_order_id="1")
    async with acting(one, two) as (exchange, desk):
        ended = [{**order, "revision_no": 2, "state": "IACT", "action": "UDEL"} for order in (one, two)]
        seven, eight = (
            a_wire_order(order_id, initial_order_id="1", parent_order_id=parent, price=46)
            for order_id, parent in (("7", "5"), ("8", "6"))
        )
        exchange.act = lambda sent: [*ended, seven, eight]
        exchange.answer = reply(body(seven, eight))
        ticket = await desk.change(desk.find("5"), desk.find("6"), price=Decimal(46))
        ticket = await desk.reconcile(ticket)
        assert [(line.state, line.verdict.order_ids) for line in ticket.lines] == [
            (State.CONFIRMED, ("7",)),
            (State.CONFIRMED, ("8",)),
        ]


async def test_an_order_beside_one_of_which_only_the_id_was_known_is_another_one() -> None:
    one, two = a_wire_order("5", initial_order_id="1"), a_wire_order("6", initial_order_id="1")
    async with acting(one, two) as (exchange, desk):
        exchange.act = lambda sent: [{**one, "revision_no": 2, "state": "IACT", "action": "UDEL"}]
        ticket = await desk.desk.submit(a_ticket(Action.DELETE, withdrawal_line("5", Action.DELETE)))
        [line] = (await desk.reconcile(ticket)).lines
        assert (line.state, line.verdict.order_ids) == (State.CONFIRMED, ("5",))


async def test_after_a_restart_an_order_with_the_same_first_id_is_another_one() -> None:
    one, two = a_wire_order("5", initial_order_id="1"), a_wire_order("6", initial_order_id="1")
    with canned_exchange(one, two) as canned:
        exchange = Acting(canned)
        canned.trouble = exchange.respond
        exchange.act = lambda sent: [{**one, "revision_no": 2, "action": "UMOD", "price": 46}, two]
        exchange.answer = drop
        async with trading(canned.base_url, "a-key") as desk:
            sent = await desk.change(desk.find("5"), price=Decimal(46))
            assert sent.lines[0].state is State.UNKNOWN
        async with trading(canned.base_url, "a-key") as later:
            ticket = await later.desk.reconciled(sent.token)
    assert (ticket.lines[0].state, ticket.lines[0].verdict.order_ids) == (State.CONFIRMED, ("5",))


async def test_an_order_of_which_only_the_id_was_known_is_followed_by_its_first_id() -> None:
    five, nine = (a_wire_order(order_id, initial_order_id="1") for order_id in ("5", "9"))
    async with acting(nine) as (exchange, desk):
        exchange.act = lambda sent: [{**five, "revision_no": 2, "state": "IACT", "action": "UDEL"}]
        exchange.answer = reply(failure("no"), BAD_REQUEST)
        ticket = await desk.desk.submit(a_ticket(Action.DELETE, withdrawal_line("5", Action.DELETE)))
        [line] = (await desk.reconcile(ticket)).lines
        assert (line.state, line.verdict.order_ids) == (State.REJECTED, ("9",))


async def test_a_list_that_is_too_long_is_split() -> None:
    orders = [a_wire_order(str(number)) for number in range(30)]
    async with acting(*orders) as (exchange, desk):

        def act(sent: list[Any]) -> Sequence[WireOrder]:
            if len(sent) > 20:
                exchange.answer = reply(failure("too many orders"), BAD_REQUEST)
                return ()
            exchange.answer = None
            return [a_wire_order(item["order_id"], revision_no=2, state="IACT", action="UDEL") for item in sent]

        exchange.act = act
        ticket = await desk.change(*(desk.find(str(number)) for number in range(30)), action=Action.DELETE)
        ticket = await desk.reconcile(ticket)
        assert {line.state for line in ticket.lines} == {State.CONFIRMED}
        assert [len(json.loads(request.body)) for request in exchange.writes] == [30, 15, 15]


async def test_an_order_that_keeps_filling_can_be_deleted() -> None:
    async with acting(a_wire_order("1")) as (exchange, desk):
        base = desk.find("1")
        exchange.canned.orders = [a_wire_order("1", revision_no=9, action="PEXE", quantity=2)]

        def act(sent: list[Any]) -> Sequence[WireOrder]:
            return [a_wire_order("1", revision_no=10, state="IACT", action="UDEL", quantity=2)]

        exchange.act = act
        ticket = await desk.reconcile(await desk.change(base, action=Action.DELETE))
        assert ticket.lines[0].state is State.CONFIRMED
        assert b"revision_no" not in exchange.writes[0].body


async def test_a_withdrawal_waits_for_the_change_before_it_and_follows_its_new_id() -> None:
    async with acting(a_wire_order("1")) as (exchange, desk):
        base, moved, is_free = desk.find("1"), a_wire_order("9", parent_order_id="1", price=46), asyncio.Event()
        old = a_wire_order("1", revision_no=2, state="IACT", action="UDEL")

        async def slow(request: RawRequest, writer: asyncio.StreamWriter) -> None:
            while not is_free.is_set():  # noqa: ASYNC110 - set on another loop
                await asyncio.sleep(0.02)
            await reply(body(old, moved))(request, writer)

        exchange.act, exchange.answer = lambda sent: [old, {**moved, "initial_order_id": "1"}], slow
        editing = asyncio.create_task(desk.change(base, price=Decimal(46)))
        async with asyncio.timeout(30):
            while not exchange.writes:  # noqa: ASYNC110 - on another loop
                await asyncio.sleep(0.02)
        deleting = asyncio.create_task(desk.change(base, action=Action.DELETE))
        async with asyncio.timeout(30):
            while desk.desk.view.tickets[-1].lines[0].state is not State.WAITING:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        exchange.act = lambda sent: [{**moved, "revision_no": 2, "state": "IACT", "action": "UDEL"}]
        is_free.set()
        await editing
        exchange.answer = None
        ticket = await desk.reconcile(await deleting)
        assert ticket.lines[0].state is State.CONFIRMED
        assert json.loads(exchange.writes[1].body)[0]["order_id"] == "9"


@dataclass
class Held:
    """Holds the reads of an exchange until `may_read` is set; `lags` lets the list stay as it was at the start."""

    exchange: Acting
    may_read: bool = False
    lags: bool = False

    async def __call__(self, request: RawRequest, writer: asyncio.StreamWriter) -> None:
        while request.method == "GET" and not (self.may_read or self.lags):  # noqa: ASYNC110 - set by the test
            await asyncio.sleep(0.02)
        if request.method == "GET" and self.lags:
            await reply(body(a_wire_order("1", initial_order_id="1")))(request, writer)
        else:
            await self.exchange.respond(request, writer)


def named(request: RawRequest) -> list[str]:
    """The ids that a write names."""
    return [item["order_id"] for item in json.loads(request.body)]


def gone(order: WireOrder) -> WireOrder:
    return {**order, "revision_no": order["revision_no"] + 1, "state": "IACT", "action": "UDEL"}


FIRST = a_wire_order("1", initial_order_id="1")
MOVED = a_wire_order("9", parent_order_id="1", initial_order_id="1", price=46)
MOVED_ON = a_wire_order("12", parent_order_id="9", initial_order_id="1", price=44)
FAILED = {**MOVED, "state": None, "errors": [{"code": "PX_X", "message": "no"}]}


@pytest.mark.parametrize("action", [Action.DELETE, Action.DEACTIVATE])
@pytest.mark.parametrize(
    ("answers", "ids"),
    [
        ([gone(FIRST), MOVED], ["9", "2"]),
        ([MOVED, gone(FIRST)], ["9", "2"]),
        ([gone(MOVED), MOVED_ON], ["1", "2"]),  # nobody says that 1 became 9
        ([{**FIRST, "price": 46, "revision_no": 2}, MOVED], ["1", "2"]),
        ([FAILED], ["1", "2"]),
        ([], ["1", "2"]),
    ],
)
async def test_a_withdrawal_follows_an_id_that_only_an_answer_has_shown(
    action: Action, answers: list[WireOrder], ids: list[str]
) -> None:
    async with acting(FIRST, a_wire_order("2")) as (exchange, desk):
        base, other, held = desk.find("1"), desk.find("2"), Held(exchange)
        exchange.canned.trouble = held
        exchange.act = lambda sent: answers
        await desk.change(base, price=Decimal(46))
        await desk.change(base, other, action=action)
        assert named(exchange.writes[1]) == ids
        held.may_read = True


async def test_a_withdrawal_follows_an_id_that_the_list_shows_late() -> None:
    async with acting(FIRST) as (exchange, desk):
        base = desk.find("1")
        exchange.canned.trouble = Held(exchange, lags=True)
        exchange.act = lambda sent: [MOVED]
        await desk.change(base, price=Decimal(46))
        await desk.read()
        await desk.change(base, action=Action.DELETE)
        assert named(exchange.writes[1]) == ["9"]


@pytest.mark.parametrize(
    ("listed", "revision_no", "named_id"),
    [
        ([MOVED], None, "9"),
        ([MOVED], 1, "1"),  # it was to be sent for that revision only
        ([MOVED_ON], None, "1"),  # the list does not show that 12 was 1
        ([gone(FIRST), MOVED], None, "9"),
        ([FIRST, MOVED], None, "1"),
    ],
)
async def test_a_withdrawal_follows_an_id_that_the_trader_has_not_seen(
    listed: list[WireOrder], revision_no: int | None, named_id: str
) -> None:
    """The list was read after the prompt was opened."""
    async with acting(FIRST) as (exchange, desk):
        base = desk.find("1")
        exchange.canned.orders = listed
        await desk.read()
        change = OrderModify(action=ModifyAction.DELE)
        line = change_line(base, change, revision_no=revision_no)
        await desk.desk.submit(a_ticket(Action.DELETE, line))
        assert named(exchange.writes[0]) == [named_id]


@pytest.mark.parametrize("chosen", ["1", "9"])
async def test_a_withdrawal_never_goes_to_another_order_of_the_chain(chosen: str) -> None:
    """Both orders were live; the chosen one was filled while its prompt was open."""
    orders = {"1": FIRST, "9": MOVED}
    async with acting(*orders.values()) as (exchange, desk):
        base = desk.find(chosen)
        filled = {**orders[chosen], "revision_no": 2, "state": "IACT", "action": "FEXE", "quantity": 0}
        exchange.canned.orders = [filled, *(order for number, order in orders.items() if number != chosen)]
        await desk.read()
        await desk.change(base, action=Action.DELETE)
        assert [named(write) for write in exchange.writes] in ([], [[chosen]])


async def test_a_batch_of_two_orders_of_one_chain_names_each_of_them() -> None:
    async with acting(FIRST, MOVED) as (exchange, desk):
        one, nine, held = desk.find("1"), desk.find("9"), Held(exchange)
        exchange.canned.trouble = held
        moved = a_wire_order("12", parent_order_id="1", initial_order_id="1", price=44)
        exchange.act = lambda sent: [gone(FIRST), moved, {**MOVED, "price": 44, "revision_no": 2}]
        await desk.change(one, nine, price=Decimal(44))
        await desk.change(one, nine, action=Action.DELETE)
        assert named(exchange.writes[1]) == ["12", "9"]
        held.may_read = True


async def test_a_ticket_by_id_alone_is_sent() -> None:
    async with acting() as (exchange, desk):
        gone = a_wire_order("a,b", state="IACT", action="UDEL")
        exchange.act = lambda sent: [gone]
        ticket = await desk.desk.submit(a_ticket(Action.DELETE, withdrawal_line("a,b", Action.DELETE)))
        ticket = await desk.reconcile(ticket)
        assert ticket.lines[0].state is State.CONFIRMED


# ---------------------------------------------------------------- a server without the call for lists


NO_SUCH_CALL = b'{"message": "no such call"}'


def targets(exchange: Acting) -> list[str]:
    return [request.target.split("/v2/api")[1].partition("?")[0] for request in exchange.writes]


@asynccontextmanager
async def without_list_call(
    answer: Respond, to_an_empty_list: Respond | None = None
) -> AsyncIterator[tuple[Acting, TradingDesk]]:
    """A server that answers a list this way, and takes single changes."""
    async with acting(a_wire_order("1")) as (exchange, desk):

        async def respond(request: RawRequest, writer: asyncio.StreamWriter) -> None:
            if "/orders/list" not in request.target:
                await exchange.respond(request, writer)
                return
            exchange.writes.append(request)
            is_empty = json.loads(request.body) == []
            await (to_an_empty_list if is_empty and to_an_empty_list else answer)(request, writer)

        def act(sent: list[Any]) -> Sequence[WireOrder]:
            gone = {"state": "IACT", "action": "UDEL"} if sent[0]["action"] == "DELE" else {"action": "UMOD"}
            return [a_wire_order("1", revision_no=2, price=sent[0].get("price", 45.1), **gone)]

        exchange.act = act
        reads = exchange.canned.trouble

        async def route(request: RawRequest, writer: asyncio.StreamWriter) -> None:
            assert reads is not None
            await (reads if request.method == "GET" else respond)(request, writer)

        exchange.canned.trouble = route
        yield exchange, desk


async def test_a_404_is_proved_by_an_empty_list_before_the_next_change() -> None:
    async with without_list_call(reply(NO_SUCH_CALL, "404 Not Found")) as (exchange, desk):
        line = await changed(desk, price=Decimal(46))
        assert line.state is State.REJECTED
        assert "set single_order_endpoint in the profile" in line.reason
        assert targets(exchange) == ["/orders/list"]
        assert (await changed(desk, price=Decimal(47))).state is State.CONFIRMED
        assert targets(exchange)[1:] == ["/orders/list", "/order/1/1"]
        assert exchange.writes[1].body == b"[]"
        await changed(desk, price=Decimal(48))
        assert targets(exchange)[3:] == ["/order/1/2"]


async def test_nothing_leaves_to_prove_a_404_while_no_request_can_be_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    async with without_list_call(reply(NO_SUCH_CALL, "404 Not Found")) as (exchange, desk):
        await changed(desk, price=Decimal(46))
        with monkeypatch.context() as torn:
            torn.setattr("os.write", all_but_requests)
            assert (await changed(desk, price=Decimal(47))).state is State.NOT_SENT
        assert targets(exchange) == ["/orders/list"]
        assert (await changed(desk, price=Decimal(48))).state is State.CONFIRMED
        assert targets(exchange)[1:] == ["/orders/list", "/order/1/1"]


async def test_a_withdrawal_proves_it_at_once() -> None:
    async with without_list_call(reply(NO_SUCH_CALL, "404 Not Found")) as (exchange, desk):
        assert (await changed(desk, Action.DELETE)).state is State.CONFIRMED
        assert targets(exchange) == ["/orders/list", "/orders/list", "/order/1/1"]
        assert exchange.writes[1].body == b"[]"


@pytest.mark.parametrize(
    ("answer", "to_an_empty_list"),
    [
        (reply(b"<html>not here</html>", "404 Not Found", "text/html"), None),
        (reply(b"", "404 Not Found"), None),
        (reply(NO_SUCH_CALL, "404 Not Found"), reply(b"[]")),
        (reply(NO_SUCH_CALL, "404 Not Found"), reply(b'{"message": "the list is empty"}', "400 Bad Request")),
        (reply(NO_SUCH_CALL, "404 Not Found"), reply(b'{"message": "another reason"}', "404 Not Found")),
        (reply(NO_SUCH_CALL, "404 Not Found"), reply(b"<html>no such call</html>", "404 Not Found", "text/html")),
        (reply(NO_SUCH_CALL, "404 Not Found"), drop),
    ],
)
@pytest.mark.parametrize("action", [Action.MODIFY, Action.DELETE])
async def test_a_404_that_is_not_proved_leads_to_no_other_call(
    answer: Respond, to_an_empty_list: Respond | None, action: Action
) -> None:
    async with without_list_call(answer, to_an_empty_list) as (exchange, desk):
        changes = {"price": Decimal(46)} if action is Action.MODIFY else {}
        for _ in range(2):
            await changed(desk, action, **changes)
        assert set(targets(exchange)) == {"/orders/list"}
        assert sum(request.body != b"[]" for request in exchange.writes) == 2


@pytest.mark.parametrize("content", [PAGE, b""])
async def test_a_405_of_a_gateway_sends_no_change_again(content: bytes) -> None:
    async with acting(a_wire_order("1")) as (exchange, desk):
        exchange.answer = reply(content, "405 Method Not Allowed", "text/html")
        exchange.act = lambda sent: [a_wire_order("1", price=46, revision_no=2, action="UMOD")]
        assert (await changed(desk, price=Decimal(46))).state is State.CONFIRMED
        exchange.act = lambda sent: []
        line = await changed(desk, price=Decimal(47))
        assert (line.state, "single_order_endpoint" in line.reason) == (State.NOT_FOUND, True)
        assert targets(exchange) == ["/orders/list"] * 2


async def test_a_withdrawal_goes_on_after_a_405_of_a_gateway() -> None:
    async with acting(a_wire_order("1"), a_wire_order("2")) as (exchange, desk):
        exchange.answer = reply(PAGE, "405 Method Not Allowed", "text/html")
        await desk.change(desk.find("1"), desk.find("2"), action=Action.DELETE)
        assert targets(exchange) == ["/orders/list", "/order/1/1", "/order/2/1"]
        await desk.change(desk.find("1"), action=Action.DEACTIVATE)
        assert targets(exchange)[3] == "/orders/list"

"""New orders that were sent before: recognised by their terms, whatever position they expect, whoever sent them."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.codes import OrderSide
from pbtui.api.requests import OrderEntry
from pbtui.api.structs import replace
from pbtui.desk.journal.writer import journal_files
from pbtui.desk.storage.places import owner_of
from pbtui.desk.tickets.duplicates import duplicate_warnings
from pbtui.desk.tickets.evidence import AnyOrder
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, entry_line, new_token
from tests.desk.tickets.test_executor import TradingDesk, an_add, trading
from tests.desk.tickets.test_odd_servers import BAD_REQUEST, ENTRY, acting, added, booked, failure
from tests.desk.tickets.test_verdict import unreadable
from tests.orders import an_order
from tests.raw_server import RawRequest, Respond, drop, reply


def a_ticket(state: State = State.SENDING, *, minutes_ago: int = 0, **fields: Any) -> Ticket:
    terms = {"portfolio_id": "P1", "side": OrderSide.BUY, "quantity": Decimal(5), "price": Decimal(45), "txt": "hedge"}
    line = entry_line(OrderEntry.model_validate({**terms, **fields}), new_token())
    age = timedelta(minutes=minutes_ago)
    lines, made_s = (replace(line, verdict=Verdict(state)),), steady_s() - age.total_seconds()
    return Ticket(new_token(), Action.ADD, lines, utc_now() - age, made_s=made_s)


@pytest.mark.parametrize(
    ("earlier", "is_named"),
    [
        (a_ticket(State.UNKNOWN), True),
        (a_ticket(State.UNKNOWN, expected_net_pos=Decimal(3)), True),
        (a_ticket(State.CONFIRMED, expected_abs_pos=Decimal(3)), True),
        (a_ticket(State.UNKNOWN, price=Decimal(46)), False),
        (a_ticket(State.UNKNOWN, minutes_ago=11), False),
        (a_ticket(State.REJECTED), False),
        (a_ticket(State.NOT_FILLED), False),
        (a_ticket(State.CONFLICT, expected_net_pos=Decimal(3)), False),
    ],
)
def test_an_order_that_may_be_there_already_is_named(earlier: Ticket, is_named: bool) -> None:
    warnings = duplicate_warnings(a_ticket(expected_net_pos=Decimal(5)), [earlier])
    assert [earlier.token in warning for warning in warnings] == ([True] if is_named else [])


FILLED: dict[str, Any] = {"state": "IACT", "action": "FEXE", "quantity": 0}
PART: dict[str, Any] = {"quantity": 2, "action": "PEXE"}
DELETED = {"state": "IACT", "action": "UDEL"}


@pytest.mark.parametrize(
    ("state", "ids", "shown", "known"),
    [
        (State.CONFIRMED, ("7",), [], "CONFIRMED, order 7."),
        (State.NOT_FOUND, (), [], "NOT FOUND."),
        (State.NOT_FOUND, (), [{}], "NOT FOUND, order 8 is listed with 5.0 MW open."),
        (State.SENDING, (), [{}], "SENDING, order 8 is listed with 5.0 MW open."),
        (
            State.CONFIRMED,
            ("8",),
            [{"quantity": 2, "action": "PEXE"}],
            "CONFIRMED, order 8 is listed with 2.0 MW open.",
        ),
        (State.CONFIRMED, ("8",), [{"state": "HIBE"}], "CONFIRMED, order 8 is listed with 5.0 MW open."),
        (State.CONFIRMED, ("8",), [FILLED], "CONFIRMED, order 8 has ended since: filled by the market (FEXE)."),
        (State.CONFIRMED, ("8",), [DELETED], "CONFIRMED, order 8 has ended since: deleted by user (UDEL)."),
        (State.CONFIRMED, ("8",), [{**FILLED, "txt": ""}], "CONFIRMED, order 8 has ended since: filled by the market"),
        (
            *(State.CONFIRMED, ("8",), [DELETED, {"order_id": "9", "parent_order_id": "8", "txt": ""}]),
            "CONFIRMED, order 9 is listed with 5.0 MW open.",
        ),
        (
            *(State.CONFIRMED, ("8",), [DELETED, {**FILLED, "order_id": "9", "parent_order_id": "8", "txt": ""}]),
            "CONFIRMED, order 9 has ended since: filled by the market (FEXE).",
        ),
        (
            *(State.CONFIRMED, ("8",), [DELETED, {**FILLED, "order_id": "9", "initial_order_id": "8", "txt": ""}]),
            "CONFIRMED, order 9 has ended since: filled by the market (FEXE).",
        ),
        (
            *(State.TWICE, ("8", "9"), [{}, {"order_id": "9", "quantity": 3}]),
            "TWICE, orders 8, 9 are listed with 5.0 MW, 3.0 MW open.",
        ),
    ],
)
def test_what_is_known_of_it_is_said(
    state: State, ids: tuple[str, ...], shown: list[dict[str, Any]], known: str
) -> None:
    ticket = a_ticket()
    [line] = ticket.lines
    earlier = ticket.with_lines([replace(line, verdict=Verdict(state, order_ids=ids))])
    orders = [an_order(**{"order_id": "8", "txt": line.request.wire()["txt"], **fields}) for fields in shown]
    [warning] = duplicate_warnings(a_ticket(), [earlier], orders)
    assert f"(ticket {earlier.token}): {known}" in warning


def test_an_order_that_cannot_be_read_has_not_ended() -> None:
    earlier = a_ticket()
    text = earlier.lines[0].request.wire()["txt"]
    orders: list[AnyOrder] = [
        an_order("8", txt=text, **DELETED),
        an_order("9", txt=text),
        unreadable(f'{{"order_id": [], "initial_order_id": "8", "txt": "{text}"}}'),
    ]
    [warning] = duplicate_warnings(a_ticket(), [earlier], orders)
    assert f"(ticket {earlier.token}): SENDING, order 8 is shown in a form that can't be read." in warning


def warnings_of(desk: TradingDesk, **fields: Any) -> list[str]:
    """What the preview of an order says of the same one, from behind the ticket."""
    warnings = desk.desk.check(an_add(ENTRY.model_copy(update=fields))).warnings
    return [warning.partition("): ")[2] for warning in warnings if "the same order was sent at" in warning]


async def test_an_order_of_a_program_that_still_waits_for_the_answer_is_named() -> None:
    async with acting() as (exchange, desk):
        answers = asyncio.Event()

        async def hang(request: RawRequest, writer: asyncio.StreamWriter) -> None:
            await answers.wait()
            await drop(request, writer)

        exchange.act, exchange.answer = lambda sent: [booked(sent[0])], hang
        sending = asyncio.create_task(desk.desk.submit(an_add(ENTRY)))
        async with asyncio.timeout(30):
            while not exchange.canned.orders:  # noqa: ASYNC110 - on another loop
                await asyncio.sleep(0.02)
        async with trading(exchange.canned.base_url, "a-key") as other:
            assert warnings_of(other) == ["SENDING, order 7 is listed with 5.0 MW open. Sending it again can double it"]
            assert warnings_of(other, price=Decimal(46)) == []
            answers.set()
            await sending
            await desk.reconcile(desk.desk.view.tickets[0])
            assert warnings_of(other) == [
                "CONFIRMED, order 7 is listed with 5.0 MW open. Sending it again can double it"
            ]


@pytest.mark.parametrize(
    ("answer", "after_s", "warning"),
    [
        (None, 1, ["CONFIRMED, order 7 is listed with 5.0 MW open. Sending it again can double it"]),
        (None, 570, ["CONFIRMED, order 7 is listed with 5.0 MW open. Sending it again can double it"]),
        (None, 610, []),
        (drop, 1, ["UNKNOWN. Sending it again can double it"]),
        (drop, 125, ["NOT FOUND. Sending it again can double it"]),
        (reply(failure("no"), BAD_REQUEST), 1, []),
    ],
)
async def test_an_order_of_a_program_that_has_ended_is_named(
    answer: Respond | None, after_s: float, warning: list[str]
) -> None:
    async with acting() as (exchange, _):
        exchange.answer = answer
        exchange.act = lambda sent: [booked(sent[0])] if answer is None else []
        async with trading(exchange.canned.base_url, "a-key") as desk:
            await added(desk)
        await asyncio.sleep(after_s)
        async with trading(exchange.canned.base_url, "a-key") as later:
            assert warnings_of(later) == warning


async def test_an_order_that_was_filled_since_is_named_as_that() -> None:
    async with acting() as (exchange, desk):
        exchange.act = lambda sent: [booked(sent[0])]
        await added(desk)
        [order] = exchange.canned.orders
        exchange.canned.orders = [{**order, **FILLED, "revision_no": 2}]
        desk.desk.read_now()
        await desk.until(lambda view: view.ended)
        ended = "CONFIRMED, order 7 has ended since: filled by the market (FEXE). Sending it again can double it"
        assert warnings_of(desk) == [ended]


async def test_an_order_whose_next_id_cannot_be_read_has_not_ended() -> None:
    async with acting() as (exchange, desk):
        exchange.act = lambda sent: [booked(sent[0])]
        await added(desk)
        [order] = exchange.canned.orders
        exchange.canned.orders = [{**order, **DELETED, "revision_no": 2}]
        desk.desk.read_now()
        await desk.until(lambda view: view.ended)
        exchange.canned.orders += [{**order, "order_id": [], "initial_order_id": "7"}]
        desk.desk.read_now()
        await desk.until(lambda view: view.blotter.active)
        unread = "CONFIRMED, order 7 is shown in a form that can't be read. Sending it again can double it"
        assert warnings_of(desk) == [unread]


async def test_a_journal_that_cannot_be_read_is_said() -> None:
    async with acting() as (_, desk):
        [file] = journal_files(owner_of(desk.profile))
        file.with_name("0.jsonl").symlink_to("nowhere")
        [warning] = desk.desk.check(an_add(ENTRY)).warnings
        assert warning.startswith("whether another program has sent the same order can't be read: ")

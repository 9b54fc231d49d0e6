"""New orders that were sent before: recognised by their terms, whatever position they expect, whoever sent them."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.clock import utc_now
from pbtui.api.codes import OrderSide
from pbtui.api.requests import OrderEntry
from pbtui.api.structs import replace
from pbtui.desk.journal.writer import journal_files
from pbtui.desk.storage.places import owner_of
from pbtui.desk.tickets.duplicates import duplicate_warnings
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, entry_line, new_token
from tests.desk.tickets.test_executor import TradingDesk, an_add, trading
from tests.desk.tickets.test_odd_servers import BAD_REQUEST, ENTRY, acting, added, booked, failure
from tests.orders import an_order
from tests.raw_server import RawRequest, Respond, drop, reply


def a_ticket(state: State = State.SENDING, *, minutes_ago: int = 0, **fields: Any) -> Ticket:
    terms = {"portfolio_id": "P1", "side": OrderSide.BUY, "quantity": Decimal(5), "price": Decimal(45), "txt": "hedge"}
    line = entry_line(OrderEntry.model_validate({**terms, **fields}), new_token())
    made_at = utc_now() - timedelta(minutes=minutes_ago)
    return Ticket(new_token(), Action.ADD, (replace(line, verdict=Verdict(state)),), made_at)


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


@pytest.mark.parametrize(
    ("state", "ids", "is_listed", "known"),
    [
        (State.CONFIRMED, ("7",), False, "CONFIRMED, order 7."),
        (State.NOT_FOUND, (), False, "NOT FOUND."),
        (State.NOT_FOUND, (), True, "NOT FOUND, order 8 is listed."),
        (State.SENDING, (), True, "SENDING, order 8 is listed."),
    ],
)
def test_what_is_known_of_it_is_said(state: State, ids: tuple[str, ...], is_listed: bool, known: str) -> None:
    ticket = a_ticket()
    [line] = ticket.lines
    earlier = ticket.with_lines([replace(line, verdict=Verdict(state, order_ids=ids))])
    listed = [an_order("8", txt=line.request.wire()["txt"])] if is_listed else []
    [warning] = duplicate_warnings(a_ticket(), [earlier], listed)
    assert f"(ticket {earlier.token}): {known}" in warning


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
            assert warnings_of(other) == ["SENDING, order 7 is listed. Sending it again can double it"]
            assert warnings_of(other, price=Decimal(46)) == []
            answers.set()
            await sending
            await desk.reconcile(desk.desk.view.tickets[0])
            assert warnings_of(other) == ["CONFIRMED, order 7. Sending it again can double it"]


@pytest.mark.parametrize(
    ("answer", "after_s", "warning"),
    [
        (None, 1, ["CONFIRMED, order 7. Sending it again can double it"]),
        (None, 570, ["CONFIRMED, order 7. Sending it again can double it"]),
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


async def test_a_journal_that_cannot_be_read_is_said() -> None:
    async with acting() as (_, desk):
        [file] = journal_files(owner_of(desk.profile))
        file.with_name("0.jsonl").symlink_to("nowhere")
        [warning] = desk.desk.check(an_add(ENTRY)).warnings
        assert warning.startswith("whether another program has sent the same order can't be read: ")

"""Withdrawals reach an order under the id that it has now."""

from datetime import UTC, datetime

import pytest

from pbtui.api.models import Order
from pbtui.api.requests import OrderModify
from pbtui.desk.blotter.link import Link
from pbtui.desk.blotter.orders_view import OrdersView
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.tickets.evidence import Answer
from pbtui.desk.tickets.sending.present_ids import at_present_ids
from pbtui.desk.tickets.ticket import ACTION_CODES, Action, Ticket, TicketLine, change_line
from tests.orders import an_order

SEEN = an_order("1")
SECOND = an_order("2", initial_order_id="1", parent_order_id="1", revision_no=2)
THIRD = an_order("3", initial_order_id="1", parent_order_id="2", revision_no=3)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def withdrawal(base: Order, revision_no: int | None = None) -> TicketLine:
    return change_line(base, OrderModify(action=ACTION_CODES[Action.DELETE]), revision_no=revision_no)


def view_of(*orders: Order) -> OrdersView:
    return OrdersView(Link(2.0, read_s=10.0), Blotter().apply(orders))


def answered(*orders: Order, at_s: float) -> Ticket:
    line = TicketLine("1", withdrawal(SEEN).request, SEEN, (Answer(at_s, orders),))
    return Ticket("token", Action.MODIFY, (line,), NOON)


def id_of(line: TicketLine) -> object:
    return line.request.wire()["order_id"]


@pytest.mark.parametrize(
    ("listed", "tickets", "present"),
    [
        ([SEEN], [], "1"),
        ([SECOND], [], "2"),
        ([SEEN], [answered(SECOND, at_s=11.0)], "2"),
        ([SECOND], [answered(THIRD, at_s=11.0)], "3"),
        ([SECOND], [answered(SECOND, at_s=9.0)], "2"),
        ([an_order("7", parent_order_id="6")], [], "1"),
    ],
)
def test_the_newest_list_and_answer_name_the_id(listed: list[Order], tickets: list[Ticket], present: str) -> None:
    (line,) = at_present_ids([withdrawal(SEEN)], tickets, view_of(*listed))
    assert id_of(line) == present


def test_a_named_revision_stays_as_it_is() -> None:
    (line,) = at_present_ids([withdrawal(SEEN, revision_no=1)], [], view_of(SECOND))
    assert id_of(line) == "1"

"""New orders that were sent before: recognised by their terms, whatever position they expect."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.clock import utc_now
from pbtui.api.codes import OrderSide
from pbtui.api.requests import OrderEntry
from pbtui.api.structs import replace
from pbtui.desk.tickets.duplicates import duplicate_warnings
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, entry_line, new_token


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
        (a_ticket(State.CONFLICT, expected_net_pos=Decimal(3)), False),
    ],
)
def test_an_order_that_may_be_there_already_is_named(earlier: Ticket, is_named: bool) -> None:
    warnings = duplicate_warnings(a_ticket(expected_net_pos=Decimal(5)), [earlier])
    assert [earlier.token in warning for warning in warnings] == ([True] if is_named else [])

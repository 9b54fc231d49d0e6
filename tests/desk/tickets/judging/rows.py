"""Rows of the tables of verdicts: the line, the evidence, and the whole verdict that it allows."""

from decimal import Decimal
from typing import Any

from pbtui.api.models import Order
from pbtui.desk.tickets.evidence import Evidence
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import TicketLine
from tests.desk.tickets.test_verdict import (
    DEACTIVATED,
    REFUSAL,
    SILENCE,
    at,
    unreadable,
)
from tests.orders import an_order

NO_ANSWER, REFUSED = SILENCE.why, REFUSAL.why
Row = tuple[TicketLine, list[Evidence], Verdict]


def found(
    state: State, reason: str = "", order: Order | None = None, *ids: str, mw: Any = None, done: bool = False
) -> Verdict:
    """A verdict; its ids are those of the order, unless they are given."""
    own = () if order is None else (order.order_id or "",)
    return Verdict(state, reason, order, ids or own, None if mw is None else Decimal(mw), done)


ACTIVE, SUCCESSOR = an_order("1"), an_order("9", parent_order_id="1")
BOTH_OUT = (DEACTIVATED, an_order("9", parent_order_id="1", state="HIBE", action="UHIB"))
ODD_ACTIVE, ODD_OUT, ODD_ENDED = (
    unreadable(f'{{"initial_order_id": "1", "state": "{state}"}}') for state in ("ACTI", "HIBE", "IACT")
)
BEFORE = an_order("1", api_timestamp=at(0))

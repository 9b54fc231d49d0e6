"""What an answer says of each order of a ticket: a 200 can hold failures, and not every error is a refusal."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api import errors
from pbtui.api.client import OrdersReply
from pbtui.api.clock import utc_now
from pbtui.api.connection import Answer
from pbtui.api.models import ExecutionRestriction, ModifyAction, OrderEntry, OrderFault, OrderModify, OrderSide
from pbtui.api.snapshot import decode
from pbtui.desk.tickets.outcomes import after_error, after_reply
from pbtui.desk.tickets.ticket import Outcome, TicketLine, change_line, entry_line
from tests.canned import a_wire_order
from tests.orders import an_order

MINE = "hedge pb#AAAAAA"
REVISION, EXPECTED = "PB_ORDER_REVISION_MISMATCH", "PB_ORDER_EXPECTED_VALUE_MISMATCH"
LOST, BROKEN = "PX_COMMUNICATION_ERROR", "PB_INTERNAL_ERROR"


def a_new_order(key: str = "AAAAAA", **fields: Any) -> TicketLine:
    terms = {"portfolio_id": "P1", "side": OrderSide.BUY, "quantity": Decimal(5), "price": Decimal("45.10")}
    return entry_line(OrderEntry.model_validate({**terms, "txt": "hedge", **fields}), key)


def a_change(order_id: str = "1") -> TicketLine:
    return change_line(an_order(order_id), OrderModify(action=ModifyAction.MODI, price=Decimal(46)))


def a_reply(*orders: dict[str, Any]) -> OrdersReply:
    body = json.dumps(orders).encode()
    return OrdersReply(Answer(200, body, utc_now(), 0, 0, None, None, None), decode(body))


def a_fault(code: str | None, message: str = "no") -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message}]}


@pytest.mark.parametrize(
    ("answered", "outcome", "reason"),
    [
        ({}, Outcome.ACCEPTED, ""),
        ({"state": "HIBE", "action": "UHIB"}, Outcome.ACCEPTED, ""),
        ({"state": "ACTI", "action": "PEXE"}, Outcome.ACCEPTED, ""),
        ({"state": "IACT", "action": "FEXE"}, Outcome.ACCEPTED, ""),
        ({"state": "UNKW", "action": "SNAV"}, Outcome.ACCEPTED, ""),
        ({"state": "IACT", "action": "SDEL"}, Outcome.REJECTED, "deleted by system (SDEL)"),
        ({"state": "IACT", "action": "RLVI"}, Outcome.REJECTED, "refused for breaking a limit by PowerBot (RLVI)"),
        ({"state": "IACT", "action": "SERR"}, Outcome.REJECTED, "refused in remote validation by system (SERR)"),
        ({"error_message": "too far"}, Outcome.REJECTED, "too far"),
        ({"error_message": "too far", **a_fault("PX_ORDER_REJECTED", "a \x1b[c")}, Outcome.REJECTED, "a ␛[c"),
        (a_fault(None), Outcome.REJECTED, "no"),
        (a_fault(EXPECTED), Outcome.CONFLICT, "no"),
        (a_fault(LOST), Outcome.UNKNOWN, "no"),
        (a_fault(BROKEN), Outcome.UNKNOWN, "no"),
        ({"txt": "hedge pb#BBBBBB"}, Outcome.ACCEPTED, "the answer does not name this order"),
        ({"txt": "hedge"}, Outcome.ACCEPTED, "the answer does not name this order"),
    ],
)
def test_a_new_order(answered: dict[str, Any], outcome: Outcome, reason: str) -> None:
    counter_order = a_wire_order("9", txt="somebody's", action="FEXE", state="IACT")
    (line,) = after_reply([a_new_order()], a_reply(counter_order, a_wire_order("1", **{"txt": MINE, **answered})))
    assert (line.outcome, line.reason) == (outcome, reason)


@pytest.mark.parametrize("restriction", [ExecutionRestriction.FOK, ExecutionRestriction.IOC])
def test_an_order_that_was_to_end_at_once_and_did_was_accepted(restriction: ExecutionRestriction) -> None:
    answered = a_wire_order("1", txt=MINE, state="IACT", action="SDEL")
    (line,) = after_reply([a_new_order(ordr_exe_restriction=restriction)], a_reply(answered))
    assert line.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("answered", "outcome"),
    [
        ({"order_id": "1", "revision_no": 2}, Outcome.ACCEPTED),
        ({"order_id": "7", "parent_order_id": "1"}, Outcome.ACCEPTED),
        ({"order_id": "7", "initial_order_id": "1"}, Outcome.ACCEPTED),
        ({"order_id": "1", **a_fault(REVISION)}, Outcome.CONFLICT),
        ({"order_id": "1", **a_fault("PX_ORDER_REJECTED")}, Outcome.REJECTED),
        ({"order_id": "1", **a_fault(LOST)}, Outcome.UNKNOWN),
    ],
)
def test_a_change_is_known_by_its_chain_of_ids(answered: dict[str, Any], outcome: Outcome) -> None:
    fields = {"initial_order_id": None, **answered}
    one, other = after_reply([a_change("1"), a_change("2")], a_reply(a_wire_order(**fields)))
    assert (one.outcome, other.outcome) == (outcome, Outcome.ACCEPTED)
    assert one.order is not None
    assert other.reason == "the answer does not name this order"


def test_an_order_that_can_not_be_read_leaves_those_unknown_that_were_not_found() -> None:
    lines = [a_new_order(), a_new_order("BBBBBB")]
    one, two = after_reply(lines, a_reply(a_wire_order("1", txt=MINE), a_wire_order("2", price="45,10")))
    assert (one.outcome, two.outcome) == (Outcome.ACCEPTED, Outcome.UNKNOWN)
    assert "could not be read" in two.reason


def failed(kind: type[errors.OrdersApiError], *codes: str) -> errors.OrdersApiError:
    return kind("POST /orders/list", "why", faults=[OrderFault(message="no", code=code) for code in codes])


@pytest.mark.parametrize(
    ("error", "of_one", "of_several"),
    [
        (failed(errors.NotSent), Outcome.NOT_SENT, Outcome.NOT_SENT),
        (failed(errors.RefusedHere), Outcome.NOT_SENT, Outcome.NOT_SENT),
        (failed(errors.Rejected), Outcome.REJECTED, Outcome.UNKNOWN),
        (failed(errors.Unauthorized), Outcome.REJECTED, Outcome.UNKNOWN),
        (failed(errors.Forbidden), Outcome.REJECTED, Outcome.UNKNOWN),
        (failed(errors.RateLimited), Outcome.REJECTED, Outcome.UNKNOWN),
        (failed(errors.RevisionConflict), Outcome.CONFLICT, Outcome.UNKNOWN),
        (failed(errors.Rejected, "PX_ORDER_REJECTED", REVISION), Outcome.CONFLICT, Outcome.UNKNOWN),
        (failed(errors.Rejected, EXPECTED), Outcome.CONFLICT, Outcome.UNKNOWN),
        (failed(errors.Rejected, LOST), Outcome.UNKNOWN, Outcome.UNKNOWN),
        (failed(errors.Rejected, REVISION, BROKEN), Outcome.UNKNOWN, Outcome.UNKNOWN),
        (failed(errors.UnknownOutcome), Outcome.UNKNOWN, Outcome.UNKNOWN),
        (failed(errors.UnreadableReply), Outcome.UNKNOWN, Outcome.UNKNOWN),
    ],
)
def test_an_error_proves_no_more_than_it_says(
    error: errors.OrdersApiError, of_one: Outcome, of_several: Outcome
) -> None:
    assert [line.outcome for line in after_error([a_change()], error)] == [of_one]
    several = after_error([a_change("1"), a_change("2")], error)
    assert [line.outcome for line in several] == [of_several] * 2
    assert all("why" in line.reason for line in several)
    proves_nothing = isinstance(error, errors.UnknownOutcome | errors.NotSent) or is_about({LOST, BROKEN}, error.faults)
    assert [line.was_refused for line in several] == [not proves_nothing] * 2


def is_about(codes: set[str], faults: Sequence[OrderFault]) -> bool:
    return any(fault.code in codes for fault in faults)

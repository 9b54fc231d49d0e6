"""The results of a desk's writes as other desks get them: one for each verdict, with what the order was to have."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from pbtui.api.codes import ModifyAction, OrderSide
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.api.structs import replace
from pbtui.desk.team.presence import MOST_RESULTS, OtherDesk, Result, desks_in
from pbtui.desk.team_results import SHOWN_FOR_S, TeamResults, result_of
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine, change_line, entry_line
from tests.orders import an_order

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORDER = an_order("17")
ENTRY = OrderEntry(
    portfolio_id="P1",
    quantity=Decimal(5),
    price=Decimal("45.1"),
    side=OrderSide.SELL,
    delivery_area="10YDE-RWENET---I",
    contract_name="c" * 300,
)


def ticket(*states: State, action: Action = Action.MODIFY, line: TicketLine | None = None) -> Ticket:
    """A ticket with a line in each of these states."""
    shape = line or change_line(ORDER, OrderModify(action=ModifyAction.MODI, price=Decimal("9.5")))
    return Ticket("T00001", action, tuple(replace(shape, verdict=Verdict(state)) for state in states), AT)


def test_a_ticket_has_a_result_once_no_line_is_open_and_another_for_another_verdict() -> None:
    results = TeamResults()
    for states in ((State.SENDING,), (State.UNKNOWN,), (State.NOT_FOUND,), (State.NOT_FOUND,), (State.CONFIRMED,)):
        results.follow([ticket(*states)], 0)
    results.follow([replace(ticket(State.NOT_SENT), token="T00002")], 59)
    assert [(each.no, each.verdict, each.is_grave) for each in results.newest] == [
        (1, "NOT FOUND", True),
        (2, "CONFIRMED", False),
    ]
    results.follow((replace(ticket(State.CONFIRMED), token=f"T{number}") for number in range(30)), 60)
    assert [each.no for each in results.newest] == [*range(33 - MOST_RESULTS, 33)]
    results.follow([], 60 + SHOWN_FOR_S)
    assert results.newest == ()


def test_a_result_has_the_figures_that_the_order_was_to_have() -> None:
    change = result_of(ticket(State.CONFIRMED), 1)
    assert (change.action, change.side, change.quantity_mw) == ("modify", ORDER.side, ORDER.open_quantity_mw)
    assert (change.price, change.delivery_start, change.order_id) == (Decimal("9.5"), ORDER.delivery_start, "17")

    line = entry_line(ENTRY, "ABC234")
    refused = result_of(ticket(State.REJECTED, action=Action.ADD, line=line), 1)
    assert (refused.action, refused.side, refused.quantity_mw, refused.price) == (
        "add",
        "SELL",
        Decimal(5),
        Decimal("45.1"),
    )
    assert (refused.area, len(refused.contract), refused.order_id) == ("10YDE-RWENET---I", 100, "")

    [several] = [result_of(ticket(State.CONFIRMED, State.REJECTED, State.CONFIRMED), 1)]
    assert (several.verdict, several.orders, several.is_grave) == ("2 CONFIRMED, 1 REJECTED", 3, True)
    desk = OtherDesk("d", "tess", "north", "prod", is_trading=True, since=AT, results=(change, refused, several))
    assert desks_in([msgspec.json.decode(msgspec.json.encode(desk))]) == (desk,)


def test_figures_that_no_order_has_are_left_out() -> None:
    odd = [Result(1, "add", "FILLED", price=Decimal(text)) for text in ("NaN", "Infinity", "1E+999999", "1E-999999")]
    row = {"desk": "d", "operator": "", "host": "", "profile": "", "is_trading": True, "since": AT.isoformat()}
    sent = msgspec.json.decode(msgspec.json.encode([*odd, Result(2, "add", "FILLED", price=Decimal("-0.125"))]))
    [desk] = desks_in([{**row, "results": sent}])
    assert [result.no for result in desk.results] == [2]
    assert desks_in([{**row, "since": "2026-11-22T12:00:00"}]) == ()

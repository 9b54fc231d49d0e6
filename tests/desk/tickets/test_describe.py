"""The order of a ticket line in words: figures, delivery and area first, the id last."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.codes import ModifyAction, OrderSide
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.tickets.describe import change_named, subject, wish
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine, change_line, entry_line
from tests.orders import an_order

BERLIN = ZoneInfo("Europe/Berlin")
ORDER = an_order("6100003841", price=Decimal("45.10"), quantity=Decimal(5), delivery_area="10YDE-RWENET---I")
FULL = "▲ BUY 5.0 MW at 45.10, 22 Nov 15:00-16:00, AMP, order 6100003841"


ENTRY = OrderEntry(
    portfolio_id="P1",
    side=OrderSide.SELL,
    quantity=Decimal("2.5"),
    price=Decimal(-7),
    delivery_area="10YFR-RTE------C",
    contract_id="12",
)


def a_change(order: Order) -> TicketLine:
    return change_line(order, OrderModify(action=ModifyAction.MODI, price=Decimal(46)))


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (ORDER, FULL),
        (
            replace(ORDER, hidden_quantity=Decimal(20)),
            "▲ BUY 25.0 MW at 45.10, 22 Nov 15:00-16:00, AMP, order 6100003841",
        ),
        (
            replace(ORDER, delivery_start=None, delivery_end=None, contract_name="QH\x1b 13"),
            "▲ BUY 5.0 MW at 45.10, QH␛ 13, AMP, order 6100003841",
        ),
        (
            replace(ORDER, price=None, quantity=None, delivery_area="10YXX"),
            "▲ BUY, 22 Nov 15:00-16:00, 10YXX, order 6100003841",
        ),
    ],
)
def test_a_changed_order_is_named_by_its_figures_first_and_its_id_last(order: Order, text: str) -> None:
    assert subject(a_change(order), BERLIN) == text


def test_an_order_of_which_only_the_id_is_known() -> None:
    line = replace(a_change(ORDER), base=None)
    assert subject(line, BERLIN) == "order 6100003841"
    assert subject(replace(line, verdict=Verdict(State.UNKNOWN, order=ORDER)), BERLIN) == FULL


def test_a_time_is_shown_as_it_is_typed() -> None:
    until = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)
    line = change_line(ORDER, OrderModify(action=ModifyAction.MODI, price=Decimal(46), validity_date=until))
    assert wish(line, BERLIN) == "price 45.10 → 46.00, valid until 2026-11-22 14:30"


def test_a_change_is_named_by_its_time_and_its_order() -> None:
    at = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)
    changed = Ticket("T00001", Action.MODIFY, (a_change(ORDER),), at)
    assert change_named(changed, BERLIN) == "22 Nov 13:00:05: price 45.10 → 46.00, order 6100003841"
    added = replace(entry_line(ENTRY, "7K3QX2"), verdict=Verdict(State.CONFIRMED, order_ids=("7",)))
    assert change_named(Ticket("T00002", Action.ADD, (added,), at), BERLIN) == "22 Nov 13:00:05: add, order 7"
    several = Ticket("T00003", Action.DELETE, (a_change(ORDER), added), at)
    assert change_named(several, BERLIN) == "22 Nov 13:00:05: delete 2 orders"


def test_a_new_order_has_no_id() -> None:
    assert subject(entry_line(ENTRY, "7K3QX2"), BERLIN) == "new ▼ SELL 2.5 MW at -7.00, contract 12, FR"


@pytest.mark.parametrize(("contract_id", "delivery"), [("12", "22 Nov 15:00-16:00"), ("13", "contract 12")])
def test_a_new_order_that_was_read_has_the_delivery_of_its_contract(contract_id: str, delivery: str) -> None:
    verdict = Verdict(State.DIFFERENT, order=replace(ORDER, contract_id=contract_id))
    line = replace(entry_line(ENTRY, "7K3QX2"), verdict=verdict)
    assert subject(line, BERLIN) == f"new ▼ SELL 2.5 MW at -7.00, {delivery}, FR"

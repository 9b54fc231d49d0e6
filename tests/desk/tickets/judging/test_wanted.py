"""Differences between what was wanted and what an order shows, in words."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.decoding.snapshot import decode
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.tickets.judging.wanted import of_entry
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import TicketLine
from pbtui.desk.tickets.verdict import verdict
from tests.desk.tickets.judging.rows import (
    found,
)
from tests.desk.tickets.test_verdict import (
    LATE_S,
    SILENCE,
    TEXT,
    a_change,
    an_entry,
    answer,
    at,
    booked,
    changed,
    read,
)
from tests.orders import an_order

HALF_A_SECOND = timedelta(milliseconds=500)


@pytest.mark.parametrize(
    ("wanted", "shown", "difference"),
    [
        ({}, {"state": "HIBE", "action": "UHIB"}, "state deactivated, wanted active"),
        ({}, {"price": None}, "price not shown, wanted 45.10"),
        ({}, {"portfolio_id": None}, ""),
        ({}, {"portfolio_id": None, "contract_id": "c15"}, "contract id c15, wanted c14"),
        ({}, {"txt": None}, ""),
        ({}, {"txt": " "}, f"text  , wanted {TEXT}"),
        ({}, {"txt": ""}, f"text not shown, wanted {TEXT}"),
        ({"validity_date": at(30)}, {"valid_until": at(30) + HALF_A_SECOND}, ""),
        ({"validity_date": at(30) + HALF_A_SECOND}, {"valid_until": at(30)}, ""),
        (
            {"validity_date": at(30)},
            {"valid_until": at(31)},
            "valid until 2026-11-22 12:31:00 UTC, wanted 2026-11-22 12:30:00 UTC",
        ),
        ({"type": "O", "display_qty": 1, "ppd": 1}, {"display_quantity": 2, "peak_price_delta": 2}, ""),
        ({"display_qty": 1}, {"display_quantity": 2}, "display quantity 2.0 MW, wanted 1.0 MW"),
        (
            {"type": "I", "display_qty": 1, "ppd": Decimal("0.5")},
            {"type": "I", "display_quantity": 2},
            "display quantity 2.0 MW, wanted 1.0 MW; peak price delta 0.00, wanted 0.50",
        ),
    ],
)
def test_a_difference(wanted: dict[str, Any], shown: dict[str, Any], difference: str) -> None:
    order = booked(**shown)
    judgement = verdict(an_entry(**wanted), [answer(order), read(order)])
    assert judgement.reason == difference
    assert judgement.state is (State.DIFFERENT if difference else State.CONFIRMED)


@pytest.mark.parametrize(
    ("field", "difference"),
    [
        ('"side": {}, "contract_id": "c14"', "side not shown, wanted ▲ BUY"),
        ('"side": "BUY", "contract_id": {}', "contract id not shown, wanted c14"),
    ],
)
def test_a_field_that_cannot_be_read_is_a_difference(field: str, difference: str) -> None:
    known = f'"order_id": "7", "state": "ACTI", "action": "UADD", "price": 45.1, "quantity": 5, "txt": "{TEXT}"'
    (order,) = decode(f"[{{{known}, {field}}}]".encode()).orders
    assert verdict(an_entry(), [SILENCE, read(order)]).reason == difference


def test_an_order_that_has_ended_says_how() -> None:
    ended = booked(state="IACT", action="UDEL")
    (difference,) = of_entry(an_entry().request).differences(ended, None)  # type: ignore[arg-type]
    assert difference == "state gone, wanted active (deleted by user (UDEL))"


# ---------------------------------------------------------------- a changed order


SLEEPING = an_order("1", state="HIBE", action="UHIB")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (a_change(SLEEPING, price=Decimal(46)), changed(state="HIBE", price=46)),
        (a_change(an_order("1", state="UNKW"), price=Decimal(46)), changed(price=46)),
        (a_change(an_order("1", type=None), price=Decimal(46)), changed(price=46)),
        (replace(a_change(price=Decimal(46)), base=None), changed(price=46, quantity=3)),
        (a_change(an_order("1", txt="x"), txt=""), changed(txt="")),
    ],
    ids=["deactivated", "in an unknown state", "of an unknown type", "not known before", "without its text"],
)
def test_a_change_of_an_order(line: TicketLine, shown: Order) -> None:
    assert verdict(line, [answer(shown), read(shown)]) == found(State.CONFIRMED, "", shown, mw=0, done=True)


@pytest.mark.parametrize(
    ("shown", "difference"), [("x", "text x, wanted y"), ("", "text not shown, wanted y"), ("Y", "")]
)
def test_a_text_that_was_changed(shown: str, difference: str) -> None:
    order = changed(txt=shown)
    judgement = verdict(a_change(an_order("1", txt="x"), txt="y"), [answer(changed(txt="y")), read(order, at_s=LATE_S)])
    assert judgement.reason == difference

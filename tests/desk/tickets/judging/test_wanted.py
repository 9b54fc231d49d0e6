"""Differences between what was wanted and what an order shows, in words."""

from datetime import timedelta, timezone
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
from tests.orders import DELIVERY_END, DELIVERY_START, an_order

HALF_A_SECOND, QUARTER = timedelta(milliseconds=500), timedelta(minutes=15)
BY_TIMES: dict[str, Any] = {"contract_id": None, "dlvry_start": DELIVERY_START, "dlvry_end": DELIVERY_END}
NAME = "20261122 15:00-20261122 16:00"
ONE_FIVE = "contract name 15-16, wanted 1 5-16"
SHOUTED = {"strategy_id": "s1", "unit_id": "U1", "account_id": "A1"}
BY_NAME: dict[str, Any] = {"contract_id": None, "contract_name": NAME}
CET = timezone(timedelta(hours=1))
DELIVERY_ENDS_EARLY = "delivery end 2026-11-22 14:15:00 UTC, wanted 2026-11-22 15:00:00 UTC"


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
        (BY_TIMES, {}, ""),
        (BY_TIMES, {"delivery_start": DELIVERY_START.astimezone(CET)}, ""),
        (BY_TIMES, {"delivery_start": None, "delivery_end": None}, ""),
        (
            BY_TIMES,
            {"delivery_start": DELIVERY_START + QUARTER, "delivery_end": DELIVERY_END + QUARTER},
            "delivery start 2026-11-22 14:15:00 UTC, wanted 2026-11-22 14:00:00 UTC; "
            "delivery end 2026-11-22 15:15:00 UTC, wanted 2026-11-22 15:00:00 UTC",
        ),
        (BY_TIMES, {"delivery_end": DELIVERY_START + QUARTER}, DELIVERY_ENDS_EARLY),
        (BY_NAME, {}, ""),
        ({**BY_NAME, "contract_name": "xbid hour"}, {"contract_name": "XBID  Hour"}, ""),
        ({"contract_id": None, "contract_name": "15 - 16"}, {"contract_name": "15-16"}, ""),
        ({"contract_id": None, "contract_name": "1 5-16"}, {"contract_name": "15-16"}, ONE_FIVE),
        (BY_NAME, {"contract_name": "18-19"}, f"contract name 18-19, wanted {NAME}"),
        ({"contract_name": "15-16"}, {}, ""),
        ({"strategy_id": "S1"}, {"strategy_id": "S2"}, "strategy S2, wanted S1"),
        ({"strategy_id": "S1", "unit_id": "U1", "account_id": "A1"}, {}, ""),
        ({"strategy_id": "S1", "unit_id": "u1", "account_id": "a1"}, SHOUTED, ""),
        ({"pre_arranged_acct": "other"}, {"pre_arranged_acct": "OTHER"}, ""),
        ({"account_id": "A1"}, {"account_id": "A2"}, "account A2, wanted A1"),
        ({"unit_id": "U1"}, {"unit_id": "U2"}, "unit U2, wanted U1"),
        ({"pre_arranged": True}, {"pre_arranged": False}, "pre-arranged no, wanted yes"),
        ({"pre_arranged": False}, {"pre_arranged": True}, "pre-arranged yes, wanted no"),
        ({"pre_arranged": False}, {}, ""),
        ({"pre_arranged_acct": "X"}, {"pre_arranged_acct": "Y"}, "other account Y, wanted X"),
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
    ("shown", "difference"),
    [
        ({"contract_id": "c15"}, "contract id c15, wanted c14"),
        (
            {"delivery_start": DELIVERY_START + QUARTER},
            "delivery start 2026-11-22 14:15:00 UTC, wanted 2026-11-22 14:00:00 UTC",
        ),
        ({"portfolio_id": "P2"}, "portfolio P2, wanted P1"),
        ({"portfolio_id": None}, ""),
        ({"strategy_id": "S1"}, ""),
    ],
)
def test_a_change_leaves_whose_an_order_is_and_what_it_delivers(shown: dict[str, Any], difference: str) -> None:
    order = changed(price=46, **shown)
    judgement = verdict(a_change(price=Decimal(46)), [answer(order), read(order)])
    assert judgement.reason == difference
    assert judgement.state is (State.DIFFERENT if difference else State.CONFIRMED)


@pytest.mark.parametrize(
    ("shown", "difference"), [("x", "text x, wanted y"), ("", "text not shown, wanted y"), ("Y", "")]
)
def test_a_text_that_was_changed(shown: str, difference: str) -> None:
    order = changed(txt=shown)
    judgement = verdict(a_change(an_order("1", txt="x"), txt="y"), [answer(changed(txt="y")), read(order, at_s=LATE_S)])
    assert judgement.reason == difference

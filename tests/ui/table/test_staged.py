"""Staged steps while their orders change."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbtui.ui.table.staged import Staged, followed
from tests.orders import an_order

ZONE = ZoneInfo("Europe/Berlin")
BASE = an_order("101", price=Decimal(45), quantity=Decimal(5))
PRICE_STEP, QUANTITY_STEP = Staged(BASE, price=Decimal("45.05")), Staged(BASE, quantity=Decimal(6))


@pytest.mark.parametrize(
    ("staged", "changed", "stays", "words"),
    [
        (PRICE_STEP, {"price": Decimal(50)}, False, "is now 5.0 MW at 50.00"),
        (PRICE_STEP, {"quantity": Decimal(3), "action": "PEXE"}, True, "partly filled"),
        (QUANTITY_STEP, {"quantity": Decimal(3), "action": "PEXE"}, False, "is now 3.0 MW at 45.00"),
        (QUANTITY_STEP, {"hidden_quantity": Decimal(3)}, False, "is now 8.0 MW"),
        (QUANTITY_STEP, {"price": Decimal(50)}, True, "kept"),
        (PRICE_STEP, {"state": "HIBE", "action": "UHIB"}, True, "deactivated"),
        (PRICE_STEP, {"price": None}, False, "discarded"),
    ],
)
def test_a_step_stays_only_if_its_value_is_as_it_was(
    staged: Staged, changed: dict[str, Any], stays: bool, words: str
) -> None:
    order = an_order("101", **{"price": Decimal(45), "quantity": Decimal(5), "revision_no": 2, **changed})
    following, report = followed(staged, order)
    assert (following is not None) == stays
    assert report is not None
    text = report(ZONE)
    assert words in text
    assert "BUY 5.0 MW at 45.00" in text
    if following is not None:
        assert following.base is order
        assert following.changes() == staged.changes()


def test_a_read_that_changes_nothing_reports_nothing() -> None:
    order = an_order("101", price=Decimal(45), quantity=Decimal(5))
    assert followed(PRICE_STEP, order) == (Staged(order, price=Decimal("45.05")), None)


def test_an_order_that_left_takes_its_step_with_it() -> None:
    following, report = followed(PRICE_STEP, None)
    assert following is None
    assert report is not None
    assert "left the market" in report(ZONE)


@pytest.mark.parametrize(
    ("side", "price", "step", "after"),
    [
        ("BUY", "45", "0.05", "45.05"),
        ("SELL", "45", "0.05", "44.95"),
        ("BUY", "-3", "-0.5", "-3.5"),
        ("SELL", "-3", "-0.5", "-2.5"),
        ("SELL", "0.02", "0.05", "-0.03"),
    ],
)
def test_a_better_price_is_nearer_to_a_trade(side: str, price: str, step: str, after: str) -> None:
    staged = Staged(an_order("101", side=side, price=Decimal(price))).stepped(better=Decimal(step))
    assert staged is not None
    assert (staged.price, staged.quantity) == (Decimal(after), None)
    assert staged.stepped(better=-Decimal(step)) is None


def test_a_side_that_is_not_known_has_no_better_price() -> None:
    with pytest.raises(ValueError, match="its side is not known"):
        Staged(an_order("101", side="SWAP", price=Decimal(45))).stepped(better=Decimal("0.05"))


@pytest.mark.parametrize(
    ("price", "step", "first", "second"),
    [
        ("45.125", "0.01", "45.13", "45.14"),
        ("45.125", "-0.01", "45.12", "45.11"),
        ("-0.005", "0.05", "0", "0.05"),
        ("45.12", "0.05", "45.17", "45.22"),
    ],
)
def test_a_price_between_two_ticks_steps_to_the_next_one(price: str, step: str, first: str, second: str) -> None:
    once = Staged(an_order("101", price=Decimal(price))).stepped(price=Decimal(step))
    assert once is not None
    twice = once.stepped(price=Decimal(step))
    assert twice is not None
    assert (once.price, twice.price) == (Decimal(first), Decimal(second))

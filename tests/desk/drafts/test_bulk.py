"""One change made to many orders: nothing that was not asked for, nothing off the ticks, and a reason where none."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.codes import ModifyAction, ValidityRestriction
from pbtui.api.models import Order
from pbtui.api.requests import OrderModify
from pbtui.desk.drafts.bulk import BulkChange, apply, parse_bulk, sign_words
from pbtui.desk.drafts.draft import read_changes, read_entry
from pbtui.desk.drafts.step import How, Step, minus_words
from pbtui.desk.formats.order_fields import STEP_HELP
from tests.orders import an_order

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
"""Noon in Berlin."""
CENT, TENTH = Decimal("0.01"), Decimal("0.1")


def change_of(**texts: str) -> BulkChange:
    reading = parse_bulk(texts, BERLIN, NOW)
    assert reading.problems == {}
    assert reading.change is not None
    return reading.change


def applied(order: Order, **texts: str) -> OrderModify | str:
    return apply(change_of(**texts), order)


def test_numbers_are_read_with_their_verb() -> None:
    change = change_of(price=" Set  -45.10 ", quantity="add -0.5")
    assert change.price == Step(How.SET, Decimal("-45.10"))
    assert change.quantity == Step(How.ADD, Decimal("-0.5"))
    assert change_of(price="add -2.5 %").price == Step(How.PERCENT, Decimal("-2.5"))
    assert change_of(validity_date="14:30", txt=" hedge ") == BulkChange(
        NOW, validity_date=datetime(2026, 11, 22, 13, 30, tzinfo=UTC), txt="hedge"
    )


@pytest.mark.parametrize(
    "text", ["=5", "set", "add", "5%", "set 5%", "add5", "add 5%%", "by 5", "% 5", "x", "2 %", "-%"]
)
def test_a_number_that_could_mean_two_things_is_refused(text: str) -> None:
    assert parse_bulk({"price": text}, BERLIN, NOW).problems == {"price": f"write {STEP_HELP}"}


STEPS = {
    "45.10": (How.SET, "45.10"),
    "-5": (How.SET, "-5"),
    "set -5": (How.SET, "-5"),
    "+5": (How.ADD, "5"),
    "+ 5": (How.ADD, "5"),
    "+-0.50": (How.ADD, "-0.50"),
    "+ -0.50": (How.ADD, "-0.50"),
    "add 5": (How.ADD, "5"),
    "ADD -0.50": (How.ADD, "-0.50"),
    "+2%": (How.PERCENT, "2"),
    "-2%": (How.PERCENT, "-2"),
    "-2.5 %": (How.PERCENT, "-2.5"),
    "+-2.5 %": (How.PERCENT, "-2.5"),
    "add -2.5%": (How.PERCENT, "-2.5"),
}


@pytest.mark.parametrize("text", STEPS)
def test_a_step_has_one_meaning_in_the_form_of_one_order_and_of_many(text: str) -> None:
    how, number = STEPS[text]
    assert change_of(price=text).price == Step(how, Decimal(number))
    order = an_order(price=Decimal("-20.00"))
    wanted = Step(how, Decimal(number)).result(Decimal("-20.00"), CENT)
    changes = read_changes(order, {"price": text}, BERLIN, NOW).changes
    assert changes is not None
    assert applied(order, price=text) == changes == OrderModify(action=ModifyAction.MODI, price=wanted)


@pytest.mark.parametrize("text", STEPS)
def test_a_minus_is_a_value_and_its_words_say_so(text: str) -> None:
    words = "-5 is a value below 0; to take 5 off, write +-5" if text == "-5" else ""
    assert minus_words(text) == words


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("++5", "write it without +"),
        ("+", "without +"),
        ("+5,0", "comma"),
        ("+0.005", "2 decimals"),
        ("--5", "one sign"),
        ("--5%", "one sign"),
        ("-+5%", "one sign"),
        ("- 5%", "not a number"),
        ("-0.005%", "2 decimals"),
    ],
)
def test_a_step_that_can_not_be_read_is_refused_in_both_forms(text: str, reason: str) -> None:
    assert reason in parse_bulk({"price": text}, BERLIN, NOW).problems["price"]
    assert reason in read_changes(an_order(), {"price": text}, BERLIN, NOW).problems["price"]


@pytest.mark.parametrize(
    ("order", "name", "text", "reason"),
    [
        (an_order(price=None), "price", "+1", "is not known"),
        (an_order(quantity=None), "quantity", "+1", "is not known"),
        (an_order(), "display_qty", "+1", "is not known"),
        (an_order(price=Decimal("45.125")), "price", "+1", "not a multiple of 0.01"),
        (an_order(quantity=Decimal(5)), "quantity", "+-5", "must be above 0"),
        (an_order(price=Decimal(999999)), "price", "+1", "at most 6 digits"),
        (an_order(), "expected_net_pos", "+1", "write it without +"),
    ],
)
def test_a_step_that_leads_nowhere_is_refused(order: Order, name: str, text: str, reason: str) -> None:
    assert reason in read_changes(order, {name: text}, BERLIN, NOW).problems[name]


def test_a_step_of_an_iceberg_counts_its_hidden_part() -> None:
    order = an_order(type="I", quantity=Decimal(2), hidden_quantity=Decimal(8), display_quantity=Decimal(2))
    changes = read_changes(order, {"quantity": "+1", "display_qty": "+-1"}, BERLIN, NOW).changes
    assert changes == OrderModify(action=ModifyAction.MODI, quantity=Decimal(11), display_qty=Decimal(1))


def test_a_new_order_has_nothing_to_add_to() -> None:
    assert "write it without +" in read_entry({"price": "+5"}, BERLIN, NOW).problems["price"]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("price", "set 45,10", "write a decimal point and no comma"),
        ("price", "add 1e5", "without an exponent"),
        ("price", "add --5", "only one sign"),
        ("price", "+--5", "only one sign"),
        ("price", "add １２%", "plain digits"),
        ("price", "set 1 000", "no separators"),
        ("price", "add 0.005", "at most 2 decimals"),
        ("quantity", "set 0", "must be above 0"),
        ("quantity", "add 0.25", "at most 1 decimal"),
        ("validity_date", "2026-11-22 11:00", "has passed"),
        ("txt", "a\nb", "contains a line break"),
        ("side", "sell", "there is no such field"),
    ],
)
def test_a_text_that_can_not_be_read_is_reported_beside_its_field(name: str, text: str, reason: str) -> None:
    reading = parse_bulk({name: text}, BERLIN, NOW)
    assert reading.change is None
    assert reading.problems.keys() == {name}
    assert reason in reading.problems[name]


def test_an_empty_form_is_no_change() -> None:
    assert parse_bulk({"price": "  ", "txt": ""}, BERLIN, NOW).problems.keys() == {"changes"}


def test_a_step_is_added_to_the_values_of_each_order() -> None:
    order = an_order(price=Decimal("45.10"), quantity=Decimal(5), hidden_quantity=Decimal(3))
    assert applied(order, price="add -0.50", quantity="add 2") == OrderModify(
        action=ModifyAction.MODI, price=Decimal("44.60"), quantity=Decimal(10)
    )
    # 45.10 less 2.5 % is 43.9725; 0.125 and 0.135 lie between two ticks and go to the even one.
    assert applied(order, price="add -2.5%") == OrderModify(action=ModifyAction.MODI, price=Decimal("43.97"))
    assert Step(How.PERCENT, Decimal(-50)).result(Decimal("0.25"), CENT) == Decimal("0.12")
    assert Step(How.PERCENT, Decimal(-50)).result(Decimal("0.27"), CENT) == Decimal("0.14")
    assert applied(order, validity_date="14:30") == OrderModify(
        action=ModifyAction.MODI,
        validity_res=ValidityRestriction.GTD,
        validity_date=datetime(2026, 11, 22, 13, 30, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("order", "texts", "reason"),
    [
        (an_order(quantity=Decimal(2)), {"quantity": "add -2"}, "quantity would be 0.0 MW"),
        (an_order(quantity=Decimal("0.1")), {"quantity": "add -90%"}, "quantity would be 0.0 MW"),
        (an_order(price=None), {"price": "add 1"}, "price is not known"),
        (an_order(quantity=None), {"quantity": "add 5%"}, "quantity is not known"),
        (an_order(price=Decimal("45.125")), {"price": "add 1"}, "which is not a multiple of 0.01"),
        (an_order(price=Decimal(999999)), {"price": "add 10%"}, "price at most 6 digits"),
        (an_order(txt="hedge"), {"txt": "hedge"}, "the order already has these values"),
        (
            an_order(type="I", quantity=Decimal(2), hidden_quantity=Decimal(8), display_quantity=Decimal(2)),
            {"quantity": "set 1"},
            "display quantity must be less than the quantity",
        ),
    ],
)
def test_an_order_that_can_not_take_the_change_is_reported_with_the_reason(
    order: Order, texts: dict[str, str], reason: str
) -> None:
    problem = applied(order, **texts)
    assert isinstance(problem, str)
    assert reason in problem


def test_a_price_that_changes_its_sign_or_is_zero_is_pointed_out() -> None:
    for price, words in (("-1.00", ("the price changes its sign",)), ("0.00", ("the price becomes zero",)), ("2", ())):
        changes = OrderModify(action=ModifyAction.MODI, price=Decimal(price))
        assert sign_words(an_order(price=Decimal("45.10")), changes) == words


PRICES = st.decimals(-9999, 9999, places=2)
QUANTITIES = st.decimals("0.1", 999, places=1)
NUMBERS = st.decimals(-200, 200, places=2)


def steps(places: int) -> st.SearchStrategy[Step]:
    added = st.builds(Step, st.just(How.ADD), st.decimals(-200, 200, places=places))
    return added | st.builds(Step, st.just(How.PERCENT), NUMBERS)


@given(
    order=st.builds(
        lambda price, quantity, hidden, txt: an_order(price=price, quantity=quantity, hidden_quantity=hidden, txt=txt),
        PRICES,
        QUANTITIES,
        QUANTITIES,
        st.sampled_from(["", "hedge", "wind"]),
    ),
    change=st.builds(
        BulkChange,
        st.just(NOW),
        price=st.none() | steps(2) | st.builds(Step, st.just(How.SET), PRICES),
        quantity=st.none() | steps(1) | st.builds(Step, st.just(How.SET), QUANTITIES),
        validity_date=st.none() | st.just(NOW + timedelta(hours=1)),
        txt=st.none() | st.sampled_from(["hedge", "sun"]),
    ),
)
def test_a_bulk_change_holds_only_the_given_fields_in_whole_ticks(order: Order, change: BulkChange) -> None:
    changes = apply(change, order)
    if isinstance(changes, str):
        assert changes
        return
    asked = {name for name in ("price", "quantity", "validity_date", "txt") if getattr(change, name) is not None}
    sent = {name for name, value in changes if value is not None} - {"action"}
    assert sent <= asked | ({"validity_res"} if change.validity_date else set())
    assert changes.action is ModifyAction.MODI
    assert changes.validity_date in (None, change.validity_date)
    assert changes.txt in (None, change.txt)
    for step, present, new, tick in (
        (change.price, order.price, changes.price, CENT),
        (change.quantity, order.open_quantity_mw, changes.quantity, TENTH),
    ):
        if new is None:
            continue
        assert step is not None
        assert present is not None
        assert new % tick == 0
        assert new != present
        if step.how is How.PERCENT:
            exact = present + present * step.number / 100
            assert abs(new - exact) <= tick / 2
            assert new == (exact / tick).quantize(Decimal(1), ROUND_HALF_EVEN) * tick
        else:
            assert new == (step.number if step.how is How.SET else present + step.number)
    assert changes.quantity is None or changes.quantity > 0

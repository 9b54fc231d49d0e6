"""Lists of new orders: which are refused, what binds them together, internal trades and limits."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.simulator.book.contracts import HOURLY, QUARTER_HOURLY
from pbtui.simulator.calls.outcomes import ListOutcome
from pbtui.simulator.rejections import CallRefused
from pbtui.simulator.rights import ADMIN, TRADER
from tests.simulator.day import AREA, NOON, Day


def actions(outcome: ListOutcome) -> list[str]:
    return [str(order.action) for order in outcome.orders]


def codes(refused: CallRefused) -> list[str]:
    return [error.code for error in refused.errors]


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"price": Decimal("45.101")}, "multiple of 0.01"),
        ({"price": Decimal(10000)}, "beyond"),
        ({"quantity": Decimal("0.15")}, "multiple of 0.1"),
        ({"quantity": Decimal(0)}, "not 0.1 to"),
        ({"quantity": Decimal(-5)}, "not 0.1 to"),
        ({"side": None}, "side is missing"),
        ({"contract_id": "1"}, "not open"),
        ({"contract_id": None}, "no contract"),
        ({"delivery_area": "10Y-NOWHERE----X"}, "not known"),
        ({"prod": "XBID_Quarter_Hour_Power"}, "does not belong"),
        ({"type": "I"}, "needs displayQty"),
        ({"type": "I", "displayQty": Decimal(6)}, "larger than quantity"),
        ({"type": "I", "displayQty": Decimal(1), "ppd": Decimal("0.5")}, "wrong sign"),
        ({"displayQty": Decimal(1)}, "icebergs only"),
        ({"type": "B"}, "not traded here"),
        ({"ordrExeRestriction": "AON"}, "not traded here"),
        ({"ordrExeRestriction": "FOK", "validityRes": "GFS"}, "needs validityRes NON"),
        ({"ordrExeRestriction": "IOC", "state": "HIBE"}, "hibernated"),
        ({"validityRes": "GTD"}, "GTD needs validityDate"),
        ({"validityRes": "GTD", "validityDate": NOON}, "has passed"),
        ({"validityDate": NOON + timedelta(hours=1)}, "is allowed with GTD only"),
        ({"preArranged": True}, "needs preArrangedAcct"),
        ({"account_id": "ELSEWHERE"}, "not available"),
    ],
)
def test_order_that_breaks_a_rule_is_refused(terms: dict[str, Any], reason: str) -> None:
    day = Day()
    with pytest.raises(CallRefused, match=reason) as refused:
        day.add(day.entry(**terms))
    assert refused.value.status == 400
    assert day.live() == []


@pytest.mark.parametrize("price", ["-9999.99", "-0.01", "0", "9999.99"])
def test_any_price_within_bounds_is_taken(price: str) -> None:
    assert Day().enter("BUY", price).price == Decimal(price)


def test_contract_is_found_by_id_name_or_delivery() -> None:
    day = Day()
    quarter = day.contracts(QUARTER_HOURLY.length)[5]
    by_name = day.enter(contract_id=None, contractName=quarter.name)
    by_delivery = day.enter(contract_id=None, dlvryStart=quarter.delivery_start, dlvryEnd=quarter.delivery_end)
    by_id = day.enter(contractName=quarter.name)
    assert [by_name.contract_id, by_delivery.contract_id] == [quarter.contract_id] * 2
    assert by_id.contract_id == day.contract.contract_id


def test_valid_list_is_refused_whole_for_one_bad_order() -> None:
    day = Day()
    with pytest.raises(CallRefused, match="order 2: price") as refused:
        day.add(day.entry(), day.entry(price="45.111"), day.entry())
    assert codes(refused.value) == ["PB_ORDER_BASKET_REJECTED", "PB_REQUEST_INVALID", "PB_ORDER_BASKET_REJECTED"]
    assert day.live() == []


def test_with_included_errors_the_answer_lists_every_order_of_a_refused_list() -> None:
    day = Day()
    outcome = day.add(day.entry(), day.entry(price="45.111", txt="bad"), include_errors=True)
    good, bad = outcome.orders
    assert [(o.state, o.action, o.order_id) for o in (good, bad)] == [("IACT", "SDEL", None)] * 2
    assert bad.error_message
    assert bad.txt == "bad"
    assert good.errors
    assert good.errors[0].code == "PB_ORDER_BASKET_REJECTED"
    assert day.live() == []


def test_independent_orders_are_live_even_where_the_answer_is_an_error() -> None:
    day = Day()
    with pytest.raises(CallRefused, match="1 of 2 orders were refused; order 2"):
        day.add(day.entry(), day.entry(price="45.111"), exec_instruction="NONE")
    assert len(day.live()) == 1
    outcome = day.add(day.entry(), day.entry(price="45.111"), exec_instruction="NONE", include_errors=True)
    assert actions(outcome) == ["UADD", "SDEL"]


def test_linked_orders_trade_all_or_none() -> None:
    day = Day()
    day.crowd("SELL", "45.00", "4.0")
    fok: dict[str, Any] = {"ordrExeRestriction": "FOK"}
    outcome = day.add(day.entry(quantity_mw="2.0", **fok), day.entry(quantity_mw="2.1", **fok), exec_instruction="LNKD")
    assert actions(outcome) == ["SDEL", "SDEL"]
    outcome = day.add(day.entry(quantity_mw="2.0", **fok), day.entry(quantity_mw="2.0", **fok), exec_instruction="LNKD")
    assert actions(outcome) == ["FEXE", "FEXE"]


def test_linked_orders_must_be_alike() -> None:
    day = Day()
    quarter = day.contracts(QUARTER_HOURLY.length)[8].contract_id
    with pytest.raises(CallRefused, match="all be FOK"):
        day.add(day.entry(ordrExeRestriction="FOK"), day.entry(), exec_instruction="LNKD")
    with pytest.raises(CallRefused, match="the same product"):
        day.add(
            day.entry(ordrExeRestriction="FOK"),
            day.entry(ordrExeRestriction="FOK", contract_id=quarter),
            exec_instruction="LNKD",
        )


def test_own_orders_trade_internally_before_the_market() -> None:
    day = Day()
    resting = day.enter("SELL", "45.00", "3.0", portfolio_id="FLEX")
    day.crowd("SELL", "44.00", "5.0")
    outcome = day.add(day.entry("BUY", "46.00", "4.0"))
    assert outcome.internal_trades == 1
    entered, counterpart = outcome.orders
    assert (counterpart.order_id, counterpart.portfolio_id, counterpart.action) == (resting.order_id, "FLEX", "FEXE")
    assert day.history_words(entered) == ["UADD 4.0", "PEXE 1.0", "FEXE 0.0"]


def test_own_orders_that_may_not_trade_internally_are_refused() -> None:
    day = Day()
    resting = day.enter("SELL", "45.00", "3.0")
    with pytest.raises(CallRefused, match=f"own order {resting.order_id}") as refused:
        day.add(day.entry("BUY", "45.00"), internal_trading=False)
    assert codes(refused.value) == ["PB_ORDER_SELF_TRADE_UNRESOLVABLE"]
    sliding: dict[str, Any] = {"type": "I", "displayQty": Decimal(1), "ppd": Decimal("-0.1")}
    with pytest.raises(CallRefused, match="would trade with own order"):
        day.add(day.entry("BUY", "45.00", **sliding))
    with pytest.raises(CallRefused, match="would trade with own order"):
        day.add(day.entry("BUY", "45.00", ordrExeRestriction="FOK"), exec_instruction="LNKD")
    assert day.now(resting).revision_no == 1


def test_limit_violation_refuses_the_whole_list() -> None:
    day = Day()
    with pytest.raises(CallRefused, match="limit is 500") as refused:
        day.add(day.entry(quantity_mw="300"), day.entry(quantity_mw="200.1"))
    assert refused.value.status == 400
    assert codes(refused.value) == ["PB_ORDER_POSITION_LIMIT_BREACH"]
    assert '"violationType": "POSITION_LIMIT"' in refused.value.headers["X-Limit-Violations"]
    assert day.live() == []


def test_orders_over_the_limit_are_left_out_where_the_caller_agrees() -> None:
    day = Day()
    outcome = day.add(day.entry(quantity_mw="300"), day.entry(quantity_mw="200.1"), fail_on_limit_violations=False)
    assert actions(outcome) == ["UADD"]
    (violation,) = outcome.violations
    assert (violation.contract_id, violation.delivery_area) == (day.contract.contract_id, AREA)
    assert violation.portfolio_ids == ("DE1",)


def test_limit_counts_what_was_traded() -> None:
    day = Day()
    day.crowd("SELL", "45.00", "400.0")
    day.enter("BUY", "45.00", "400.0")
    with pytest.raises(CallRefused, match=r"500\.1 MW long"):
        day.enter("BUY", "45.00", "100.1")
    day.enter("SELL", "46.00", "900.0")
    with pytest.raises(CallRefused, match=r"500\.1 MW short"):
        day.enter("SELL", "46.00", "0.1")


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        ("expectedNetPos", 2),
        ("expectedMinNetPos", 1),
        ("expectedMaxNetPos", 5),
        ("expectedAbsPos", 4),
        ("expectedSellAbsPos", 5),
        ("expectedBuyAbsPos", 7),
        ("expected_min_net_pos_exposure", 1),
        ("expected_max_net_pos_exposure", 5),
    ],
)
def test_guards_compare_with_the_position(guard: str, expected: int) -> None:
    day = Day()
    day.crowd("SELL", "45.00", "3.0")
    day.enter("BUY", "45.00", "3.0")
    day.crowd("BUY", "44.00", "1.0")
    day.enter("SELL", "44.00", "1.0")
    day.enter("BUY", "40.00", "3.0")
    day.enter("SELL", "50.00", "1.0")
    right: dict[str, Any] = {guard: Decimal(expected)}
    wrong: dict[str, Any] = {guard: Decimal(expected) + 1}
    day.enter("BUY", "30.00", state="HIBE", **right)
    with pytest.raises(CallRefused, match="was expected") as refused:
        day.enter("BUY", "30.00", **wrong)
    assert codes(refused.value) == ["PB_ORDER_EXPECTED_VALUE_MISMATCH"]


def test_read_only_portfolio_takes_no_orders() -> None:
    day = Day()
    with pytest.raises(CallRefused, match="read-only") as refused:
        day.enter(portfolio_id="ARCH", key=ADMIN)
    assert refused.value.status == 403


def test_portfolio_out_of_reach_is_refused() -> None:
    day = Day()
    with pytest.raises(CallRefused, match="no access to portfolio HYDRO") as refused:
        day.enter(portfolio_id="HYDRO", key=TRADER)
    assert refused.value.status == 403


def test_quarter_and_hour_are_both_traded() -> None:
    day = Day()
    assert {len(day.contracts(product.length)) for product in (HOURLY, QUARTER_HOURLY)} == {12, 48}

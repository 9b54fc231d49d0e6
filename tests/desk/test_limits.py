"""The pre-trade limits: what stops a slip of the finger, and what never stands between a trader and withdrawing."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.codes import ModifyAction, OrderSide
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.blotter.link import LinkState
from pbtui.desk.limits import (
    HALT_LASTS,
    LimitCheck,
    TradingConditions,
    check_change,
    check_count,
    check_entry,
    why_only_withdraw,
    why_typed_count,
)
from pbtui.settings.limits import Limits
from tests.orders import an_order

LIMITS = Limits(max_quantity_mw=Decimal(50), min_price=Decimal(-500), max_price=Decimal(500), max_orders_per_action=3)
FINE = LimitCheck()
PRICES = st.decimals(-500, 500, places=2)


def entry(quantity: str = "5", price: str = "45.10") -> OrderEntry:
    return OrderEntry(
        portfolio_id="P1", side=OrderSide.BUY, contract_id="c14", quantity=Decimal(quantity), price=Decimal(price)
    )


def modi(price: str | None = None, quantity: str | None = None) -> OrderModify:
    return OrderModify(
        action=ModifyAction.MODI,
        price=Decimal(price) if price else None,
        quantity=Decimal(quantity) if quantity else None,
    )


# ---------------------------------------------------------------- hard limits


@pytest.mark.parametrize(
    ("quantity", "price", "refusal"),
    [
        ("50.1", "45", "50.1 MW is over this profile's limit of 50.0 MW (max_quantity_mw)"),
        (
            "5",
            "500.01",
            "price 500.01 is outside this profile's price limits of -500.00 to 500.00 (min_price, max_price)",
        ),
        (
            "5",
            "-500.01",
            "price -500.01 is outside this profile's price limits of -500.00 to 500.00 (min_price, max_price)",
        ),
    ],
)
def test_a_value_beyond_a_limit_is_refused_in_an_entry_and_in_a_change(quantity: str, price: str, refusal: str) -> None:
    assert check_entry(LIMITS, entry(quantity, price), None) == LimitCheck(refusals=(refusal,))
    order = an_order(quantity=Decimal(30), price=Decimal(price))
    assert check_change(LIMITS, order, modi(price, quantity)).refusals == (refusal,)


@pytest.mark.parametrize("price", ["-500", "0", "500"])
def test_a_value_on_a_limit_is_accepted(price: str) -> None:
    assert check_entry(LIMITS, entry("50", price), None).refusals == ()


def test_all_refusals_are_reported() -> None:
    assert len(check_entry(LIMITS, entry("99", "999"), None).refusals) == 2


def test_the_number_of_orders_at_once_is_limited() -> None:
    assert check_count(LIMITS, 3) == FINE
    assert check_count(LIMITS, 4).refusals == (
        "4 orders at once are over this profile's limit of 3 (max_orders_per_action)",
    )


def test_a_change_is_not_refused_for_unchanged_fields() -> None:
    huge = an_order(quantity=Decimal(80), price=Decimal(600))
    assert check_change(LIMITS, huge, OrderModify(action=ModifyAction.MODI, txt="x")) == FINE
    assert check_change(LIMITS, huge, modi(price="499")) == FINE


def test_an_order_that_is_too_large_may_be_made_smaller_but_not_larger() -> None:
    huge = an_order(quantity=Decimal(70), hidden_quantity=Decimal(10))
    smaller = check_change(LIMITS, huge, modi(quantity="79.9"))
    assert smaller.refusals == ()
    assert "79.9 MW is over" in smaller.warnings[0]
    assert check_change(LIMITS, huge, modi(quantity="80")).refusals != ()


def test_an_activation_is_checked_as_a_whole() -> None:
    activate = OrderModify(action=ModifyAction.ACTI)
    assert check_change(LIMITS, an_order(state="HIBE"), activate) == FINE
    assert len(check_change(LIMITS, an_order(quantity=Decimal(80), price=Decimal(600)), activate).refusals) == 2
    hidden = an_order(quantity=Decimal(5), hidden_quantity=Decimal(46))
    assert len(check_change(LIMITS, hidden, activate).refusals) == 1
    assert check_change(LIMITS, an_order(quantity=None, price=None), activate) == FINE


@pytest.mark.parametrize("action", [ModifyAction.DEAC, ModifyAction.DELE])
def test_a_withdrawal_is_never_refused(action: ModifyAction) -> None:
    huge = an_order(quantity=Decimal(80), price=Decimal(-6000))
    assert check_change(LIMITS, huge, OrderModify(action=action)) == FINE
    assert check_change(LIMITS, huge, OrderModify(action=action, price=Decimal(9999))) == FINE


# ---------------------------------------------------------------- warnings


@pytest.mark.parametrize(("quantity", "warns"), [("44.9", False), ("45", True), ("50", True)])
def test_a_quantity_close_to_the_limit_gives_a_warning(quantity: str, warns: bool) -> None:
    warnings = check_entry(LIMITS, entry(quantity), None).warnings
    assert warnings == (
        (f"{Decimal(quantity):.1f} MW is close to this profile's limit of 50.0 MW (max_quantity_mw)",) * warns
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("45.10", "450.99", ()),
        ("45.10", "451.00", ("ten times",)),
        ("45.10", "4.52", ()),
        ("45.10", "4.51", ("a tenth",)),
        ("45.10", "-45.10", ("the sign",)),
        ("-45.10", "45.10", ("the sign",)),
        ("-4.51", "45.10", ("the sign", "ten times")),
        ("45.10", "0", ("a tenth",)),
        ("0", "0.01", ("ten times",)),
        ("0", "-0.01", ("ten times",)),
        ("-3", "-30", ("ten times",)),
        ("0", "0", ()),
        ("45.10", "45.1", ()),
    ],
)
def test_prices_far_from_the_present_or_the_last_one_give_a_warning(old: str, new: str, words: tuple[str, ...]) -> None:
    as_change = check_change(LIMITS, an_order(price=Decimal(old)), modi(price=new))
    as_entry = check_entry(LIMITS, entry(price=new), entry(price=old))
    for check, than in ((as_change, "the order's present value"), (as_entry, "the last entry for this contract")):
        assert check.refusals == ()
        assert len(check.warnings) == len(words)
        for warning, word in zip(check.warnings, words, strict=True):
            assert word in warning
            assert than in warning
            assert f"price {Decimal(old):.2f} -> {Decimal(new):.2f}" in warning


def test_quantities_far_from_the_present_or_the_last_one_give_a_warning() -> None:
    iceberg = an_order(quantity=Decimal(1), hidden_quantity=Decimal(3))
    assert check_change(LIMITS, iceberg, modi(quantity="39.9")) == FINE
    assert check_change(LIMITS, iceberg, modi(quantity="40")).warnings == (
        "quantity 4.0 -> 40.0: at least ten times the order's present value",
    )
    assert check_change(LIMITS, an_order(quantity=None), modi(quantity="40")) == FINE
    assert check_entry(LIMITS, entry("4"), entry("40")).warnings == (
        "quantity 40.0 -> 4.0: at most a tenth of the last entry for this contract",
    )


@given(old=PRICES, new=PRICES)
def test_each_change_of_sign_and_each_jump_gives_one_warning(old: Decimal, new: Decimal) -> None:
    warnings = check_change(LIMITS, an_order(price=old), modi(price=str(new))).warnings
    flips = (old < 0 < new) or (new < 0 < old)
    jumps = new != old and (abs(new) >= 10 * abs(old) or abs(old) >= 10 * abs(new))
    assert len(warnings) == flips + jumps


# ---------------------------------------------------------------- when only withdrawing is possible

READY = TradingConditions(link=LinkState.LIVE, data_age_s=1.0, trading_is_on=True)


def test_a_desk_without_problems_may_trade() -> None:
    assert why_only_withdraw(READY) is None


def test_a_failed_read_alone_does_not_stop_trading() -> None:
    assert why_only_withdraw(replace(READY, link=LinkState.FAILING)) is None


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        (replace(READY, link=LinkState.STALE, data_age_s=12.3), "the last read was 12 s ago"),
        (
            replace(READY, link=LinkState.OFFLINE, data_age_s=61),
            "the server can't be reached, and the last read was 1 m ago",
        ),
        (
            replace(READY, link=LinkState.OFFLINE, data_age_s=None),
            "the server can't be reached, and no orders have been read yet",
        ),
        (
            replace(READY, link=LinkState.UNAUTHORIZED, data_age_s=5),
            "the server refuses the API key, and the last read was 5.0 s ago",
        ),
        (replace(READY, link=LinkState.CONNECTING, data_age_s=None), "no orders have been read yet"),
        (
            replace(READY, trading_is_on=False),
            "trading is off: this desk is read-only; switch trading on, or set read_only = false",
        ),
        (
            replace(READY, key_may_not_trade=True),
            "this API key is read-only: the server says so, or has refused a write with it (403)",
        ),
        (replace(READY, journal_problem="No space left"), "the journal can't be written: No space left"),
        (replace(READY, halted="kill fired at 13:05"), f"halted: kill fired at 13:05. {HALT_LASTS}"),
        (replace(READY, market_closed="the market is halted"), "the market is halted"),
        (
            replace(READY, team_problem="No answer", cut_loose="pbtui --profile desk team cut-loose"),
            "No answer. Until it answers, orders can only be withdrawn, "
            "or cut the host loose: pbtui --profile desk team cut-loose",
        ),
    ],
)
def test_every_reason_to_only_withdraw_is_reported(conditions: TradingConditions, reason: str) -> None:
    assert why_only_withdraw(conditions) == reason


def test_the_most_serious_reason_comes_first() -> None:
    conditions = TradingConditions(
        link=LinkState.STALE,
        data_age_s=60,
        trading_is_on=False,
        key_may_not_trade=True,
        journal_problem="No space left",
        halted="kill fired",
        market_closed="the market is halted",
    )
    reasons = [why_only_withdraw(conditions)]
    conditions = replace(conditions, halted=None)
    reasons.append(why_only_withdraw(conditions))
    conditions = replace(conditions, key_may_not_trade=False)
    reasons.append(why_only_withdraw(conditions))
    conditions = replace(conditions, trading_is_on=True)
    reasons.append(why_only_withdraw(conditions))
    conditions = replace(conditions, journal_problem=None)
    reasons.append(why_only_withdraw(conditions))
    conditions = replace(conditions, link=LinkState.LIVE)
    reasons.append(why_only_withdraw(conditions))
    words = ["halted", "API key is read-only", "trading is off", "journal", "1 m ago", "market is halted"]
    assert [word for word, reason in zip(words, reasons, strict=True) if word in (reason or "")] == words


@pytest.mark.parametrize(
    ("orders", "quantity_mw", "reason"),
    [
        (1, 500, ""),
        (3, 49, ""),
        (4, 5, "4 orders, 5.0 MW, are above this profile's 3 orders (typed_count_above_orders)"),
        (2, 51, "2 orders, 51.0 MW, are above this profile's 50.0 MW (typed_count_above_mw)"),
    ],
)
def test_the_count_of_a_large_batch_is_typed(orders: int, quantity_mw: int, reason: str) -> None:
    limits = Limits(typed_count_above_orders=3, typed_count_above_mw=Decimal(50))
    assert why_typed_count(limits, orders, Decimal(quantity_mw)) == reason

"""What becomes of single orders: matching, slices, validities, ids and revisions."""

from datetime import timedelta
from decimal import Decimal

import pytest

from pbtui.simulator.book.contracts import CLOSES_BEFORE_DELIVERY, HOURLY
from pbtui.simulator.rejections import CallRefused
from pbtui.simulator.rights import ADMIN
from tests.simulator.day import NOON, Day


def test_trades_by_price_then_time_at_the_resting_price() -> None:
    day = Day()
    late_and_dear = day.enter("BUY", "45.00", "2.0")
    first = day.enter("BUY", "46.00", "3.0")
    second = day.enter("BUY", "46.00", "3.0")
    day.crowd("SELL", "44.00", "4.0")
    assert day.history_words(first) == ["UADD 3.0", "FEXE 0.0"]
    assert day.history_words(second) == ["UADD 3.0", "PEXE 2.0"]
    assert day.history_words(late_and_dear) == ["UADD 2.0"]


def test_partial_fill_raises_the_revision_and_keeps_what_was_entered() -> None:
    day = Day()
    order = day.enter("SELL", "45.10", "5.0")
    day.crowd("BUY", "50.00", "1.5")
    now = day.now(order)
    assert (now.revision_no, now.action, now.state) == (2, "PEXE", "ACTI")
    assert (now.quantity, now.initial_quantity) == (Decimal("3.5"), Decimal("5.0"))


def test_entering_order_takes_what_rests_and_rests_with_the_remainder() -> None:
    day = Day()
    day.crowd("SELL", "44.00", "2.0")
    day.crowd("SELL", "45.00", "1.0")
    order = day.enter("BUY", "45.00", "5.0")
    assert day.history_words(order) == ["UADD 5.0", "PEXE 3.0", "PEXE 2.0"]
    assert day.book.best(order.side) is not None


def test_iceberg_shows_slice_after_slice_and_loses_its_place_in_the_queue() -> None:
    day = Day()
    iceberg = day.enter("SELL", "45.10", "7.0", type="I", displayQty=Decimal(3), ppd=Decimal("0.5"))
    assert (iceberg.quantity, iceberg.hidden_quantity) == (Decimal("3.0"), Decimal("4.0"))
    day.crowd("BUY", "45.10", "3.0")
    now = day.now(iceberg)
    assert (now.action, now.price, now.order_id) == ("IADD", Decimal("45.60"), iceberg.order_id)
    assert day.history_words(iceberg) == ["UADD 3.0+4.0", "PEXE 0.0+4.0", "IADD 3.0+1.0"]
    day.crowd("BUY", "50.00", "4.0")
    assert day.history_words(iceberg)[3:] == ["PEXE 0.0+1.0", "IADD 1.0+0.0", "FEXE 0.0+0.0"]


def test_iceberg_slices_queue_behind_those_who_came_meanwhile() -> None:
    day = Day()
    iceberg = day.enter("SELL", "45.10", "4.0", type="I", displayQty=Decimal(2))
    other = day.enter("SELL", "45.10", "2.0")
    day.crowd("BUY", "45.10", "4.0")
    assert day.now(other).action == "FEXE"
    assert day.now(iceberg).quantity == Decimal("2.0")


def test_fill_or_kill_trades_whole_or_not_at_all() -> None:
    day = Day()
    day.crowd("SELL", "45.00", "3.0")
    too_much = day.enter("BUY", "45.00", "3.1", ordrExeRestriction="FOK", validityRes="NON")
    assert (too_much.state, too_much.action, too_much.quantity) == ("IACT", "SDEL", Decimal("3.1"))
    fits = day.enter("BUY", "45.00", "3.0", ordrExeRestriction="FOK")
    assert (fits.state, fits.action) == ("IACT", "FEXE")


def test_fill_or_kill_does_not_reach_slices_that_slide_beyond_its_limit() -> None:
    day = Day()
    admin_order = {"portfolio_id": "HYDRO", "type": "I", "displayQty": Decimal(1), "ppd": Decimal(1)}
    day.add(day.entry("SELL", "45.00", "3.0", **admin_order), key=ADMIN)
    order = day.enter("BUY", "46.00", "3.0", ordrExeRestriction="FOK")
    assert order.action == "SDEL"
    order = day.enter("BUY", "46.00", "2.0", ordrExeRestriction="FOK")
    assert order.action == "FEXE"


def test_immediate_or_cancel_drops_the_rest() -> None:
    day = Day()
    day.crowd("SELL", "45.00", "3.0")
    order = day.enter("BUY", "45.00", "5.0", ordrExeRestriction="IOC", validityRes="NON")
    assert day.history_words(order) == ["UADD 5.0", "PEXE 2.0", "SDEL 2.0"]


def test_good_till_date_ends_then() -> None:
    day = Day()
    order = day.enter(validityRes="GTD", validityDate=NOON + timedelta(minutes=10))
    day.pass_by(minutes=9, seconds=59)
    assert day.now(order).state == "ACTI"
    day.pass_by(seconds=1)
    assert (day.now(order).state, day.now(order).action) == ("IACT", "SDEL")


def test_prolonged_order_outlives_its_first_date() -> None:
    day = Day()
    order = day.enter(validityRes="GTD", validityDate=NOON + timedelta(minutes=10))
    later = day.change(order, validityRes="GTD", validityDate=NOON + timedelta(minutes=20))
    assert later.order_id == order.order_id
    day.pass_by(minutes=15)
    assert day.now(order).state == "ACTI"
    day.pass_by(minutes=5)
    assert day.now(order).action == "SDEL"


def test_contract_close_ends_live_and_hibernated_orders() -> None:
    day = Day()
    live, asleep = day.enter(), day.enter(state="HIBE")
    close = day.contract.delivery_start - CLOSES_BEFORE_DELIVERY
    day.exchange.step(close - timedelta(milliseconds=1))
    assert [day.now(live).state, day.now(asleep).state] == ["ACTI", "HIBE"]
    day.exchange.step(close)
    assert [day.now(live).action, day.now(asleep).action] == ["SDEL", "SDEL"]
    with pytest.raises(CallRefused, match="not open for trading"):
        day.enter()


def test_next_contract_opens_when_time_moves_on() -> None:
    day = Day()
    last = day.contracts(HOURLY.length)[-1]
    day.pass_by(hours=1)
    assert day.contracts(HOURLY.length)[-1].delivery_start == last.delivery_start + timedelta(hours=1)


def test_new_price_of_a_resting_order_ends_the_id_and_begins_another() -> None:
    day = Day()
    order = day.enter("BUY", "45.10", "5.0", txt="mine")
    day.crowd("SELL", "45.10", "1.0")
    changed = day.change(day.now(order), price=Decimal("45.20"))
    assert (day.now(order).state, day.now(order).action) == ("IACT", "UDEL")
    assert changed.parent_order_id == changed.initial_order_id == order.order_id
    assert (changed.revision_no, changed.action, changed.price) == (1, "UADD", Decimal("45.20"))
    assert (changed.quantity, changed.txt, changed.cl_ordr_id) == (Decimal("4.0"), "mine", order.cl_ordr_id)
    again = day.change(changed, quantity=Decimal("2.5"))
    assert (again.parent_order_id, again.initial_order_id) == (changed.order_id, order.order_id)
    assert again.initial_quantity == Decimal("2.5")


def test_new_text_keeps_the_id_and_raises_the_revision() -> None:
    day = Day()
    order = day.enter()
    changed = day.change(order, txt="noted", price=order.price)
    assert (changed.order_id, changed.revision_no, changed.action) == (order.order_id, 2, "UMOD")
    assert changed.txt == "noted"


def test_hibernated_order_keeps_its_id_through_changes_and_gets_a_new_one_when_activated() -> None:
    day = Day()
    order = day.enter()
    asleep = day.change(order, "DEAC")
    assert (asleep.order_id, asleep.state, asleep.action) == (order.order_id, "HIBE", "UHIB")
    day.crowd("SELL", "40.00", "1.0")
    changed = day.change(asleep, price=Decimal("44.00"), quantity=Decimal("2.0"))
    assert (changed.order_id, changed.state, changed.action) == (order.order_id, "HIBE", "UMOD")
    woken = day.change(changed, "ACTI")
    assert (woken.parent_order_id, woken.state) == (order.order_id, "ACTI")
    assert (woken.price, woken.action, woken.quantity) == (Decimal("44.00"), "PEXE", Decimal("1.0"))


def test_change_can_trade_at_once() -> None:
    day = Day()
    day.crowd("SELL", "46.00", "1.0")
    order = day.enter("BUY", "45.10", "5.0")
    changed = day.change(order, price=Decimal("46.00"))
    assert day.history_words(changed) == ["UADD 5.0", "UDEL 5.0", "UADD 5.0", "PEXE 4.0"]


def test_repeated_deactivation_and_activation_change_nothing() -> None:
    day = Day()
    order = day.enter()
    assert day.change(order, "ACTI") == order
    asleep = day.change(order, "DEAC")
    assert day.change(asleep, "DEAC") == asleep


def test_pre_arranged_order_waits_outside_the_book() -> None:
    day = Day()
    day.crowd("SELL", "40.00", "5.0")
    order = day.enter("BUY", "45.10", "5.0", preArranged=True, preArrangedAcct="OTHER")
    assert (order.state, order.action, order.pre_arranged_acct) == ("ACTI", "UADD", "OTHER")
    day.crowd("SELL", "40.00", "5.0")
    assert day.now(order).action == "UADD"


def test_history_contains_earlier_ids_and_no_later_ones() -> None:
    day = Day()
    order = day.enter()
    changed = day.change(order, price=Decimal("44.00"))
    gone = day.change(changed, "DELE")
    assert [(r.order_id, r.revision_no, r.action) for r in day.history(gone)] == [
        (order.order_id, 1, "UADD"),
        (order.order_id, 2, "UDEL"),
        (changed.order_id, 1, "UADD"),
        (changed.order_id, 2, "UDEL"),
    ]
    assert {r.order_id for r in day.history(order)} == {order.order_id}


def test_two_own_orders_of_other_tenants_trade_in_the_book() -> None:
    day = Day()
    alpine = day.add(day.entry("SELL", "45.00", "5.0", portfolio_id="HYDRO"), key=ADMIN).orders[0]
    outcome = day.add(day.entry("BUY", "45.00", "5.0"))
    assert (outcome.orders[0].action, outcome.internal_trades) == ("FEXE", 0)
    assert day.now(alpine).action == "FEXE"


def test_orders_long_gone_are_forgotten_and_living_ones_keep_their_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbtui.simulator.book.ledger.REMEMBERED_GONE", 2)
    day = Day()
    order = day.enter()
    living = day.change(order, price=Decimal("44.00"))
    for _ in range(3):
        day.change(day.enter(), "DELE")
    with pytest.raises(CallRefused, match="not known"):
        day.history(order)
    assert day.history_words(living) == ["UADD 5.0", "UDEL 5.0", "UADD 5.0"]

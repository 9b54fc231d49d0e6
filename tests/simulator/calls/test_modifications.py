"""Lists of changes: conflicts, orders that are gone, what happens to the others of the list."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from pbtui.api.codes import OrderSide
from pbtui.simulator.book.rules import terms_as_they_stand
from pbtui.simulator.rejections import CallRefused
from pbtui.simulator.rights import ADMIN, READER
from tests.simulator.day import Day, item


def test_stale_revision_is_a_conflict_and_the_others_are_changed() -> None:
    day = Day()
    stale, fresh = day.enter(), day.enter()
    day.crowd("SELL", "45.10", "1.0")
    with pytest.raises(CallRefused, match=f"order 1: order {stale.order_id} is at revision 2") as refused:
        day.modify(item(stale, "MODI", txt="a"), item(fresh, "MODI", txt="b"))
    assert refused.value.status == 409
    assert [error.code for error in refused.value.errors] == ["PB_ORDER_REVISION_MISMATCH"]
    assert day.now(stale).txt is None
    assert day.now(fresh).txt == "b"


def test_with_included_errors_the_answer_lists_the_conflict_and_what_was_done() -> None:
    day = Day()
    stale, fresh = day.enter(), day.enter()
    day.crowd("SELL", "45.10", "1.0")
    outcome = day.modify(item(stale, "MODI", txt="a"), item(fresh, "MODI", txt="b"), include_errors=True)
    refused, changed = outcome.orders
    assert (refused.state, refused.revision_no, refused.errors and refused.errors[0].code) == (
        "ACTI",
        2,
        "PB_ORDER_REVISION_MISMATCH",
    )
    assert (changed.txt, changed.errors) == ("b", None)
    assert day.now(stale).errors is None


@pytest.mark.parametrize("action", ["MODI", "ACTI", "DEAC", "DELE"])
def test_order_that_is_gone_is_refused_with_how_it_ended(action: str) -> None:
    day = Day()
    order = day.enter()
    day.crowd("SELL", "45.10", "5.0")
    with pytest.raises(CallRefused, match="is no longer active: FEXE") as refused:
        day.change(order, action)
    assert refused.value.status == 400


def test_second_change_of_the_same_order_in_one_list_is_stale() -> None:
    day = Day()
    order = day.enter()
    with pytest.raises(CallRefused, match=r"order 2: .* is at revision 2") as refused:
        day.modify(item(order, "MODI", txt="a"), item(order, "MODI", txt="b"))
    assert refused.value.status == 409
    assert day.now(order).txt == "a"


@pytest.mark.parametrize(
    ("changes", "is_first"),
    [
        ({"quantity": Decimal(4)}, True),
        ({"quantity": Decimal(6)}, False),
        ({"quantity": Decimal(4), "price": Decimal("45.09")}, False),
        ({"price": Decimal("45.09")}, False),
        ({"txt": "x"}, True),
    ],
)
def test_a_smaller_quantity_alone_keeps_the_place_in_the_queue(changes: dict[str, Any], is_first: bool) -> None:
    day = Day()
    order, other = day.enter(), day.enter()
    assert order.price == other.price == Decimal("45.10")
    changed = day.change(order, **changes)
    (first, last) = [each.order_id for each in day.book.queue(OrderSide.BUY)]
    assert (first, last) == ((changed.order_id, other.order_id) if is_first else (other.order_id, changed.order_id))


def test_removal_needs_no_revision_and_a_change_does() -> None:
    day = Day()
    order = day.enter()
    no_revision = item(order, "MODI", txt="x").model_copy(update={"revision_no": None})
    with pytest.raises(CallRefused, match="revision_no is missing") as refused:
        day.modify(no_revision)
    assert refused.value.status == 400
    assert day.modify(no_revision, infer_order_revisions=True).orders[0].txt == "x"
    day.modify(item(order, "DEAC").model_copy(update={"revision_no": None}))
    assert day.now(order).state == "HIBE"
    day.modify(item(order, "DELE").model_copy(update={"revision_no": None}))
    assert day.now(order).action == "UDEL"


def test_unknown_order_refuses_the_whole_list() -> None:
    day = Day()
    order = day.enter()
    unknown = item(order, "DELE").model_copy(update={"order_id": "1"})
    with pytest.raises(CallRefused, match="order 1 is not known") as refused:
        day.modify(item(order, "DELE"), unknown)
    assert refused.value.status == 400
    assert day.now(order).state == "ACTI"


def test_reader_may_not_even_deactivate() -> None:
    day = Day()
    order = day.enter()
    with pytest.raises(CallRefused, match="may read orders but not") as refused:
        day.modify(item(order, "DEAC"), key=READER)
    assert refused.value.status == 403


def test_order_out_of_reach_is_refused() -> None:
    day = Day()
    order = day.enter(portfolio_id="SOLAR", key=ADMIN)
    with pytest.raises(CallRefused, match="SOLAR") as refused:
        day.modify(item(order, "DEAC"))
    assert refused.value.status == 403


def test_orders_of_a_read_only_portfolio_can_only_be_removed() -> None:
    day = Day(orders=60)
    order = next(order for order in day.live() if order.portfolio_id == "ARCH")
    with pytest.raises(CallRefused, match="can only be removed") as refused:
        day.modify(item(order, "MODI", txt="x"), key=ADMIN)
    assert refused.value.status == 403
    asleep = day.modify(item(order, "DEAC"), key=ADMIN).orders[0]
    with pytest.raises(CallRefused, match="can only be removed"):
        day.modify(item(asleep, "ACTI"), key=ADMIN)
    assert day.modify(item(asleep, "DELE"), key=ADMIN).orders[0].state == "IACT"


def test_activation_and_growth_are_held_to_the_limit_and_shrinking_is_not() -> None:
    day = Day()
    order, asleep = day.enter(quantity_mw="499.0"), day.enter(quantity_mw="2.0", state="HIBE")
    with pytest.raises(CallRefused, match=r"501\.0 MW long"):
        day.change(asleep, "ACTI")
    with pytest.raises(CallRefused, match=r"500\.1 MW long"):
        day.change(order, quantity=Decimal("500.1"))
    outcome = day.modify(item(asleep, "ACTI"), fail_on_limit_violations=False)
    assert len(outcome.violations) == 1
    assert outcome.orders == []


def test_order_may_shrink_where_the_limit_is_broken_already() -> None:
    day = Day()
    order = day.enter(quantity_mw="499.0")
    terms = msgspec.structs.replace(terms_as_they_stand(day.found(order)), quantity_mw=Decimal("9.0"))
    day.exchange.market.enter(terms, ADMIN.user)
    with pytest.raises(CallRefused, match="MW long"):
        day.change(order, quantity=Decimal("499.1"))
    assert day.change(order, quantity=Decimal("498.0")).quantity == Decimal("498.0")


def test_activation_that_names_a_price_is_refused_instead_of_ignoring_it() -> None:
    day = Day()
    order = day.enter(state="HIBE")
    with pytest.raises(CallRefused, match="ACTI does not accept price"):
        day.change(order, "ACTI", price=Decimal(40))
    assert day.change(order, "ACTI", ordrExeRestriction="NON").state == "ACTI"


def test_change_into_an_own_order_is_refused_and_leaves_the_order_as_it_was() -> None:
    day = Day()
    day.enter("SELL", "46.00")
    order = day.enter("BUY", "45.00")
    with pytest.raises(CallRefused, match="would trade with own order"):
        day.modify(item(order, "MODI", price=Decimal("46.00")), internal_trading=False)
    assert day.now(order) == order
    outcome = day.modify(item(order, "MODI", price=Decimal("46.00")))
    assert (outcome.internal_trades, len(outcome.orders)) == (1, 2)


def test_change_of_a_partly_filled_iceberg_keeps_what_is_hidden() -> None:
    day = Day()
    order = day.enter("SELL", "45.10", "7.0", type="I", displayQty=Decimal(3))
    day.crowd("BUY", "45.10", "1.0")
    changed = day.change(day.now(order), price=Decimal("45.20"))
    assert (changed.quantity, changed.hidden_quantity, changed.display_quantity) == (Decimal(3), Decimal(3), Decimal(3))


def test_iceberg_can_become_a_plain_order() -> None:
    day = Day()
    order = day.enter("SELL", "45.10", "7.0", type="I", displayQty=Decimal(3))
    changed = day.change(order, type="O")
    assert (changed.type, changed.quantity, changed.hidden_quantity) == ("O", Decimal("7.0"), None)


def test_guard_of_a_change() -> None:
    day = Day()
    order = day.enter()
    with pytest.raises(CallRefused, match=r"expectedNetPos is 0\.0 MW, 3 MW was expected") as refused:
        day.change(order, txt="x", expectedNetPos=Decimal(3))
    assert refused.value.status == 400
    assert day.change(order, txt="x", expectedMaxNetPos=Decimal("5.0")).txt == "x"


def test_an_order_names_the_user_who_changed_it_last() -> None:
    day = Day()
    order = day.enter()
    assert order.user_code == "TRD001"
    changed = day.modify(item(order, "MODI", txt="x"), key=ADMIN).orders[0]
    assert (changed.user_code, changed.user_name) == ("ADM001", "Ada Admin")
    assert [revision.user_code for revision in day.history(order)] == ["TRD001", "ADM001"]

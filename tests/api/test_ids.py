"""Ids in the form to be shown, and the ids that they stand for."""

import pytest

from pbtui.api.codes import ModifyAction
from pbtui.api.requests import OrderEntry, OrderModify, OrderModifyItem
from pbtui.api.sanitize import shown_id, wire_id
from tests.orders import an_order


@pytest.mark.parametrize("an_id", ["4711", "a,b", "Caf\u00e9", "", "x/y?z#%2C"])
def test_a_safe_id_is_shown_as_it_is(an_id: str) -> None:
    assert shown_id(an_id) == an_id == wire_id(an_id)


@pytest.mark.parametrize("an_id", ["Cafe\u0301", "a\u200bb", "a\x1b[2Jb", "\ud800", "x" * 5000, "a\u00a0b"])
def test_another_id_is_shown_in_a_safe_form_that_stands_for_it(an_id: str) -> None:
    shown = shown_id(an_id)
    assert shown.isprintable()
    assert len(shown) < 200
    assert shown_id(shown) == shown
    assert wire_id(shown) == an_id


def test_ids_that_differ_only_in_what_is_not_shown_stay_apart() -> None:
    ids = ["a\u200bb", "a\u200cb", "a\ufeffb", "ab", "a\ufffdb"]
    assert len({shown_id(an_id) for an_id in ids}) == len(ids)


def test_requests_hold_the_shown_form_and_send_the_id() -> None:
    order = an_order("Cafe\u0301", portfolio_id="P\u200b1")
    change = OrderModify(action=ModifyAction.DEAC)
    for an_id in ("Cafe\u0301", order.order_id or ""):
        item = OrderModifyItem(order_id=an_id, changes=change)
        assert item.order_id == order.order_id
        assert item.wire()["order_id"] == "Cafe\u0301"
    entry = OrderEntry.model_validate({"portfolio_id": order.portfolio_id, "quantity": 1, "price": 2})
    assert entry.wire()["portfolio_id"] == "P\u200b1"

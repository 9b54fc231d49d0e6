"""A withdrawal is sent as the request that the API documents."""

import pytest

from pbtui.api.codes import ModifyAction, StatusAction
from pbtui.api.requests import OrderModify, OrderModifyItem, UpdateStatus
from pbtui.api.withdrawals import AccountWithdrawal, Withdrawal, WithdrawalItem
from tests.orders import an_order


@pytest.mark.parametrize("action", [ModifyAction.DEAC, ModifyAction.DELE])
@pytest.mark.parametrize("order_id", ["7", "Cafe\u0301"])
def test_a_withdrawn_order_is_an_item_of_the_list_of_changes(action: ModifyAction, order_id: str) -> None:
    order = an_order(order_id)
    item = WithdrawalItem(order.order_id or "", Withdrawal(action))
    assert item.wire() == OrderModifyItem(order_id=order_id, changes=OrderModify(action=action)).wire()
    assert item.changes.wire() == OrderModify(action=action).wire()
    assert item.wire()["order_id"] == order_id


@pytest.mark.parametrize("action", [StatusAction.DEAC, StatusAction.DELE])
@pytest.mark.parametrize("has_pre_arranged", [True, False])
@pytest.mark.parametrize("products", [(), ("XBID_Hour_Power", "Hour, Power")])
def test_a_withdrawal_of_everything_is_a_change_of_status(
    action: StatusAction, has_pre_arranged: bool, products: tuple[str, ...]
) -> None:
    status = UpdateStatus(order_mod_type=action, incl_pre_arranged=has_pre_arranged, prod_name=products or None)
    sent = AccountWithdrawal(action, has_pre_arranged, products).wire()
    assert {**sent, "prodName": tuple(sent.get("prodName", ()))} == {"prodName": (), **status.wire()}
    assert sent.keys() == status.wire().keys()

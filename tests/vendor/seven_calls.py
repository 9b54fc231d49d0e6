"""All seven calls, with every parameter, made by the vendor's own client. Run under any release of it.

    python seven_calls.py BASE_URL        keys in PBTUI_TRADER_KEY and PBTUI_ADMIN_KEY

BASE_URL is that of the seed, exchange included. Prints a JSON object that says which client it was and what it saw;
ends with an AssertionError where the exchange did not behave. Needs nothing but the client and the standard library.
"""

import inspect
import json
import os
import sys
from datetime import datetime, timedelta
from typing import Any

import powerbot_client as vendor

FAR_BELOW_MARKET = -500.25


class Desk:
    """The seven methods of one key, alike for clients that name the exchange and those that do not."""

    def __init__(self, base_url: str, key: str) -> None:
        names_exchange = "exchange" in inspect.signature(vendor.OrdersApi.get_own_orders).parameters
        root, exchange = base_url.removesuffix("/v2/api").rsplit("/", 1)
        host = root if names_exchange else base_url
        self._first = (exchange,) if names_exchange else ()
        self._api = vendor.OrdersApi(
            vendor.ApiClient(vendor.Configuration(host=host, api_key={"api_key_security": key}))
        )

    def call(self, method: str, *args: Any, **kwargs: Any) -> tuple[Any, int, Any]:
        """Data, status and headers of a call that succeeds."""
        data, status, headers = getattr(self._api, f"{method}_with_http_info")(*self._first, *args, **kwargs)
        return data, status, headers

    def refusal(self, method: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Status and body of a call that must be refused."""
        try:
            self.call(method, *args, **kwargs)
        except vendor.ApiException as refused:
            return {"status": refused.status, **json.loads(refused.body)}
        raise AssertionError(f"{method} was not refused")


def entry(sample: Any, **terms: Any) -> Any:
    """A buy order far below the market, for the contract and area of a sample order unless it names its own."""
    named = {"contract_id", "contract_name", "dlvry_start"} & terms.keys()
    contract = {} if named else {"contract_id": sample.contract_id}
    return vendor.OrderEntry(
        **{"portfolio_id": "DE1", "side": "BUY", "quantity": 2.5, "price": FAR_BELOW_MARKET}
        | {"delivery_area": sample.delivery_area, **contract, **terms}
    )


def item(order: Any, action: str, **changes: Any) -> Any:
    """A change of that order at the revision it was seen in."""
    return vendor.OrderModifyItem(
        order_id=order.order_id,
        revision_no=order.revision_no,
        changes=vendor.OrderModify(action=action, **changes),
    )


def read(desk: Desk) -> Any:
    """GET /orders with each parameter of the seed; gives an order to take contract and area from."""
    orders, status, headers = desk.call("get_own_orders")
    assert status == 200
    assert orders
    assert headers["X-Total-Count"] == str(len(orders))
    sample = orders[len(orders) // 2]
    for name, argument, attribute in (
        ("portfolio_id", [sample.portfolio_id], "portfolio_id"),
        ("contract_ids", [sample.contract_id], "contract_id"),
        ("contract_id", [sample.contract_id], "contract_id"),
        ("order_ids", [sample.order_id], "order_id"),
        ("delivery_area", sample.delivery_area, "delivery_area"),
        ("user_code", sample.user_code, "user_code"),
        ("cl_ordr_id", sample.cl_ordr_id, "cl_ordr_id"),
    ):
        found, _, _ = desk.call("get_own_orders", **{name: argument})
        wanted = getattr(sample, attribute)
        assert {o.order_id for o in found} == {o.order_id for o in orders if getattr(o, attribute) == wanted}, name
    marked = next(order for order in orders if order.txt)
    found, _, _ = desk.call("get_own_orders", txt=marked.txt)
    assert {order.order_id for order in found} == {order.order_id for order in orders if order.txt == marked.txt}
    every, _, headers = desk.call("get_own_orders", active_only=False, offset=0, limit=500)
    page, _, _ = desk.call("get_own_orders", active_only=False, offset=2, limit=3)
    assert [order.order_id for order in page] == [order.order_id for order in every[2:5]]
    assert int(headers["X-Total-Count"]) == len(every) > len(orders)
    return sample


def add(desk: Desk, sample: Any) -> list[Any]:
    """POST /orders/list with each parameter and the many ways to write an order."""
    ends_at: datetime = sample.delivery_start - timedelta(hours=1)
    wanted = [
        entry(sample, txt="plain, ü"),
        entry(sample, contract_name=sample.contract_name, state="HIBE", txt="hibernated"),
        entry(
            sample,
            dlvry_start=sample.delivery_start,
            dlvry_end=sample.delivery_end,
            prod=product(sample),
            txt="by delivery",
        ),
        entry(sample, type="I", quantity=10, display_qty=2.5, ppd=-0.5, txt="iceberg"),
        entry(sample, validity_res="GTD", validity_date=ends_at, clearing_acct_type="P", txt="until"),
        entry(sample, ordr_exe_restriction="FOK", validity_res="NON", txt="now or never"),
        entry(sample, pre_arranged=True, pre_arranged_acct="OTHER", txt="arranged"),
    ]
    orders, status, headers = desk.call(
        "add_orders",
        wanted,
        exec_instruction="VALID",
        internal_trading=False,
        fail_on_limit_violations=False,
        ignore_order_action_quota=True,
        include_errors=True,
    )
    assert status == 200
    assert headers["X-Total-Internal-Trades"] == "0"
    assert [order.txt for order in orders] == [order.txt for order in wanted]
    assert [order.state for order in orders] == ["ACTI", "HIBE", "ACTI", "ACTI", "ACTI", "IACT", "ACTI"]
    assert {order.contract_id for order in orders} == {sample.contract_id}
    assert [(o.quantity, o.hidden_quantity) for o in orders if o.type == "I"] == [(2.5, 7.5)]
    assert orders[4].valid_until == ends_at
    assert {order.price for order in orders} == {FAR_BELOW_MARKET}
    return list(orders)


def product(order: Any) -> str:
    """Name of the product of an order's contract."""
    hourly = order.delivery_end - order.delivery_start == timedelta(hours=1)
    return "XBID_Hour_Power" if hourly else "XBID_Quarter_Hour_Power"


def change(desk: Desk, order: Any) -> Any:
    """PUT /orders/list: a new price, then the stale revision of a text; PUT /order: both again. The last id."""
    (changed,), status, _ = desk.call(
        "modify_orders",
        modifications=[item(order, "MODI", price=order.price + 1, quantity=3)],
        internal_trading=True,
        fail_on_limit_violations=True,
        ignore_order_action_quota=False,
    )
    assert status == 200
    assert changed.parent_order_id == changed.initial_order_id == order.order_id != changed.order_id
    (noted,), _, _ = desk.call("modify_orders", modifications=[item(changed, "MODI", txt="noted")])
    assert (noted.order_id, noted.revision_no) == (changed.order_id, changed.revision_no + 1)
    stale = desk.refusal("modify_orders", modifications=[item(changed, "MODI", txt="too late")])
    assert stale["status"] == 409, stale
    gone = desk.refusal("modify_orders", modifications=[item(order, "MODI", price=1)])
    assert gone["status"] == 400, gone
    (single,), _, _ = desk.call(
        "modify_order",
        noted.order_id,
        noted.revision_no,
        modifications=vendor.OrderModify(action="MODI", price=noted.price + 1),
        internal_trading=False,
        fail_on_limit_violations=False,
        ignore_order_action_quota=True,
    )
    assert single.parent_order_id == noted.order_id
    stale = desk.refusal(
        "modify_order", single.order_id, single.revision_no + 7, modifications=vendor.OrderModify(action="DEAC")
    )
    assert stale["status"] == 409, stale
    return single


def hibernate_and_wake(desk: Desk, order: Any) -> Any:
    """DEAC keeps the id, ACTI gives a new one."""
    asleep = vendor.OrderModifyItem(order_id=order.order_id, changes=vendor.OrderModify(action="DEAC"))
    (hibernated,), _, _ = desk.call("modify_orders", modifications=[asleep])
    assert (hibernated.order_id, hibernated.state, hibernated.action) == (order.order_id, "HIBE", "UHIB")
    (woken,), _, _ = desk.call("modify_orders", modifications=[item(hibernated, "ACTI")])
    assert (woken.parent_order_id, woken.state) == (order.order_id, "ACTI")
    return woken


def look_back(desk: Desk, order: Any) -> list[str]:
    """GET /orders/{id}/history over all ids the order had."""
    revisions, status, headers = desk.call("get_own_order_history", order.order_id)
    assert status == 200
    assert headers["X-Total-Count"] == str(len(revisions))
    assert {revision.initial_order_id for revision in revisions} == {order.initial_order_id}
    assert desk.refusal("get_own_order_history", "no/such order")["status"] == 404
    return [f"{revision.action} {revision.order_id}/{revision.revision_no}" for revision in revisions]


def sweep(trader: Desk, admin: Desk, sample: Any) -> dict[str, int]:
    """DELETE /orders and PUT /orders/status, with and without the right to."""
    deleted, _, _ = trader.call("delete_orders", ["DE1"], delivery_areas=[sample.delivery_area])
    assert {(order.portfolio_id, order.delivery_area, order.state) for order in deleted} == {
        ("DE1", sample.delivery_area, "IACT")
    }
    assert trader.refusal("delete_orders", [])["status"] == 400
    everything = vendor.UpdateStatus(order_mod_type="DEAC", incl_pre_arranged=True)
    assert trader.refusal("update_status", everything)["status"] == 403
    before, _, _ = admin.call("get_own_orders")
    one_product = vendor.UpdateStatus(order_mod_type="DEAC", incl_pre_arranged=True, prod_name=[product(sample)])
    _, status, _ = admin.call("update_status", one_product)
    assert status == 204
    between, _, _ = admin.call("get_own_orders")
    assert {product(order) for order in between} == {product(order) for order in before} - {product(sample)}
    admin.call("update_status", everything)
    after, _, _ = admin.call("get_own_orders")
    assert after == []
    return {"deleted": len(deleted), "live before": len(before), "live after": len(after)}


def main(base_url: str) -> None:
    """Make all seven calls and report."""
    trader = Desk(base_url, os.environ["PBTUI_TRADER_KEY"])
    admin = Desk(base_url, os.environ["PBTUI_ADMIN_KEY"])
    sample = read(trader)
    orders = add(trader, sample)
    woken = hibernate_and_wake(trader, change(trader, orders[0]))
    history = look_back(trader, woken)
    swept = sweep(trader, admin, sample)
    wrong_key = Desk(base_url, "not-a-key").refusal("get_own_orders")
    assert wrong_key["status"] == 401
    print(json.dumps({"client": vendor.__version__, "history": history, "swept": swept}))


if __name__ == "__main__":
    main(sys.argv[1])

"""The strings a test or a demonstration pulls: fills, touches by others, the log of requests."""

import httpx
import pytest

from tests.exchange import WITHIN_S, RunningExchange


def plain_order(shared: RunningExchange) -> str:
    """The id of a resting limit order of the trader's portfolios that is unchanged so far."""
    untouched = (
        order
        for order in shared.orders()
        if order["type"] == "O" and order["revision_no"] == 1 and not order["pre_arranged"] and order["quantity"] >= 2
    )
    order_id: str = next(untouched)["order_id"]
    return order_id


def refused(shared: RunningExchange, path: str, **body: object) -> tuple[int, str]:
    response = httpx.post(f"{shared.root_url}_simulator/{path}", json=body, trust_env=False, timeout=WITHIN_S)
    return response.status_code, response.json()["message"]


def test_fill_executes_a_part_and_then_the_rest(shared: RunningExchange) -> None:
    order_id = plain_order(shared)
    filled = shared.fill(order_id, 0.5)
    assert (filled["action"], filled["revision_no"], filled["state"]) == ("PEXE", 2, "ACTI")
    ended = shared.fill(order_id, filled["quantity"])
    assert (ended["action"], ended["state"], ended["quantity"]) == ("FEXE", "IACT", 0)
    assert order_id not in {order["order_id"] for order in shared.orders()}


def test_fill_goes_through_the_slices_of_an_iceberg(shared: RunningExchange) -> None:
    iceberg = next(order for order in shared.orders() if order["type"] == "I" and order["hidden_quantity"])
    filled = shared.fill(iceberg["order_id"], iceberg["quantity"])
    assert filled["action"] == "IADD"
    everything = filled["quantity"] + filled["hidden_quantity"]
    assert shared.fill(iceberg["order_id"], everything)["action"] == "FEXE"


def test_fill_that_cannot_be_is_refused(shared: RunningExchange) -> None:
    order_id = plain_order(shared)
    assert refused(shared, f"orders/{order_id}/fill", quantity=10_000) == (
        400,
        f"order {order_id} has {shared.orders(order_ids=order_id)[0]['quantity']} MW open, so 10000 MW cannot be taken",
    )
    assert refused(shared, f"orders/{order_id}/fill", quantity=0)[0] == 400
    assert refused(shared, f"orders/{order_id}/fill", volume=1)[0] == 400
    assert refused(shared, "orders/1/fill", quantity=1)[0] == 404
    asleep = shared.touch(plain_order(shared), action="DEAC")
    assert "is not in the book" in refused(shared, f"orders/{asleep['order_id']}/fill", quantity=1)[1]


def test_touch_by_a_colleague_makes_the_trader_s_revision_stale(shared: RunningExchange) -> None:
    order_id = plain_order(shared)
    touched = shared.touch(order_id, txt="colleague was here")
    assert (touched["order_id"], touched["revision_no"], touched["user_code"]) == (order_id, 2, "TRD002")
    stale = [{"order_id": order_id, "revision_no": 1, "changes": {"action": "MODI", "txt": "mine"}}]
    assert shared.call("PUT", "/orders/list", json=stale).status_code == 409


def test_touch_of_the_price_takes_the_id_away(shared: RunningExchange) -> None:
    order_id = plain_order(shared)
    touched = shared.touch(order_id, price=-321.5)
    assert (touched["parent_order_id"], touched["price"]) == (order_id, -321.5)
    stale = [{"order_id": order_id, "revision_no": 1, "changes": {"action": "MODI", "txt": "mine"}}]
    assert shared.call("PUT", "/orders/list", json=stale).status_code == 400


def test_market_operations_act_under_the_same_id(shared: RunningExchange) -> None:
    order_id = plain_order(shared)
    touched = shared.touch(order_id, by="market_operations", price=-321.5, quantity=1)
    assert (touched["order_id"], touched["action"], touched["price"]) == (order_id, "AMOD", -321.5)
    assert shared.touch(order_id, by="market_operations", action="DEAC")["action"] == "AHIB"
    assert shared.touch(order_id, by="market_operations", action="DELE")["action"] == "ADEL"
    assert "is no longer active" in refused(shared, f"orders/{order_id}/touch", txt="x")[1]


@pytest.mark.parametrize("action", ["DEAC", "DELE"])
def test_colleague_removes_an_order(shared: RunningExchange, action: str) -> None:
    order_id = plain_order(shared)
    shared.touch(order_id, action=action)
    assert shared.orders(order_ids=order_id) == []


def test_texts_are_shown_as_given(shared: RunningExchange) -> None:
    order_id = plain_order(shared)
    hostile = "\x1b]52;c;ZXZpbA==\x07[/][@click=app.quit]x\u202e"
    shared.touch(order_id, show={"txt": hostile, "contract_name": hostile, "user_name": hostile})
    (order,) = shared.orders(order_ids=order_id)
    assert [order[name] for name in ("txt", "contract_name", "user_name")] == [hostile] * 3
    assert refused(shared, f"orders/{order_id}/touch", show={"price": "x"})[0] == 400


def test_the_log_holds_received_requests_without_their_key(faulty: RunningExchange) -> None:
    faulty.call("GET", "/orders?txt=a%20b&order_ids=1,2")
    faulty.call("PUT", "/orders/list", content=b'[{"order_id": "1", "changes": {"action": "DELE", "price": 1.50}}]')
    faulty.call("POST", "/orders/list", key=None, content=b"not json")
    log = httpx.get(faulty.root_url + "_simulator/requests", trust_env=False, timeout=WITHIN_S)
    first, second, third = log.json()
    assert (first["method"], first["path"], first["body"]) == ("GET", "/playground/epex/v2/api/orders", None)
    assert first["query"] == {"txt": ["a b"], "order_ids": ["1,2"]}
    assert (first["key"], first["answered"]) == ("trader", 200)
    assert second["body"] == [{"order_id": "1", "changes": {"action": "DELE", "price": 1.5}}]
    assert '"price": 1.50' in log.text
    assert (third["key"], third["answered"], third["body"]) == (None, 401, "not json")
    assert not any(key in log.text for key in faulty.keys.values())
    faulty.forget_requests()
    assert faulty.requests() == []

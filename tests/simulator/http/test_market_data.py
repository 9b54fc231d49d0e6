"""The market's condition, its notifications, the quota, and the rights of keys, over real HTTP."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.exchange import WITHIN_S, RunningExchange


@pytest.fixture
def calm(shared: RunningExchange) -> Iterator[RunningExchange]:
    """The shared simulator, whose market is as usual again afterwards."""
    yield shared
    shared.market()


def market(exchange: RunningExchange, *names: str) -> dict[str, Any]:
    found = exchange.call("GET", "/market").json()
    return {name: found.get(name) for name in names}


def test_a_halted_market_says_so_and_takes_no_order(calm: RunningExchange) -> None:
    order = calm.orders()[0]
    contract = calm.free_contract()
    entry = {"portfolio_id": "DE1", "contractId": contract["contract_id"], "side": "BUY", "quantity": 1, "price": -500}
    entry["delivery_area"] = contract["delivery_areas"][0]
    change = {"order_id": order["order_id"], "revision_no": order["revision_no"]}
    for condition in ({"status": "FAILURE"}, {"status": "LOGGED_OUT"}, {"mode": "SAFE"}):
        calm.market(messages=["Maintenance until 14:00"], **condition)
        assert market(calm, *condition, "messages") == {**condition, "messages": ["Maintenance until 14:00"]}
        for method, body in (("POST", entry), ("PUT", change | {"changes": {"action": "MODI", "price": 1}})):
            refused = calm.call(method, "/orders/list", json=[body])
            assert refused.status_code == 400
            assert refused.json()["message"].endswith("activated. Maintenance until 14:00")
    assert market(calm, "safe_mode_enabled_since")["safe_mode_enabled_since"] is not None
    withdrawn = calm.call("PUT", "/orders/list", json=[change | {"changes": {"action": "DEAC"}}])
    assert withdrawn.json()[0]["state"] == "HIBE"
    calm.market(status="WARNING")
    assert calm.call("POST", "/orders/list", json=[entry]).is_success


def test_health_needs_no_key_and_follows_the_status(calm: RunningExchange) -> None:
    assert calm.call("GET", "/market/health", key=None).status_code == 204
    calm.market(status="WARNING")
    assert calm.call("GET", "/market/health", key=None).status_code == 503


def test_a_log_out_ends_the_heartbeat(calm: RunningExchange) -> None:
    assert None not in market(calm, "heartbeat_as_of", "logged_in_since").values()
    calm.market(status="LOGGED_OUT")
    assert market(calm, "heartbeat_as_of", "logged_in_since") == {"heartbeat_as_of": None, "logged_in_since": None}


def test_order_actions_use_up_the_quota(calm: RunningExchange) -> None:
    ids = [order["order_id"] for order in calm.orders()[:3]]
    calm.market(order_actions_per_minute=1_000_000)
    before = market(calm, "order_action_quota")["order_action_quota"]
    calm.market(order_actions_per_minute=6)
    body = [{"order_id": order_id, "changes": {"action": "DEAC"}} for order_id in ids]
    assert calm.call("PUT", "/orders/list", json=body).is_success
    assert before < 0.5 <= market(calm, "order_action_quota")["order_action_quota"] <= 1


def test_actions_beyond_the_quota_are_refused_order_by_order(calm: RunningExchange) -> None:
    items = [{"order_id": order["order_id"], "changes": {"action": "DEAC"}} for order in calm.orders()[:3]]
    calm.market(order_actions_per_minute=1)

    def errors(**options: bool) -> list[str]:
        params = {"include_errors": True, **options}
        listed = calm.call("PUT", "/orders/list", params=params, json=items).json()
        return [order["errors"][0]["code"] if order.get("errors") else "" for order in listed]

    errors(ignore_order_action_quota=True)  # uses all there is
    assert errors() == errors(ignore_order_action_quota=True) == ["PB_ORDER_QUOTA_LIMIT_BREACH"] * 3
    calm.market()
    assert errors() == ["", "", ""]


def test_an_exchange_without_a_limit_states_no_quota(shared: RunningExchange) -> None:
    answer = httpx.get(
        f"{shared.host}/tge/v2/api/market", headers={"api_key": shared.keys["admin"]}, trust_env=False, timeout=WITHIN_S
    )
    assert answer.json()["status"] == "OK"
    assert "order_action_quota" not in answer.json()


def test_notifications_are_listed_the_newest_first(calm: RunningExchange) -> None:
    first = calm.announce("TSO maintenance", severity="LOW")
    second = calm.announce("MARKET_HALT", severity="URG", code=7, type="PRIVATE")
    for wanted, params in (
        ([second, first], {}),
        ([second], {"severity_at_least": "HIG"}),
        ([second], {"from_api_timestamp": second["api_timestamp"]}),
        ([first], {"to_api_timestamp": second["api_timestamp"]}),
        ([first], {"offset": 1, "limit": 1}),
    ):
        assert calm.call("GET", "/market/notifications", params=params).json() == wanted
    assert (second["text"], second["severity"], second["code"]) == ("MARKET_HALT", "URG", 7)


def test_each_key_reads_its_own_rights(shared: RunningExchange) -> None:
    for owner, portfolios in shared.portfolios.items():
        found = shared.call("GET", "/api-key", key=owner).json()
        assert (found["name"], found["can_trade"]) == (owner, owner != "reader")
        assert [portfolio["id"] for portfolio in found["portfolios"]] == portfolios
    assert shared.call("GET", "/api-key", key=None).status_code == 401

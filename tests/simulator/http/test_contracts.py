"""Contracts, order books, positions and limits over real HTTP: every filter, and figures that agree with the orders."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.exchange import RunningExchange


@pytest.fixture
def calm(shared: RunningExchange) -> Iterator[RunningExchange]:
    """The shared simulator, whose market and limits are as usual again afterwards."""
    yield shared
    shared.market()
    shared.limit("FLEX")


def read(exchange: RunningExchange, path: str, key: str = "trader", **params: Any) -> Any:
    answer = exchange.call("GET", path, key=key, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def place(exchange: RunningExchange) -> tuple[str, str]:
    contract = exchange.free_contract()
    return contract["contract_id"], contract["delivery_areas"][0]


def enter(exchange: RunningExchange, **terms: Any) -> dict[str, Any]:
    contract_id, area = place(exchange)
    body = [{"portfolio_id": "DE1", "contractId": contract_id, "delivery_area": area, **terms}]
    answer = exchange.call("POST", "/orders/list", json=body)
    assert answer.status_code == 200, answer.text
    order: dict[str, Any] = answer.json()[0]
    return order


def test_contracts_are_found_by_delivery(shared: RunningExchange) -> None:
    every = read(shared, "/contracts")
    sample = every[len(every) // 2]
    start, end = sample["delivery_start"], sample["delivery_end"]
    filters: tuple[tuple[dict[str, str], Callable[[dict[str, Any]], bool]], ...] = (
        ({"contract_id": sample["contract_id"]}, lambda each: each["contract_id"] == sample["contract_id"]),
        ({"delivery_start": start}, lambda each: each["delivery_start"] == start),
        ({"delivery_end": end}, lambda each: each["delivery_end"] == end),
        ({"delivery_from": start}, lambda each: each["delivery_start"] >= start),
        ({"delivery_to": end}, lambda each: each["delivery_end"] <= end),
    )
    for params, matches in filters:
        assert read(shared, "/contracts", **params) == [each for each in every if matches(each)], params
    (state,) = read(shared, "/contracts", contract_id=sample["contract_id"], delivery_areas="10YFR-RTE------C")[0][
        "delivery_area_states"
    ]
    assert (state["delivery_area"], state["state"]) == ("10YFR-RTE------C", "ACTIVE")
    assert state["trading_start"] < state["trading_end"] < start
    assert read(shared, "/contracts", delivery_areas="10Y") == []


def test_contracts_of_a_halted_market_are_hibernated(calm: RunningExchange) -> None:
    calm.market(mode="SAFE")
    states = {state["state"] for each in read(calm, "/contracts") for state in each["delivery_area_states"]}
    assert states == {"HIBERNATE"}


def test_a_suspended_area_takes_no_orders(calm: RunningExchange) -> None:
    contract_id, area = place(calm)
    other = calm.free_contract()["delivery_areas"][1]
    order = enter(calm, side="BUY", price=-450, quantity=2)
    asleep = enter(calm, side="BUY", price=-450, quantity=2, state="HIBE")
    calm.market(suspended_areas=[area])
    assert read(calm, "/market")["inactive_delivery_area_ids"] == [area]
    assert [each["eic"] for each in read(calm, "/delivery-areas") if each["state"] == "SUSP"] == [area]
    (contract,) = read(calm, "/contracts", contract_id=contract_id, delivery_areas=[area, other])
    assert [each["state"] for each in contract["delivery_area_states"]] == ["INACTIVE", "ACTIVE"]
    assert read(calm, "/orderbooks", delivery_area=area, contractId=contract_id)["delivery_area_state"] == "SUSP"

    def change(order: dict[str, Any], action: str, **changes: Any) -> int:
        wanted = {"order_id": order["order_id"], "revision_no": order["revision_no"]}
        body = [wanted | {"changes": {"action": action, **changes}}]
        return calm.call("PUT", "/orders/list", json=body).status_code

    terms = {"portfolio_id": "DE1", "contractId": contract_id, "side": "BUY", "quantity": 1, "price": -450}
    for entry, status in (({"delivery_area": area}, 400), ({"delivery_area": other}, 200)):
        assert calm.call("POST", "/orders/list", json=[terms | entry]).status_code == status
    assert [change(order, "MODI", price=-440), change(asleep, "ACTI"), change(order, "DEAC")] == [400, 400, 200]
    assert change(asleep, "DELE") == 200


def test_the_book_has_own_orders_in_their_place_in_the_queue(shared: RunningExchange) -> None:
    contract_id, area = place(shared)
    own = [enter(shared, side="BUY", price=price, quantity=2) for price in (-400, -399, -400)]
    iceberg = enter(shared, side="SELL", price=8000, quantity=9, displayQty=2.5, type="I")
    book = read(shared, f"/contract/{contract_id}/{area}/orders")
    assert (book["contract_id"], book["delivery_area"], book["delta"]) == (contract_id, area, False)
    bids, asks = book["bid"], book["ask"]
    assert [each["price"] for each in bids] == sorted((each["price"] for each in bids), reverse=True)
    assert [each["price"] for each in asks] == sorted(each["price"] for each in asks)
    marked = [(each["order_id"], each["quantity"]) for each in bids if each["own_order"]]
    assert marked[-3:] == [(order["order_id"], 2) for order in (own[1], own[0], own[2])]
    assert [each["quantity"] for each in asks if each["order_id"] == iceberg["order_id"]] == [2.5]
    assert bids[-1]["order_entry_time"] == own[2]["entry_timestamp"]
    for missing in (f"/contract/1/{area}/orders", f"/contract/{contract_id}/10Y/orders"):
        assert shared.call("GET", missing).status_code == 404


def test_order_books_have_best_prices_statistics_and_positions(calm: RunningExchange) -> None:
    contract_id, area = place(calm)
    sold = enter(calm, side="SELL", price=7000, quantity=6)
    for quantity_mw in (1, 2):
        calm.fill(sold["order_id"], quantity_mw)
    found = read(calm, "/orderbooks", delivery_area=area, contractId=contract_id, with_order_details=True)
    (contract,) = found["contracts"]
    book = read(calm, f"/contract/{contract_id}/{area}/orders")
    assert found["orders"] == [book]
    best = (contract["best_bid_price"], contract["best_ask_price"], contract["best_ask_quantity"])
    assert best == (book["bid"][0]["price"], book["ask"][0]["price"], book["ask"][0]["quantity"])
    assert (contract["last_price"], contract["last_quantity"], contract["high"]) == (7000, 2, 7000)
    assert contract["total_quantity"] >= 6
    by_portfolio = {each["portfolio_id"]: each for each in contract["portfolio_information"]}
    assert list(by_portfolio) == calm.portfolios["trader"] == found["portfolios"]
    assert by_portfolio["DE1"]["net_pos"] <= -3
    path = f"/contract/{contract_id}/{area}/portfolio-information"
    alone = read(calm, path, portfolio_id="DE1")
    assert alone["portfolio_information"] == [by_portfolio["DE1"]]
    assert [each["id"] for each in alone["portfolio_risk_settings"]] == ["DE1"]
    assert alone["tenant_risk_settings"]["id"] == "DESK"
    assert calm.call("GET", path, params={"portfolio_id": "HYDRO"}).status_code == 403
    assert calm.call("GET", path.replace(contract_id, "1")).status_code == 404


def test_every_filter_of_order_books_finds_its_contracts(shared: RunningExchange) -> None:
    every = read(shared, "/orderbooks")["contracts"]
    sample = every[0]
    start, end = sample["delivery_start"], sample["delivery_end"]
    for params, wanted in (
        ({"products": sample["product"]}, [each for each in every if each["product"] == sample["product"]]),
        ({"product": "none"}, []),
        ({"contractName": sample["name"]}, [sample]),
        ({"delivery_start": start, "delivery_end": end}, [sample]),
        ({"delivery_from": end}, [each for each in every if each["delivery_start"] >= end]),
        (
            {"delivery_within": start},
            [each for each in every if each["delivery_start"] <= start <= each["delivery_end"]],
        ),
        ({"contract_type": "UDC"}, []),
        ({"with_bid_or_ask_only": True}, every),
    ):
        found = read(shared, "/orderbooks", **params)["contracts"]
        assert [each["contract_id"] for each in found] == [each["contract_id"] for each in wanted], params
    plain = read(shared, "/orderbooks", with_portfolio_information=False, with_products=False, with_risk_settings=True)
    assert {"portfolio_information"}.isdisjoint(plain["contracts"][0])
    assert "products" not in plain
    assert [each["id"] for each in plain["portfolio_risk_settings"]] == shared.portfolios["trader"]
    assert shared.call("GET", "/orderbooks", params={"delivery_area": "10Y"}).status_code == 404


def test_limits_are_reported_and_enforced(calm: RunningExchange) -> None:
    calm.limit("FLEX", position_mw=7, cash_eur=5)
    limits = read(calm, "/portfolio/FLEX/risk-management")
    assert {each["max_netpos_limit"] for each in limits["position_limits"]} == {7}
    assert [(each["direction"], each["limit"]) for each in limits["cash_limits"]] == [("NEG", 5)]
    contract_id, area = place(calm)
    terms = {"portfolio_id": "FLEX", "contractId": contract_id, "delivery_area": area, "side": "BUY", "quantity": 1}
    for change, code in (({"quantity": 70}, "POSITION"), ({"price": 900}, "CASH")):
        refused = calm.call("POST", "/orders/list", json=[{"price": -450, **terms, **change}])
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, f"PB_ORDER_{code}_LIMIT_BREACH")
    calm.limit("FLEX")
    assert calm.call("POST", "/orders/list", json=[{"price": -450, **terms}]).is_success


def test_counts_and_rights_of_portfolios_and_tenants(shared: RunningExchange) -> None:
    def counts() -> list[int]:
        found = read(shared, "/portfolio/DE1/status")["rolling_window_counts"]
        assert [each["rolling_window_seconds"] for each in found] == [60, 900]
        return [each["current_order_count"] for each in found]

    before = counts()[1]
    enter(shared, side="BUY", price=-450, quantity=1)
    assert counts()[1] == before + 1
    for path, status in (
        ("/portfolio/HYDRO/status", 403),
        ("/portfolio/NONE/status", 404),
        ("/portfolio/HYDRO/risk-management", 403),
        ("/tenant/DESK/risk-management", 200),
        ("/tenant/ALPS/risk-management", 403),
        ("/tenant/NONE/risk-management", 404),
    ):
        assert shared.call("GET", path).status_code == status, path
    assert shared.call("GET", "/tenant/ALPS/risk-management", key="admin").is_success


def test_algorithms_are_seen_by_who_reaches_their_portfolios(shared: RunningExchange) -> None:
    shared.run_algorithm("Spread", "DE1", "HYDRO", heartbeat_every_s=5)
    silent = shared.run_algorithm("Hydro", "HYDRO", silent_for_s=120, heartbeat="FAILURE", heartbeat_text="no feed")
    assert [each["algo_name"] for each in read(shared, "/algorithms")] == ["Spread"]
    spread, hydro = read(shared, "/algorithms", key="admin")
    assert hydro == silent
    (instance,) = spread["instances"]
    assert (instance["status"], instance["portfolio_ids"]) == ("RUNNING", ["DE1", "HYDRO"])
    assert instance["last_heartbeat_at"] > hydro["instances"][0]["last_heartbeat_at"]
    shared.run_algorithm("Spread", "DE1", algo_id=spread["algo_id"], status="IDLE")
    (stopped,) = read(shared, "/algorithms")
    assert stopped["instances"][0]["status"] == "IDLE"


def test_calls_without_an_exchange(shared: RunningExchange) -> None:
    sold = enter(shared, side="SELL", price=6000, quantity=4)
    shared.faults(late_trades=0)
    shared.fill(sold["order_id"], 1)
    (trade,) = shared.trades(ordId=sold["order_id"])

    def of_all(path: str, **params: Any) -> Any:
        answer = shared.call("GET", f"/../../../v2/api/{path}", params=params)
        return answer.json() if answer.is_success else answer.status_code

    for params in (
        {"order_id": sold["order_id"]},
        {"exchanges": "epex", "contract_ids": trade["contract_id"], "portfolio_ids": "DE1", "limit": 1},
    ):
        assert of_all("trades", **params) == [trade], params
    assert of_all("trades", exchanges="tge") == []
    assert of_all("trades", ordId="1", limit=1) == [trade]
    assert of_all("internal-trades", portfolio_ids="HYDRO") == 403
    assert of_all("orders") == 404
    shared.plan_downtime(exchange="epex", start="2026-11-22T02:00:00Z", end="2026-11-22T04:00:00Z", comment="upgrade")
    for params, found in (
        ({}, 1),
        ({"exchange": "tge"}, 0),
        ({"from": "2026-11-22T04:00:00Z"}, 0),
        ({"to": "2026-11-22T02:00:00Z"}, 0),
        ({"active_at": "2026-11-22T02:00:00Z"}, 1),
        ({"active_at": "2026-11-22T04:00:00Z"}, 0),
    ):
        assert len(of_all("downtimes", **params)) == found, params
    assert of_all("downtimes", active_at="2026-11-22T02:00:00Z", to="2026-11-22T02:00:00Z") == 400
    shared.faults()

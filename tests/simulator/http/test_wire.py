"""The wire: addresses, keys, query parameters, bodies and the shape of replies, over real HTTP."""

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from tests.exchange import WITHIN_S, RunningExchange

CET = timezone(timedelta(hours=1))
ENUMS_OF_2_16_1 = {
    "state": {"ACTI", "HIBE", "IACT", "UNKW"},
    "side": {"BUY", "SELL"},
    "type": {"O", "B", "I"},
}
NUMBERS = ("price", "quantity", "hidden_quantity", "display_quantity", "initial_quantity", "peak_price_delta")
TIMES = (
    *("api_timestamp", "entry_timestamp", "last_change_timestamp"),
    *("delivery_start", "delivery_end", "valid_until"),
)


def entry(shared: RunningExchange, **terms: Any) -> dict[str, Any]:
    contract = shared.contracts()[-1]
    placed = {"contractId": contract["contract_id"], "delivery_area": contract["delivery_areas"][0]}
    return {"portfolio_id": "DE1", "side": "BUY", "quantity": 2.5, "price": -500, **placed, **terms}


def add(shared: RunningExchange, **terms: Any) -> dict[str, Any]:
    response = shared.call("POST", "/orders/list", json=[entry(shared, **terms)])
    assert response.status_code == httpx.codes.OK, response.text
    order: dict[str, Any] = response.json()[0]
    return order


def message(response: httpx.Response, status: int) -> str:
    """The message of an ErrorResponse with that status."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) <= {"message", "errors"}
    assert all(set(error) == {"code", "message"} for error in body.get("errors", []))
    text: str = body["message"]
    return text


# ------------------------------------------------------------ addresses and keys


@pytest.mark.parametrize("prefix", ["/playground/epex", "/a/b/epex", "//playground///epex", "/epex/epex"])
def test_any_company_leads_to_the_exchange(shared: RunningExchange, prefix: str) -> None:
    url = f"{shared.root_url.rstrip('/')}{prefix}/v2//api/orders"
    response = httpx.get(url, headers={"api_key": shared.keys["trader"]}, trust_env=False, timeout=WITHIN_S)
    assert len(response.json()) == len(shared.orders())


def test_other_exchanges_begin_empty(shared: RunningExchange) -> None:
    url = f"{shared.host}/nordpool/v2/api/orders"
    response = httpx.get(url, headers={"api_key": shared.keys["admin"]}, trust_env=False, timeout=WITHIN_S)
    assert (response.status_code, response.json()) == (httpx.codes.OK, [])


@pytest.mark.parametrize("path", ["/playground/v2/api/orders", "/playground/nasdaq/v2/api/orders", "/v2/api/orders"])
def test_address_without_a_known_exchange_is_not_found(shared: RunningExchange, path: str) -> None:
    response = httpx.get(
        shared.root_url.rstrip("/") + path, headers={"api_key": shared.keys["admin"]}, trust_env=False, timeout=WITHIN_S
    )
    assert "no exchange" in message(response, 404)


def test_unknown_call_is_not_found(shared: RunningExchange) -> None:
    assert "POST /orders" in message(shared.call("POST", "/orders"), 404)


def test_key_is_required_and_checked(shared: RunningExchange) -> None:
    assert "missing" in message(shared.call("GET", "/orders", key=None), 401)
    wrong = httpx.get(shared.base_url + "/orders", headers={"api_key": "nope"}, trust_env=False, timeout=WITHIN_S)
    assert "not known" in message(wrong, 401)


def test_keys_see_their_portfolios_alone(shared: RunningExchange) -> None:
    for owner, portfolios in shared.portfolios.items():
        assert {order["portfolio_id"] for order in shared.orders(key=owner)} == set(portfolios)
    assert "HYDRO" in message(shared.call("GET", "/orders", params={"portfolio_id": "DE1,HYDRO"}), 403)


def test_order_of_others_has_no_history_for_the_trader(shared: RunningExchange) -> None:
    hidden = next(order for order in shared.orders(key="admin") if order["portfolio_id"] == "HYDRO")
    path = f"/orders/{hidden['order_id']}/history"
    assert shared.call("GET", path, key="admin").is_success
    assert "not known" in message(shared.call("GET", path), 404)
    assert "order a/b is not known" in message(shared.call("GET", "/orders/a%2Fb/history"), 404)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/orders/list", "[]"),
        ("PUT", "/orders/list", "[]"),
        ("DELETE", "/orders?portfolio_id=DE1", None),
        ("PUT", "/orders/status", '{"orderModType": "DEAC"}'),
    ],
)
def test_reader_may_not_write(shared: RunningExchange, method: str, path: str, body: str | None) -> None:
    assert "reader" in message(shared.call(method, path, key="reader", content=body), 403)


# ------------------------------------------------------------ shape of replies


def test_orders_have_the_shape_strict_clients_want(shared: RunningExchange) -> None:
    add(shared, type="I", displayQty=1, ppd=-0.5, txt="strict")
    for order in shared.orders(key="admin"):
        assert {"state", "action", "side", "delivery_area", "contracts"} <= set(order)
        assert len(order["contracts"]) == 1
        assert set(order["contracts"][0]) == {"contract_id", "name", "delivery_start", "delivery_end"}
        assert all(isinstance(order[name], str) for name in ("order_id", "initial_order_id", "contract_id", "clOrdrId"))
        assert all(isinstance(order[name], int | float) for name in NUMBERS if name in order)
        assert all(re.fullmatch(r"[0-9T:.-]+Z", order[name]) for name in TIMES)
        assert all(order[name] in words for name, words in ENUMS_OF_2_16_1.items())
        assert (order["buy"], order["sell"]) == (order["side"] == "BUY", order["side"] == "SELL")
        assert None not in order.values()


def test_numbers_are_exact(shared: RunningExchange) -> None:
    body = f"[{httpx.Request('POST', 'http://x', json=entry(shared)).content.decode()}]"
    body = body.replace(":-500", ":-480.10").replace(":2.5", ":10.0")
    response = shared.call("POST", "/orders/list", content=body)
    assert '"price":-480.10,"quantity":10.0,' in response.text


def test_total_count_and_pages(shared: RunningExchange) -> None:
    for _ in range(3):
        add(shared, state="HIBE", txt="paged")
    query = {"active_only": "false", "txt": "paged"}
    everything = shared.call("GET", "/orders", params=query)
    total = int(everything.headers["X-Total-Count"])
    assert total == len(everything.json()) >= 3
    page = shared.call("GET", "/orders", params={**query, "offset": 1, "limit": 2})
    assert page.json() == everything.json()[1:3]
    assert int(page.headers["X-Total-Count"]) == total


def test_active_orders_come_all_at_once_and_others_by_150(shared: RunningExchange) -> None:
    shared.call("POST", "/orders/list", json=[entry(shared, quantity=0.1, txt="many") for _ in range(160)])
    assert len(shared.orders(txt="many", limit=10, offset=5)) == 160
    assert len(shared.orders(txt="many", active_only=False)) == 150
    assert len(shared.orders(txt="many", active_only=False, limit=500)) == 160
    assert len(shared.orders(txt="many", active_only=False, offset=150)) == 10


def test_active_orders_are_live_ones_and_the_others_can_be_asked_for(shared: RunningExchange) -> None:
    asleep, unknown = add(shared, state="HIBE"), add(shared)
    assert shared.touch(unknown["order_id"], action="LOSE")["action"] == "SNAV"
    ids = {"order_ids": f"{asleep['order_id']},{unknown['order_id']}"}
    assert [order["state"] for order in shared.orders(**ids)] == ["UNKW"]
    assert [order["state"] for order in shared.orders(active_only=False, **ids)] == ["HIBE", "UNKW"]


# ------------------------------------------------------------ query parameters


@pytest.mark.parametrize("flag", ["False", "false", "FALSE"])
def test_booleans_in_any_case(shared: RunningExchange, flag: str) -> None:
    asleep = add(shared, state="HIBE", txt=f"asleep {flag}")
    found = shared.orders(active_only=flag, txt=f"asleep {flag}")
    assert [order["order_id"] for order in found] == [asleep["order_id"]]


@pytest.mark.parametrize("query", ["order_ids={0}%2C{1}", "order_ids={0},{1}", "order_ids={0}&order_ids={1}"])
def test_lists_as_csv_or_repeated(shared: RunningExchange, query: str) -> None:
    ids = [order["order_id"] for order in shared.orders()[:2]]
    response = shared.call("GET", "/orders?" + query.format(*ids))
    assert [order["order_id"] for order in response.json()] == ids


def test_empty_and_unknown_parameters_are_as_if_absent(shared: RunningExchange) -> None:
    query = "?portfolio_id=&contract_ids=&txt=&offset=&active_only=&colour=blue"
    assert shared.call("GET", "/orders" + query).json() == shared.orders()


def test_contract_id_is_ignored_where_contract_ids_is_set(shared: RunningExchange) -> None:
    first, last = shared.orders()[0], shared.orders()[-1]
    both = shared.orders(contract_ids=first["contract_id"], contract_id=last["contract_id"])
    assert both == shared.orders(contract_id=first["contract_id"])
    assert {order["contract_id"] for order in both} == {first["contract_id"]}


def test_text_must_match_exactly(shared: RunningExchange) -> None:
    add(shared, txt="a b&c, ü")
    assert len(shared.orders(txt="a b&c, ü")) == 1
    assert shared.orders(txt="a b") == []


def test_later_filters(shared: RunningExchange) -> None:
    add(shared, state="HIBE", strategy_id="s-1")
    add(shared, strategy_id="s-2")
    response = shared.call("GET", "/orders?active_only=false&strategy_ids=s-1&strategy_ids=s-2&status=HIBE")
    assert [order["strategy_id"] for order in response.json()] == ["s-1"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "offset=-1", "active_only=maybe", "status=GONE", "limit=1.5"]
)
def test_nonsense_in_the_query_is_refused(shared: RunningExchange, query: str) -> None:
    assert query.partition("=")[0] in message(shared.call("GET", f"/orders?{query}"), 400)


def test_delete_without_a_portfolio_is_refused(shared: RunningExchange) -> None:
    assert "portfolio_id is missing" in message(shared.call("DELETE", "/orders?portfolio_id="), 400)
    assert "portfolio_id is missing" in message(shared.call("DELETE", "/orders"), 400)


# ------------------------------------------------------------ bodies


def test_nulls_naive_times_and_unknown_keys_are_taken(shared: RunningExchange) -> None:
    contract = shared.contracts()[-1]
    naive_start = contract["delivery_start"].removesuffix("Z")
    order = add(
        shared,
        contractId=None,
        dlvryStart=naive_start,
        dlvryEnd=contract["delivery_end"],
        preArranged=False,
        validityDate=None,
        colour="blue",
        contract_name="ignored: the key is contractName",
    )
    assert order["delivery_start"] == contract["delivery_start"]
    changes = {"action": "DELE", "ordrExeRestriction": "NON", "price": None, "colour": "blue"}
    response = shared.call("PUT", "/orders/list", json=[{"order_id": order["order_id"], "changes": changes}])
    assert response.json()[0]["action"] == "UDEL"


def test_naive_validity_is_utc(shared: RunningExchange) -> None:
    until = shared.contracts()[-2]["delivery_start"]
    order = add(shared, validityRes="GTD", validityDate=until.removesuffix("Z"))
    zoned = add(shared, validityRes="GTD", validityDate=datetime.fromisoformat(until).astimezone(CET).isoformat())
    assert order["valid_until"] == zoned["valid_until"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/orders/list"), ("PUT", "/orders/list"), ("PUT", "/order/1/1"), ("PUT", "/orders/status")],
)
def test_missing_and_broken_bodies_are_refused(shared: RunningExchange, method: str, path: str) -> None:
    assert "no body" in message(shared.call(method, path, key="admin", content=b""), 400)
    assert "not JSON" in message(shared.call(method, path, key="admin", content=b"[{"), 400)
    assert "not JSON" in message(shared.call(method, path, key="admin", content=b'[{"price": NaN}]'), 400)
    assert "must be" in message(shared.call(method, path, key="admin", content=b'"text"'), 400)


@pytest.mark.parametrize(
    ("terms", "place"),
    [
        ({"price": "45.10"}, "price"),
        ({"price": True}, "price"),
        ({"quantity": None}, "quantity"),
        ({"side": "LONG"}, "side"),
        ({"portfolio_id": 7}, "portfolio_id"),
        ({"validityDate": "soon"}, "validityDate"),
    ],
)
def test_body_that_does_not_fit_is_refused_with_its_place(
    shared: RunningExchange, terms: dict[str, Any], place: str
) -> None:
    response = shared.call("POST", "/orders/list", json=[entry(shared), entry(shared, **terms)])
    assert f"order 2: {place}" in message(response, 400)


def test_empty_lists_do_nothing(shared: RunningExchange) -> None:
    assert shared.call("POST", "/orders/list", json=[]).json() == []
    assert shared.call("PUT", "/orders/list", json=[]).json() == []


def test_deprecated_single_call_answers_with_a_list(shared: RunningExchange) -> None:
    order = add(shared)
    path = f"/order/{order['order_id']}/{order['revision_no']}"
    response = shared.call("PUT", path, json={"action": "MODI", "price": -499})
    assert response.headers["X-Total-Internal-Trades"] == "0"
    assert [changed["parent_order_id"] for changed in response.json()] == [order["order_id"]]
    assert "is no longer active" in message(shared.call("PUT", path, json={"action": "DELE"}), 400)
    again = add(shared)
    stale = shared.call("PUT", f"/order/{again['order_id']}/9", json={"action": "DELE"})
    assert "is at revision 1" in message(stale, 409)
    assert "must be a number" in message(shared.call("PUT", "/order/1/x", json={"action": "DELE"}), 400)


def test_limit_violations_are_in_a_header(shared: RunningExchange) -> None:
    response = shared.call(
        "POST",
        "/orders/list?fail_on_limit_violations=False",
        json=[entry(shared, quantity=900), entry(shared, txt="sent")],
    )
    assert [order["txt"] for order in response.json()] == ["sent"]
    (violation,) = httpx.Response(200, content=response.headers["X-Limit-Violations"]).json()
    assert set(violation) == {"message", "contractId", "deliveryArea", "violationType", "portfolioIds"}


# ------------------------------------------------------------ the calls beside the seven


def test_the_key_call_answers_rights_and_portfolios(shared: RunningExchange) -> None:
    trader, reader, admin = (
        shared.call("GET", "/api-key", key=owner).json() for owner in ("trader", "reader", "admin")
    )
    assert [portfolio["id"] for portfolio in trader["portfolios"]] == shared.portfolios["trader"]
    assert (trader["can_trade"], reader["can_trade"]) == (True, False)
    assert shared.call("GET", "/portfolios").json() == trader["portfolios"]
    types = {portfolio["id"]: portfolio["type"] for portfolio in admin["portfolios"]}
    assert types["ARCH"] == "READ_ONLY"
    assert all(len(portfolio_id) <= 5 for portfolio_id in types)


def test_contracts_and_areas_fit_the_orders(shared: RunningExchange) -> None:
    contracts = {contract["contract_id"]: contract for contract in shared.contracts()}
    areas = {area["eic"] for area in shared.call("GET", "/delivery-areas").json()}
    for order in shared.orders(key="admin"):
        assert contracts[order["contract_id"]]["name"] == order["contract_name"]
        assert order["delivery_area"] in areas
    one = next(iter(contracts))
    narrowed = shared.call("GET", "/contracts", params={"contract_id": one, "delivery_areas": sorted(areas)[:2]}).json()
    assert [contract["contract_id"] for contract in narrowed] == [one]
    assert sorted(narrowed[0]["delivery_areas"]) == sorted(areas)[:2]


def test_market_is_a_healthy_simulation(shared: RunningExchange) -> None:
    market = shared.call("GET", "/market").json()
    assert (market["status"], market["exchange_mode"], market["exchange"]) == ("OK", "simulation", "epex")
    assert shared.call("GET", "/market/health", key=None).status_code == httpx.codes.NO_CONTENT

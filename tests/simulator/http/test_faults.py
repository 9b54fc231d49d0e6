"""Faults: what goes wrong on the wire when the plan says so, how often, and what has happened by then."""

import asyncio
import contextlib
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from pbtui.simulator.http.faults import read_fault_options, read_plan
from tests.exchange import WITHIN_S, RunningExchange, eventually, running_exchange


def entry(exchange: RunningExchange, txt: str) -> dict[str, Any]:
    contract = exchange.contracts()[-1]
    placed = {"contractId": contract["contract_id"], "delivery_area": contract["delivery_areas"][0], "txt": txt}
    return {"portfolio_id": "DE1", "side": "BUY", "quantity": 1, "price": -500, **placed}


def add(exchange: RunningExchange, txt: str) -> httpx.Response:
    return exchange.call("POST", "/orders/list", json=[entry(exchange, txt)])


def answers(exchange: RunningExchange) -> list[object]:
    return [request["answered"] for request in exchange.requests()]


# ------------------------------------------------------------ connections


def test_drop_before_commit_does_nothing(faulty: RunningExchange) -> None:
    body = [entry(faulty, "dropped before")]
    faulty.faults(drop_before_commit=1)
    with pytest.raises(httpx.RemoteProtocolError):
        faulty.call("POST", "/orders/list", json=body)
    faulty.faults()
    assert faulty.orders(txt="dropped before") == []


def test_drop_after_commit_has_done_it(faulty: RunningExchange) -> None:
    body = [entry(faulty, "dropped after")]
    faulty.forget_requests()
    faulty.faults(drop_after_commit={"value": 1, "times": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        faulty.call("POST", "/orders/list", json=body)
    assert len(faulty.orders(txt="dropped after")) == 1
    assert answers(faulty) == ["dropped", 200]


def test_drop_at_a_rate_lets_some_calls_through(faulty: RunningExchange) -> None:
    faulty.faults(drop_before_commit=0.5)
    for _ in range(30):
        with contextlib.suppress(httpx.RemoteProtocolError):
            faulty.call("GET", "/market")
    assert set(answers(faulty)) == {200, "dropped"}


def test_other_requests_on_the_wire_go_on_while_one_waits(faulty: RunningExchange) -> None:
    faulty.faults(hold={"value": True, "methods": ["GET"], "times": 1})
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(faulty.call, "GET", "/orders")
        eventually(lambda: answers(faulty) == [None])
        assert faulty.call("GET", "/orders").is_success
        assert answers(faulty) == [None, 200]
        faulty.faults()
        assert waiting.result(timeout=WITHIN_S).is_success


def test_a_held_write_happens_once_the_plan_is_cleared(faulty: RunningExchange) -> None:
    body = [entry(faulty, "held")]
    faulty.faults(hold={"value": True, "methods": ["POST"]})
    faulty.forget_requests()
    with ThreadPoolExecutor() as pool:
        writing = pool.submit(faulty.call, "POST", "/orders/list", json=body)
        eventually(lambda: answers(faulty) == [None])
        assert not faulty.orders(txt="held")
        faulty.faults()
        assert writing.result(timeout=WITHIN_S).is_success
    assert faulty.orders(txt="held")


def test_write_is_done_even_if_its_caller_has_left(faulty: RunningExchange) -> None:
    body = [entry(faulty, "late")]
    address = httpx.URL(faulty.base_url)
    faulty.faults(hold={"value": True, "methods": ["POST"]})
    faulty.forget_requests()
    content = json.dumps(body).encode()
    head = [f"POST {address.path}/orders/list HTTP/1.1", "Host: x", f"api_key: {faulty.keys['trader']}"]
    head += ["Content-Type: application/json", f"Content-Length: {len(content)}", "", ""]
    with socket.create_connection((address.host, address.port)) as caller:
        caller.sendall("\r\n".join(head).encode() + content)
        eventually(lambda: answers(faulty) == [None])
    faulty.faults()
    eventually(lambda: faulty.orders(txt="late"))


def test_slow_drip_arrives_bit_by_bit(faulty: RunningExchange) -> None:
    whole = faulty.call("GET", "/market").content
    faulty.faults(slow_drip={"value": 20_000, "paths": ["/market"]})
    with httpx.stream(
        "GET",
        faulty.base_url + "/market",
        headers={"api_key": faulty.keys["trader"]},
        trust_env=False,
        timeout=WITHIN_S,
    ) as response:
        parts = list(response.iter_raw())
    assert int(response.headers["content-length"]) == sum(map(len, parts))
    assert json.loads(b"".join(parts))["options"] == json.loads(whole)["options"]


async def test_fifty_first_call_at_once_is_refused() -> None:
    with running_exchange(orders=0, faults=["latency=3600"]) as exchange:
        limits = httpx.Limits(max_connections=60)
        async with httpx.AsyncClient(limits=limits, trust_env=False, timeout=WITHIN_S) as client:
            headers = {"api_key": exchange.keys["trader"]}

            async def get() -> httpx.Response:
                return await client.get(exchange.base_url + "/orders", headers=headers)

            waiting = [asyncio.create_task(get()) for _ in range(50)]
            await asyncio.to_thread(eventually, lambda: len(exchange.requests()) == 50)
            assert {request["answered"] for request in exchange.requests()} == {None}
            refused = await get()
            assert (refused.status_code, refused.json()) == (503, {"message": "API rate limit exceeded"})
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


# ------------------------------------------------------------ answers


def test_errors_come_at_their_rate_and_do_nothing(faulty: RunningExchange) -> None:
    body = [entry(faulty, "refused")]
    faulty.faults(errors={"500": 0.5, "502": 0.5})
    statuses = {faulty.call("POST", "/orders/list", json=body).status_code for _ in range(20)}
    faulty.faults()
    assert statuses == {500, 502}
    assert faulty.orders(txt="refused") == []


def test_error_without_certainty_lets_some_calls_through(faulty: RunningExchange) -> None:
    faulty.faults(errors={"503": 0.5})
    statuses = {faulty.call("GET", "/orders").status_code for _ in range(30)}
    assert statuses == {200, 503}


def test_everything_is_unauthorized(faulty: RunningExchange) -> None:
    faulty.faults(unauthorized=True)
    response = faulty.call("GET", "/orders")
    assert (response.status_code, "message" in response.json()) == (401, True)


def test_garbage_bodies(faulty: RunningExchange) -> None:
    faulty.faults(garbage="html")
    page = faulty.call("GET", "/orders")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html")
    for kind in ("truncated", "not_json"):
        faulty.faults(garbage=kind)
        response = faulty.call("GET", "/orders")
        assert response.status_code == 200
        with pytest.raises(ValueError, match=r"."):
            response.json()


def test_garbage_comes_after_the_write_was_made(faulty: RunningExchange) -> None:
    body = [entry(faulty, "garbled")]
    faulty.faults(garbage={"value": "html", "methods": ["POST"]})
    assert "Sign in" in faulty.call("POST", "/orders/list", json=body).text
    assert len(faulty.orders(txt="garbled")) == 1


@pytest.mark.parametrize(("kind", "price"), [("broken_order", '"price":"forty-five"'), ("nan_price", '"price":NaN')])
def test_one_order_among_the_rest_is_spoilt(faulty: RunningExchange, kind: str, price: str) -> None:
    whole = faulty.call("GET", "/orders").text
    faulty.faults(garbage=kind)
    spoilt = faulty.call("GET", "/orders").text
    assert spoilt.count(price) == 1
    assert spoilt.count('"order_id"') == whole.count('"order_id"')


def test_stale_reads_show_the_past_and_writes_see_the_present(faulty: RunningExchange) -> None:
    faulty.faults(stale_reads=3600)
    order = add(faulty, "too new").json()[0]
    assert faulty.orders() == []
    assert faulty.call("GET", f"/orders/{order['order_id']}/history").json()
    faulty.faults()
    assert [found["order_id"] for found in faulty.orders(txt="too new")] == [order["order_id"]]


# ------------------------------------------------------------ kills


def test_kill_spares_some_once(faulty: RunningExchange) -> None:
    faulty.reset()
    faulty.faults(spare_on_kill={"value": 0.5, "times": 1})
    ids = [order["order_id"] for order in faulty.orders()]
    noted = [{"order_id": ids[0], "changes": {"action": "MODI", "txt": "x"}, "revision_no": 1}]
    assert faulty.call("PUT", "/orders/list", json=noted).is_success, "spends none of the times"
    removal = [{"order_id": order_id, "changes": {"action": "DEAC"}} for order_id in ids]
    assert faulty.call("PUT", "/orders/list", json=removal).is_success
    spared = faulty.orders()
    assert len(spared) == (len(ids) + 1) // 2
    assert faulty.call("PUT", "/orders/list", json=removal).is_success
    assert faulty.orders() == []


def test_killed_orders_come_back_until_the_plan_changes(faulty: RunningExchange) -> None:
    faulty.reset()
    faulty.faults(return_after_kill=0.05)
    everything = {"orderModType": "DEAC", "inclPreArranged": True}
    assert faulty.call("PUT", "/orders/status", key="admin", json=everything).status_code == 204
    back = eventually(lambda: faulty.orders(key="admin"))
    assert back[0]["strategy_id"] == "phoenix"
    faulty.faults()
    assert faulty.call("PUT", "/orders/status", key="admin", json=everything).status_code == 204
    soon = datetime.now(UTC) + timedelta(seconds=0.3)
    eventually(lambda: datetime.now(UTC) > soon)
    assert faulty.orders(key="admin") == []


# ------------------------------------------------------------ the plan


def test_fault_is_narrowed_to_methods_paths_and_times(faulty: RunningExchange) -> None:
    faulty.faults(
        errors={"value": {"500": 1}, "methods": ["GET"], "paths": ["/orders", "/orders/*/history"], "times": 2}
    )
    order_id = "6100000000"
    calls = ["/market", "/orders", "/contracts", f"/orders/{order_id}/history", "/orders"]
    assert [faulty.call("GET", path).status_code for path in calls] == [200, 500, 200, 500, 200]
    shown = httpx.get(faulty.root_url + "_simulator/faults", trust_env=False, timeout=WITHIN_S).json()
    assert shown["errors"]["times"] == 0


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ({"latencyy": 1}, "latencyy"),
        ({"latency": -1}, "latency"),
        ({"latency": "long"}, "latency"),
        ({"errors": {"200": 1}}, "errors"),
        ({"errors": {"500": 0.8, "503": 0.3}}, "more than 1"),
        ({"garbage": "pdf"}, "pdf"),
        ({"unauthorized": False}, "unauthorized"),
        ({"drop_after_commit": {"value": 1, "time": 1}}, "time"),
        ({"drop_after_commit": {"value": 1, "times": 0}}, "times"),
        ({"drop_after_commit": {"value": 2}}, "drop_after_commit"),
        ({"slow_drip": {"value": 10, "methods": ["PATCH"]}}, "PATCH"),
        ([], "JSON object"),
    ],
)
def test_invalid_plan_is_refused(faulty: RunningExchange, plan: object, reason: str) -> None:
    response = httpx.put(faulty.root_url + "_simulator/faults", json=plan, trust_env=False, timeout=WITHIN_S)
    assert response.status_code == 400
    assert reason in response.json()["message"]
    with pytest.raises(ValueError, match=reason):
        read_plan(plan)


def test_plan_is_replaced_shown_and_cleared(faulty: RunningExchange) -> None:
    url = faulty.root_url + "_simulator/faults"
    faulty.faults(latency=0.25)
    faulty.faults(garbage="html")
    assert httpx.get(url, trust_env=False, timeout=WITHIN_S).json() == {"garbage": {"value": "html"}}
    assert httpx.delete(url, trust_env=False, timeout=WITHIN_S).json() == {}
    assert httpx.get(url, trust_env=False, timeout=WITHIN_S).json() == {}
    assert httpx.put(url, content=b"{", trust_env=False, timeout=WITHIN_S).status_code == 400


def test_options_of_the_command_line_make_the_same_plan() -> None:
    options = ["latency=0.5", "garbage=html", 'errors={"500": 0.1}', 'drop_after_commit={"value": 1, "times": 2}']
    assert read_fault_options(options) == read_plan(
        {"latency": 0.5, "garbage": "html", "errors": {"500": 0.1}, "drop_after_commit": {"value": 1, "times": 2}}
    )
    with pytest.raises(ValueError, match="not NAME=VALUE"):
        read_fault_options(["latency"])

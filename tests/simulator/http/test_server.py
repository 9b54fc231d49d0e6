"""The simulator as a process."""

import contextlib
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from pbtui.simulator.http.server import is_loopback
from tests.exchange import WITHIN_S, RunningExchange, eventually, running_exchange, start_exchange


def test_reports_its_address_and_new_keys_and_ends_on_a_signal() -> None:
    keys: set[str] = set()
    for number in (signal.SIGTERM, signal.SIGINT):
        exchange = start_exchange(orders=5)
        assert exchange.base_url.endswith("/playground/epex/v2/api")
        assert set(exchange.keys) == {"trader", "admin", "reader"}
        assert keys.isdisjoint(exchange.keys.values())
        keys.update(exchange.keys.values())
        trader, admin, reader = (set(exchange.portfolios[owner]) for owner in ("trader", "admin", "reader"))
        assert reader < trader < admin
        assert len(exchange.orders(key="admin")) == 5
        exchange.process.send_signal(number)
        assert exchange.process.wait(WITHIN_S) == 0
        exchange.stop()


def test_moves_by_itself_with_churn_and_ends_quietly_while_answers_are_held_back_and_dripping(tmp_path: Path) -> None:
    errors = tmp_path / "stderr"
    with errors.open("w") as stderr, running_exchange(churn=1, stderr=stderr) as exchange:
        before = exchange.orders(key="admin")
        eventually(lambda: exchange.orders(key="admin") != before)
        exchange.forget_requests()
        exchange.faults(slow_drip={"value": 1, "paths": ["/orders"]}, latency={"value": 3600, "paths": ["/market"]})
        address = urlsplit(exchange.base_url)
        with contextlib.ExitStack() as connections:
            for path in ("/orders", "/market"):
                connection = socket.create_connection((address.hostname, address.port), timeout=WITHIN_S)
                connections.enter_context(connection)
                request = f"GET {address.path}{path} HTTP/1.1\r\nHost: x\r\napi_key: {exchange.keys['trader']}\r\n\r\n"
                connection.sendall(request.encode())
            eventually(lambda: sorted(str(request["answered"]) for request in exchange.requests()) == ["200", "None"])
            assert exchange.stop() == 0
    assert errors.read_text() == ""


def test_fixture_gives_sixty_orders_that_stand_still(exchange: RunningExchange) -> None:
    assert len(exchange.orders(key="admin")) == 60
    assert 0 < len(exchange.orders()) < 60
    assert exchange.orders() == exchange.orders()


def test_ten_thousand_orders_come_in_one_reply() -> None:
    with running_exchange(orders=10_000) as exchange:
        response = exchange.call("GET", "/orders", key="admin")
        assert len(response.json()) == int(response.headers["X-Total-Count"]) == 10_000


def test_control_calls_are_accepted_from_this_machine_only() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "127.8.8.8")] == [True] * 4
    assert [is_loopback(host) for host in ("0.0.0.0", "::", "192.168.1.5", "example.org")] == [False] * 4  # noqa: S104
    with running_exchange(host="0.0.0.0", orders=1) as exchange:  # noqa: S104
        root = f"http://127.0.0.1:{urlsplit(exchange.base_url).port}"
        with httpx.Client(trust_env=False, timeout=WITHIN_S, base_url=root) as client:
            assert client.get("/playground/epex/v2/api/market/health").status_code == 204
            assert client.get("/_simulator/requests").status_code == 404
            assert client.put("/_simulator/faults", json={}).status_code == 404

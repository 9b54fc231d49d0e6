"""The vendor's own client makes all seven calls; two releases, one of each family of URLs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.exchange import RunningExchange

SCRIPT = Path(__file__).with_name("seven_calls.py")
OLD_CLIENT = os.environ.get("PBTUI_VENDOR_2_23_PYTHON")
SEVEN_CALLS = {
    ("GET", "orders"),
    ("POST", "orders/list"),
    ("PUT", "orders/list"),
    ("PUT", "order"),
    ("DELETE", "orders"),
    ("GET", "history"),
    ("PUT", "orders/status"),
}


def make_seven_calls(python: str, exchange: RunningExchange) -> dict[str, object]:
    keys = {"PBTUI_TRADER_KEY": exchange.keys["trader"], "PBTUI_ADMIN_KEY": exchange.keys["admin"]}
    done = subprocess.run(
        [python, str(SCRIPT), exchange.base_url],
        env=os.environ | keys,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, object] = json.loads(done.stdout)
    return report


def calls_on_the_wire(exchange: RunningExchange) -> set[tuple[str, str]]:
    seen = set()
    for request in exchange.requests():
        path = request["path"].removeprefix("/playground/epex/v2/api/")
        if path.startswith("order/"):
            path = "order"
        elif path.endswith("/history"):
            path = "history"
        seen.add((request["method"], path))
    return seen


def test_newest_client_that_names_the_exchange(exchange: RunningExchange) -> None:
    report = make_seven_calls(sys.executable, exchange)
    assert report["client"] == "2.36.1"
    assert calls_on_the_wire(exchange) == SEVEN_CALLS


@pytest.mark.skipif(not OLD_CLIENT, reason="PBTUI_VENDOR_2_23_PYTHON names no interpreter with powerbot-client 2.23.0")
def test_client_of_the_seed_s_family_of_urls(exchange: RunningExchange) -> None:
    report = make_seven_calls(OLD_CLIENT or "", exchange)
    assert report["client"] == "2.23.0"
    assert calls_on_the_wire(exchange) == SEVEN_CALLS

"""The vendor's own client judges the wire of the reads beyond orders; two releases, one of each family of URLs."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.exchange import RunningExchange
from tests.vendor import market_reads

OLD_CLIENT = os.environ.get("PBTUI_VENDOR_2_23_PYTHON")


def let_trade(exchange: RunningExchange) -> None:
    """Let the trader trade at the exchange, with and without a text, and internally."""
    exchange.faults(late_trades=0)
    contract = exchange.free_contract()
    placed = {"contractId": contract["contract_id"], "delivery_area": contract["delivery_areas"][0]}
    sell: dict[str, Any] = {"portfolio_id": "DE1", "side": "SELL", "price": 9000, "quantity": 5, **placed}
    buy = sell | {"portfolio_id": "DE2", "side": "BUY", "quantity": 1}
    ids = [
        order["order_id"]
        for body in (sell, sell | {"txt": "leg A"}, buy)
        for order in exchange.call("POST", "/orders/list", params={"internal_trading": True}, json=[body]).json()
    ]
    exchange.fill(ids[0], 1)
    exchange.fill(ids[1], 2)
    exchange.run_algorithm("Spread", "DE1", "DE2")
    exchange.plan_downtime(exchange="epex", start="2026-11-22T02:00:00Z", end="2026-11-22T04:00:00Z", comment="upgrade")


def test_newest_client_that_names_the_exchange(exchange: RunningExchange) -> None:
    let_trade(exchange)
    exchange.announce("MARKET_HALT", severity="URG")
    exchange.market(mode="SAFE", messages=["no new orders"])
    report = market_reads.main(exchange.base_url, exchange.keys["trader"])
    # An order of a portfolio that the trader does not see can take a part of the internal trade.
    assert report.pop("internal trades") >= 1
    assert report == {
        "client": "2.36.1",
        "trades": 2,
        "notifications": 1,
        "areas": 8,
        "portfolios": exchange.portfolios["trader"],
        "contracts": 1,
        "algorithms": 1,
        "downtimes": 1,
        "trades of all": 2,
    }


@pytest.mark.skipif(not OLD_CLIENT, reason="PBTUI_VENDOR_2_23_PYTHON names no interpreter with powerbot-client 2.23.0")
def test_client_of_the_seed_s_family_of_urls(exchange: RunningExchange) -> None:
    let_trade(exchange)
    done = subprocess.run(
        [OLD_CLIENT or "", market_reads.__file__, exchange.base_url],
        env=os.environ | {"PBTUI_TRADER_KEY": exchange.keys["trader"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["client"] == "2.23.0"

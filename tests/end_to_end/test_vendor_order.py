"""An order that the vendor's own client places is on the desk's screen within two polls."""

import subprocess
import sys

from tests.end_to_end.host import Host
from tests.end_to_end.trader import quit_desk
from tests.exchange import RunningExchange, eventually

READS = {"value": True, "methods": ["GET"], "paths": ["/orders"]}
PLACE_ORDER = """
import sys
import powerbot_client as vendor
host, key, contract, area = sys.argv[1:]
api = vendor.OrdersApi(vendor.ApiClient(vendor.Configuration(host=host, api_key={"api_key_security": key})))
entry = vendor.OrderEntry(portfolio_id="DE1", side="SELL", quantity=0.7, price=4321.09, contract_id=contract,
                          delivery_area=area, txt="by the vendor")
(order,) = api.add_orders("epex", [entry])
print(order.order_id)
"""


def test_within_two_polls(host: Host, exchange: RunningExchange) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"], poll_seconds=1.5)
    sample = exchange.orders()[0]
    with host.pbtui() as terminal:
        terminal.until_shown("LIVE", "›")
        terminal.send("/")
        terminal.until_shown("side:buy price>50")
        terminal.send("price=4321.09")
        terminal.until_shown("price=4321.09")
        terminal.press_until("\r", lambda lines: any("a Add" in line for line in lines))
        terminal.until_shown("filter price=4321.09", "0 of ")
        where = (exchange.host, exchange.keys["trader"], sample["contract_id"], sample["delivery_area"])
        exchange.forget_requests()
        exchange.faults(hold=READS)
        placed = subprocess.run(
            [sys.executable, "-c", PLACE_ORDER, *where], stdout=subprocess.PIPE, text=True, check=True
        )
        answer_two_polls(exchange)
        terminal.until_shown("1 of ", "4321.09", "by the vendor")
        exchange.faults()
        order_id = placed.stdout.strip()
        terminal.send("j")
        terminal.until_shown(f" order id               {order_id} ")
        quit_desk(terminal)


def answer_two_polls(exchange: RunningExchange) -> None:
    """Answer reads of orders one by one, until the third poll since the order waits for its answer."""
    answered = -1  # one that began before the order may wait

    def third_waits() -> bool:
        nonlocal answered
        reads = [request for request in exchange.requests() if request["path"].endswith("/orders")]
        if len(polls_since_the_order(exchange)) > 2:
            return True
        if len(reads) > answered:
            answered = len(reads)
            exchange.faults(hold=READS)
        return False

    eventually(third_waits)


def polls_since_the_order(exchange: RunningExchange) -> list[str]:
    requests = exchange.requests()
    (added,) = [request for request in requests if request["method"] == "POST"]
    return [
        request["received_at"]
        for request in requests[requests.index(added) :]
        if request["path"].endswith("/orders") and request["query"].get("active_only") == ["true"]
    ]

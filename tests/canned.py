"""An exchange that holds exactly the orders a test gives it, over real HTTP, on a thread of its own."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.raw_server import RawRequest, Respond, raw_server_on, raw_server_on_a_thread, reply
from tests.simulation.loop import running_virtual_loop

WireOrder = dict[str, Any]
AS_USUAL: dict[str, Any] = {
    "/market": {"status": "OK", "mode": "NORMAL"},
    "/api-key": {"name": "a key", "can_trade": True},
    "/trades": [],
    "/internal-trades": [],
    "/notifications": [],
    "/delivery-areas": [],
}
"""The reads beyond orders, with answers that show nothing on the screen."""


def a_wire_order(order_id: str = "1", **fields: Any) -> WireOrder:
    """A plausible resting order as the wire has it; any field can be given."""
    return {
        "order_id": order_id,
        "initial_order_id": order_id,
        "revision_no": 1,
        "state": "ACTI",
        "action": "UADD",
        "side": "BUY",
        "delivery_area": "10YDE-RWENET---I",
        "portfolio_id": "P1",
        "contract_id": "c14",
        "contract_name": "20261122 15:00-20261122 16:00",
        "delivery_start": "2026-11-22T14:00:00Z",
        "delivery_end": "2026-11-22T15:00:00Z",
        "price": 45.1,
        "quantity": 5,
        "hidden_quantity": 0,
        "type": "O",
        "txt": "",
        "user_code": "TRD001",
        "api_timestamp": "2026-11-22T12:00:00Z",
        "last_change_timestamp": "2026-11-22T12:00:00Z",
        **fields,
    }


@dataclass
class CannedExchange:
    """What it answers with; a test may change it between two reads.

    `trouble` answers in place of the orders while it is set: every request whose target has `trouble_at` in it.
    `history` is by order id, `reads` by the end of the path: the reads beyond orders that it offers. If it `obeys`, it
    takes orders out of the market that are named.
    """

    orders: list[WireOrder] = field(default_factory=list)
    history: dict[str, list[WireOrder]] = field(default_factory=dict)
    reads: dict[str, Any] = field(default_factory=lambda: dict(AS_USUAL))
    trouble: Respond | None = None
    trouble_at: str = ""
    base_url: str = ""
    obeys: bool = False
    requests: list[RawRequest] = field(default_factory=list)

    async def answer(self, request: RawRequest, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        path = urlsplit(request.target).path
        if self.obeys and request.method == "PUT":
            self._withdraw(json.loads(request.body))
        if self.trouble is not None and self.trouble_at in request.target:
            await self.trouble(request, writer)
        elif (read := next((read for read in self.reads if path.endswith(read)), None)) is not None:
            await reply(json.dumps(self.reads[read]).encode())(request, writer)
        elif "/orders" not in path:
            await reply(b"null", "404 Not Found")(request, writer)
        else:
            await reply(json.dumps(self.found(request)).encode())(request, writer)

    def found(self, request: RawRequest) -> list[WireOrder]:
        """What the orders have for a read."""
        url = urlsplit(request.target)
        if url.path.endswith("/history"):
            return self.history.get(unquote(url.path.split("/")[-2]), [])
        query = parse_qs(url.query)
        if query.get("active_only") != ["false"]:
            return [order for order in self.orders if order.get("state") not in ("HIBE", "IACT")]
        found = [order for order in self.orders if order.get("state") == query.get("status", [order.get("state")])[0]]
        if "order_ids" in query:
            asked = query["order_ids"][0].split(",")
            found = [order for order in found if order.get("order_id") in asked]
        return found

    def _withdraw(self, items: list[dict[str, Any]]) -> None:
        ends = {"DEAC": {"state": "HIBE", "action": "UHIB"}, "DELE": {"state": "IACT", "action": "UDEL"}}
        wanted = {item["order_id"]: item["changes"]["action"] for item in items}
        for order in self.orders:
            if order.get("order_id") in wanted:
                order |= ends[wanted[order["order_id"]]]


@contextmanager
def canned_exchange(*orders: WireOrder) -> Iterator[CannedExchange]:
    """Serve these orders for as long as the block lasts; in virtual time in memory."""
    exchange = CannedExchange(list(orders))
    loop, answer = running_virtual_loop(), exchange.answer
    with raw_server_on_a_thread(answer) if loop is None else raw_server_on(loop, answer) as server:
        exchange.base_url, exchange.requests = server.base_url, server.requests
        yield exchange

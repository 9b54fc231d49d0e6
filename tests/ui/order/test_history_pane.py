"""The history follows the cursor: after a rest, only for the order that is under it, across ids."""

import asyncio
import json
import threading
from typing import Any

import pytest

from pbtui.ui.order import history_pane
from tests.canned import CannedExchange, a_wire_order, canned_exchange
from tests.raw_server import RawRequest, reply
from tests.ui.desk_under_test import a_desk_app, desk_on

FIRST = a_wire_order("1", delivery_start="2026-11-22T10:00:00Z")
SECOND = a_wire_order("2", delivery_start="2026-11-22T11:00:00Z")
THIRD = a_wire_order("3", delivery_start="2026-11-22T12:00:00Z")


def story(order: dict[str, Any], text: str) -> list[dict[str, Any]]:
    """Two revisions, the second changing the text to this one."""
    later = {"api_timestamp": "2026-11-22T12:00:01Z", "revision_no": 2, "action": "AMOD"}
    return [{**order, **later, "txt": text}, order]


def histories_asked(exchange: CannedExchange) -> list[str]:
    return [request.target.split("/")[-2] for request in exchange.requests if request.target.endswith("/history")]


async def test_revisions_show_what_changed_when_and_by_whom() -> None:
    with canned_exchange(FIRST) as exchange:
        exchange.history["1"] = story(FIRST, "hedge")
        async with desk_on(a_desk_app(exchange.base_url), (160, 48)) as desk:
            await desk.until_shown("modified by market operations (AMOD)", "text empty → hedge", "added by user (UADD)")
            lines = desk.lines()
            newest = next(n for n, line in enumerate(lines) if "AMOD" in line)
            assert newest < next(n for n, line in enumerate(lines) if "│   1  " in line)


async def test_the_history_is_read_for_the_order_under_the_cursor_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with canned_exchange(FIRST, SECOND, THIRD) as exchange:
        exchange.history = {
            order["order_id"]: story(order, f"of {order['order_id']}") for order in (FIRST, SECOND, THIRD)
        }
        async with desk_on(a_desk_app(exchange.base_url)) as desk:
            await desk.until_shown("of 1")
            with monkeypatch.context() as patch:
                patch.setattr(
                    history_pane, "REST_S", 3600.0
                )  # the cursor goes on at once, however slow this machine is
                await desk.press("j")
            await desk.press("j")
            await desk.until_shown("of 3")
            assert histories_asked(exchange) == ["1", "3"]


async def test_a_late_answer_for_another_order_is_dropped() -> None:
    arrived, released = threading.Event(), threading.Event()

    async def late(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await asyncio.to_thread(released.wait)
        await reply(json.dumps(story(FIRST, "late news of 1")).encode())(request, writer)

    with canned_exchange(FIRST, SECOND) as exchange:
        exchange.history["2"] = story(SECOND, "of 2")
        exchange.trouble, exchange.trouble_at = late, "/orders/1/history"
        async with desk_on(a_desk_app(exchange.base_url)) as desk:
            await desk.until(arrived.is_set)
            await desk.press("j")
            released.set()
            await desk.until_shown("of 2")
            assert "late news" not in desk.text()


async def test_it_follows_a_change_of_the_id() -> None:
    with canned_exchange(FIRST) as exchange:
        exchange.history["1"] = [FIRST]
        async with desk_on(a_desk_app(exchange.base_url)) as desk:
            await desk.until(lambda: histories_asked(exchange) == ["1"])
            moved = {
                **FIRST,
                "order_id": "9",
                "parent_order_id": "1",
                "price": 50,
                "api_timestamp": "2026-11-22T12:00:05Z",
            }
            gone = {
                **FIRST,
                "state": "IACT",
                "action": "UDEL",
                "revision_no": 2,
                "api_timestamp": "2026-11-22T12:00:05Z",
            }
            exchange.history["9"] = [moved, gone, FIRST]
            exchange.orders = [moved]
            await desk.until_shown("replaced by order 9", "order id 1 → 9", "price 45.10 per MWh → 50.00 per MWh")
            assert histories_asked(exchange) == ["1", "9"]


async def test_a_history_that_cannot_be_read_says_why() -> None:
    with canned_exchange(FIRST) as exchange:
        exchange.trouble, exchange.trouble_at = reply(b'{"message": "no such order"}', "404 Not Found"), "/history"
        async with desk_on(a_desk_app(exchange.base_url)) as desk:
            await desk.until_shown("history not read", "no such order")
            assert "failing for" not in desk.text()

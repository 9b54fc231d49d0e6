"""An empty table says why, at every size."""

import asyncio
import json
import threading

import pytest

from pbtui.ui.table.emptiness import NOT_READ, arrived_text, past_text
from tests.canned import CannedExchange, a_wire_order, canned_exchange
from tests.raw_server import RawRequest, drop, raw_server, reply
from tests.ui.desk_under_test import WITHIN_S, DeskPilot, a_desk_app, desk_on

SIZES = ((40, 14), (80, 24), (160, 48))


async def begun(request: RawRequest, writer: asyncio.StreamWriter) -> None:
    """Send the first 5 KB of a long answer, and no more."""
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n"
    writer.write(head.encode() + b"[" + b" " * 4999)
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("received_bytes", "within_s", "text"),
    [
        (1_240_000, 8.0, "1240 KB so far, 155 KB a second."),
        (1_240_000, 0.9, ""),
        (999, 8.0, ""),
        (0, 0.0, ""),
    ],
)
def test_a_read_that_takes_long_says_how_much_has_come(received_bytes: int, within_s: float, text: str) -> None:
    assert arrived_text(received_bytes, within_s) == text


@pytest.mark.parametrize(
    ("past_count", "within_s", "text"),
    [(1_500, 12.0, "1500 so far, 125 a second."), (1_500, 0.9, ""), (0, 12.0, "")],
)
def test_so_does_that_of_the_orders_from_before_the_start(past_count: int, within_s: float, text: str) -> None:
    assert past_text(past_count, within_s) == text


def words(desk: DeskPilot) -> str:
    """The words of the table, whatever the lines they are on."""
    return " ".join(" ".join(desk.lines()).split())


async def until_said_at_every_size(desk: DeskPilot, *texts: str) -> None:
    """Wait until the table says all of this, in a window of each size."""
    for size in SIZES:
        await desk.pilot.resize_terminal(*size)
        await desk.until(lambda: all(text in words(desk) for text in texts))


async def test_a_filter_that_matches_nothing_is_named_with_the_way_out() -> None:
    with canned_exchange(a_wire_order("1"), a_wire_order("2")) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), SIZES[0]) as desk:
            await desk.until_shown("1 Active 2")
            await desk.press("slash")
            await desk.paste("price>9999")
            await desk.press("enter")
            hides = "No active order matches the filter price>9999: it hides all 2"
            await until_said_at_every_size(desk, hides, "esc clears it")
            await desk.press("escape")
            await desk.until(lambda: "No active order" not in words(desk))


def holds_deactivated_orders(exchange: CannedExchange) -> threading.Event:
    """Let the read of deactivated orders wait until the event is set."""
    released = threading.Event()

    async def held(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        await asyncio.to_thread(released.wait, WITHIN_S)
        await reply(json.dumps(exchange.found(request)).encode())(request, writer)

    exchange.trouble, exchange.trouble_at = held, "status=HIBE"
    return released


async def test_no_orders_and_bounds_without_orders_differ() -> None:
    with canned_exchange() as exchange:
        released = holds_deactivated_orders(exchange)
        async with desk_on(a_desk_app(exchange.base_url), SIZES[0]) as desk:
            await until_said_at_every_size(desk, "No active orders.")
            await desk.press("2")
            reading = "No deactivated orders yet. Orders from before pbtui started are still being read."
            await until_said_at_every_size(desk, reading, " still reading ")
            released.set()
            await until_said_at_every_size(desk, "No deactivated orders.")
            assert "reading" not in words(desk)
            await desk.press("3")
            await until_said_at_every_size(desk, "No recent orders.")
        app = a_desk_app(exchange.base_url, portfolios=("P7",), delivery_areas=("AMP",))
        async with desk_on(app, SIZES[0]) as desk:
            await until_said_at_every_size(desk, "shows only delivery areas AMP and portfolios P7")
            exchange.orders = [a_wire_order("1", delivery_area="10YFR-RTE------C")]
            await desk.press("r", "1")
            outside = (
                "The bounds of the profile test match no active order: 1 active order is outside delivery areas AMP"
            )
            await until_said_at_every_size(desk, outside)
            assert "No active orders" not in words(desk)


async def test_orders_that_were_not_read_are_not_called_none() -> None:
    async with raw_server(begun) as server, desk_on(a_desk_app(server.base_url), SIZES[0]) as desk:
        await until_said_at_every_size(desk, f"{NOT_READ} 5 KB so far, ", " KB a second.")
    async with raw_server(drop) as server, desk_on(a_desk_app(server.base_url), SIZES[0]) as desk:
        await until_said_at_every_size(desk, "no complete answer", NOT_READ)
        assert "No active orders" not in words(desk)

"""The order book on the screen: both sides, own orders, the MW ahead, and a book that cannot be read."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.reads.depth import OrderBookEntry, Orders
from pbtui.api.values import UnreadableField
from pbtui.desk.market.reading import Reading
from pbtui.ui.market.depth_pane import DepthPane
from pbtui.ui.market.subjects import DepthSubject
from tests.canned import a_wire_order, canned_exchange
from tests.orders import DELIVERY_END, DELIVERY_START
from tests.trades import EXECUTED_AT
from tests.ui.desk_under_test import a_desk_app, desk_on
from tests.ui.dialogs.prompt_under_test import SIMULATION, prompt_on

pytestmark = pytest.mark.usefixtures("still_clock")

SUBJECT = DepthSubject("c14", "10YDE-RWENET---I", DELIVERY_START, DELIVERY_END, "first id")


def an_entry(
    order_id: str, price: str | None, quantity: str | None = "5", own_order: bool | None = None
) -> OrderBookEntry:
    return OrderBookEntry(
        order_id=order_id,
        price=None if price is None else Decimal(price),
        quantity=None if quantity is None else Decimal(quantity),
        own_order=own_order,
    )


BOOK = Reading(
    Orders(
        bid=(an_entry("201", "45"), an_entry("202", "46", "2.5"), an_entry("203", "44", "1")),
        ask=(an_entry("301", "47", "3"), an_entry("302", "48", own_order=True), an_entry("303", None)),
    ),
    EXECUTED_AT,
    1.0,
)


class Exchange:
    """Answers with the newest reading that a test gives it."""

    def __init__(self) -> None:
        self.reading = BOOK
        self.own = {"203": "first id", "201": "other"}

    async def read(self, contract_id: str, delivery_area: str) -> Reading[Orders]:
        assert (contract_id, delivery_area) == ("c14", "10YDE-RWENET---I")
        return self.reading

    def pane(self) -> DepthPane:
        return DepthPane(SIMULATION, SUBJECT, self.read, lambda: self.own, ZoneInfo("Europe/Berlin"))


async def test_the_best_prices_are_on_top_and_each_order_has_the_mw_ahead() -> None:
    exchange = Exchange()
    async with prompt_on(exchange.pane) as pilot:
        await pilot.until_shown("Depth of 22 Nov 15:00-16:00, AMP, read at 13:00:05 CET")
        rows = [line.strip(" │").split() for line in pilot.lines() if "│" in line.strip(" │") and "MW" not in line]
        assert rows == [
            ["0.0", "2.5", "46.00", "│", "47.00", "3.0", "0.0"],
            ["own", "2.5", "5.0", "45.00", "│", "48.00", "5.0", "3.0", "own"],
            ["›own", "7.5", "1.0", "44.00", "│", "5.0", "unknown"],
        ]
        await pilot.until_shown("Order 203: 7.5 MW ahead of it")


async def test_an_order_that_got_another_id_is_still_the_one_looked_at() -> None:
    exchange = Exchange()
    async with prompt_on(exchange.pane) as pilot:
        await pilot.until_shown("Order 203")
        exchange.own = {"202": "first id"}
        await pilot.press("r")
        await pilot.until_shown("Order 202: 0.0 MW ahead of it")
        exchange.own = {}
        await pilot.press("r")
        await pilot.until_shown("The order under the cursor is not in this book")


@pytest.mark.parametrize(
    ("book", "sides"),
    [
        (Orders(ask=(an_entry("301", "47"),), unreadable=(UnreadableField("bid", "x", "is no list"),)), "▲ BUY"),
        (Orders(), "▲ BUY and ▼ SELL"),
    ],
)
async def test_a_book_that_can_not_be_read_is_not_called_empty(book: Orders, sides: str) -> None:
    exchange = Exchange()
    exchange.reading = Reading(book, EXECUTED_AT, 1.0)
    async with prompt_on(exchange.pane) as pilot:
        await pilot.until_shown(f"The book is not complete: the {sides} orders")
        assert "no order is in this book" not in pilot.text()
        assert "is not in this book" not in pilot.text()


async def test_a_book_that_is_not_read_keeps_the_one_before_and_says_why() -> None:
    exchange = Exchange()
    exchange.reading = Reading(problem="the server found nothing for GET /contract/1 (404)")
    async with prompt_on(exchange.pane) as pilot:
        await pilot.until_shown("AMP, not read yet", "the newest book is missing: the server found nothing for")
        exchange.reading = BOOK
        await pilot.press("r")
        await pilot.until_shown("46.00")
        assert "missing" not in pilot.text()
        exchange.reading = Reading(problem="GET /contract: no answer")
        await pilot.press("r")
        await pilot.until_shown("the newest book is missing: GET /contract: no answer", "46.00", "read at 13:00:05")


async def test_the_book_of_the_order_under_the_cursor_is_read_and_own_orders_are_found_in_it() -> None:
    entry = {"order_id": "1", "price": 45.1, "quantity": 5}
    with canned_exchange(a_wire_order("1", state="ACTI")) as exchange:
        exchange.reads["/contract/c14/10YDE-RWENET---I/orders"] = {"bid": [entry], "ask": []}
        async with desk_on(a_desk_app(exchange.base_url)) as desk:
            await desk.until_shown("LIVE", "1 Active 1")
            await desk.press("D")
            await desk.until_shown("Order 1: 0.0 MW ahead of it", "›own")
            await desk.press("D")
            await desk.until(lambda: desk.app.screen is desk.desk)

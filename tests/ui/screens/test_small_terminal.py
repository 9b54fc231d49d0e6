"""Writing in a small terminal, on the simulator: what enters the market is read first, what leaves it goes at once."""

import pytest

from pbtui.ui.forms.line.form import LineForm
from pbtui.ui.tickets.preview import TicketPreview
from tests.exchange import RunningExchange
from tests.ui.screens.trader import Trader, an_order, trader_at


async def test_an_order_is_sent_after_its_price_was_read_and_withdrawn_without_a_wait(
    exchange: RunningExchange,
) -> None:
    order = an_order(exchange)
    async with trader_at(exchange) as trader:
        await trader.put_cursor_on(order["order_id"])
        await trader.pilot.resize_terminal(30, 8)
        await an_order_waits_until_it_is_read(trader)
        await trader.press("d")
        await trader.prompt(TicketPreview)
        assert "Read on" not in trader.text()
        await trader.press("y")
        await trader.until(lambda: len(trader.tickets) == 2)
        await trader.until_confirmed()
        assert [request["method"] for request in trader.writes()] == ["POST", "PUT"]
        await trader.press("U")
        await an_undo_that_activates_waits_too(trader)


async def an_order_waits_until_it_is_read(trader: Trader) -> None:
    await trader.press("colon")
    await trader.prompt(LineForm)
    await trader.type_into("line", "b 2.5 @ -45.1")
    await trader.press("enter")
    await trader.prompt(TicketPreview)
    await trader.until_shown("Enter 1 new order", "pgdn Read on")
    assert "-45.10" not in trader.text()
    await trader.press("y")
    await trader.until_shown("Not sent: press pgdn")
    assert (trader.tickets, trader.writes()) == ((), [])
    await read_on(trader, "-45.10")
    await trader.send()
    await trader.until_confirmed()
    (((entry,),)) = trader.bodies()
    assert (entry["side"], entry["quantity"], entry["price"]) == ("BUY", 2.5, -45.1)


async def an_undo_that_activates_waits_too(trader: Trader) -> None:
    await trader.prompt(TicketPreview)
    await trader.until_shown("Activate 1 order", "pgdn Read on")
    await trader.press("y")
    await trader.until_shown("Not sent: press pgdn")
    await read_on(trader, " MW at ")
    await trader.send()
    await trader.until(lambda: len(trader.tickets) == 3)


async def read_on(trader: Trader, term: str) -> None:
    shown = ""
    while "y Send" not in trader.text():
        await trader.press("pagedown")
        shown += trader.text()
    assert term in shown


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_a_new_order_is_sent_at_once_at_the_usual_sizes(exchange: RunningExchange, size: tuple[int, int]) -> None:
    order = an_order(exchange)
    async with trader_at(exchange, size) as trader:
        await trader.put_cursor_on(order["order_id"])
        await trader.press("colon")
        await trader.prompt(LineForm)
        await trader.type_into("line", "b 2.5 @ -45.1")
        await trader.press("enter")
        await trader.send()
        await trader.until_confirmed()

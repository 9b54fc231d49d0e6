"""A pasted list of orders: shown, never sent by the paste, and entered once."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from textual.events import Paste

from pbtui.api.clock import Clock, use, utc_now
from pbtui.desk.formats.areas import area_name
from pbtui.desk.plan.compared import claim_files
from pbtui.ui.terminal.moment import UnmarkedText
from pbtui.ui.tickets.basket_pane import BasketPane, BasketProblems
from pbtui.ui.tickets.preview import TicketPreview
from tests.exchange import RunningExchange
from tests.ui.desk_under_test import a_profile
from tests.ui.screens.trader import Trader, an_order, trader_at

HEADER = "order_id\trevision_no\tstate\tside\tquantity\tprice\tcontract_id\tdelivery_area\tportfolio_id"


def basket(exchange: RunningExchange, order: dict[str, Any]) -> str:
    """A list as a terminal pastes it from a spreadsheet: one order to delete, a new one, and one that is not there."""
    contract = exchange.free_contract()
    where = f"{contract['contract_id']}\t{area_name(contract['delivery_areas'][0])}\tDE1"
    rows = (
        f"{order['order_id']}\t{order['revision_no']}\tdeleted" + "\t" * 6,
        f"\t\t\tbuy\t1.5\t-500.50\t{where}",
        "1\t\tdeleted" + "\t" * 6,
    )
    return "".join(f"{row}\r" for row in (HEADER, *rows))


async def paste(trader: Trader, text: str) -> None:
    trader.app.post_message(Paste(text))
    await trader.pilot.pause()


async def test_a_pasted_list_is_sent_step_by_step_and_once(exchange: RunningExchange) -> None:
    order = an_order(exchange)
    text = basket(exchange, order)
    async with trader_at(exchange) as trader:
        await paste(trader, text)
        await trader.prompt(BasketPane)
        await trader.until_shown("Pasted orders: 1 add, 1 delete, 1 refused", "order 1: it is not among your orders")
        await trader.press("enter", "y")
        assert trader.writes() == []
        await trader.press("p")
        await trader.prompt(TicketPreview)
        await trader.until_shown("Delete 1 order")
        assert trader.writes() == []
        await trader.send_and_stay()
        await trader.until(lambda: len(trader.writes()) == 1)
        await trader.until_shown("Enter 1 new order")
        await trader.send()
        await trader.until(lambda: len(trader.writes()) == 2)
        await trader.until_shown("CONFIRMED")

        await paste(trader, text)
        await trader.prompt(BasketPane)
        await trader.until_shown("1 unchanged, 1 ended, 1 refused", "entered already: order", "Nothing to send")
        await trader.press("p", "escape")
        await trader.until_home()
        assert [request["method"] for request in trader.writes()] == ["PUT", "POST"]


class ClockAhead(Clock):
    """The clock of a host that is three hours ahead of the exchange's."""

    def utc_now(self) -> datetime:
        """Return the wall clock time."""
        return super().utc_now() + timedelta(hours=3)


async def test_what_has_passed_in_a_pasted_list_goes_by_the_clock_of_the_exchange(exchange: RunningExchange) -> None:
    starts = (datetime.fromisoformat(each["delivery_start"]) for each in exchange.contracts())
    start = next(at for at in starts if at > utc_now() + timedelta(minutes=20))
    times = (f"{at:%Y-%m-%dT%H:%M:%S}Z" for at in (start, start + timedelta(minutes=15)))
    columns = "side,quantity,price,dlvry_start,dlvry_end,delivery_area,portfolio_id"
    with use(ClockAhead()):
        async with trader_at(exchange) as trader:
            await paste(trader, f"{columns}\nbuy,1,-500,{','.join(times)},AMP,DE1\n")
            await trader.prompt(BasketPane)
            await trader.until_shown("Pasted orders: 1 add")


async def test_a_paste_that_is_no_list_of_orders_says_why(exchange: RunningExchange) -> None:
    async with trader_at(exchange) as trader:
        for text, reason in (
            ("order_id,prise\n7,1\n", 'there is no column "prise"; did you mean price?'),
            ("order_id,price\n7,62", "its last line has no end, so it may have been cut"),
        ):
            await paste(trader, text)
            await trader.until_shown(reason)
        trader.app.post_message(UnmarkedText("order_id,price\n7,1\n"))
        await trader.until_shown("no input field is open")
        await trader.press("j")
        await paste(trader, "98765.43\nq\ny\n")
        await trader.until_shown("no input field is open")
        await paste(trader, 'order_id,price\n7,"62,5"\n,1e5\n')
        await trader.prompt(BasketProblems)
        await trader.until_shown('line 2, price: "62,5"', 'line 3, price: "1e5"')
        await trader.press("y", "p", "enter", "escape")
        await trader.until_home()
        claim = await asyncio.to_thread(claim_files, a_profile(exchange.base_url))
        await paste(trader, "order_id,state\n7,deleted\n")
        await trader.until_shown("pasted orders not sent: another pbtui may be applying orders")
        claim.close()
        assert trader.writes() == []

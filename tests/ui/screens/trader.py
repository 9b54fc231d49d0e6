"""A trader who writes at the desk's screen, on the simulator."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from textual.events import Paste
from textual.widgets import Input

from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Ticket
from pbtui.ui.dialogs.prompt import Prompt
from pbtui.ui.tickets.preview import TicketPreview
from tests.exchange import RunningExchange
from tests.ui.desk_under_test import DeskPilot, a_desk_app, desk_on

WRITES = ("POST", "PUT", "DELETE")


class Trader(DeskPilot):
    """A trader at a desk of the simulator with trading on."""

    exchange: RunningExchange

    async def put_cursor_on(self, order_id: str) -> None:
        """Move the cursor to the order of that id, at once: each key on the way there draws another order."""
        table = self.desk.table
        await self.until(lambda: any(row.order.order_id == order_id for row in table.arrangement.rows.values()))
        key = next(key for key, row in table.arrangement.rows.items() if row.order.order_id == order_id)
        table.action_move_to(table.arrangement.index(key))
        await self.until(lambda: table.cursor == key)

    async def prompt(self, kind: type[Prompt[Any]]) -> Any:
        """Wait for this prompt, until it takes keys that send."""
        await self.until(lambda: isinstance(self.app.screen, kind) and self.app.screen.has_rested)
        return self.app.screen

    async def type_into(self, name: str, text: str) -> None:
        """Replace what is in a field of the form."""
        field = self.app.screen.query_one(f"#field-{name}", Input)
        field.focus()
        field.select_all()
        self.app.post_message(Paste(text))
        await self.until(lambda: field.value == text)

    async def send(self) -> None:
        """Confirm the preview, and wait for the ticket."""
        await self.prompt(TicketPreview)
        before = len(self.tickets)
        await self.press("y")
        await self.until_home()
        await self.until(lambda: len(self.tickets) > before)

    async def send_and_stay(self) -> None:
        """Confirm the preview, where another prompt follows."""
        preview = await self.prompt(TicketPreview)
        await self.press("y")
        await self.until(lambda: self.app.screen is not preview)

    async def until_home(self) -> None:
        """Wait until no prompt is open."""
        await self.until(lambda: self.app.screen is self.desk)

    async def until_confirmed(self) -> None:
        """Wait for the verdict of the newest ticket. What the screen says may be of an earlier one, or of a fill."""
        await self.until(lambda: self.tickets and all(line.state is State.CONFIRMED for line in self.tickets[-1].lines))

    @property
    def tickets(self) -> Sequence[Ticket]:
        """The tickets of this run, as the screen knows them, the newest last."""
        return self.desk.dialogue.view.tickets

    def writes(self) -> list[dict[str, Any]]:
        """The writes that reached the exchange."""
        return [request for request in self.exchange.requests() if request["method"] in WRITES]

    def bodies(self) -> list[Any]:
        """What they carried."""
        return [request["body"] for request in self.writes()]


@asynccontextmanager
async def trader_at(
    exchange: RunningExchange, size: tuple[int, int] = (120, 36), key: str = "trader", **profile: object
) -> AsyncIterator[Trader]:
    """A trader at a desk on this exchange, once it shows the orders."""
    profile.setdefault("read_only", False)
    app = a_desk_app(exchange.base_url, exchange.keys[key], **cast("Any", profile))
    async with desk_on(app, size) as desk:
        trader = Trader(desk.pilot)
        trader.exchange = exchange
        await trader.until_shown("LIVE")
        await trader.until(lambda: len(trader.desk.table.arrangement) > 0)
        exchange.forget_requests()
        yield trader


def in_the_book(exchange: RunningExchange) -> list[dict[str, Any]]:
    """The resting limit orders of the exchange."""
    orders = [order for order in exchange.orders() if order["type"] == "O"]
    return [order for order in orders if "contract_id" in order and not order.get("pre_arranged")]


def an_order(exchange: RunningExchange) -> dict[str, Any]:
    """A resting limit order of the exchange: bid lower, it is far from trading; no own offer is in its contract."""
    sold = {order.get("contract_id") for order in exchange.orders() if order["side"] == "SELL"}
    bids = [order for order in in_the_book(exchange) if order["side"] == "BUY"]
    return max((order for order in bids if order["contract_id"] not in sold), key=lambda order: order["price"])

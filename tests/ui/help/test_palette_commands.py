"""The palette and the help on a desk: a command acts as its key does, and sends nothing without a preview."""

from decimal import Decimal

from textual.command import CommandList
from textual.events import Paste

from pbtui.ui.tickets.preview import TicketPreview
from tests.exchange import RunningExchange
from tests.ui.desk_under_test import DeskPilot
from tests.ui.screens.trader import trader_at


async def choose(desk: DeskPilot, name: str) -> None:
    """Choose a command of the palette."""

    def offered() -> str:
        commands = desk.app.screen.query_one(CommandList)
        return str(commands.get_option_at_index(0).prompt) if commands.option_count else ""

    await desk.press("ctrl+p")
    desk.app.post_message(Paste(name))
    await desk.until(lambda: offered().startswith(name))
    await desk.press("enter")


async def test_actions_are_in_the_palette_and_in_the_help(exchange: RunningExchange) -> None:
    async with trader_at(exchange, price_step=Decimal("0.05")) as trader:
        await choose(trader, "Price a step up (+)")
        await trader.until_shown("1 staged")
        await trader.pilot.pause(0.35)
        await choose(trader, "Send staged, or show order (⏎)")
        await trader.prompt(TicketPreview)
        assert trader.writes() == []
        await trader.press("escape")
        await choose(trader, "Help (?)")
        await trader.until_shown("Kill switch", "Enter and change orders", "The desk")
        lines = trader.lines()
        kill, enter = (next(n for n, line in enumerate(lines) if text in line) for text in ("F9  ", "Add by a line"))
        assert kill < enter
        await trader.press("end")
        await trader.until_shown("area:amp,tng", "one of several", "any text of the row contains it")

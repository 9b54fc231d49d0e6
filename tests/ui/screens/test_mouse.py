"""The mouse: a click chooses and the wheel scrolls, and no click anywhere sends, stages, fires or confirms."""

from typing import Any

from textual.events import Event, MouseEvent
from textual.screen import Screen
from textual.widgets import OptionList

from pbtui.api.clock import steady_s
from pbtui.ui.kill.prompt import KillPrompt
from pbtui.ui.table.sorting.sort_prompt import SortPrompt
from pbtui.ui.terminal.input import Input
from pbtui.ui.terminal.messages import messages_of
from pbtui.ui.tickets.preview import TicketPreview
from tests.exchange import RunningExchange
from tests.ui.screens.trader import Trader, in_the_book, trader_at

SIZE = (100, 30)


class Mouse:
    """The mouse of a trader whose terminal sends its reports."""

    def __init__(self, trader: Trader) -> None:
        self._trader = trader
        self._input = Input(reads_mouse=True)

    async def report(self, *reports: tuple[int, int, int]) -> None:
        """Send reports of a button at a column and a line, counted from 0; let the screen follow."""
        for button, x, y in reports:
            for event in self._input.feed(f"\x1b[<{button};{x + 1};{y + 1}M".encode(), steady_s()):
                for message in messages_of(event):
                    self._trader.app.post_message(message)
        await self._trader.pilot.pause()

    async def click(self, text: str) -> None:
        """Click on the first letter of a text on the screen."""
        y, line = next((y, line) for y, line in enumerate(self._trader.lines()) if text in line)
        await self.report((0, line.index(text), y))

    async def click_everywhere(self) -> None:
        """Click on every third cell of the screen, and turn the wheel in every line."""
        for y in range(SIZE[1]):
            await self.report(*((0, x, y) for x in range(y % 3, SIZE[0], 3)), (65, y, y))


async def test_a_click_chooses_and_no_click_sends_or_arms_anything(exchange: RunningExchange) -> None:
    # To click everywhere takes long on a busy machine. Orders that are too old by then can't be changed.
    async with trader_at(exchange, size=SIZE, poll_seconds=60) as trader:
        mouse, textual_events = Mouse(trader), events_of_textual(trader)
        await a_click_chooses_a_row_a_tab_a_pane_and_an_option(trader, mouse)

        trader.desk.table.focus()
        for order_id in (order["order_id"] for order in in_the_book(exchange)[:2]):
            await trader.put_cursor_on(order_id)
            await trader.press("minus")
        staged = dict(trader.desk.steps.by_order)
        assert len(staged) == 2, "one would be sent without a preview"
        await nothing_comes_of_clicks_everywhere(trader, mouse, trader.desk)
        assert trader.desk.steps.by_order == staged
        await trader.press("1")
        trader.desk.table.focus()
        await trader.press("enter")
        await nothing_comes_of_clicks_everywhere(trader, mouse, await trader.prompt(TicketPreview))
        await trader.press("escape", "escape")
        await trader.until_home()

        await trader.press("f9")
        await nothing_comes_of_clicks_everywhere(trader, mouse, await trader.prompt(KillPrompt))
        assert not trader.app.kill_thread.state.is_fired  # type: ignore[attr-defined]
        await trader.press("escape")
        await trader.until_home()
        assert textual_events == []


async def nothing_comes_of_clicks_everywhere(trader: Trader, mouse: Mouse, screen: Screen[Any]) -> None:
    """The hints of keys that send or fire are on the screen, and clicked too."""
    await mouse.click_everywhere()
    assert trader.app.screen is screen
    assert trader.writes() == []
    assert trader.tickets == ()


async def a_click_chooses_a_row_a_tab_a_pane_and_an_option(trader: Trader, mouse: Mouse) -> None:
    table = trader.desk.table
    keys = [table.arrangement.key_at(index) for index in range(6)]
    await mouse.report((0, 30, table.region.y + 1 + 2))
    assert table.cursor == keys[2]
    await mouse.report((65, 30, table.region.y + 1), (64, 30, table.region.y + 1), (65, 30, table.region.y))
    assert table.cursor == keys[5]
    await mouse.report((0, 30, table.region.y), (2, 30, table.region.y + 1), (0, 5_000, 5_000))
    assert table.cursor == keys[5]

    await mouse.click("2 Deactivated")
    await trader.until_shown("[2 Deactivated")
    await mouse.click("4 Trades")
    assert trader.app.focused is trader.desk.trades.table
    await mouse.click("1 Active")
    await mouse.report((0, 20, trader.desk.orders_tab.panes.region.y + 2))
    await trader.until_shown("▶ Order")

    await trader.press("s")
    assert isinstance(trader.app.screen, SortPrompt)
    options = trader.app.screen.query_one(OptionList)
    await mouse.report((0, options.content_region.x + 1, options.content_region.y + 1))
    assert (options.highlighted, isinstance(trader.app.screen, SortPrompt)) == (1, True)
    await trader.press("escape")


def events_of_textual(trader: Trader) -> list[Event]:
    """The events of a mouse that Textual makes from now on: with them, it would press, choose and run actions."""
    app, seen = trader.app, list[Event]()
    before = app.on_event

    async def on_event(event: Event) -> None:
        if isinstance(event, MouseEvent):
            seen.append(event)
        await before(event)

    app.on_event = on_event  # type: ignore[method-assign]
    return seen

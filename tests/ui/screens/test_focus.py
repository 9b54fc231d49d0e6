"""Where keys go: what shows it, and that no key writes to an order that is not shown as its target."""

from decimal import Decimal

import pytest

from pbtui.ui.screens import stepping_screen
from pbtui.ui.tickets.preview import TicketPreview
from tests.canned import a_wire_order, canned_exchange
from tests.exchange import RunningExchange
from tests.ui.desk_under_test import DeskPilot, a_desk_app, desk_on
from tests.ui.screens.trader import Trader, an_order, trader_at

ORDERS = [
    a_wire_order(str(n), txt=f"order {n}", price=n, side="SELL" if n == 3 else "BUY", portfolio_id=f"P{n}")
    for n in (1, 2, 3)
]
ASLEEP = a_wire_order("9", state="HIBE", action="UHIB", txt="asleep")


async def into_pane(desk: DeskPilot) -> None:
    """Let keys go to the pane with the order."""
    if not desk.desk.orders_tab.panes.display:
        await desk.press("enter")
    await desk.press("tab")
    await desk.until_shown("▶ Order")


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_the_screen_shows_where_keys_go(size: tuple[int, int]) -> None:
    with canned_exchange(*ORDERS) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False), size) as desk:
            await desk.until_shown("LIVE", "order 1")
            await words_show_where_keys_go(desk)
            await detail_and_keys_agree_about_an_order_that_the_filter_hides(desk)


async def words_show_where_keys_go(desk: DeskPilot) -> None:
    assert any(line.startswith("›") for line in desk.lines())
    await into_pane(desk)
    await desk.until_shown("esc: back to the table")
    assert not any(line.startswith("›") for line in desk.lines())
    assert any(line.startswith("·") for line in desk.lines())
    await desk.press("tab")
    await desk.until_shown("▶ History")
    await desk.press("escape")
    await desk.until(lambda: any(line.startswith("›") for line in desk.lines()))
    assert "▶" not in desk.text()


async def detail_and_keys_agree_about_an_order_that_the_filter_hides(desk: DeskPilot) -> None:
    await desk.press("slash")
    await desk.paste("side:sell")
    await desk.press("enter")
    await desk.until_shown("the filter hides")
    for key in ("d", "e", "plus"):
        await desk.press(key)
        assert any("the filter hides the order" in line for line in desk.lines()[-3:]), key
    await desk.press("escape")
    await desk.until(lambda: "the filter hides" not in desk.text())


async def test_keys_for_orders_do_nothing_where_no_order_is_under_the_cursor() -> None:
    with canned_exchange(*ORDERS) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False, price_step=Decimal("0.05"))) as desk:
            await desk.until_shown("LIVE", "order 1")
            await into_pane(desk)
            await a_key_that_marks_or_writes_does_nothing_in_a_pane_and_says_so(desk)
            await all_marked_and_deactivated_is_all_or_nothing(desk)
            await keys_for_orders_do_nothing_in_the_tab_of_trades(desk)


async def a_key_that_marks_or_writes_does_nothing_in_a_pane_and_says_so(desk: DeskPilot) -> None:
    for key in ("plus", "minus", "alt+plus", "A", "d", "x", "e", "c", "b", "space", "v", "asterisk"):
        await desk.press("down")  # a note is shown until the next key
        assert "nothing was done" not in desk.text()
        await desk.press(key)
        assert "nothing was done" in desk.text(), key
        assert desk.app.screen is desk.desk, key
        assert not desk.desk.steps, key
        assert desk.desk.table.marked == 0, key


async def all_marked_and_deactivated_is_all_or_nothing(desk: DeskPilot) -> None:
    await desk.press("asterisk", "d")
    assert desk.app.screen is desk.desk
    await desk.press("escape", "asterisk", "d")
    await desk.until(lambda: isinstance(desk.app.screen, TicketPreview))
    await desk.until_shown("Deactivate 3 orders")
    await desk.press("escape", "asterisk")
    await desk.until(lambda: desk.app.screen is desk.desk and not desk.desk.table.marked)


async def keys_for_orders_do_nothing_in_the_tab_of_trades(desk: DeskPilot) -> None:
    await desk.press("j", "plus")
    await desk.until_shown("1 staged")
    cursor = desk.desk.table.cursor
    await desk.press("4")
    await desk.until_shown("[4 Trades", "Totals of what is shown")
    for key in ("d", "e", "plus", "asterisk"):
        await desk.press("down")
        assert "Press 1 to show" not in desk.text()
        await desk.press(key)
        assert "Press 1 to show the active orders" in desk.text(), key
    assert desk.app.screen is desk.desk
    await desk.press("enter")
    await desk.until(lambda: "Totals of what is shown" not in desk.text())
    await desk.press("escape", "1")
    await desk.until_shown("[1 Active 3]", "1 staged")
    assert desk.desk.table.cursor == cursor
    assert desk.desk.table.marked == 0
    assert desk.desk.focused is desk.desk.table
    assert not desk.desk.orders_tab.panes.display


async def test_a_staged_step_is_sent_only_where_its_order_is_shown_as_it_was(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trader_at(exchange, price_step=Decimal("0.05")) as trader:
        await enter_in_a_pane_sends_no_staged_step(trader)
        await a_step_of_another_order_than_the_one_shown_is_asked_about(trader)
        await a_staged_step_is_discarded_when_somebody_else_reprices_the_order(trader)
        with monkeypatch.context() as keys_come_together:
            keys_come_together.setattr(stepping_screen, "KEY_REST_S", 3600.0)
            await a_step_that_is_being_asked_about_is_not_sent_twice(trader)
        assert trader.writes() == []


async def enter_in_a_pane_sends_no_staged_step(trader: Trader) -> None:
    await trader.press("plus")
    await trader.until_shown("1 staged")
    await trader.press("tab")
    await trader.until_shown("▶ Order")
    await trader.pilot.pause(0.35)
    await trader.press("g", "enter")
    await trader.until_shown("nothing was done", "1 staged")
    assert trader.writes() == []
    await trader.press("escape", "escape")
    await trader.until(lambda: not trader.desk.steps)


async def a_step_of_another_order_than_the_one_shown_is_asked_about(trader: Trader) -> None:
    order = an_order(trader.exchange)
    await trader.put_cursor_on(order["order_id"])
    await trader.press("plus")
    await trader.press("j" if trader.desk.table.arrangement.index(trader.desk.table.cursor or "") == 0 else "k")
    await trader.pilot.pause(0.35)
    await trader.press("enter")
    await trader.prompt(TicketPreview)
    await trader.until_shown(order["order_id"])
    assert trader.writes() == []
    await trader.press("escape", "escape")
    await trader.until(lambda: not trader.desk.steps)


async def a_staged_step_is_discarded_when_somebody_else_reprices_the_order(trader: Trader) -> None:
    order = an_order(trader.exchange)
    await trader.put_cursor_on(order["order_id"])
    await trader.press("plus")
    await trader.until_shown("1 staged")
    trader.exchange.touch(order["order_id"], price=44.44)
    await trader.until(lambda: not trader.desk.steps)
    await trader.until_shown("discarded", "44.44")
    assert "→" not in next(line for line in trader.lines() if line.startswith("›"))
    await trader.pilot.pause(0.35)
    await trader.press("enter")
    assert trader.writes() == []


async def a_step_that_is_being_asked_about_is_not_sent_twice(trader: Trader) -> None:
    order = an_order(trader.exchange)
    await trader.put_cursor_on(order["order_id"])
    await trader.press("plus", "enter")
    await trader.prompt(TicketPreview)
    trader.exchange.touch(order["order_id"], price=44.44)
    await trader.until_shown("was replaced by order")
    await trader.press("escape")
    await trader.until(lambda: not trader.desk.steps)


async def test_each_tab_keeps_its_place() -> None:
    many = [a_wire_order(str(n), price=n, txt=f"order {n}", contract_id="c") for n in range(100, 160)]
    with canned_exchange(*many, ASLEEP) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (100, 30)) as desk:
            await desk.until_shown("LIVE", "2 Deactivated 1")
            table = desk.desk.table
            await desk.press("G", "k", "k")
            place = table.cursor, table.top
            await desk.press("2")
            await desk.until_shown("asleep")
            assert table.under_cursor is not None
            await desk.press("1")
            await desk.until_shown("[1 Active 60]")
            assert (table.cursor, table.top) == place
            assert any(line.startswith("›") for line in desk.lines())

"""Marks and orders that leave: a key that was meant for a marked order acts on no other one."""

from tests.canned import CannedExchange, WireOrder, a_wire_order, canned_exchange
from tests.ui.desk_under_test import DeskPilot, a_desk_app, desk_on

PRESS_AGAIN = "the marked order left this tab; press again for the order under the cursor"
CHOOSE = "the marked order left this tab; move the cursor or mark an order first"


def orders(count: int) -> list[WireOrder]:
    """Orders of these numbers from 101 on, as the table sorts them; the first one sells."""
    sides = ("SELL", *["BUY"] * (count - 1))
    return [a_wire_order(str(101 + n), side=side, price=40 + n, txt=f"order {n}") for n, side in enumerate(sides)]


def fill(exchange: CannedExchange, *order_ids: str) -> None:
    """Let these orders be filled, between two reads."""
    filled = {"state": "IACT", "action": "FEXE"}
    exchange.orders = [order | filled if order["order_id"] in order_ids else order for order in exchange.orders]


async def mark_one_that_is_filled(desk: DeskPilot, exchange: CannedExchange) -> None:
    """Mark the order under the cursor, which moves on to the next, and let the marked one be filled."""
    marked = desk.desk.table.cursor
    await desk.press("space")
    await desk.until_shown("✓ 1 marked")
    assert desk.desk.table.cursor != marked
    fill(exchange, marked or "")
    await desk.until_shown("✓ 0 marked, 1 left this tab", "• FILLED", f"order {marked}")


async def mark_three_of_which_one_is_filled(desk: DeskPilot, exchange: CannedExchange) -> None:
    """Mark three of four orders, and let the second one be filled."""
    await desk.until_shown("[1 Active 4]")
    await desk.press("space", "space", "space")
    fill(exchange, "102")
    await desk.until_shown("✓ 2 marked, 1 left this tab", "• FILLED")


async def test_a_step_for_a_marked_order_that_left_is_staged_for_no_other() -> None:
    with canned_exchange(*orders(3)) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await desk.until_shown("[1 Active 3]")
            await mark_one_that_is_filled(desk, exchange)
            for key in ("right_square_bracket", "right_square_bracket", "left_curly_bracket", "plus", "alt+minus"):
                await desk.press(key)
                await desk.until_shown(CHOOSE)
                assert not desk.desk.steps, key
            await desk.press("k")
            assert "left this tab" not in desk.text()
            await desk.press("right_square_bracket")
            assert list(desk.desk.steps.by_order) == [desk.desk.table.cursor]


async def test_a_cursor_that_moved_before_any_key_has_said_so_does_not_let_a_step_through() -> None:
    with canned_exchange(*orders(3)) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await desk.until_shown("[1 Active 3]")
            await mark_one_that_is_filled(desk, exchange)
            await desk.press("j", "plus")
            await desk.until_shown(CHOOSE)
            assert not desk.desk.steps
            await desk.press("space", "plus")
            assert len(desk.desk.steps) == 1


async def test_a_key_with_a_preview_says_that_the_marked_order_left_and_acts_when_pressed_again() -> None:
    keys = ("b", "d", "x", "e")
    with canned_exchange(*orders(len(keys) + 2)) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await desk.until_shown(f"[1 Active {len(keys) + 2}]")
            for key in keys:
                await mark_one_that_is_filled(desk, exchange)
                await desk.press(key)
                await desk.until_shown(PRESS_AGAIN)
                assert desk.app.screen is desk.desk, key
                await desk.press(key)
                await desk.until(lambda: desk.app.screen is not desk.desk)
                await desk.press("escape")
                await desk.until(lambda: desk.app.screen is desk.desk)
                assert "left this tab" not in desk.text()
            await mark_one_that_is_filled(desk, exchange)
            await desk.press("A")
            await desk.until_shown(PRESS_AGAIN)
            await desk.press("A")
            await desk.until_shown("cannot activate order 106: it is active already")


async def test_a_key_for_many_marked_orders_says_how_many_left() -> None:
    with canned_exchange(*orders(4)) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await mark_three_of_which_one_is_filled(desk, exchange)
            await desk.press("plus")
            await desk.until_shown("1 of 3 marked orders left this tab and is not included", "✓ 2 marked ")
            assert set(desk.desk.steps.by_order) == {"101", "103"}
            fill(exchange, "101", "103")
            await desk.until_shown("✓ 0 marked, 2 left this tab", "2 orders traded")
            await desk.press("d")
            await desk.until_shown("the marked orders left this tab; press again")
            assert desk.app.screen is desk.desk


async def test_a_key_for_an_order_marked_since_says_that_an_earlier_one_left() -> None:
    with canned_exchange(*orders(3)) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await desk.until_shown("[1 Active 3]")
            await mark_one_that_is_filled(desk, exchange)
            await desk.press("space")
            await desk.until_shown("✓ 1 marked, 1 left this tab")
            await desk.press("d")
            await desk.until_shown("Deactivate 1 order", "Not included: 1 marked order that left the tab")
            await desk.press("escape")
            await desk.until_shown("1 of 2 marked orders left this tab and is not included")


async def test_the_form_for_many_orders_counts_those_that_left() -> None:
    with canned_exchange(*orders(4)) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await mark_three_of_which_one_is_filled(desk, exchange)
            await desk.press("e")
            await desk.until_shown("Change 2 orders", "Not included: 1 marked order that left the tab")


async def test_each_tab_keeps_its_marks_and_counts_those_that_left_meanwhile() -> None:
    asleep = a_wire_order("201", state="HIBE", action="UHIB")
    with canned_exchange(*orders(3), asleep) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await desk.until_shown("[1 Active 3]", "2 Deactivated 1")
            await desk.press("space", "2")
            await desk.until_shown("[2 Deactivated 1]")
            assert "marked" not in desk.text()
            await desk.press("1", "plus")
            await desk.until_shown("✓ 1 marked", "1 staged")
            assert list(desk.desk.steps.by_order) == ["101"]
            await desk.press("escape", "2")
            fill(exchange, "101")
            await desk.until_shown("1 Active 2", "[2 Deactivated 1]")
            await desk.press("1", "plus")
            await desk.until_shown(CHOOSE)
            assert not desk.desk.steps


async def test_marks_of_orders_that_the_trader_withdrew_are_not_missed_and_hidden_ones_stay() -> None:
    with canned_exchange(*orders(5)) as exchange:
        exchange.obeys = True
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await desk.until_shown("[1 Active 5]")
            await desk.press("space", "x")
            await confirm(desk)
            await desk.until_shown("[1 Active 4]")
            await desk.until(lambda: not desk.desk.table.gone_marks)
            await desk.press("plus")
            assert list(desk.desk.steps.by_order) == ["102"]
            await desk.press("escape", "asterisk", "slash", *"price<43.5", "enter")
            await desk.until_shown("✓ 4 marked, 1 hidden: not included")
            await desk.press("d")
            await confirm(desk)
            await desk.until_shown("[1 Active 1]", "✓ 1 marked, 1 hidden: not included")
            await desk.until(lambda: not desk.desk.table.gone_marks)
            await desk.press("plus")
            await desk.until_shown("the filter hides the marked order")
            assert not desk.desk.steps


async def confirm(desk: DeskPilot) -> None:
    """Send what the preview shows, once it takes keys."""
    await desk.until(lambda: getattr(desk.app.screen, "has_rested", False))
    await desk.press("y")
    await desk.until(lambda: desk.app.screen is desk.desk)

"""Keys that do nothing now: the line above the hints says why, of which order, and what helps."""

import pytest

from pbtui.desk.kill.halt import engage, halt_here
from tests.canned import a_wire_order, canned_exchange
from tests.ui.desk_under_test import DeskPilot, a_desk_app, a_profile, desk_on


async def test_an_order_in_another_state_is_named_with_its_state() -> None:
    with canned_exchange(a_wire_order("101"), a_wire_order("102")) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await desk.until_shown("[1 Active 2]")
            await desk.press("A")
            await desk.until_shown("cannot activate order 101: it is active already")
            await desk.press("asterisk", "A")
            await desk.until_shown("cannot activate 2 of 2 orders: 2 are active already")


async def test_the_switch_of_a_halted_desk_says_what_it_did_and_how_the_halt_ends() -> None:
    with canned_exchange(a_wire_order("101")) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await desk.until_shown("[1 Active 1]", "TRADING")
            engage(a_profile(exchange.base_url), halt_here("the market is odd"))
            await desk.until_shown("HALTED")
            await desk.press("w")
            await desk.until_shown("trading is off now, also after a re-arm")
            await desk.press("w")
            await desk.until_shown("trading stays off: the profile is halted. It lasts until a re-arm")
            await desk.press("a")
            await desk.until_shown("no new order: halted: the market is odd")


async def test_no_key_copies_or_marks_an_order_that_the_filter_hides_or_that_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with canned_exchange(a_wire_order("101"), a_wire_order("102")) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            copied: list[str] = []
            monkeypatch.setattr(desk.app, "copy_to_clipboard", copied.append)
            await desk.until_shown("[1 Active 2]")
            await desk.press("slash", *"price>99", "enter")
            await desk.until_shown("0 of 2")
            await no_order_is_copied_or_marked(desk, "the filter hides the order that the cursor was on")
            await desk.press("asterisk")
            await desk.until_shown("nothing was marked: no order is shown")
            await desk.press("escape")
            exchange.orders = [a_wire_order("101", state="IACT", action="UDEL"), a_wire_order("102")]
            await desk.until_shown("[1 Active 1]")
            await no_order_is_copied_or_marked(desk, "the order that the cursor was on left this tab")
            assert copied == []
            await desk.press("g", "y")
            assert copied == ["102"]


async def no_order_is_copied_or_marked(desk: DeskPilot, why: str) -> None:
    for key in ("y", "Y", "space", "v", "m"):
        await desk.press("u", "u")
        assert f"{why};" not in desk.lines()[-2]
        await desk.press(key)
        assert f"{'nothing to copy: ' if key in 'yY' else ''}{why}" in desk.lines()[-2], key
        assert desk.app.screen is desk.desk
    assert desk.desk.table.marked == 0


async def test_keys_that_copy_or_mark_say_that_a_tab_is_empty() -> None:
    with canned_exchange() as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await desk.until_shown("[1 Active 0]", "LIVE")
            await desk.press("space")
            await desk.until_shown("• no order is under the cursor")
            await desk.press("4")
            for key in ("y", "Y"):
                await desk.press("r")
                assert "nothing to copy" not in desk.text()
                await desk.press(key)
                await desk.until_shown("nothing to copy: no trade is under the cursor")


async def test_a_range_whose_first_end_left_says_that_it_begins_again() -> None:
    with canned_exchange(*(a_wire_order(str(n)) for n in (101, 102, 103, 104))) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await desk.until_shown("[1 Active 4]")
            await desk.press("v", "j", "j")
            exchange.orders[0] |= {"state": "IACT", "action": "UDEL"}
            await desk.until_shown("[1 Active 3]", "1 left this tab")
            await desk.press("v")
            await desk.until_shown("the range begins here", "✓ 1 marked, 1 left this tab")
            await desk.press("j", "v")
            await desk.until_shown("✓ 2 marked")


async def test_a_view_without_a_name_is_not_saved_and_the_prompt_says_so() -> None:
    with canned_exchange(a_wire_order("101")) as exchange:
        async with desk_on(a_desk_app(exchange.base_url)) as desk:
            await desk.until_shown("[1 Active 1]")
            await desk.press("V", "enter")
            await desk.until_shown("Nothing saved: a view needs a name")
            await desk.press("m", "enter")
            await desk.until_shown("view m saved")

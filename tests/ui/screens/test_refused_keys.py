"""Keys that do nothing now: the line above the hints says why, of which order, and what helps."""

from pbtui.desk.kill.halt import engage, halt_here
from tests.canned import a_wire_order, canned_exchange
from tests.ui.desk_under_test import a_desk_app, a_profile, desk_on


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

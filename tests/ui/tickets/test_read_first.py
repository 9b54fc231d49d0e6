"""A preview in a small terminal: what adds risk is sent only after its terms have been on the screen."""

from decimal import Decimal
from functools import partial

import pytest

from pbtui.api.codes import ModifyAction
from pbtui.api.requests import OrderModify
from pbtui.desk.limits import LimitCheck
from pbtui.desk.tickets.ticket import Action, Ticket, change_line
from pbtui.ui.tickets.preview import TicketPreview, count_prompt
from tests.orders import an_order
from tests.ui.dialogs.prompt_under_test import PENDING, SIMULATION, PromptPilot, press_rested, prompt_on
from tests.ui.tickets.cases import BERLIN, ENTERED, FIRST, REPRICED, RESIZED, a_ticket, modified

pytestmark = pytest.mark.usefixtures("still_clock")

SMALL = ((30, 8), (40, 12), (60, 15), (200, 9), (30, 50))
USUAL = ((80, 24), (160, 48))
ENTRY = a_ticket(ENTERED, action=Action.ADD)
MANY = a_ticket(*(modified(an_order(str(id_)), price=Decimal(id_)) for id_ in range(100, 140)))


def a_preview(ticket: Ticket, *warnings: str) -> TicketPreview:
    return TicketPreview(SIMULATION, ticket, LimitCheck(warnings=warnings), BERLIN)


async def read_on(pilot: PromptPilot, sending: str = "y Send") -> tuple[str, int]:
    """Read page after page until the key that sends is named; return all that was shown, and the pages turned."""
    await pilot.until(lambda: "pgdn Read on" in pilot.text() or sending in pilot.text())
    shown, pages = pilot.text(), 0
    while sending not in pilot.text():
        assert "pgdn Read on" in pilot.text()
        await pilot.press("pagedown")
        shown, pages = shown + pilot.text(), pages + 1
    return shown, pages


@pytest.mark.parametrize("size", [*SMALL, *USUAL])
async def test_the_terms_of_a_new_order_have_been_on_the_screen_before_it_is_sent(size: tuple[int, int]) -> None:
    async with prompt_on(lambda: a_preview(ENTRY), size) as pilot:
        await pilot.until_shown("Enter 1 new order")
        shown, _ = await read_on(pilot)
        assert all(term in shown for term in ("▲ BUY", "2.5", "45.10", "22 Nov", "15:00-16:00", " P1", "112.75")), shown
        await press_rested(pilot, "y")
        assert pilot.result is True


async def test_the_key_that_sends_says_what_to_do_first_and_sends_nothing() -> None:
    async with prompt_on(lambda: a_preview(ENTRY), (30, 8)) as pilot:
        await pilot.until_shown("pgdn Read on")
        await press_rested(pilot, "y")
        await pilot.until_shown("Not sent: press pgdn, …", "pgdn Read on")
        await pilot.pilot.resize_terminal(60, 8)
        await press_rested(pilot, "y")
        await pilot.until_shown("Not sent: press pgdn, more of the order is below")
        assert pilot.result is PENDING
        await read_on(pilot)
        await press_rested(pilot, "y")
        assert pilot.result is True


@pytest.mark.parametrize("size", USUAL)
async def test_at_the_usual_size_a_long_list_is_sent_as_it_is_shown(size: tuple[int, int]) -> None:
    texts = "of the wind park in the north, for the morning, as agreed with the balancing group"
    long = a_ticket(*(modified(an_order(str(id_)), price=Decimal(id_), txt=texts) for id_ in range(100, 140)))
    for ticket in (MANY, long):
        async with prompt_on(partial(a_preview, ticket), size) as pilot:
            await pilot.until_shown("Change 40 orders", "y Send")
            await press_rested(pilot, "y")
            assert pilot.result is True


async def test_many_warnings_do_not_hide_all_of_a_list_at_the_usual_size() -> None:
    warnings = [f"order {id_}: the sign differs from the order's present value" for id_ in range(100, 140)]
    async with prompt_on(lambda: a_preview(MANY, *warnings), (80, 24)) as pilot:
        await pilot.until_shown("Change 40 orders", "! Accept warnings")
        await press_rested(pilot, "exclamation_mark", "y")
        await pilot.until_shown("Not sent: press pgdn, more of order 1 is below")
        shown, pages = await read_on(pilot)
        assert " 100.00" in shown
        assert pages <= 5


@pytest.mark.parametrize(("size", "most_pages"), [((30, 8), 20), ((40, 12), 5), ((60, 15), 5), ((80, 23), 0)])
async def test_of_a_long_list_the_totals_and_the_first_five_are_read(size: tuple[int, int], most_pages: int) -> None:
    async with prompt_on(lambda: a_preview(MANY), size) as pilot:
        await pilot.until_shown("Change 40 orders")
        shown, pages = await read_on(pilot)
        assert all(term in shown for term in ("200.0", *(f" {price}.00" for price in range(100, 105)))), shown
        assert pages <= most_pages


@pytest.mark.parametrize("size", [*SMALL, *USUAL])
@pytest.mark.parametrize("action", [Action.DEACTIVATE, Action.DELETE])
async def test_a_withdrawal_never_waits(size: tuple[int, int], action: Action) -> None:
    code = ModifyAction.DEAC if action is Action.DEACTIVATE else ModifyAction.DELE
    orders = (change_line(an_order(str(id_)), OrderModify(action=code)) for id_ in range(100, 140))
    ticket = a_ticket(*orders, action=action)
    async with prompt_on(lambda: a_preview(ticket, "the order was changed since"), size) as pilot:
        await press_rested(pilot, "exclamation_mark", "y")
        assert pilot.result is True
    assert not count_prompt(SIMULATION, ticket, "Many").must_be_read


async def test_an_activation_waits_and_so_does_the_count_of_what_enters_the_market() -> None:
    ticket = a_ticket(change_line(FIRST, OrderModify(action=ModifyAction.ACTI)), action=Action.ACTIVATE)
    async with prompt_on(lambda: a_preview(ticket), (30, 8)) as pilot:
        shown, _ = await read_on(pilot)
        assert "5.0 MW at 5.00" in shown
    assert count_prompt(SIMULATION, ticket, "Many").must_be_read


async def test_warnings_are_accepted_only_after_they_have_been_on_the_screen() -> None:
    warnings = ("the sign differs from the order's present value", "95.0 MW is close to the limit of 100.0 MW")
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED), *warnings), (40, 10)) as pilot:
        await pilot.until_shown("pgdn Read on")
        await press_rested(pilot, "exclamation_mark", "y")
        await pilot.pilot.resize_terminal(60, 10)
        await press_rested(pilot, "exclamation_mark")
        await pilot.until_shown("Not accepted: press pgdn, more of warning 2 is below")
        shown, _ = await read_on(pilot, "! Accept warnings")
        assert "close to the limit" in shown
        await press_rested(pilot, "exclamation_mark")
        await read_on(pilot)
        await press_rested(pilot, "y")
        assert pilot.result is True


async def test_what_was_skipped_is_named_with_the_way_back() -> None:
    async with prompt_on(lambda: a_preview(a_ticket(REPRICED, RESIZED)), (40, 10)) as pilot:
        await pilot.until_shown("pgdn Read on")
        await pilot.press("end")
        await pilot.until_shown("pgup Read back")
        await press_rested(pilot, "y")
        await pilot.until_shown("Not sent: press pgup,")
        while "y Send" not in pilot.text():
            await pilot.press("pageup")
        await press_rested(pilot, "y")
        assert pilot.result is True


async def test_what_was_read_in_a_large_terminal_is_read_in_a_small_one_and_the_head_comes_back() -> None:
    async with prompt_on(lambda: a_preview(ENTRY), (80, 24)) as pilot:
        await pilot.until_shown("y Send")
        await pilot.pilot.resize_terminal(30, 8)
        await pilot.until_shown("Enter 1 new order", "y Send")
        await pilot.pilot.resize_terminal(80, 24)
        await pilot.until_shown("Side       MW      MWh    Price   Notional", "Enter 1 new order")
        await press_rested(pilot, "y")
        assert pilot.result is True


async def test_figures_that_have_no_room_side_by_side_are_not_cut() -> None:
    order = an_order("7", price=Decimal("-12345.67"), quantity=Decimal("98765.432"))
    ticket = a_ticket(modified(order, quantity=Decimal("98765.431")))
    async with prompt_on(lambda: a_preview(ticket), (30, 50)) as pilot:
        await pilot.until_shown("98765.431 MW at", "-12345.67")

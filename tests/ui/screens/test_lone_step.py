"""A staged step that is left alone: where another one is missing that the trader staged, nothing is sent unasked."""

import pytest

from pbtui.ui.screens import stepping_screen
from pbtui.ui.tickets.preview import TicketPreview
from tests.canned import CannedExchange, a_wire_order, canned_exchange
from tests.ui.desk_under_test import DeskPilot, a_desk_app, desk_on

ORDERS = (a_wire_order("101", price=40), a_wire_order("102", price=50))


@pytest.fixture(autouse=True)
def _each_key_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepping_screen, "KEY_REST_S", 0.0)


def has_sent(exchange: CannedExchange) -> bool:
    return any(request.method != "GET" for request in exchange.requests)


async def stage_two(desk: DeskPilot) -> None:
    await desk.press("g", "asterisk", "plus", "asterisk")
    await desk.until_shown("2 staged", "40.00→40.01", "50.00→50.01")
    assert desk.desk.table.cursor == "101"


async def enter_opens_a_preview(desk: DeskPilot, exchange: CannedExchange, *texts: str) -> None:
    await desk.press("enter")
    await desk.until(lambda: isinstance(desk.app.screen, TicketPreview))
    await desk.until_shown("Change 1 order", *texts)
    assert not has_sent(exchange)
    await desk.press("escape")
    await desk.until(lambda: desk.app.screen is desk.desk)


async def test_a_step_whose_companion_was_discarded_is_sent_by_nothing_but_a_preview() -> None:
    with canned_exchange(*ORDERS) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await desk.until_shown("[1 Active 2]")
            await stage_two(desk)
            exchange.orders = [ORDERS[0], ORDERS[1] | {"state": "IACT", "action": "FEXE"}]
            await desk.until_shown("1 staged", "FILLED")
            await enter_opens_a_preview(desk, exchange)
            await desk.press("escape")
            await desk.until(lambda: not desk.desk.steps)
            await desk.press("plus")
            await desk.until_shown("1 staged")
            await desk.press("enter")
            await desk.until(lambda: has_sent(exchange))


async def test_a_step_whose_companion_is_hidden_is_sent_by_nothing_but_a_preview() -> None:
    with canned_exchange(*ORDERS) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, read_only=False)) as desk:
            await desk.until_shown("[1 Active 2]")
            await stage_two(desk)
            await desk.press("slash", *"price<45", "enter")
            await desk.until_shown("1 of 2")
            await enter_opens_a_preview(desk, exchange, "hidden by the filter")

"""A key that the server stops accepting while the desk is open: asked for, tried, used by the desk and the kill."""

from textual.widgets import Input

from pbtui.ui.kill.prompt import KillPrompt
from tests.exchange import RunningExchange
from tests.ui.desk_under_test import DeskPilot, a_desk_app, desk_on

ASKED = "New API key for http://localhost:"


async def type_and_enter(desk: DeskPilot, text: str) -> None:
    """Put a text into the input of the prompt, and press enter."""
    await desk.until(lambda: desk.app.screen.query(Input))
    desk.app.screen.query_one(Input).value = text
    await desk.press("enter")


async def test_a_refused_key_is_asked_for_tried_and_replaced_for_the_kill_too(exchange: RunningExchange) -> None:
    key = exchange.keys["trader"]
    async with desk_on(a_desk_app(exchange.base_url, "a-revoked-key"), (80, 24)) as desk:
        await desk.until_shown(ASKED)
        await type_and_enter(desk, "two words")
        await desk.until_shown(ASKED, "has a space")
        await type_and_enter(desk, "another-wrong-key")
        await desk.until_shown(ASKED, "the server does not accept the key")
        assert "another-wrong-key" not in desk.text()
        await type_and_enter(desk, key)
        await desk.until_shown("LIVE")
        await desk.press("n")  # that the link is back may be the newest
        await desk.until_shown("the server accepts the new API key")
        await desk.press("escape")
        assert key not in desk.text()
        await desk.press("f9")
        await desk.until(lambda: isinstance(desk.app.screen, KillPrompt) and desk.app.screen.has_rested)
        await desk.press("k")
        await desk.until_shown("VERIFIED")


async def test_a_key_revoked_in_a_running_desk_leaves_the_kill_and_the_question_can_wait(
    exchange: RunningExchange,
) -> None:
    async with desk_on(a_desk_app(exchange.base_url, exchange.keys["trader"])) as desk:
        await desk.until_shown("LIVE")
        exchange.faults(unauthorized=True)
        await desk.until_shown(ASKED)
        await desk.press("f9")
        await desk.until_shown("k  DEACTIVATE MINE")
        exchange.forget_requests()
        await desk.press("escape", "escape")
        await desk.until(lambda: ASKED not in desk.text())
        exchange.faults()
        await desk.until_shown("LIVE")
        await desk.press("K")
        await desk.until_shown(ASKED)


async def test_a_form_is_not_covered_by_the_question(exchange: RunningExchange) -> None:
    async with desk_on(a_desk_app(exchange.base_url, exchange.keys["trader"])) as desk:
        await desk.until_shown("LIVE")
        await desk.press("s")
        await desk.until_shown("Sort")
        exchange.faults(unauthorized=True)
        await desk.until_shown("UNAUTHORIZED")
        await desk.pilot.pause()
        assert ASKED not in desk.text()

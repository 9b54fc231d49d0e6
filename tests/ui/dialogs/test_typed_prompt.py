"""The prompt for a typed word."""

import pytest
from textual.events import Paste

from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from tests.ui.dialogs.prompt_under_test import (
    PENDING,
    PRODUCTION,
    press_rested,
    prompt_on,
    rest,
)

pytestmark = pytest.mark.usefixtures("still_clock")


def a_typed_prompt() -> TypedPrompt:
    return TypedPrompt(PRODUCTION, "Switch trading on", [("Real orders, real money.", "warning")], "eq-1")


async def test_the_word_is_typed_letter_by_letter_and_needs_no_enter() -> None:
    async with prompt_on(a_typed_prompt) as pilot:
        await pilot.until_shown("Switch trading on", "Real orders, real money.", "Type eq-1 to continue")
        pilot.app.post_message(Paste("eq-1"))
        await press_rested(pilot, "enter")
        assert "› ▁" in pilot.text()
        await pilot.press("e", "q", "minus", "2")
        await pilot.until_shown("eq-2", "Press backspace")
        await pilot.press("enter")
        assert pilot.result is PENDING
        await pilot.press("backspace", "1")
        assert pilot.result is True


async def test_letters_before_the_pause_is_over_do_not_count() -> None:
    async with prompt_on(a_typed_prompt) as pilot:
        await pilot.press("e", "q")
        await rest(pilot)
        await pilot.press("minus", "1")
        assert pilot.result is PENDING
        await pilot.press("backspace", "backspace", "e", "q", "minus", "1")
        assert pilot.result is True


async def test_escape_closes_the_typed_prompt() -> None:
    async with prompt_on(a_typed_prompt) as pilot:
        await pilot.press("e", "escape")
        assert pilot.result is None

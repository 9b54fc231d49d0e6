"""The prompt for a typed word."""

import pytest
from textual.events import Paste

from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from pbtui.ui.terminal.input import LETTER_GAP_S
from pbtui.ui.terminal.moment import InputIgnored, TerminalKey
from tests.ui.dialogs.prompt_under_test import (
    PENDING,
    PRODUCTION,
    press_rested,
    prompt_on,
    rest,
    send,
)

pytestmark = pytest.mark.usefixtures("still_clock")


def a_typed_prompt() -> TypedPrompt:
    return TypedPrompt(PRODUCTION, "Switch trading on", [("Real orders, real money.", "warning")], "eq-1")


@pytest.mark.parametrize("word", ["", " "])
def test_enter_alone_never_answers(word: str) -> None:
    with pytest.raises(ValueError, match="no word to type"):
        TypedPrompt(PRODUCTION, "Re-arm", (), word, by_enter=True)


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


async def test_a_word_that_enter_confirms_acts_on_enter_and_the_screen_below_never_gets_it() -> None:
    below: list[str] = []

    def make() -> TypedPrompt:
        return TypedPrompt(PRODUCTION, "Delete 41 orders", (), "41", by_enter=True)

    async with prompt_on(make) as pilot:
        pilot.app.bind("enter", "note_enter")
        pilot.app.action_note_enter = lambda: below.append("enter")  # type: ignore[attr-defined]
        await press_rested(pilot, "4", "enter")
        assert pilot.result is PENDING
        await pilot.press("1")
        assert pilot.result is PENDING, "the last letter does nothing"
        await pilot.press("0", "enter")
        assert pilot.result is PENDING, "410 is not 41"
        await pilot.press("backspace", "enter")
        assert pilot.result is True
        assert below == []


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


def letters(word: str, gap_s: float = 0.1) -> list[TerminalKey]:
    return [TerminalKey("minus" if letter == "-" else letter, letter, gap_s) for letter in word]


async def test_letters_of_a_terminal_count_one_by_one_and_the_last_after_its_moment() -> None:
    async with prompt_on(a_typed_prompt) as pilot:
        await send(pilot, *letters("eq-1", LETTER_GAP_S))
        await pilot.until(lambda: pilot.result is True)


@pytest.mark.parametrize("gap_s", [0.0, 0.001])
async def test_letters_that_come_together_are_ignored_and_it_says_so(gap_s: float) -> None:
    async with prompt_on(a_typed_prompt) as pilot:
        await send(pilot, *letters("eq-1", gap_s))
        await pilot.until_shown("› ▁", "Letters that came together were ignored")
        assert pilot.result is PENDING


async def test_a_word_that_other_input_follows_at_once_is_ignored_and_it_says_so() -> None:
    async with prompt_on(a_typed_prompt) as pilot:
        await send(pilot, *letters("eq-1"), InputIgnored())
        await pilot.until_shown("The word came together with other input", "› ▁")
        assert pilot.result is PENDING


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ([TerminalKey("у", "у", 1.0)], "Wrong letter. Press backspace. Use a Latin keyboard layout."),
        ([TerminalKey("E", "E", 1.0)], "Wrong letter. Press backspace. Is Caps Lock on?"),
        ([TerminalKey("e", "у", 1.0), TerminalKey("q", "Й", 1.0)], "› eq▁"),
    ],
)
async def test_a_letter_counts_by_its_position_where_the_terminal_reports_it(
    keys: list[TerminalKey], shown: str
) -> None:
    async with prompt_on(a_typed_prompt) as pilot:
        await send(pilot, *keys)
        await pilot.until_shown(shown)


# ---------------------------------------------------------------- a terminal too low for all of it


def a_long_prompt(*, adds_risk: bool) -> TypedPrompt:
    sentences = [("Real orders, real money.", "warning"), ("5 orders are still active.", "alarm")]
    return TypedPrompt(PRODUCTION, "Re-arm eq-1", sentences, "eq-1", adds_risk=adds_risk)


async def test_what_adds_risk_is_read_before_its_word_counts() -> None:
    async with prompt_on(lambda: a_long_prompt(adds_risk=True), (30, 8)) as pilot:
        await pilot.until_shown("Re-arm eq-1", "pgdn Read on")
        await press_rested(pilot, *"eq", "minus", "1")
        await pilot.until_shown("Ignored: press pgdn, …")
        assert pilot.result is PENDING
        shown = ""
        while "Read on" in pilot.text():
            await pilot.press("pagedown")
            shown += pilot.text()
        assert "5 orders are still" in shown
        assert "Type eq-1" in shown
        await press_rested(pilot, "e")
        await pilot.until_shown("› e▁")
        await press_rested(pilot, "q", "minus", "1")
        assert pilot.result is True


async def test_a_kill_is_typed_at_once_and_its_letters_come_into_sight() -> None:
    async with prompt_on(lambda: a_long_prompt(adds_risk=False), (30, 8)) as pilot:
        await pilot.until_shown("Re-arm eq-1")
        assert "Read on" not in pilot.text()
        await press_rested(pilot, "e", "x")
        await pilot.until_shown("› ex▁", "Wrong letter")
        await press_rested(pilot, "backspace", "q", "minus", "1")
        assert pilot.result is True

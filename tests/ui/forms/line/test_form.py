"""The form for a line in a low terminal: the line, what is wrong with it, and the keys stay on the screen."""

from zoneinfo import ZoneInfo

import pytest

from pbtui.api.reads.depth import Orders
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.limits import LimitCheck
from pbtui.desk.market.reading import Reading
from pbtui.ui.forms.entry_drafts import KeptLine
from pbtui.ui.forms.line.form import LineForm
from pbtui.ui.widgets.news_line import NewsLine
from tests.ui.dialogs.prompt_under_test import SIMULATION, PromptPilot, prompt_on

SIZES = [(30, 8), (40, 12), (60, 20), (80, 24)]
UNDERSTOOD, WRONG = "buy 5 @ 62.5 amp", "buy 5 @ 62.5 xyz"


async def no_book(contract_id: str, area: str) -> Reading[Orders]:
    return Reading(problem="no answer")


def a_line_form(line: str) -> LineForm:
    return LineForm(
        SIMULATION,
        ZoneInfo("Europe/Berlin"),
        known=KnownNames(),
        kept=KeptLine(line),
        defaults=lambda zone: {},
        guards_position=False,
        read_book=no_book,
        check=lambda entries: LimitCheck(),
        keep=lambda kept: None,
    )


def show_news(prompt: PromptPilot) -> None:
    prompt.prompt.query_one(NewsLine).show_news(News("filled", Weight.NOTABLE), ZoneInfo("UTC"), 0)


@pytest.mark.parametrize("size", SIZES)
async def test_the_line_its_order_and_the_keys_are_shown_with_and_without_news(size: tuple[int, int]) -> None:
    async with prompt_on(lambda: a_line_form(UNDERSTOOD), size) as prompt:
        await prompt.until_shown(UNDERSTOOD, "BUY", "esc Back")
        show_news(prompt)
        await prompt.until_shown("filled", UNDERSTOOD, "BUY", "esc Back")
        assert prompt.line_of_cursor().strip("│ ") == UNDERSTOOD


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_wrong_is_shown_beside_the_line(size: tuple[int, int]) -> None:
    async with prompt_on(lambda: a_line_form(WRONG), size) as prompt:
        await prompt.until_shown(WRONG, "✗ xyz is not understood", "esc Back")


@pytest.mark.parametrize(("size", "is_cut"), [((30, 8), True), ((40, 12), True), ((80, 24), False)])
async def test_an_order_that_is_cut_says_so(size: tuple[int, int], is_cut: bool) -> None:
    async with prompt_on(lambda: a_line_form(UNDERSTOOD), size) as prompt:
        await prompt.until_shown("BUY")
        above = prompt.text().split(UNDERSTOOD)[0]
        assert ("…" in above, "New order" in above) == (is_cut, not is_cut)

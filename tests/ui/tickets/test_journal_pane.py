"""The journal on the screen."""

from zoneinfo import ZoneInfo

import pytest

from pbtui.ui.tickets.journal_pane import JournalPane
from tests.ui.dialogs.prompt_under_test import SIMULATION, prompt_on

pytestmark = pytest.mark.usefixtures("still_clock")


async def test_the_journal_is_shown_newest_first_and_keeps_its_place() -> None:
    lines = [f"2026-11-22 13:00:05.123Z line {number} of the journal [bold]" for number in range(100, 150)]
    async with prompt_on(lambda: JournalPane(SIMULATION, lines, ZoneInfo("Europe/Berlin"))) as pilot:
        assert isinstance(pilot.prompt, JournalPane)
        await pilot.until_shown("newest first: 50 lines", "times in Europe/Berlin")
        await pilot.until_shown("2026-11-22 14:00:05.123 CET line 149 of the journal [bold]")
        await pilot.press("pagedown")
        read = pilot.lines()[6]
        assert "line 149" not in pilot.text()
        pilot.prompt.show([*lines, "line 150", "line 151"])
        await pilot.until_shown("52 lines")
        assert pilot.lines()[6] == read
        await pilot.press("end")
        await pilot.until_shown("line 100 of")
        await pilot.press("g")
        await pilot.until_shown("line 151")

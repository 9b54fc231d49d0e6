"""The line of news: how long a note stays."""

from collections.abc import Callable
from typing import Any

import pytest

from pbtui.ui.widgets.news_line import NewsLine
from tests.ui.terminal.two_screens import TwoScreens


async def test_a_note_that_is_shown_again_stays_as_long_as_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rings: list[Callable[[], Any]] = []
    monkeypatch.setattr(NewsLine, "set_timer", lambda _line, _delay_s, ring: rings.append(ring))
    app = TwoScreens()
    async with app.run_test(size=(60, 3)):
        line = NewsLine(is_permanent=True)
        await app.screen.mount(line)
        line.show_note("nothing was done")
        line.show_note("")
        line.show_note("nothing was done")
        first, second = rings
        first()
        assert line.shown_note == "nothing was done"
        second()
        assert line.shown_note == ""

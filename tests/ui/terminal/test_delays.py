"""Timers of one tick on a thread that is held up while they begin."""

import time

import pytest
from textual import _time

from tests.canned import canned_exchange
from tests.ui.desk_under_test import a_desk_app, desk_on

HELD_UP_S = 0.012
"""Longer than a resize waits, and shorter than the pause between two frames."""


async def test_the_screen_follows_a_resize_that_was_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with canned_exchange() as exchange:
        async with desk_on(a_desk_app(exchange.base_url), (80, 24)) as desk:
            await desk.until_shown("LIVE")
            now = _time.get_time

            def late() -> float:
                time.sleep(HELD_UP_S)  # as when another thread has the interpreter while a timer looks at the clock
                return now()

            with monkeypatch.context() as held_up:
                held_up.setattr(_time, "get_time", late)
                await desk.pilot.resize_terminal(100, 30)
                await desk.until(lambda: len(desk.lines()) == 30)

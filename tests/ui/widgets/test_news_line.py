"""The line of news: how long a note stays, and what of a result is shown at 80 columns."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.codes import ModifyAction
from pbtui.api.requests import OrderModify
from pbtui.api.structs import replace
from pbtui.desk.news_sentences import news
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, change_line
from pbtui.ui.widgets.news_line import NewsLine
from tests.orders import an_order
from tests.ui.terminal.screen_text import screen_lines
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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (OrderModify(action=ModifyAction.MODI, price=Decimal("70.15")), "CONFIRMED price 70.14 → 70.15: ▲ BUY"),
        (OrderModify(action=ModifyAction.DELE), "CONFIRMED delete: ▲ BUY 2.6 MW"),
        (OrderModify(action=ModifyAction.DEAC), "CONFIRMED deactivate: ▲ BUY 2.6 MW"),
    ],
)
async def test_what_is_confirmed_stands_before_the_order_as_it_was(changes: OrderModify, words: str) -> None:
    line = change_line(an_order("41", price=Decimal("70.14"), quantity=Decimal("2.6")), changes)
    done = replace(line, verdict=Verdict(State.CONFIRMED, is_done=True))
    (piece,) = news([], [Ticket("7K3QX2", Action.MODIFY, (done,), datetime(2026, 11, 22, 12, 5, tzinfo=UTC))])
    app = TwoScreens()
    async with app.run_test(size=(80, 3)) as pilot:
        shown = NewsLine(is_permanent=True)
        await app.screen.mount(shown)
        shown.show_news(piece, ZoneInfo("Europe/Berlin"), 1)
        await pilot.pause()
        assert words in "\n".join(screen_lines(app))
        assert "1 earlier problem" in "\n".join(screen_lines(app))

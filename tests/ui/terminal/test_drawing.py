"""The application that draws through the writer, on a pipe with a terminal emulator at its end."""

import asyncio
import os

import pyte
import pytest
from textual.app import ComposeResult
from textual.widgets import Input

from pbtui.ui.terminal import drawing
from pbtui.ui.terminal.drawing import DrawingApp
from pbtui.ui.terminal.output.writer import Writer
from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.widgets.lines import TextLines
from tests.ui.desk_under_test import WITHIN_S
from tests.ui.terminal.screen_text import screen_lines
from tests.ui.terminal.two_screens import Desk, OverIt, TwoScreens

COLUMNS, LINES = 40, 4


class Drawn(DrawingApp[None]):
    """An application whose writer writes into a pipe."""

    CSS = TwoScreens.CSS

    def __init__(self) -> None:
        super().__init__()
        self._out, self._into = os.pipe()
        self.screen_of_terminal = pyte.Screen(COLUMNS, LINES)

    def start(self) -> None:
        """Begin to write."""
        self.writer = Writer(self._into, self.usage)
        self.writer.start()
        self.refresh(layout=True)

    def sent(self) -> bytes:
        """What was written up to now; no more comes after it."""
        assert self.writer is not None
        while self.writer.behind_s() > 0:
            self.writer.answered()
        self.writer.stop(WITHIN_S)
        os.close(self._into)
        with os.fdopen(self._out, "rb") as out:
            data = out.read()
        pyte.ByteStream(self.screen_of_terminal).feed(b"\x1b[?7l" + data)
        return data


class Form(SparingScreen[None]):
    """A field below a line."""

    def compose(self) -> ComposeResult:
        """The line and the field."""
        yield TextLines()
        yield Input("45.10", compact=True)


@pytest.fixture
def app() -> Drawn:
    """The application."""
    return Drawn()


async def test_the_terminal_shows_what_the_compositor_means(app: Drawn) -> None:
    async with app.run_test(size=(COLUMNS, LINES)) as pilot:
        app.start()
        below, above = Desk(), OverIt()
        for screen in (below, above):
            await app.push_screen(screen)
        for number in range(3):
            below.query_one(TextLines).show([[(f"desk {number}  ", "text"), ("漢字 hidden", "alarm")]])
            above.query_one("#second", TextLines).show([[(f"second {number}", "key")]])
            await pilot.pause()
        wanted = screen_lines(app)
        app.sent()
    assert "second 2" in wanted[1]
    assert app.screen_of_terminal.display == wanted


async def test_a_new_layout_is_painted_although_a_place_was_asked_for_before(app: Drawn) -> None:
    """A hidden widget that is to be repainted makes the next question for a place lay out everything."""
    async with app.run_test(size=(COLUMNS, LINES)) as pilot:
        app.start()
        await app.push_screen(form := Form())
        line, field = form.query_one(TextLines), form.query_one(Input)
        line.show([[("above", "text")]])
        await pilot.pause()
        line.display = False
        form._compositor.update_widgets({Input()})
        assert form.find_widget(field).region.y == 0
        await pilot.pause()
        wanted = screen_lines(app)
        app.sent()
    assert "45.10" in wanted[0]
    assert app.screen_of_terminal.display == wanted


async def test_bytes_are_counted_by_the_part_that_was_painted(app: Drawn) -> None:
    async with app.run_test(size=(COLUMNS, LINES)) as pilot, asyncio.timeout(WITHIN_S):
        app.start()
        await app.push_screen(desk := Desk())
        desk.query_one(TextLines).show([[("of the desk", "text")]])
        while "text lines" not in app.usage.by_cause:
            await pilot.pause()
        await app.push_screen(OverIt())
        while "over it" not in app.usage.by_cause:
            await pilot.pause()
        app.sent()


async def test_the_cursor_is_left_at_the_caret(app: Drawn) -> None:
    async with app.run_test(size=(COLUMNS, LINES)) as pilot:
        app.start()
        await app.push_screen(form := Form())
        field = form.query_one(Input)
        field.focus()
        field.cursor_position = 2
        await pilot.pause()
        place = field.cursor_screen_offset
        form.query_one(TextLines).show([[("later", "text")]])
        await pilot.pause()
        app.sent()
    cursor = app.screen_of_terminal.cursor
    assert (cursor.x, cursor.y) == place


@pytest.mark.parametrize("module_is_missing", [True, False])
async def test_without_a_private_part_textual_draws_itself(
    app: Drawn, module_is_missing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if module_is_missing:
        monkeypatch.setattr(drawing, "ChopsUpdate", None)
    else:
        monkeypatch.setattr(drawing, "_CHOPS_PARTS", ("_renamed",))
        monkeypatch.setattr(drawing, "_LAYOUT_PARTS", ("_renamed",))
    async with app.run_test(size=(COLUMNS, LINES)) as pilot:
        app.start()
        await app.push_screen(desk := Desk())
        desk.query_one(TextLines).show([[("a line", "text")]])
        await pilot.pause()
        assert app.sent() == b"", "a test has no terminal for Textual to draw on"

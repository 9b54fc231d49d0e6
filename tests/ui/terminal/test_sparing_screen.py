"""What reaches the terminal when a prompt lies over the desk and both change at once."""

import logging
import subprocess
import sys
from typing import Any

import pytest
from textual._compositor import LayoutUpdate
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Button, Input

from pbtui.ui.terminal import private_parts, sparing_screen
from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.widgets.lines import TextLines
from tests.ui.terminal.two_screens import CHANGES, TwoScreens, changes


class Noted(TwoScreens):
    """Keeps what it sends as text, since it was last cleared."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.frames: list[Screen[Any]] = []

    def _display(self, screen: Screen[Any], renderable: object) -> None:
        if isinstance(renderable, LayoutUpdate):
            self.frames.append(screen)
        if hasattr(renderable, "render_segments"):
            self.text += renderable.render_segments(self.console)
        super()._display(screen, renderable)


class Fields(SparingScreen[None]):
    """A line, and two fields below it."""

    def compose(self) -> ComposeResult:
        """The line and the fields."""
        yield TextLines()
        yield Button("one")
        yield Button("two")


async def test_the_rest_of_a_screen_is_not_sent_again_when_the_focus_moves() -> None:
    app = Noted()
    async with app.run_test(size=(40, 8)) as pilot:
        await app.push_screen(fields := Fields())
        fields.query_one(TextLines).show([[("a line beside them", "text")]])
        one, two = fields.query(Button)
        one.focus()
        await pilot.pause()
        assert "beside" in app.text
        app.text = ""
        two.focus()
        await pilot.pause()
        assert fields.focused is two
        assert "two" in app.text
        assert "beside" not in app.text


async def test_a_new_screen_is_painted_twice_at_most_and_follows_the_size_of_the_terminal() -> None:
    app = Noted()
    async with app.run_test(size=(40, 8), tooltips=True, notifications=True) as pilot:
        app.frames.clear()
        await app.push_screen(fields := Fields())
        await pilot.pause()
        assert 1 <= app.frames.count(fields) <= 2
        assert list(map(type, fields.children)) == [TextLines, Button, Button], "and has no widgets of Textual's own"
        await pilot.resize_terminal(30, 6)
        await pilot.pause()
        assert fields.size.width == 30
        assert fields.query_one(TextLines).region.right <= 30


class Typed(SparingScreen[None]):
    """An input, and one that has the keys from the start."""

    AUTO_FOCUS = "#first"

    def compose(self) -> ComposeResult:
        """The inputs."""
        yield Input(id="first")
        yield Input(id="second")


async def test_no_cursor_blinks_which_would_send_bytes() -> None:
    app = TwoScreens()
    async with app.run_test(size=(40, 8)) as pilot:
        await app.push_screen(typed := Typed())
        for field in typed.query(Input):
            field.focus()
            await pilot.pause()
            assert typed.focused is field
            assert not field.cursor_blink


class Styled(Fields):
    """Counts how often all of its widgets are styled anew."""

    count = 0

    def update_node_styles(self, animate: bool = True) -> None:
        """Count."""
        self.count += 1
        super().update_node_styles(animate)


async def test_the_widgets_of_a_new_screen_are_styled_once_and_follow_the_theme() -> None:
    app = TwoScreens()
    async with app.run_test(size=(40, 8)) as pilot:
        await app.push_screen(fields := Styled())
        await pilot.pause()
        assert fields.count == 0
        before = fields.query_one(Button).styles.color
        app.theme = "textual-light"
        await pilot.pause()
        assert fields.query_one(Button).styles.color != before


SHOWN = [f"desk {number}  filled in    prompt {number} / second {number}" for number in range(CHANGES)]


async def test_changes_above_and_below_at_the_same_time_are_all_drawn() -> None:
    assert await changes(TwoScreens()) == SHOWN


@pytest.mark.parametrize("parts", ["_APP_PARTS", "_SCREEN_PARTS", "_COMPOSITOR_PARTS"])
async def test_the_screen_is_the_same_without_a_private_attribute(
    parts: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await changes(usual := TwoScreens())
    monkeypatch.setattr(private_parts, "_reported", set())
    monkeypatch.setattr(sparing_screen, parts, (*getattr(sparing_screen, parts), "_renamed"))
    with caplog.at_level(logging.WARNING, "pbtui.ui.terminal"):
        assert await changes(without := TwoScreens()) == SHOWN
    (line,) = caplog.messages
    assert "_renamed: a change below a prompt paints everything again" in line
    assert without.sent > usual.sent


def test_the_screen_is_the_same_without_a_private_module_and_nothing_is_printed_on_it() -> None:
    command = [sys.executable, "-m", "tests.ui.terminal.two_screens", "textual._context"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    shown = ended.stdout.splitlines()
    assert shown[:CHANGES] == SHOWN
    (logged,) = [line for line in shown[CHANGES:] if line]
    assert "textual._context.visible_screen_stack: Textual chooses the screen shown below" in logged
    assert ended.stderr == ""


def test_a_warning_does_not_reach_the_terminal_where_nobody_listens() -> None:
    program = "from pbtui.ui.terminal.private_parts import report_missing; report_missing('this', 'that')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("", "")

"""A prompt that is closed twice, or while it is covered, closes nothing else; what it needed is freed."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Static

from pbtui.ui.dialogs.palette import Palette
from pbtui.ui.terminal import closing
from pbtui.ui.terminal.closing import ClosingApp
from pbtui.ui.terminal.sparing_screen import SparingScreen


class Prompt(SparingScreen[str]):
    """A prompt that returns a text."""


async def test_a_prompt_closes_itself_once_and_nothing_else() -> None:
    app: App[None] = App()
    results: list[str | None] = []
    async with app.run_test() as pilot:
        below, above = Prompt(), Prompt()
        await app.push_screen(below, results.append)
        await app.push_screen(above, results.append)
        below.dismiss("covered")
        for result in ("first", "second", "third"):
            above.dismiss(result)
        await pilot.pause()
        assert (app.screen, results) == (below, ["first"])
        below.dismiss("last")
        await pilot.pause()
        assert results == ["first", "last"]


async def test_the_palette_closes_itself_once() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        await app.push_screen(below := Prompt())
        await app.push_screen(palette := Palette())
        for _ in range(2):
            palette.dismiss()
        await pilot.pause()
        assert app.screen is below


class Dialog(ModalScreen[None]):
    """A dialog with a line."""

    def compose(self) -> ComposeResult:
        """The line."""
        yield Static("a line")


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await pilot.pause(0.1)


class LinePrompt(SparingScreen[None], Dialog):
    """A prompt of pbtui with a line."""


@pytest.fixture
def no_garbage_is_collected() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage_is_collected")
async def test_a_closed_dialog_is_freed_with_its_lines() -> None:
    app: ClosingApp[None] = ClosingApp()
    async with app.run_test() as pilot:
        await app.push_screen(dialog := Dialog())
        await pilot.pause()
        line = dialog.query_one(Static)
        kept: list[Callable[[], object]] = [weakref.ref(dialog), weakref.ref(line), weakref.ref(line._styles_cache)]
        dialog.dismiss()
        del dialog, line
        await until(pilot, lambda: not any(each() is not None for each in kept))


@pytest.fixture
def new_garbage_is_collected() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*closing._USUAL)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("new_garbage_is_collected")
async def test_a_prompt_is_freed_however_long_it_was_open() -> None:
    app: ClosingApp[None] = ClosingApp()
    async with app.run_test() as pilot:
        await app.push_screen(prompt := LinePrompt())
        await pilot.pause()
        freed = weakref.ref(prompt)
        kept = [[number] for number in range(20 * closing._USUAL[0])]
        prompt.dismiss()
        del prompt
        await until(pilot, lambda: freed() is None and gc.get_threshold() == closing._USUAL)
        assert len(kept) == 20 * closing._USUAL[0]


async def test_an_application_that_has_closed_all_screens_frees_nothing() -> None:
    app: ClosingApp[None] = ClosingApp()
    async with app.run_test() as pilot:
        await app.push_screen(dialog := Dialog())
        dialog.dismiss()
        await pilot.pause()
    assert app.screen_stack == []
    app._free()

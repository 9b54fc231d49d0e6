"""A prompt that is closed twice, or while it is covered, closes nothing else."""

from textual.app import App

from pbtui.ui.dialogs.palette import Palette
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

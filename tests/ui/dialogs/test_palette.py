"""The palette lists every command with its words as they are, and a search that fails says so."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual.app import App, SystemCommand
from textual.command import CommandList, Provider
from textual.content import Content
from textual.screen import Screen
from textual.system_commands import SystemCommandsProvider

from pbtui.ui.dialogs.palette import Palette, PaletteCommands, PaletteFailed
from pbtui.ui.themes import Themes, load_themes
from pbtui.ui.views.file import keep_views
from pbtui.ui.views.layout import Layout, SavedViews
from tests.canned import a_wire_order, canned_exchange
from tests.ui.desk_under_test import OWNER, DeskPilot, a_desk_app, desk_on

ODD = ("[/]day [peak] $x", r"\[b]\\", "[@click=app.quit]q[/]", "[not bold]", "[")
"""Names that Textual reads as markup, or refuses."""


def listed(desk: DeskPilot) -> list[str]:
    """The lines of the palette."""
    options = desk.app.screen.query_one(CommandList).options
    return [
        line for option in options if isinstance(option.prompt, Content) for line in option.prompt.plain.split("\n")
    ]


async def test_names_with_brackets_are_listed_found_and_chosen_as_they_are() -> None:
    keep_views(OWNER, lambda saved: SavedViews(named={name: Layout(filter=f'txt:"{name}"') for name in ODD}))
    day = load_themes()["day"]
    themes = Themes({**load_themes(), "[red]x": dataclasses.replace(day, name="[red]x")})
    with canned_exchange(a_wire_order("1")) as exchange:
        async with desk_on(a_desk_app(exchange.base_url, themes=themes), (100, 60)) as desk:
            await desk.until_shown("[1 Active 1]")
            await desk.press("ctrl+p")
            wanted = [text for name in ODD for text in (f"View: {name}", f'Active · filter txt:"{name}"')]
            await desk.until(lambda: {*wanted, "Theme: [red]x"} <= set(listed(desk)))
            await desk.paste("View: [/]")
            await desk.until(lambda: listed(desk)[:1] == [f"View: {ODD[0]}"])
            await desk.press("enter")
            await desk.until_shown(f'filter txt:"{ODD[0]}"')
            await desk.command("Theme: [red]x")
            await desk.until(lambda: desk.app.theme == "[red]x")


class Failing(App[None]):
    """An application whose palette fails: at a name that its provider reads as markup, or at the commands."""

    def __init__(self, commands: Callable[[], Iterator[SystemCommand]]) -> None:
        super().__init__()
        self._given = commands
        self.said: list[str] = []

    def get_system_commands(self, screen: Screen[Any]) -> Iterator[SystemCommand]:
        """The given commands."""
        yield from self._given()

    def on_palette_failed(self, event: PaletteFailed) -> None:
        """Keep what is said."""
        self.said.append(event.words)


def one_with_markup() -> Iterator[SystemCommand]:
    yield SystemCommand("[/]", "", lambda: None)


def none() -> Iterator[SystemCommand]:
    raise ValueError("no command")


@pytest.mark.parametrize(("commands", "source"), [(one_with_markup, SystemCommandsProvider), (none, PaletteCommands)])
async def test_a_search_that_fails_says_so(
    commands: Callable[[], Iterator[SystemCommand]], source: type[Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Failing, "COMMANDS", {source})
    app = Failing(commands)
    async with app.run_test() as pilot:
        await app.push_screen(Palette())
        await DeskPilot(pilot).until(lambda: app.said)
        assert app.said[0].startswith("the palette can't list its commands: ")

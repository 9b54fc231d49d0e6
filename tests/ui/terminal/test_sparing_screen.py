"""What reaches the terminal when a prompt lies over the desk and both change at once."""

import asyncio

import pyte
from textual._compositor import CompositorUpdate
from textual.app import App, ComposeResult
from textual.screen import ModalScreen, Screen

from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.themes import DEFAULT_THEME, load_themes
from pbtui.ui.widgets.lines import TextLines


class Desk(SparingScreen[None]):
    """A screen of one line."""

    def compose(self) -> ComposeResult:
        """The line."""
        yield TextLines()


class OverIt(SparingScreen[None], ModalScreen[None]):
    """A prompt whose only line covers most of the desk's."""

    def compose(self) -> ComposeResult:
        """The line."""
        yield TextLines()


class TwoScreens(App[None]):
    """A terminal with room for both."""

    CSS = """
        TextLines { width: 1fr; height: 1; }
        OverIt { background: $background 60%; }
        OverIt TextLines { margin-left: 8; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.terminal = pyte.Screen(40, 4)
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = DEFAULT_THEME

    def _display(self, screen: Screen[object], renderable: object) -> None:
        """What would go to the terminal, which a test does not have, goes to one that can be read."""
        if screen is self.screen and isinstance(renderable, CompositorUpdate):
            pyte.Stream(self.terminal).feed(renderable.render_segments(self.console))


async def test_what_changes_above_and_below_in_the_same_moment_is_all_drawn() -> None:
    app = TwoScreens()
    async with app.run_test(size=(40, 4)) as pilot:
        below, above = Desk(), OverIt()
        await app.push_screen(below)
        await app.push_screen(above)
        for number in range(3):
            for screen, line in (
                (above, [("filled in    ", "text"), (f"prompt {number}", "text")]),
                (below, [(f"desk {number}  ", "text"), ("hidden", "text")]),
            ):
                lines = screen.query_one(TextLines)
                lines.show([line])
                while lines not in screen._dirty_widgets:  # noqa: ASYNC110 - no bell rings for it
                    await asyncio.sleep(0)
            for screen in (below, above):
                screen._on_timer_update()
            await pilot.pause()
            assert app.terminal.display[0].strip() == f"desk {number}  filled in    prompt {number}"

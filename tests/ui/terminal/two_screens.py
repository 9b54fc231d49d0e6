"""A desk and a prompt over it, whose bytes go to a terminal that can be read.

`python -m tests.ui.terminal.two_screens MODULE...` prints what is on the screen where these modules cannot be imported,
and what was logged.
"""

import asyncio
import importlib
import logging
import sys

import pyte
from textual.app import App, ComposeResult
from textual.screen import ModalScreen, Screen

CHANGES = 3


def without(modules: list[str]) -> None:
    """Let nobody import these modules from now on; Textual itself has done so already."""
    importlib.import_module("textual.drivers.linux_driver")
    for module in modules:
        sys.modules[module] = None  # type: ignore[assignment]


if __name__ == "__main__":
    without(sys.argv[1:])

from pbtui.ui.terminal.sparing_screen import SparingScreen  # noqa: E402
from pbtui.ui.themes import DEFAULT_THEME, load_themes  # noqa: E402
from pbtui.ui.widgets.lines import TextLines  # noqa: E402


class Desk(SparingScreen[None]):
    """A screen of one line."""

    def compose(self) -> ComposeResult:
        """The line."""
        yield TextLines()


class OverIt(SparingScreen[None], ModalScreen[None]):
    """A prompt whose first line covers most of the desk's."""

    def compose(self) -> ComposeResult:
        """The lines."""
        yield TextLines()
        yield TextLines(id="second")


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
        self.sent = 0
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = DEFAULT_THEME

    def _display(self, screen: Screen[object], renderable: object) -> None:
        """What would go to the terminal, which a test does not have, goes to one that can be read."""
        if screen is self.screen and hasattr(renderable, "render_segments"):
            sequences = renderable.render_segments(self.console)
            self.sent += len(sequences)
            pyte.Stream(self.terminal).feed(sequences)


async def changes(app: TwoScreens) -> list[str]:
    """What stands on the first two lines after each change of both screens in the same moment; they are laid out."""
    shown = []
    async with app.run_test(size=(40, 4)) as pilot:
        below, above = Desk(), OverIt()
        await app.push_screen(below)
        await app.push_screen(above)
        await pilot.pause()
        app.sent = 0
        for number in range(CHANGES):
            for screen, lines, line in (
                (above, above.query(TextLines).first(), [("filled in    ", "text"), (f"prompt {number}", "text")]),
                (above, above.query_one("#second", TextLines), [(f"second {number}", "text")]),
                (below, below.query_one(TextLines), [(f"desk {number}  ", "text"), ("hidden", "text")]),
            ):
                lines.show([line])
                while lines not in screen._dirty_widgets:  # noqa: ASYNC110 - no bell rings for it
                    await asyncio.sleep(0)
            for screen in (below, above):
                screen._on_timer_update()
            await pilot.pause()
            shown.append(" / ".join(line.strip() for line in app.terminal.display[:2]))
    return shown


if __name__ == "__main__":
    importlib.import_module("pbtui.ui.terminal.driver")
    logged: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("pbtui.ui.terminal").addHandler(handler)
    print("\n".join(asyncio.run(changes(TwoScreens()))))
    print("\n".join(logged))

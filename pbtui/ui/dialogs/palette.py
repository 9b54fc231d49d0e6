"""The command palette, made safe against keys that are faster than the screen."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.command import CommandList, CommandPalette
from textual.css.query import NoMatches
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker

from pbtui.ui.terminal.sparing_screen import SparingScreen


class Palette(CommandPalette, SparingScreen[None]):
    """Textual's palette. Its search fails if it is closed before it is drawn; that does not end the application."""

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = (Input,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown", "page(1)", "Next page", show=False, id="palette.page_down"),
        Binding("pageup", "page(-1)", "Previous page", show=False, id="palette.page_up"),
    ]

    def action_page(self, direction: int) -> None:
        """Move by a page; not in results that just came: Textual fails there, because they are not laid out yet."""
        with suppress(KeyError, NoMatches):
            commands = self.query_one(CommandList)
            move: Callable[[], None] = commands.action_page_down if direction > 0 else commands.action_page_up
            move()

    def run_worker(self, *work: Any, **options: Any) -> Worker[Any]:
        """Run a search whose failure does nothing."""
        return super().run_worker(*work, **{**options, "exit_on_error": False})

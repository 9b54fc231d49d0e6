"""The command palette, made safe against keys that are faster than the screen, and against names with brackets."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.css.query import NoMatches
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from pbtui.api.sanitize import safe_text
from pbtui.ui.terminal.sparing_screen import SparingScreen


class PaletteFailed(Message):
    """The palette can't list its commands; `words` say why."""

    def __init__(self, error: BaseException | None) -> None:
        super().__init__()
        self.words = f"the palette can't list its commands: {type(error).__name__}: {error}"


class PaletteCommands(Provider):
    """The commands of the application, with their words as they are.

    The trader names views, filters and themes. Textual's own provider reads markup in all words: one name could empty
    the palette.
    """

    async def discover(self) -> Hits:
        """Yield all commands."""
        for command in sorted(self._commands(), key=lambda command: command.title):
            title = safe_text(command.title)
            yield DiscoveryHit(Content(title), command.callback, title, _without_markup(command.help))

    async def search(self, query: str) -> Hits:
        """Yield the commands that match, with the letters that do."""
        matcher = self.matcher(query)
        for command in self._commands():
            title = safe_text(command.title)
            score, places = matcher.fuzzy_search.match(matcher.query, title)
            if score > 0:
                shown = Content(title)
                for place in places:
                    shown = shown.stylize(matcher.match_style, place, place + 1)
                yield Hit(score, shown, command.callback, title, _without_markup(command.help))

    def _commands(self) -> Sequence[SystemCommand]:
        try:
            return tuple(self.app.get_system_commands(self.screen))
        except Exception as error:
            self.app.post_message(PaletteFailed(error))  # Textual only logs it
            raise


def _without_markup(words: str) -> str:
    """Return words that Textual, which reads markup in them, shows as these."""
    return safe_text(words).replace("[", r"\[")


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
        """Run a search whose failure does not end the application."""
        return super().run_worker(*work, **{**options, "exit_on_error": False})

    @on(Worker.StateChanged)
    def _search_ended(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and self in self.app.screen_stack:  # else it was closed meanwhile
            self.app.post_message(PaletteFailed(event.worker.error))

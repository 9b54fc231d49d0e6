"""The Textual application: themes, signals, what may reach the terminal, and what happens when it fails itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from pbtui.settings.profiles import Profile
from pbtui.ui.desk_thread import DeskThread, NewView, OpenDesk
from pbtui.ui.opening_screen import OpeningScreen
from pbtui.ui.terminal import TerminalDriver, exit_even_if_stuck, terminal_filters
from pbtui.ui.themes import DEFAULT_THEME, load_themes

if TYPE_CHECKING:
    from textual.types import CSSPathType

    from pbtui.ui.desk_screen import DeskScreen


class DeskApp(App[None]):
    """The desk of one profile in a terminal. `theme_name` None is the default theme."""

    CSS_PATH: ClassVar[CSSPathType] = ["app.tcss", "forms.tcss", "prompts.tcss"]
    TITLE = "pbtui"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", id="app.help"),
        Binding("q", "quit", "Quit", id="app.quit"),
    ]

    def __init__(self, profile: Profile, open_desk: OpenDesk, *, theme_name: str | None = None) -> None:
        super().__init__(driver_class=TerminalDriver)
        self._profile = profile
        self._desk_thread = DeskThread(open_desk, self._announce)
        self._desk_screen: DeskScreen | None = None
        self._line_filters = terminal_filters(no_color=self.no_color)
        for name in list(self.available_themes):
            self.unregister_theme(name)
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = theme_name or DEFAULT_THEME

    def get_default_screen(self) -> Screen[None]:
        """What is shown until the desk is opened."""
        return OpeningScreen(self._profile)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Ours in place of Textual's: its own turn colours to greys under NO_COLOR, and let control characters pass."""
        return self._line_filters

    # ------------------------------------------------------------ beginning and end

    def on_mount(self) -> None:
        """Listen for the signals that end a session, and open the desk once the first frame is drawn."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end_session, number)
        self.call_after_refresh(self._open)

    async def _open(self) -> None:
        # Only now, and before the desk's thread imports what it needs: two threads in one circle of imports can meet
        # modules that are half made.
        from pbtui.ui.desk_screen import DeskScreen

        self._desk_screen = DeskScreen(self._profile, self._desk_thread)
        await self.push_screen(self._desk_screen)
        self._desk_thread.start()

    def on_unmount(self) -> None:
        """End the desk."""
        self._desk_thread.stop()

    def _end_session(self, number: int) -> None:
        exit_even_if_stuck(128 + number)
        self.exit(return_code=128 + number)

    def _fatal_error(self) -> None:
        """Leave a report instead of Textual's traceback, which shows the values of variables."""
        error = self._exception
        if error is not None:
            from pbtui.ui.crash import write_report

            path = write_report(error)
            self._exit_renderables.append(
                Text(f"pbtui stopped by a fault of its own: {type(error).__name__}. The report is in {path}")
            )
        self._close_messages_no_wait()

    # ------------------------------------------------------------ the desk's views

    def _announce(self) -> None:
        # Called on the desk's thread, which starts after the screen is there and may outlive it.
        if self._desk_screen is not None:
            self._desk_screen.post_message(NewView())

    # ------------------------------------------------------------ what the trader asks for

    def action_help(self) -> None:
        """Show the keys that work right now."""
        keys: dict[str, list[str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            # Bindings of ours have an id; Textual's own are about copying text and such.
            if active.enabled and (binding.id or binding.action == "command_palette"):
                what = binding.description[:1].upper() + binding.description[1:]
                keys.setdefault(what, []).append(self.get_key_display(binding))
        from pbtui.ui.help_screen import HelpScreen

        self.push_screen(HelpScreen(keys))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every theme, help, and the end."""
        for name in self.available_themes:
            yield SystemCommand(f"Theme: {name}", "Draw the screen in these colours", partial(self._use_theme, name))
        yield SystemCommand("Keys", "Show all keys that work right now", self.action_help)
        yield SystemCommand("Quit", "Leave the desk; orders stay as they are", self.action_quit)

    def _use_theme(self, name: str) -> None:
        self.theme = name

"""The Textual application: themes, signals, kill key, command palette, and the report of a crash."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.events import Event, Key
from textual.filter import LineFilter
from textual.keys import format_key
from textual.screen import Screen

from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.time_format import UTC_ZONE
from pbtui.desk.storage.crash_report import crash_notice
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.prompt import Prompt, Venue
from pbtui.ui.kill.controls import KillControls
from pbtui.ui.kill.display import KillDisplay
from pbtui.ui.kill.key import FIRE_KEYS
from pbtui.ui.kill.palette_commands import kill_commands
from pbtui.ui.screens.news_board import NewsBoard
from pbtui.ui.screens.opening_screen import OpeningScreen
from pbtui.ui.terminal.closing import ClosingApp
from pbtui.ui.terminal.crash_notice import NoticeApp
from pbtui.ui.terminal.drawing import DrawingApp
from pbtui.ui.terminal.driver import TerminalDriver, exit_even_if_stuck
from pbtui.ui.terminal.moment import MomentApp
from pbtui.ui.terminal.pointing import PointingApp
from pbtui.ui.terminal.safe_text import terminal_filters
from pbtui.ui.terminal.styling import StylingApp
from pbtui.ui.themes import ThemeChoice, Themes, load_themes
from pbtui.ui.threads.desk_thread import DeskThread, NewView, OpenDesk
from pbtui.ui.threads.kill_thread import KillThread, KillThreadEnded, NewKillView, OpenKillSwitch
from pbtui.ui.widgets.key_names import FIRE_BINDING, KILL_BINDING, OwnKeysApp, as_printed
from pbtui.ui.widgets.news_line import NewsLine

if TYPE_CHECKING:
    from textual.types import CSSPathType

    from pbtui.desk.view import DeskView
    from pbtui.ui.dialogs.palette import PaletteFailed
    from pbtui.ui.kill.aftermath import KillAftermath
    from pbtui.ui.screens.desk_screen import DeskScreen


KILL_KEYS = ("f9",)


def palette_commands() -> type[Provider]:
    """Return the source of the palette's commands. The first frame does without it."""
    from pbtui.ui.dialogs.palette import PaletteCommands

    return PaletteCommands


class DeskApp(
    OwnKeysApp[None],
    MomentApp[None],
    PointingApp[None],
    NoticeApp[None],
    ClosingApp[None],
    DrawingApp[None],
    StylingApp[None],
):
    """The desk of one profile in a terminal.

    `themes` are those to choose from, by default those of pbtui; `theme_name` None means the default one. `kill_keys`
    are the names of the keys that open the kill switch, `own_keys` those that the trader gave to other actions, by id,
    and `key_source` is the source of the API key.
    """

    CSS_PATH: ClassVar[CSSPathType] = ["app.tcss", "forms.tcss", "prompts.tcss", "kill.tcss"]
    TITLE = "pbtui"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {palette_commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", id="app.help"),
        Binding("q", "quit", "Quit", id="app.quit"),
        Binding("ctrl+l", "redraw", "Draw the screen again", show=False, id="app.redraw"),
        Binding("ctrl+p", "command_palette", "Palette: every action", show=False, priority=True, id="app.palette"),
        Binding(",".join(KILL_KEYS), "kill", "KILL", priority=True, id=KILL_BINDING),
    ]

    def __init__(
        self,
        profile: Profile,
        open_desk: OpenDesk,
        open_kill_switch: OpenKillSwitch,
        *,
        themes: Themes | None = None,
        theme_name: str | None = None,
        kill_keys: tuple[str, ...] = KILL_KEYS,
        own_keys: Mapping[str, Sequence[str]] = MappingProxyType({}),
        key_source: str = "",
    ) -> None:
        super().__init__(driver_class=TerminalDriver)
        self._kill_key = as_printed(format_key(kill_keys[0]))
        self.take_keys({KILL_BINDING: kill_keys, **own_keys})
        self._profile = profile
        self._reported: list[Exception] = []
        self.crash_notices: list[str] = []
        """Notices of what stopped in the background; to be printed at the end."""
        self.is_given_back = threading.Event()
        """To be set once the application has returned: the screen is not stuck, and its caller ends the process."""
        self._desk_thread = DeskThread(open_desk, self._announce)
        self.kill_thread = KillThread(profile, open_kill_switch, self._desk_thread, self._announce_kill)
        fire_keys = own_keys.get(FIRE_BINDING, FIRE_KEYS)
        self.key_watch = KillControls(profile, self._desk_thread, self.kill_thread, kill_keys, fire_keys)
        self._key_source = key_source
        self._board = NewsBoard(self, ZoneInfo(profile.market_timezone))
        self._kill = KillDisplay(self, self._board, profile, self._desk_thread, self.key_watch, self._kill_key)
        self._opening_screen = OpeningScreen(profile, self._kill_key)
        self._desk_screen: DeskScreen | None = None
        self._aftermath: KillAftermath | None = None
        self._line_filters = terminal_filters(no_color=self.no_color)
        self._theme_choice = ThemeChoice(self, themes or Themes(load_themes()), theme_name, self.show_ignored)

    def get_default_screen(self) -> Screen[None]:
        """Return the screen shown until the desk is open."""
        return self._opening_screen

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return our own filters. Textual's turn colours to greys under NO_COLOR and let control characters through."""
        return self._line_filters

    # ------------------------------------------------------------ beginning and end

    def on_load(self) -> None:
        """Handle the signals that end a session, before the terminal is changed, so that it is always restored."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end_session, number)

    def on_mount(self) -> None:
        """Open the desk after the first frame."""
        self.call_after_refresh(self._open)

    async def _open(self) -> None:
        # Imported after the first frame, which needs neither pydantic nor httpx, and before the desk's thread starts to
        # import: two threads that import the same modules in a circle can see half-initialised ones.
        import pbtui.ui.kill.aftermath
        import pbtui.ui.kill.prompt
        import pbtui.ui.kill.report
        import pbtui.ui.screens.desk_screen  # noqa: F401

        self._kill.show_sign()
        self.kill_thread.start()
        self.run_worker(self._show_desk())

    async def _show_desk(self) -> None:
        from pbtui.ui.kill.aftermath import KillAftermath  # see _open
        from pbtui.ui.screens.desk_screen import DeskScreen

        opening_screen = self._opening_screen
        while self.screen is not opening_screen:
            opening_screen.is_back.clear()
            await opening_screen.is_back.wait()
        desk_screen = DeskScreen(self._profile, self._desk_thread, self._board, self._kill_key)
        await self.push_screen(desk_screen)
        self._desk_screen = desk_screen
        if self._key_source:
            self._board.add(News(f"API key: {self._key_source}", Weight.FINE))
        self._aftermath = KillAftermath(desk_screen, self._profile, self._desk_thread, self.kill_thread)
        self._kill.show_sign()
        desk_screen.post_message(NewView())
        self._board.add(*(News(problem, Weight.NOTABLE) for problem in self._theme_choice.problems))

    def on_unmount(self) -> None:
        """Stop the desk and the watch after a kill. A kill without a verdict continues until `KillThread.finish`."""
        self._desk_thread.stop()
        if not self.kill_thread.state.is_deciding:
            self.kill_thread.finish()

    @property
    def latest_view(self) -> DeskView | None:
        """The newest view of the desk, after the desk was closed too."""
        return self._desk_thread.latest

    def _end_session(self, number: int) -> None:
        self.key_watch.input_ended()
        exit_even_if_stuck(128 + number, self.kill_thread.finish, unless=self.is_given_back.is_set)
        self.exit(return_code=128 + number)

    def input_failed(self, error: Exception) -> None:
        """End with the notice of a crash: without its keys the desk must not go on."""
        has_ended = threading.Event()

        def fail() -> None:
            has_ended.set()
            raise error

        def finish() -> None:
            crash_notice(error)
            self.kill_thread.finish()

        self.call_later(fail)
        exit_even_if_stuck(1, finish, unless=has_ended.is_set)

    def crash_notice(self, error: BaseException | None) -> str:
        """Return the error and the place of its report."""
        return "pbtui stopped because of an internal error" if error is None else crash_notice(error)

    def _report(self, failure: Exception | None) -> None:
        """Report an error that stopped the desk or the kill switch; called on its thread. The screen goes on."""
        if failure is not None and failure not in self._reported:
            self._reported.append(failure)
            self.crash_notices.append(crash_notice(failure))

    # ------------------------------------------------------------ the desk's views

    def _announce(self) -> None:
        # Called on the desk's thread, which starts after the screen is there and may outlive it.
        self._report(self._desk_thread.failure)
        if self._desk_screen is not None:
            self._desk_screen.post_message(NewView())

    # ------------------------------------------------------------ the kill switch

    def _announce_kill(self) -> None:
        # Called on any thread.
        failure = self.kill_thread.state.failure
        self._report(None if isinstance(failure, KillThreadEnded) else failure)
        self.post_message(NewKillView())

    @on(NewKillView)
    def _follow_kill(self) -> None:
        # One thread after the other: see _open. The desk is opened whether or not the switch could be.
        if not self._desk_thread.is_started:
            self._desk_thread.start()
        self._kill.follow()

    def get_key_display(self, binding: Binding) -> str:
        """Return the name of a key; a function key as printed on the keyboard."""
        return as_printed(super().get_key_display(binding))

    async def on_event(self, event: Event) -> None:
        """Handle an event, and record when each key arrived, whichever widget handles it."""
        if isinstance(event, Key) and not event.is_forwarded:
            self.key_watch.key_came(event.time)
            if self._desk_screen is not None:
                self._desk_screen.alerting.key_came()
        await super().on_event(event)

    def show_ignored(self, text: str) -> None:
        """Say that input was ignored: in the prompt that is open, or on the desk."""
        screen = self.screen
        if isinstance(screen, Prompt):
            screen.call_later(self._note_in, screen, text)  # one that was just opened has no lines yet
        elif self._desk_screen is not None:
            self._desk_screen.note(text)

    def _note_in(self, prompt: Prompt[Any], text: str) -> None:
        if prompt.query(NewsLine):
            prompt.show_note(text)
        elif self._desk_screen is not None:  # the prompt was closed meanwhile
            self._desk_screen.note(text)

    def notify(self, message: str, **options: Any) -> None:
        """Show what Textual itself reports as news. A notification of its own would cover other lines."""
        self._board.add(News(message, Weight.NOTABLE))

    def on_palette_failed(self, event: PaletteFailed) -> None:
        """Show why the palette has no commands."""
        self._board.add(News(event.words, Weight.NOTABLE))

    def action_toggle_utc(self) -> None:
        """Show all times in UTC, or in the market's zone again: on the desk, and in the dialogs over it."""
        from pbtui.ui.dialogs.reading_prompt import ReadingPrompt  # the first frame does without it

        if self._desk_screen is None:
            return
        market = ZoneInfo(self._profile.market_timezone)
        self._board.show_in(market if self._board.zone == UTC_ZONE else UTC_ZONE)
        self._kill.show_sign()
        self._desk_screen.follow_zone()
        for screen in self.screen_stack:
            if isinstance(screen, ReadingPrompt):  # a form reads its typed times in the zone that it began with
                screen.show_in(self._board.zone)

    async def action_kill(self) -> None:
        """Halt, and show the kill switch."""
        await self._kill.press()

    # ------------------------------------------------------------ what the trader asks for

    def action_help(self) -> None:
        """Show the keys that work now, by task, and on the desk the filter language."""
        from pbtui.ui.help.actions import working_actions  # 15 ms that the first frame does without
        from pbtui.ui.help.key_list import HelpScreen, sections_of

        if isinstance(self.screen, HelpScreen):  # the key was pressed again before its keys work
            return
        sections = sections_of(working_actions(self.screen, self.get_key_display))
        if self._desk_screen is not None and self.screen is self._desk_screen:
            sections |= {"Filter": self._desk_screen.filter_overview()}
        self.push_screen(HelpScreen(sections, self._key_source))

    async def action_quit(self) -> None:
        """Close the desk; ask first if steps are staged."""
        desk_screen = self._desk_screen
        if desk_screen is None or not desk_screen.steps:
            self.exit()
            return
        from pbtui.ui.dialogs.quit_prompt import QuitPrompt  # the first frame does without it

        if not isinstance(self.screen, QuitPrompt):
            self.push_screen(QuitPrompt(Venue.of(self._profile), len(desk_screen.steps)), self._quit_if)

    def _quit_if(self, is_confirmed: bool | None) -> None:
        if is_confirmed:
            self.exit()

    def action_command_palette(self) -> None:
        """Open the palette, unless one is open already, also under a prompt. Two of them would have the same ids."""
        if not any(isinstance(screen, CommandPalette) for screen in self.screen_stack):
            from pbtui.ui.dialogs.palette import Palette  # the first frame does without it

            self.push_screen(Palette())

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield the commands of the palette: kill and what follows it, all actions of the desk, views, themes."""
        from pbtui.ui.help.actions import working_actions  # the first frame does without it
        from pbtui.ui.help.palette_commands import key_commands

        yield from kill_commands(self._profile.exchange, self._kill_key, self._kill.open, self._begin)
        if self._desk_screen is not None and screen is self._desk_screen:
            yield from key_commands(working_actions(screen, self.get_key_display), self._desk_screen.run_chosen)
        else:  # over a dialog, or before the desk is open
            # Over a dialog their keys do not work, so they are not named.
            yield SystemCommand("Help", "Show all keys that work now", self.action_help)
            yield SystemCommand("Quit", "Close the desk; orders stay as they are", self.action_quit)
        if self._desk_screen is not None:
            yield from self._desk_screen.commands()
        yield from self._theme_choice.commands()

    def _begin(self, command: Callable[[KillAftermath], Coroutine[Any, Any, None]]) -> None:
        if self._desk_screen is not None and self._aftermath is not None:
            self._desk_screen.begin(command(self._aftermath))

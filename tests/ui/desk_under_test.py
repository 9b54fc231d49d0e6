"""The desk in a terminal of Textual's own, on whatever exchange a test has."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

from textual.command import CommandList
from textual.events import Paste
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.widgets import Input

from pbtui.cli.desk import desk_opener
from pbtui.cli.kill.opener import kill_opener
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.desk.storage.places import owner_of
from pbtui.settings.key_text import Secret, SessionKey
from pbtui.settings.profiles import Environment, Profile
from pbtui.ui.app import DeskApp
from pbtui.ui.kill.key_proof import note_arrival
from pbtui.ui.screens.desk_screen import DeskScreen
from pbtui.ui.themes import Themes
from tests.end_to_end.host import POLL_S
from tests.ui.terminal.screen_text import screen_lines

WITHIN_S = 30.0


def a_profile(base_url: str, **fields: object) -> Profile:
    """A profile for a simulation; any field can be given."""
    given: dict[str, Any] = {"environment": Environment.SIMULATION, "poll_seconds": POLL_S, **fields}
    return Profile(name="test", base_url=base_url, **given)


OWNER = owner_of(a_profile("http://127.0.0.1:1/acme/epex/v2/api"))
"""The owner of its state, at every simulator."""


def a_desk_app(
    base_url: str,
    api_key: str = "a-key",
    *,
    theme: str | None = None,
    themes: Themes | None = None,
    timing: Timing | None = None,
    kill_key_has_arrived: bool = True,
    kill_keys: tuple[str, ...] = ("f9",),
    own_keys: Mapping[str, Sequence[str]] = MappingProxyType({}),
    **fields: object,
) -> DeskApp:
    """The application on this exchange; `timing` is that of a kill."""
    profile = a_profile(base_url, **fields)
    if kill_key_has_arrived:
        note_arrival(profile)

    key = SessionKey(lambda: Secret(api_key))
    open_desk, open_switch = desk_opener(profile, lambda: key), kill_opener(profile, lambda: key, timing)
    return DeskApp(
        profile, open_desk, open_switch, themes=themes, theme_name=theme, kill_keys=kill_keys, own_keys=own_keys
    )


class DeskPilot:
    """Presses keys and reads the screen."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot
        self.app = pilot.app
        self._frames = 0
        self.app.post_display_hook = self._frame_shown  # type: ignore[method-assign]

    @property
    def desk(self) -> DeskScreen:
        """The desk's screen, whatever lies over it."""
        (screen,) = [screen for screen in self.app.screen_stack if isinstance(screen, DeskScreen)]
        return screen

    def lines(self) -> list[str]:
        """The whole screen as it is, line by line."""
        return screen_lines(self.app)

    def text(self) -> str:
        """The whole screen as one text."""
        return "\n".join(self.lines())

    def line_of_cursor(self) -> str:
        """The line of the screen that the hardware cursor is left on."""
        place: Offset = getattr(self.app.focused, "cursor_screen_offset")  # noqa: B009 - a widget may have none
        return self.lines()[place.y]

    async def press(self, *keys: str) -> None:
        """Press these keys and let the screen follow."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def paste(self, text: str) -> None:
        """Paste this into the field that has the keys: to type it takes as long for each letter."""
        field = self.app.focused
        assert isinstance(field, Input)
        before = field.value
        self.app.post_message(Paste(text))
        await self.until(lambda: field.value == before + text)

    async def command(self, name: str) -> None:
        """Choose a command of the palette. Its name is pasted: the palette searches anew for each letter typed."""
        await self.press("ctrl+p")
        self.app.post_message(Paste(name))
        await self.until(lambda: self._offered().startswith(name))
        await self.press("enter")

    def _offered(self) -> str:
        """The first command that the palette has found."""
        commands = self.app.screen.query_one(CommandList)
        return str(commands.get_option_at_index(0).prompt) if commands.option_count else ""

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until the condition holds, and still does when the screen has followed.

        A pause of the pilot asks every widget and waits for each. That is done once, not at every look.
        """
        async with asyncio.timeout(WITHIN_S):
            while not (holds := bool(condition())):
                while not holds:
                    await asyncio.sleep(0.05)  # each look at the screen composes all of it
                    holds = bool(condition())
                await self.pilot.pause()

    async def until_shown(self, *texts: str) -> None:
        """Wait until all of these texts are on the screen; the screen is in the message of the failure.

        To compose the screen is what takes processor time in a wait, so it is done once for a frame.
        """
        seen, found = -1, False

        def shown() -> bool:
            nonlocal seen, found
            if seen != self._frames:
                seen, text = self._frames, self.text()
                found = all(each in text for each in texts)
            return found

        try:
            await self.until(shown)
        except TimeoutError:
            raise AssertionError(f"{texts} not on the screen:\n{self.text()}") from None

    def _frame_shown(self) -> None:
        self._frames += 1


@asynccontextmanager
async def desk_on(app: DeskApp, size: tuple[int, int] = (120, 36)) -> AsyncIterator[DeskPilot]:
    """Run the application in a terminal of this size. A kill ends with it, as in the program."""
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            yield DeskPilot(pilot)
    finally:
        app.kill_thread.finish()

"""First screen: the name of the profile, drawn before the modules of the desk are imported."""

import asyncio

from textual.app import ComposeResult

from pbtui.settings.profiles import Profile
from pbtui.ui.screens.status_bar import StatusBar
from pbtui.ui.terminal.sparing_screen import SparingScreen


class OpeningScreen(SparingScreen[None]):
    """Shows profile, exchange and environment until the main screen is ready.

    `kill_key` is the name of the kill key. `is_back` is set when no other screen, such as the kill prompt, covers it.
    """

    def __init__(self, profile: Profile, kill_key: str) -> None:
        super().__init__()
        self._profile = profile
        self._kill_key = kill_key
        self.is_back = asyncio.Event()

    def compose(self) -> ComposeResult:
        """Create the status bar."""
        yield StatusBar(self._profile, self._kill_key)

    @property
    def bright_height(self) -> int:  # type: ignore[override]
        """The status bar and what is above it."""
        return self.query_one(StatusBar).region.bottom

    def on_screen_resume(self) -> None:
        """Note that no other screen covers this one."""
        self.is_back.set()

"""The first frame: whose desk is being opened, drawn before what the desk itself needs is even imported."""

import asyncio

from textual.app import ComposeResult
from textual.screen import Screen

from pbtui.settings.profiles import Profile
from pbtui.ui.screens.status_bar import StatusBar


class OpeningScreen(Screen[None]):
    """Shows profile, exchange and environment until the desk takes its place.

    `kill_key` is how the kill key is called. `is_back` is set when what lay over it is gone, such as a prompt of the
    kill switch.
    """

    def __init__(self, profile: Profile, kill_key: str) -> None:
        super().__init__()
        self._profile = profile
        self._kill_key = kill_key
        self.is_back = asyncio.Event()

    def compose(self) -> ComposeResult:
        """The status bar alone."""
        yield StatusBar(self._profile, self._kill_key)

    def on_screen_resume(self) -> None:
        """Nothing lies over it."""
        self.is_back.set()

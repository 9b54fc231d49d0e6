"""The first frame: whose desk is being opened, drawn before what the desk itself needs is even imported."""

from textual.app import ComposeResult
from textual.screen import Screen

from pbtui.settings.profiles import Profile
from pbtui.ui.status_bar import StatusBar


class OpeningScreen(Screen[None]):
    """Shows profile, exchange and environment until the desk takes its place."""

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._profile = profile

    def compose(self) -> ComposeResult:
        """The status bar alone."""
        yield StatusBar(self._profile)

"""Asks for a new API key, on request and once by itself when the server begins to refuse the present one."""

from pbtui.api.errors import Unauthorized
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.view import DeskView
from pbtui.settings.key_text import KeyText
from pbtui.settings.profiles import Profile
from pbtui.settings.shell_command import shell_command
from pbtui.ui.dialogs.api_key_prompt import ApiKeyPrompt
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.tickets.dialogue import Dialogue


class KeyRenewal:
    """Knows whether the server refuses the key, and asks for another."""

    def __init__(self, profile: Profile, desk_thread: DeskThread, dialogue: Dialogue) -> None:
        self._profile = profile
        self._desk_thread = desk_thread
        self._dialogue = dialogue
        self._is_refused = False

    def follow(self, view: DeskView) -> bool:
        """Return whether the server has just begun to refuse the key."""
        failure, was_refused = view.link.failure, self._is_refused
        self._is_refused = failure is not None and isinstance(failure.error, Unauthorized)
        return self._is_refused and not was_refused

    async def ask(self) -> News | None:
        """Ask until the server accepts a key or the trader goes back; return the news about the key, if any."""
        problem, server = "", self._profile.origin
        while (typed := await self._dialogue.ask(ApiKeyPrompt(self._dialogue.venue, server, problem))) is not None:
            problem = await self._desk_thread.try_key(KeyText(typed))
            if not problem:
                store = shell_command(self._profile, "keys", "set")
                stored = f". To store it: {store}" if store else ""
                return News(f"the server accepts the new API key{stored}", Weight.FINE)
        return None

"""What the prompt and the report of the kill switch have in common: the key that fires, and the pause before it."""

from pbtui.desk.kill.plan import plan_for
from pbtui.settings.kill import KillGuard
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.kill.controls import KillControls
from pbtui.ui.widgets.lines import Piece


class FirePrompt(ReadingPrompt[bool]):
    """A prompt with a key that fires, unless it is held down or comes in the midst of others."""

    def __init__(self, profile: Profile, controls: KillControls) -> None:
        self.profile = profile
        self.controls = controls
        self.own = plan_for(profile)
        self._came_early = False
        super().__init__(Venue.of(profile))

    @property
    def needs_word(self) -> bool:
        """Whether the guard asks for a word whatever is fired."""
        return self.profile.kill.guard is KillGuard.TYPED

    @property
    def guard(self) -> str:
        """How an attempt by the key alone is confirmed."""
        return f"{self.profile.kill.guard.value}, by the key"

    def takes_key(self) -> bool:
        """Whether the key that came just now counts; where it does not, the head says so."""
        self._came_early = not (self.has_rested and self.controls.has_paused)
        if self._came_early:
            self.rest_anew()
        self.tell()
        return not self._came_early

    def early(self) -> Piece:
        """That the key came too early, if it did."""
        return "k counts after a moment without keys" if self._came_early else "", "warning"

"""Base of the kill prompt and the kill report: a key that fires, if there was a pause before it."""

from pbtui.desk.kill.plan import plan_for
from pbtui.settings.kill import KillGuard
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.kill.controls import KillControls
from pbtui.ui.widgets.lines import Piece


class FirePrompt(ReadingPrompt[bool]):
    """A prompt with a key that fires. A key held down or pressed between other keys does not fire."""

    def __init__(self, profile: Profile, controls: KillControls) -> None:
        self.profile = profile
        self.controls = controls
        self.own = plan_for(profile)
        self._came_early = False
        super().__init__(Venue.of(profile))

    @property
    def needs_word(self) -> bool:
        """Whether the guard asks for a typed word for every action."""
        return self.profile.kill.guard is KillGuard.TYPED

    @property
    def guard(self) -> str:
        """The confirmation of a kill by the key alone, for the journal."""
        return f"{self.profile.kill.guard.value}, by the key"

    def takes_key(self) -> bool:
        """Whether the key just pressed counts. If not, the head says so."""
        self._came_early = not (self.has_rested and self.controls.has_paused)
        if self._came_early:
            self.rest_anew()
        self.redraw()
        return not self._came_early

    def early(self) -> Piece:
        """A note if the key was ignored because it came too early."""
        return (
            "k was ignored: it came too soon after another key. Press k again." if self._came_early else "",
            "warning",
        )

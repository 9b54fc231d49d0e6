"""Base of the kill prompt and the kill report: a key that fires, if there was a pause before it."""

from collections.abc import Callable
from typing import ClassVar
from zoneinfo import ZoneInfo

from pbtui.desk.kill.plan import plan_for
from pbtui.settings.kill import KillGuard
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.kill.controls import KillControls
from pbtui.ui.widgets.key_names import FIRE_BINDING, key_of
from pbtui.ui.widgets.lines import Piece


class FirePrompt(ReadingPrompt[bool]):
    """A prompt with a key that fires. A key held down or pressed between other keys does not fire."""

    zone: ZoneInfo

    SENDING: ClassVar[frozenset[str]] = frozenset({"fire", "fire_again", "type"})
    sends_unseen = True

    def __init__(self, profile: Profile, controls: KillControls, zone: ZoneInfo) -> None:
        self.profile = profile
        self.controls = controls
        self.own = plan_for(profile)
        self.zone = zone
        self._why_ignored = ""
        super().__init__(Venue.of(profile))

    @property
    def needs_word(self) -> bool:
        """Return whether the guard asks for a typed word for every action."""
        return self.profile.kill.guard is KillGuard.TYPED

    @property
    def guard(self) -> str:
        """The confirmation of a kill by the key alone, for the journal."""
        return f"{self.profile.kill.guard.value}, by the key"

    def when_taken(self, act: Callable[[], object]) -> None:
        """Act if the key just pressed counts. If not, the head says so."""
        if not (self.has_rested and self.controls.has_paused):
            self._ignore("it came too soon after another key")
            self.rest_anew()
        else:
            self._ignore("")
            self.when_alone(act, lambda: self._ignore("it came together with other input"))

    def _ignore(self, why: str) -> None:
        key = key_of(self, FIRE_BINDING)
        self._why_ignored = f"{key} was ignored: {why}. Press {key} again." if why else ""
        self.redraw()

    def early(self) -> Piece:
        """A note if the key was ignored because it did not come alone."""
        return self._why_ignored, "warning"

"""The prompts to re-arm a profile: they ask for a reason and for the name of the profile whose halt it is."""

from collections.abc import Callable, Sequence
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.kill.halt import Halt, halt_here
from pbtui.desk.team.store import RearmRequest
from pbtui.ui.dialogs.command_prompt import COPIED, NO_COMMAND, TypedCommandPrompt
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from pbtui.ui.forms.short_form import ReasonForm


class RearmPrompt(ReasonForm):
    """A form that returns the reason. `still_active` is a warning about active orders, empty if there are none.

    `command` returns the command line that re-arms with a reason, empty if there is none.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+y", "copy_command", "Copy as command", id="form.command"),
    ]

    def __init__(
        self, venue: Venue, halt: Halt, still_active: str, zone: ZoneInfo, command: Callable[[str], str]
    ) -> None:
        self._make_command = command
        about = [
            ("Re-arm: orders can be entered, changed and activated again. No order is activated by this.", "title"),
            (f"Halted: {in_zone(halt.words, zone)}", "warning"),
            (still_active, "alarm"),
        ]
        super().__init__(venue, about, "why it is safe to trade again")

    def action_copy_command(self) -> None:
        """Copy the command line that lifts the halt with the reason typed so far, and show it. Nothing is lifted."""
        command = self._make_command(self.texts["reason"])
        if command:
            self.app.copy_to_clipboard(command)
        self.show_note(f"{COPIED}: {command}" if command else NO_COMMAND)


def rearm_confirmation(venue: Venue, halt: Halt, reason: str, still_active: str) -> TypedPrompt:
    """A prompt that asks for the name of the profile whose halt it is: re-arming lifts the halt of that one too."""
    about = [(f"Reason: {reason}", "text"), (_others_text(halt, venue.profile), "warning"), (still_active, "alarm")]
    name = halt.name or venue.profile
    title, purpose = f"Re-arm {name}", "and press enter to re-arm"
    return TypedPrompt(venue, title, about, name, by_enter=True, purpose=purpose, adds_risk=True)


def asked_by_others(requests: Sequence[RearmRequest]) -> RearmRequest | None:
    """The oldest request of another operator to confirm a re-arm; None if there is none."""
    me = halt_here("").operator
    return next((request for request in requests if request.operator != me), None)


def second_confirmation(venue: Venue, request: RearmRequest, zone: ZoneInfo, command: str) -> TypedCommandPrompt:
    """A prompt for the second person, who confirms this very request by the name of the profile whose halt it is."""
    halts = [(f"Halt {halt.epoch}: {in_zone(halt.words, zone)}", "warning") for halt in request.halts]
    halts += [(halt.warning, "alarm") for halt in request.halts]
    after = "Afterwards orders can be entered, changed and activated again. No order is activated by this."
    about = [(in_zone(request.words, zone), "text"), *halts, (after, "text")]
    title, purpose = "Confirm the re-arm as second person", "and press enter to confirm"
    word = request.halts[0].profile or venue.profile
    return TypedCommandPrompt(venue, title, about, word, command, by_enter=True, purpose=purpose, adds_risk=True)


def _others_text(halt: Halt, profile: str) -> str:
    """Say that the halt is one of another profile; empty if it is not."""
    if not halt.is_others:
        return ""
    return f"It is the halt of profile {halt.name}: both {halt.name} and {profile} can enter orders afterwards."

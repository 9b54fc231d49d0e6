"""Lifting the halt: for a reason, and by typing the profile's name. It brings no order back."""

from collections.abc import Mapping

from pbtui.desk.formats.order_fields import Field, Kind
from pbtui.desk.kill.halt import Halt
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from pbtui.ui.forms.field_row import FieldRow
from pbtui.ui.forms.short_form import ShortForm

_REASON = Field("reason", "reason", Kind.TEXT, "why it is safe to trade again; it goes into the journal")


class RearmPrompt(ShortForm[str]):
    """Returns the reason. `still_active` says what the kill has left in the market."""

    def __init__(self, venue: Venue, halt: Halt, still_active: str) -> None:
        about = [
            ("Re-arm: orders can then be entered, changed and activated again. No order comes back by it.", "title"),
            (f"Halted: {halt.words}", "warning"),
            (still_active, "alarm"),
        ]
        super().__init__(venue, about, [FieldRow(_REASON, "")])

    def problems(self, texts: Mapping[str, str]) -> Mapping[str, str]:
        """There has to be a reason."""
        return {} if texts["reason"] else {"reason": "a reason is needed: it goes into the journal"}

    def result(self, texts: Mapping[str, str]) -> str:
        """The reason."""
        return texts["reason"]


def rearm_confirmation(venue: Venue, reason: str, still_active: str) -> TypedPrompt:
    """Asks for the name of the profile."""
    about = [(f"Reason: {reason}", "text"), (still_active, "alarm")]
    return TypedPrompt(venue, f"Re-arm {venue.profile}", about, venue.profile, purpose="to re-arm")

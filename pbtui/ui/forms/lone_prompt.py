"""The prompts to cut a profile loose from its team: they ask for a reason and for the name of the profile."""

from zoneinfo import ZoneInfo

from pbtui.desk.formats.time_format import in_zone
from pbtui.ui.dialogs.command_prompt import TypedCommandPrompt
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.forms.short_form import ReasonForm

_NOT_STOPPED = "A halt of another host does not stop what this host sends, and a kill elsewhere does not know of it."
_ENDS = "It ends by itself as soon as the store answers; the team then learns of it."


class LonePrompt(ReasonForm):
    """A form that returns the reason. `problem` says why the store can't be reached."""

    def __init__(self, venue: Venue, problem: str, zone: ZoneInfo) -> None:
        about = [
            ("Cut loose from the team: this host enters, changes and activates without its store.", "title"),
            (in_zone(problem, zone), "warning"),
            (_NOT_STOPPED, "alarm"),
            (_ENDS, "text"),
        ]
        super().__init__(venue, about, "why this host must send without its team")


def lone_confirmation(venue: Venue, reason: str, command: str) -> TypedCommandPrompt:
    """A prompt that asks for the name of the profile."""
    about = [(f"Reason: {reason}", "text"), (_NOT_STOPPED, "alarm")]
    title = f"Cut {venue.profile} loose from its team"
    purpose = "and press enter to cut it loose"
    word = venue.profile
    return TypedCommandPrompt(venue, title, about, word, command, by_enter=True, purpose=purpose, adds_risk=True)

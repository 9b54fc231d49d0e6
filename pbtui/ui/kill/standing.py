"""State of the kills of this run in words: one source for the status bar, the message line, the prompt, the report."""

from dataclasses import dataclass

from pbtui.desk.kill.plan import partial_scope
from pbtui.desk.kill.progress import ALARMS, KillView, Phase
from pbtui.settings.redaction import redacted
from pbtui.ui.threads.kill_state import KillState

_NO_VERDICT = frozenset({Phase.READY, Phase.FIRING, Phase.VERIFYING})
_IN_SCOPE = "in scope"
"""In place of bounds that take more room."""
KILL, WATCH, NOTHING = "kill", "watch", ""


@dataclass(frozen=True, slots=True)
class KillStanding:
    """The newest kill in words. `word` replaces `headline` where space is short; `role` is the colour role of both.

    `failure` is the error of the switch, empty if it has none. `going_on` is what goes on after the report is closed:
    the kill, its watch, or nothing.
    """

    headline: str
    word: str
    role: str
    failure: str = ""
    going_on: str = NOTHING


def standing(state: KillState) -> KillStanding | None:
    """Return the standing of the newest attempt; None if no kill was fired.

    Where the switch failed before the attempt had a verdict, nothing goes on, whatever its last view says. An earlier
    attempt's view says nothing about the newest one.
    """
    if not state.is_fired:
        return None
    failure = "" if state.failure is None else f"{type(state.failure).__name__}: {redacted(str(state.failure))}"
    has_stopped = bool(failure) and not state.is_deciding
    view = state.view if state.view is not None and state.view.attempt == state.attempts else None
    if view is None or not view.headline or view.phase is Phase.READY:
        if has_stopped:
            return KillStanding("KILL NOT SENT: the kill switch can't be opened", "NOT SENT", "alarm", failure)
        return KillStanding("KILL FIRING", "FIRING", "warning", failure, KILL)
    if has_stopped and view.phase in _NO_VERDICT:
        headline = "KILL STOPPED BY AN ERROR: it is not known which orders are active"
        return KillStanding(headline, "STOPPED", "alarm", failure)
    going_on = NOTHING if has_stopped else _going_on(view)
    return KillStanding(view.headline, word_of(view), role_of(view), failure, going_on)


def role_of(view: KillView) -> str:
    """Return the colour role of a text about a kill: alarm, warning or good."""
    if view.phase in ALARMS:
        return "alarm"
    is_whole = view.phase is Phase.VERIFIED and not partial_scope(view.plan, view.fired)
    return "good" if is_whole and not view.doubts else "warning"


def word_of(view: KillView) -> str:
    """Return the phase in a few words; that of a verified kill with the bounds of its scope."""
    if view.phase is Phase.REAPPEARED:
        return "RE-APPEARED"
    is_partial = view.phase is Phase.VERIFIED and partial_scope(view.plan, view.fired)
    if is_partial:
        return f"{view.phase.value}, PARTIAL"
    if view.phase is Phase.VERIFIED and (bound := view.fired.bound):
        return f"{view.phase.value} {bound if len(bound) <= len(_IN_SCOPE) else _IN_SCOPE}"
    return view.phase.value


def _going_on(view: KillView) -> str:
    if view.ended_s is not None:
        return NOTHING
    return WATCH if view.verified_s is not None else KILL

"""The verdict on one line of a ticket: a pure and total function of the evidence so far.

| state | only if |
|---|---|
| NOT SENT | nothing left this machine, and no read shows it all the same |
| CONFIRMED | a read requested after the end of the request shows what was wanted |
| PART FILLED, FILLED | such a read, the history or trades show that it traded; trades name the price |
| NOT FILLED | a FOK or IOC order ended without a trade |
| DIFFERENT | the order is there, and differs: each difference is named; or a trade of it was recalled |
| TWICE | more than one order is there: each is named |
| CONFLICT | somebody else's revision stands between, and it is not our own; or a position is not as expected |
| REJECTED | the server said no to this line; no read shows it, or only an order that somebody else may have changed |
| NOT FOUND | reads that would show it do not, so far |
| SENT, REFUSED, UNKNOWN | everything else: after an answer that accepts or refuses it, and without one |
"""

from collections.abc import Sequence

from pbtui.api.requests import OrderEntry
from pbtui.api.structs import replace
from pbtui.desk.journal.open_writes import SHOWN_WITHIN
from pbtui.desk.tickets.evidence import Evidence, Leaves, NothingLeft, Refusal, Waits, end_of, with_more
from pbtui.desk.tickets.judging.case import Case, case_of
from pbtui.desk.tickets.judging.change import change_verdict
from pbtui.desk.tickets.judging.entry import entry_verdict
from pbtui.desk.tickets.judging.traded import with_recalls, with_unattributed
from pbtui.desk.tickets.judging.withdrawal import withdrawal_verdict
from pbtui.desk.tickets.state import SENDING, State, Verdict
from pbtui.desk.tickets.ticket import TicketLine

NOT_FOUND_AFTER_S = SHOWN_WITHIN.total_seconds()
"""Absence counts in a read requested so long after the end of the request: exchanges show an order late."""


def verdict(line: TicketLine, evidence: Sequence[Evidence], *, not_found_after_s: float = NOT_FOUND_AFTER_S) -> Verdict:
    """Judge a line by the evidence so far. Called again with each new piece of evidence."""
    end = end_of(evidence)
    if end is None:
        last = next((item for item in reversed(evidence) if isinstance(item, Waits | Leaves)), None)
        return Verdict(State.WAITING, last.why) if isinstance(last, Waits) else SENDING
    case = case_of(line, tuple(evidence), end, not_found_after_s)
    if isinstance(end, NothingLeft) and not (case.sightings.shown and isinstance(line.request, OrderEntry)):
        return Verdict(State.NOT_SENT, end.why)
    return with_unattributed(case, with_recalls(case, _judged(case)))


def _judged(case: Case) -> Verdict:
    request = case.line.request
    if isinstance(request, OrderEntry):
        return entry_verdict(case, request)
    if request.changes.action.withdraws:
        return withdrawal_verdict(case, request)
    return change_verdict(case, request)


def refusal_of(line: TicketLine) -> Refusal | None:
    """The refusal of this line by its evidence so far: the error of the request, or one in the answer to it."""
    end = end_of(line.evidence)
    if end is None or isinstance(end, Refusal):
        return end
    case = case_of(line, line.evidence, end, NOT_FOUND_AFTER_S)
    if case.said_no is None:
        return None
    return Refusal(end.at_s, case.said_no, is_conflict=True, is_of_position=case.is_of_position)


def judged(line: TicketLine, *more: Evidence, not_found_after_s: float = NOT_FOUND_AFTER_S) -> TicketLine:
    """Return the line with more evidence, and the verdict that it allows now."""
    evidence = line.evidence
    for item in more:
        evidence = with_more(evidence, item)
    return replace(line, evidence=evidence, verdict=verdict(line, evidence, not_found_after_s=not_found_after_s))

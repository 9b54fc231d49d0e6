"""A kill in words: its headline, and what is to be known beside it."""

from collections.abc import Iterator
from datetime import datetime

from pbtui.desk.kill.plan import KillPlan, partial_scope
from pbtui.desk.kill.run import KillRun
from pbtui.desk.kill.view import Fate, Phase, counted

NOT_SEEN = "orders outside this key's view can't be seen"


def headline(phase: Phase, run: KillRun, initial: int | None, active: int | None, verified_at: datetime | None) -> str:
    """What is to be read first."""
    at = "" if verified_at is None else f"{verified_at:%H:%M:%S}.{verified_at.microsecond // 100_000}Z"
    if phase is Phase.FIRING:
        if run.calls.first_request_s is None:
            return "KILL DECIDED, " + ("SENDING" if initial else "READING WHAT IS ACTIVE")
        return "KILL SENT" + (f", {initial} ORDERS" if initial else "")
    if phase is Phase.VERIFYING:
        return f"KILL SENT, VERIFYING {counted(initial)} → {counted(active)}"
    if phase is Phase.VERIFIED:
        partial = ", PARTIAL SCOPE:" if partial_scope(run.plan, run.firing.fired) else ""
        return f"KILL VERIFIED{partial} 0 ACTIVE {at} ({run.verified_s:.1f} s)"
    if phase is Phase.REAPPEARED:
        return f"ORDERS RE-APPEARED: {active} ACTIVE, after 0 were at {at}"
    if phase is Phase.INCOMPLETE:
        return f"KILL INCOMPLETE: {active} STILL ACTIVE"
    if phase is Phase.REFUSED:
        return f"KILL REFUSED: {'NOBODY KNOWS WHAT IS' if active is None else f'{active} STILL'} ACTIVE"
    if run.read_trouble:
        return "KILL UNKNOWN: WHAT IS ACTIVE CAN'T BE READ"
    return f"KILL UNKNOWN: {'THE CALL WAS NOT ANSWERED' if run.owes_call else 'NOT VERIFIED IN TIME'}"


def notes(run: KillRun) -> Iterator[str]:
    """What limits the verdict, and where something else was done than planned."""
    plan = run.firing.fired
    partial = partial_scope(run.plan, plan)
    if partial:
        yield partial
    yield from run.firing.notes
    if run.is_lifted:
        live = sum(fate.fate.is_live for fate in run.book.fates.values())
        left = f"{live} active by the last read" if run.book.has_read else "what is active was not read since"
        yield f"re-armed meanwhile: firing ended; {left}"
    if run.refusal:
        yield f"the server refuses: {run.refusal}"
    if run.book.newcomers:
        count = len(run.book.newcomers)
        yield f"{count} {'order' if count == 1 else 'orders'} came, or came back, after the kill"
    if run.book.initial is None and run.calls.first_request_s is not None:
        yield "what was active before was not read"
    if run.book.has_read:
        yield _limits(plan)
    if plan.action.is_account_wide and plan.products:
        yield "orders do not tell their product: what is still active may be of others"
    fates = [fate.fate for fate in run.book.fates.values()]
    if fates.count(Fate.GONE):
        yield f"{fates.count(Fate.GONE)} left the list of active orders, the server does not tell how"


def troubles(run: KillRun) -> Iterator[str]:
    """What went wrong beside the kill itself."""
    yield from (trouble for trouble in (run.fault, run.read_trouble, run.writes_trouble) if trouble)


def _limits(plan: KillPlan) -> str:
    if plan.action.is_account_wide or not plan.portfolios:
        return f"read for the portfolios this key sees; {NOT_SEEN}"
    return f"read for {', '.join(plan.portfolios)} as this key sees them; {NOT_SEEN}"

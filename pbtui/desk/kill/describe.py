"""Texts about a kill: its headline, its notes, its problems, and one line for each order."""

from collections.abc import Iterator
from datetime import datetime

from pbtui.desk.kill.plan import KillPlan, partial_scope
from pbtui.desk.kill.run import KillRun
from pbtui.desk.kill.view import Fate, Phase, counted

NOT_SEEN = "orders that this key can't see are not included"


def headline(phase: Phase, run: KillRun, initial: int | None, active: int | None, verified_at: datetime | None) -> str:
    """The one line to read first: the phase, the number of active orders, and the time.

    `initial` and `active` count orders, None where they were not read.
    """
    at = "" if verified_at is None else f"{verified_at:%H:%M:%S}.{verified_at.microsecond // 100_000}Z"
    if phase is Phase.FIRING:
        if run.calls.first_request_s is None:
            return "KILL STARTED, " + ("SENDING" if initial else "READING ACTIVE ORDERS")
        return "KILL SENT" + (f", {initial} ORDERS" if initial else "")
    if phase is Phase.VERIFYING:
        return f"KILL SENT, VERIFYING {counted(initial)} → {counted(active)}"
    if phase is Phase.VERIFIED:
        partial = ", PARTIAL SCOPE:" if partial_scope(run.plan, run.firing.fired) else ""
        return f"KILL VERIFIED{partial} 0 ACTIVE {at} ({run.verified_s:.1f} s)"
    if phase is Phase.REAPPEARED:
        return f"ORDERS RE-APPEARED: {active} ACTIVE (0 AT {at})"
    if phase is Phase.INCOMPLETE:
        return f"KILL INCOMPLETE: {active} STILL ACTIVE"
    if phase is Phase.REFUSED:
        return f"KILL REFUSED: {'ACTIVE ORDERS NOT KNOWN' if active is None else f'{active} STILL ACTIVE'}"
    if run.read_trouble:
        return "KILL UNKNOWN: ACTIVE ORDERS CAN'T BE READ"
    return f"KILL UNKNOWN: {'THE KILL CALL DID NOT SUCCEED' if run.lacks_call_success else 'NOT VERIFIED IN TIME'}"


def notes(run: KillRun) -> Iterator[str]:
    """The limits of the verdict, and each difference from the plan."""
    plan = run.firing.fired
    partial = partial_scope(run.plan, plan)
    if partial:
        yield partial
    yield from run.firing.notes
    if run.is_lifted:
        live = sum(fate.fate.is_live for fate in run.book.fates.values())
        left = f"{live} orders active by the last read" if run.book.has_read else "active orders were not read since"
        yield f"the profile was re-armed during the kill, so firing has stopped; {left}"
    if run.refusal:
        yield f"the server refuses the kill: {run.refusal}"
    if run.book.newcomers:
        count = len(run.book.newcomers)
        yield f"{count} {'order' if count == 1 else 'orders'} appeared or re-appeared after the kill"
    if run.book.initial is None and run.calls.first_request_s is not None:
        yield "the orders active before the kill were not read"
    if run.book.has_read:
        yield _limits(plan)
    if plan.action.is_account_wide and plan.products:
        yield "an order does not name its product: the active orders may belong to other products"
    fates = [fate.fate for fate in run.book.fates.values()]
    if fates.count(Fate.GONE):
        yield f"{fates.count(Fate.GONE)} left the list of active orders; the server does not report their final state"


def troubles(run: KillRun) -> Iterator[str]:
    """Problems beside the kill itself: firing, reading, or writes still under way."""
    yield from (trouble for trouble in (run.fault, run.read_trouble, run.writes_trouble) if trouble)


def _limits(plan: KillPlan) -> str:
    if plan.action.is_account_wide or not plan.portfolios:
        return f"read for all portfolios this key can see; {NOT_SEEN}"
    return f"read for {', '.join(plan.portfolios)}; {NOT_SEEN}"

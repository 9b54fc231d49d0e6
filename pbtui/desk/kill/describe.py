"""Texts about a kill: its headline, its notes, its problems, and one line for each order."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pbtui.api.structs import replace
from pbtui.desk.formats.areas import area_name
from pbtui.desk.kill.calls import ANSWERED
from pbtui.desk.kill.certificate.fate import Fate
from pbtui.desk.kill.plan import AnyOrder, KillPlan, partial_scope
from pbtui.desk.kill.progress import NOT_SENT, Doubt, KillCall, KillView, Phase, counted
from pbtui.desk.kill.protocol.state import KillState
from pbtui.settings.kill import KillAction

NOT_SEEN = "orders that this key can't see are not included"
MOST_PLACES = 4


def headline(
    state: KillState,
    phase: Phase,
    first_request_s: float | None,
    last_call: KillCall | None,
    *,
    halt_is_kept: bool,
) -> str:
    """The one line to read first: the phase, the number of active orders, and the time.

    `first_request_s` is when the first byte of a kill request left, None if none did. `last_call` is the request of the
    plan that ended last.
    """
    book = state.book
    if phase is Phase.FIRING:
        if first_request_s is None:
            return "KILL STARTED, " + ("SENDING" if book.before else "READING ACTIVE ORDERS")
        return "KILL SENT" + (f", {len(book.before)} ORDERS" if book.before else "")
    if phase is Phase.VERIFYING:
        left = "SENT" if first_request_s is not None else "RESUMED" if state.resumes else "STARTED"
        return f"KILL {left}, VERIFYING {counted(book.initial)} → {counted(book.active)}"
    if phase is Phase.VERIFIED:
        return _verified(state) + ("" if halt_is_kept else ", BUT THE HALT IS NOT KEPT")
    if phase is Phase.REAPPEARED:
        return f"ORDERS RE-APPEARED: {book.active} ACTIVE{_within(state)} (0 AT {_verified_at(state)})"
    if phase is Phase.INCOMPLETE:
        return f"KILL INCOMPLETE: {book.active} STILL ACTIVE{_within(state)}"
    if phase is Phase.REFUSED:
        known = "ACTIVE ORDERS NOT KNOWN" if book.active is None else f"{book.active} STILL ACTIVE{_within(state)}"
        return f"KILL REFUSED: {known}"
    return f"KILL UNKNOWN: {_missing(state, last_call)}"


def _verified(state: KillState) -> str:
    if state.book.matches_nothing:
        return f"KILL VERIFIED, BUT ITS BOUNDS MATCH NO ORDER: {len(state.book.outside)} ACTIVE OUTSIDE"
    partial = ", PARTIAL SCOPE:" if partial_scope(state.plan, state.fired) else ""
    came = f", {state.came} CAME BACK MEANWHILE" if state.came else ""
    left = ", DEACTIVATED ORDERS MAY BE LEFT" if state.may_leave_deactivated else ""
    shown = f"0 ACTIVE{_within(state)} {_verified_at(state)} ({state.verified_s:.1f} s)"
    return f"KILL VERIFIED{partial} {shown}{came}{left}"


def _within(state: KillState) -> str:
    """The bounds of a number of active orders, and the active orders outside them; empty for a kill without bounds."""
    bound, outside = state.fired.bound, len(state.book.outside)
    if not bound:
        return ""
    return f" {bound}, {outside} outside" if outside else f" {bound}"


def _verified_at(state: KillState) -> str:
    at = verified_at(state)
    return "" if at is None else f"{at:%H:%M:%S}.{at.microsecond // 100_000}Z"


def verified_at(state: KillState) -> datetime | None:
    """The wall clock when it was verified."""
    if state.verified_s is None or state.started_at is None:
        return None
    return state.started_at + timedelta(seconds=state.verified_s)


def _missing(state: KillState, last_call: KillCall | None) -> str:
    """The evidence that is missing for a verdict."""
    if state.read_problem:
        return "ACTIVE ORDERS CAN'T BE READ"
    if state.owes_call:
        return f"THE KILL CALL DID NOT SUCCEED{'' if last_call is None else f' ({_result(last_call)})'}"
    if state.open_writes:
        writes = "WRITE" if state.open_writes == 1 else "WRITES"
        return f"{state.open_writes} {writes} OF THIS PROFILE MAY STILL LAND"
    if state.reading.look_up_problem and state.book.departed:
        return "ORDERS LEFT THE LIST AND CAN'T BE LOOKED UP"
    if state.book.is_unproven:
        return "ORDERS ARE NOT LISTED ANY MORE, AND NO FINAL STATE IS SEEN"
    return "NOT VERIFIED IN TIME"


def _result(call: KillCall) -> str:
    if call.status is not None:
        return f"STATUS {call.status}"
    return NOT_SENT if call.end.startswith(NOT_SENT) else "NO ANSWER"


def last_kill_call(calls: Sequence[KillCall], plan: KillPlan) -> KillCall | None:
    """The request of the plan that ended last; None if none did."""
    ended = (call for call in reversed(calls) if call.is_kill and call.end)
    return next((call for call in ended if plan.call.startswith(f"{call.method} {call.path}")), None)


def attempt_text(view: KillView) -> str:
    """The result of one attempt: its headline, and the number of its active orders before and after."""
    if view.phase in (Phase.FIRING, Phase.VERIFYING):
        return view.headline
    return f"{view.headline}, orders {counted(view.initial)} → {counted(view.active)}"


def notes(state: KillState, first_request_s: float | None) -> Iterator[str]:
    """The limits of the verdict, and each difference from the plan."""
    yield from (note for note in (partial_scope(state.plan, state.fired), *state.sending.notes) if note)
    yield from _during(state)
    yield from _reach(state, first_request_s)
    gone = [fate.fate for fate in state.book.fates.values()].count(Fate.GONE)
    if gone:
        yield f"{gone} left the list of active orders; the server does not report their final state"


def _during(state: KillState) -> Iterator[str]:
    """Events during the kill."""
    book = state.book
    if state.halting.is_lifted:
        live = sum(fate.fate.is_live for fate in book.fates.values())
        left = f"{live} orders active by the last read" if book.has_read else "active orders were not read since"
        yield f"the profile was re-armed during the kill, so firing has stopped; {left}"
    if state.sending.refusal:
        yield f"the server refuses the kill: {state.sending.refusal}"
    if book.newcomers:
        count = len(book.newcomers)
        yield f"{count} {'order' if count == 1 else 'orders'} appeared or re-appeared after the kill"


def _reach(state: KillState, first_request_s: float | None) -> Iterator[str]:
    """The reach of the verdict."""
    book, plan = state.book, state.fired
    if state.verified_s is not None and first_request_s is None:
        yield "this run sent no kill request: no order in scope was active"
    if book.initial is None and first_request_s is not None:
        yield f"the orders active before the kill were not {'all ' if book.before else ''}read"
    if book.has_read:
        yield _limits(plan)
        yield outside_text(book.outside)
    if state.may_leave_deactivated:
        yield _not_named(state)
    if plan.action.is_account_wide and plan.products:
        yield "an order does not name its product: the active orders may belong to other products"


def _not_named(state: KillState) -> str:
    named = ", ".join(state.named_portfolios)
    deleted = f"deactivated orders were deleted in {named} alone" if named else "no deactivated order was deleted"
    return f"{deleted}, and may be left in other portfolios: name the portfolios in the profile, and fire again"


def outside_text(outside: Sequence[AnyOrder]) -> str:
    """The active orders that the key sees outside the scope: `3 active orders outside: portfolio P1, area TNG`."""
    if not outside:
        return "no active order outside the scope"
    places = Counter(
        f"portfolio {order.portfolio_id or '?'}, area {area_name(order.delivery_area or '?')}" for order in outside
    )
    named = [f"{place} ({count})" if len(places) > 1 else place for place, count in places.most_common(MOST_PLACES)]
    more = len(places) - len(named)
    noun = "order" if len(outside) == 1 else "orders"
    return f"{len(outside)} active {noun} outside: {'; '.join(named)}{f'; and {more} places more' if more else ''}"


def problems(state: KillState, last_call: KillCall | None, team_problem: str = "") -> Iterator[str]:
    """Problems beside the kill itself: firing, reading, the halt, or writes that may still land.

    `team_problem` says why the store of the team does not answer; empty if it does.
    """
    yield from (problem for problem in (state.sending.problem, state.read_problem) if problem)
    has_failed = last_call is not None and not last_call.end.startswith(ANSWERED)
    if state.owes_call and last_call is not None and has_failed and not state.sending.refusal:
        yield f"{last_call.method} {last_call.path} did not succeed: {last_call.end}"
    if state.read_problem and not state.has_work and state.verified_s is None:
        yield _without_a_list(state)
    if state.reading.look_up_problem and state.book.departed:
        yield f"orders left the list of active orders and can't be looked up: {state.reading.look_up_problem}"
    if state.halting.has_vanished:
        yield "the halt was removed from disk and nobody re-armed the profile: it is written again, the kill goes on"
    if team_problem:
        yield team_problem
    elif state.writes.are_unknown:
        yield "the journal can't be read: another program's writes may still be under way"
    if state.writes.under_way and state.is_late:
        yield "a write still has no answer; it may enter an order later"
    if state.writes.unanswered:
        writes = "1 write" if state.writes.unanswered == 1 else f"{state.writes.unanswered} writes"
        yield (
            f"{writes} may still land: no answer came, or no read has shown it yet; look for the order, and keep the "
            "profile halted"
        )


def _without_a_list(state: KillState) -> str:
    """Say that no order is known, and which actions need no list of orders."""
    mine = replace(state.plan, action=KillAction.DELETE_MINE, portfolios=state.named_portfolios)
    everything = replace(state.plan, action=KillAction.DEACTIVATE_ALL)
    plans = [plan for plan in (mine, everything) if plan.action.is_account_wide or plan.portfolios]
    ways = "; ".join(f"{plan.action} ({plan.call}: {plan.scope})" for plan in plans)
    return (
        f"no order is known, so no request can name one. Actions that need no list of orders: {ways}. "
        "In the desk: o, then 2 or 3; on the command line: the same command with --action"
    )


def owed_text(plan: KillPlan) -> str:
    """Say that an earlier kill is still owed, and what to do."""
    return (
        f"an earlier kill was not verified and is not part of this one: {plan.call}, {plan.verb} {plan.scope}; "
        f"fire it too: action {plan.action}"
    )


def doubts(state: KillState) -> tuple[Doubt, ...]:
    """The questions that a verdict VERIFIED leaves open."""
    found = {
        Doubt.PARTIAL_SCOPE: bool(partial_scope(state.plan, state.fired)),
        Doubt.MATCHED_NOTHING: state.book.matches_nothing,
        Doubt.CAME_BACK: state.came > 0,
        Doubt.WRITES_NOT_KNOWN: state.writes.are_unknown,
        Doubt.DEACTIVATED_NOT_KNOWN: state.may_leave_deactivated,
    }
    return tuple(doubt for doubt, holds in found.items() if holds)


def _limits(plan: KillPlan) -> str:
    if plan.action.is_account_wide or not plan.portfolios:
        return f"read for all portfolios this key can see; {NOT_SEEN}"
    return f"read for {', '.join(plan.portfolios)}; {NOT_SEEN}"

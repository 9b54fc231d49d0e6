"""The verdict on a change or an activation of an order that was seen."""

from collections.abc import Iterator
from decimal import Decimal

from pbtui.api.codes import ModifyAction, OrderState
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.requests import OrderModifyItem
from pbtui.api.structs import replace
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.tickets.evidence import AnyOrder, Refusal
from pbtui.desk.tickets.judging.case import Case, executed_mw, is_filled, is_refused, version_of
from pbtui.desk.tickets.judging.reasons import (
    about,
    in_odd_state,
    may_have_gone_on,
    not_comparable,
    part_filled,
    still_open,
    traded_words,
    twice,
)
from pbtui.desk.tickets.judging.revisions import NOTHING_MW, Change, has_more_than_wanted, traded_mw_since
from pbtui.desk.tickets.judging.wanted import of_change
from pbtui.desk.tickets.state import State, Verdict

_NOT_WHOSE = "by this request or somebody else's, and has changed since"
_NOT_SHOWN = "whether the change was made is not shown"


def change_verdict(case: Case, item: OrderModifyItem) -> Verdict:
    """Judge a change by the evidence.

    A revision that shows it decides, whatever came after it. Without one, the order as it is now is compared with the
    revision the trader saw and with what the answer said: our own revision is nobody else's.
    """
    if len(case.sightings.live) > 1:
        return twice(case.sightings.live)
    change = Change(case, item, case.line.base, of_change(case.line.base, item.changes))
    newest = next(iter((*case.sightings.live, *case.sightings.resting, *case.sightings.ended)), None)
    if isinstance(newest, Order) and is_refused(newest):
        return about(State.REJECTED, f"the order ended: {order_event(newest.action)}", newest)
    shown = next((verdict for verdict in _as_wanted(change) if verdict is not None), None)
    if shown is not None:
        return shown
    if newest is None:
        return _absent(case)
    return _otherwise(change, newest)


# ---------------------------------------------------------------- a revision that shows the change


def _as_wanted(change: Change) -> Iterator[Verdict | None]:
    """The verdict of each revision that was read; None of one that does not show the change."""
    is_activation = change.item.changes.action is ModifyAction.ACTI
    for order in change.case.sightings.shown:
        if isinstance(order, Order) and (is_activation or version_of(order) != change.seen):
            yield _sighting(change, order)
    if change.case.is_accepted or _shows(change):
        yield from _of_history(change, change.later or [])


def _of_history(change: Change, later: list[Order]) -> Iterator[Verdict]:
    """The verdict of each later revision in the history that is as wanted.

    Without an answer it may be older than the request, and made by somebody else. So it proves nothing where the order
    is otherwise now, unless it has a new text of its own. An activation has no terms of its own.
    """
    is_activation = change.item.changes.action is ModifyAction.ACTI
    for index, order in enumerate(later):
        if change.wanted.differences(order, NOTHING_MW) or not change.may_be_ours(order):
            continue
        is_proved = change.case.is_accepted or change.is_marked(order)
        newest = next((live for live in change.case.sightings.live if isinstance(live, Order)), later[-1])
        traded_mw = executed_mw(later[index + 1 :], order.open_quantity_mw, order)
        if is_proved or not (is_activation or change.wanted.term_differences(newest)):
            yield _made(change.case, later[-1], traded_mw)
            continue
        traded = [traded_words(change.case, traded_mw, newest)] if traded_mw else []
        what = f"it was {'activated' if is_activation else 'as wanted'}, {_NOT_WHOSE}: {order_event(newest.action)}"
        yield about(State.UNKNOWN, "; ".join((*traded, what)), newest, traded_mw or None)
        return


def _shows(change: Change) -> bool:
    return change.shows_in_terms or change.shows_in_quantity


def _sighting(change: Change, order: Order) -> Verdict | None:
    if not _shows(change) and not change.case.is_accepted:
        return None  # the order looks the same either way, so that nothing but the answer can show it
    if not change.may_be_ours(order):
        return None
    traded_mw = traded_mw_since(change, order)
    if traded_mw is None:
        return None
    is_filled_as_wanted = is_filled(order) and (change.shows_in_terms or change.is_answered_as_wanted)
    if change.wanted.term_differences(order) if is_filled_as_wanted else change.wanted.differences(order, traded_mw):
        return None
    return _made(change.case, order, traded_mw)


def _made(case: Case, order: Order, traded_mw: Decimal | None) -> Verdict:
    """Return the verdict that the change was made. The reason names what has traded since."""
    if is_filled(order):
        return about(State.FILLED, traded_words(case, traded_mw, order), order, traded_mw, done=True)
    if traded_mw:
        return part_filled(case, order, traded_mw)
    return about(State.CONFIRMED, "", order, traded_mw, done=True)


# ---------------------------------------------------------------- none shows it


def _absent(case: Case) -> Verdict:
    """Judge a change if no read shows the order or one that replaced it."""
    if case.failure is not None and case.is_covered:
        return Verdict(State.REJECTED, case.failure)
    if case.is_late:
        return Verdict(State.NOT_FOUND, case.so_far("no read shows the order"))
    return still_open(case, None)


def _otherwise(change: Change, newest: AnyOrder) -> Verdict:
    if isinstance(newest, UnreadableOrder):
        state = State.DIFFERENT if newest.is_live else State.UNKNOWN
        return not_comparable(state, newest)
    if newest.state not in (OrderState.ACTI, OrderState.HIBE, OrderState.IACT):
        return in_odd_state(newest)
    if version_of(newest) == change.seen:
        return _unchanged(change, newest)
    if is_filled(newest):
        return _filled(change, newest)
    if newest.state == OrderState.IACT:
        if change.case.may_go_on(newest):
            return may_have_gone_on(change.case, [newest], change.traded_since_seen(newest))
        return _ended(change, newest)
    return _changed(change, newest)


def _ended(change: Change, order: Order) -> Verdict:
    """Judge a change by an order that has ended without a fill. It may have been changed before it ended.

    A change itself ends the order as deleted, and the one that takes its place can be listed late.
    """
    case, event = change.case, order_event(order.action)
    if case.failure is not None:
        return _refused(change, order)
    if not case.is_late and order.action.endswith("DEL"):
        return still_open(case, order)
    if case.is_accepted:
        return about(State.DIFFERENT, f"the order ended: {event}", order)
    if len(change.up_to(order) or ()) > 1:
        return about(State.CONFLICT, f"changed before it, and ended: {event}", order)
    return about(State.DIFFERENT, f"the order ended: {event}; {_NOT_SHOWN}", order)


def _unchanged(change: Change, order: Order) -> Verdict:
    case = change.case
    if case.failure is not None:
        return about(State.CONFLICT if case.is_of_position else State.REJECTED, case.failure, order)
    if not case.is_late:
        return still_open(case, order)
    if case.is_accepted:
        different = change.wanted.differences(order, NOTHING_MW) or ("the order has no new revision",)
        return about(State.DIFFERENT, case.so_far("; ".join(different)), order)
    return about(State.NOT_FOUND, case.so_far("the order is as it was"), order)


def _filled(change: Change, order: Order) -> Verdict:
    """Judge a change whose order has traded in full, if nothing shows that it was changed before."""
    later, failure = change.up_to(order), change.case.failure
    if later is None and failure is None and not change.case.is_late:
        return about(State.UNKNOWN, "filled; whether before or after the change is not shown", order)
    traded_mw = change.traded_since_seen(order)
    when = "filled before the change" if later is not None else "filled, before or after the change"
    if failure is not None:
        when = f"{failure}; filled"
    return about(State.FILLED, f"{when}: {traded_words(change.case, traded_mw, order)}", order, traded_mw)


def _is_answered(case: Case, order: Order) -> bool:
    """Return whether the answer named this very revision."""
    return version_of(order) in [version_of(answered) for answered in case.answered if isinstance(answered, Order)]


def _changed(change: Change, order: Order) -> Verdict:
    """Judge a change by an order whose revision is not the one the trader saw and does not show the change."""
    case, event = change.case, order_event(order.action)
    if case.failure is not None:
        return _refused(change, order)
    is_traced = change.up_to(order) is not None
    if traded_mw_since(change, order) is None and not is_traced and not has_more_than_wanted(change, order):
        return _of_unknown_quantity(change, order)
    if not is_traced and not case.is_late and change.is_answered_as_wanted and not _is_answered(case, order):
        return still_open(case, order)  # somebody else's revision may have followed ours: the history shows it
    if case.is_accepted or change.is_made_in_part:
        return _different(change, order)
    if is_traced:
        return about(State.CONFLICT, f"changed before it: {event}", order)
    reason = f"the order is at revision {order.revision_no} now ({event}); {_NOT_SHOWN}"
    return about(State.UNKNOWN, reason, order)


def _of_unknown_quantity(change: Change, order: Order) -> Verdict:
    """Judge a change by an order that has traded since. A changed term shows it, or more MW than before."""
    open_mw = order.open_quantity_mw
    before_mw = None if change.base is None else change.base.open_quantity_mw
    is_more = open_mw is not None and before_mw is not None and open_mw > before_mw
    is_of_terms_alone = change.shows_in_terms and not change.shows_in_quantity and change.may_be_ours(order)
    is_made = is_of_terms_alone and not change.wanted.term_differences(order)
    if open_mw is not None and (is_made or (is_more and change.case.is_late)):
        reason = f"a part traded, {quantity_text(open_mw)} MW open; how much traded is not shown"
        return about(State.PART_FILLED if change.case.is_late else State.UNKNOWN, reason, order)
    what = order_event(order.action).what
    return about(State.UNKNOWN, f"{what}: the open quantity does not show whether the change was made", order)


def _different(change: Change, order: Order) -> Verdict:
    """Return each difference, and what has traded since the trader saw the order."""
    traded_mw = change.traded_since_seen(order)
    by_figures = traded_mw_since(change, order)
    known_mw = traded_mw if by_figures is None else by_figures
    different = change.wanted.differences(order, known_mw or NOTHING_MW)
    traded = [traded_words(change.case, traded_mw, order)] if traded_mw else []
    return about(State.DIFFERENT, "; ".join((*traded, *different)), order, traded_mw)


def _refused(change: Change, order: Order) -> Verdict:
    """Judge a change that the server refused, by an order that has changed or ended since the trader saw it.

    One error for a list may be about another order of it. An order that a read showed as the trader saw it, after the
    refusal, was changed later: that was no conflict, unless the server said so.
    """
    case, end = change.case, change.case.end
    has_ended = order.state == OrderState.IACT
    was_as_seen = change.seen in map(version_of, case.sightings.shown)
    is_of_other = order.order_id != change.item.order_id or not isinstance(end, Refusal)
    is_conflict = (is_of_other and not was_as_seen) or (isinstance(end, Refusal) and end.is_conflict)
    traded_mw = traded_mw_since(change, order)
    terms = replace(order, state=change.wanted.state) if has_ended else order
    is_as_wanted = traded_mw is not None and not change.wanted.differences(terms, traded_mw)
    if is_as_wanted and has_ended and isinstance(end, Refusal) and end.is_of_list and _shows(change):
        state = State.DIFFERENT
    else:
        state = State.CONFLICT if is_conflict or case.is_of_position else State.REJECTED
    shown = f"the order {'ended' if has_ended else 'has changed'}{' since' if was_as_seen else ''}"
    if isinstance(end, Refusal) and end.is_conflict:
        shown = "before it"
    if is_as_wanted:
        shown = "but the order shows what was wanted"
    return about(state, f"{case.failure}; {shown}: {order_event(order.action)}", order)

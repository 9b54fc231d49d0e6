"""The verdict on a deactivation or a deletion: what leaves the market has to be seen out."""

from decimal import Decimal

from pbtui.api.codes import ModifyAction, OrderState
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModifyItem
from pbtui.desk.blotter.traded_quantity import is_quantity_changed
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.tickets.evidence import Answer, AnyOrder
from pbtui.desk.tickets.judging.candidates import name_of
from pbtui.desk.tickets.judging.case import Case, is_filled, traded_in_histories
from pbtui.desk.tickets.judging.reasons import (
    first_readable,
    ids_of,
    may_have_gone_on,
    said_of,
    still_open,
    traded_words,
)
from pbtui.desk.tickets.judging.traded import fills_since
from pbtui.desk.tickets.judging.wanted import TRADED_ACTIONS
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import TicketLine

_OUT_BY = {
    ModifyAction.DEAC: (OrderState.HIBE, OrderState.IACT),
    ModifyAction.DELE: (OrderState.IACT,),
}
"""The states of an order that a withdrawal has taken out."""


def is_by_absence(line: TicketLine) -> bool:
    """Return whether a withdrawal is confirmed although no read shows the order out of the market."""
    is_withdrawal = not isinstance(line.request, OrderEntry) and line.request.changes.action.withdraws
    return is_withdrawal and line.state is State.CONFIRMED and not line.verdict.order_ids


def shows_undone(line: TicketLine, order: AnyOrder) -> bool:
    """Return whether an active order shows that a withdrawal by absence was not done.

    One that was deactivated may have been activated since: in a newer revision than the answer's, or under another id.
    """
    item = line.request
    if isinstance(item, OrderEntry) or item.changes.action is ModifyAction.DELE:
        return True
    answered = (shown for end in line.evidence if isinstance(end, Answer) for shown in end.orders)
    out_no = next((shown.revision_no for shown in answered if shown.order_id == order.order_id), None)
    is_newer = out_no is not None and order.revision_no is not None and order.revision_no > out_no
    return order.order_id == item.order_id and not is_newer


def withdrawal_verdict(case: Case, item: OrderModifyItem) -> Verdict:
    """Judge a withdrawal by the evidence. It succeeded when no candidate is live any more."""
    sightings = case.sightings
    if sightings.live:
        return _not_done(case, sightings.live, "is still in the market", "are still in the market")
    gone = sightings.gone - {name_of(order) for order in (*sightings.resting, *sightings.ended)}
    if gone and not (gone == {item.order_id} and _is_done_by_absence(case, item)):
        return _gone(case, gone)
    if sightings.resting and item.changes.action is ModifyAction.DELE:
        return _not_done(case, sightings.resting, "is deactivated, not deleted", "are deactivated, not deleted")
    out = [*sightings.resting, *sightings.ended]
    may_go_on = [] if _is_answered_out(case, item) else [order for order in out if _may_go_on(case, order)]
    if may_go_on:
        return may_have_gone_on(case, may_go_on, _traded_mw(case, first_readable(may_go_on)))
    return _out(case, out) if out else _absent(case, item)


def _is_done_by_absence(case: Case, item: OrderModifyItem) -> bool:
    """Return whether a withdrawal succeeded of which early reads still listed the order, and later ones do not."""
    return case.is_accepted and not case.is_left_over and case.is_late and case.is_long_gone(item.order_id)


def _gone(case: Case, gone: frozenset[str]) -> Verdict:
    """The verdict on a withdrawal whose order a read showed live, and a later one does not show at all."""
    if not case.is_late:
        return still_open(case, None)
    shown = said_of(sorted(gone), "was there and is not listed now", "were there and are not listed now")
    return Verdict(State.UNKNOWN, case.so_far(shown))


def _is_answered_out(case: Case, item: OrderModifyItem) -> bool:
    """Return whether the server accepted the withdrawal, and each order in its answer is out of the market.

    A server can accept one and leave the order as it was, or name an order that took its place.
    """
    newest: dict[str, AnyOrder] = {}
    for order in sorted(case.answered, key=lambda order: order.revision_no or 0):
        newest[name_of(order)] = order
    is_out = all(order.state in _OUT_BY[item.changes.action] for order in newest.values())
    return case.is_accepted and bool(newest) and is_out


def _may_go_on(case: Case, order: AnyOrder) -> bool:
    """Return whether the order may be in the market under an id that no read has shown.

    A first id shows the newest order of a chain in every list of active orders. Without one, only a list with the
    orders between shows it. An order whose first id is its own may have gone on as one that has none. Only lists that
    were requested since it was seen ended show this.
    """
    if not case.may_go_on(order):
        return False
    has_own_first_id = order.initial_order_id == order.order_id
    traced_s = case.traced_s if has_own_first_id else case.live_covered_s
    return order.initial_order_id is None or traced_s < case.sightings.ended_s[name_of(order)]


def _not_done(case: Case, orders: list[AnyOrder], of_one: str, of_more: str) -> Verdict:
    """The verdict on candidates that the withdrawal should have ended, with the words for one and for several."""
    ids, order = ids_of(orders), first_readable(orders)
    shown = said_of(ids, of_one, of_more)
    if case.failure is not None:
        return Verdict(State.REJECTED, f"{case.failure}; {shown}", order, ids)
    if not case.is_late:
        return still_open(case, order)
    return Verdict(State.DIFFERENT if case.is_accepted else State.NOT_FOUND, case.so_far(shown), order, ids)


def _out(case: Case, out: list[AnyOrder]) -> Verdict:
    """Judge a withdrawal whose every candidate is seen out of the market: say how it left, and what traded before."""
    ids, order = ids_of(out), first_readable(out)
    filled = first_readable(filter(is_filled, out))
    traded_mw = _traded_mw(case, filled or order)
    if filled is not None:
        reason = f"filled before it could be taken out: {traded_words(case, traded_mw, filled)}"
        return Verdict(State.FILLED, reason, filled, ids, traded_mw)
    reasons = [] if order is None or not traded_mw else [f"{traded_words(case, traded_mw, order)} before"]
    if not case.is_accepted and order is not None:
        reasons.append(f"it is out: {order_event(order.action)}")
    return Verdict(State.CONFIRMED, "; ".join(reasons), order, ids, traded_mw, is_done=True)


def _traded_mw(case: Case, order: Order | None) -> Decimal | None:
    """Return the MW traded since the trader saw the order, by the orders, else by the trades; None if not shown."""
    by_orders = _traded_by_orders(case, order)
    return by_orders if by_orders is not None else fills_since(case).quantity_mw or None


def _traded_by_orders(case: Case, order: Order | None) -> Decimal | None:
    base = case.line.base
    if order is None or base is None:
        return None
    before = traded_in_histories(case, base)
    whole = traded_in_histories(case, order)
    if before is not None and whole is not None:
        return whole - before
    before_mw, open_mw = base.open_quantity_mw, order.open_quantity_mw
    if order.action not in TRADED_ACTIONS or before_mw is None or open_mw is None or is_quantity_changed(base, order):
        return None
    seen_no = base.revision_no if base.order_id == order.order_id else None
    return None if case.may_be_cut(order, entered_no=seen_no) else before_mw - open_mw


def _absent(case: Case, item: OrderModifyItem) -> Verdict:
    """Judge a withdrawal if no read shows the order in any state.

    A list of active orders can lack an active one. It counts at once only beside a read that asked for the order in any
    state; alone, where the server can't be asked for it, after a while. A later read corrects it: `is_by_absence`. Of
    an order that an earlier run withdrew it never counts: the key of this run may not see that order at all.
    """
    is_looked_for = case.is_covered or case.live_covered_s >= case.late_s
    if (
        case.is_accepted
        and not case.is_left_over
        and (case.is_late or (_is_answered_out(case, item) and is_looked_for))
    ):
        reason, answered = "it is not among the active orders any more", first_readable(case.answered)
        traded_mw = _traded_mw(case, None)
        if traded_mw and answered is not None:
            reason = f"{reason}; {traded_words(case, traded_mw, answered)} before"
        return Verdict(State.CONFIRMED, reason, answered, traded_mw=traded_mw, is_done=True)
    if case.failure is not None and case.is_covered:
        return Verdict(State.REJECTED, f"{case.failure}; no read shows the order")
    if case.is_late:
        return Verdict(State.NOT_FOUND, case.so_far("no read shows the order, active or not"))
    return still_open(case, None)

"""The verdict on a new order."""

from collections.abc import Sequence
from decimal import Decimal

from pbtui.api.codes import OrderState
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry
from pbtui.desk.blotter.traded_quantity import traded_mw as traded_between
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.vocabulary import order_event, orders_named
from pbtui.desk.tickets.evidence import AnyOrder
from pbtui.desk.tickets.judging.candidates import chain_of, name_of, parent_of
from pbtui.desk.tickets.judging.case import Case, ends_at_once, is_filled, is_refused, traded_in_histories
from pbtui.desk.tickets.judging.reasons import (
    about,
    first_readable,
    ids_of,
    in_odd_state,
    may_have_gone_on,
    not_comparable,
    part_filled,
    said_of,
    still_open,
    traded_words,
    twice,
)
from pbtui.desk.tickets.judging.traded import exact_price
from pbtui.desk.tickets.judging.wanted import TRADED_ACTIONS, of_entry
from pbtui.desk.tickets.state import State, Verdict

_FIRST_REVISION = 1
_ADDED_ACTIONS = frozenset({"UADD", "AADD", "SADD", "QADD"})
"""An order was entered, or got another id by a change."""
_NEXT_SLICE = "IADD"
"""An iceberg shows its next slice, because the one before has traded."""


def entry_verdict(case: Case, entry: OrderEntry) -> Verdict:
    """Judge a new order by the evidence.

    The first sighting as wanted decides, so that what happens to the order afterwards does not change the verdict. A
    second order with the token does if it is there or traded, and so does a refusal that comes later.
    """
    ended = case.sightings.ended
    there = [*case.sightings.live, *case.sightings.resting, *(order for order in ended if is_filled(order))]
    twins = [order for order in ended if order not in there and not _went_on(case, order)]
    traded = [*there, *(order for order in twins if _has_traded(case, entry, order))]
    may_have_traded = [order for order in twins if _has_traded(case, entry, order) is None]
    if len(traded) + len(may_have_traded) > 1:
        return _several(case, entry, traded, may_have_traded)
    verdicts = [_shown(case, entry, order) for order in case.sightings.shown]
    refused = next((order for order in ended if is_refused(order)), None)
    if refused is not None and not (traded or may_have_traded):
        return _of_ended(case, entry, refused) if isinstance(refused, Order) else _absent(case, entry)
    done = next((verdict for verdict in verdicts if verdict.is_done or verdict.state is State.NOT_FILLED), None)
    if done is not None:
        return done
    newest = [*traded, *ended]
    return _shown(case, entry, newest[0]) if newest else _absent(case, entry)


def _went_on(case: Case, order: AnyOrder) -> bool:
    """Return whether an order that has ended is an earlier id of another one, which may name its first id alone."""
    others = (other for other in case.sightings.newest.values() if name_of(other) != name_of(order))
    return any(chain_of(other) == chain_of(order) for other in others)


def _has_traded(case: Case, entry: OrderEntry, order: AnyOrder) -> bool | None:
    """Return whether an order that has ended traded; None if that is not known."""
    if not isinstance(order, Order) or is_refused(order):
        return False
    if order.action in TRADED_ACTIONS or any(fill.order_id == order.order_id for fill in case.fills.each):
        return True
    traded_mw = _traded_by_orders(case, entry, order)
    return None if traded_mw is None else traded_mw > 0


def _several(case: Case, entry: OrderEntry, traded: Sequence[AnyOrder], may_have: Sequence[AnyOrder]) -> Verdict:
    """Judge several orders with the token of one: those there or traded, and those that ended and may have traded."""
    orders = [*traded, *may_have]
    if _may_be_one(case, entry, orders):
        there = [order for order in orders if isinstance(order, Order) and order.state != OrderState.IACT]
        is_known = all(_traded_by_orders(case, entry, order) is not None for order in there)
        how_much = "together they are not more than was wanted" if is_known else "how much traded is not shown"
        reason = f"have its token; one may be an earlier id of the other: {how_much}"
    elif len(traded) > 1 or case.is_late:
        return twice(traded if len(traded) > 1 else orders)
    else:
        reason = "have its token; whether the one that ended traded is not shown"
    ids = ids_of(orders)
    return Verdict(State.UNKNOWN, f"{orders_named(ids)} {reason}", first_readable(orders), ids)


def _may_be_one(case: Case, entry: OrderEntry, orders: Sequence[AnyOrder]) -> bool:
    """Return whether orders may be one that was changed, at a server that does not name what it was before.

    A change ends the earlier id as deleted. What is open and what traded are then together at most what was wanted.
    """
    newest, *earlier = sorted(orders, key=lambda order: order.state == OrderState.IACT)
    if newest.initial_order_id or parent_of(newest):
        return False
    if not all(isinstance(order, Order) and order.action.endswith("DEL") for order in earlier):
        return False
    known = [order for order in orders if isinstance(order, Order) and order.open_quantity_mw is not None]
    open_mw = sum((order.open_quantity_mw or 0 for order in known if order.state != OrderState.IACT), Decimal(0))
    traded_mw = sum((_most_traded_mw(case, entry, order) for order in known), Decimal(0))
    at_most_mw = open_mw + max(traded_mw, case.fills.quantity_mw or Decimal(0))
    return len(known) == len(orders) and at_most_mw <= entry.quantity


def _most_traded_mw(case: Case, entry: OrderEntry, order: Order) -> Decimal:
    traded_mw = _traded_by_orders(case, entry, order)
    if traded_mw is not None or order.state != OrderState.IACT:
        return traded_mw or Decimal(0)
    return max(entry.quantity - (order.open_quantity_mw or 0), Decimal(0))


def _shown(case: Case, entry: OrderEntry, order: AnyOrder) -> Verdict:
    """Judge by one sighting."""
    if isinstance(order, UnreadableOrder):
        state = State.DIFFERENT if order.is_live or order.state == OrderState.HIBE else State.UNKNOWN
        return not_comparable(state, order)
    if order.state == OrderState.IACT:
        return _of_ended(case, entry, order)
    if order.state not in (OrderState.ACTI, OrderState.HIBE):
        return in_odd_state(order)
    if ends_at_once(entry) and not case.is_late:
        return about(State.SENT, "it is still active, and should end at once", order)
    traded_mw = _traded_mw(case, entry, order)
    different = of_entry(entry).differences(order, traded_mw)
    if ends_at_once(entry):
        different = ("still active, wanted to trade at once or end", *different)
    if different:
        return about(State.DIFFERENT, "; ".join(different), order, traded_mw)
    if traded_mw is None:
        return _of_unknown_quantity(case, order)
    if traded_mw:
        return part_filled(case, order, traded_mw)
    return about(State.CONFIRMED, "", order, traded_mw, done=True)


def _of_unknown_quantity(case: Case, order: Order) -> Verdict:
    """Judge an order of which less is open than wanted, and nothing shows whether the rest traded."""
    open_mw = f"{quantity_text(order.open_quantity_mw)} MW open"
    if order.action in TRADED_ACTIONS:
        state = State.PART_FILLED if case.is_late else State.UNKNOWN
        return about(state, f"a part traded, {open_mw}; how much traded is not shown", order)
    state = State.DIFFERENT if case.is_late else State.UNKNOWN
    return about(state, f"{open_mw}; whether the rest traded is not shown", order)


def _of_ended(case: Case, entry: OrderEntry, order: Order) -> Verdict:
    how = str(order_event(order.action))
    traded_mw = _traded_mw(case, entry, order)
    if is_filled(order):
        return _of_filled(case, entry, order, traded_mw)
    if case.may_go_on(order) and not ends_at_once(entry):
        return may_have_gone_on(case, [order], traded_mw)
    if traded_mw:
        different = of_entry(entry).term_differences(order)
        reason = "; ".join((f"{traded_words(case, traded_mw, order)}, the rest ended: {how}", *different))
        state = State.DIFFERENT if different else State.PART_FILLED
        return about(state, reason, order, traded_mw, done=ends_at_once(entry) and not different)
    if is_refused(order):
        return about(State.REJECTED, case.failure or how, order, traded_mw)
    if traded_mw is None and order.action in TRADED_ACTIONS:
        state = State.PART_FILLED if case.is_late else State.UNKNOWN
        return about(state, "a part traded, and it ended; how much traded is not shown", order)
    if traded_mw is None:
        return about(State.UNKNOWN, f"it ended ({how}); whether it traded is not shown", order)
    if ends_at_once(entry):
        return about(State.NOT_FILLED, f"nothing traded: {how}", order, traded_mw)
    if order.action == "SDEL":
        return about(State.REJECTED, case.failure or how, order, traded_mw)
    return about(State.DIFFERENT, f"it has ended: {how}", order, traded_mw)


def _of_filled(case: Case, entry: OrderEntry, order: Order, traded_mw: Decimal | None) -> Verdict:
    different = of_entry(entry).term_differences(order)
    if traded_mw not in (None, entry.quantity):
        different = (*different, f"traded {quantity_text(traded_mw)} MW, wanted {quantity_text(entry.quantity)} MW")
    if different:
        return about(State.DIFFERENT, f"filled, but {'; '.join(different)}", order, traded_mw)
    if traded_mw is None:
        state = State.FILLED if case.is_late else State.UNKNOWN
        return about(state, "filled; how much traded is not shown", order)
    return about(State.FILLED, traded_words(case, traded_mw, order), order, traded_mw, done=True)


def _absent(case: Case, entry: OrderEntry) -> Verdict:
    """Judge a new order if no read shows a candidate."""
    answered = first_readable(case.answered)
    if case.look_alikes:
        return _look_alike(case.look_alikes)
    if case.gone:
        gone = sorted(filter(None, case.gone))
        return Verdict(
            State.UNKNOWN, said_of(gone, "was there and is not listed now", "were there and are not listed now")
        )
    if case.fills.quantity_mw:
        return _only_traded(case, entry, case.fills.quantity_mw, answered)
    if case.failure is not None and case.is_covered:
        return Verdict(State.CONFLICT if case.is_of_position else State.REJECTED, case.failure, answered)
    if case.is_late:
        return Verdict(State.NOT_FOUND, case.so_far("no read shows it"), answered)
    if answered is not None and is_filled(answered) and case.is_accepted and case.histories:
        return _of_ended(case, entry, answered)
    return still_open(case, answered)


def _look_alike(orders: Sequence[Order]) -> Verdict:
    """Judge a new order that no read shows, by orders that may be it. One that has ended may have gone on or traded."""
    ids, one, more = ids_of(orders), "looks like it", "look like it"
    if all(order.state == OrderState.IACT for order in orders):
        one, more = f"{one} and has ended", f"{more} and have ended"
    reason = said_of(
        ids,
        f"{one}, but its text has no token: check it before sending again",
        f"{more}, but their texts have no token: check them before sending again",
    )
    return Verdict(State.UNKNOWN, reason, orders[0], ids)


def _only_traded(case: Case, entry: OrderEntry, traded_mw: Decimal, answered: Order | None) -> Verdict:
    """Judge a new order that no read shows, by its trades: of all of it, or of a part while the rest may appear."""
    ids = tuple(dict.fromkeys(fill.order_id for fill in case.fills.each if fill.order_id))
    words = f"{quantity_text(traded_mw)} MW traded at {exact_price(case, traded_mw) or 'a price not shown'}"
    if traded_mw >= entry.quantity:
        return Verdict(State.FILLED, words, answered, ids, traded_mw, is_done=traded_mw == entry.quantity)
    state = State.PART_FILLED if case.is_late else State.UNKNOWN
    return Verdict(state, f"{words}; no read shows the rest", answered, ids, traded_mw)


# ---------------------------------------------------------------- what traded


def _traded_mw(case: Case, entry: OrderEntry, order: Order) -> Decimal | None:
    """Return the traded MW of a new order; None if neither its history, its own figures nor the trades show them.

    Of an order that has ended, trades show more than figures that hide a fill. They decide alone only once they make up
    what is not open any more, or late: more reports may come.
    """
    by_orders, by_trades = _traded_by_orders(case, entry, order), case.fills.quantity_mw
    has_ended = order.state == OrderState.IACT
    if not by_trades or (by_orders is not None and not has_ended):
        return by_orders
    if by_orders is None:
        open_mw = Decimal(0) if is_filled(order) else order.open_quantity_mw
        is_all = open_mw is not None and by_trades + open_mw == entry.quantity
        return by_trades if is_all or (has_ended and case.is_late) else None
    return max(by_orders, by_trades)


def _is_as_entered(order: Order) -> bool:
    """Return whether nothing has happened to an order yet. Under an earlier id it may have traded."""
    is_first_id = parent_of(order) is None and order.initial_order_id in (None, order.order_id)
    return is_first_id and order.state != OrderState.IACT and order.action in _ADDED_ACTIONS


def _traded_by_orders(case: Case, entry: OrderEntry, order: Order) -> Decimal | None:
    """Return the traded MW by the history, else by the order's own figures, else by those of the answer."""
    from_history = traded_in_histories(case, order, from_entry=True)
    if from_history is not None:
        return from_history
    open_mw, has_traded = order.open_quantity_mw, order.action in TRADED_ACTIONS
    if open_mw is None:
        return None
    if not has_traded and (open_mw == entry.quantity or _is_as_entered(order)):
        return Decimal(0)
    if case.may_be_cut(order, entered_no=_FIRST_REVISION):
        return None
    if order.initial_quantity is not None and (has_traded or order.action == _NEXT_SLICE):
        return max(order.initial_quantity - open_mw, Decimal(0))
    if is_filled(order):
        return None
    answered = (shown for shown in case.answered if isinstance(shown, Order) and shown.order_id == order.order_id)
    before = next((shown for shown in answered if shown.action not in TRADED_ACTIONS), None)
    return None if before is None else traded_between(before, order)

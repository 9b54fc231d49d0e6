"""The verdict on a new order."""

from decimal import Decimal

from pbtui.api.models import Order, OrderEntry, OrderState
from pbtui.api.snapshot import UnreadableOrder
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.vocabulary import UNREADABLE, order_event
from pbtui.desk.tickets.evidence import AnyOrder
from pbtui.desk.tickets.judging.case import (
    Case,
    ends_at_once,
    executed_mw,
    is_filled,
    is_refused,
    name_of,
    unreadable_words,
    version_of,
)
from pbtui.desk.tickets.judging.wanted import TRADED_ACTIONS, of_entry
from pbtui.desk.tickets.state import State, Verdict


def entry_verdict(case: Case, entry: OrderEntry) -> Verdict:
    """Judge a new order by the evidence.

    The first sighting as wanted decides, so that what happens to the order afterwards does not change the verdict. A
    second order with the token does, and so does a refusal that comes later.
    """
    standing = [*case.sightings.live, *case.sightings.resting]
    there = [*standing, *(order for order in case.sightings.ended if is_filled(order))]
    if len(there) > 1:
        return twice(there)
    verdicts = [_shown(case, entry, order) for order in case.sightings.shown]
    refused = next((order for order in case.sightings.ended if is_refused(order)), None)
    if refused is not None and not there:
        return _of_ended(case, entry, refused) if isinstance(refused, Order) else _absent(case, entry)
    done = next((verdict for verdict in verdicts if verdict.is_done or verdict.state is State.NOT_FILLED), None)
    if done is not None:
        return done
    newest = [*there, *case.sightings.ended]
    return _shown(case, entry, newest[0]) if newest else _absent(case, entry)


def twice(there: list[AnyOrder]) -> Verdict:
    """More than one order is there: each is named."""
    ids = tuple(name_of(order) for order in there)
    first = next((order for order in there if isinstance(order, Order)), None)
    reason = f"{len(ids)} orders are there instead of one: {', '.join(ids)}. Take out what is too much"
    return Verdict(State.TWICE, reason, first, ids)


def _shown(case: Case, entry: OrderEntry, order: AnyOrder) -> Verdict:
    """Judge by one sighting."""
    if isinstance(order, UnreadableOrder):
        state = State.DIFFERENT if order.is_live or order.state == OrderState.HIBE else State.UNKNOWN
        return Verdict(state, unreadable_words(order), None, (name_of(order),))
    if order.state == OrderState.IACT:
        return _of_ended(case, entry, order)
    if order.state not in (OrderState.ACTI, OrderState.HIBE):
        reason = f"the state of order {order.order_id} is {order.state or UNREADABLE}: {order_event(order.action)}"
        return Verdict(State.UNKNOWN, reason, order, (name_of(order),))
    if ends_at_once(entry) and not case.is_late:
        return Verdict(State.SENT, "it is still active, and should end at once", order, (name_of(order),))
    traded_mw = _traded_mw(case, entry, order)
    different = of_entry(entry).differences(order, traded_mw)
    if ends_at_once(entry):
        different = ("still active, wanted to trade at once or end", *different)
    if different:
        return Verdict(State.DIFFERENT, "; ".join(different), order, (name_of(order),), traded_mw)
    if traded_mw:
        reason = f"{traded_words(traded_mw, order)}, {quantity_text(order.open_quantity_mw)} MW open"
        return Verdict(State.PART_FILLED, reason, order, (name_of(order),), traded_mw, is_done=True)
    return Verdict(State.CONFIRMED, "", order, (name_of(order),), traded_mw, is_done=True)


def _of_ended(case: Case, entry: OrderEntry, order: Order) -> Verdict:
    ids, how = (name_of(order),), str(order_event(order.action))
    traded_mw = _traded_mw(case, entry, order)
    if is_filled(order):
        return _of_filled(case, entry, order, traded_mw)
    if traded_mw:
        different = of_entry(entry).term_differences(order)
        reason = "; ".join((f"{traded_words(traded_mw, order)}, the rest ended: {how}", *different))
        state = State.DIFFERENT if different else State.PART_FILLED
        return Verdict(state, reason, order, ids, traded_mw, is_done=ends_at_once(entry) and not different)
    if is_refused(order):
        return Verdict(State.REJECTED, case.failure or how, order, ids, traded_mw)
    if traded_mw is None:
        return Verdict(State.UNKNOWN, f"it ended ({how}); whether it traded is not shown", order, ids)
    if ends_at_once(entry):
        return Verdict(State.NOT_FILLED, f"nothing traded: {how}", order, ids, traded_mw)
    if order.action == "SDEL":
        return Verdict(State.REJECTED, case.failure or how, order, ids, traded_mw)
    return Verdict(State.DIFFERENT, f"it has ended: {how}", order, ids, traded_mw)


def _of_filled(case: Case, entry: OrderEntry, order: Order, traded_mw: Decimal | None) -> Verdict:
    ids, different = (name_of(order),), of_entry(entry).term_differences(order)
    if traded_mw not in (None, entry.quantity):
        different = (*different, f"traded {quantity_text(traded_mw)} MW, wanted {quantity_text(entry.quantity)} MW")
    if different:
        return Verdict(State.DIFFERENT, f"filled, but {'; '.join(different)}", order, ids, traded_mw)
    if traded_mw is None:
        state = State.FILLED if case.is_late else State.UNKNOWN
        return Verdict(state, "filled; how much traded is not shown", order, ids)
    return Verdict(State.FILLED, traded_words(traded_mw, order), order, ids, traded_mw, is_done=True)


def _absent(case: Case, entry: OrderEntry) -> Verdict:
    """No read shows a candidate."""
    answered = next((order for order in case.answered if isinstance(order, Order)), None)
    if case.look_alikes:
        ids = tuple(name_of(order) for order in case.look_alikes)
        reason = f"order {', '.join(ids)} looks like it, but its text has no token: check it before sending again"
        return Verdict(State.UNKNOWN, reason, case.look_alikes[0], ids)
    if case.sightings.gone:
        return Verdict(State.UNKNOWN, f"order {', '.join(sorted(case.sightings.gone))} was there and is not listed now")
    if case.failure is not None and case.is_covered:
        return Verdict(State.REJECTED, case.failure, answered)
    if case.is_late:
        was = "the server accepted it, but" if case.is_accepted else f"{case.why_open()};" if case.why_open() else ""
        reason = f"{was} {case.covered_s - case.end.at_s:.0f} s later no read shows it".strip()
        return Verdict(State.NOT_FOUND, reason, answered)
    if answered is not None and is_filled(answered) and case.is_accepted and case.histories:
        return _of_ended(case, entry, answered)
    return still_open(case, answered)


def still_open(case: Case, order: Order | None) -> Verdict:
    """Nothing is shown yet: accepted, refused, or not known."""
    state = State.SENT if case.is_accepted else State.UNKNOWN if case.failure is None else State.REFUSED
    return Verdict(state, case.why_open(), order, () if order is None else (name_of(order),))


# ---------------------------------------------------------------- what traded


def traded_words(traded_mw: Decimal | None, order: Order) -> str:
    """Return the traded MW and the limit: `2.0 MW traded at 45.10 or better`."""
    traded = "it" if traded_mw is None else f"{quantity_text(traded_mw)} MW"
    return f"{traded} traded at {price_text(order.price)} or better" if order.price is not None else f"{traded} traded"


def _traded_mw(case: Case, entry: OrderEntry, order: Order) -> Decimal | None:
    """Return the traded MW of a new order, by its history or its own figures; None if neither shows them."""
    from_history = traded_in_histories(case, order, entry.quantity)
    if from_history is not None:
        return from_history
    open_mw, has_traded = order.open_quantity_mw, order.action in TRADED_ACTIONS
    if open_mw is None:
        return None
    if order.state == OrderState.IACT and not has_traded:
        return Decimal(0) if open_mw == entry.quantity else None
    if has_traded and order.initial_quantity is not None:
        return max(order.initial_quantity - open_mw, Decimal(0))
    if is_filled(order):
        return None
    return max(entry.quantity - open_mw, Decimal(0)) if has_traded else Decimal(0)


def traded_in_histories(case: Case, order: Order, before_mw: Decimal | None) -> Decimal | None:
    """Return the MW traded up to this revision, by a history that contains it; None without one.

    `before_mw` is the open quantity before the history begins.
    """
    for read in reversed(case.histories):
        revisions = [revision.order for revision in read.history.revisions if revision.replaced_by is None]
        versions = [version_of(known) for known in revisions]
        if version_of(order) in versions:
            return executed_mw(revisions[: versions.index(version_of(order)) + 1], before_mw)
    return None

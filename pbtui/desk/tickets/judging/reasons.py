"""Verdicts that new orders, changes and withdrawals share, and their reasons in words."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from pbtui.api.codes import OrderState
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.vocabulary import UNREADABLE, order_event, orders_named
from pbtui.desk.tickets.evidence import AnyOrder
from pbtui.desk.tickets.judging.candidates import name_of
from pbtui.desk.tickets.judging.case import Case
from pbtui.desk.tickets.judging.traded import exact_price
from pbtui.desk.tickets.state import State, Verdict


def about(
    state: State, reason: str, order: Order | None, traded_mw: Decimal | None = None, *, done: bool = False
) -> Verdict:
    """A verdict on this one order; None if there is none."""
    return Verdict(state, reason, order, () if order is None else ids_of([order]), traded_mw, done)


def still_open(case: Case, order: Order | None) -> Verdict:
    """Return the verdict while no read decides: by the answer accepted, refused, or not known."""
    state = State.SENT if case.is_accepted else State.UNKNOWN if case.failure is None else State.REFUSED
    return about(state, case.why_open(), order)


def may_have_gone_on(case: Case, orders: Sequence[AnyOrder], traded_mw: Decimal | None) -> Verdict:
    """Return the verdict on orders that have ended, while one may be in the market under an id that no read has shown.

    Where no list can show that id, the verdict says so after a while.
    """
    order = first_readable(orders)
    so_far_mw = traded_mw or None
    traded = [traded_words(case, so_far_mw, order)] if so_far_mw and order is not None else []
    if not all(case.is_long_ended(each) for each in orders):
        found = still_open(case, order)
        return replace(found, reason="; ".join(filter(None, (found.reason, *traded))), traded_mw=so_far_mw)
    how = said_of(ids_of(orders), "has ended", "have ended")
    ends = ", ".join(dict.fromkeys(str(order_event(each.action)) for each in orders if isinstance(each, Order)))
    ended = f"{how}: {ends}" if ends else how
    went_on = "went on under another id is not shown"
    unknown = f"whether it {went_on}" if traded_mw is not None else f"whether it traded or {went_on}"
    reason = "; ".join(filter(None, (case.failure, *traded, ended, unknown)))
    return Verdict(State.UNKNOWN, reason, order, ids_of(orders), so_far_mw)


def twice(there: Sequence[AnyOrder]) -> Verdict:
    """Return the verdict on more than one order where one was wanted. It names each."""
    ids = ids_of(there)
    are = "are there, or have traded," if any(order.state == OrderState.IACT for order in there) else "are there"
    reason = f"{len(there)} orders {are} instead of one: {', '.join(ids)}. Take out what is too much"
    return Verdict(State.TWICE, reason, first_readable(there), ids)


def part_filled(case: Case, order: Order, traded_mw: Decimal) -> Verdict:
    """Return the verdict on an order that is as wanted and has traded in part."""
    reason = f"{traded_words(case, traded_mw, order)}, {quantity_text(order.open_quantity_mw)} MW open"
    return about(State.PART_FILLED, reason, order, traded_mw, done=True)


def in_odd_state(order: Order) -> Verdict:
    """Return the verdict on an order whose state is unknown or can't be read."""
    shown = f"{order.state or UNREADABLE}: {order_event(order.action)}"
    return about(State.UNKNOWN, f"the state of {orders_named(ids_of([order]))} is {shown}", order)


def not_comparable(state: State, order: UnreadableOrder) -> Verdict:
    """The order is there, and can't be compared with what was wanted."""
    reason = f"order {name_of(order)} is there, but it can't be compared: {order.reason}"
    return Verdict(state, reason, None, ids_of([order]))


# ---------------------------------------------------------------- orders in words


def ids_of(orders: Iterable[AnyOrder]) -> tuple[str, ...]:
    """The ids of these orders. An order that was refused before the exchange gave it an id has none."""
    return tuple(name for order in orders if (name := name_of(order)))


def first_readable(orders: Iterable[AnyOrder]) -> Order | None:
    """The first of these orders that could be read."""
    return next((order for order in orders if isinstance(order, Order)), None)


def said_of(ids: Sequence[str], of_one: str, of_more: str) -> str:
    """Return a sentence about these orders: `order 7 is active`, `orders 7, 8 are active`."""
    return f"{orders_named(ids)} {of_one if len(ids) < 2 else of_more}"


def traded_words(case: Case, traded_mw: Decimal | None, order: Order) -> str:
    """Return the traded MW and the price by the trades; until they show it, the limit: `traded at 45.10 or better`."""
    traded = "it" if traded_mw is None else f"{quantity_text(traded_mw)} MW"
    if price := exact_price(case, traded_mw):
        return f"{traded} traded at {price}"
    return f"{traded} traded at {price_text(order.price)} or better" if order.price is not None else f"{traded} traded"

"""Undo: the inverse of the last change of this run, for the ordinary preview.

| what a read has confirmed | its inverse |
|---|---|
| a change | the former value of each field that it changed |
| a deactivation | the activation |
| an activation | the deactivation |
| an entry | the deletion of what still stands of it |
| a deletion, a fill, what was not confirmed | none |

An order is changed back from what it is now. What somebody else has changed since is named. What traded since counts
towards the former quantity: the order never trades more in total than it would have without the change. A withdrawal
is meant for the order however it has changed.

What came before a kill is not put back if that can bring quantity into the market: the kill is the later wish. A
withdrawal stays possible, with a warning.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pbtui.api.codes import ModifyAction, OrderState, OrderType, ValidityRestriction
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.api.sanitize import safe_text
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.desk.blotter.traded_quantity import may_be_cut
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.order_fields import FIELDS, GUARDS
from pbtui.desk.formats.request_fields import CHANGE_FIELDS
from pbtui.desk.formats.time_format import kept_time
from pbtui.desk.formats.vocabulary import order_event, orders_named
from pbtui.desk.tickets.judging.case import version_of
from pbtui.desk.tickets.judging.wanted import TRADED_ACTIONS, Wanted, of_change
from pbtui.desk.tickets.state import UNDONE_STATES
from pbtui.desk.tickets.ticket import ACTION_CODES, Action, Ticket, TicketLine, change_line

Find = Callable[[str], Row | None]
"""Returns the row of an order with this key, as the last read showed it."""

_INVERSE = {
    Action.ADD: Action.DELETE,
    Action.MODIFY: Action.MODIFY,
    Action.ACTIVATE: Action.DEACTIVATE,
    Action.DEACTIVATE: Action.ACTIVATE,
}
_AFTER_A_KILL = "a kill came since. Restore after a kill… (in the palette), Activate and Edit bring orders back"
_VALIDITY = ("validity_res", "validity_date")
_ICEBERG_ONLY = ("display_qty", "ppd")


class NoInverse(Exception):
    """An order can't be put back. The text says why, without the order, and then what can be done.

    The line of news cuts it on a narrow screen, so the reason is short and comes first.
    """


@dataclass(frozen=True, slots=True)
class Undo:
    """Inverse of a ticket.

    `why_not` has a sentence for each order that can't be put back. `since` has one for each order that is not as the
    ticket left it.
    """

    action: Action
    lines: tuple[TicketLine, ...]
    why_not: tuple[str, ...]
    since: tuple[str, ...]


def last_change(tickets: Iterable[Ticket]) -> Ticket | None:
    """Return the newest ticket of this run that may have changed something; None if there is none.

    `tickets` are those of the desk, the oldest first.
    """
    return next((ticket for ticket in reversed(tuple(tickets)) if _may_have_changed(ticket)), None)


def _may_have_changed(ticket: Ticket) -> bool:
    return any(line.state not in UNDONE_STATES and not line.was_left_over for line in ticket.lines)


def inverse(ticket: Ticket, find: Find, now: datetime, killed_at: datetime | None = None) -> Undo:
    """Return what puts the orders of a ticket back, as far as that is possible at this time.

    `killed_at` is the time of the newest kill that this run has seen.
    """
    action = _INVERSE.get(ticket.action, ticket.action)
    times = _kill_since(ticket, killed_at, now)
    if times and action.increases_risk:
        return Undo(action, (), (f"{_AFTER_A_KILL}. The kill was {times}",), ())
    lines: list[TicketLine] = []
    why_not: list[str] = []
    since = [f"a kill came since, {times}"] if times else []
    for line in ticket.lines:
        try:
            order = _standing(ticket.action, line, find)
            lines.append(change_line(order, _changes_back(ticket.action, line, order, now)))
        except NoInverse as reason:
            why_not.append(safe_text(f"{reason} ({_name(line)})"))
            continue
        if action.increases_risk and (differences := _differences(line, order)):
            event = order_event(order.action)
            since.append(safe_text(f"{_name(line)} is not as you left it: {'; '.join(differences)} ({event})"))
    return Undo(action, tuple(lines), tuple(why_not), tuple(since))


def _kill_since(ticket: Ticket, killed_at: datetime | None, now: datetime) -> str:
    """Return the times of the kill and of the change before it; empty if no kill came since."""
    if killed_at is None or killed_at <= ticket.made_at:
        return ""
    return f"at {kept_time(killed_at, now)}; your last change is of {kept_time(ticket.made_at, now)}"


def _name(line: TicketLine) -> str:
    if isinstance(line.request, OrderEntry):
        return orders_named(line.verdict.order_ids) if line.verdict.order_ids else "the new order"
    return f"order {line.request.order_id}"


# ---------------------------------------------------------------- the order as it is now


def _standing(action: Action, line: TicketLine, find: Find) -> Order:
    """The order that a line has changed, as it is now. Raises NoInverse if there is nothing to put back."""
    if line.is_open:
        raise NoInverse(f"its result is not known yet ({line.state}); try again once it is")
    if not line.is_done:
        raise NoInverse(f"its last write is {line.state}: {line.reason}".removesuffix(": "))
    if action is Action.DELETE:
        raise NoInverse("a deleted order can't be brought back; Clone on it among the recent orders enters a copy")
    order = _present(line, find)
    is_active = order.is_live
    if action is Action.ACTIVATE and not is_active:
        raise NoInverse("it is deactivated again already")
    if action is Action.DEACTIVATE and is_active:
        raise NoInverse("it is active again already")
    return order


def _present(line: TicketLine, find: Find) -> Order:
    made = line.order
    row = find(line.order_key if made is None or line.base is not None else made.key)
    if row is None or not isinstance(row.order, Order):
        raise NoInverse("the last read does not show it")
    if row.tab is Tab.RECENT:
        raise NoInverse(f"it is no longer in the market: {row.final_state or order_event(row.order.action)}")
    is_before = line.base is not None and version_of(row.order) == version_of(line.base)
    return made if is_before and made is not None else row.order  # a read back can be ahead of the list


def _differences(line: TicketLine, order: Order) -> tuple[str, ...]:
    """The differences to what the line left, apart from what traded, in words."""
    wanted = _left(line)
    if wanted is None:
        return ()
    differences = wanted.differences(order, _traded_since(line, wanted.quantity_mw, order) or Decimal(0))
    open_mw, left_mw = order.open_quantity_mw, wanted.quantity_mw
    if not differences and open_mw is not None and left_mw is not None and open_mw < left_mw:
        return (f"{quantity_text(left_mw - open_mw)} MW have traded since, {quantity_text(open_mw)} MW are open",)
    return differences


def _left(line: TicketLine) -> Wanted | None:
    """The order as the line left it; None if the trader's order is not known."""
    if line.base is None or isinstance(line.request, OrderEntry):
        return None
    changes = line.request.changes
    wanted = of_change(line.base, changes)
    return Wanted(OrderState.HIBE, wanted.values, wanted.quantity_mw) if changes.action.withdraws else wanted


def _traded_since(line: TicketLine, left_mw: Decimal | None, order: Order) -> Decimal | None:
    """The MW traded since the line left an order with this open quantity; what the verdict knows if that is not shown.

    An order under a later id counts as entered with the quantity of that moment: another one was not ours.
    """
    open_mw = order.open_quantity_mw
    if _lacks_revisions(line, order):
        return line.verdict.traded_mw
    is_ours = line.base is None or order.order_id == line.base.order_id or order.initial_quantity in (None, left_mw)
    if order.action in TRADED_ACTIONS and is_ours and open_mw is not None and left_mw is not None:
        return max(left_mw - open_mw, Decimal(0))
    return line.verdict.traded_mw


def _lacks_revisions(line: TicketLine, order: Order) -> bool:
    """Return whether more than one revision came since the line left the order: a trade, and maybe somebody's cut."""
    left = line.order
    return left is not None and left.order_id == order.order_id and may_be_cut(left.revision_no, order)


# ---------------------------------------------------------------- what puts it back


def _changes_back(action: Action, line: TicketLine, order: Order, now: datetime) -> OrderModify:
    """The changes that put an order back. Raises NoInverse."""
    if action is not Action.MODIFY:
        return OrderModify(action=ACTION_CODES[_INVERSE[action]])
    if line.base is None or isinstance(line.request, OrderEntry):
        raise NoInverse("it is not known what it was before")
    changes, base = line.request.changes, line.base
    changed = [name for name in CHANGE_FIELDS if name not in GUARDS and getattr(changes, name) is not None]
    values: dict[str, Any] = {}
    for name in changed:
        if name in _VALIDITY:
            values |= _former_validity(base, now)
        elif name == "quantity":
            values[name] = _former_quantity(line, changes, order)
        elif name not in _ICEBERG_ONLY or base.type == OrderType.I:
            values[name] = _former(name, base)
    return OrderModify(action=ModifyAction.MODI, **values)


def _former(name: str, base: Order) -> Any:
    value = FIELDS[name].of(base)
    if value is None:
        raise NoInverse(f"its {FIELDS[name].label} was not shown before the change; Edit changes it")
    return value


def _former_validity(base: Order, now: datetime) -> dict[str, Any]:
    until = _former("validity_date", base)
    if until <= now:
        raise NoInverse("the time until which it was valid before has passed")
    return {"validity_date": until, "validity_res": ValidityRestriction.GTD}


def _former_quantity(line: TicketLine, changes: OrderModify, order: Order) -> Decimal:
    """The open quantity before the change, less what traded since. Raises NoInverse if that is not known or nothing."""
    before, open_mw, after = (
        _former("quantity", line.base) if line.base else None,
        order.open_quantity_mw,
        changes.quantity,
    )
    if before is None or open_mw is None or after is None:
        raise NoInverse("its open quantity is not known")
    if open_mw + (_traded_since(line, after, order) or 0) != after:
        figures = f"{quantity_text(open_mw)} MW now, {quantity_text(after)} MW after your change"
        what = "it traded, or its quantity was changed" if _lacks_revisions(line, order) else "its quantity was changed"
        raise NoInverse(f"{what} since: {figures}, {quantity_text(before)} MW before it; Edit changes it")
    former: Decimal = before - (after - open_mw)
    if former <= 0:
        raise NoInverse(
            f"too much has traded since, {quantity_text(open_mw)} MW are open; Deactivate or Delete takes them out"
        )
    return former

"""The difference between the rows of a file and what stands: what would be sent, and why the rest would not.

A row is compared with the order that it names. A new order is looked for by its token, among own orders and in the
journal, so that it is entered once however often the file is used. An order that stands and is in no row stays as it
is: a file may be old or cut short, so that a missing row is no wish.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from pbtui.api.codes import EntryState, ModifyAction, OrderState, ValidityRestriction
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.api.structs import replace
from pbtui.desk.drafts.draft import NO_CHANGE, read_changes
from pbtui.desk.drafts.field_text import text_of
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.time_input import typed_moment
from pbtui.desk.formats.vocabulary import order_event, state_word
from pbtui.desk.plan.columns import DELETED
from pbtui.desk.plan.standing import AnyOrder, Standing, has_ended
from pbtui.desk.plan.wanted import Wanted, WantedEntry, WantedOrder, changed_values, fixed_values
from pbtui.desk.tickets.ticket import (
    ACTION_CODES,
    Action,
    Ticket,
    TicketLine,
    WriteOptions,
    change_line,
    entry_line,
    new_token,
    withdrawal_line,
)

UNCHANGED, ENDED, REFUSED = "unchanged", "ended", "refused"


class Planned(Struct, frozen=True):
    """One row and its place in the file. It has a line and an action if something would be sent.

    Without them it is refused, or nothing is to be done; `reason` says why. `order` is the order that it means.
    `has_ended`: nothing is to be done because that order has ended, which may not be what the file wants.
    """

    place: str
    action: Action | None = None
    line: TicketLine | None = None
    reason: str = ""
    is_refused: bool = False
    order: AnyOrder | None = None
    has_ended: bool = False

    @property
    def what(self) -> str:
        """The word for this row: its action, `unchanged`, `ended` or `refused`."""
        return self.action or (REFUSED if self.is_refused else ENDED if self.has_ended else UNCHANGED)


class Plan(Struct, frozen=True):
    """All rows of a file with what would be done. `not_named` is the number of orders that stand and are in no row."""

    rows: Sequence[Planned]
    not_named: int = 0

    @property
    def refused(self) -> list[Planned]:
        """The rows that can't be sent as things stand."""
        return [row for row in self.rows if row.is_refused]

    def lines(self, action: Action) -> tuple[TicketLine, ...]:
        """Return the lines that would be sent with this action."""
        return tuple(row.line for row in self.rows if row.action is action and row.line is not None)

    def tickets(self, made_at: datetime, options: WriteOptions | None = None) -> list[Ticket]:
        """Return what would be sent, one ticket for each action. What leaves the market is first, new orders are last.

        Of the options, the execution instruction is for new orders alone.
        """
        options = options or WriteOptions()
        others = replace(options, exec_instruction=None)
        return [
            Ticket(new_token(), action, lines, made_at, options if action is Action.ADD else others)
            for action in (Action.DEACTIVATE, Action.DELETE, Action.MODIFY, Action.ACTIVATE, Action.ADD)
            if (lines := self.lines(action))
        ]


def plan(wanted: Wanted, standing: Standing, zone: ZoneInfo, now: datetime) -> Plan:
    """Compare the rows of a file with what stands. `zone` is the market's."""
    doubled = _doubled(wanted.entries)
    rows = [
        *_each_once([_of_order(row, standing, zone, now) for row in wanted.orders]),
        *(doubled.get(row.place) or _of_entry(row, standing, zone) for row in wanted.entries),
    ]
    named = {row.order.key for row in rows if row.order is not None}
    return Plan(rows, standing.not_among(named))


def _each_once(rows: Sequence[Planned]) -> Iterator[Planned]:
    """Refuse rows that mean one order by several ids: they could want different things of it."""
    places: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.order is not None:
            places[row.order.key].append(row.place)
    for row in rows:
        same = [] if row.order is None else places[row.order.key]
        if row.order is None or len(same) < 2:
            yield row
        else:
            reason = f"order {row.order.order_id} is meant by {' and '.join(same)}: keep one of them"
            yield Planned(row.place, reason=reason, is_refused=True, order=row.order)


# ---------------------------------------------------------------- an order that stands


def _of_order(row: WantedOrder, standing: Standing, zone: ZoneInfo, now: datetime) -> Planned:
    orders = standing.named(row.order_id)
    if len(orders) != 1:
        found = "it is not among your orders" if not orders else f"{len(orders)} orders have taken its place"
        return Planned(row.place, reason=f"order {row.order_id}: {found}", is_refused=True)
    order = orders[0]
    if has_ended(order):
        reason = f"order {row.order_id} has ended: {_end_of(order)}"
        return Planned(row.place, reason=reason, is_refused=row.state != DELETED, order=order, has_ended=True)
    if action := _withdrawal(row, order):
        return _withdrawn(row, order, action, zone)
    if isinstance(order, UnreadableOrder):
        return _refused(row, order, f"it can't be read: {order.reason}")
    return _changed(row, order, zone, now)


def _withdrawal(row: WantedOrder, order: AnyOrder) -> Action | None:
    if row.state == DELETED:
        return Action.DELETE
    return Action.DEACTIVATE if row.state == EntryState.HIBE and order.is_live else None


def _withdrawn(row: WantedOrder, order: AnyOrder, action: Action, zone: ZoneInfo) -> Planned:
    """Plan a withdrawal. It is meant for the order however it has changed since, so the revision does not matter."""
    if isinstance(order, UnreadableOrder):
        return Planned(row.place, action, withdrawal_line(order.order_id or row.order_id, action), order=order)
    if reason := _not_the_same(row, order, zone):
        return _refused(row, order, reason)
    line = change_line(order, OrderModify(action=ACTION_CODES[action]))
    return Planned(row.place, action, line, order=order)


def _changed(row: WantedOrder, order: Order, zone: ZoneInfo, now: datetime) -> Planned:
    """Plan a change or an activation, for the revision that the row was written for and no other."""
    if reason := _not_the_same(row, order, zone):
        return _refused(row, order, reason)
    changes, problem = _changes(row, order, zone, now)
    activates = row.state == EntryState.ACTI and order.state == OrderState.HIBE
    if problem:
        return _refused(row, order, problem)
    if changes is None and not activates:
        return Planned(row.place, order=order)
    if changes is not None and activates:
        return _refused(row, order, "it would be changed and activated: change it first, then activate it")
    if reason := _conflict(row, order, changes, zone):
        return _refused(row, order, reason)
    action = Action.ACTIVATE if changes is None else Action.MODIFY
    return Planned(row.place, action, change_line(order, changes or OrderModify(action=ModifyAction.ACTI)), order=order)


def _refused(row: WantedOrder, order: AnyOrder, reason: str) -> Planned:
    now_called = f" (now order {order.order_id})" if order.order_id not in (None, row.order_id) else ""
    return Planned(row.place, reason=f"order {row.order_id}{now_called}: {reason}", is_refused=True, order=order)


def _not_the_same(row: WantedOrder, order: Order, zone: ZoneInfo) -> str:
    """Return the fields that no change can alter and that differ, with both values: the row means another order."""
    return "; ".join(
        f"{_both(name, FIELDS[name].of(order), value, zone)}, which can't be changed"
        for name, value in fixed_values(row).items()
        if FIELDS[name].attribute is not None and FIELDS[name].of(order) != value
    )


def _changes(row: WantedOrder, order: Order, zone: ZoneInfo, now: datetime) -> tuple[OrderModify | None, str]:
    """Return the fields that differ, None if none does, and why they can't be changed."""
    values = changed_values(row)
    if "validity_date" in values:
        if values["validity_date"] == order.valid_until:
            del values["validity_date"]
            values.pop("validity_res", None)
        else:
            values["validity_res"] = ValidityRestriction.GTD
    texts = {name: text_of(name, value, zone) for name, value in values.items()}
    reading = read_changes(order, texts, zone, now)
    problems = {name: reason for name, reason in reading.problems.items() if name != NO_CHANGE}
    return reading.changes, "; ".join(f"{FIELDS[name].label} {reason}" for name, reason in problems.items())


def _conflict(row: WantedOrder, order: Order, changes: OrderModify | None, zone: ZoneInfo) -> str:
    """Return why the order is not the one the row was written for, with both values of what would change."""
    if row.revision_no is None:
        return f"revision_no is missing: it says for which revision the row is written; now it is {order.revision_no}"
    if row.revision_no == order.revision_no and row.order_id == order.order_id:
        return ""
    changed = {} if changes is None else changes.model_dump(exclude_none=True, exclude={"action"})
    both = [_both(name, FIELDS[name].of(order), value, zone) for name, value in changed.items()]
    changed_since = (
        f"the file is of revision {row.revision_no}, the order is at {order.revision_no}"
        if row.order_id == order.order_id
        else f"it has been replaced by order {order.order_id or '?'}"
    )
    return "; ".join([f"CONFLICT: {changed_since}", *both])


def _both(name: str, stands: Any, wanted: Any, zone: ZoneInfo) -> str:
    shown, written = (_value_text(name, value, zone) for value in (stands, wanted))
    return f"{FIELDS[name].label} is {shown or 'not known'}, in the file {written}"


def _value_text(name: str, value: Any, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    return typed_moment(value, zone) if isinstance(value, datetime) else text_of(name, value, zone)


def _end_of(order: AnyOrder) -> str:
    return str(order_event(order.action)) if isinstance(order, Order) else "it can't be read"


# ---------------------------------------------------------------- a new order


def _doubled(entries: Sequence[WantedEntry]) -> dict[str, Planned]:
    """Return the rows, by their places, that are one new order in several words. Both would be entered."""
    by_mark: dict[str, list[WantedEntry]] = defaultdict(list)
    for row in entries:
        by_mark[row.mark].append(row)
    found: dict[str, Planned] = {}
    for row in entries:
        same = [each for mark in (row.mark, *row.other_marks) for each in by_mark.get(mark, ()) if each is not row]
        for one, other in ((one, other) for each in same for one, other in ((row, each), (each, row))):
            reason = f"it may be the new order of {other.place} in other words: give one of them a label of its own"
            found.setdefault(one.place, Planned(one.place, reason=reason, is_refused=True))
    return found


def _of_entry(row: WantedEntry, standing: Standing, zone: ZoneInfo) -> Planned:
    if orders := standing.entered(row):
        return _of_entered(row, orders, zone)
    sent = standing.sent(row)
    if standing.gap:
        reason = f"it may have been entered already: not all orders could be read: {standing.gap}"
        return Planned(row.place, reason=reason, is_refused=True)
    if sent is None or sent.has_no_order:
        return Planned(row.place, Action.ADD, entry_line(row.entry, row.mark))
    if sent.is_known:
        is_gone = sent.has_ended or not standing.may_stand(sent.order_ids)
        return Planned(row.place, reason=f"entered already: {sent}", has_ended=is_gone)
    hint = "look for it; with another label the row is another order"
    return Planned(row.place, reason=f"it may have been entered already: {sent}; {hint}", is_refused=True)


def _of_entered(row: WantedEntry, orders: Sequence[AnyOrder], zone: ZoneInfo) -> Planned:
    """Return that the row was entered already: an order has its token."""
    order = orders[0]
    name = f"order {order.order_id}"
    if len(orders) > 1 and len({each.key for each in orders}) > 1:
        names = ", ".join(str(each.order_id) for each in orders)
        return Planned(row.place, reason=f"several orders have its token: {names}", is_refused=True, order=order)
    if isinstance(order, UnreadableOrder):
        return Planned(row.place, reason=f"entered already: {name}", order=order)
    if order.error_message or order.errors:
        reason = f"entered already as {name}, which failed: {order.error_message or 'see its history'}"
        return Planned(row.place, reason=f"{reason}; to enter it again, give it another label", is_refused=True)
    if has_ended(order):
        reason = f"entered already: {name}, {_end_of(order)}"
        return Planned(row.place, reason=reason, order=order, has_ended=True)
    if differs := "; ".join(_differences(row.entry, order, zone)):
        hint = f"to change it, write a row with order_id {order.order_id}; to enter another one, give it another label"
        return Planned(row.place, reason=f"entered already as {name}: {differs}; {hint}", is_refused=True, order=order)
    return Planned(row.place, reason=f"entered already: {name}, {state_word(order.state)}", order=order)


_COMPARED = ("side", "portfolio_id", "delivery_area", "price", "type", "display_qty", "ppd", "validity_date")


def _differences(entry: OrderEntry, order: Order, zone: ZoneInfo) -> Iterator[str]:
    """Yield what differs between a new order and the one that was entered for it. A part may have traded since."""
    for name in _COMPARED:
        wanted, stands = getattr(entry, name), FIELDS[name].of(order)
        if wanted is not None and wanted != stands:
            yield _both(name, stands, wanted, zone)
    open_mw, entered_mw = order.open_quantity_mw, order.initial_quantity
    may_have_traded = open_mw is not None and open_mw < entry.quantity and entered_mw in (None, entry.quantity)
    if open_mw != entry.quantity and not may_have_traded:
        yield _both("quantity", open_mw, entry.quantity, zone)

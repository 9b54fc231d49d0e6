"""Outcomes: what an answer proves about each order of a ticket.

A 200 can contain failed orders, and after an error some orders of the list can be in the market (API document,
include_errors: "has no effect on how orders are treated"). For what each error proves, see `pbtui.api.errors`.
"""

from collections.abc import Sequence
from dataclasses import replace

from pbtui.api.client import OrdersReply
from pbtui.api.errors import NotSent, OrdersApiError, Rejected, RevisionConflict
from pbtui.api.models import ExecutionRestriction, Order, OrderEntry, OrderState
from pbtui.api.snapshot import UnreadableOrder
from pbtui.desk.formats.vocabulary import failure_text, order_event
from pbtui.desk.tickets.ticket import TOKEN_MARK, Outcome, TicketLine

_CONFLICT_CODES = frozenset({"PB_ORDER_REVISION_MISMATCH", "PB_ORDER_EXPECTED_VALUE_MISMATCH"})
_PROVES_NOTHING_CODES = frozenset({"PX_COMMUNICATION_ERROR", "PB_INTERNAL_ERROR"})
"""Errors on the way to or from the exchange: the order may have reached it."""
_ENDS_AT_ONCE = (ExecutionRestriction.FOK, ExecutionRestriction.IOC)


def after_error(lines: Sequence[TicketLine], error: OrdersApiError) -> list[TicketLine]:
    """Return the lines after a call that ended with an error."""
    codes = {fault.code for fault in error.faults}
    if isinstance(error, NotSent):
        outcome = Outcome.NOT_SENT
    elif not isinstance(error, Rejected) or codes & _PROVES_NOTHING_CODES:
        outcome = Outcome.UNKNOWN
    elif len(lines) > 1:
        return [
            replace(
                line,
                outcome=Outcome.UNKNOWN,
                reason=f"the list was refused, perhaps only in part: {error.reason}",
                was_refused=True,
            )
            for line in lines
        ]
    else:
        is_conflict = isinstance(error, RevisionConflict) or codes & _CONFLICT_CODES
        outcome = Outcome.CONFLICT if is_conflict else Outcome.REJECTED
    return [replace(line, outcome=outcome, reason=error.reason) for line in lines]


def after_reply(lines: Sequence[TicketLine], reply: OrdersReply) -> list[TicketLine]:
    """Return the lines after an answer with orders. It may also hold counter-orders of internal trades."""
    is_whole = not any(isinstance(order, UnreadableOrder) for order in reply.snapshot.orders)
    return [_after_reply(line, reply.snapshot.readable, is_whole=is_whole) for line in lines]


def _after_reply(line: TicketLine, orders: Sequence[Order], *, is_whole: bool) -> TicketLine:
    answered = [order for order in orders if belongs_to(order, line)]
    if not answered:
        if is_whole:
            return replace(line, outcome=Outcome.ACCEPTED, reason="the answer does not name this order")
        return replace(line, outcome=Outcome.UNKNOWN, reason="its part of the answer could not be read")
    failed = next((order for order in answered if order.errors or order.error_message), None)
    if failed is not None:
        return replace(line, outcome=_failure(failed), reason=failure_text(failed), order=failed)
    order = answered[-1]
    if isinstance(line.request, OrderEntry) and _was_turned_away(line.request, order):
        return replace(line, outcome=Outcome.REJECTED, reason=str(order_event(order.action)), order=order)
    return replace(line, outcome=Outcome.ACCEPTED, reason="", order=order)


def _failure(order: Order) -> Outcome:
    codes = {fault.code for fault in order.errors or ()}
    if codes & _PROVES_NOTHING_CODES:
        return Outcome.UNKNOWN
    return Outcome.CONFLICT if codes & _CONFLICT_CODES else Outcome.REJECTED


def belongs_to(order: Order, line: TicketLine) -> bool:
    """Return whether the order belongs to the line: by its token if it is new, else by its chain of ids."""
    if isinstance(line.request, OrderEntry):
        return (order.txt or "").endswith(f"{TOKEN_MARK}{line.key}".strip())
    return line.request.order_id in (order.order_id, order.parent_order_id) or order.key == line.key


def _was_turned_away(entry: OrderEntry, order: Order) -> bool:
    """Return whether a new order was refused: inactive without a trade, though its terms do not end it at once."""
    if order.state != OrderState.IACT or entry.ordr_exe_restriction in _ENDS_AT_ONCE:
        return False
    return not order.action.endswith("EXE")

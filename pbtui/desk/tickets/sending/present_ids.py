"""The ids that orders have now, for withdrawals: a change may have given an order another id."""

from collections.abc import Iterable, Mapping

from pbtui.api.models import Order
from pbtui.api.requests import OrderModifyItem
from pbtui.api.structs import replace
from pbtui.desk.blotter.orders_view import OrdersView
from pbtui.desk.blotter.own_orders import Tab
from pbtui.desk.tickets.evidence import Answer
from pbtui.desk.tickets.ticket import Ticket, TicketLine


def at_present_ids(lines: Iterable[TicketLine], tickets: Iterable[Ticket], view: OrdersView) -> list[TicketLine]:
    """Return the lines of a withdrawal for the ids that their orders have now.

    A line stays as it is where it names a revision, where the trader saw no live order, and where the desk knows what
    became of the named order. An order with the same first id is another order, if it was there before.
    """
    moved = _moved(tickets, view)
    return [_where_it_is(line, moved) for line in lines]


def _moved(tickets: Iterable[Ticket], view: OrdersView) -> dict[str, Order]:
    """The live orders that took the place of another one, by the id of that one.

    An answer counts until a list shows what it says.
    """
    blotter, read_s = view.blotter, view.link.read_s or 0.0
    known = {row.order.order_id for tab in Tab for row in blotter.rows(tab).values()}
    listed = (row.order for row in blotter.active.values() if isinstance(row.order, Order))
    moved = {order.parent_order_id: order for order in listed if order.parent_order_id not in known}
    answers = [
        item.orders
        for ticket in tickets
        for line in ticket.lines
        for item in line.evidence
        if isinstance(item, Answer) and (line.is_open or item.at_s > read_s)
    ]
    answered = [order for orders in answers for order in orders if isinstance(order, Order) and order.is_live]
    in_place = {order.order_id for order in answered}
    for order in answered:
        has_failed = bool(order.errors or order.error_message)
        if not has_failed and order.order_id not in known and order.parent_order_id not in in_place:
            moved[order.parent_order_id] = order
    return {parent: order for parent, order in moved.items() if parent and order.order_id}


def _where_it_is(line: TicketLine, moved: Mapping[str, Order]) -> TicketLine:
    request, order = line.request, line.base
    if (
        not isinstance(request, OrderModifyItem)
        or request.revision_no is not None
        or order is None
        or not order.is_live
    ):
        return line
    passed: set[str | None] = set()
    while order.order_id not in passed and (newer := moved.get(order.order_id or "")) is not None:
        passed.add(order.order_id)
        order = newer
    if order.order_id in (None, request.order_id):
        return line
    return replace(line, request=request.model_copy(update={"order_id": order.order_id}), base=order)

"""New orders that were sent before: the same terms, in a ticket of the last minutes, of this program or another one."""

from collections.abc import Iterable, Iterator

from pbtui.api.codes import OrderState
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.order_fields import GUARDS
from pbtui.desk.formats.order_token import without_token
from pbtui.desk.formats.vocabulary import order_event, orders_named
from pbtui.desk.journal.recent import RECENT
from pbtui.desk.tickets.evidence import AnyOrder
from pbtui.desk.tickets.judging.candidates import OrderIndex, earlier_ids
from pbtui.desk.tickets.judging.reasons import ids_of, said_of
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Ticket, TicketLine

_WITHOUT_ORDER = (State.NOT_SENT, State.REJECTED, State.CONFLICT, State.NOT_FILLED)


def earlier_entries(ticket: Ticket, tickets: Iterable[Ticket]) -> Iterator[tuple[Ticket, TicketLine]]:
    """Yield the lines of other tickets that entered, or may have entered, an order of this ticket before."""
    wanted = [_terms(line.request) for line in ticket.lines if isinstance(line.request, OrderEntry)]
    for other in tickets:
        if other.token == ticket.token or ticket.made_s - other.made_s > RECENT.total_seconds():
            continue
        for line in other.lines:
            if line.state in _WITHOUT_ORDER or not isinstance(line.request, OrderEntry):
                continue
            if _terms(line.request) in wanted:
                yield other, line


def duplicate_warnings(ticket: Ticket, tickets: Iterable[Ticket], orders: Iterable[AnyOrder] = ()) -> tuple[str, ...]:
    """The warnings about orders that were sent before: when, and what is known of them, also by the newest orders."""
    earlier = tuple(earlier_entries(ticket, tickets))
    index = OrderIndex(orders if earlier else ())
    return tuple(
        f"the same order was sent at {other.made_at:%H:%M:%S} UTC (ticket {other.token}): {_known(line, index)}. "
        "Sending it again can double it"
        for other, line in earlier
    )


def _known(line: TicketLine, index: OrderIndex) -> str:
    """The recorded verdict, and the order as it is now: it may have traded, changed or ended since."""
    ids = line.verdict.order_ids
    related = index.related(line, ids)
    changed = {earlier for order in related for earlier in earlier_ids(order)}
    present = [order for order in related if order.state != OrderState.IACT or order.order_id not in changed]
    orders = [order for order in present if isinstance(order, Order)]
    if unread := [order for order in present if not isinstance(order, Order)]:
        return f"{line.state}, {said_of(ids_of(unread), 'is shown', 'are shown')} in a form that can't be read"
    if listed := [order for order in orders if order.state != OrderState.IACT]:
        open_mw = ", ".join(f"{quantity_text(order.open_quantity_mw)} MW" for order in listed)
        return f"{line.state}, {said_of(ids_of(listed), 'is listed', 'are listed')} with {open_mw} open"
    if orders:
        ends = ", ".join(dict.fromkeys(str(order_event(order.action)) for order in orders))
        return f"{line.state}, {said_of(ids_of(orders), 'has ended', 'have ended')} since: {ends}"
    return f"{line.state}, {orders_named(ids)}" if ids else f"{line.state}"


def _terms(entry: OrderEntry) -> dict[str, object]:
    """Everything of an entry but the token in its text and the positions that it expects."""
    terms = entry.model_dump(exclude_none=True, exclude=set(GUARDS))
    return {**terms, "txt": without_token(entry.txt or "")}

"""Keeps the events of own orders that no ticket of this run explains, in the view and in the journal."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.blotter.events import OrderNews, order_news
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.tickets.ticket import Ticket, TicketLine

MAX_EVENTS = 500


class OrderEvents:
    """The newest events, oldest first. `record` gets the facts of the events of each read, for the journal."""

    def __init__(self, record: Callable[[Mapping[str, Any]], None]) -> None:
        self._record = record
        self._blotter: Blotter | None = None
        self._count = 0
        self.newest: tuple[OrderNews, ...] = ()

    def follow(self, blotter: Blotter, tickets: Iterable[Ticket]) -> None:
        """Take in the events of a new blotter. The tickets report those of their own orders."""
        if blotter is self._blotter:
            return
        self._blotter = blotter
        lines = [line for ticket in tickets for line in ticket.lines] if blotter.changes else []
        events = [event for event in order_news(blotter.changes) if not any(_reports(line, event) for line in lines)]
        if not events:
            return
        numbered = [replace(event, number=self._count + place) for place, event in enumerate(events, 1)]
        self._count += len(events)
        self.newest = (*self.newest, *numbered)[-MAX_EVENTS:]
        self._record({"events": [_facts(event) for event in events]})


def _reports(line: TicketLine, event: OrderNews) -> bool:
    """Whether the ticket says it: its line is still being read, or is about this very state of the order."""
    known = line.order
    if event.key != line.order_key and (known is None or known.key != event.key):
        return False
    return (line.is_open and event.is_trade) or (known is not None and _is_same(known, event.order))


def _is_same(one: Order, other: Order) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in ("order_id", "revision_no", "action", "quantity"))


def _facts(event: OrderNews) -> Mapping[str, Any]:
    order = event.order
    return {
        "order_id": order.order_id or order.key,
        "what": str(order_event(order.action)),
        "side": order.side,
        "traded_mw": event.traded_mw,
        "quantity_mw": event.quantity_mw,
        "price": order.price,
        "contract": order.contract_name or order.contract_id,
        "at": order.last_change_timestamp or order.api_timestamp,
    }

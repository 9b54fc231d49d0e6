"""Keeps the events of own orders that no ticket of this run explains, in the view and in the journal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pbtui.api.models import Order
from pbtui.api.reads.trades import AnyTrade
from pbtui.api.structs import replace
from pbtui.desk.blotter.events import OrderNews, order_news
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.market.fills import FillIndex, OwnSides, trace_of
from pbtui.desk.tickets.ticket import Ticket, TicketLine

MAX_EVENTS = 500


class OrderEvents:
    """The newest events, oldest first. `record` gets the facts of the events of each read, for the journal."""

    def __init__(self, record: Callable[[Mapping[str, Any]], None]) -> None:
        self._record = record
        self._blotter: Blotter | None = None
        self._count = 0
        self._fills = FillIndex(OwnSides())
        self.newest: tuple[OrderNews, ...] = ()

    def follow(self, blotter: Blotter, tickets: Iterable[Ticket]) -> None:
        """Take in the events of a new blotter. The tickets report those of their own orders."""
        if blotter is self._blotter:
            return
        self._blotter = blotter
        lines = [line for ticket in tickets for line in ticket.lines] if blotter.changes else []
        events = [event for event in order_news(blotter.changes) if not any(_reports(line, event) for line in lines)]
        self._add([self._priced(event) or event for event in events])

    def learn_fills(self, index: FillIndex) -> None:
        """Repeat each event whose price the trades show now."""
        self._fills = index
        priced = {event.number: found for event in self.newest if (found := self._priced(event))}
        self.newest = tuple(priced.get(event.number, event) for event in self.newest)
        self._add([replace(event, repeats=number) for number, event in priced.items()])

    def _priced(self, event: OrderNews) -> OrderNews | None:
        """The event with the price of what traded; None if it has one, or if the trades do not show all of it yet."""
        if event.traded_mw is None or event.traded_price is not None:
            return None
        fills = self._fills.of(trace_of([event.order])).after(event.since).first(event.traded_mw)
        price = fills.average_price if fills.quantity_mw == event.traded_mw else None
        return None if price is None else replace(event, traded_price=price)

    def _add(self, events: Sequence[OrderNews]) -> None:
        if not events:
            return
        numbered = [replace(event, number=self._count + place) for place, event in enumerate(events, 1)]
        self._count += len(events)
        self.newest = (*self.newest, *numbered)[-MAX_EVENTS:]
        self._record({"events": [_facts(event) for event in events]})


def recall_facts(trade: AnyTrade) -> Mapping[str, Any]:
    """The facts of a recalled trade, for the journal."""
    return {
        "trade_id": trade.id,
        "kind": "internal trade" if trade.is_internal else "trade",
        "state": getattr(trade, "state", None),
        "quantity_mw": trade.quantity,
        "price": trade.price,
        "contract": trade.contract_name or trade.contract_id,
        "order_ids": [leg.order_id for leg in trade.legs if leg.order_id],
    }


def _reports(line: TicketLine, event: OrderNews) -> bool:
    """Return whether the ticket says it: its line is still being read, or is about this very state of the order."""
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
        "traded_price": event.traded_price,
        "contract": order.contract_name or order.contract_id,
        "at": order.last_change_timestamp or order.api_timestamp,
    }

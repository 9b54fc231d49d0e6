"""Events of own orders that the trader did not make: trades, and what market operations, the system or a check did.

Found by comparing each changed row with the one before: the server lists no events. Several events of one order between
two reads show as the last one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pbtui.api.models import Order
from pbtui.desk.blotter.own_orders import Change
from pbtui.desk.blotter.traded_quantity import FILLED, PART_FILLED, traded_mw
from pbtui.desk.formats.vocabulary import order_event

_REFUSED = frozenset({"SERR", "RLVI"})
_OTHERS = ("A", "S")
"""First letters of the action codes of market operations and of the system."""

_OWN_STATE = ("action", "revision_no", "order_id", "quantity", "hidden_quantity", "state")


@dataclass(frozen=True, slots=True)
class OrderNews:
    """One event. `order` is the order after it, `key` the key of its row.

    `traded_mw` is what traded since the read before, in MW; None if nothing did or it is not known how much.
    `quantity_mw` is the open quantity before the event. `number` counts the events of a run, from 1. `since` is the
    exchange's time of the state before. `traded_price` is the average price of what traded, once the trades show all of
    it; the event is then repeated under a new number, and `repeats` is its first one.
    """

    key: str
    order: Order
    traded_mw: Decimal | None = None
    quantity_mw: Decimal | None = None
    number: int = 0
    since: datetime | None = None
    traded_price: Decimal | None = None
    repeats: int = 0

    @property
    def is_trade(self) -> bool:
        """Return whether the order traded."""
        return self.order.action in FILLED | PART_FILLED


def order_news(changes: Iterable[Change]) -> Iterator[OrderNews]:
    """Yield the events in these changes of rows."""
    for change in changes:
        before, order = change.before, change.after
        if isinstance(order, Order) and not _is_same(before, order) and _is_news(order):
            quantity_mw = before.open_quantity_mw if isinstance(before, Order) else order.initial_quantity
            if quantity_mw is None:
                quantity_mw = order.open_quantity_mw
            since = before.last_change_timestamp if isinstance(before, Order) else None
            yield OrderNews(change.key, order, traded_mw(before, order), quantity_mw, since=since)


def _is_same(before: object, order: Order) -> bool:
    return isinstance(before, Order) and all(getattr(before, name) == getattr(order, name) for name in _OWN_STATE)


def _is_news(order: Order) -> bool:
    if order.action in FILLED | PART_FILLED | _REFUSED:
        return True
    return bool(order_event(order.action).actor) and order.action.startswith(_OTHERS)

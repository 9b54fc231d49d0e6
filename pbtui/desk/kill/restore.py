"""After a kill: which of the orders that were in the market could be activated again, and which better not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pbtui.api.models import Order, OrderState
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.kill.plan import AnyOrder

_AS_IT_WAS = ("price", "open_quantity_mw", "type", "side", "contract_id", "delivery_area", "display_quantity", "txt")


@dataclass(frozen=True, slots=True)
class RestoreLine:
    """One order from before a kill. `present` is the order as it is now, None where nothing is known of it.

    `obstacle` says why it is left out of a bulk activation; it is empty where nothing speaks against it.
    """

    before: AnyOrder
    present: Order | None
    obstacle: str = ""


def restore_lines(before: Iterable[AnyOrder], blotter: Blotter, now: datetime) -> tuple[RestoreLine, ...]:
    """The orders from before a kill, each beside what it is now.

    An order is left out where it filled, ended, expired, changed in whatever counts, was never read since, or is back
    already. The pre-trade limits of the desk check the rest once more when it is sent.
    """
    return tuple(_line(order, blotter, now) for order in before)


def _line(before: AnyOrder, blotter: Blotter, now: datetime) -> RestoreLine:
    row = blotter.find(before.key)
    present = row.order if row is not None and isinstance(row.order, Order) else None
    if present is None or not isinstance(before, Order):
        return RestoreLine(before, present, "nothing is known of it since the kill")
    return RestoreLine(before, present, _obstacle(before, present, now))


def _obstacle(before: Order, present: Order, now: datetime) -> str:
    if present.state == OrderState.IACT:
        return str(order_event(present.action))
    if present.state != OrderState.HIBE:
        return "is in the market already"
    if present.valid_until is not None and present.valid_until <= now:
        return "its validity has ended"
    if present.delivery_start is not None and present.delivery_start <= now:
        return "its delivery has begun"
    changed = [name for name in _AS_IT_WAS if getattr(before, name) != getattr(present, name)]
    if changed:
        return f"changed since: {', '.join(changed)}"
    return ""

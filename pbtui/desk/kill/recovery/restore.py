"""The restore list after a kill: which of the withdrawn orders can be activated again, and why others can't."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pbtui.api.codes import OrderState
from pbtui.api.models import Order
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.kill.plan import AnyOrder

_AS_IT_WAS = tuple(
    FIELDS[name] for name in ("price", "quantity", "type", "side", "contract_id", "delivery_area", "display_qty", "txt")
)


@dataclass(frozen=True, slots=True)
class RestoreLine:
    """One order from before a kill.

    `present` is the order as it is now, None if it was not read since. `obstacle` is the reason why it can't be
    activated from the list, empty if it can.
    """

    before: AnyOrder
    present: Order | None
    obstacle: str = ""


def restore_lines(before: Iterable[AnyOrder], blotter: Blotter, now: datetime) -> tuple[RestoreLine, ...]:
    """The orders from before a kill, each with its present state.

    An order has an obstacle if it is filled, deleted, expired, changed, active already, or was not read since. The
    pre-trade limits check the others again when they are sent.
    """
    return tuple(_line(order, blotter, now) for order in before)


def _line(before: AnyOrder, blotter: Blotter, now: datetime) -> RestoreLine:
    row = blotter.find(before.key)
    present = row.order if row is not None and isinstance(row.order, Order) else None
    if present is None or not isinstance(before, Order):
        return RestoreLine(before, present, "not read since the kill")
    return RestoreLine(before, present, _obstacle(before, present, now))


def _obstacle(before: Order, present: Order, now: datetime) -> str:
    if present.state == OrderState.IACT:
        return str(order_event(present.action))
    if present.state != OrderState.HIBE:
        return "active already"
    if present.valid_until is not None and present.valid_until <= now:
        return "validity has ended"
    if present.delivery_start is not None and present.delivery_start <= now:
        return "delivery has begun"
    changed = [field.label for field in _AS_IT_WAS if field.of(before) != field.of(present)]
    if changed:
        return f"changed since: {', '.join(changed)}"
    return ""

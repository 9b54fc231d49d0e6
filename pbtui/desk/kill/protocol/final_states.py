"""Final states of departed orders, as a look-up found them."""

from collections.abc import Iterable

from pbtui.api.models import Order
from pbtui.desk.blotter.id_chain import newest
from pbtui.desk.kill.plan import AnyOrder


class FinalStates:
    """The orders that a look-up found, some of them possibly unreadable."""

    def __init__(self, found: Iterable[AnyOrder]) -> None:
        found = tuple(found)
        self._orders = [order for order in found if isinstance(order, Order)]
        self._unreadable = [order for order in found if not isinstance(order, Order)]

    @property
    def may_hold_any(self) -> bool:
        """Return whether one of them may be live and has no readable id, so that it may be any order."""
        return any(order.is_live and not order.order_id for order in self._unreadable)

    def of(self, key: str, last_seen: AnyOrder) -> AnyOrder | None:
        """The order of this key, None if it was not found; where a part of it is unreadable and may be live, that part.

        `last_seen` is the order as last read. If the key is not its own, it is found by its id.
        """
        order: AnyOrder | None
        if key == last_seen.key:
            order = newest(self._orders, key)
            broken = [each for each in self._unreadable if each.key == key]
        else:
            order = next((each for each in self._orders if each.order_id == last_seen.order_id), None)
            broken = [each for each in self._unreadable if each.order_id == last_seen.order_id]
        if order is None or any(each.is_live for each in broken):
            order = max(broken, key=lambda each: each.is_live, default=order)
        return order

"""Open quantity of orders by side, kept up to date order by order."""

from dataclasses import dataclass
from decimal import Decimal

from pbtui.api.codes import OrderSide
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.structs import replace


@dataclass(frozen=True, slots=True)
class Totals:
    """Open quantity in the market by side in MW, hidden parts included.

    `uncounted` is the number of orders whose side or quantity is not known, `unreadable` of those that could not be
    read, at all or in a field.
    """

    buy_mw: Decimal = Decimal(0)
    sell_mw: Decimal = Decimal(0)
    uncounted: int = 0
    unreadable: int = 0

    def plus(self, order: Order | UnreadableOrder, sign: int) -> "Totals":
        """Return the totals with the order added (sign 1) or removed (sign -1)."""
        if isinstance(order, UnreadableOrder):
            return replace(self, uncounted=self.uncounted + sign, unreadable=self.unreadable + sign)
        unreadable = self.unreadable + sign if order.unreadable else self.unreadable
        open_mw = order.open_quantity_mw
        if open_mw is not None and order.side == OrderSide.BUY:
            return replace(self, buy_mw=self.buy_mw + sign * open_mw, unreadable=unreadable)
        if open_mw is not None and order.side == OrderSide.SELL:
            return replace(self, sell_mw=self.sell_mw + sign * open_mw, unreadable=unreadable)
        return replace(self, uncounted=self.uncounted + sign, unreadable=unreadable)

"""Fate of one order of a kill, by the last read."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from pbtui.api.models import Order
from pbtui.desk.blotter.traded_quantity import is_quantity_changed
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.kill.plan import AnyOrder


class Fate(StrEnum):
    """The state of one order of a kill, by the last read."""

    STILL_ACTIVE = "STILL ACTIVE"
    UNKNOWN = "UNKNOWN"
    """Possibly active: state UNKW, unreadable, or not read since the kill."""
    NEW_AFTER_KILL = "NEW AFTER KILL"
    """Active, and in no read from before the kill."""
    ACTIVE_AGAIN = "ACTIVE AGAIN"
    """Withdrawn by the kill, and active again."""
    DEACTIVATED = "DEACTIVATED"
    DELETED = "DELETED"
    FILLED = "FILLED"
    EXPIRED = "EXPIRED"
    GONE = "GONE"
    """No longer in the list of active orders; the server does not report its final state."""

    @property
    def is_live(self) -> bool:
        """Return whether the order may still trade."""
        return self in _LIVE


_LIVE = (Fate.STILL_ACTIVE, Fate.UNKNOWN, Fate.NEW_AFTER_KILL, Fate.ACTIVE_AGAIN)
"""Looked up once: Python 3.11 takes longer to name a member of an enumeration than to compare it."""


class OrderFate(Struct, frozen=True):
    """One order of a kill.

    `order` is the order as last read. `note` says who changed it or why it is still active. `first_seen` is the order
    as first read: it still names the user who placed it, while a killed order names the user of the kill.
    """

    order: AnyOrder
    fate: Fate
    note: str
    first_seen: AnyOrder
    came: AnyOrder | None = None
    """The order as it was first read active when it had appeared or re-appeared after the kill; None if it had not."""
    is_new: bool = False
    """Says whether it was in no read from before the kill."""

    @property
    def author(self) -> Order | None:
        """The order as it names who brought it into the market after the kill; None if it does not show it."""
        return self.came if isinstance(self.came, Order) else None

    @property
    def origin(self) -> str:
        """The origin of the order: its text, user, strategy and client order id, as far as known."""
        order = self.first_seen
        if not isinstance(order, Order):
            return "unreadable"
        user = "user_name" if order.user_name else "user_code"
        named = [FIELDS[name] for name in ("txt", user, "strategy_id", "cl_ordr_id")]
        known = [(field.label, field.shown(order)) for field in named]
        return ", ".join(f"{label} {value!r}" for label, value in known if value) or "origin unknown"

    @property
    def before_mw(self) -> Decimal | None:
        """The open quantity as first read, in MW; None if it is not known."""
        return _open_mw(self.first_seen)

    @property
    def left_mw(self) -> Decimal | None:
        """The open quantity as last read, in MW; None if it is not known."""
        return _open_mw(self.order)

    @property
    def traded_mw(self) -> Decimal | None:
        """The MW that traded since the order was first read; None if that is not known.

        All of a filled order; of another one, what is missing now. It is not known after a change of the quantity. An
        order that left the market with 0 MW may have traded or not.
        """
        if self.is_quantity_changed:
            return None
        if self.fate is Fate.FILLED:
            return self.before_mw
        if self.before_mw is None or not self.left_mw:
            return None
        return max(self.before_mw - self.left_mw, Decimal(0))

    @property
    def is_quantity_changed(self) -> bool:
        """Return whether somebody changed the quantity since it was first read."""
        first, last = self.first_seen, self.order
        return isinstance(first, Order) and isinstance(last, Order) and is_quantity_changed(first, last)

    @property
    def words(self) -> str:
        """The order as one text: side, MW, price, contract, area and portfolio, then its id."""
        order = self.order
        parts = [f"order {order.order_id or order.key}"]
        if order.portfolio_id:
            parts.insert(0, order.portfolio_id)
        if isinstance(order, Order):
            mw = f"{quantity_text(self.before_mw if self.fate is Fate.FILLED else self.left_mw)} MW"
            traded = f", {quantity_text(self.traded_mw)} MW traded" if self.traded_mw else ""
            figures = f"{side_word(order.side)} {mw} @ {price_text(order.price)}{traded}"
            contract = order.contract_name or order.contract_id or ""
            parts = [figures, contract, area_name(order.delivery_area or ""), *parts]
        return " · ".join(part for part in parts if part)


def _open_mw(order: AnyOrder) -> Decimal | None:
    return order.open_quantity_mw if isinstance(order, Order) and order.quantity is not None else None

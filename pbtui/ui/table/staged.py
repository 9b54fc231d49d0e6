"""Staged steps: new prices and quantities that the table shows next to the old ones, not sent yet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from zoneinfo import ZoneInfo

from pbtui.api.codes import ModifyAction, OrderSide
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.reads.depth import Orders
from pbtui.api.requests import OrderModify
from pbtui.api.structs import replace
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.number_input import PRICE_TICK, QUANTITY_TICK_MW
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.market.queue import place_after
from pbtui.desk.tickets.describe import order_figures_text


@dataclass(frozen=True, slots=True)
class Staged:
    """Staged steps of one order, relative to the order as it is now."""

    base: Order
    price: Decimal | None = None
    quantity: Decimal | None = None

    def stepped(
        self, *, price: Decimal = Decimal(0), better: Decimal = Decimal(0), quantity: Decimal = Decimal(0)
    ) -> "Staged | None":
        """Return the staged values after one more step; None if that leads back to the original values.

        `better` is a step of the price towards a trade: up for a buy, down for a sell. Raises ValueError if the side,
        price or quantity is unknown, or if the quantity would reach zero.
        """
        following = self
        if better:
            if self.base.side not in (OrderSide.BUY, OrderSide.SELL):
                raise ValueError("its side is not known, so it cannot be stepped to a better or worse price")
            price += better if self.base.side == OrderSide.BUY else -better
        if price:
            if self.base.price is None:
                raise ValueError("its price is not known, so it cannot be stepped")
            new = _after(self.price if self.price is not None else self.base.price, price, PRICE_TICK)
            following = replace(following, price=None if new == self.base.price else new)
        if quantity:
            open_mw = self.base.open_quantity_mw
            if open_mw is None:
                raise ValueError("its quantity is not known, so it cannot be stepped")
            new = _after(self.quantity if self.quantity is not None else open_mw, quantity, QUANTITY_TICK_MW)
            if new <= 0:
                raise ValueError("the quantity cannot be stepped to zero: delete the order instead")
            following = replace(following, quantity=None if new == open_mw else new)
        return None if following.price is None and following.quantity is None else following

    def changes(self, expected_net_pos: Decimal | None = None) -> OrderModify:
        """Return the modification to send, with the net position that it expects, if it expects one."""
        return OrderModify(
            action=ModifyAction.MODI, price=self.price, quantity=self.quantity, expected_net_pos=expected_net_pos
        )

    def place_words(self, book: Orders) -> str:
        """Return what the step does to the place of its order in this book; empty if that is not known."""
        moved = place_after(book, self.base, self.price, self.quantity)
        return "" if moved is None else str(moved)

    def texts(self) -> Mapping[str, str]:
        """Return old and new values as text, by column title."""
        texts: dict[str, str] = {}
        if self.price is not None:
            texts[FIELDS["price"].heading] = f"{price_text(self.base.price)}→{price_text(self.price)}"
        if self.quantity is not None:
            texts[FIELDS["quantity"].heading] = (
                f"{quantity_text(self.base.open_quantity_mw)}→{quantity_text(self.quantity)}"
            )
        return texts


def _after(present: Decimal, step: Decimal, tick: Decimal) -> Decimal:
    """Return the value after a step. The first step of a value between two ticks leads to the next tick."""
    if present % tick == 0:
        return present + step
    return (present / tick).to_integral_value(ROUND_CEILING if step > 0 else ROUND_FLOOR) * tick


def followed(
    staged: Staged, order: Order | UnreadableOrder | None
) -> tuple[Staged | None, Callable[[ZoneInfo], str] | None]:
    """Return the staged steps for the order as it is now, and a report. The steps are None if they are discarded.

    Steps are discarded if a stepped value has changed: they were meant for the value the trader saw. `order` is None if
    it left the market. The report is a function of the zone in which deliveries are shown, or None if nothing happened.
    """
    base = staged.base
    steps = " and ".join(f"{title} {text}" for title, text in staged.texts().items())

    def discarded(why: str) -> tuple[None, Callable[[ZoneInfo], str]]:
        return None, lambda zone: f"staged step discarded ({steps}): {_subject(base, zone)} {why}"

    if order is None:
        return discarded("left the market")
    if isinstance(order, UnreadableOrder):
        return discarded("can't be read any more")
    has_price_moved = staged.price is not None and order.price != base.price
    has_quantity_moved = staged.quantity is not None and order.open_quantity_mw != base.open_quantity_mw
    if has_price_moved or has_quantity_moved:
        return discarded(f"is now {quantity_text(order.open_quantity_mw)} MW at {price_text(order.price)}")
    following = replace(staged, base=order)
    if (order.order_id, order.revision_no) == (base.order_id, base.revision_no):
        return following, None
    what = order_event(order.action).what
    return following, lambda zone: f"staged step kept ({steps}): {_subject(base, zone)} was changed meanwhile ({what})"


def _subject(order: Order, zone: ZoneInfo) -> str:
    return f"{order_figures_text(order, zone)}, order {order.order_id}"

"""Steps a trader staged in the table: a new price or quantity that is shown beside the old one and not yet sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from pbtui.api.models import ModifyAction, Order, OrderModify
from pbtui.desk.formats.number_format import price_text, quantity_text


@dataclass(frozen=True, slots=True)
class Staged:
    """What is staged for one order: steps away from the order as it was when the first of them was staged."""

    base: Order
    price: Decimal | None = None
    quantity: Decimal | None = None

    def stepped(self, *, price: Decimal = Decimal(0), quantity: Decimal = Decimal(0)) -> "Staged | None":
        """One step further; None where that leads back to where it began.

        Raises ValueError where there is nothing to step from, or a quantity would reach zero.
        """
        following = self
        if price:
            if self.base.price is None:
                raise ValueError("the price of this order is not known")
            new = (self.price if self.price is not None else self.base.price) + price
            following = replace(following, price=None if new == self.base.price else new)
        if quantity:
            open_mw = self.base.open_quantity_mw
            new = (self.quantity if self.quantity is not None else open_mw) + quantity
            if new <= 0:
                raise ValueError("a quantity of zero is a deletion: use x for that")
            following = replace(following, quantity=None if new == open_mw else new)
        return None if following.price is None and following.quantity is None else following

    def changes(self) -> OrderModify:
        """What is sent."""
        return OrderModify(action=ModifyAction.MODI, price=self.price, quantity=self.quantity)

    def texts(self) -> Mapping[str, str]:
        """Old and new by the title of the column they stand in."""
        texts: dict[str, str] = {}
        if self.price is not None:
            texts["Price"] = f"{price_text(self.base.price)}→{price_text(self.price)}"
        if self.quantity is not None:
            texts["MW"] = f"{quantity_text(self.base.open_quantity_mw)}→{quantity_text(self.quantity)}"
        return texts

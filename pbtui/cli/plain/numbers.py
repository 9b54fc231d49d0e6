"""The numbers of the orders in a plain session. A number stays with its order, and is never given to another one."""

from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.view import DeskView


class NoSuchOrder(ValueError):
    """A number that is no order's; the message is a sentence for the trader."""


class Numbers:
    """The numbers by the keys of the orders, in the sequence in which the orders were said."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._by_key: dict[str, int] = {}

    def of(self, row: Row) -> int:
        """Return the number of an order; the next one if it has none."""
        if row.key not in self._by_key:
            self._keys.append(row.key)
            self._by_key[row.key] = len(self._keys)
        return self._by_key[row.key]

    def row(self, number: int, view: DeskView) -> Row:
        """Return the order with that number as the view has it. Raises NoSuchOrder."""
        if not 0 < number <= len(self._keys):
            raise NoSuchOrder(f"No order has the number {number}; list says the numbers.")
        row = view.blotter.find(self._keys[number - 1])
        if row is None:
            raise NoSuchOrder(f"Order {number} is not among the orders any more.")
        return row

    def order_id(self, number: int, view: DeskView) -> str:
        """Return the present id of the order with that number. Raises NoSuchOrder."""
        order_id = self.row(number, view).order.order_id
        if not order_id or "," in order_id:
            raise NoSuchOrder(f"Order {number} has no id that a command can name; kill reaches it.")
        return order_id

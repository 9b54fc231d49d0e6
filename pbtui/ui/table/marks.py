"""The marked orders of one tab, and the marks that went with orders that left it."""

from collections.abc import Container, Iterable

from msgspec import Struct

from pbtui.api.structs import replace


class MarkedOrders(Struct, frozen=True):
    """Keys of marked orders. A mark goes with its order; the next key for the marked orders says so.

    If no mark is left then, that key acts on no order: it was not meant for the one under the cursor. `gone` are the
    marked orders that left, until a key has said so. `is_said` is set once a key has said that all of them left.
    """

    keys: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    is_said: bool = False

    def within(self, rows: Container[str]) -> "MarkedOrders":
        """Return the marks of the orders that are still in these rows of the tab."""
        left = frozenset(key for key in self.keys if key not in rows)
        return MarkedOrders(self.keys - left, self.gone | left) if left else self

    def marking(self, keys: frozenset[str]) -> "MarkedOrders":
        """Return exactly these marks, which the trader has chosen."""
        return MarkedOrders(keys, self.chosen_anew().gone - keys)

    def without(self, keys: Iterable[str]) -> "MarkedOrders":
        """Return the marks without those of orders with which a ticket of the trader is done."""
        done = frozenset(keys)
        return replace(self, keys=self.keys - done, gone=self.gone - done)

    # ------------------------------------------------------------ marks that are gone

    @property
    def is_lost(self) -> bool:
        """Return whether orders were marked, and all of them left."""
        return bool(self.gone) and not self.keys

    def chosen_anew(self) -> "MarkedOrders":
        """Return the marks after the trader moved the cursor or marked an order: the next key is meant for that one."""
        return MarkedOrders(self.keys) if self.is_said else self

    def said(self, *, is_previewed: bool) -> tuple["MarkedOrders", str]:
        """Return the marks after a key for the marked orders, and what it has to say of those that are gone.

        `is_previewed` is whether the key shows its orders before it changes anything. Pressed again, such a key acts on
        the order under the cursor. Others come in quick sequence, and wait until the trader has chosen an order.
        """
        count = len(self.gone)
        if not self.is_lost:
            of = count + len(self.keys)
            words = f"{count} of {of} marked orders left this tab and {'is' if count == 1 else 'are'} not included"
            return MarkedOrders(self.keys), words if count else ""
        if self.is_said and is_previewed:
            return MarkedOrders(), ""
        way = "press again for the order under the cursor" if is_previewed else "move the cursor or mark an order first"
        return replace(self, is_said=True), f"the marked order{'' if count == 1 else 's'} left this tab; {way}"

"""The result of a change of every order at the exchange, in words for the trader."""

from msgspec import Struct

from pbtui.api.errors import NotSent, OrdersApiError


class ActiveAfter(Struct, frozen=True):
    """The number of active orders after the server accepted a change of all, as far as the key sees them.

    `count` is None if reads did not show it; `problem` then is the reason, as a sentence.
    """

    count: int | None
    problem: str = ""

    @property
    def words(self) -> str:
        """The result for the trader."""
        if self.count is None:
            return f"It is not known which orders are active. {self.problem}"
        are = "order that this key can see is" if self.count == 1 else "orders that this key can see are"
        return f"{self.count} {are} active"


def failure_words(error: OrdersApiError) -> str:
    """Say what is known of a change that failed so, with the reason."""
    if isinstance(error, NotSent):
        return f"nothing was sent: {error}"
    if error.proves_nothing:
        return f"the request may have left, and the orders may have changed: {error}"
    return f"refused: {error}"

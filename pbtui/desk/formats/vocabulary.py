"""Words for the API's codes, the same on every screen and in every line.

An unknown code is shown as received. Meanings of the action codes: API document 2.16.1, enumeration
OrderAction; QFEX is AFEX under the name the document's own description gives it.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from pbtui.api.codes import OrderSide, OrderState, OrderType
from pbtui.api.models import Order

UNREADABLE = "unreadable"
"""Word for a value that could not be read."""

_STATES: Mapping[str, str] = {
    OrderState.ACTI: "active",
    OrderState.HIBE: "deactivated",
    OrderState.IACT: "gone",
    OrderState.UNKW: "unknown",
}
_SIDES: Mapping[str, str] = {OrderSide.BUY: "▲ BUY", OrderSide.SELL: "▼ SELL"}
_TYPES: Mapping[str, str] = {OrderType.O: "limit", OrderType.B: "block", OrderType.I: "iceberg"}

_USER, _MARKET_OPERATIONS, _SYSTEM, _MARKET = "user", "market operations", "system", "the market"
_ACTORS = {"U": _USER, "A": _MARKET_OPERATIONS, "S": _SYSTEM}
_USUAL_EVENTS = {
    "ADD": "added",
    "HIB": "deactivated",
    "MOD": "modified",
    "DEL": "deleted",
    "REJ": "rejected (pre-arranged)",
}
_EVENTS = {
    "PEXE": ("partly filled", _MARKET),
    "FEXE": ("filled", _MARKET),
    "IADD": ("next slice placed", _MARKET),
    "SERR": ("refused in remote validation", _SYSTEM),
    "SNAV": ("marked unknown (order book not reachable)", _SYSTEM),
    "QADD": ("quote added", _USER),
    "QPEX": ("quote partly filled", _MARKET),
    "AFEX": ("quote filled", _MARKET),
    "QFEX": ("quote filled", _MARKET),
    "RLVI": ("refused for breaking a limit", "PowerBot"),
}


class OrderEvent(Struct, frozen=True):
    """An order event: what happened and who did it. `actor` is empty for an unknown code."""

    what: str
    actor: str
    code: str

    def __str__(self) -> str:
        return f"{self.what} by {self.actor} ({self.code})" if self.actor else self.code


def order_event(action: str) -> OrderEvent:
    """Return the event of an action code."""
    if action in _EVENTS:
        what, actor = _EVENTS[action]
        return OrderEvent(what, actor, action)
    who, verb = action[:1], action[1:]
    if who in _ACTORS and verb in _USUAL_EVENTS:
        return OrderEvent(_USUAL_EVENTS[verb], _ACTORS[who], action)
    return OrderEvent(action or UNREADABLE, "", action or UNREADABLE)


def failure_text(order: Order) -> str:
    """Return why an order failed, in the server's words."""
    messages = [problem.message for problem in order.errors or ()]
    return "; ".join(messages) or order.error_message or str(order_event(order.action))


def orders_named(ids: Sequence[str]) -> str:
    """Return the orders with these ids in words: `order 7`, `orders 7, 8`."""
    if not ids:
        return "an order without an id"
    return f"{'order' if len(ids) == 1 else 'orders'} {', '.join(ids)}"


def state_word(state: str) -> str:
    """Return the word for a state."""
    return _STATES.get(state, state) or UNREADABLE


def side_word(side: str) -> str:
    """Return the word for a side, with an arrow that shows it without colour."""
    return _SIDES.get(side, side)


def type_word(code: str) -> str:
    """Return the word for an order type."""
    return _TYPES.get(code, code)

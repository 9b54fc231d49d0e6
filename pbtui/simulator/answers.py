"""Answers on their way out, and what the fault plan makes of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from pbtui.simulator.faults import Garbage
from pbtui.simulator.refusals import CallRefused

_JSON = msgspec.json.Encoder(decimal_format="number")
_PRICE = re.compile(rb'"price":-?[0-9.]+')
_LOGIN_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"


@dataclass
class Answer:
    """What a call is answered with: status, body in JSON where there is one, headers."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    @classmethod
    def of_json(cls, value: object, *, status: int = 200) -> "Answer":
        """Prices and quantities leave as JSON numbers."""
        return cls(status, _JSON.encode(value))

    @classmethod
    def of_orders(cls, encoded: Sequence[bytes]) -> "Answer":
        """A JSON array of orders that are encoded already."""
        return cls(body=b"[" + b",".join(encoded) + b"]")

    @classmethod
    def of_refusal(cls, refused: CallRefused) -> "Answer":
        """An ErrorResponse."""
        body: dict[str, object] = {"message": refused.message}
        if refused.errors:
            body["errors"] = refused.errors
        answer = cls.of_json(body, status=refused.status)
        answer.headers |= refused.headers
        return answer

    def counted(self, total: int) -> "Answer":
        """This answer with the number of all that would match."""
        self.headers["X-Total-Count"] = str(total)
        return self


def spoil(answer: Answer, garbage: Garbage) -> None:
    """Make garbage of a good answer: its whole body, or the middle one of the orders it lists."""
    if answer.status >= 300:
        return
    match garbage:
        case "html":
            answer.status, answer.body, answer.media_type = 200, _LOGIN_PAGE, "text/html"
        case "truncated":
            answer.body = answer.body[: len(answer.body) * 2 // 3]
        case "not_json":
            answer.status, answer.body = 200, b"Service is starting, please wait"
        case "broken_order":
            answer.body = _with_one_price(answer.body, b'"forty-five"')
        case "nan_price":
            answer.body = _with_one_price(answer.body, b"NaN")


def _with_one_price(body: bytes, spoilt: bytes) -> bytes:
    """The list with another price in its middle order; anything but a list of orders stays as it is."""
    if not body.startswith(b"[{"):
        return body
    orders = [bytes(order) for order in msgspec.json.decode(body, type=list[msgspec.Raw])]
    middle = len(orders) // 2
    orders[middle] = _PRICE.sub(b'"price":' + spoilt, orders[middle])
    return b"[" + b",".join(orders) + b"]"

"""Answers of the simulator, and how the fault plan corrupts them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from pbtui.simulator.http.faults import Garbage
from pbtui.simulator.rejections import CallRefused

_JSON = msgspec.json.Encoder(decimal_format="number")
_PRICE = re.compile(rb'"price":-?[0-9.]+')
_PIECES_IN_PART = 1000
_LOGIN_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"


@dataclass
class Answer:
    """Answer to a call: status, headers, and a body that is joined only when it is sent."""

    status: int = 200
    pieces: Sequence[bytes] = ()
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    @classmethod
    def of_json(cls, value: object, *, status: int = 200) -> "Answer":
        """Return an answer with a JSON body; prices and quantities are JSON numbers."""
        return cls(status, [_JSON.encode(value)])

    @classmethod
    def of_orders(cls, encoded: Sequence[bytes]) -> "Answer":
        """Return an answer with a JSON array of orders that are already encoded."""
        pieces = [piece for order in encoded for piece in (b",", order)]
        return cls(pieces=[b"[", *pieces[1:], b"]"])

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.pieces)

    @property
    def length(self) -> int:
        """Length of the body in bytes."""
        return sum(map(len, self.pieces))

    def parts(self) -> Iterator[bytes]:
        """Yield the body in parts, so that a large body is not in memory twice."""
        for begin in range(0, len(self.pieces), _PIECES_IN_PART):
            yield b"".join(self.pieces[begin : begin + _PIECES_IN_PART])

    @classmethod
    def of_refusal(cls, refused: CallRefused) -> "Answer":
        """Return the answer to a refused call: an ErrorResponse."""
        body: dict[str, object] = {"message": refused.message}
        if refused.errors:
            body["errors"] = refused.errors
        answer = cls.of_json(body, status=refused.status)
        answer.headers |= refused.headers
        return answer

    def counted(self, total: int) -> "Answer":
        """Return a copy of this answer with the total number of matches in its header."""
        self.headers["X-Total-Count"] = str(total)
        return self


def corrupt(answer: Answer, garbage: Garbage) -> None:
    """Corrupt a good answer: its whole body, or the middle order of its list."""
    if answer.status >= 300:
        return
    body = answer.body
    match garbage:
        case "html":
            answer.status, answer.media_type, body = 200, "text/html", _LOGIN_PAGE
        case "truncated":
            body = body[: len(body) * 2 // 3]
        case "not_json":
            answer.status, body = 200, b"Service is starting, please wait"
        case "broken_order":
            body = _with_one_price(body, b'"forty-five"')
        case "nan_price":
            body = _with_one_price(body, b"NaN")
    answer.pieces = [body]


def _with_one_price(body: bytes, corrupted: bytes) -> bytes:
    """Return the list with another price in its middle order; a body that is not a list of orders is not changed."""
    if not body.startswith(b"[{"):
        return body
    orders = [bytes(order) for order in msgspec.json.decode(body, type=list[msgspec.Raw])]
    middle = len(orders) // 2
    orders[middle] = _PRICE.sub(b'"price":' + corrupted, orders[middle])
    return b"[" + b",".join(orders) + b"]"

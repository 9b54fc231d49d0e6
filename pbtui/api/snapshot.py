"""The bytes of an order list made into orders, reusing those whose bytes did not change.

A poll of ten thousand orders changes a few dozen of them. So the list is split into raw slices first, and only a
slice that the last snapshot did not hold is decoded and validated. One order that cannot be read becomes an
`UnreadableOrder` and never hides the others.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import msgspec
from pydantic import TypeAdapter, ValidationError

from pbtui.api.models import Order, OrderState
from pbtui.api.sanitize import safe_text

_MAX_REASON_LENGTH = 200

_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<half>u[dD][89a-fA-F]..)|.)", re.DOTALL)

_split_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_slice = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode
_order = TypeAdapter(Order)


class UnreadableList(ValueError):
    """The body is not a JSON list at all; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class UnreadableOrder:
    """One element of a list that is not an order as the API describes it.

    `reason` names the field and what is wrong with it, `raw` is the element as it came, made safe to show.
    Ids, state and where it belongs are there as far as they could be read: such an order may be live.
    """

    reason: str
    raw: str
    order_id: str | None = None
    initial_order_id: str | None = None
    revision_no: int | None = None
    state: str | None = None
    portfolio_id: str | None = None
    delivery_area: str | None = None
    pre_arranged: bool | None = None

    @property
    def key(self) -> str:
        """The order's key as `Order.key` has it; for an element without any id, its own text."""
        return self.initial_order_id or self.order_id or self.raw

    @property
    def is_live(self) -> bool:
        """Whether the order may trade, which it may unless it could be read that it may not."""
        return self.state not in (OrderState.HIBE, OrderState.IACT)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One order list: each raw element and what it was read as, in the order of the list."""

    slices: Mapping[bytes, Order | UnreadableOrder]
    received: int
    """Number of elements the list had, repeated ones counted each time."""

    @property
    def orders(self) -> tuple[Order | UnreadableOrder, ...]:
        """The elements as read, repeated ones once."""
        return tuple(self.slices.values())

    @property
    def readable(self) -> tuple[Order, ...]:
        """The elements that could be read as orders."""
        return tuple(order for order in self.slices.values() if isinstance(order, Order))


EMPTY = Snapshot(slices={}, received=0)


def decode(body: bytes, previous: Snapshot = EMPTY) -> Snapshot:
    """Read an order list, taking over from `previous` every order whose bytes are the same.

    Raises UnreadableList if the body is not a JSON list.
    """
    raw_slices = _split(body)
    known = previous.slices
    slices = {raw: known[raw] if raw in known else _read(raw) for raw in raw_slices}
    return Snapshot(slices=slices, received=len(raw_slices))


def _split(body: bytes) -> list[bytes]:
    try:
        return _raw_slices(body)
    except (msgspec.DecodeError, RecursionError):
        whole = _without_half_characters(body)
    try:
        return _raw_slices(whole)
    except (msgspec.DecodeError, RecursionError) as error:
        return _split_with_constants(whole, str(error))


def _raw_slices(body: bytes) -> list[bytes]:
    try:
        return [bytes(raw) for raw in _split_list(body)]
    except msgspec.ValidationError:
        raise UnreadableList(f"not a list of orders but {_first_words(body)}") from None


def _without_half_characters(body: bytes) -> bytes:
    """The body with U+FFFD for each escaped half of a surrogate pair whose other half is missing.

    Some servers cut texts between the two, and no reader takes what is left.
    """
    return _ESCAPE.sub(lambda match: rb"\ufffd" if match["half"] else match[0], body)


def _split_with_constants(body: bytes, reason: str) -> list[bytes]:
    """Split a list that is JSON but for NaN and Infinity, which some servers write for a broken number.

    They become strings here, so that the one order that holds them fails its validation and no other does.
    """
    try:
        elements = json.loads(body.decode(errors="replace"), parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError):
        raise UnreadableList(f"not JSON ({reason}): {_first_words(body)}") from None
    if not isinstance(elements, list):
        raise UnreadableList(f"not a list of orders but {_first_words(body)}")
    return [_encode(element) for element in elements]


def _first_words(body: bytes) -> str:
    if not body:
        return "an empty body"
    return f"{len(body)} bytes that begin {safe_text(body[:80].decode(errors='replace'))!r}"


def _read(raw: bytes) -> Order | UnreadableOrder:
    try:
        fields = _decode_slice(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return UnreadableOrder(reason=safe_text(str(error)), raw=_as_text(raw))
    try:
        return _order.validate_python(fields)
    except ValidationError as error:
        return _salvage(fields, raw, _reason(error))


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "order"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return safe_text(f"{where}: {first['msg'].removeprefix('Value error, ')}{more}")[:_MAX_REASON_LENGTH]


def _salvage(fields: object, raw: bytes, reason: str) -> UnreadableOrder:
    known = fields if isinstance(fields, dict) else {}

    def text(name: str) -> str | None:
        value = known.get(name)
        return safe_text(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None

    revision_no, pre_arranged = known.get("revision_no"), known.get("pre_arranged")
    return UnreadableOrder(
        reason=reason,
        raw=_as_text(raw),
        order_id=text("order_id"),
        initial_order_id=text("initial_order_id"),
        revision_no=revision_no if type(revision_no) is int else None,
        state=text("state"),
        portfolio_id=text("portfolio_id"),
        delivery_area=text("delivery_area"),
        pre_arranged=pre_arranged if isinstance(pre_arranged, bool) else None,
    )


def _as_text(raw: bytes) -> str:
    return safe_text(raw.decode(errors="replace"))

"""Decodes the bytes of an order list, and reuses the orders whose bytes did not change.

A poll of ten thousand orders changes a few dozen of them. The list is therefore split into raw slices, and only slices
that were not in the last snapshot are decoded and validated. An order that cannot be read becomes an `UnreadableOrder`;
the others are still shown.
"""

import json
import re
from collections.abc import Mapping
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
    """The body is not a JSON list; the message says what it is instead."""


class UnreadableOrder(msgspec.Struct, frozen=True):
    """An element of a list that is not an order as the API describes it.

    `reason` names the field and the error; `raw` is the element as received, made safe to show. Ids, state, portfolio
    and area are set if they could be read. Such an order may be live.
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
        """Identity of the order as in `Order.key`; an element without any id is identified by its text."""
        return self.initial_order_id or self.order_id or self.raw

    @property
    def is_live(self) -> bool:
        """Return whether the order may trade. True unless its state could be read and says otherwise."""
        return self.state not in (OrderState.HIBE, OrderState.IACT)


class Snapshot(msgspec.Struct, frozen=True):
    """One order list: each raw element and the order decoded from it, in the sequence of the list."""

    slices: Mapping[bytes, Order | UnreadableOrder]
    received: int
    """Number of elements in the list; repeated elements count each time."""

    @property
    def orders(self) -> tuple[Order | UnreadableOrder, ...]:
        """The decoded elements, without repetitions."""
        return tuple(self.slices.values())

    @property
    def readable(self) -> tuple[Order, ...]:
        """The elements that could be decoded as orders."""
        return tuple(order for order in self.slices.values() if isinstance(order, Order))


EMPTY = Snapshot(slices={}, received=0)


def decode(body: bytes, previous: Snapshot = EMPTY) -> Snapshot:
    """Decode an order list, and reuse from `previous` every order whose bytes are the same.

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
    """Return the body with U+FFFD in place of each unpaired surrogate escape.

    Some servers cut texts inside a surrogate pair, and JSON decoders refuse the half that is left.
    """
    return _ESCAPE.sub(lambda match: rb"\ufffd" if match["half"] else match[0], body)


def _split_with_constants(body: bytes, reason: str) -> list[bytes]:
    """Split a list that is valid JSON except for NaN and Infinity, which some servers write for a missing number.

    They become strings here, so that only the order that holds them fails its validation.
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
    return f"{len(body)} bytes that begin with {safe_text(body[:80].decode(errors='replace'))!r}"


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

"""Decodes what the reads answer with, element by element: an odd one hides itself only."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from msgspec import Struct

from pbtui.api.decoding.field_by_field import FieldReader, Readable
from pbtui.api.decoding.raw_list import split
from pbtui.api.sanitize import safe_text

Value = TypeVar("Value", bound=Readable)


class UnreadableElement(Struct, frozen=True):
    """An element of a list that is no JSON object; `raw` is what was received, made safe to show."""

    reason: str
    raw: str


class Elements(Struct, Generic[Value], frozen=True):
    """The elements of one list, each with its bytes, in its sequence. `received` is how many the list had."""

    slices: tuple[tuple[bytes, Value | UnreadableElement], ...]
    received: int

    @property
    def readable(self) -> tuple[Value, ...]:
        """The elements that could be read."""
        return tuple(element for _, element in self.slices if not isinstance(element, UnreadableElement))

    @property
    def unreadable(self) -> tuple[UnreadableElement, ...]:
        """The other elements."""
        return tuple(element for _, element in self.slices if isinstance(element, UnreadableElement))

    @property
    def body(self) -> bytes:
        """The elements as a JSON list, each as the server sent it."""
        return b"[" + b",".join(raw for raw, _ in self.slices) + b"]"

    def where(self, matches: Callable[[Value], bool]) -> "Elements[Value]":
        """Return the elements that match, and those that could not be read."""
        kept = (each for each in self.slices if isinstance(each[1], UnreadableElement) or matches(each[1]))
        return Elements(tuple(kept), self.received)


NOTHING_KNOWN: Mapping[bytes, Any] = MappingProxyType({})


def decode_list(
    body: bytes, reader: FieldReader[Value], known: Mapping[bytes, Value | UnreadableElement] = NOTHING_KNOWN
) -> Elements[Value]:
    """Decode a list, and reuse each known element whose bytes are the same.

    Raises UnreadableList if the body is not a JSON list.
    """
    slices = tuple((raw, known[raw] if raw in known else _read(raw, reader)) for raw in map(bytes, split(body)))
    return Elements(slices, len(slices))


def _read(raw: bytes, reader: FieldReader[Value]) -> Value | UnreadableElement:
    found = reader.read(raw)
    return UnreadableElement(found, safe_text(raw.decode(errors="replace"))) if isinstance(found, str) else found

"""Decodes what the reads answer with, element by element: an odd one hides itself only."""

from typing import Generic, TypeVar

from msgspec import Struct

from pbtui.api.field_by_field import FieldReader, Readable
from pbtui.api.raw_list import split
from pbtui.api.sanitize import safe_text

Value = TypeVar("Value", bound=Readable)


class UnreadableElement(Struct, frozen=True):
    """An element of a list that is no JSON object; `raw` is what was received, made safe to show."""

    reason: str
    raw: str


class Elements(Struct, Generic[Value], frozen=True):
    """The elements of one list, in its sequence."""

    readable: tuple[Value, ...]
    unreadable: tuple[UnreadableElement, ...]

    @property
    def received(self) -> int:
        """Number of elements in the list."""
        return len(self.readable) + len(self.unreadable)


def decode_list(body: bytes, reader: FieldReader[Value]) -> Elements[Value]:
    """Decode a list. Raises UnreadableList if the body is not a JSON list."""
    readable: list[Value] = []
    unreadable: list[UnreadableElement] = []
    for raw in split(body):
        found = reader.read(raw)
        if isinstance(found, str):
            unreadable.append(UnreadableElement(found, safe_text(raw.decode(errors="replace"))))
        else:
            readable.append(found)
    return Elements(tuple(readable), tuple(unreadable))

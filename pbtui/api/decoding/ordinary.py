"""Reads objects that are exactly as the API describes them, as nearly all are, by the types of their fields.

Every other object is left to `field_by_field`. That reads any object, and those that are read here in the same way. But
it needs pydantic, and takes much longer.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

import msgspec

from pbtui.api.models import Order, OrderProblem
from pbtui.api.sanitize import safe_text, shown_id
from pbtui.api.values import Id, JsonText, Moment, Number, Text, exact_number, json_key, json_text

_HOUR_AND_MINUTE = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_MOMENT = re.compile(
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_HOUR_AND_MINUTE}:[0-9]{{2}}(?:\.[0-9]{{1,9}})?(?:Z|[+-]{_HOUR_AND_MINUTE})",
    re.ASCII,
)
_MOST_SHARED = 8192
_LONGEST_SHARED = 64
"""Most values of a kind that are kept to be shared by orders, and the longest text that is kept for it."""
_MAX_WHOLE_NUMBER = 10**18

_Value = TypeVar("_Value")
_Readings = Mapping[type, Callable[[Any], Any]]
"""Functions that read a JSON value, by its type. A value of a type that is missing here is not ordinary."""


def _sharing(read: Callable[[str], _Value]) -> Callable[[str], _Value]:
    """Return a function that reads a text, and returns the same object for one that it has read of late.

    Most values of an order are those of many others: 100 000 orders need half the memory.
    """
    shared = lru_cache(maxsize=_MOST_SHARED)(read)
    return lambda text: shared(text) if len(text) <= _LONGEST_SHARED else read(text)


_decode_object = msgspec.json.Decoder(float_hook=_sharing(Decimal)).decode


class NotOrdinary(ValueError):
    """An object, or a value in it, that is not exactly as the API describes it."""


class OrdinaryReader(Generic[_Value]):
    """Reads the ordinary objects of one type, a dataclass with slots that `reply` marked.

    It sets the slots itself, as pydantic does. The constructor of a frozen dataclass with forty fields takes as long as
    all the rest.
    """

    def __init__(self, kind: type[_Value]) -> None:
        all_fields = dataclasses.fields(kind)  # type: ignore[arg-type]
        fields = [field for field in all_fields if field.name != "unreadable"]
        self._kind = kind
        self._fields = {
            json_key(kind, field.name): (_setter(kind, field.name), _readings(field.type)) for field in fields
        }
        self._required = frozenset(json_key(kind, each.name) for each in fields if each.default is dataclasses.MISSING)
        self._defaults = tuple(
            (json_key(kind, each.name), _setter(kind, each.name), each.default)
            for each in all_fields
            if each.default is not dataclasses.MISSING
        )
        # The name of an attribute counts as a key of its own: field_by_field reads both.
        self._not_ordinary = frozenset(field.name for field in all_fields) - self._fields.keys()

    def read(self, raw: bytes) -> _Value | None:
        """Return the value of a JSON object; None if it is not ordinary."""
        try:
            element = _decode_object(raw)
            return self.read_object(element) if _has_names_once(element, raw) else None
        except (NotOrdinary, msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError):
            return None

    def read_object(self, element: dict[str, Any]) -> _Value:
        """Return the value of a decoded object. Raises NotOrdinary."""
        if not self._required <= element.keys() or not self._not_ordinary.isdisjoint(element):
            raise NotOrdinary
        value, fields = self._kind.__new__(self._kind), self._fields
        try:
            for key, found in element.items():
                if key in fields:
                    set_slot, readings = fields[key]
                    set_slot(value, readings[found.__class__](found))
        except (KeyError, ValueError):
            raise NotOrdinary from None
        for key, set_slot, default in self._defaults:
            if key not in element:
                set_slot(value, default)
        return value


def _setter(kind: type, attribute: str) -> Callable[[Any, Any], None]:
    setter: Callable[[Any, Any], None] = getattr(kind, attribute).__set__
    return setter


def _has_names_once(element: Any, raw: bytes) -> bool:
    """Return whether it is an object in which no name can occur twice.

    Each name is followed by a colon, blanks aside. More of them than names that were decoded can mean that one occurs
    twice.
    """
    if element.__class__ is not dict:
        return False
    colons = raw.translate(None, b" \t\r\n").count(b'":')
    return colons == len(element) or colons == _count_names(element)


def _count_names(value: Any) -> int:
    names, inside = (len(value), value.values()) if value.__class__ is dict else (0, value)
    for each in inside:
        if each.__class__ is dict or each.__class__ is list:
            names += _count_names(each)
    return names


def _as_it_is(value: Any) -> Any:
    return value


def _whole_number(number: int) -> int:
    if abs(number) >= _MAX_WHOLE_NUMBER:
        raise NotOrdinary
    return number


def _digits(read: Callable[[str], str]) -> Callable[[int], str]:
    """Return a function that reads a number as text: some servers send their ids as numbers."""
    return lambda number: read(str(number))


@lru_cache(maxsize=_MOST_SHARED)
def _moment(text: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise NotOrdinary
    return datetime.fromisoformat(text)


def _shown_json(value: object) -> str:
    return safe_text(json_text(value))


_READINGS: Mapping[Any, _Readings] = {
    NoneType: {NoneType: _as_it_is},
    Text: {str: _sharing(safe_text), int: _digits(safe_text)},
    Id: {str: _sharing(shown_id), int: _digits(shown_id)},
    Number: {int: lru_cache(maxsize=_MOST_SHARED)(exact_number), Decimal: exact_number},
    Moment: {str: _moment},
    JsonText: {str: safe_text, dict: _shown_json, list: _shown_json},
    int: {int: _whole_number},
    bool: {bool: _as_it_is},
    OrderProblem: {},
}
"""The readings of each type of a field. Few orders have errors, so errors are left to `field_by_field`."""


def _readings(kind: Any) -> _Readings:
    """Return how the values of a type are read. A type that is not known here has no ordinary value."""
    if kind in _READINGS:
        return _READINGS[kind]
    if get_origin(kind) in (Union, UnionType):
        return {json_type: read for each in get_args(kind) for json_type, read in _readings(each).items()}
    if get_origin(kind) is tuple:
        readings = _readings(get_args(kind)[0])
        return {list: lambda values: tuple([readings[value.__class__](value) for value in values])}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return {dict: OrdinaryReader(kind).read_object}
    return {}


ordinary_order = OrdinaryReader(Order).read

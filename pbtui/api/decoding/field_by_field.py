"""Reads a value that is not as the API describes it: each field that can be read, and the reason for each other one.

Nothing is guessed. A number in a text, a time without a zone, a name that occurs twice with different values: such a
field counts as unknown.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Generic, Protocol, TypeVar, get_args

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from pbtui.api.models import Order
from pbtui.api.sanitize import safe_text
from pbtui.api.structs import replace
from pbtui.api.values import UnreadableField, json_key

_MAX_SHOWN = 100
_MAX_REASON_LENGTH = 200
_MAX_INT_DIGITS = 20


class Readable(Protocol):
    """A frozen dataclass that names its fields that could not be read."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    @property
    def unreadable(self) -> tuple[UnreadableField, ...]:
        """The fields that could not be read."""


_Value = TypeVar("_Value", bound=Readable)


class _Object(dict[str, Any]):
    """A JSON object. `twice` has the names that occur in it with different values, and all these values.

    `is_ambiguous`: a name occurs twice, in it or in an object inside it; None until that was looked at.
    """

    twice: Mapping[str, list[Any]]
    is_ambiguous: bool | None = None


_WITH_INSIDE: frozenset[type] = frozenset({_Object, list})
"""The values inside which a name may occur twice."""


class FieldReader(Generic[_Value]):
    """Reads values of one type, field by field. Fields without a default are empty if they can't be read."""

    def __init__(self, kind: type[_Value]) -> None:
        fields = {field.name: field for field in dataclasses.fields(kind) if field.name != "unreadable"}
        self._validate = TypeAdapter(kind).validate_python
        self._whole_numbers = frozenset(name for name, field in fields.items() if field.type in (int, int | None))
        self._required = tuple(name for name, field in fields.items() if field.default is dataclasses.MISSING)
        self._nested = tuple(name for name, field in fields.items() if _is_nested(field.type))
        self._attributes = {json_key(kind, name): name for name in fields}
        self._keys = fields.keys() | self._attributes.keys()

    def read(self, raw: bytes) -> _Value | str:
        """Return the value with the fields that can be read, or the reason why it is no JSON object."""
        try:
            element = json.loads(
                raw.decode(errors="replace"),
                object_pairs_hook=_object,
                parse_float=_decimal,
                parse_int=_whole,
                parse_constant=str,
            )
        except (ValueError, RecursionError) as error:
            return safe_text(str(error))[:_MAX_REASON_LENGTH]
        return self.read_object(element) if isinstance(element, _Object) else "it is no JSON object"

    def read_object(self, element: "_Object") -> _Value:
        """Return the value of a JSON object, with the fields that can be read."""
        problems = {
            name: problem
            for name in self._to_look_at(element)
            if (problem := self._uncertain(name, element, element[name]))
        }
        readable = {name: value for name, value in element.items() if name not in problems}
        found = None
        while found is None:
            try:
                found = self._validate(readable)
            except ValidationError as error:
                more = _problems(error)
                problems |= more
                readable = {name: value for name, value in readable.items() if name not in more}
                readable |= {name: "" for name in self._required if name in more}
        inside = [each for name in self._nested for each in _unreadable_inside(name, getattr(found, name))]
        unreadable = (*self._unreadable(element, problems), *inside)
        return replace(found, unreadable=unreadable) if unreadable else found

    def _to_look_at(self, element: _Object) -> set[str]:
        """Return the fields whose value may be uncertain. Nearly all fields are plain values that occur once."""
        names = {name for name, value in element.items() if value.__class__ in _WITH_INSIDE}
        return names.union(self._whole_numbers, element.twice) & element.keys() & self._keys

    def _uncertain(self, name: str, element: _Object, value: object) -> str:
        """Return the reason why a value is not read that validation would accept; empty if there is none."""
        try:
            if name in element.twice or _is_ambiguous(value):
                return "occurs twice, with different values"
        except RecursionError:
            return "is nested too deeply"
        if name == "revision_no" and isinstance(value, bool | str):
            return "is not a whole number"
        if name in self._whole_numbers and isinstance(value, Decimal) and value.adjusted() > _MAX_INT_DIGITS:
            return "is too large"  # to write it out as a whole number would take very long
        return ""

    def _unreadable(self, element: _Object, problems: Mapping[str, str]) -> Iterator[UnreadableField]:
        for name, problem in sorted(problems.items()):
            value = element.twice.get(name, element.get(name, ""))
            reason = safe_text(problem)[:_MAX_REASON_LENGTH]
            yield UnreadableField(self._attributes.get(name, name), safe_text(_text(value))[:_MAX_SHOWN], reason)


class Nested(Generic[_Value]):
    """Reads the objects of a field, one or a list, each field by field: an odd field hides itself only.

    Used as `BeforeValidator(Nested(kind))`. Their unreadable fields are also in `unreadable` of the outer value.
    """

    def __init__(self, kind: type[_Value]) -> None:
        self._reader = FieldReader(kind)

    def __call__(self, value: Any) -> Any:
        """Return the object or the tuple of objects; anything else as it is, for validation to refuse."""
        if isinstance(value, list):
            return tuple(self(each) for each in value)
        return self._reader.read_object(value) if isinstance(value, _Object) else value


def _is_nested(annotation: Any) -> bool:
    return any(isinstance(part, BeforeValidator) and isinstance(part.func, Nested) for part in get_args(annotation))


def _unreadable_inside(name: str, value: Any) -> Iterator[UnreadableField]:
    places = enumerate(value) if isinstance(value, tuple) else () if value is None else [("", value)]
    for place, each in places:
        where = name if place == "" else f"{name}[{place}]"
        for field in each.unreadable:
            yield replace(field, name=f"{where}.{field.name}")


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    fields = _Object(pairs)
    fields.twice = {}
    if len(fields) == len(pairs):
        return fields
    names = {name for name, value in pairs if value != fields[name]}
    fields.twice = {name: [value for other, value in pairs if other == name] for name in names}
    return fields


def _whole(text: str) -> int | Decimal:
    """Return a whole number exactly."""
    return int(text) if len(text) <= _MAX_INT_DIGITS else Decimal(text)


def _decimal(text: str) -> Decimal | str:
    """Return a number exactly; one that no decimal can hold stays a text."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return text


def _is_ambiguous(value: object) -> bool:
    """Return whether a name occurs twice in an object inside this value."""
    if isinstance(value, _Object):
        if value.is_ambiguous is None:
            inside = [each for each in value.values() if each.__class__ in _WITH_INSIDE]
            value.is_ambiguous = bool(value.twice) or any(map(_is_ambiguous, inside))
        return value.is_ambiguous
    return isinstance(value, list) and any(map(_is_ambiguous, value))


def _problems(error: ValidationError) -> Mapping[str, str]:
    problems: dict[str, str] = {}
    for each in error.errors(include_url=False, include_input=False):
        message = "is missing" if each["type"] == "missing" else each["msg"].removeprefix("Value error, ")
        problems.setdefault(str(each["loc"][0]), message)
    return problems


def _text(value: object) -> str:
    try:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return ""


read_order = FieldReader(Order).read

"""Decodes tables of the settings file into the frozen structs that describe them.

A setting is a field with an `Annotated` type hint. msgspec checks the type and the constraints of the hint;
`msgspec.Meta(description=...)` is what the error message says the value must be. The metadata can also hold `Bounds`,
and functions that return the checked value or raise ValueError with the reason.

They are not pydantic models: settings are read before the first frame, and pydantic takes too long to import.
"""

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

from pbtui.settings.areas import area_code

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")

Text = Annotated[str, msgspec.Meta(min_length=1)]
Id = Annotated[str, msgspec.Meta(pattern=r"\A[^\s,]+\Z")]
"""An id as the API takes it in a comma-separated list: a comma would split it, and an empty id could match all."""


class Bounds(NamedTuple):
    """The least and the greatest value of a Decimal: msgspec has no constraints for this type."""

    least: float
    most: float


class Problem(NamedTuple):
    """An error in the settings: the path of the key, and the reason. Never holds the value, which could be secret."""

    path: tuple[str, ...]
    reason: str
    is_unknown_key: bool = False

    def __str__(self) -> str:
        return f"{'.'.join(key if _BARE_KEY.fullmatch(key) else json.dumps(key) for key in self.path)}: {self.reason}"


def decode(
    kind: type[msgspec.Struct], table: Mapping[str, object], path: tuple[str, ...] = ()
) -> tuple[dict[str, Any], list[Problem]]:
    """Decode the table at `path` for the struct `kind`.

    Returns the valid values by field name and all problems. In a nested table, the default replaces an invalid value.
    """
    hints = fields_of(kind)
    values: dict[str, Any] = {}
    problems = [
        Problem((*path, key), f"is not a known key{did_you_mean(key, hints)}", is_unknown_key=True)
        for key in table
        if key not in hints
    ]
    defaults = defaults_of(kind)
    for name, hint in hints.items():
        place = (*path, name)
        if name not in table:
            if name not in defaults:
                problems.append(Problem(place, f"is missing; it must be {description_of(hint)}"))
        elif is_table(hint) and isinstance(nested := table[name], Mapping):
            values[name], nested_problems = _decode_nested(hint.__origin__, nested, place)
            problems += nested_problems
        else:
            try:
                values[name] = _convert(table[name], hint)
            except ValueError as error:
                problems.append(Problem(place, str(error)))
    return values, problems


def check_fields(settings: msgspec.Struct) -> None:
    """Check the fields of a frozen struct in place, for its `__post_init__`. Raises ValueError with all problems."""
    kind, defaults = type(settings), defaults_of(type(settings))
    current = {name: getattr(settings, name) for name in fields_of(kind)}
    given = {name: value for name, value in current.items() if value is not defaults.get(name, msgspec.NODEFAULT)}
    values, problems = decode(kind, given)
    if problems:
        raise ValueError("; ".join(map(str, problems)))
    for name, value in values.items():
        msgspec.structs.force_setattr(settings, name, value)


@cache
def fields_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The `Annotated` type hint of each setting of a table, by its key."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: hint for name, hint in hints.items() if get_origin(hint) is Annotated}


def defaults_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The defaults of a table by their keys; of a table in it, msgspec's factory."""
    defaults = zip(reversed(kind.__struct_fields__), reversed(kind.__struct_defaults__), strict=False)
    return {name: default for name, default in defaults if default is not msgspec.NODEFAULT}


def is_table(hint: Any) -> bool:
    """Return whether a field is a table with fields of its own."""
    return isinstance(hint.__origin__, msgspec.StructMeta)


def description_of(hint: Any) -> str:
    """The value that a field must have, in words."""
    # Nested Annotated hints are one list of metadata: that of `Text` has no description.
    rules = (rule for rule in hint.__metadata__ if isinstance(rule, msgspec.Meta) and rule.description)
    return str(next(rules).description)


def area_codes(areas: tuple[str, ...]) -> tuple[str, ...]:
    """The codes of delivery areas that may be given by their short names."""
    return tuple(map(area_code, areas))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the nearest known word, if there is one."""
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else "."


def _decode_nested(kind: Any, table: Mapping[str, object], path: tuple[str, ...]) -> tuple[object, list[Problem]]:
    values, problems = decode(kind, table, path)
    try:
        return kind(**values), problems
    except ValueError as error:
        return kind(), problems or [Problem(path, str(error))]


def _convert(value: object, hint: Any) -> Any:
    """The value as the field holds it. Raises ValueError with the reason."""
    try:
        converted = msgspec.convert(value, hint)
        for rule in hint.__metadata__:
            if isinstance(rule, Bounds):
                msgspec.convert(value, Annotated[float, msgspec.Meta(ge=rule.least, le=rule.most)])
            elif callable(rule):
                converted = rule(converted)
    except msgspec.ValidationError:
        raise ValueError(f"must be {description_of(hint)}{_nearest(value, hint)}") from None
    return converted


def _nearest(value: object, hint: Any) -> str:
    """The end of a sentence about a list of known words: the nearest known ones to those that are not."""
    known = next(
        (kind for kind in get_args(hint.__origin__) if isinstance(kind, type) and issubclass(kind, StrEnum)), ()
    )
    if not known or not isinstance(value, list):
        return ""
    unknown = [word for word in value if isinstance(word, str) and word not in [*known]]
    near = dict.fromkeys(close for word in unknown for close in get_close_matches(word, [*known], n=1))
    return f"; did you mean {', '.join(near)}?" if near else ""

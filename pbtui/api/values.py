"""Types of the values in requests and replies: text that is safe to show, exact numbers, any JSON.

pydantic takes the checks of a value from the marks of its type. This module does not import it: nearly all orders are
read without it (`pbtui.api.decoding.ordinary`), and the import takes a quarter of the time that a kill needs to begin.
"""

import os
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec

from pbtui.api.sanitize import safe_text, shown_id

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

# No pydantic plugins: an installed plugin would see every order, and searching for plugins takes time.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

# No real price has more digits than a double can hold.
_MAX_SIGNIFICANT_DIGITS = 17
_MAX_WHOLE_DIGITS = 12
_MAX_INT = 10**_MAX_WHOLE_DIGITS
_NUMBERS = (Decimal, int, float)
_WITH_HOURS_OF_ZONE = re.compile(r"[0-9-]{10}[T ][0-9:.]{5,}[+-][0-9]{2}", re.ASCII)

_encode_json = msgspec.json.Encoder(decimal_format="number").encode

T = TypeVar("T")
_CONFIG = "__pydantic_config__"
"""Attribute that holds the configuration of a dataclass for pydantic."""


class Before(msgspec.Struct, frozen=True):
    """Mark of a type: the value passes this function before its type is checked."""

    function: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core.core_schema import no_info_before_validator_function

        return no_info_before_validator_function(self.function, handler(source))


class After(msgspec.Struct, frozen=True):
    """Mark of a type: the value passes this function after its type was checked."""

    function: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core.core_schema import no_info_after_validator_function

        return no_info_after_validator_function(self.function, handler(source))


class Aware(msgspec.Struct, frozen=True):
    """Mark of a time that must have a zone."""

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core.core_schema import datetime_schema

        return datetime_schema(tz_constraint="aware")


class Exactly(msgspec.Struct, frozen=True):
    """Mark of a truth value: no number and no text is taken for one."""

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core.core_schema import bool_schema

        return bool_schema(strict=True)


class UnreadableField(msgspec.Struct, frozen=True):
    """A field whose value is not as the API describes it, by the name of its attribute.

    `value` is what was received, cut and safe to show, and `reason` why it was not read.
    """

    name: str
    value: str
    reason: str

    def __str__(self) -> str:
        shown = f" {self.value}" if self.value and self.value not in self.reason else ""
        return f"{self.name}{shown}: {self.reason}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core.core_schema import is_instance_schema

        return is_instance_schema(cls)


def exact_number(value: Any) -> Decimal:
    """Return a finite JSON number as Decimal.

    Raises ValueError for a string, a boolean, or a number that is too large or too long.
    """
    if value.__class__ is int and -_MAX_INT < value < _MAX_INT:
        return Decimal(value)
    if value.__class__ is Decimal and _is_short(value):
        return value  # a shortcut for nearly all numbers of an order list
    if isinstance(value, bool) or not isinstance(value, _NUMBERS):
        raise ValueError(f"{safe_text(str(value))[:40]!r} is not a JSON number")  # noqa: TRY004 - pydantic's protocol
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or (number and number.adjusted() >= _MAX_WHOLE_DIGITS):
        raise ValueError(f"{str(value)[:40]} is out of range")
    _sign, digits, exponent = number.as_tuple()
    if len(digits) > _MAX_SIGNIFICANT_DIGITS or int(exponent) < -_MAX_SIGNIFICANT_DIGITS:
        raise ValueError(f"{str(value)[:40]} has more than {_MAX_SIGNIFICANT_DIGITS} digits")
    return number.copy_abs() if number.is_zero() else number


def _is_short(number: Decimal) -> bool:
    """Return whether a number obviously passes: the few digits of a price or a quantity, none of them far away.

    A zero with a sign does not: it loses the sign.
    """
    near = number.is_finite() and -_MAX_WHOLE_DIGITS < number.adjusted() < _MAX_WHOLE_DIGITS
    return near and len(str(number)) <= _MAX_SIGNIFICANT_DIGITS and (bool(number) or not number.is_signed())


def _written_time(value: object) -> object:
    """Return a time, or a text that may be one. A zone that has only hours (ISO 8601) gets its minutes.

    Raises ValueError for a number, which can count seconds or milliseconds.
    """
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or value[4:5] != "-":
        raise ValueError(f"{safe_text(str(value))[:40]!r} is not a time such as 2026-11-22T13:30:00Z")
    return f"{value}:00" if _WITH_HOURS_OF_ZONE.fullmatch(value) else value


def json_text(value: object) -> str:
    """Return a text as it is, and any other JSON value as its JSON."""
    return value if isinstance(value, str) else _encode_json(value).decode()


Text = Annotated[str, After(safe_text)]
"""Text from the server, safe to show."""
Id = Annotated[str, After(shown_id)]
"""An id in its shown form, see `pbtui.api.sanitize`."""
Number = Annotated[Decimal, Before(exact_number)]
"""An exact, finite number; a JSON number on the wire."""
Flag = Annotated[bool, Exactly()]
"""True or false, and no text or number in place of them."""
Moment = Annotated[datetime, Aware(), Before(_written_time)]
"""A time with its zone, as ISO 8601 writes it."""
JsonText = Annotated[str, Before(json_text), After(safe_text)]
"""Any JSON value, kept as its text."""


def reply(**keys: str) -> Callable[[type[T]], type[T]]:
    """Mark a dataclass that is read from the server.

    `keys` are the JSON keys of those fields whose attribute has another name.
    """

    def marked(kind: type[T]) -> type[T]:
        config = {
            "extra": "ignore",
            "coerce_numbers_to_str": True,
            "validate_by_name": True,
            "hide_input_in_errors": True,
            "defer_build": True,
            "alias_generator": lambda attribute: keys.get(attribute, attribute),
        }
        setattr(kind, _CONFIG, config)
        return kind

    return marked


def json_key(kind: type, attribute: str) -> str:
    """Return the JSON key of a field of a type that `reply` marked."""
    key: str = getattr(kind, _CONFIG)["alias_generator"](attribute)
    return key

"""Types of the values in requests and replies: text that is safe to show, exact numbers, any JSON."""

import os
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Strict

from pbtui.api.sanitize import safe_text, shown_id

# No pydantic plugins: an installed plugin would see every order, and searching for plugins takes time.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

# No real price has more digits than a double can hold.
_MAX_SIGNIFICANT_DIGITS = 17
_MAX_WHOLE_DIGITS = 12
_MAX_INT = 10**_MAX_WHOLE_DIGITS
_NUMBERS = (Decimal, int, float)


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


def _exact_number(value: Any) -> Decimal:
    """Return a finite JSON number as Decimal.

    Raises ValueError for a string, a boolean, or a number that is too large or too long.
    """
    if value.__class__ is int and -_MAX_INT < value < _MAX_INT:
        return Decimal(value)
    if value.__class__ is Decimal and _is_ordinary(value):
        return value  # a shortcut for nearly all numbers of an order list
    if isinstance(value, bool) or not isinstance(value, _NUMBERS):
        raise ValueError(f"{safe_text(str(value))[:40]!r} is not a JSON number")  # noqa: TRY004 - pydantic's protocol
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or abs(number) >= _MAX_INT:
        raise ValueError(f"{str(value)[:40]} is out of range")
    _sign, digits, exponent = number.as_tuple()
    if len(digits) > _MAX_SIGNIFICANT_DIGITS or int(exponent) < -_MAX_SIGNIFICANT_DIGITS:
        raise ValueError(f"{str(value)[:40]} has more than {_MAX_SIGNIFICANT_DIGITS} digits")
    return abs(number) if number.is_zero() else number


def _is_ordinary(number: Decimal) -> bool:
    """Return whether a number obviously passes: the few digits of a price or a quantity, none of them far away.

    A zero with a sign does not: it loses the sign.
    """
    near = number.is_finite() and -_MAX_WHOLE_DIGITS < number.adjusted() < _MAX_WHOLE_DIGITS
    return near and len(str(number)) <= _MAX_SIGNIFICANT_DIGITS and (bool(number) or not number.is_signed())


def _written_time(value: object) -> object:
    """Return a value that is no number. Raises ValueError for one, as it can count seconds or milliseconds."""
    if not isinstance(value, datetime) and not (isinstance(value, str) and value[4:5] == "-"):
        raise ValueError(f"{safe_text(str(value))[:40]!r} is not a time such as 2026-11-22T13:30:00Z")
    return value


def _json_text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()


Text = Annotated[str, AfterValidator(safe_text)]
"""Text from the server, safe to show."""
Id = Annotated[str, AfterValidator(shown_id)]
"""An id in its shown form, see `pbtui.api.sanitize`."""
Number = Annotated[Decimal, BeforeValidator(_exact_number)]
"""An exact, finite number; a JSON number on the wire."""
Flag = Annotated[bool, Strict()]
"""True or false, and no text or number in place of them."""
Moment = Annotated[AwareDatetime, BeforeValidator(_written_time)]
"""A time with its zone, as ISO 8601 writes it."""
JsonText = Annotated[str, BeforeValidator(_json_text), AfterValidator(safe_text)]
"""Any JSON value, kept as its text."""

REPLY = ConfigDict(
    extra="ignore", coerce_numbers_to_str=True, validate_by_name=True, hide_input_in_errors=True, defer_build=True
)
"""Configuration of a type that is read from the server."""

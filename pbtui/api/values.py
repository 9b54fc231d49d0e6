"""Types of the values in requests and replies: text that is safe to show, exact numbers, any JSON."""

import os
from decimal import Decimal
from typing import Annotated

import msgspec
from pydantic import AfterValidator, BeforeValidator, ConfigDict

from pbtui.api.sanitize import safe_text

# No pydantic plugins: an installed plugin would see every order, and searching for plugins takes time.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

# No real price has more digits than a double can hold.
_MAX_SIGNIFICANT_DIGITS = 17
_MAX_MAGNITUDE = Decimal(10) ** 12


def _exact_number(value: object) -> Decimal:
    """Return a finite JSON number as Decimal.

    Raises ValueError for a string, a boolean, or a number that is too large or too long.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float):
        raise ValueError(f"{safe_text(str(value))[:40]!r} is not a JSON number")  # noqa: TRY004 - pydantic's protocol
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or abs(number) >= _MAX_MAGNITUDE:
        raise ValueError(f"{str(value)[:40]} is out of range")
    if len(number.as_tuple().digits) > _MAX_SIGNIFICANT_DIGITS:
        raise ValueError(f"{str(value)[:40]} has more than {_MAX_SIGNIFICANT_DIGITS} digits")
    return abs(number) if number.is_zero() else number


def _json_text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()


Text = Annotated[str, AfterValidator(safe_text)]
"""Text from the server, safe to show."""
Number = Annotated[Decimal, BeforeValidator(_exact_number)]
"""An exact, finite number; a JSON number on the wire."""
JsonText = Annotated[str, BeforeValidator(_json_text), AfterValidator(safe_text)]
"""Any JSON value, kept as its text."""

REPLY = ConfigDict(
    extra="ignore", coerce_numbers_to_str=True, validate_by_name=True, hide_input_in_errors=True, defer_build=True
)
"""Configuration of a type that is read from the server."""

"""Parsing of typed numbers: read exactly, or refused with the reason.

One notation is valid: an optional minus, the digits 0 to 9, and a decimal point with digits on both sides. A plus adds
to a present value (`pbtui.desk.drafts.step`), so it is no part of a number. Notations that mean
something else in other countries or programs (`45,10`, `1.234,50`, `1e5`, `1_000`, `１２`) are refused,
because a wrong guess can cost real money.
"""

import re
from decimal import Decimal

MAX_WHOLE_DIGITS = 6
"""No price or quantity at a power exchange has seven digits before the point."""

PRICE_TICK, QUANTITY_TICK_MW = Decimal("0.01"), Decimal("0.1")
"""Ticks: prices and quantities are multiples of these (quantities: API document 2.36.0)."""

_NUMBER = re.compile(r"-?(?P<whole>[0-9]+)(?:\.(?P<decimals>[0-9]+))?")
_FLAWS = (
    (re.compile(r".*,"), "write a decimal point and no comma, such as 45.10"),
    (re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]*$"), "write it out, without an exponent"),
    (re.compile(r".*[0-9][_' ]+[0-9]"), "no separators between the digits"),
    (re.compile(r".*\..*\."), "only one decimal point"),
    (re.compile(r"[+-]?\.[0-9]"), "a digit is missing before the decimal point"),
    (re.compile(r"[+-]?[0-9]+\.$"), "a digit is missing after the decimal point"),
    (re.compile(r"[+-] *[+-]"), "only one sign"),
    (re.compile(r"\+"), "write it without +, which adds to a present value: there is none here"),
)
_MAX_LENGTH = 40


class NumberRefused(ValueError):
    """A text that is not a valid number; the message is a short reason."""


def parse_price(text: str) -> Decimal:
    """Return a price per MWh of at most 2 decimals; it may be negative. Raises NumberRefused."""
    return parse_number(text, max_decimals=2)


def parse_quantity(text: str) -> Decimal:
    """Return a quantity in MW, above zero, of at most 1 decimal (API document 2.36.0). Raises NumberRefused."""
    quantity_mw = parse_number(text, max_decimals=1)
    if quantity_mw <= 0:
        raise NumberRefused("must be above 0")
    return quantity_mw


def parse_number(text: str, max_decimals: int = 2) -> Decimal:
    """Return the number exactly as written, without blanks around it. Raises NumberRefused.

    More than two decimals are refused, so that `1.234` meant as 1234 is never read as 1.234.
    """
    typed = text.strip(" \t")
    if not typed:
        raise NumberRefused("a number is missing")
    if len(typed) > _MAX_LENGTH:
        raise NumberRefused("is too long for a number")
    match = _NUMBER.fullmatch(typed)
    if match is None:
        raise NumberRefused(_flaw(typed))
    if len(match["whole"].lstrip("0")) > MAX_WHOLE_DIGITS:
        raise NumberRefused(f"at most {MAX_WHOLE_DIGITS} digits before the decimal point")
    if len(match["decimals"] or "") > max_decimals:
        raise NumberRefused(f"at most {max_decimals} decimal{'s' if max_decimals != 1 else ''}")
    number = Decimal(typed)
    return abs(number) if number.is_zero() else number


def _flaw(typed: str) -> str:
    if any(character.isdecimal() and not character.isascii() for character in typed):
        return "write it with the plain digits 0 to 9"
    return next((reason for pattern, reason in _FLAWS if pattern.match(typed)), "is not a number")

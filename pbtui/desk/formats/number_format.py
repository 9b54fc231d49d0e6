"""Prices and quantities as text: exact, with the usual number of decimals."""

from decimal import Decimal

_PRICE_STEP = Decimal("0.01")
_QUANTITY_STEP = Decimal("0.1")


def price_text(price: Decimal | None) -> str:
    """Return a price with all its decimals, at least two: `45.10`, `-0.125`."""
    return _at_least(price, _PRICE_STEP)


def quantity_text(quantity_mw: Decimal | None) -> str:
    """Return a quantity with all its decimals, at least one: `5.0`, `0.25`."""
    return _at_least(quantity_mw, _QUANTITY_STEP)


def _at_least(number: Decimal | None, step: Decimal) -> str:
    if number is None:
        return ""
    stepped = number.quantize(step)
    return f"{stepped:f}" if stepped == number else f"{number.normalize():f}"

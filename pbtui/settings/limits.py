"""Limits: what one hand may do in one go. They are there to stop a slip of the finger, and guard no account."""

from dataclasses import dataclass
from decimal import Decimal

from pbtui.settings.values import hold_checked, number, setting, whole_number

_LEAST_QUANTITY_MW = Decimal("0.1")
_MOST_QUANTITY_MW = Decimal("99999.9")
_MOST_PRICE = Decimal("99999.99")
_PRICE = "a number from -99999.99 to 99999.99"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits of a profile: the table `[profiles.NAME.limits]`. Raises ValueError for values that can't be.

    The price band is that of the German intraday market, ±9999 EUR/MWh. 100 MW is a large order there; who trades
    larger ones says so. 100 orders is what a trader can still look through before they go out.
    """

    max_quantity_mw: Decimal = setting(
        "a number of MW from 0.1 to 99999.9", number(_LEAST_QUANTITY_MW, _MOST_QUANTITY_MW), default=Decimal(100)
    )
    min_price: Decimal = setting(_PRICE, number(-_MOST_PRICE, _MOST_PRICE), default=Decimal(-9999))
    max_price: Decimal = setting(_PRICE, number(-_MOST_PRICE, _MOST_PRICE), default=Decimal(9999))
    max_orders_per_action: int = setting("a whole number from 1 to 10000", whole_number(1, 10_000), default=100)

    def __post_init__(self) -> None:
        hold_checked(self)
        if self.min_price > self.max_price:
            raise ValueError("min_price: must not be above max_price")

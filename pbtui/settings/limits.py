"""Limits on what one trader can submit in one action. They catch typing errors; they don't protect the account."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from pbtui.settings.decode import Bounds, check_fields

_Price = Annotated[Decimal, Meta(description="a number from -99999.99 to 99999.99"), Bounds(-99999.99, 99999.99)]


class Limits(Struct, frozen=True, kw_only=True):
    """The limits of a profile: the table `[profiles.NAME.limits]`. Raises ValueError for invalid values.

    The default price limits are those of the German intraday market, ±9999 EUR/MWh. 100 MW is a large order there.
    100 orders are as many as a trader can check before submission. A batch above `typed_count_above_orders` or
    `typed_count_above_mw` is sent only after the number of its orders was typed; that holds for withdrawals, too.
    """

    max_quantity_mw: Annotated[
        Decimal, Meta(description="a number of MW from 0.1 to 99999.9"), Bounds(0.1, 99999.9)
    ] = Decimal(100)
    min_price: _Price = Decimal(-9999)
    max_price: _Price = Decimal(9999)
    max_orders_per_action: Annotated[int, Meta(ge=1, le=10_000, description="a whole number from 1 to 10000")] = 100
    typed_count_above_orders: Annotated[int, Meta(ge=1, le=10_000, description="a whole number from 1 to 10000")] = 20
    typed_count_above_mw: Annotated[
        Decimal, Meta(description="a number of MW from 0.1 to 99999.9"), Bounds(0.1, 99999.9)
    ] = Decimal(200)

    def __post_init__(self) -> None:
        check_fields(self)
        if self.min_price > self.max_price:
            raise ValueError("min_price must not be above max_price")

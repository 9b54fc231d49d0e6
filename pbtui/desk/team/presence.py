"""Presence: the desks of a team that are open, what each does now, and the results of its last writes.

Presence informs and locks nothing: revisions of orders do. Nothing waits for it, and where it is not known, nobody is
named.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from pbtui.api.structs import replace

APPEAR_EVERY_S = 5.0
"""Time after which a desk renews its lease, which is 15 s."""
MOST_ORDERS = 200
MOST_RESULTS = 10
_ORDERS_NAMED = 3
IN_FORM = "✎"
"""The sign of an order that another desk has open in a form."""


_Time = Annotated[datetime, Meta(tz=True)]
_LARGEST, _SMALLEST_STEP = 10**9, Decimal("1E-9")


class Result(Struct, frozen=True):
    """The result of a write of a desk, for the news of others. `no` counts those of the desk.

    `action` is that of the ticket, `verdict` the state of its lines in words. The figures are those of its order; of
    several `orders` those of the gravest. Quantity in MW, times aware.
    """

    no: int
    action: str
    verdict: str
    is_grave: bool = False
    orders: int = 1
    side: str = ""
    quantity_mw: Decimal | None = None
    price: Decimal | None = None
    delivery_start: _Time | None = None
    delivery_end: _Time | None = None
    contract: str = ""
    area: str = ""
    order_id: str = ""


class Activity(Struct, frozen=True):
    """The activity of a desk as others see it: whether it trades, and the keys of orders that are open in a form."""

    is_trading: bool = False
    orders: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()


class OtherDesk(Struct, frozen=True):
    """Another desk that is open now.

    `since` is the time of the store at which it appeared. `orders` are the keys of orders that are open in a form
    there; `order_count` is their number, of which it names MOST_ORDERS at most.
    """

    desk: str
    operator: str
    host: str
    profile: str
    is_trading: bool
    since: _Time
    orders: tuple[str, ...] = ()
    order_count: int = 0
    results: tuple[Result, ...] = ()

    @property
    def who(self) -> str:
        """Operator and host."""
        return f"{self.operator} on {self.host}"

    @property
    def doing(self) -> str:
        """Profile, mode, time in UTC, and the orders that are open in a form."""
        mode = "trading" if self.is_trading else "read-only"
        orders = "order" if self.order_count == 1 else "orders"
        shown = [*self.orders[:_ORDERS_NAMED], *(["…"] if self.order_count > _ORDERS_NAMED else [])]
        form = f", {self.order_count} {orders} in a form: {' '.join(shown)}" if self.order_count else ""
        return f"profile {self.profile}, {mode}, since {self.since:%Y-%m-%d %H:%M:%S}Z{form}"


def editors_of(desks: Iterable[OtherDesk]) -> Mapping[str, tuple[OtherDesk, ...]]:
    """The desks that have an order open in a form, by its key."""
    found: dict[str, tuple[OtherDesk, ...]] = {}
    for desk in desks:
        for key in desk.orders:
            found[key] = (*found.get(key, ()), desk)
    return found


def editor_words(desks: Iterable[OtherDesk], keys: Collection[str]) -> str:
    """The number of these orders that others have open in a form, and who; empty if nobody has."""
    editors = {key: found for key, found in editors_of(desks).items() if key in keys}
    names = ", ".join(dict.fromkeys(desk.who for found in editors.values() for desk in found))
    if not editors:
        return ""
    what = (
        "This order is" if len(keys) == 1 else f"{len(editors)} of these orders {'is' if len(editors) == 1 else 'are'}"
    )
    return f"{IN_FORM} {what} open in a form of {names} too"


def desks_in(rows: Iterable[Any]) -> tuple[OtherDesk, ...]:
    """The desks in the answer of the store. One that can't be read is left out: halts are in the same answer.

    So are results with figures that no order has: a number of a million digits would take up the screen.
    """
    found = []
    for row in rows:
        with suppress(msgspec.ValidationError):
            desk = msgspec.convert(row, OtherDesk)
            found.append(replace(desk, results=tuple(result for result in desk.results if _is_plain(result))))
    return tuple(found)


def _is_plain(result: Result) -> bool:
    numbers = [number for number in (result.quantity_mw, result.price) if number is not None]
    # In this sequence: numbers that are infinite or too large have no remainder.
    return all(number.is_finite() and abs(number) < _LARGEST and number % _SMALLEST_STEP == 0 for number in numbers)

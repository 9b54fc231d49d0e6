"""State of own orders, published by the feed after each read as an immutable value."""

from dataclasses import dataclass, field

from pbtui.desk.blotter.link import Link
from pbtui.desk.blotter.own_orders import Blotter


@dataclass(frozen=True, slots=True)
class OrdersView:
    """Own orders of the last read, and the state of the connection.

    `elsewhere` is the number of active orders that were read outside the profile's delivery areas. `active_gap` and
    `inactive_gap` say in words which active and which other orders are missing; empty if none are. `past_count` is the
    number of orders deactivated or ended before the start, as far as they were read; None once that read is over.
    """

    link: Link
    blotter: Blotter = field(default_factory=Blotter)
    elsewhere: int = 0
    active_gap: str = ""
    inactive_gap: str = ""
    past_count: int | None = 0

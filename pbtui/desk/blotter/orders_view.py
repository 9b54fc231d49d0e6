"""What the feed knows of own orders: one immutable value, published after each read."""

from dataclasses import dataclass, field

from pbtui.desk.blotter.link import Link
from pbtui.desk.blotter.own_orders import Blotter


@dataclass(frozen=True, slots=True)
class OrdersView:
    """Own orders as last read, and how well the server answers.

    `active_gap` and `inactive_gap` say in words what is missing of the active and of the other orders. They are empty
    where nothing is missing.
    """

    link: Link
    blotter: Blotter = field(default_factory=Blotter)
    active_gap: str = ""
    inactive_gap: str = ""

"""What the desk publishes: one immutable value that holds everything a face shows."""

from dataclasses import dataclass, field

from pbtui.desk.blotter import Blotter
from pbtui.desk.link import Link


@dataclass(frozen=True, slots=True)
class DeskView:
    """The desk at one moment.

    `active_gap` and `inactive_gap` say in words what is missing of the active and of the other orders, and are empty
    where nothing is.
    """

    link: Link
    blotter: Blotter = field(default_factory=Blotter)
    active_gap: str = ""
    inactive_gap: str = ""

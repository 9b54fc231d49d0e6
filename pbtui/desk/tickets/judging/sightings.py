"""Newest states of the orders that a line may be about, by the reads that show them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pbtui.api.codes import OrderState
from pbtui.desk.tickets.evidence import AnyOrder, Read
from pbtui.desk.tickets.judging.candidates import name_of, parent_of


@dataclass(slots=True)
class Sightings:
    """Newest sighting of each candidate in the reads, by id. `shown` has all sightings, oldest first.

    `ended_s` has the moment of the first read that shows a candidate ended, for those that have. `live` are those that
    may trade: seen live, not gone from a later list of the active orders, and not changed into another one that a later
    read shows.
    """

    shown: list[AnyOrder] = field(default_factory=list)
    newest: dict[str, AnyOrder] = field(default_factory=dict)
    seen_s: dict[str, float] = field(default_factory=dict)
    ended_s: dict[str, float] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    def add(self, read: Read, related: tuple[AnyOrder, ...]) -> None:
        """Take in one more read; reads come in the sequence of their requests."""
        self.shown += related
        # A list that has an order twice, live and not, does not show it out of the market.
        listed = {name_of(order): order for order in sorted(related, key=lambda order: order.is_live)}
        if read.covers_live:
            self.gone = frozenset(name for name, order in self.newest.items() if order.is_live and name not in listed)
        self.gone -= listed.keys()
        self.newest.update(listed)
        self.seen_s.update(dict.fromkeys(listed, read.requested_s))
        ended = {name for name, order in listed.items() if order.state == OrderState.IACT}
        since_s = {name: self.ended_s.get(name, read.requested_s) for name in ended}
        self.ended_s = {name: at_s for name, at_s in self.ended_s.items() if name not in listed} | since_s

    @property
    def live(self) -> list[AnyOrder]:
        """The candidates that may trade."""
        return [
            order
            for name, order in self.newest.items()
            if order.is_live and name not in self.gone and not self._is_superseded(name)
        ]

    @property
    def resting(self) -> list[AnyOrder]:
        """The candidates that are deactivated."""
        return [
            order
            for name, order in self.newest.items()
            if order.state == OrderState.HIBE and not self._is_superseded(name)
        ]

    @property
    def ended(self) -> list[AnyOrder]:
        """The candidates that have ended, but for those that only made room for another id."""
        return [
            order
            for name, order in self.newest.items()
            if order.state == OrderState.IACT and not any(self._successors(name))
        ]

    def _is_superseded(self, name: str) -> bool:
        return any(self.seen_s[later] > self.seen_s[name] for later in self._successors(name))

    def _successors(self, name: str) -> Iterator[str]:
        for other, order in self.newest.items():
            if other != name and name in (parent_of(order), order.initial_order_id):
                yield other

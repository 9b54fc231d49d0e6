"""The events of own orders, kept only while the trader watches."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pbtui.cli.reads.watch import events_of, lost_orders
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.view import DeskView


class ViewEvents(NamedTuple):
    """View of the desk, and the events of orders since the view before it, as sentences."""

    view: DeskView
    sentences: Sequence[str]


class Events:
    """Takes each view on the desk's thread. The session's thread takes what each says, the oldest first."""

    def __init__(self, zone: ZoneInfo, first_view: DeskView) -> None:
        self._zone = zone
        self._view = first_view
        self._is_watched = False
        self._kept: deque[ViewEvents] = deque()
        self._lock = Lock()

    def take(self, view: DeskView) -> None:
        """Take in a view."""
        with self._lock:
            before, self._view = self._view.blotter, view
            if self._is_watched:
                self._kept.append(ViewEvents(view, tuple(self._sentences(before, view.blotter))))

    def _sentences(self, before: Blotter, after: Blotter) -> Iterator[str]:
        if before is not after:
            events = (event for change in after.changes for event in events_of(change))
            for event in (*events, *lost_orders(before, after)):
                yield f"{event.kind}: {event.about(self._zone)}"

    @contextmanager
    def watched(self) -> Iterator[DeskView]:
        """Keep what views say for as long as the block lasts. Yields the view before the first of them."""
        with self._lock:
            self._kept.clear()
            self._is_watched, view = True, self._view
        try:
            yield view
        finally:
            self._is_watched = False

    def new(self) -> Iterator[ViewEvents]:
        """Yield the views that were not yielded before."""
        while self._kept:
            yield self._kept.popleft()

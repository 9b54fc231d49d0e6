"""The events of own orders, kept only while the trader watches."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from pbtui.cli.reads.watch import events_of, lost_orders
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.view import DeskView


class Events:
    """Takes each view on the desk's thread. The session's thread takes the sentences, the oldest first."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._blotter = Blotter()
        self._is_watched = False
        self._sentences: deque[str] = deque()

    def take(self, view: DeskView) -> None:
        """Take in a view."""
        before, self._blotter = self._blotter, view.blotter
        if not self._is_watched or before is view.blotter:
            return
        events = [event for change in view.blotter.changes for event in events_of(change)]
        for event in (*events, *lost_orders(before, view.blotter)):
            self._sentences.append(f"{event.kind}: {event.about(self._zone)}")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Keep events for as long as the block lasts."""
        self._sentences.clear()
        self._is_watched = True
        try:
            yield
        finally:
            self._is_watched = False

    def new(self) -> Iterator[str]:
        """Yield the sentences that were not yielded before."""
        while self._sentences:
            yield self._sentences.popleft()

"""Counts the requests under way by the journal, on a thread of its own so that a slow disk can't delay a kill."""

from pbtui.api.clock import steady_s
from pbtui.desk.storage.disk_thread import DiskThread

_READ_AGAIN_AFTER_S = 0.1
_VALID_FOR_S = 1.0


class RequestsInFlight:
    """Counts the requests that all running programs of a profile have under way.

    Any thread may call `count`; it never waits.
    """

    def __init__(self, profile_name: str) -> None:
        self._profile_name = profile_name
        self._disk = DiskThread("requests in flight")
        self._is_reading = False
        self._read_at_s = float("-inf")
        self._count: int | None = None

    def count(self) -> int | None:
        """The number at most a second ago; None if it was not read yet or the journal can't be read."""
        age_s = steady_s() - self._read_at_s
        if age_s >= _READ_AGAIN_AFTER_S and not self._is_reading:
            self._is_reading = True
            try:
                self._disk.do(self._read)
            except RuntimeError:  # no thread can be started, so the count stays unknown
                self._is_reading = False
        return self._count if age_s < _VALID_FOR_S else None

    def _read(self) -> None:
        began_s = steady_s()
        try:
            from pbtui.desk.journal.unfinished import requests_under_way  # must not delay a kill's first request

            self._count = requests_under_way(self._profile_name)
        except Exception:  # noqa: BLE001 - the kill goes on and reports that the count is unknown
            self._count = None
        self._read_at_s, self._is_reading = began_s, False

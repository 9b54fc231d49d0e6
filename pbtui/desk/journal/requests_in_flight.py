"""Counts by the journal the writes that can still land, on a thread of its own: a slow disk must not delay a kill."""

from pbtui.api.clock import steady_s, utc_now
from pbtui.desk.journal.open_writes import OpenWrites, Requests, requests_of
from pbtui.desk.journal.recent import RecentRun, RecentRuns
from pbtui.desk.storage.disk_thread import DiskThread
from pbtui.desk.storage.places import Owner

_READ_AGAIN_AFTER_S = 0.1
_VALID_FOR_S = 1.0
_COUNT_WITHIN_S = 0.5


class RequestsInFlight:
    """Counts the writes of all programs of a profile that can still land.

    Any thread may call `count`; it never waits.
    """

    def __init__(self, owner: Owner) -> None:
        self._runs = RecentRuns(owner)
        self._read_runs: tuple[RecentRun, ...] = ()
        self._requests = Requests()
        self._disk = DiskThread("requests in flight")
        self._is_reading = False
        self._read_at_s = self._asked_s = float("-inf")
        self._count: OpenWrites | None = None

    def count(self) -> OpenWrites | None:
        """The number at most a second ago; None if it was not read yet or the journal can't be read.

        After `count_again`, a number from before that call does not count.
        """
        age_s = steady_s() - self._read_at_s
        if age_s >= _READ_AGAIN_AFTER_S and not self._is_reading:
            self._is_reading = True
            self._disk.do(self._read)
        return self._count if age_s < _VALID_FOR_S and self._read_at_s >= self._asked_s else None

    async def count_again(self) -> None:
        """Read the journal once more, so that `count` is true of this moment. Wait for half a second at most."""
        self._asked_s, self._is_reading = steady_s(), True
        self._disk.do(self._read)
        await self._disk.done(_COUNT_WITHIN_S)

    def _read(self) -> None:
        began_s = steady_s()
        try:
            runs = tuple(self._runs.read())
            if runs != self._read_runs:
                self._read_runs, self._requests = runs, requests_of(runs)
            self._count = self._requests.still_open(utc_now())
        except Exception:  # noqa: BLE001 - the kill goes on and reports that the count is unknown
            self._count = None
        self._read_at_s, self._is_reading = began_s, False

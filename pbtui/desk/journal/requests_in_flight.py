"""Looking into the journal for requests under way, on a thread: a disk may hang, and a kill must not."""

from pbtui.api.clock import steady_s
from pbtui.desk.storage.disk_thread import DiskThread

_AGAIN_AFTER_S = 0.1
_HOLDS_FOR_S = 1.0


class JournalLook:
    """Tells how many requests all living runs of a profile have under way. Any thread may ask, and never waits."""

    def __init__(self, profile_name: str) -> None:
        self._profile_name = profile_name
        self._disk = DiskThread("journal look")
        self._is_looking = False
        self._looked_s = float("-inf")
        self._count: int | None = None

    def count(self) -> int | None:
        """The number by a look that began a moment ago; None where there is none yet, or the journal can't be read."""
        age_s = steady_s() - self._looked_s
        if age_s >= _AGAIN_AFTER_S and not self._is_looking:
            self._is_looking = True
            try:
                self._disk.do(self._look)
            except RuntimeError:  # there is no thread to be had: nobody knows
                self._is_looking = False
        return self._count if age_s < _HOLDS_FOR_S else None

    def _look(self) -> None:
        began_s = steady_s()
        try:
            from pbtui.desk.journal.unfinished import requests_under_way  # not on the way to a kill's first request

            self._count = requests_under_way(self._profile_name)
        except Exception:  # noqa: BLE001 - whatever the disk does, the kill goes on and tells that nobody knows
            self._count = None
        self._looked_s, self._is_looking = began_s, False

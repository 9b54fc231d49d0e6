"""Times and timeouts of a kill."""

from math import floor

from msgspec import Struct


class Timing(Struct, frozen=True, kw_only=True):
    """The timing of a kill, in seconds.

    `verify_within_s`: this long after the last progress the verdict is INCOMPLETE or UNKNOWN at the latest; the kill
    still goes on until it is released. The first batch always has `first_batch_within_s`. `fire_again_after_s`, then
    `then_every_s`: when remaining orders are fired at again, counted from the start. `retry_after_s` (least, most): the
    pause after an unanswered request. `news_every_s`: the least time between two batches for newly seen orders.
    `refused_after_s`: how long the server has to refuse everything until the verdict is REFUSED.
    """

    latch_within_s: float = 0.02
    first_request_within_s: float = 0.3
    count_writes_every_s: float = 0.02
    writes_known_within_s: float = 1.0
    snapshot_within_s: float = 1.0
    read_every_s: float = 1.0
    fire_again_after_s: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    then_every_s: float = 15.0
    news_every_s: float = 0.5
    retry_after_s: tuple[float, float] = (1.0, 5.0)
    unknown_after_s: float = 5.0
    refused_after_s: float = 10.0
    first_batch_within_s: float = 10.0
    verify_within_s: float = 60.0
    watch_s: float = 600.0
    watch_every_s: float = 2.0
    disk_within_s: float = 10.0

    def next_fire_s(self, elapsed_s: float) -> float:
        """The first time after `elapsed_s` at which remaining orders are fired at again, both from the start."""
        for due_s in self.fire_again_after_s:
            if due_s > elapsed_s:
                return due_s
        last_s = self.fire_again_after_s[-1]
        return last_s + (floor((elapsed_s - last_s) / self.then_every_s) + 1) * self.then_every_s

    def retry_pause_s(self, failures: int) -> float:
        """The pause after this many unanswered batches in a row: it doubles each time, up to the longest."""
        least_s, most_s = self.retry_after_s
        return min(least_s * 2.0 ** min(failures - 1, 10), most_s)

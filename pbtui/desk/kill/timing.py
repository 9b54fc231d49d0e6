"""Times and timeouts of a kill."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count

from pbtui.api.randomness import uniform


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The timing of a kill, in seconds.

    `verify_within_s`: after this time the verdict is INCOMPLETE or UNKNOWN at the latest; the kill still goes on until
    it is released. The first batch always has `first_batch_within_s`. `fire_again_after_s`, then `then_every_s`: when
    remaining orders are fired at again, counted from the start. `retry_after_s` (least, most): the pause after an
    unanswered request. `news_every_s`: the least time between two batches for newly seen orders.
    """

    latch_within_s: float = 0.02
    snapshot_within_s: float = 1.0
    read_every_s: float = 1.0
    fire_again_after_s: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    then_every_s: float = 15.0
    news_every_s: float = 0.5
    retry_after_s: tuple[float, float] = (1.0, 5.0)
    unknown_after_s: float = 5.0
    in_flight_within_s: float = 25.0
    first_batch_within_s: float = 10.0
    verify_within_s: float = 60.0
    watch_s: float = 600.0
    watch_every_s: float = 2.0
    disk_within_s: float = 10.0

    def fire_times_s(self) -> Iterator[float]:
        """The times at which remaining orders are fired at again, in seconds from the start. Never ends."""
        last_s = self.fire_again_after_s[-1]
        return chain(self.fire_again_after_s, (last_s + n * self.then_every_s for n in count(1)))

    def retry_pause_s(self, failures: int) -> float:
        """The pause after this many unanswered batches in a row. It doubles each time and is varied at random."""
        least_s, most_s = self.retry_after_s
        longest_s = min(least_s * 2.0 ** min(failures - 1, 10), most_s)
        return longest_s * uniform(0.75, 1.25)

    def read_pause_s(self) -> float:
        """The pause between two reads, varied at random."""
        return self.read_every_s * uniform(0.9, 1.1)

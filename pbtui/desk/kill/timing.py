"""How long a kill waits for what."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """All in seconds.

    `verify_within_s` is when a kill calls itself incomplete, or unknown, at the latest; it goes on all the same until
    it is released. However short that is, the first batch has `first_batch_within_s`. `fire_again_after_s` and then
    `then_every_s` are counted from the decision to fire, and `retry_after_s` (least, most) from a request that nobody
    answered. Orders that come meanwhile are fired at every `news_every_s` at most.
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

    def dues_s(self) -> Iterator[float]:
        """When survivors are fired at again, in seconds from the decision, without end."""
        last_s = self.fire_again_after_s[-1]
        return chain(self.fire_again_after_s, (last_s + n * self.then_every_s for n in count(1)))

    def retry_pause_s(self, failures: int) -> float:
        """The pause after so many batches in a row that nobody answered: longer each time, and never twice the same."""
        least_s, most_s = self.retry_after_s
        longest_s = min(least_s * 2.0 ** min(failures - 1, 10), most_s)
        return longest_s * random.uniform(0.75, 1.25)  # noqa: S311 - spreads retries, guards nothing

    def read_pause_s(self) -> float:
        """The pause between two reads."""
        return self.read_every_s * random.uniform(0.9, 1.1)  # noqa: S311 - nor does this

"""The difference between the clock of this host and that of the team store."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec import Struct

from pbtui.api.clock import utc_now

MEASURE_EVERY_S = 60.0
_MOST_S = 1.0


class Skew(Struct, frozen=True):
    """The seconds by which this host's clock is ahead of the store's, and the most that this can be wrong by."""

    ahead_s: float
    within_s: float

    @property
    def words(self) -> str:
        """The difference as one text."""
        way = "ahead of" if self.ahead_s > 0 else "behind"
        return f"this host is {abs(self.ahead_s):.3f} s {way} the store, ± {self.within_s:.3f} s"

    @property
    def warning(self) -> str:
        """The same for a trader who has to do something about it, empty if it is small."""
        if abs(self.ahead_s) - self.within_s <= _MOST_S:
            return ""
        return f"the clocks differ: {self.words}. Times in the journals are wrong; see to the clock of this host"


async def measure(asked: Callable[[], Awaitable[datetime]]) -> Skew:
    """Ask the store for its time. Raises what that raises."""
    sent_at = utc_now()
    at = await asked()
    half = (utc_now() - sent_at) / 2
    return Skew((sent_at + half - at).total_seconds(), half.total_seconds())

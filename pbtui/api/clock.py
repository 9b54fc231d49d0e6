"""The two clocks: wall clock time and elapsed time."""

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the wall clock time, in UTC with its zone."""
    return datetime.now(UTC)


def steady_s() -> float:
    """Return seconds of a clock that never jumps and also runs while the machine sleeps. Use differences only."""
    return time.clock_gettime(_STEADY)


# On Linux, CLOCK_MONOTONIC stops during suspend: data read before the suspend would look fresh after it.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

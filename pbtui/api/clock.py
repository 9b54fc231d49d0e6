"""The two clocks: one to say when, one to say how long ago."""

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)


def steady_s() -> float:
    """Seconds on a clock that never jumps and goes on while the machine sleeps; only differences mean anything."""
    return time.clock_gettime(_STEADY)


# CLOCK_MONOTONIC stands still during suspend on Linux, so data read before it would look fresh afterwards.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

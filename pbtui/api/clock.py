"""The two clocks: wall clock time and elapsed time. No other module of the desk reads a clock."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

# On Linux, CLOCK_MONOTONIC stops during suspend: data read before the suspend would look fresh after it.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock:
    """The clocks of this machine."""

    def utc_now(self) -> datetime:
        """Return the wall clock time, in UTC with its zone."""
        return datetime.now(UTC)

    def steady_s(self) -> float:
        """Return seconds of the clock that never jumps."""
        return time.clock_gettime(_STEADY)

    def boot(self) -> str:
        """Return the name of the count that `steady_s` is of; empty if the system has no name for it."""
        return _boot()


@cache
def _boot() -> str:
    """A container can have a count of its own, in a time namespace."""
    try:
        namespace = Path("/proc/self/ns/time").readlink()
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {namespace}"
    except OSError:
        return ""


_present = Clock()


def utc_now() -> datetime:
    """Return the wall clock time, in UTC with its zone."""
    return _present.utc_now()


def steady_s() -> float:
    """Return seconds of a clock that never jumps and also runs while the machine sleeps. Use differences only."""
    return _present.steady_s()


def boot() -> str:
    """Return the name of the count of `steady_s`: times of other programs with the same name can be compared."""
    return _present.boot()


@contextmanager
def use(clock: Clock) -> Iterator[None]:
    """Read this clock until the end of the block: a simulation has a time of its own."""
    global _present
    earlier, _present = _present, clock
    try:
        yield
    finally:
        _present = earlier

"""The end of what a key sets off: an event loop that has nothing more to do."""

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

SOON_S = 0.02
"""What begins within this time belongs to what is under way: a frame of Textual's, sixty of which are a second."""
_AT_MOST_S = 1.0
"""How long is waited for something that never ends, as an animation."""


async def quiet(*_: float) -> None:
    """Wait until the event loop has nothing to do, nor will have soon."""
    loop: Any = asyncio.get_running_loop()
    ends_at_s = loop.time() + _AT_MOST_S
    await asyncio.sleep(0)
    while (wait_s := _work_in_s(loop)) < SOON_S and loop.time() < ends_at_s:  # noqa: ASYNC110 - no bell rings for it
        await asyncio.sleep(wait_s)


def _work_in_s(loop: Any) -> float:
    """Return the seconds until the loop has something to do that it knows of."""
    if loop._ready:
        return 0.0
    next_at_s: float = min((timer.when() for timer in loop._scheduled if not timer.cancelled()), default=math.inf)
    return max(next_at_s - float(loop.time()), 0.0)


@contextmanager
def quiet_is_seen() -> Iterator[None]:
    """Let Textual's pilot see when a screen has followed a key, for as long as the block lasts.

    It would wait until the process takes hardly any processor time for 20 ms, twice for each key. All threads and all
    applications count in that, so it waits long on a busy desk, and not at all on a busy machine.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module in ("textual.app", "textual.pilot"):
            patch.setattr(f"{module}.wait_for_idle", quiet)
        yield

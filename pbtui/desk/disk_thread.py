"""Writing to a disk that may hang: on a daemon thread, which holds up neither who waits nor the process's end."""

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue

from pbtui.api.clock import steady_s

Errand = Callable[[], None]


class DiskThread:
    """Does what it is given, one after the other. The thread begins with the first errand.

    An errand has to keep its troubles to itself: what it raises ends the thread.
    """

    def __init__(self, name: str) -> None:
        self._errands: SimpleQueue[tuple[Errand, threading.Event]] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._newest_done = threading.Event()
        self._newest_done.set()
        self._began_s: float | None = None

    @property
    def errand_age_s(self) -> float:
        """How long the present errand takes already."""
        began_s = self._began_s
        return 0.0 if began_s is None else steady_s() - began_s

    def do(self, errand: Errand) -> None:
        """Give it an errand, and go on."""
        self._newest_done = threading.Event()
        self._errands.put((errand, self._newest_done))
        if not self._thread.is_alive():
            self._thread.start()

    async def done(self, within_s: float) -> bool:
        """Wait at most so long until all it was given by now is done, and tell whether it is."""
        newest = self._newest_done
        look_every_s = 0.001
        try:
            async with asyncio.timeout(within_s):
                while not newest.is_set():
                    await asyncio.sleep(look_every_s)
                    look_every_s = min(look_every_s * 2, 0.05)
        except TimeoutError:
            pass
        return newest.is_set()

    def _work(self) -> None:
        while True:
            errand, done = self._errands.get()
            self._began_s = steady_s()
            errand()
            self._began_s = None
            done.set()

"""Writing to a disk that may hang: on a daemon thread, which holds up neither who waits nor the process's end."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue

from pbtui.api.clock import steady_s

Errand = Callable[[], None]


class DiskThread:
    """Does what it is given, one after the other. The thread begins with the first errand.

    An errand has to keep its troubles to itself: what it raises ends the thread.
    """

    def __init__(self, name: str) -> None:
        self._errands: SimpleQueue[tuple[Errand, Future[None]]] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._newest: Future[None] = Future()
        self._newest.set_result(None)
        self._began_s: float | None = None

    @property
    def errand_age_s(self) -> float:
        """How long the present errand takes already."""
        began_s = self._began_s
        return 0.0 if began_s is None else steady_s() - began_s

    def do(self, errand: Errand) -> None:
        """Give it an errand, and go on. Raises RuntimeError where there is no thread to be had for it."""
        if not self._thread.is_alive():
            self._thread.start()
        self._newest = Future()
        self._errands.put((errand, self._newest))

    async def done(self, within_s: float) -> bool:
        """Wait at most so long until all it was given by now is done, and tell whether it is.

        What the present errand took already counts, so that a disk that hangs is not waited for again and again.
        """
        newest = self._newest
        await asyncio.wait({asyncio.wrap_future(newest)}, timeout=max(within_s - self.errand_age_s, 0))
        return newest.done()

    def _work(self) -> None:
        while True:
            errand, done = self._errands.get()
            self._began_s = steady_s()
            errand()
            self._began_s = None
            done.set_result(None)

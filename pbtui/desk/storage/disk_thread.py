"""Writing to a disk that may hang: on a daemon thread, which holds up neither who waits nor the process's end."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue

from pbtui.api.clock import steady_s

Job = Callable[[], None]


class DiskThread:
    """Does what it is given, one after the other. The thread begins with the first job.

    An job has to keep its troubles to itself: what it raises ends the thread.
    """

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[tuple[Job, Future[None]]] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._newest: Future[None] = Future()
        self._newest.set_result(None)
        self._began_s: float | None = None

    @property
    def job_age_s(self) -> float:
        """How long the present job takes already."""
        began_s = self._began_s
        return 0.0 if began_s is None else steady_s() - began_s

    def do(self, job: Job) -> None:
        """Give it an job, and go on. Raises RuntimeError where there is no thread to be had for it."""
        if not self._thread.is_alive():
            self._thread.start()
        self._newest = Future()
        self._jobs.put((job, self._newest))

    async def done(self, within_s: float) -> bool:
        """Wait at most so long until all it was given by now is done, and tell whether it is.

        What the present job took already counts, so that a disk that hangs is not waited for again and again.
        """
        newest = self._newest
        await asyncio.wait({asyncio.wrap_future(newest)}, timeout=max(within_s - self.job_age_s, 0))
        return newest.done()

    def _work(self) -> None:
        while True:
            job, done = self._jobs.get()
            self._began_s = steady_s()
            job()
            self._began_s = None
            done.set_result(None)

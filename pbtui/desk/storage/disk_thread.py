"""A daemon thread for disk work: a disk that hangs delays neither the caller nor the end of the process."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Protocol

from pbtui.api.clock import steady_s

Job = Callable[[], None]


class Worker(Protocol):
    """Runs jobs one after the other, beside its caller."""

    def put(self, job: Job) -> None:
        """Queue a job and return at once. If no thread can be started, do it now."""


class WorkerThread:
    """A worker with a thread of its own, which starts with the first job."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def put(self, job: Job) -> None:
        """Queue a job and return at once. If no thread can be started, do it now."""
        try:
            if not self._thread.is_alive():
                self._thread.start()
        except RuntimeError:
            job()
        else:
            self._jobs.put(job)

    def _work(self) -> None:
        while True:
            self._jobs.get()()


_new_worker: Callable[[str], Worker] = WorkerThread


@contextmanager
def use_workers(new_worker: Callable[[str], Worker]) -> Iterator[None]:
    """Give each new DiskThread such a worker until the end of the block: a simulation has no threads."""
    global _new_worker
    earlier, _new_worker = _new_worker, new_worker
    try:
        yield
    finally:
        _new_worker = earlier


class DiskThread:
    """Runs jobs one after the other on one thread. The thread starts with the first job.

    A job must not raise: an exception ends the thread.
    """

    def __init__(self, name: str) -> None:
        self._worker = _new_worker(name)
        self._newest: Future[None] = Future()
        self._newest.set_result(None)
        self._began_s: float | None = None

    @property
    def job_age_s(self) -> float:
        """Seconds since the present job began; 0 if there is none."""
        began_s = self._began_s
        return 0.0 if began_s is None else steady_s() - began_s

    def do(self, job: Job) -> None:
        """Queue a job and return at once. If no thread can be started, the job is done first."""
        done: Future[None] = Future()

        def timed() -> None:
            self._began_s = steady_s()
            job()
            self._began_s = None
            done.set_result(None)

        self._worker.put(timed)
        self._newest = done

    async def done(self, within_s: float) -> bool:
        """Wait until all queued jobs are done, at most `within_s`. Returns whether they are.

        The time that the present job has already taken counts, so a hanging disk is waited for only once.
        """
        newest = self._newest
        await asyncio.wait({asyncio.wrap_future(newest)}, timeout=max(within_s - self.job_age_s, 0))
        return newest.done()

"""The desk of a plain session, on a thread of its own: it goes on reading while a question waits for its answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pbtui.cli.desk import ANSWERS_WITHIN_S
from pbtui.cli.refusals import LocalRefusal
from pbtui.desk.event_loop import end_tasks, run

if TYPE_CHECKING:
    from pbtui.cli.desk import OpenDesk
    from pbtui.cli.invocation import DeskWork
    from pbtui.desk.desk import Desk
    from pbtui.desk.view import DeskView

STOP_WITHIN_S = ANSWERS_WITHIN_S + 1


class DeskFailed(Exception):
    """The desk could not be opened, or has stopped; its cause is the error."""


class BackgroundDesk:
    """Opens and runs one desk. The `followers` receive each view, on the desk's thread.

    `first_view` is what is seen before there is one.
    """

    def __init__(
        self, open_desk: OpenDesk, followers: Sequence[Callable[[DeskView], None]], first_view: DeskView
    ) -> None:
        self._open_desk = open_desk
        self._followers = followers
        self._view = first_view
        self._taking = threading.Lock()
        self._has_read = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._desk: Desk | None = None
        self._stop = asyncio.Event()

    # ------------------------------------------------------------ called on the session's thread

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the desk for as long as the block lasts."""
        self._thread.start()
        try:
            yield
        finally:
            if self._loop is not None and self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._stop.set)
                self._thread.join(STOP_WITHIN_S)

    def has_read(self, within_s: float) -> bool:
        """Wait for the end of the first read; return whether it has ended. Raises DeskFailed."""
        has_ended = self._has_read.wait(within_s)
        self.refuse_failed()
        return has_ended

    @property
    def view(self) -> DeskView:
        """The newest view: the followers have received it too. Raises DeskFailed."""
        self.refuse_failed()
        with self._taking:
            return self._view

    def run(self, work: DeskWork) -> int:
        """Do work in the desk's loop and return its code. Raises what it raises.

        Raises DeskFailed if the desk has stopped, LocalRefusal if it is not open yet.
        """
        self.refuse_failed()
        if self._loop is None or self._desk is None:
            raise LocalRefusal("the desk is not open yet; nothing was sent")
        return asyncio.run_coroutine_threadsafe(work(self._desk), self._loop).result()

    def refuse_failed(self) -> None:
        """Raise DeskFailed if the desk has stopped."""
        if self._failure is not None:
            raise DeskFailed from self._failure

    def read_now(self) -> None:
        """Read the orders and the halt now."""
        if self._loop is not None and self._desk is not None:
            self._loop.call_soon_threadsafe(self._desk.read_now)

    # ------------------------------------------------------------ on the desk's thread

    def _run(self) -> None:
        try:
            run(self._live())
        except Exception as error:  # noqa: BLE001 - whatever stops the desk, the session says it
            self._failure = error
            self._has_read.set()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with self._open_desk(self._take) as self._desk:
            running = asyncio.create_task(self._desk.run(reports_earlier=True))
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if running.done():
                running.result()
            await end_tasks(running)

    def _take(self, view: DeskView) -> None:
        with self._taking:
            for take in self._followers:
                take(view)
            self._view = view
        if view.link.read_s is not None or view.link.failure is not None:
            self._has_read.set()

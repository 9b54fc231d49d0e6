"""Reads of a kill that begin after its verdict: they add to it, and it never waits for them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress


class AfterVerdict:
    """A task that reads after the verdict, until it is ended. `changed` is called when it has something new to show."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._task: asyncio.Task[None] | None = None
        self._has_ended = False
        self._step = asyncio.Event()

    async def read_on(self) -> None:
        """Read until cancelled, and call `stepped` after each read."""
        raise NotImplementedError

    @property
    def is_complete(self) -> bool:
        """Return whether there is nothing left to wait for."""
        raise NotImplementedError

    def begin(self, decided: Callable[[], Awaitable[None]]) -> None:
        """Read once the kill is decided."""
        self._task = asyncio.create_task(self._begin(decided))

    async def _begin(self, decided: Callable[[], Awaitable[None]]) -> None:
        await decided()
        await self.read_on()

    def stepped(self) -> None:
        """Wake up those who wait until it is complete."""
        self._step.set()

    def end(self) -> None:
        """Read no more."""
        self._has_ended = True
        if self._task is not None:
            self._task.cancel()
        self._step.set()

    async def close(self) -> None:
        """Read no more, and wait for the read under way to be given up."""
        self.end()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def done(self, within_s: float) -> None:
        """Wait until it is complete, or no more is read, but at most `within_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not self._has_ended and not self.is_complete:
                    self._step.clear()
                    await self._step.wait()

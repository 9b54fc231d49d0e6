"""One run of the program in the simulation: what it has begun ends with it, at once, wherever that is."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random


class ProcessEnded(BaseException):
    """The process was killed in the middle of this. No code of the program catches it."""


class Process:
    """A process that can be killed: after so many steps of the loop, or in the middle of the next line it writes.

    The loop runs no callback of a process that has ended, the disk takes nothing from it. No `finally` and no handler
    of an await runs then, as with kill -9.
    """

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop, killed: Callable[["Process"], None]) -> None:
        self.name = name
        self._killed = killed
        self._tears_then: float | None = None
        self.is_ended = False
        self.ended: asyncio.Future[None] = loop.create_future()
        self.steps_left: int | None = None
        self.tears_line: float | None = None
        """The part of the next line to be written that reaches the disk; then the process ends."""

    def kill_after(self, steps: int, tears_line: float | None) -> None:
        """Let the process end after so many of its steps; with `tears_line`, in the next line it then writes."""
        self._tears_then = tears_line
        self.steps_left = steps

    def step(self) -> bool:
        """Note that a callback of the process is about to run; return whether it may."""
        if self.steps_left is not None:
            self.steps_left -= 1
            if self.steps_left < 0:
                self.steps_left, self.tears_line = None, self._tears_then
                if self.tears_line is None:
                    self.end()
        return not self.is_ended

    def exit(self) -> None:
        """Let it end by itself: what its threads have not done by now they do not do any more."""
        self.is_ended = True
        self.ended.set_result(None)

    def end(self) -> None:
        """Kill it now."""
        if not self.is_ended:
            self.is_ended = True
            self._killed(self)
            self.ended.set_result(None)


PROCESS: ContextVar[Process | None] = ContextVar("PROCESS", default=None)
"""The process whose code runs; None for the exchange, the traders and the machine."""


HOST: ContextVar[str] = ContextVar("HOST", default="desk")
"""The host whose code runs. Its name is in the log; each host has folders of its own."""


@contextmanager
def on_host(name: str) -> Iterator[None]:
    """Let the code of the block run on a host."""
    before = HOST.set(name)
    try:
        yield
    finally:
        HOST.reset(before)


def has_ended() -> bool:
    """Whether the code that runs belongs to a process that has ended: nobody sees what it says or writes."""
    process = PROCESS.get()
    return process is not None and process.is_ended


def kill_steps(lots: Random) -> int:
    """Draw after how many steps a process is killed: mostly a few, so that each place between two steps is met."""
    return int(1.5 ** lots.uniform(0, 14))

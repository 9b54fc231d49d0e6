"""An event loop with virtual time and a seeded order of callbacks. Nothing in it waits, and it has no sockets."""

import asyncio
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import Context
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any
from unittest.mock import patch
from weakref import WeakSet

from pbtui.api.clock import Clock
from tests.simulation.process import PROCESS, ProcessEnded

BEGIN_AT = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
STEP_S = 2e-6
"""Each step of the loop takes that long, so that two moments are never the same and no loop stands still."""
MOST_STEPS = 2_000_000
_MOST_AWAITS_IN_FINALLY = 4
_MOST_TASKS = 100
_EXECUTOR_S = (0.0005, 0.02)


class StoodStill(Exception):
    """The simulation waits for nothing, or did too many steps."""


class NumberedTask(asyncio.Task[Any]):
    """A task whose place in a set is drawn by its number, and not by where it is in memory."""

    def __init__(self, coro: Any, number: int, **options: Any) -> None:
        self._number = number
        super().__init__(coro, **options)

    def __hash__(self) -> int:
        return self._number


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs callbacks that are ready in a drawn order; where none is ready, the time jumps to the next timer.

    With `in_order` they run in the order in which they became ready, as in asyncio's own loops. The base class keeps
    the callbacks that are ready in the attribute below.
    """

    _ready: deque[Any]
    _stopping: bool

    def __init__(self, lots: Random, *, in_order: bool = False) -> None:
        self._now_s = 0.0
        self._steps = 0
        self._lots = lots
        self._in_order = in_order
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        """A heap by time, and by number: comparing two handles takes much longer."""
        self._timers_so_far = 0
        super().__init__()
        self.set_exception_handler(self._note_error)
        self._tasks: list[asyncio.Task[Any]] = []
        """Those that have not ended, and some others. They are kept: collecting the tasks of a process that was killed
        would run their `finally`."""
        self._tasks_so_far = 0
        self.errors: list[str] = []
        """Exceptions that nobody caught."""

    def time(self) -> float:
        """Return the virtual time, in seconds since the start."""
        return self._now_s

    def get_debug(self) -> bool:
        """Return False: each handle asks for it."""
        return False

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:  # type: ignore[override]
        """Run the callback in the next step."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run the callback at this time."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._timers_so_far += 1
        heappush(self._timers, (when, self._timers_so_far, timer))
        return timer

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run the callback this many seconds later."""
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def run_in_executor(self, executor: object, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run the function here, a while later: `asyncio.to_thread` comes this way."""
        done = self.create_future()

        def work() -> None:
            if done.cancelled():
                return
            try:
                done.set_result(func(*args))
            except Exception as error:  # noqa: BLE001 - it belongs to the caller
                done.set_exception(error)

        self.call_later(self._lots.uniform(*_EXECUTOR_S), work)
        return done

    def _run_once(self) -> None:
        """Run what is ready, in a drawn order; if nothing is, jump to the next timer."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise StoodStill(f"{MOST_STEPS} steps within {self._now_s:.0f} s")
        self._now_s += STEP_S
        ready, timers = self._ready, self._timers
        while timers and timers[0][2]._cancelled:
            heappop(timers)
        if not ready and not self._stopping:
            if not timers:
                raise StoodStill("no callback is ready and no timer is set")
            self._now_s = max(self._now_s, timers[0][0])
        while timers and timers[0][0] <= self._now_s:
            ready.append(heappop(timers)[2])
        for handle in self._drawn():
            process = handle._context.get(PROCESS)
            if not handle._cancelled and (process is None or process.step()):
                handle._run()

    def _drawn(self) -> Sequence[Any]:
        """Take the callbacks that are ready, in a drawn order. One that was cancelled has no place in it."""
        ready = self._ready
        if len(ready) == 1:
            return (ready.popleft(),)
        handles = [handle for handle in ready if not handle._cancelled]
        ready.clear()
        if len(handles) > 1 and not self._in_order:
            self._lots.shuffle(handles)
        return handles

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Create a task, which is kept until `clear_away`."""
        name = options.pop("name", None)
        task = NumberedTask(coro, self._tasks_so_far, loop=self, name=name, **options)
        self._tasks_so_far += 1
        if len(self._tasks) >= _MOST_TASKS:
            self._tasks = [kept for kept in self._tasks if not kept.done()]
        self._tasks.append(task)
        return task

    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: Any) -> None:  # type: ignore[override]
        """Do nothing: no signal comes in virtual time."""

    def remove_signal_handler(self, sig: int) -> bool:
        """Do nothing, and say that there was no handler."""
        return False

    def clear_away(self) -> None:
        """End the tasks that have not ended, without running the loop."""
        with unheard():
            asyncio.events._set_running_loop(self)  # else what they begin in a `finally` is left on another loop
            for task in (task for task in self._tasks if not task.done()):
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                for _ in range(_MOST_AWAITS_IN_FINALLY):
                    with suppress(BaseException):
                        task.get_coro().close()
            asyncio.events._set_running_loop(None)
            self._tasks.clear()
            self._ready.clear()
            self._timers.clear()
            self.close()

    def _process_events(self, events: list[Any]) -> None:
        """Do nothing: there are no sockets."""

    def _write_to_self(self) -> None:
        """Do nothing: the loop never waits, so it need not be woken."""

    def _note_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), ProcessEnded):
            self.errors.append(f"{context['message']}: {context.get('exception')!r}")


@contextmanager
def unheard() -> Iterator[None]:
    """Let nobody hear what coroutines of a process that was killed say when they are cleared away.

    Some were never begun, and what an async generator waits for is closed only where no loop runs any more.
    """
    with warnings.catch_warnings(), patch("sys.unraisablehook", lambda _: None):
        warnings.simplefilter("ignore")
        yield


def registers_of_tasks() -> list[str]:
    """The methods with which asyncio notes each new task in a set of weak references. They differ by release."""
    sets = ("_all_tasks", "_scheduled_tasks")
    return [f"asyncio.tasks.{name}.add" for name in sets if isinstance(getattr(asyncio.tasks, name, None), WeakSet)]


def running_virtual_loop() -> VirtualLoop | None:
    """The loop that runs, if its time is virtual; None otherwise, and if none runs."""
    loop = asyncio.events._get_running_loop()
    return loop if isinstance(loop, VirtualLoop) else None


class VirtualClock(Clock):
    """The time of a loop, as both clocks. The wall clock can be set."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.is_off_by = timedelta(0)

    def utc_now(self) -> datetime:
        """Return the wall clock time, which begins at BEGIN_AT."""
        return BEGIN_AT + timedelta(seconds=self._loop.time()) + self.is_off_by

    def steady_s(self) -> float:
        """Return the seconds since the start, and a thousand: a machine is never just switched on."""
        return 1000.0 + self._loop.time()

    def boot(self) -> str:
        """Return the same for all stations."""
        return "simulated"


class LateWorker:
    """Runs the jobs of one DiskThread on the loop, one after the other, each a drawn time later."""

    def __init__(self, loop: VirtualLoop, duration_s: Callable[[], float]) -> None:
        self._loop = loop
        self._duration_s = duration_s
        self._free_s = 0.0

    def put(self, job: Callable[[], None]) -> None:
        """Queue a job."""
        self._free_s = max(self._free_s, self._loop.time()) + self._duration_s()
        self._loop.call_at(self._free_s, job)

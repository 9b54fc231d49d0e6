"""Runs one kill: feeds the protocol with what happens, and does what it wishes. It decides nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s
from pbtui.desk.event_loop import end_tasks
from pbtui.desk.journal.open_writes import OpenWrites
from pbtui.desk.kill.calls import KillCalls
from pbtui.desk.kill.progress import KillCall
from pbtui.desk.kill.protocol.events import (
    CheckHalt,
    CountWrites,
    Event,
    HaltChecked,
    Halted,
    Latch,
    LookUp,
    Publish,
    Read,
    ReadEnded,
    ReadFailed,
    SendBatch,
    TimePassed,
    WaitUntil,
    Wish,
    WritesCounted,
)
from pbtui.desk.kill.protocol.state import KillState
from pbtui.desk.kill.protocol.step import step
from pbtui.desk.kill.reads import KillReads
from pbtui.desk.kill.sending import Sender


class KillRun:
    """Runs the kill that begins with `state`.

    `changed` is called after each step that shows, with the request that began or ended in it, or None. `open_writes`
    counts the registered writes of the profile that can still land, None while that can't be read. `count_again` makes
    that count true of now. `check_halt` asks the disk for the halt.
    """

    def __init__(
        self,
        client: OrdersClient,
        state: KillState,
        changed: Callable[[KillCall | None], None],
        *,
        open_writes: Callable[[], OpenWrites | None],
        check_halt: Callable[[], Awaitable[Latch]],
        count_again: Callable[[], Awaitable[None]],
        single_order_endpoint: bool = False,
    ) -> None:
        self.state = state
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self.calls = KillCalls(state.started_s, changed, self._events.put_nowait)
        self._sender = Sender(client, self.calls, single_order_endpoint=single_order_endpoint)
        self._reads = KillReads(client, self.calls)
        self._changed = changed
        self._open_writes = open_writes
        self._check_halt = check_halt
        self._count_again = count_again
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, latch: Awaitable[bool]) -> None:
        """Run until the watch is over or the profile was re-armed. Nothing is sent before `latch` is done."""
        self._begin(self._await_latch(latch))
        event: Event = TimePassed(at_s=steady_s())
        try:
            while not self.state.is_over:
                self.state, wishes = step(self.state, event)
                wait_until_s = self.state.now_s
                for wish in wishes:
                    if isinstance(wish, WaitUntil):
                        wait_until_s = wish.at_s
                    else:
                        self._do(wish)
                event = await self._next(wait_until_s)
        finally:
            await end_tasks(*self._tasks)

    async def _next(self, wait_until_s: float) -> Event:
        """The next event; that time passed, if none comes until then."""
        try:
            async with asyncio.timeout(max(wait_until_s - steady_s(), 0)):
                return await self._events.get()
        except TimeoutError:
            return TimePassed(at_s=steady_s())

    def _do(self, wish: Wish) -> None:
        match wish:
            case SendBatch():
                self._begin(self._sender.send(wish))
            case Read():
                self._begin(self._read(wish))
            case LookUp():
                self._begin(self._reads.look_up(wish))
            case CheckHalt():
                self._begin(self._ask_halt())
            case CountWrites():
                found = self._open_writes()
                self._events.put_nowait(_as_counted(found, steady_s()))
            case Publish():
                self._changed(None)

    def _begin(self, making: Coroutine[Any, Any, Event]) -> None:
        async def make() -> None:
            self._events.put_nowait(await making)

        task = asyncio.create_task(make())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read(self, wish: Read) -> ReadEnded | ReadFailed:
        """Read. A read that may be clean is followed by a count of the writes that can still land.

        On a slow disk, another program may have sent an order before it saw the halt, and after the last count. Another
        host may have lifted the halt of the team. A read that shows an order in scope waits for no count: the order is
        fired at.
        """
        ended = await self._reads.read(wish)
        may_be_clean = isinstance(ended, ReadEnded) and not any(map(self.state.fired.covers, ended.orders))
        if may_be_clean:
            await self._count_again()
            self._do(CountWrites())
        return ended

    async def _await_latch(self, latch: Awaitable[bool]) -> Halted:
        await latch
        return Halted(at_s=steady_s())

    async def _ask_halt(self) -> HaltChecked:
        latch = await self._check_halt()
        return HaltChecked(at_s=steady_s(), latch=latch)


def _as_counted(found: OpenWrites | None, at_s: float) -> WritesCounted:
    if found is None:
        return WritesCounted(at_s=at_s, under_way=None)
    return WritesCounted(
        at_s=at_s, under_way=found.under_way, unanswered=found.unanswered, more_orders=found.more_orders
    )

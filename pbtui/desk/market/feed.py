"""Poll loop of the reads beyond orders. The schedule decides which is due, the reader makes it.

The feed begins after the first read of orders, starts nothing while a write is under way, and stops at once while the
kill has the server to itself.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from math import inf
from typing import Any, TypeVar

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.errors import OrdersApiError
from pbtui.api.randomness import uniform
from pbtui.api.reads.client import ReadsClient
from pbtui.api.reads.depth import Orders
from pbtui.api.reads.identity import ApiKeyDetails
from pbtui.desk.event_loop import end_tasks
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.polling.reader import ExchangeReader
from pbtui.desk.market.polling.schedule import KEPT_FREE, MOST_CALLS, End, Read, Schedule
from pbtui.desk.market.reading import Reading
from pbtui.settings.profiles import Profile

AREAS_AGAIN_S = 60.0
"""Time between two reads of the delivery areas while one of them is not active."""
NOT_NOW = "not read while a kill, a write or other reads are under way"
ASKED_WITHIN_S = 3.0
"""Longest time for which a write or other reads hold back a read that somebody waits for. A kill ends the wait."""
ASKED_AGAIN_S = 0.1
BLOCKED_S = 0.25
"""Time after which to look again whether a read that is due may start."""

T = TypeVar("T")


class MarketFeed:
    """Reads what the exchange shows besides orders. `publish` is called when more than the age of a value changed.

    `areas_in_use` returns the delivery areas with active orders, `now` the time of the exchange's clock.
    """

    def __init__(
        self,
        reads: ReadsClient,
        profile: Profile,
        publish: Callable[[], None],
        is_writing: Callable[[], bool],
        areas_in_use: Callable[[], Collection[str]],
        now: Callable[[], datetime],
    ) -> None:
        self._reads = reads
        self._reader = ExchangeReader(reads, profile, publish, areas_in_use, now)
        self._is_writing = is_writing
        self._schedule = Schedule()
        self._tasks: dict[Read, asyncio.Task[None]] = {}
        self._has_begun, self._may_read, self._wake = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._may_read.set()
        self._asked_for: set[asyncio.Task[Reading[Any]]] = set()
        self._refusals = 0

    @property
    def view(self) -> ExchangeView:
        """The newest readings."""
        return self._reader.view

    def begin(self) -> None:
        """Start to read, if that has not begun yet; else look whether a read may start now."""
        self._has_begun.set()
        self._wake.set()

    def ask(self, *reads: Read) -> None:
        """Make these reads now. One that failed or is not offered keeps its pause."""
        self._schedule = self._schedule.asked(steady_s(), *reads)
        self._wake.set()

    def read_positions(self, delivery_areas: Iterable[str]) -> None:
        """Read the positions in these areas now, with the pauses of `ask`."""
        for area in delivery_areas:
            self._reader.read_positions_next(area)
        self.ask(Read.POSITIONS)

    def pause(self) -> None:
        """Stop reading until `resume`: cancel what is under way, so that the kill has the server to itself."""
        self._may_read.clear()
        for task in (*self._tasks.values(), *self._asked_for):
            task.cancel()
        self._wake.set()

    def resume(self) -> None:
        """Read again, at once."""
        self._may_read.set()
        self.ask(Read.TRADES, Read.INTERNAL_TRADES, Read.STATUS)

    def key_changed(self) -> None:
        """Forget the rights of the earlier key, and make every read with the new one."""
        for task in self._tasks.values():
            task.cancel()  # its answer is about the earlier key
        self._schedule = self._schedule.anew()
        self._reader.read_all_positions()
        self._reader.take_key(Reading())
        self._wake.set()

    def take_key(self, details: ApiKeyDetails) -> None:
        """Take in the rights of the key, which the desk has just read itself."""
        self._reader.take_key(Reading(details, utc_now(), steady_s()))

    async def depth(self, contract_id: str, delivery_area: str) -> Reading[Orders]:
        """Read an order book now, as `on_demand` does."""
        return await self.on_demand(lambda: self._reader.depth(contract_id, delivery_area))

    async def on_demand(self, read: Callable[[], Coroutine[Any, Any, Reading[T]]]) -> Reading[T]:
        """Make a read that has no timer, as soon as that holds up neither a kill, a write nor the orders."""
        asked_s = steady_s()
        while self._is_busy() or not self._may_read.is_set():
            if not self._may_read.is_set() or steady_s() - asked_s >= ASKED_WITHIN_S:
                return Reading(problem=NOT_NOW)
            await asyncio.sleep(ASKED_AGAIN_S)
        call = asyncio.create_task(read())
        self._asked_for.add(call)
        call.add_done_callback(self._asked_for.discard)
        await asyncio.wait({call})
        return Reading(problem=NOT_NOW) if call.cancelled() else call.result()

    def _is_busy(self) -> bool:
        return self._reads.calls_under_way >= MOST_CALLS - KEPT_FREE or self._is_writing()

    async def run(self) -> None:
        """Read until cancelled."""
        await self._has_begun.wait()
        try:
            while True:
                await self._may_read.wait()
                self._wake.clear()
                self._start_due()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._rest_s()):
                        await self._wake.wait()
        finally:
            await end_tasks(*self._tasks.values())

    def _start_due(self) -> None:
        if self._reads.key_refusals != self._refusals:
            self._refusals = self._reads.key_refusals
            self._schedule = self._schedule.asked(steady_s(), Read.KEY)
        if self._is_writing():
            return
        for read in self._schedule.startable(steady_s(), self._reads.calls_under_way):
            self._schedule = self._schedule.started(read)
            self._tasks[read] = asyncio.create_task(self._call(read))
            self._tasks[read].add_done_callback(partial(self._ended, read))

    def _ended(self, read: Read, call: asyncio.Task[None]) -> None:
        """Make a read due again whose call was cancelled, maybe before it began."""
        if call.cancelled():
            self._reader.abandon(read)
            self._schedule = self._schedule.stopped(read)
            self._wake.set()

    def _rest_s(self) -> float | None:
        now_s = steady_s()
        next_s = self._schedule.next_s(now_s)
        return None if next_s == inf else max(next_s - now_s, BLOCKED_S)

    async def _call(self, read: Read) -> None:
        asked_pause_s, stated = 0.0, self.view.stated_inactive
        try:
            end = await self._reader.make(read)
        except OrdersApiError as error:
            end, asked_pause_s = End.FAILED, error.retry_after_s
            self._reader.note_problem(read, str(error))
        except Exception as error:  # noqa: BLE001 - a fault in a read beyond orders must not stop the desk
            end = End.FAILED
            self._reader.note_problem(read, f"internal error: {type(error).__name__}: {error}")
        if read is Read.KEY:
            self._refusals = self._reads.key_refusals  # its own refusal does not ask for it again
        every_s = AREAS_AGAIN_S if read is Read.AREAS and self.view.inactive_areas else None
        self._schedule = self._schedule.ended(
            read, end, steady_s(), every_s=every_s, chance=uniform(0.75, 1), asked_pause_s=asked_pause_s
        )
        if read is Read.STATUS and self.view.stated_inactive != stated:
            self._schedule = self._schedule.asked(steady_s(), Read.AREAS)
        self._wake.set()

"""The halt of a kill, put into the store beside the kill: nothing waits for it, and it is tried until it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import get_ident

from pbtui.api.sanitize import safe_text
from pbtui.desk.event_loop import run
from pbtui.desk.journal.open_writes import OpenWrites
from pbtui.desk.team.opening import is_driver_loaded
from pbtui.desk.team.store import LOST, HaltRecord, StoreUnreachable, TeamStore, WantedHalt

_HEAD_START_S = 0.25
"""The longest wait for the first answer of the kill, if the driver is still to be imported: that takes as long as a
request, and both would be slower."""
_AGAIN_AFTER_S = 0.1
_READ_EVERY_S = 1.0
_AFTER_FAULT_S = 1.0
_LAST_TRY_S = 0.5
_COUNT_WITHIN_S = 0.5
"""Longer than the deadline of one call: a store that fails is heard of before."""


class SharedHalt:
    """Halts the team, and counts the sends that were registered before and can still enter an order.

    `open_store` is called on the thread that uses the store.
    """

    def __init__(self, open_store: Callable[[], TeamStore]) -> None:
        self._open_store = open_store
        self._halting: _Halting | None = None

    @property
    def open_writes(self) -> OpenWrites | None:
        """The number of those sends, None while that is not known."""
        return None if self._halting is None else self._halting.open_writes

    async def count_again(self) -> None:
        """Count once more, from now on, so that `open_writes` is true of this moment.

        Returns at once while their number is not known. A count that does not come makes it so.
        """
        if self._halting is not None and self._halting.open_writes is not None:
            await asyncio.wait({asyncio.wrap_future(self._halting.count_again())}, timeout=_COUNT_WITHIN_S)

    @property
    def problem(self) -> str:
        """Return why the team is not known to be halted; empty if it is, or if that was not tried for long enough."""
        return "" if self._halting is None else self._halting.problem

    def begin(self, wanted: WantedHalt) -> None:
        """Begin this halt, after an earlier one."""
        self.stop()
        self._halting = _Halting(self._open_store, wanted)
        head_start_s = 0.0 if is_driver_loaded() else _HEAD_START_S
        asyncio.get_running_loop().call_later(head_start_s, self._halting.start)

    def kill_was_answered(self) -> None:
        """Wait no longer: the first request of the kill is done."""
        if self._halting is not None:
            self._halting.start()

    def decided(self, verdict: str) -> None:
        """Report the verdict of the kill, beside everything else."""
        if self._halting is not None:
            self._halting.decided(verdict)

    def release(self) -> None:
        """Count no longer; the halt itself is still tried until it is there."""
        if self._halting is not None:
            self._halting.counts = False

    def stop(self) -> None:
        """Try no longer: the profile was re-armed."""
        halting, self._halting = self._halting, None
        if halting is not None:
            halting.stop()

    async def close(self) -> None:
        """Let a halt that is on its way come to the store, and close the store."""
        halting = self._halting
        if halting is not None:
            halting.start()
            await _done(halting.is_there)
            if halting.is_there.done():
                await _done(halting.is_reported)
            self.stop()
            await _done(halting.has_ended)


async def _done(future: Future[None]) -> None:
    await asyncio.wait({asyncio.wrap_future(future)}, timeout=_LAST_TRY_S)


class _Halting:
    """Puts one halt into the store, on a thread and a loop of its own.

    The library of PostgreSQL can block whoever calls it: it reads files of the home folder, and asks Kerberos. Its
    driver may also be damaged, which must not stop a kill.
    """

    def __init__(self, open_store: Callable[[], TeamStore], wanted: WantedHalt) -> None:
        self._open_store = open_store
        self._wanted = wanted
        self._halt: HaltRecord | None = None
        self._has_started = self._stops = False
        self.counts = True
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._counted: OpenWrites | None = None
        self._again: list[Future[None]] = []
        """Counts that were asked for and have not ended."""
        self._is_asked_again = asyncio.Event()
        self.problem = ""
        self.is_there: Future[None] = Future()
        """Done once the store has the halt."""
        self.has_ended: Future[None] = Future()
        self._verdict = self._reported = ""
        self.is_reported: Future[None] = Future()
        """Done once the store has the verdict, if there is one."""
        self.is_reported.set_result(None)

    @property
    def open_writes(self) -> OpenWrites | None:
        """The number of sends as last counted; None while that is not known, or is counted again."""
        return None if self._again else self._counted

    def count_again(self) -> Future[None]:
        """Count once more; done with the first count that begins from now on."""
        again: Future[None] = Future()
        self._again.append(again)
        self._wake()
        return again

    def decided(self, verdict: str) -> None:
        """Report this verdict to the store."""
        if verdict != self._verdict:
            if self.is_reported.done():
                self.is_reported = Future()
            self._verdict = verdict
            self._wake()

    def _wake(self) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._is_asked_again.set)

    def start(self) -> None:
        """Start the thread, unless it was started or is to stop."""
        if not (self._has_started or self._stops):
            self._has_started = True
            asyncio.get_running_loop().run_in_executor(None, self._run, get_ident())

    def stop(self) -> None:
        """End it. The store may have the halt or not."""
        self._stops = True
        if self._loop is not None and self._task is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._task.cancel)

    # ------------------------------------------------------------ on its own thread

    def _run(self, caller: int) -> None:
        try:
            if get_ident() == caller:  # the loop of the kill must not wait for this
                self._note("The team store can't be used: no thread can be started")
                return
            with suppress(asyncio.CancelledError):
                run(self._live())
        finally:
            self.has_ended.set_result(None)

    async def _live(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        store: TeamStore | None = None
        try:
            while not self._stops and (self.counts or self._halt is None or self._reported != self._verdict):
                asked = tuple(self._again)
                try:
                    store = store or self._open_store()
                    pause_s = await self._ask(store)
                except StoreUnreachable as error:
                    self._note(str(error))
                    pause_s = _AGAIN_AFTER_S
                except Exception as error:  # noqa: BLE001 - the kill goes on, and shows it
                    self._note(f"The team store can't be used: {type(error).__name__}: {safe_text(str(error))}")
                    pause_s = _AFTER_FAULT_S
                for again in asked:
                    self._again.remove(again)
                    again.set_result(None)
                await self._pause(pause_s)
        finally:
            if store is not None:
                await store.close()

    async def _pause(self, pause_s: float) -> None:
        """Wait until the next count: less long if it is asked for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._is_asked_again.wait()
        self._is_asked_again.clear()

    async def _ask(self, store: TeamStore) -> float:
        """Halt the team, then count. Returns the seconds until the next count. Raises StoreUnreachable."""
        if self._halt is None:
            self._halt = await store.halt(self._wanted)
            self.is_there.set_result(None)
        await self._report(store)
        epoch = self._halt.epoch
        sends = await store.sends_open(epoch)
        if all(halt.epoch != epoch for halt in await store.halts()):
            halt = await store.halt(self._wanted)
            who = f"{halt.lifted_by} on {halt.lifted_on}"
            self._counted = None
            self.problem = f"{who} has lifted the halt of the team: other desks can enter orders"
            return _READ_EVERY_S
        lost = sum(send.ending == LOST for send in sends)
        self._counted, self.problem = OpenWrites(len(sends) - lost, lost), ""
        return _AGAIN_AFTER_S if sends else _READ_EVERY_S

    async def _report(self, store: TeamStore) -> None:
        verdict, is_reported = self._verdict, self.is_reported
        if verdict != self._reported:
            await store.note_verdict(self._wanted.token, verdict)
            self._reported = verdict
            if verdict == self._verdict:
                is_reported.set_result(None)

    def _note(self, fault: str) -> None:
        self._counted = None
        self.problem = f"{fault.rstrip('.')}. {self._standing}"

    @property
    def _standing(self) -> str:
        if self._halt is not None:
            return "The halt is there; whether sends can still land is asked again"
        return "Other desks are not halted by this kill; it is tried again while pbtui runs for this profile"

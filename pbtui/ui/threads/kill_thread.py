"""The kill switch on a thread and a loop of its own: neither the screen nor the desk can hold it up.

Its client is made when the desk starts, so that firing needs nothing but the request.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from textual.message import Message

from pbtui.settings.profiles import Profile
from pbtui.ui.threads.desk_thread import DeskThread

if TYPE_CHECKING:  # at run time its own thread imports them, after the first frame
    from pbtui.desk.kill.halt import Halt
    from pbtui.desk.kill.plan import AnyOrder, KillPlan
    from pbtui.desk.kill.switch import KillSwitch
    from pbtui.desk.kill.view import KillView

    Wish = Callable[[KillSwitch], Coroutine[Any, Any, object]]

OpenKillSwitch = Callable[["Callable[[KillView], None]", Callable[[], int]], "AbstractAsyncContextManager[KillSwitch]"]
"""Opens a switch that publishes through the first callable and asks the second for the writes under way."""

VERDICT_WITHIN_S = 70.0
"""Longer than a kill takes until it calls itself incomplete."""
STOP_WITHIN_S = 3.0
_GIVE_WAY_AFTER_S = 0.0002
"""How long another thread keeps the interpreter, once a kill is fired: at the usual 5 ms each step of the first request
would wait for a screen that is being drawn."""

_HEAD_START_S = 0.03
"""How long the screen is not told of an attempt: drawing it would take the interpreter from the first request."""


class NewKillView(Message):
    """The kill has come a step further, or the switch was opened or failed."""


class KillThread:
    """Runs the kill switch of one desk.

    `announce` is called, on whatever thread, when there is something new to show: an attempt, a view, the opening, or
    `failure`, which holds why the switch could not be opened or stopped; to fire then opens it once more.
    """

    def __init__(
        self, profile: Profile, open_switch: OpenKillSwitch, desk_thread: DeskThread, announce: Callable[[], None]
    ) -> None:
        self._profile = profile
        self._open_switch = open_switch
        self._desk_thread = desk_thread
        self._announce = announce
        self.failure: Exception | None = None
        self.view: KillView | None = None
        """The newest view of a kill of this run; None before one was fired, and after it was dismissed."""
        self.is_fired = False
        """Whether a kill was fired or resumed, from that very moment until it is dismissed."""
        self.attempts = 0
        """How often one was, in this run."""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wishes: SimpleQueue[Wish] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake: asyncio.Event | None = None
        self._is_ending = False
        self._begun = asyncio.Event()
        self._decided = threading.Event()
        self._decided.set()
        self._kill: asyncio.Task[None] | None = None
        self._feed_is_paused = False

    # ------------------------------------------------------------ from any thread

    def start(self) -> None:
        """Open the switch."""
        with self._lock:
            self._start()

    def fire(self, plan: KillPlan, guard: str) -> None:
        """Fire this plan; `guard` says how it was confirmed."""
        self._begin(lambda switch: switch.fire(plan, self._known(), guard=guard))

    def fire_own(self, guard: str) -> None:
        """Fire what the profile has armed; while a kill runs once more the same, where that was no wider."""
        earlier = self.view

        async def fire(switch: KillSwitch) -> None:
            from pbtui.desk.kill.plan import again, plan_for

            own = plan_for(self._profile)
            plan = own if earlier is None else again(earlier.plan, own)
            await switch.fire(plan, self._known(), guard=guard)

        self._begin(fire)

    def resume(self, halt: Halt) -> None:
        """Go on with the kill that an earlier run has fired."""
        self._begin(lambda switch: switch.resume(halt))

    @property
    def is_deciding(self) -> bool:
        """Whether a kill is being fired or verified: the process should not end before it is decided."""
        return not self._decided.is_set()

    def dismiss(self) -> None:
        """End the kill and its watch, and forget it."""
        self.is_fired, self.view = False, None
        with self._lock:
            if self._thread is not None:
                self._wishes.put(_release)
        self._wake_up()

    def finish(self) -> KillView | None:
        """Wait for the verdict on a kill that is under way, then end; gives what was known last."""
        self._decided.wait(VERDICT_WITHIN_S)
        self._is_ending = True
        self._wake_up()
        if self._thread is not None:
            self._thread.join(STOP_WITHIN_S)
        return self.view

    def _begin(self, kill: Wish) -> None:
        sys.setswitchinterval(_GIVE_WAY_AFTER_S)
        self.is_fired = True
        self.attempts += 1
        self._decided.clear()
        self._desk_thread.halt("the kill switch was fired")
        with self._lock:
            self._wishes.put(lambda switch: self._run_kill(switch, kill))
            self._start()
        self._wake_up()
        self._announce_soon()

    def _announce_soon(self) -> None:
        announcing = threading.Timer(_HEAD_START_S, self._announce)
        announcing.daemon = True
        announcing.start()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="kill switch", daemon=True)
            self._thread.start()

    def _wake_up(self) -> None:
        loop, awake = self._loop, self._awake
        if loop is not None and awake is not None and not loop.is_closed():
            loop.call_soon_threadsafe(awake.set)

    # ------------------------------------------------------------ on its own thread

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except Exception as error:  # noqa: BLE001 - the trader must see that the switch failed, whatever failed it
            with self._lock:
                self.failure = error
                self._thread, self._wishes = None, SimpleQueue()
            self._decided.set()
            self._announce()

    async def _live(self) -> None:
        self._awake, self._begun = asyncio.Event(), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        async with self._open_switch(self._publish, lambda: self._desk_thread.writes_under_way) as switch:
            self.failure = None
            self._announce()
            tasks: set[asyncio.Task[object]] = set()
            while not self._is_ending:
                while not self._wishes.empty():
                    tasks.add(asyncio.create_task(self._wishes.get()(switch)))
                await self._awake.wait()
                self._awake.clear()
                tasks = {task for task in tasks if not task.done()}
            switch.release()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _run_kill(self, switch: KillSwitch, kill: Wish) -> None:
        this = self._kill = asyncio.current_task()
        self._begun.clear()
        self._pause_feed(is_paused=True)
        verdict = asyncio.create_task(self._await_verdict(switch))
        try:
            await kill(switch)
        except Exception as error:  # noqa: BLE001 - see _run
            self.failure = error
            self._announce()
        finally:
            verdict.cancel()
            if this is self._kill:
                self._pause_feed(is_paused=False)
                self._decided.set()

    async def _await_verdict(self, switch: KillSwitch) -> None:
        await self._begun.wait()
        await switch.verdict()
        self._decided.set()

    def _publish(self, view: KillView) -> None:
        from pbtui.desk.kill.view import Phase

        if self.is_fired:
            self.view = view
        if view.phase is not Phase.READY and view.ended_s is None:
            self._begun.set()
        has_server_answered = view.active is not None or view.phase is Phase.REFUSED
        if self._feed_is_paused and has_server_answered and view.phase is not Phase.UNKNOWN:
            self._pause_feed(is_paused=False)
        self._announce()

    def _pause_feed(self, *, is_paused: bool) -> None:
        self._feed_is_paused = is_paused
        if is_paused:
            self._desk_thread.pause_feed()
        else:
            self._desk_thread.resume_feed()

    def _known(self) -> list[AnyOrder]:
        view = self._desk_thread.latest
        return [] if view is None else [row.order for row in view.blotter.active.values()]


async def _release(switch: KillSwitch) -> None:
    switch.release()

"""The kill switch on a thread and a loop of its own, so that neither the screen nor the desk can delay it.

Its client is made when the desk starts, so that firing needs only the request.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from textual.message import Message

from pbtui.api.clock import steady_s
from pbtui.api.structs import replace
from pbtui.desk.event_loop import run
from pbtui.settings.profiles import Profile
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.threads.kill_state import KillState

if TYPE_CHECKING:  # at run time its own thread imports them, after the first frame
    from pbtui.desk.kill.halt import Halt
    from pbtui.desk.kill.plan import KillPlan
    from pbtui.desk.kill.progress import KillView
    from pbtui.desk.kill.switch import KillSwitch

    Wish = Callable[[KillSwitch], Coroutine[Any, Any, object]]
    Kill = Callable[[KillSwitch, int], Coroutine[Any, Any, object]]

OpenKillSwitch = Callable[["Callable[[KillView], None]", Callable[[], int]], "AbstractAsyncContextManager[KillSwitch]"]
"""Opens a switch: the first callable receives its views, the second returns the number of writes under way."""

NEWS_WITHIN_S = 70.0
"""Longer than the time after which a kill without progress ends as incomplete."""
STOP_WITHIN_S = 3.0
_GIVE_WAY_AFTER_S = 0.0002
"""Python's thread switch interval once a kill is fired. At the usual 5 ms each step of the first request would wait
while the screen is being drawn."""

_HEAD_START_S = 0.03
"""Delay before the screen shows an attempt: drawing at once would slow down the first request."""


class NewKillView(Message):
    """Message: the kill has a new view, or the switch was opened or failed."""


class KillThreadEnded(Exception):
    """A kill was fired after `KillThread.finish`; nothing was sent."""


class KillThread:
    """Runs the kill switch of one desk.

    `state` is replaced as a whole, under the lock, and may be read from any thread. `announce` is called, on any thread
    and without the lock, when there is something new to show.
    """

    def __init__(
        self, profile: Profile, open_switch: OpenKillSwitch, desk_thread: DeskThread, announce: Callable[[], None]
    ) -> None:
        self._profile = profile
        self._open_switch = open_switch
        self._desk_thread = desk_thread
        self._announce = announce
        self.state = KillState()
        self._lock = threading.Condition()
        """Guards `state`, the thread and its queue; notified when an attempt is decided."""
        self._thread: threading.Thread | None = None
        self._wishes: SimpleQueue[Wish] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake: asyncio.Event | None = None
        self._is_ending = False
        self._usual_switch_s = sys.getswitchinterval()
        # Of the kill's own thread alone:
        self._running_attempt = 0
        self._begun = asyncio.Event()
        self._feed_is_paused = False

    # ------------------------------------------------------------ from any thread

    def start(self) -> None:
        """Open the switch."""
        with self._lock:
            self._start()

    def fire(self, plan: KillPlan, guard: str) -> None:
        """Fire a plan; `guard` is the way it was confirmed."""

        async def fire(switch: KillSwitch, attempt: int) -> None:
            await self._fire(switch, plan, guard, attempt)

        self._begin(fire)

    def fire_own(self, guard: str) -> None:
        """Fire the profile's own action. While a kill runs, repeat its plan, unless that reaches further."""
        earlier = self.state.view

        async def fire(switch: KillSwitch, attempt: int) -> None:
            from pbtui.desk.kill.plan import again, plan_for  # the first frame does without it

            own = plan_for(self._profile)
            plan = own if earlier is None else again(earlier.plan, own)
            await self._fire(switch, plan, guard, attempt)

        self._begin(fire)

    def resume(self, halt: Halt) -> None:
        """Continue a kill that an earlier run fired."""
        self._begin(lambda switch, attempt: switch.resume(halt, attempt=attempt))

    def let_go(self) -> None:
        """Lift the halt of the kill key: the prompt or the report was closed. The halt of a fired kill stays."""
        with self._lock:
            self._desk_thread.unhalt()

    def dismiss(self, attempt: int) -> None:
        """End the attempts up to this one, with their watch, and remove their view. A newer attempt continues."""
        with self._lock:
            self.state = self.state.after_dismissal(attempt)
            if self._thread is not None:
                self._wishes.put(lambda switch: _release(switch, attempt))
        self._wake_up()

    def finish(self) -> KillView | None:
        """Wait for the verdict of a running kill, stop the thread, and return the last view.

        The kill's own time limit counts from its last progress. Only a kill that shows nothing new for `NEWS_WITHIN_S`
        is not waited for.
        """
        with self._lock:
            is_going_on = True
            while is_going_on and self.state.is_deciding:
                view = self.state.view
                is_going_on = self._lock.wait_for(partial(self._has_news, view), NEWS_WITHIN_S)
            self._is_ending = True
        self._wake_up()
        if self._thread is not None:
            self._thread.join(STOP_WITHIN_S)
        return self.state.view

    def _has_news(self, view: KillView | None) -> bool:
        return self.state.view is not view or not self.state.is_deciding

    def _begin(self, kill: Kill) -> None:
        with self._lock:
            if self._is_ending:
                self.state = replace(self.state, failure=KillThreadEnded("pbtui is closing: nothing was sent"))
                return
            if not self.state.is_deciding:
                self._usual_switch_s = sys.getswitchinterval()
            sys.setswitchinterval(_GIVE_WAY_AFTER_S)
            attempt = self.state.attempts + 1
            self.state = replace(self.state, attempts=attempt)
            self._desk_thread.halt("the kill switch was fired", fires=True)
            self._wishes.put(lambda switch: self._run_kill(switch, kill, attempt))
            self._start()
        self._wake_up()
        self._announce_soon()

    def _announce_soon(self) -> None:
        announcing = threading.Timer(_HEAD_START_S, self._announce)
        announcing.daemon = True
        try:
            announcing.start()
        except RuntimeError:  # no thread can be started
            self._announce()

    def _start(self) -> None:
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._run, name="kill switch", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._fail(error)
        else:
            self._thread = thread

    def _wake_up(self) -> None:
        loop, awake = self._loop, self._awake
        if loop is not None and awake is not None:
            with suppress(RuntimeError):  # the loop was closed: the thread has ended
                loop.call_soon_threadsafe(awake.set)

    # ------------------------------------------------------------ on its own thread

    def _run(self) -> None:
        try:
            run(self._live())
        except Exception as error:  # noqa: BLE001 - the trader must see any error that stops the switch
            self._fail(error)
            self._announce()

    def _fail(self, error: Exception) -> None:
        with self._lock:
            self.state = replace(self.state, failure=error)
            self._thread, self._wishes = None, SimpleQueue()
            self._decide(self.state.attempts)

    async def _live(self) -> None:
        self._awake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        async with self._open_switch(self._publish, lambda: self._desk_thread.writes_under_way) as switch:
            self._set_failure(None)
            tasks: set[asyncio.Task[object]] = set()
            while not self._is_ending:
                while not self._wishes.empty():
                    tasks.add(asyncio.create_task(self._wishes.get()(switch)))
                await self._awake.wait()
                self._awake.clear()
                tasks = {task for task in tasks if not task.done()}
            switch.release()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _run_kill(self, switch: KillSwitch, kill: Kill, attempt: int) -> None:
        self._running_attempt, self._begun = attempt, asyncio.Event()
        self._pause_feed(is_paused=True)
        verdict = asyncio.create_task(self._await_verdict(switch, self._begun, attempt))
        try:
            await kill(switch, attempt)
        except Exception as error:  # noqa: BLE001 - see _run
            self._set_failure(error)
        finally:
            verdict.cancel()
            if attempt == self._running_attempt:
                self._pause_feed(is_paused=False)
            self._decide(attempt)

    async def _await_verdict(self, switch: KillSwitch, begun: asyncio.Event, attempt: int) -> None:
        await begun.wait()
        await switch.verdict()
        self._decide(attempt)

    def _decide(self, attempt: int) -> None:
        with self._lock:
            was_deciding = self.state.is_deciding
            self.state = self.state.after_decision(attempt)
            if was_deciding and not self.state.is_deciding:
                sys.setswitchinterval(self._usual_switch_s)
                self._lock.notify_all()

    def _set_failure(self, failure: Exception | None) -> None:
        with self._lock:
            self.state = replace(self.state, failure=failure)
        self._announce()

    def _publish(self, view: KillView) -> None:
        with self._lock:
            before, self.state = self.state, self.state.with_view(view)
            if self.state is not before:
                self._lock.notify_all()
        if view.attempt == self._running_attempt:
            self._follow(view)
        self._announce()

    def _follow(self, view: KillView) -> None:
        from pbtui.desk.kill.progress import Phase  # the first frame does without it

        if view.phase is not Phase.READY and view.ended_s is None:
            self._begun.set()
        has_server_answered = view.active is not None or view.phase is Phase.REFUSED
        if self._feed_is_paused and has_server_answered and view.phase is not Phase.UNKNOWN:
            self._pause_feed(is_paused=False)

    def _pause_feed(self, *, is_paused: bool) -> None:
        self._feed_is_paused = is_paused
        if is_paused:
            self._desk_thread.pause_feed()
        else:
            self._desk_thread.resume_feed()

    async def _fire(self, switch: KillSwitch, plan: KillPlan, guard: str, attempt: int) -> None:
        """Fire with what the desk has read."""
        from pbtui.desk.view import lists_all, lists_deactivated  # the first frame does without pydantic

        view = self._desk_thread.latest
        if view is None:
            await switch.fire(plan, guard=guard, attempt=attempt)
            return
        await switch.fire(
            plan,
            [row.order for row in view.blotter.active.values()],
            guard=guard,
            attempt=attempt,
            knows_all=lists_all(plan, view, self._profile, steady_s()),
            deactivated=[row.order for row in view.blotter.deactivated.values()],
            knows_deactivated=lists_deactivated(plan, view, self._profile),
            algorithms=view.exchange.algorithms.value,
        )


async def _release(switch: KillSwitch, attempt: int) -> None:
    switch.release(attempt)

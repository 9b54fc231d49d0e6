"""The kill switch: halts, fires, verifies by reading, and watches. It does not use the desk or the desk's connection.

Plain asyncio: a screen runs it on its own thread and loop, the command line with `asyncio.run`. A slow disk can't
delay a request: separate threads write the halt, the journal and the report.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s, utc_now
from pbtui.api.randomness import uniform, unique_id
from pbtui.api.structs import replace
from pbtui.api.transport.connection import Timeouts
from pbtui.desk.event_loop import end_tasks
from pbtui.desk.journal.open_writes import EVERY_ORDER, OpenWrites
from pbtui.desk.journal.writer import Journal
from pbtui.desk.kill.halt import Halt, halted_portfolios, reason_of
from pbtui.desk.kill.later_reads.of_run import LaterReads
from pbtui.desk.kill.owed import find_owed, owed_beside
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.progress import UNDECIDED, KillCall, KillView, Phase
from pbtui.desk.kill.protocol.state import KillState, first_state
from pbtui.desk.kill.protocol.step import phase_of
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.desk.kill.record import KillRecord
from pbtui.desk.kill.run import KillRun
from pbtui.desk.kill.shown import ShownKill, later_standing
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.api.reads.algorithms import AlgoDetails
    from pbtui.desk.team.halts.of_kill import SharedHalt

KILL_TIMEOUTS = Timeouts(connect_s=2, next_bytes_s=5, deadline_s=8)
KILL_READ_TIMEOUTS = Timeouts(connect_s=2, next_bytes_s=20, deadline_s=22)
"""A read may take longer than a request: a second one is made beside one without an answer."""
KILL_CALLS_AT_ONCE = 9
"""Four for firing, three for the reads beside them, one for the trades, one for the algorithms."""

_PUBLISH_AFTER_S = 0.05
_OPENING_AFTER_S = 0.05
"""The wait after the first kill request before the report is written for the first time: writing would slow it down.
Until then the halt file is the record of the kill."""
_DISK_AFTER_S = 1.0
"""The wait before other disk work starts, so that only the halt file comes before the first request."""
_EARLIER_PLAN = "earlier plan"


class KillSwitch:
    """The kill switch of one profile.

    `client` must not be shared. `publish` is called with each new view, in the loop that runs the switch.
    `open_writes` counts the other writes of the profile that can still land, None while that is not known.
    `count_again` makes that count true of the moment of the call. `shared` puts the halt into the store of the team,
    None without one.
    """

    def __init__(
        self,
        profile: Profile,
        client: OrdersClient,
        journal: Journal,
        publish: Callable[[KillView], None],
        *,
        open_writes: Callable[[], OpenWrites | None] = OpenWrites,
        count_again: Callable[[], Awaitable[None]] | None = None,
        timing: Timing | None = None,
        shared: SharedHalt | None = None,
    ) -> None:
        self._profile = profile
        self._client = client
        self._publish = publish
        self._own_writes = open_writes
        self._count_own_again = count_again
        self._shared = shared
        self._timing = timing or Timing()
        self._record = KillRecord(profile, journal)
        self._run: KillRun | None = None
        self._run_task: asyncio.Task[None] | None = None
        self._later: LaterReads | None = None
        self._newest_attempt = self._released_attempt = 0
        self._publishing: asyncio.TimerHandle | None = None
        self._has_opened_report = False
        self._step = asyncio.Event()
        self._shown = ShownKill(profile, self._record, shared, self._timing.disk_within_s)
        self._view = self._shown.ready()

    @property
    def view(self) -> KillView:
        """The newest view."""
        return self._view

    async def fire(
        self,
        plan: KillPlan,
        known: Sequence[AnyOrder] = (),
        *,
        guard: str = "",
        attempt: int | None = None,
        knows_all: bool = True,
        deactivated: Sequence[AnyOrder] = (),
        knows_deactivated: bool = False,
        algorithms: Sequence[AlgoDetails] | None = None,
    ) -> KillView:
        """Halt the profile, fire, verify, then watch. Returns the last view, after the watch or on `release`.

        `known` are the orders as last read; they are fired at without another read. `knows_all`: they were read a
        moment ago, and if there are any, no other one in scope was active then. `deactivated` are the deactivated
        orders that are known; `knows_deactivated`: no others are in scope. `guard` says how the kill was confirmed.
        Each view of the run has the number `attempt`, by default the next one. `algorithms` are those read before, None
        if they were not. Firing again ends the earlier run and starts a new one; the restore list keeps the orders from
        before the first.
        """
        attempt = self._number(attempt)
        earlier = () if self._run is None else self._run.state.book.targets
        self._record.problems.pop(_EARLIER_PLAN, None)
        self._shown.still_owed = ()
        known = [*earlier, *known]
        return await self._run_kill(
            plan,
            known,
            guard,
            attempt,
            knows_all=knows_all,
            deactivated=deactivated,
            knows_deactivated=knows_deactivated,
            algorithms=algorithms,
        )

    async def resume(self, halt: Halt, *, attempt: int | None = None) -> KillView:
        """Continue the kills that earlier runs of the program fired: read, fire at active orders, verify, watch.

        What was not answered is sent again. Of several kills the widest is continued; those that it does not include
        are named as still owed. Plans are those of the halt file, otherwise of the report. If none has a plan for this
        exchange, own orders are deactivated. Without the reports the orders from before are not known.
        """
        asked_s, attempt = steady_s(), self._number(attempt)
        kill = await find_owed(halt, self._profile, self._record, self._timing.disk_within_s)
        self._record.problems.pop(_EARLIER_PLAN, None)
        if kill.problem:
            self._record.problems[_EARLIER_PLAN] = kill.problem
        self._shown.still_owed = kill.still_owed
        return await self._run_kill(
            kill.plan,
            kill.before,
            "resumed",
            attempt,
            knows_all=kill.has_all_before,
            resumes=True,
            has_call_succeeded=kill.has_call_succeeded,
            asked_s=asked_s,
        )

    def release(self, attempt: int | None = None) -> None:
        """Stop all attempts up to this number, by default all so far; `fire` then returns. The profile stays halted.

        Later attempts are not affected.
        """
        self._released_attempt = self._newest_attempt if attempt is None else attempt
        if self._run_task is not None and self._run is not None and self._run.state.attempt <= self._released_attempt:
            self._run_task.cancel()
            self._end_later_reads()
            if self._shared is not None:
                self._shared.release()

    def _end_later_reads(self) -> None:
        if self._later is not None:
            self._later.end()

    async def close(self) -> None:
        """Close the journal and the store of the team. Waits for the disk at most `disk_within_s`."""
        if self._shared is not None:
            await self._shared.close()
        await self._record.close(self._timing.disk_within_s)

    async def verdict(self) -> KillView:
        """Wait until there is a verdict, or until `verify_within_s` have passed without progress.

        Returns the view of that moment.
        """
        await self._until(lambda view: view.is_decided)
        return self._view

    async def certified(self) -> KillView:
        """Wait for the later reads: until no later report of a trade can change the certificate.

        Returns the view of that moment. The verdict never waits for it.
        """
        if self._later is not None:
            await self._later.done()
        return self._view

    async def _decided(self, run: KillRun) -> None:
        while self._view.attempt != run.state.attempt or not self._view.is_decided:
            await self._step.wait()

    async def _until(self, holds: Callable[[KillView], bool]) -> None:
        while not holds(self._view) and self._view.ended_s is None:
            await self._step.wait()

    # ------------------------------------------------------------ one run

    def _number(self, attempt: int | None) -> int:
        self._newest_attempt = self._newest_attempt + 1 if attempt is None else attempt
        return self._newest_attempt

    async def _run_kill(
        self,
        plan: KillPlan,
        known: Sequence[AnyOrder],
        guard: str,
        attempt: int,
        *,
        knows_all: bool = True,
        deactivated: Sequence[AnyOrder] = (),
        knows_deactivated: bool = False,
        resumes: bool = False,
        has_call_succeeded: bool = False,
        algorithms: Sequence[AlgoDetails] | None = None,
        asked_s: float | None = None,
    ) -> KillView:
        if self._run_task is not None and attempt == self._newest_attempt:
            self._end_later_reads()
            await end_tasks(self._run_task)
        if attempt != self._newest_attempt:
            return self._view  # a newer attempt was made while this one waited
        state = first_state(
            plan,
            known,
            self._timing,
            steady_s(),
            asked_s=asked_s,
            attempt=attempt,
            started_at=utc_now(),
            portfolios=self._profile.portfolios,
            deactivated=deactivated,
            knows_deactivated=knows_deactivated,
            resumes=resumes,
            knows_all=knows_all,
            has_call_succeeded=has_call_succeeded,
            spread=uniform(0.9, 1.1),
        )
        run, run_task = self._start(state, guard, algorithms)
        if attempt <= self._released_attempt:
            run_task.cancel()
        await self._until_end(run, run_task)
        return self._view

    def _start(
        self, state: KillState, guard: str, algorithms: Sequence[AlgoDetails] | None
    ) -> tuple[KillRun, asyncio.Task[None]]:
        """Halt the profile, and start the run that begins with `state`."""
        self._shown.earlier = None if self._view.phase is Phase.READY else self._view
        run = self._run = KillRun(
            self._client,
            state,
            self._changed,
            open_writes=self._open_writes,
            check_halt=self._record.check_halt,
            count_again=self._count_again,
            single_order_endpoint=self._profile.single_order_endpoint,
        )
        self._later = LaterReads(self._client, run, algorithms, lambda: self._show(run, ended_s=self._view.ended_s))
        self._later.begin(lambda: self._decided(run))
        self._client.gate = run.calls.gate
        self._has_opened_report = False
        self._halt(state, guard)
        latch = asyncio.create_task(self._record.is_latched(self._timing.latch_within_s))
        run_task = self._run_task = asyncio.create_task(run.run(latch))
        self._record.begin(state.plan, state.book.before)
        return run, run_task

    def _halt(self, state: KillState, guard: str) -> None:
        """Halt the profile, on disk and in the store of the team."""
        plan, token, fired_at = state.plan, unique_id(), state.started_at or utc_now()
        self._record.halt(plan, fired_at, guard, token)
        if self._shared is not None:
            from pbtui.desk.team.store import WantedHalt  # a kill without a team does without it

            scope = halted_portfolios(self._profile, plan)
            self._shared.begin(WantedHalt(token, reason_of(plan), scope, plan.action.value, fired_at))

    def _open_writes(self) -> OpenWrites | None:
        """The writes of the profile and of the team that can still land, None while one of them is not known."""
        own = self._own_writes()
        if self._shared is None or own is None:
            return own
        team = self._shared.open_writes
        # The store does not say how many orders a send has.
        return None if team is None else own.at_least(team.under_way, team.unanswered, orders_each=EVERY_ORDER)

    async def _count_again(self) -> None:
        """Make the next count of open writes true of this moment."""
        team = None if self._shared is None else self._shared.count_again
        await asyncio.gather(*(count() for count in (self._count_own_again, team) if count is not None))

    async def _until_end(self, run: KillRun, run_task: asyncio.Task[None]) -> None:
        """Wait until the run has ended, then show and record its last view. A cancellation ends the run."""
        later = self._later
        try:
            await asyncio.wait({run_task}, timeout=_DISK_AFTER_S)
            await self._put_on_disk(run)
            await asyncio.wait({run_task})
            if run.state.verified_s is not None:
                self._show(run)
                await self.certified()
        finally:
            await end_tasks(run_task)
            if later is not None:
                await later.close()
            if run.state.halting.is_lifted and self._shared is not None:
                self._shared.stop()
            run.state = replace(run.state, is_over=True, now_s=steady_s())
            self._show(run, ended_s=steady_s() - run.state.started_s)
            await self._record.done(self._timing.disk_within_s)
            self._show(run, ended_s=self._view.ended_s, disk_within_s=0)
        if not run_task.cancelled():
            run_task.result()

    async def _put_on_disk(self, run: KillRun) -> None:
        """Take in what earlier kills left: orders for the restore list, and what is owed. Report while firing."""
        within_s = self._timing.disk_within_s
        self._shown.add_before(await self._record.earlier_orders(within_s))
        if not run.state.resumes:
            owed = await owed_beside(run.state.plan, self._record, within_s)
            self._shown.still_owed = owed if run is self._run else self._shown.still_owed
        self._changed(None)
        self._open_report(run)

    def _open_report(self, run: KillRun) -> None:
        if run is self._run and phase_of(run.state) is Phase.FIRING:
            self._record.verdict(self._shown.view_of(run, self._later, self._view))

    def _changed(self, call: KillCall | None) -> None:
        """Publish after a short delay, because a kill of many orders makes many steps at once."""
        loop = asyncio.get_running_loop()
        if call is not None and call.is_kill and call.end:
            self._record.call(call)
            if self._shared is not None:
                self._shared.kill_was_answered()
        elif call is not None and call.is_kill and self._run is not None and not self._has_opened_report:
            self._has_opened_report = True
            loop.call_later(_OPENING_AFTER_S, self._open_report, self._run)
        if self._publishing is None and self._run is not None:
            self._publishing = loop.call_later(_PUBLISH_AFTER_S, self._show, self._run)

    def _show(self, run: KillRun, ended_s: float | None = None, disk_within_s: float | None = None) -> None:
        if self._publishing is not None:
            self._publishing.cancel()
            self._publishing = None
        if run is not self._run:
            return  # a newer run has started
        self._shown.take_before(run.state.book.before)
        earlier = self._view
        self._view = self._shown.view_of(run, self._later, earlier, ended_s, disk_within_s)
        is_new_verdict = self._view.phase is not earlier.phase or ended_s != earlier.ended_s
        is_new_verdict |= later_standing(self._view) != later_standing(earlier)
        # The report has to wait while requests are being sent.
        if is_new_verdict and self._view.phase is not Phase.FIRING:
            self._record.verdict(self._view)
            if self._shared is not None and self._view.phase not in UNDECIDED:
                self._shared.decided(self._view.phase)
        self._step.set()
        self._step = asyncio.Event()
        self._publish(self._view)

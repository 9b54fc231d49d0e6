"""The kill switch: halts, fires, verifies by reading, and watches. Independent of the desk, on a connection of its own.

Plain asyncio: a screen runs it on a thread and a loop of its own, the command line with `asyncio.run`. Nothing it does
to the disk can hold up a request: the latch, the journal and the report are written by threads of their own.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import timedelta

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s
from pbtui.api.connection import Timeouts
from pbtui.desk.journal.writer import Journal
from pbtui.desk.kill.curl import curl_lines
from pbtui.desk.kill.describe import headline, notes, troubles
from pbtui.desk.kill.halt import Halt
from pbtui.desk.kill.plan import AnyOrder, KillPlan, plan_for
from pbtui.desk.kill.record import KillRecord
from pbtui.desk.kill.run import KillRun
from pbtui.desk.kill.timing import Timing
from pbtui.desk.kill.view import ALARMS, Fate, KillCall, KillView, Phase
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile

KILL_TIMEOUTS = Timeouts(connect_s=2, next_bytes_s=5, deadline_s=8)
KILL_CALLS_AT_ONCE = 6
"""Four for firing, and room for the reads beside them."""

_PUBLISH_AFTER_S = 0.05
_DISK_AFTER_S = 1.0
"""Until then nothing but the latch may take the first request's time."""
_EARLIER_PLAN = "earlier plan"
_ENDS = (Phase.VERIFIED, Phase.REAPPEARED, Phase.REFUSED)


class KillSwitch:
    """The kill switch of one profile.

    `client` is its own, shared with nobody. `publish` is called with each new view, in the loop that runs the switch.
    `writes_under_way` tells how many other requests of the profile are on their way, None while that is not known.
    """

    def __init__(
        self,
        profile: Profile,
        client: OrdersClient,
        journal: Journal,
        publish: Callable[[KillView], None],
        *,
        writes_under_way: Callable[[], int | None] = lambda: 0,
        timing: Timing | None = None,
    ) -> None:
        self._profile = profile
        self._client = client
        self._publish = publish
        self._writes_under_way = writes_under_way
        self._timing = timing or Timing()
        self._record = KillRecord(profile, journal)
        self._run: KillRun | None = None
        self._conducting: asyncio.Task[None] | None = None
        self._newest_attempt = self._released_attempt = 0
        self._before: dict[str, AnyOrder] = {}
        self._publishing: asyncio.TimerHandle | None = None
        self._step = asyncio.Event()
        plan = plan_for(profile)
        self._view = KillView(
            phase=Phase.READY,
            plan=plan,
            fired=plan,
            headline="",
            curl=curl_lines(profile, plan),
            phones=profile.kill.phones,
        )

    @property
    def view(self) -> KillView:
        """The newest view."""
        return self._view

    async def fire(
        self, plan: KillPlan, known: Sequence[AnyOrder] = (), *, guard: str = "", attempt: int | None = None
    ) -> KillView:
        """Halt the profile, fire, verify, then watch; gives the last view.

        `known` are the orders as they were last read: they are fired at without waiting for another read. `guard` says
        how it was confirmed; each view of the run carries `attempt`, by default the next number. It ends when the
        watch is over or on `release`. Firing again while it runs ends the earlier run and begins anew, with the orders
        from before the first kept as those to restore.
        """
        attempt = self._number(attempt)
        earlier = [] if self._run is None else self._run.book.targets
        self._record.trouble.pop(_EARLIER_PLAN, None)
        return await self._conduct(plan, [*earlier, *known], guard, attempt)

    async def resume(self, halt: Halt, *, attempt: int | None = None) -> KillView:
        """Go on with a kill that an earlier run fired: read what is active, fire at it, verify, watch.

        The plan is that of the halt, or else of its report. Where neither tells it for this exchange, it is the
        narrowest there is. Without the report the orders from before are not known.
        """
        attempt = self._number(attempt)
        earlier = await self._record.read_back(halt.report, self._timing.disk_within_s)
        plan = halt.plan or (earlier and earlier[0])
        if plan is None or plan.exchange != self._profile.exchange:
            plan = plan_for(self._profile, KillAction.DEACTIVATE_MINE)
            told = f"what the earlier kill was to reach at {plan.exchange} can't be read, so it is: {plan.scope}"
            self._record.trouble[_EARLIER_PLAN] = told
        return await self._conduct(plan, earlier[1] if earlier else (), "resumed", attempt, resumes=True)

    def release(self, attempt: int | None = None) -> None:
        """End the attempts up to this one, by default all made so far; `fire` then returns. The halt stays.

        A later attempt is not affected.
        """
        self._released_attempt = self._newest_attempt if attempt is None else attempt
        if self._conducting is not None and self._run is not None and self._run.attempt <= self._released_attempt:
            self._conducting.cancel()

    async def close(self) -> None:
        """End its journal, however the disk is."""
        await self._record.close(self._timing.disk_within_s)

    async def verdict(self) -> KillView:
        """Wait until it is verified, refused or ended, or until `verify_within_s` have gone by since the first batch.

        A first batch that takes too long does not hold it up either. Gives the view of that moment.
        """
        await self._until(lambda view: view.phase is not Phase.READY)
        within_s = max(self._timing.verify_within_s, self._timing.first_batch_within_s)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s - self._view.elapsed_s(steady_s())):
                await self._until(lambda view: view.phase is not Phase.FIRING)
                async with asyncio.timeout(self._timing.verify_within_s):
                    await self._until(lambda view: view.phase in _ENDS)
        return self._view

    async def _until(self, holds: Callable[[KillView], bool]) -> None:
        while not holds(self._view) and self._view.ended_s is None:
            await self._step.wait()

    # ------------------------------------------------------------ one run

    def _number(self, attempt: int | None) -> int:
        self._newest_attempt = self._newest_attempt + 1 if attempt is None else attempt
        return self._newest_attempt

    async def _conduct(
        self, plan: KillPlan, known: Sequence[AnyOrder], guard: str, attempt: int, *, resumes: bool = False
    ) -> KillView:
        if self._conducting is not None and attempt == self._newest_attempt:
            self._conducting.cancel()
            await asyncio.gather(self._conducting, return_exceptions=True)
        if attempt != self._newest_attempt:
            return self._view  # a newer attempt was made while this one waited
        run = self._run = KillRun(
            self._client,
            plan,
            known,
            self._changed,
            timing=self._timing,
            portfolios=self._profile.portfolios,
            writes_under_way=self._writes_under_way,
            single_order_endpoint=self._profile.single_order_endpoint,
            resumes=resumes,
            attempt=attempt,
            is_lifted=self._record.is_lifted,
        )
        self._client.gate = run.calls.gate
        self._record.halt(plan, run.started_at, guard)
        latch = asyncio.create_task(self._record.is_latched(self._timing.latch_within_s))
        conducting = self._conducting = asyncio.create_task(run.run(latch))
        self._record.begin(run.plan, run.book.before)
        if attempt <= self._released_attempt:
            conducting.cancel()
        try:
            await asyncio.wait({conducting}, timeout=_DISK_AFTER_S)
            await self._put_on_disk(run)
            await asyncio.wait({conducting})
        finally:
            conducting.cancel()
            run.is_over, run.is_watching = True, False
            self._show(run, ended_s=steady_s() - run.started_s)
            await self._record.done(self._timing.disk_within_s)
            self._show(run, ended_s=self._view.ended_s, disk_within_s=0)
        if not conducting.cancelled():
            conducting.result()
        return self._view

    async def _put_on_disk(self, run: KillRun) -> None:
        """Take over what an earlier kill of the halted profile found, and leave a report though it still fires."""
        for order in await self._record.earlier_orders(self._timing.disk_within_s):
            self._before.setdefault(order.key, order)
        self._changed(None)
        if run is self._run and run.phase is Phase.FIRING:
            self._record.verdict(self._view_of(run, None, None))

    def _changed(self, call: KillCall | None) -> None:
        """Publish soon: a kill of many orders makes many steps in the twinkling of an eye."""
        if call is not None and call.is_kill and call.end:
            self._record.call(call)
        if self._publishing is None and self._run is not None:
            loop = asyncio.get_running_loop()
            self._publishing = loop.call_later(_PUBLISH_AFTER_S, self._show, self._run)

    def _show(self, run: KillRun, ended_s: float | None = None, disk_within_s: float | None = None) -> None:
        if self._publishing is not None:
            self._publishing.cancel()
            self._publishing = None
        if run is not self._run:
            return  # another one began meanwhile
        self._before |= {order.key: order for order in run.book.before}
        earlier, self._view = self._view, self._view_of(run, ended_s, disk_within_s)
        # While it fires nothing else may take its time.
        is_news = self._view.phase is not earlier.phase or ended_s != earlier.ended_s
        if is_news and self._view.phase is not Phase.FIRING:
            self._record.verdict(self._view)
        self._step.set()
        self._step = asyncio.Event()
        self._publish(self._view)

    def _view_of(self, run: KillRun, ended_s: float | None, disk_within_s: float | None) -> KillView:
        phase, book, fired = run.phase, run.book, run.firing.fired
        fates = book.fates
        live = [fate.fate for fate in fates.values() if fate.fate.is_live]
        active = len(live) if book.has_read else None
        verified_at = None if run.verified_s is None else run.started_at + timedelta(seconds=run.verified_s)
        timeout_s = self._timing.disk_within_s if disk_within_s is None else disk_within_s
        return KillView(
            phase=phase,
            plan=run.plan,
            fired=fired,
            headline=headline(phase, run, book.initial, active, verified_at),
            attempt=run.attempt,
            notes=tuple(notes(run)),
            trouble=(*troubles(run), *self._record.troubles(timeout_s)),
            started_at=run.started_at,
            started_steady_s=run.started_s,
            ended_s=ended_s,
            first_request_s=run.calls.first_request_s,
            verified_s=run.verified_s,
            verified_at=verified_at,
            is_watching=run.is_watching,
            initial=book.initial,
            active=active,
            unknown=live.count(Fate.UNKNOWN),
            fates=fates,
            newcomers=book.newcomers,
            calls=run.calls.all,
            curl=curl_lines(self._profile, fired, book.targets) if phase in ALARMS else self._view.curl,
            phones=self._profile.kill.phones,
            report=self._record.shown_report,
            before=tuple(self._before.values()),
        )

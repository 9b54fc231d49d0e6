"""One kill from its first request to the end of its watch: firing and reading go on side by side.

What is active is known by reading alone. It counts as verified after two complete reads in a row without an active
order, a moment apart, both asked for after the last answer to a kill request had come, and after the desk's own
requests had ended.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence

from pbtui.api import snapshot
from pbtui.api.client import OrdersClient, OrdersReply
from pbtui.api.clock import steady_s, utc_now
from pbtui.api.errors import OrdersApiError
from pbtui.api.sanitize import safe_text
from pbtui.desk.kill.calls import KillCalls, is_refusal
from pbtui.desk.kill.fates import KillBook
from pbtui.desk.kill.final_states import look_up
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.sending import Batch, Firing
from pbtui.desk.kill.timing import Timing
from pbtui.desk.kill.view import KillCall, Phase

_NO_RIGHTS = (401, 403)
_CLEAN_READS = 2
_LOOK_AT_WRITES_EVERY_S = 0.02
_FIRST_REQUEST_WITHIN_S = 0.3
_WRITES_KNOWN_WITHIN_S = 1.0


class KillRun:
    """One kill. `changed` is called after each step, with the request that began or ended in it, if one did.

    `known` are the live orders as last read, `portfolios` all that are known by name. `writes_under_way` tells how many
    of other requests of the profile are on their way, None while that is not known, `is_lifted` whether the halt was
    taken away meanwhile, which ends it. With `resumes` nothing is fired before a read has shown what is active.
    """

    def __init__(
        self,
        client: OrdersClient,
        plan: KillPlan,
        known: Sequence[AnyOrder],
        changed: Callable[[KillCall | None], None],
        *,
        timing: Timing,
        portfolios: Iterable[str] = (),
        writes_under_way: Callable[[], int | None] = lambda: 0,
        single_order_endpoint: bool = False,
        resumes: bool = False,
        attempt: int,
        is_lifted: Callable[[], Awaitable[bool]],
    ) -> None:
        self.started_s, self.started_at = steady_s(), utc_now()
        self.plan = plan
        self.attempt = attempt
        self.calls = KillCalls(self.started_s, self._note_call)
        self.book = KillBook(plan)
        self.book.know(known)
        self.firing = Firing(client, self.calls, plan, single_order_endpoint=single_order_endpoint)
        self.verified_s: float | None = None
        self.is_watching = False
        self.is_over = False
        self.is_lifted = False
        self.refusal = ""
        self.fault = ""
        self.read_trouble = ""
        self.writes_trouble = ""
        self._client = client
        self._changed = changed
        self._timing = timing
        self._portfolios = tuple(portfolios)
        self._writes_under_way = writes_under_way
        self._resumes = resumes
        self._ask_lifted = is_lifted
        self._snapshot = snapshot.EMPTY
        self._has_fired = False
        self._batches = 0
        self._unanswered_in_a_row = 0
        self._landed_s: float | None = self.started_s if resumes and known else None
        self._last_read_s: float | None = None
        self._writes_end_s = self.started_s
        self._awaits_writes = True
        self._lacks_a_read = False
        self._clean_reads = 0
        self._last_clean_s = self.started_s
        self._next_news_s = self.started_s
        self._aimed_at: set[str | None] = set()
        self._has_begun = asyncio.Event()
        self._wake_firing = asyncio.Event()
        self._has_looked = asyncio.Event()
        self._wake_reading = asyncio.Event()

    async def run(self, latch: asyncio.Future[bool]) -> None:
        """Fire and read until it is verified, then watch; ends when the watch is over.

        Nothing is fired before `latch` is done. Where a read has to come first, it is made meanwhile.
        """
        if self._fires_at_once():
            await latch
        firing = [asyncio.create_task(self._fire(latch)), asyncio.create_task(self._await_writes(latch))]
        try:
            await self._read()
        finally:
            for task in firing:
                task.cancel()
            await asyncio.gather(*firing, return_exceptions=True)
        if not self.is_lifted:
            await self._watch()

    # ------------------------------------------------------------ how far it is

    @property
    def phase(self) -> Phase:
        """The word for where it stands."""
        live = bool(self.book.targets)
        if self.verified_s is not None:
            return Phase.REAPPEARED if live else Phase.VERIFIED
        if self.refusal and ((self.book.has_read and live) or self.owes_call or self.read_trouble):
            return Phase.REFUSED
        if self.read_trouble and self._blind_s() > self._timing.unknown_after_s:
            return Phase.UNKNOWN
        if self.is_over:
            return Phase.INCOMPLETE if live and self.book.has_read else Phase.UNKNOWN
        if not self._batches and not self._resumes:
            return Phase.FIRING
        is_late = steady_s() - self.started_s > self._timing.verify_within_s
        if is_late or self._batches > len(self._timing.fire_again_after_s):
            if self.book.has_read and live:
                return Phase.INCOMPLETE
            if is_late:
                return Phase.UNKNOWN
        return Phase.VERIFYING

    @property
    def owes_call(self) -> bool:
        """Whether the one call of the plan was not answered with a success: it reaches what this key does not see."""
        return not self._resumes and self._goes_by_one_call() and not self.firing.has_landed

    def _blind_s(self) -> float:
        """How long ago the last complete read was."""
        return steady_s() - (self._last_read_s or self.started_s)

    def _note_call(self, call: KillCall) -> None:
        if call.is_kill:
            self._clean_reads = 0
            self._has_begun.set()
        self._changed(call)

    # ------------------------------------------------------------ firing

    async def _fire(self, latch: asyncio.Future[bool]) -> None:
        """Fire at once where there is something to fire at, then again at what is left, until it is cancelled."""
        dues_s = self._timing.dues_s()
        due_s = next(dues_s)
        await latch
        if self._fires_at_once():
            await self._send_batch()
        while True:
            now_s = steady_s() - self.started_s
            if self._unanswered_in_a_row:
                pause_s = self._timing.retry_pause_s(self._unanswered_in_a_row)
            else:
                while due_s <= now_s:
                    due_s = next(dues_s)
                pause_s = due_s - now_s
            is_news = await self._waited(self._wake_firing, pause_s)
            if is_news:
                await asyncio.sleep(self._next_news_s - steady_s())
                self._next_news_s = steady_s() + self._timing.news_every_s
            elif not self._unanswered_in_a_row:
                # Whether the last batch did its work is for a read to show; another one blindly would put that off.
                await self._has_looked.wait()
            if not (self.book.targets or (self._goes_by_one_call() and not self.firing.has_landed)):
                continue
            if self._has_fired and await self._ask_lifted():
                self.is_lifted = True
                self._wake_reading.set()
                return
            await self._send_batch()

    def _fires_at_once(self) -> bool:
        return not self._resumes and (bool(self.book.targets) or self._goes_by_one_call())

    def _goes_by_one_call(self) -> bool:
        action = self.firing.fired.action
        return action.is_account_wide or (action.deletes and bool(self._named_portfolios()))

    def _named_portfolios(self) -> set[str]:
        """The portfolios to name in a call that has to: those of the plan, else all that are known or were seen."""
        plan = self.firing.fired
        return set(plan.portfolios) or {*self._portfolios, *self.book.portfolios}

    async def _send_batch(self) -> None:
        if self._clean_reads:
            return  # the next read may verify it; a request now would only put that off
        self._has_fired = True
        self._wake_firing.clear()  # what woke it is among the targets
        targets = self.book.targets
        self._aimed_at |= {order.order_id for order in targets}
        try:
            self._take_in(await self.firing.fire(targets, self._named_portfolios()))
        except Exception as error:  # noqa: BLE001 - whatever is broken here, the next batch may do
            self.fault = f"firing failed: {type(error).__name__}: {safe_text(str(error))}"
            self._unanswered_in_a_row += 1
        self._has_begun.set()
        self._has_looked.clear()
        self._changed(None)
        self._wake_reading.set()

    def _take_in(self, batch: Batch) -> None:
        self._batches += 1
        self._unanswered_in_a_row = self._unanswered_in_a_row + 1 if batch.unanswered else 0
        self.book.plan = self.firing.fired
        self.book.refused(batch.refused)
        if not self._goes_by_one_call():
            self._aim_at_news()
        if batch.accepted:
            self.refusal = ""
            if self._landed_s is None:
                self._landed_s = steady_s()
        elif batch.no_rights or (batch.refused and "" in batch.refused):
            self.refusal = batch.no_rights or batch.refused[""]

    def _aim_at_news(self) -> None:
        """Fire at once where something is active that was never fired at by its id."""
        if self.firing.fired.goes_by_id and any(order.order_id not in self._aimed_at for order in self.book.targets):
            self._wake_firing.set()

    async def _await_writes(self, latch: asyncio.Future[bool]) -> None:
        """Wait for the requests that were on their way; what they brought in is fired at like everything else.

        They are counted once the halt is on disk, as no other leaves from then on; the first request comes first.
        """
        await latch
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_REQUEST_WITHIN_S):
                await self._has_begun.wait()
        known_by_s = steady_s() + _WRITES_KNOWN_WITHIN_S
        ends_s = self.started_s + self._timing.in_flight_within_s
        had_some = False
        while (count := self._writes_under_way()) != 0 and steady_s() < (known_by_s if count is None else ends_s):
            had_some = had_some or count is not None
            await asyncio.sleep(_LOOK_AT_WRITES_EVERY_S)
        if count is None:
            self.writes_trouble = "whether another program still waits for the answer to a write can't be read"
        elif count:
            self.writes_trouble = "an answer to a write of this profile is still waited for; it may land later"
        self._awaits_writes = False
        if not had_some:
            if self._lacks_a_read:
                self._wake_reading.set()
            return
        self._writes_end_s = steady_s()
        self._clean_reads = 0
        self.firing.again()
        self._wake_firing.set()
        self._wake_reading.set()

    # ------------------------------------------------------------ reading

    async def _read(self) -> None:
        if self._fires_at_once():
            await self._has_begun.wait()  # to make a request takes its time, and the first is not a read
        within_s = self._timing.snapshot_within_s if self.book.targets and not self._resumes else None
        while self.verified_s is None and not self.is_lifted:
            await self._read_or_tell(within_s)
            within_s = None
            if self._clean_reads >= _CLEAN_READS:
                self.verified_s = steady_s() - self.started_s
            self._changed(None)
            if self.verified_s is None:
                await self._waited(self._wake_reading, self._timing.read_pause_s())

    async def _read_or_tell(self, within_s: float | None = None) -> None:
        try:
            await self._read_once(within_s)
        except Exception as error:  # noqa: BLE001 - whatever is broken here, firing goes on and the next read may do
            self._clean_reads = 0
            self._has_looked.set()
            self.read_trouble = f"what is active can't be read: {type(error).__name__}: {safe_text(str(error))}"

    async def _read_once(self, within_s: float | None) -> None:
        """Read what is active; the snapshot from before the kill is given up after so many seconds."""
        self._lacks_a_read = False
        plan = self.firing.fired
        portfolios = () if plan.action.is_account_wide else plan.portfolios
        call = self._client.get_own_orders(portfolio_id=portfolios, active_only=True, previous=self._snapshot)
        end: OrdersReply | OrdersApiError | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                end = await self.calls.make("GET", "/orders", "read the active orders", call)
        if isinstance(end, OrdersReply):
            await self._learn(end)
            return
        self._clean_reads = 0
        self._has_looked.set()
        if end is not None:
            self.read_trouble = f"what is active can't be read: {end.reason}"
            if is_refusal(end) and end.status in _NO_RIGHTS and not self.book.targets:
                self.refusal = self.refusal or end.reason

    async def _learn(self, reply: OrdersReply) -> None:
        self._snapshot = reply.snapshot
        as_of_s, age_s = reply.answer.as_of_s, reply.answer.age_s
        is_since = not self.calls.kills_under_way and as_of_s > self.calls.last_kill_end_s
        is_conclusive = reply.is_complete and is_since
        has_all_landed = not self._awaits_writes and as_of_s > self._writes_end_s
        self._lacks_a_read = is_conclusive and self._awaits_writes
        is_past = self._landed_s is None or as_of_s < self._landed_s
        outlived = is_since and (self._batches > 0 or self._resumes)
        self.book.read(reply.snapshot.orders, is_past=is_past, outlived=outlived, is_conclusive=is_conclusive)
        self.book.has_read_before |= is_past and reply.is_complete
        self.read_trouble = ""
        if not reply.is_complete:
            self.read_trouble = f"what is active can't be read whole: {reply.gap}"
        elif age_s and not is_since:
            self.read_trouble = (
                f"what is active can't be read: a cache on the way answers with what was {age_s:.0f} s ago"
            )
        else:
            self._last_read_s = as_of_s
        if not (is_past and self._goes_by_one_call() and self._has_fired):
            self._aim_at_news()
        is_looked_up = await look_up(self._client, self.book)
        still_holds = as_of_s > self.calls.last_kill_end_s and not self.calls.kills_under_way
        if is_conclusive or self.read_trouble:
            self._has_looked.set()
        is_clean = is_conclusive and still_holds and has_all_landed and is_looked_up and not self.book.targets
        if not is_clean or self.owes_call:
            self._clean_reads = 0
        elif not self._clean_reads or as_of_s > self._last_clean_s + self._timing.read_every_s / 2:
            self._clean_reads, self._last_clean_s = self._clean_reads + 1, as_of_s

    async def _watch(self) -> None:
        """Go on reading for a while: somebody else's program may put orders back."""
        ends_s = steady_s() + self._timing.watch_s
        self.is_watching = self._timing.watch_s > 0
        self._changed(None)
        while steady_s() < ends_s:
            await asyncio.sleep(min(self._timing.watch_every_s, max(ends_s - steady_s(), 0)))
            await self._read_or_tell()
            self._changed(None)
        self.is_watching = False

    async def _waited(self, event: asyncio.Event, pause_s: float) -> bool:
        """Wait so long or until the event, and tell whether that came."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await event.wait()
        is_set = event.is_set()
        event.clear()
        return is_set

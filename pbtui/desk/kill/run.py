"""One kill from its first request to the end of its watch. Firing and reading run side by side.

Only reads show which orders are active. A kill is verified after two complete reads in a row without an active order
in scope. Both must be requested after the last kill request was answered and after the desk's own writes ended.
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
    """Runs one kill.

    `changed` is called after each step, with the request that began or ended in that step, or None. `known` are the
    live orders as last read. `portfolios` are all portfolios known by name. `writes_under_way` returns how many other
    requests of the profile are under way, None while that is not known. `is_lifted` returns whether the halt was
    removed; the kill then stops. With `resumes` a read comes first, and only orders that it shows are fired at.
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
        self.book.add_known(known)
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
        self._first_accepted_s: float | None = self.started_s if resumes and known else None
        self._last_read_s: float | None = None
        self._writes_end_s = self.started_s
        self._awaits_writes = True
        self._needs_another_read = False
        self._clean_reads = 0
        self._last_clean_s = self.started_s
        self._next_news_s = self.started_s
        self._targeted_ids: set[str | None] = set()
        self._has_begun = asyncio.Event()
        self._wake_firing = asyncio.Event()
        self._has_read_result = asyncio.Event()
        self._wake_reading = asyncio.Event()

    async def run(self, latch: asyncio.Future[bool]) -> None:
        """Fire and read until the kill is verified, then watch. Returns when the watch is over.

        Nothing is fired before `latch` is done. If a read has to come first, it is made in the meantime.
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
        """The present phase."""
        live = bool(self.book.targets)
        if self.verified_s is not None:
            return Phase.REAPPEARED if live else Phase.VERIFIED
        if self.refusal and ((self.book.has_read and live) or self.lacks_call_success or self.read_trouble):
            return Phase.REFUSED
        if self.read_trouble and self._since_last_read_s() > self._timing.unknown_after_s:
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
    def lacks_call_success(self) -> bool:
        """Whether the plan's one call has not succeeded yet. Reads alone can't replace it: it covers unseen orders."""
        return not self._resumes and self._goes_by_one_call() and not self.firing.has_call_succeeded

    def _since_last_read_s(self) -> float:
        """Seconds since the last complete read."""
        return steady_s() - (self._last_read_s or self.started_s)

    def _note_call(self, call: KillCall) -> None:
        if call.is_kill:
            self._clean_reads = 0
            self._has_begun.set()
        self._changed(call)

    # ------------------------------------------------------------ firing

    async def _fire(self, latch: asyncio.Future[bool]) -> None:
        """Fire at once if there are targets, then again at the remaining ones, until it is cancelled."""
        fire_times_s = self._timing.fire_times_s()
        next_s = next(fire_times_s)
        await latch
        if self._fires_at_once():
            await self._send_batch()
        while True:
            now_s = steady_s() - self.started_s
            if self._unanswered_in_a_row:
                pause_s = self._timing.retry_pause_s(self._unanswered_in_a_row)
            else:
                while next_s <= now_s:
                    next_s = next(fire_times_s)
                pause_s = next_s - now_s
            has_new_targets = await self._wait_for(self._wake_firing, pause_s)
            if has_new_targets:
                await asyncio.sleep(self._next_news_s - steady_s())
                self._next_news_s = steady_s() + self._timing.news_every_s
            elif not self._unanswered_in_a_row:
                # A read has to show what the last batch did; another batch before that would delay the verification.
                await self._has_read_result.wait()
            if not (self.book.targets or (self._goes_by_one_call() and not self.firing.has_call_succeeded)):
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
        """The portfolios for a call that must name them: those of the plan, otherwise all known or seen ones."""
        plan = self.firing.fired
        return set(plan.portfolios) or {*self._portfolios, *self.book.portfolios}

    async def _send_batch(self) -> None:
        if self._clean_reads:
            return  # the next read may verify the kill; a request now would only delay that
        self._has_fired = True
        self._wake_firing.clear()  # the targets already include the orders that set it
        targets = self.book.targets
        self._targeted_ids |= {order.order_id for order in targets}
        try:
            self._apply_batch(await self.firing.fire(targets, self._named_portfolios()))
        except Exception as error:  # noqa: BLE001 - the next batch may succeed
            self.fault = f"firing failed and is tried again: {type(error).__name__}: {safe_text(str(error))}"
            self._unanswered_in_a_row += 1
        self._has_begun.set()
        self._has_read_result.clear()
        self._changed(None)
        self._wake_reading.set()

    def _apply_batch(self, batch: Batch) -> None:
        self._batches += 1
        self._unanswered_in_a_row = self._unanswered_in_a_row + 1 if batch.unanswered else 0
        self.book.plan = self.firing.fired
        self.book.note_refusals(batch.refused)
        if not self._goes_by_one_call():
            self._fire_at_new_targets()
        if batch.accepted:
            self.refusal = ""
            if self._first_accepted_s is None:
                self._first_accepted_s = steady_s()
        elif batch.no_rights or (batch.refused and "" in batch.refused):
            self.refusal = batch.no_rights or batch.refused[""]

    def _fire_at_new_targets(self) -> None:
        """Fire at once if an order is active that was never fired at by its id."""
        if self.firing.fired.goes_by_id and any(
            order.order_id not in self._targeted_ids for order in self.book.targets
        ):
            self._wake_firing.set()

    async def _await_writes(self, latch: asyncio.Future[bool]) -> None:
        """Wait for the profile's other writes to end, then fire again: they may have entered orders.

        They are counted once the halt is on disk, because no new one is sent from then on. The first kill request does
        not wait for this.
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
            self.writes_trouble = "the journal can't be read: another program's writes may still be under way"
        elif count:
            self.writes_trouble = "a write of this profile still has no answer; it may enter an order later"
        self._awaits_writes = False
        if not had_some:
            if self._needs_another_read:
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
            await self._has_begun.wait()  # a read must not delay the first kill request
        within_s = self._timing.snapshot_within_s if self.book.targets and not self._resumes else None
        while self.verified_s is None and not self.is_lifted:
            await self._read_or_report(within_s)
            within_s = None
            if self._clean_reads >= _CLEAN_READS:
                self.verified_s = steady_s() - self.started_s
            self._changed(None)
            if self.verified_s is None:
                await self._wait_for(self._wake_reading, self._timing.read_pause_s())

    async def _read_or_report(self, within_s: float | None = None) -> None:
        try:
            await self._read_once(within_s)
        except Exception as error:  # noqa: BLE001 - firing goes on, and the next read may succeed
            self._clean_reads = 0
            self._has_read_result.set()
            self.read_trouble = f"active orders can't be read: {type(error).__name__}: {safe_text(str(error))}"

    async def _read_once(self, within_s: float | None) -> None:
        """Read the active orders. The read is abandoned after `within_s` seconds, if given."""
        self._needs_another_read = False
        plan = self.firing.fired
        portfolios = () if plan.action.is_account_wide else plan.portfolios
        call = self._client.get_own_orders(portfolio_id=portfolios, active_only=True, previous=self._snapshot)
        end: OrdersReply | OrdersApiError | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                end = await self.calls.make("GET", "/orders", "read the active orders", call)
        if isinstance(end, OrdersReply):
            await self._apply_reply(end)
            return
        self._clean_reads = 0
        self._has_read_result.set()
        if end is not None:
            self.read_trouble = f"active orders can't be read: {end.reason}"
            if is_refusal(end) and end.status in _NO_RIGHTS and not self.book.targets:
                self.refusal = self.refusal or end.reason

    async def _apply_reply(self, reply: OrdersReply) -> None:
        self._snapshot = reply.snapshot
        as_of_s, age_s = reply.answer.as_of_s, reply.answer.age_s
        is_after_answers = not self.calls.kills_under_way and as_of_s > self.calls.last_kill_end_s
        proves_absence = reply.is_complete and is_after_answers
        writes_have_ended = not self._awaits_writes and as_of_s > self._writes_end_s
        self._needs_another_read = proves_absence and self._awaits_writes
        is_before_kill = self._first_accepted_s is None or as_of_s < self._first_accepted_s
        is_after_kill = is_after_answers and (self._batches > 0 or self._resumes)
        self.book.apply_read(
            reply.snapshot.orders,
            is_before_kill=is_before_kill,
            is_after_kill=is_after_kill,
            proves_absence=proves_absence,
        )
        self.book.has_read_before |= is_before_kill and reply.is_complete
        self.read_trouble = ""
        if not reply.is_complete:
            self.read_trouble = f"active orders can't be read completely: {reply.gap}"
        elif age_s and not is_after_answers:
            self.read_trouble = (
                f"active orders can't be read: a cache between here and the server answers with data {age_s:.0f} s old"
            )
        else:
            self._last_read_s = as_of_s
        if not (is_before_kill and self._goes_by_one_call() and self._has_fired):
            self._fire_at_new_targets()
        all_looked_up = await look_up(self._client, self.book)
        still_holds = as_of_s > self.calls.last_kill_end_s and not self.calls.kills_under_way
        if proves_absence or self.read_trouble:
            self._has_read_result.set()
        is_clean = proves_absence and still_holds and writes_have_ended and all_looked_up and not self.book.targets
        if not is_clean or self.lacks_call_success:
            self._clean_reads = 0
        elif not self._clean_reads or as_of_s > self._last_clean_s + self._timing.read_every_s / 2:
            self._clean_reads, self._last_clean_s = self._clean_reads + 1, as_of_s

    async def _watch(self) -> None:
        """Keep reading for `watch_s`: another program may bring orders back."""
        ends_s = steady_s() + self._timing.watch_s
        self.is_watching = self._timing.watch_s > 0
        self._changed(None)
        while steady_s() < ends_s:
            await asyncio.sleep(min(self._timing.watch_every_s, max(ends_s - steady_s(), 0)))
            await self._read_or_report()
            self._changed(None)
        self.is_watching = False

    async def _wait_for(self, event: asyncio.Event, pause_s: float) -> bool:
        """Wait until the event is set, at most `pause_s`. Clears the event and returns whether it was set."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await event.wait()
        is_set = event.is_set()
        event.clear()
        return is_set

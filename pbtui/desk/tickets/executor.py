"""Executor of tickets: one ticket at a time per order, each sent once, each followed up until its result is known.

The executor does not depend on dialogs. It completes a submitted ticket even if no dialog waits for it.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s
from pbtui.api.errors import OrdersApiError
from pbtui.desk.blotter.feed import Feed
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind
from pbtui.desk.tickets import reconciliation as reconciliation
from pbtui.desk.tickets.reconciliation import Finding
from pbtui.desk.tickets.record import intent_facts, result_facts
from pbtui.desk.tickets.submission import Submission
from pbtui.desk.tickets.ticket import MAX_RECENT_TICKETS, Action, Outcome, Reconciliation, Ticket, TicketLine

LOOK_AFTER_S = (1.0, 3.0, 8.0, 20.0)
"""Seconds after the end of a request at which a line that the feed has not reconciled is looked up."""
FEED_READS_WITHIN_S = 1.0


class TicketExecutor:
    """Sends tickets and reconciles them. `publish` is called after every step that changed a ticket.

    With `single_order_endpoint`, changes are sent one by one through the deprecated call, for servers without the list
    call.
    """

    def __init__(
        self,
        client: OrdersClient,
        feed: Feed,
        journal: Journal,
        publish: Callable[[], None],
        *,
        single_order_endpoint: bool = False,
        look_after_s: Sequence[float] = LOOK_AFTER_S,
    ) -> None:
        self._client = client
        self._feed = feed
        self._journal = journal
        self._publish = publish
        self._single_order_endpoint = single_order_endpoint
        self._look_after_s = look_after_s
        self._tickets: dict[str, Ticket] = {}
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._reconciling: set[asyncio.Task[None]] = set()
        self._step = asyncio.Event()
        self.key_may_not_trade = False
        """True after the server refused a write of this key with 403."""

    # ------------------------------------------------------------ queries

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """The tickets of this run, oldest first."""
        return tuple(self._tickets.values())

    @property
    def under_way(self) -> int:
        """Number of tickets being sent. Safe to read from any thread."""
        return sum(not task.done() for task in tuple(self._sending.values()))

    def find(self, token: str) -> Ticket | None:
        """Return the ticket with that token, or None if it was not submitted."""
        return self._tickets.get(token)

    async def reconciled(self, token: str) -> Ticket:
        """Wait until no line of that ticket is open, and return the ticket."""
        while self._tickets[token].is_open:
            await self._step.wait()
        return self._tickets[token]

    # ------------------------------------------------------------ sending

    async def submit(self, ticket: Ticket) -> Ticket:
        """Send a ticket and return it with an outcome for each line.

        A second call with the same ticket only waits for it. A line is not sent if its order is part of an open ticket.
        If the caller is cancelled, the ticket is still completed.
        """
        if ticket.token not in self._tickets:
            self._tickets[ticket.token] = self._without_busy_orders(ticket)
            self._forget_old_tickets()
            self._sending[ticket.token] = asyncio.create_task(self._send(ticket.token))
        await asyncio.shield(self._sending[ticket.token])
        return self._tickets[ticket.token]

    def _without_busy_orders(self, ticket: Ticket) -> Ticket:
        def checked(line: TicketLine) -> TicketLine:
            if not self._is_busy(line.key, ticket.action):
                return line
            reason = "an earlier change of this order is still being reconciled"
            return replace(line, outcome=Outcome.NOT_SENT, reason=reason)

        return ticket.with_lines([checked(line) for line in ticket.lines])

    def _is_busy(self, key: str, action: Action) -> bool:
        """Return whether an order has to wait.

        A withdrawal waits for a change that is being sent, or for another withdrawal. It never waits for a change to be
        reconciled, because that can take as long as the server can't be read.
        """
        tickets = ((ticket, line) for ticket in self._tickets.values() for line in ticket.lines)
        return any(
            action.increases_risk or line.outcome is None or not ticket.action.increases_risk
            for ticket, line in tickets
            if line.key == key and line.is_open
        )

    async def _send(self, token: str) -> None:
        ticket = self._tickets[token]
        lines = [line for line in ticket.lines if line.outcome is None]
        if not lines:
            return
        self._show()
        try:
            self._note_intent(ticket, lines)
        except JournalUnusable as trouble:
            reason = f"not sent, because the journal can't be written: {trouble}"
            self._advance(token, [replace(line, outcome=Outcome.NOT_SENT, reason=reason) for line in lines])
            return
        submission = Submission(
            self._client, partial(self._announce, token), single_order_endpoint=self._single_order_endpoint
        )
        try:
            sent = await submission.send(ticket.action, lines, ticket.options)
        except asyncio.CancelledError:
            reason = "the desk was closed before the answer came"
            self._advance(token, [replace(line, outcome=Outcome.UNKNOWN, reason=reason) for line in lines])
            raise
        self._single_order_endpoint = submission.single_order_endpoint
        self.key_may_not_trade |= sent.is_forbidden
        self._tickets[token] = replace(
            self._tickets[token], internal_trades=sent.internal_trades, limit_violations=sent.limit_violations
        )
        self._advance(token, sent.lines)
        self._follow_up(token, self._feed.write_ended())

    def _note_intent(self, ticket: Ticket, lines: Sequence[TicketLine]) -> None:
        """Record the ticket in the journal before it is sent. A withdrawal is sent even if this fails."""
        try:
            self._journal.record(Kind.INTENT, **intent_facts(ticket, lines))
        except JournalUnusable:
            if ticket.action.increases_risk:
                raise

    def _announce(self, token: str, method: str, path: str) -> None:
        self._record(Kind.REQUEST, {"ticket": token, "method": method, "path": path})

    # ------------------------------------------------------------ reconciliation

    def resume(self, tickets: Iterable[Ticket]) -> None:
        """Reconcile tickets that an earlier run left open. Their outcome is unknown; only reading can show it."""
        for ticket in tickets:
            self._tickets[ticket.token] = ticket
            self._follow_up(ticket.token, steady_s())
        self._show()

    def _follow_up(self, token: str, ended_s: float) -> None:
        if self._tickets[token].is_open:
            task = asyncio.create_task(self._reconcile(token, ended_s))
            self._reconciling.add(task)
            task.add_done_callback(self._reconciling.discard)

    async def _reconcile(self, token: str, ended_s: float) -> None:
        await self._reconcile_by_feed(token, ended_s)
        looks = iter(self._look_after_s)
        last_s = self._look_after_s[-1]
        while open_lines := [line for line in self._tickets[token].lines if line.is_open]:
            due_s = next(looks, steady_s() - ended_s + last_s)
            await asyncio.sleep(max(ended_s + due_s - steady_s(), 0))
            for line in open_lines:
                self._conclude(token, line, await self._look(line), is_last=due_s >= last_s)

    async def _reconcile_by_feed(self, token: str, ended_s: float) -> None:
        """Reconcile by the read that follows every write; this is enough for most lines and costs no extra call."""
        try:
            async with asyncio.timeout(FEED_READS_WITHIN_S):
                await self._feed.read_since(ended_s)
        except TimeoutError:
            return
        blotter = self._feed.view.blotter
        for line in self._tickets[token].lines:
            if line.is_open:
                self._conclude(token, line, reconciliation.in_blotter(line, blotter), is_last=False)

    async def _look(self, line: TicketLine) -> Finding | None:
        try:
            return await reconciliation.look(self._client, line)
        except OrdersApiError:
            return None  # without a read there is no conclusion; the feed reports why the server can't be read

    def _conclude(self, token: str, line: TicketLine, finding: Finding | None, *, is_last: bool) -> None:
        if finding is None:
            return
        end, reason = finding.reconciliation, finding.reason
        if end is None:
            if not is_last:
                return
            end = Reconciliation.NOT_FOUND
            was = "accepted, but" if line.outcome is Outcome.ACCEPTED else "result unknown, and"
            reason = f"{was} no read shows it {self._look_after_s[-1]:g} s later"
        self._advance(token, [replace(line, reconciliation=end, reason=reason, order=finding.order or line.order)])

    # ------------------------------------------------------------ records

    def _advance(self, token: str, lines: Iterable[TicketLine]) -> None:
        """Update these lines in the journal and on the screen."""
        advanced = {line.key: line for line in lines}
        ticket = self._tickets[token]
        self._tickets[token] = ticket.with_lines([advanced.get(line.key, line) for line in ticket.lines])
        reconciled = [line for line in advanced.values() if line.reconciliation is not None]
        kind = Kind.RECONCILIATION if reconciled else Kind.OUTCOME
        self._record(kind, result_facts(ticket, list(advanced.values())))
        self._show()

    def _record(self, kind: Kind, facts: Mapping[str, Any]) -> None:
        """Record an event. If that fails, the journal keeps and reports its own problem."""
        try:
            self._journal.record(kind, **facts)
        except JournalUnusable:
            self._show()

    def _forget_old_tickets(self) -> None:
        too_many = max(len(self._tickets) - MAX_RECENT_TICKETS, 0)
        for token in [t.token for t in self.tickets if not t.is_open][:too_many]:
            del self._tickets[token]
            self._sending.pop(token, None)

    def _show(self) -> None:
        self._step.set()
        self._step = asyncio.Event()
        self._publish()

    async def close(self, within_s: float) -> None:
        """Wait up to that long for pending answers. Tickets that are then open are continued at the next start."""
        if self._sending:
            await asyncio.wait(self._sending.values(), timeout=within_s)
        for task in (*self._sending.values(), *self._reconciling):
            task.cancel()
        await asyncio.gather(*self._sending.values(), *self._reconciling, return_exceptions=True)

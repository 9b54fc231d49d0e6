"""Executor of tickets: sends each once, has it followed up, and decides nothing.

The executor does not depend on dialogs. It completes a submitted ticket even if no dialog waits for it.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s
from pbtui.api.codes import OrderState
from pbtui.api.errors import OrdersApiError, RefusedHere
from pbtui.desk.blotter.feed import Feed
from pbtui.desk.event_loop import end_tasks
from pbtui.desk.journal.open_writes import leaving_now
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind
from pbtui.desk.market.fills import FillIndex
from pbtui.desk.tickets.evidence import Evidence, Leaves, NothingLeft, Read, Silence, Waits
from pbtui.desk.tickets.follow_up import FollowUp
from pbtui.desk.tickets.judging.candidates import ids_before
from pbtui.desk.tickets.read_back import reads_of_view
from pbtui.desk.tickets.record import intent_facts, result_facts
from pbtui.desk.tickets.register import TicketRegister
from pbtui.desk.tickets.sending.present_ids import at_present_ids
from pbtui.desk.tickets.sending.submission import Request, Sent, Submission, requests_of
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine
from pbtui.desk.tickets.verdict import NOT_FOUND_AFTER_S

LOOK_AFTER_S = (1.0, 3.0, 8.0, NOT_FOUND_AFTER_S)
"""Seconds after the end of a request at which an open line is looked up. Absence in the last look counts."""


class TicketExecutor:
    """Sends tickets and has them reconciled. `publish` is called after every step that changed a ticket.

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
        self._single_order_endpoint = single_order_endpoint
        self._not_found: OrdersApiError | None = None
        self._register = TicketRegister(journal, publish, not_found_after_s=look_after_s[-1])
        self._follow_up = FollowUp(client, feed, self._register, look_after_s)
        self._sending: dict[str, asyncio.Task[None]] = {}
        self.key_may_not_trade = False
        """True after the server refused a write of this key with 403."""

    # ------------------------------------------------------------ queries

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """The tickets of this run, oldest first."""
        return self._register.tickets

    @property
    def under_way(self) -> int:
        """Number of tickets being sent. Safe to read from any thread."""
        return sum(not task.done() for task in tuple(self._sending.values()))

    def find(self, token: str) -> Ticket | None:
        """Return the ticket with that token if it was submitted."""
        return self._register.find(token)

    async def reconciled(self, token: str) -> Ticket:
        """Return the ticket once none of its lines is open."""
        return await self._register.reconciled(token)

    def watch(self) -> None:
        """Take in the newest read of the feed as evidence about closed tickets too."""
        self._follow_up.watch()

    def learn_fills(self, index: FillIndex, requested_s: float) -> None:
        """Take in the trades as evidence about all tickets: they name the price, and a recall undoes a fill."""
        self._follow_up.learn_fills(index, requested_s)

    async def look_again(self, token: str) -> Ticket | None:
        """Ask the server once more about every line of a ticket that was not shown to be done."""
        ticket = self._register.find(token)
        undone = {State.NOT_FOUND, State.UNKNOWN, State.REFUSED, State.REJECTED}
        if ticket is not None and ticket.action is Action.ADD:
            undone.add(State.CONFLICT)  # refused because of a position
        lines = [line for line in ticket.lines if line.state in undone] if ticket else []
        if lines:
            await self._follow_up.look(token, lines)
            self._follow_up.start(token, [line.key for line in lines], steady_s())  # if that opened one again
        return self._register.find(token)

    # ------------------------------------------------------------ sending

    async def submit(self, ticket: Ticket) -> Ticket:
        """Send a ticket and return it when its request has ended.

        Submitting a ticket twice sends it once and waits for it. A line whose order has an open ticket is not sent, but
        for a withdrawal: that waits until the other request has ended. Cancelling the caller does not cancel the
        ticket.
        """
        if self._register.find(ticket.token) is None:
            self._register.add(ticket)
            self._refuse_busy_orders(ticket)
            earlier = self._earlier_requests(ticket)
            self._sending[ticket.token] = asyncio.create_task(self._send(ticket.token, earlier))
            self._forget_old_tasks()
        if ticket.token in self._sending:
            await asyncio.shield(self._sending[ticket.token])
        return self._register[ticket.token]

    def _refuse_busy_orders(self, ticket: Ticket) -> None:
        if not ticket.action.increases_risk:
            return
        others = [other for other in self.tickets if other.token != ticket.token]
        busy = {line.order_key for other in others for line in other.lines if line.is_open}
        reason = "an earlier change of this order is still being reconciled"
        refused = {line.key: [NothingLeft(steady_s(), reason)] for line in ticket.lines if line.order_key in busy}
        if refused:
            self._register.learn(ticket.token, refused)

    def _earlier_requests(self, ticket: Ticket) -> dict[str, list[str]]:
        """The tickets whose request a line has to wait for, by the line's key: the same order, not ended yet."""
        earlier: dict[str, list[str]] = {}
        for other in self.tickets:
            task = self._sending.get(other.token)
            if other.token == ticket.token or task is None or task.done():
                continue
            pending = {line.order_key for line in other.lines if line.state in (State.SENDING, State.WAITING)}
            for line in ticket.lines:
                if line.order_key in pending:
                    earlier.setdefault(line.key, []).append(other.token)
        return earlier

    async def _send(self, token: str, earlier: dict[str, list[str]]) -> None:
        lines = [line for line in self._register[token].lines if line.is_open]
        at_once = [line.key for line in lines if line.key not in earlier]
        later = [line.key for line in lines if line.key in earlier]
        if later:
            waits = {key: [Waits(steady_s(), f"for ticket {', '.join(earlier[key])}")] for key in later}
            self._register.learn(token, waits)
        parts = [self._request(token, at_once)] if at_once else []
        parts += [self._request_later(token, later, earlier)] if later else []
        await asyncio.gather(*parts)

    async def _request_later(self, token: str, keys: Sequence[str], earlier: dict[str, list[str]]) -> None:
        """Send lines when the requests before them have ended, to the ids that their orders have by then."""
        tasks = [self._sending[other] for other in {other for key in keys for other in earlier[key]}]
        try:
            await asyncio.wait(tasks)
            await self._follow_up.read_by_feed(steady_s())
        except asyncio.CancelledError:
            self._register.learn(token, {key: [_end_at_close(was_announced=False)] for key in keys})
            raise
        await self._request(token, keys)

    async def _request(self, token: str, keys: Sequence[str]) -> None:
        ticket, wanted = self._register[token], frozenset(keys)
        lines = [line for line in ticket.lines if line.key in wanted]
        if not ticket.action.increases_risk:
            lines = at_present_ids(lines, self.tickets, self._feed.view)
            self._register.replace_lines(token, lines)
            ticket = self._register[token]
        self._register.show()
        reads = reads_of_view(lines, self._feed.view)
        beside = {line.key: ids_before(line, [reads[line.key]]) for line in lines if line.key in reads}
        try:
            self._record(ticket, Kind.INTENT, intent_facts(ticket, lines, beside))
        except JournalUnusable as error:
            self._register.learn(token, {key: [NothingLeft(steady_s(), _not_recorded(error))] for key in keys})
            return
        standing = self._standing(lines, reads)
        before: dict[str, list[Evidence]] = {key: [read] for key, read in reads.items()}
        leaves = Leaves(steady_s())
        self._register.learn(token, {key: [*before.get(key, ()), leaves] for key in keys})
        submission = Submission(
            self._client,
            partial(self._announce, token),
            partial(self._learn_end, token),
            standing,
            single_order_endpoint=self._single_order_endpoint,
            not_found=self._not_found,
        )
        try:
            await submission.send(ticket.action, lines, ticket.options)
        except asyncio.CancelledError:
            open_keys = [line.key for line in self._register[token].lines if line.key in wanted and not line.has_ended]
            self._register.learn(token, {key: [_end_at_close(key in submission.announced)] for key in open_keys})
            raise
        self._single_order_endpoint = submission.single_order_endpoint
        self._not_found = submission.not_found
        self._follow_up.start(token, keys, self._feed.write_ended())

    def _learn_end(self, token: str, sent: Sent) -> None:
        self.key_may_not_trade |= sent.is_forbidden
        self._register.note_events(token, internal_trades=sent.internal_trades, limit_violations=sent.limit_violations)
        self._register.learn(token, {key: [end] for key, end in sent.ends.items()})

    def requests(self, ticket: Ticket) -> list[Request]:
        """Return the requests that sending this ticket would begin with."""
        standing = self._standing(ticket.lines, reads_of_view(ticket.lines, self._feed.view))
        return requests_of(ticket, standing, single_order_endpoint=self._single_order_endpoint)

    def _standing(self, lines: Sequence[TicketLine], reads: Mapping[str, Read]) -> frozenset[str]:
        """The keys of the lines whose order may be there, by what was read of it."""
        is_current = self._feed.view.link.failure is None
        return frozenset(line.key for line in lines if not is_current or _may_be_there(line, reads.get(line.key)))

    def _record(self, ticket: Ticket, kind: Kind, facts: Mapping[str, object]) -> None:
        """Write to disk what is about to be sent.

        Raises JournalUnusable if that fails and the ticket can increase risk: it must not be sent then.
        """
        try:
            self._journal.record(kind, **facts)
        except JournalUnusable:
            if ticket.action.increases_risk:
                raise
            self._register.show()

    def _announce(self, token: str, method: str, path: str, keys: Sequence[str]) -> None:
        """Write to disk that a request leaves now, so that the kill of another program waits until it has landed.

        Raises RefusedHere if it must not leave.
        """
        facts = {"ticket": token, "method": method, "path": path, "keys": keys, **leaving_now()}
        try:
            self._record(self._register[token], Kind.REQUEST, facts)
        except JournalUnusable as error:
            raise RefusedHere(f"{method} {path}", _not_recorded(error)) from None

    def _forget_old_tasks(self) -> None:
        for token in [token for token, task in self._sending.items() if task.done()]:
            if self._register.find(token) is None:
                del self._sending[token]

    # ------------------------------------------------------------ start and end

    def resume(self, tickets: Iterable[Ticket]) -> None:
        """Follow up on tickets that an earlier run left open, and take in those that a read can still correct.

        The lines that it did not send are recorded as that, so that the next run does not find them again.
        """
        for ticket in tickets:
            self._register.add(ticket)
            if unsent := [line for line in ticket.lines if line.state is State.NOT_SENT]:
                self._register.record(Kind.OUTCOME, result_facts(ticket, unsent))
            self._follow_up.start(ticket.token, [line.key for line in ticket.lines], steady_s())
        self._register.show()

    async def close(self, within_s: float) -> None:
        """Wait up to `within_s` seconds for pending answers. What is still open is left to the next start."""
        if self._sending:
            await asyncio.wait(self._sending.values(), timeout=within_s)
        await end_tasks(*self._sending.values(), *self._follow_up.tasks)


def _not_recorded(error: JournalUnusable) -> str:
    return f"not sent, because the journal can't be written: {error}"


def _end_at_close(was_announced: bool) -> NothingLeft | Silence:
    """The end of a line when its desk is closed: a request with it may have left, or none has."""
    if was_announced:
        return Silence(steady_s(), "the desk was closed before the answer arrived")
    return NothingLeft(steady_s(), "the desk was closed before it was sent")


def _may_be_there(line: TicketLine, read: Read | None) -> bool:
    if line.base is not None and line.base.state != OrderState.IACT:
        return True
    return read is None or not read.covers_live or any(order.is_live for order in read.orders)

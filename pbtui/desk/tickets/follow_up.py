"""Reads tickets back after their request: until each line has a verdict, and whenever a later read says otherwise."""

import asyncio
from collections.abc import Collection, Iterable, Sequence

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s
from pbtui.api.errors import OrdersApiError
from pbtui.api.requests import OrderEntry
from pbtui.desk.blotter.feed import Feed
from pbtui.desk.market.fills import FillIndex, Fills
from pbtui.desk.tickets.evidence import End, Read, TradesRead
from pbtui.desk.tickets.judging.candidates import OrderIndex
from pbtui.desk.tickets.judging.withdrawal import is_by_absence, shows_undone
from pbtui.desk.tickets.read_back import (
    histories_needed,
    known_ids,
    look,
    look_at_histories,
    reads_of_view,
    trace_of_line,
)
from pbtui.desk.tickets.register import TicketRegister
from pbtui.desk.tickets.state import NOT_SHOWN_STATES, State
from pbtui.desk.tickets.ticket import Ticket, TicketLine

FEED_READS_WITHIN_S = 1.0
FEED_READS_WITHIN_ROUND_TRIPS = 4
"""The end of a read that was under way, the one after it, and what that asks of orders that are not active."""
HISTORIES_AT_ONCE = 2
"""Of the client's four connections; a read of orders and a write have one each."""
_ASKED_AGAIN = (State.NOT_FOUND, State.REJECTED, State.DIFFERENT)
"""States of a change or withdrawal that a later read can still correct, beside a withdrawal by absence."""


class FollowUp:
    """Gathers evidence for tickets. `look_after_s` are seconds after the end of a request; the last one repeats."""

    def __init__(
        self, client: OrdersClient, feed: Feed, register: TicketRegister, look_after_s: Sequence[float]
    ) -> None:
        self._client = client
        self._feed = feed
        self._register = register
        self._look_after_s = look_after_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(HISTORIES_AT_ONCE)
        self._seen = feed.view.blotter

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        """The tasks that read tickets back."""
        return self._tasks

    def start(self, token: str, keys: Iterable[str], ended_s: float) -> None:
        """Follow up on these lines, whose request ended at `ended_s`."""
        followed = frozenset(keys)
        if self._open_lines(token, followed):
            task = asyncio.create_task(self._reconcile(token, followed, ended_s))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _open_lines(self, token: str, keys: Collection[str]) -> list[TicketLine]:
        ticket = self._register.find(token)
        return [line for line in ticket.lines if line.is_open and line.key in keys] if ticket else []

    async def _reconcile(self, token: str, keys: Collection[str], ended_s: float) -> None:
        """By the read that follows every write, which costs nothing extra and is shared by all; then by asking."""
        if await self.read_by_feed(ended_s, self._feed_reads_within_s()):
            self._learn_view(token, self._open_lines(token, keys))
        due = iter((0.0, *self._look_after_s))
        while open_lines := self._open_lines(token, keys):
            due_s = next(due, steady_s() - ended_s + self._look_after_s[-1])
            await asyncio.sleep(max(ended_s + due_s - steady_s(), 0))
            await self.look(token, open_lines)

    def _feed_reads_within_s(self) -> float:
        """Longer where the server answers late, but not after the time at which absence counts."""
        round_trip_s = self._feed.view.link.round_trip_s or 0.0
        return max(FEED_READS_WITHIN_S, min(FEED_READS_WITHIN_ROUND_TRIPS * round_trip_s, self._look_after_s[-1]))

    async def read_by_feed(self, ended_s: float, within_s: float = FEED_READS_WITHIN_S) -> bool:
        """Wait a moment for the read that was requested after `ended_s`; return whether it came."""
        try:
            async with asyncio.timeout(within_s):
                await self._feed.read_since(ended_s)
        except TimeoutError:
            return False
        return True

    def _learn_view(self, token: str, lines: Sequence[TicketLine], if_shown: Collection[str] = ()) -> None:
        """Take in what the feed's last read shows of these lines; of those in `if_shown` only if it shows an order."""
        reads = reads_of_view(lines, self._feed.view)
        self._register.learn(token, {key: [read] for key, read in reads.items() if read.orders or key not in if_shown})

    async def look(self, token: str, lines: Sequence[TicketLine]) -> None:
        """Ask the server about these orders. What can't be read proves nothing; the feed shows why it can't be read."""
        try:
            found = await look(self._client, lines)
        except OrdersApiError:
            return
        traced = {line.key: ids for line in lines if (ids := histories_needed(line, found.get(line.key, ())))}
        self._register.learn(token, {key: reads for key, reads in found.items() if key not in traced})
        await asyncio.gather(*(self._trace(token, key, found[key], ids) for key, ids in traced.items()))

    async def _trace(self, token: str, key: str, reads: Sequence[Read], order_ids: Iterable[str]) -> None:
        """Read the histories that a line needs, and take them in together with its reads."""
        async with self._slots:
            try:
                histories = await look_at_histories(self._client, order_ids)
            except OrdersApiError:
                return
        self._register.learn(token, {key: [*reads, *histories]})

    # ------------------------------------------------------------ later evidence

    def watch(self) -> None:
        """Take in what the feed has read since the last call.

        A line that waits for reads is judged by it, a closed one only if an order that it may be about changed. That of
        a withdrawn order that no list shows still waits: the feed asks next how the order left.
        """
        view = self._feed.view
        seen, self._seen = self._seen, view.blotter
        if view.blotter is seen or not self._register.tickets:
            return
        changed = [row.order for row in view.blotter.active.values() if row.changed_in > seen.read_no]
        index = OrderIndex(changed)
        for ticket in self._register.tickets:
            waiting = [line for line in ticket.lines if line.is_open and _has_ended(line)]
            closed = self._watched(ticket)
            watched = [line for line in closed if (changed and self._is_about(line, index)) or self._is_back(line)]
            if waiting or watched:
                if_shown = () if ticket.action.increases_risk else {line.key for line in waiting}
                self._learn_view(ticket.token, [*waiting, *watched], if_shown)
                self.start(ticket.token, [line.key for line in watched], steady_s())  # if that opened one again

    def _is_about(self, line: TicketLine, index: OrderIndex) -> bool:
        related = index.related(line, _ids_of(line))
        if is_by_absence(line):
            return any(shows_undone(line, order) for order in related)
        return bool(related) or self._has_look_alike(line, index)

    def _is_back(self, line: TicketLine) -> bool:
        """Return whether the newest read lists an order that was confirmed as withdrawn because no read showed it.

        It need not have changed: where a read lacked it, this list may never have.
        """
        blotter = self._feed.view.blotter
        row = blotter.active.get(line.order_key) if is_by_absence(line) else None
        return row is not None and line.order_key not in blotter.kept and shows_undone(line, row.order)

    def learn_fills(self, index: FillIndex, requested_s: float) -> None:
        """Judge each line again of whose order the trades show other fills than before."""
        for ticket in self._register.tickets:
            shown = {line.key: index.of(trace_of_line(line)) for line in ticket.lines}
            news = {line.key: shown[line.key] for line in ticket.lines if shown[line.key] != _fills_known(line)}
            if news:
                self._register.learn(
                    ticket.token, {key: [TradesRead(requested_s, fills)] for key, fills in news.items()}
                )
                self.start(ticket.token, news, steady_s())  # if that opened one again

    def _has_look_alike(self, line: TicketLine, index: OrderIndex) -> bool:
        """Return whether an order looks like an entry that was not found, and is not known to be another line's."""
        alike = index.look_alikes(line) if line.state in NOT_SHOWN_STATES else ()
        if not alike:
            return False
        others = [other for ticket in self._register.tickets for other in ticket.lines if other is not line]
        of_others = {id(order) for other in others for order in index.related(other, known_ids(other))}
        return any(id(order) not in of_others for order in alike)

    def _watched(self, ticket: Ticket) -> list[TicketLine]:
        return [line for line in ticket.lines if not line.is_open and self._may_change(ticket, line)]

    def _may_change(self, ticket: Ticket, line: TicketLine) -> bool:
        """Return whether a later read can change this line's verdict. Not of a change once its order is sent again."""
        if isinstance(line.request, OrderEntry):
            return True
        if line.state not in _ASKED_AGAIN and not is_by_absence(line):
            return False
        tickets = self._register.tickets
        later = tickets[tickets.index(ticket) + 1 :]
        return not any(line.order_key == other.order_key for newer in later for other in newer.lines)


def _has_ended(line: TicketLine) -> bool:
    """Return whether its request has ended, so that a read can show what became of it."""
    return any(isinstance(item, End) for item in line.evidence)


def _fills_known(line: TicketLine) -> Fills:
    return next((item.fills for item in reversed(line.evidence) if isinstance(item, TradesRead)), Fills())


def _ids_of(line: TicketLine) -> tuple[str, ...]:
    named = () if isinstance(line.request, OrderEntry) else (line.request.order_id,)
    return (*named, *line.verdict.order_ids)

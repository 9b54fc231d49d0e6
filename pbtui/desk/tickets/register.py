"""Register of this run's tickets: takes in evidence, keeps the verdicts current, in the journal and on the screen."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pbtui.api.clock import steady_s
from pbtui.api.structs import replace
from pbtui.desk.journal.recent import RECENT
from pbtui.desk.journal.writer import Journal, JournalUnusable, Kind
from pbtui.desk.tickets.evidence import End, Evidence
from pbtui.desk.tickets.record import result_facts
from pbtui.desk.tickets.state import NOT_SHOWN_STATES
from pbtui.desk.tickets.ticket import MAX_RECENT_TICKETS, Ticket, TicketLine
from pbtui.desk.tickets.verdict import judged


class TicketRegister:
    """The tickets of a run, by token. `publish` is called after every step that changed one."""

    def __init__(self, journal: Journal, publish: Callable[[], None], *, not_found_after_s: float) -> None:
        self._journal = journal
        self._publish = publish
        self._tickets: dict[str, Ticket] = {}
        self._step = asyncio.Event()
        self.not_found_after_s = not_found_after_s

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """The tickets, oldest first."""
        return tuple(self._tickets.values())

    def find(self, token: str) -> Ticket | None:
        """Return the ticket with that token."""
        return self._tickets.get(token)

    def __getitem__(self, token: str) -> Ticket:
        return self._tickets[token]

    def add(self, ticket: Ticket) -> None:
        """Take in a ticket, and forget the oldest closed ones if there are too many.

        One whose order can still appear is kept: without its ticket nobody would hear of it.
        """
        self._tickets[ticket.token] = ticket
        too_many, now_s = max(len(self._tickets) - MAX_RECENT_TICKETS, 0), steady_s()
        closed = (each for each in self.tickets if not any(_is_awaited(line, now_s) for line in each.lines))
        for token in [each.token for each in closed][:too_many]:
            del self._tickets[token]

    def replace_lines(self, token: str, lines: Iterable[TicketLine]) -> None:
        """Replace these lines of a ticket by their keys."""
        replaced = {line.key: line for line in lines}
        ticket = self._tickets[token]
        self._tickets[token] = ticket.with_lines([replaced.get(line.key, line) for line in ticket.lines])

    def note_events(self, token: str, *, internal_trades: int, limit_violations: str) -> None:
        """Note the other events in an answer."""
        ticket = self._tickets[token]
        violations = "; ".join(text for text in (ticket.limit_violations, limit_violations) if text)
        trades = ticket.internal_trades + internal_trades
        self._tickets[token] = replace(ticket, internal_trades=trades, limit_violations=violations)

    def learn(self, token: str, evidence: Mapping[str, Sequence[Evidence]]) -> None:
        """Take in evidence by line, and judge these lines again. What changes is recorded and published."""
        ticket = self._tickets.get(token)
        if ticket is None:
            return  # it was closed, and forgotten as one of too many
        before = {line.key: line for line in ticket.lines}
        lines = [judged(before[key], *more, not_found_after_s=self.not_found_after_s) for key, more in evidence.items()]
        self.replace_lines(token, lines)
        ends = {key for key, more in evidence.items() if any(isinstance(item, End) for item in more)}
        ended = [line for line in lines if line.key in ends]
        read = [line for line in lines if line.key not in ends and _is_news(before[line.key], line)]
        for kind, noted in ((Kind.OUTCOME, ended), (Kind.RECONCILIATION, read)):
            if noted:
                self.record(kind, result_facts(ticket, noted))
        if any(line.verdict != before[line.key].verdict for line in lines):
            self.show()

    async def reconciled(self, token: str) -> Ticket:
        """Return the ticket once none of its lines is open."""
        while self._tickets[token].is_open:
            await self._step.wait()
        return self._tickets[token]

    def record(self, kind: Kind, facts: Mapping[str, Any]) -> None:
        """Write to the journal. If that fails, the journal keeps its own error for display."""
        try:
            self._journal.record(kind, **facts)
        except JournalUnusable:
            self.show()

    def show(self) -> None:
        """Publish the tickets as they are."""
        self._step.set()
        self._step = asyncio.Event()
        self._publish()


def _is_awaited(line: TicketLine, now_s: float) -> bool:
    """Return whether a line is open, or was not shown, and ended so short a while ago that a read may still show it."""
    ended_s = max((item.at_s for item in line.evidence if isinstance(item, End)), default=now_s)
    return line.is_open or (line.state in NOT_SHOWN_STATES and now_s - ended_s < RECENT.total_seconds())


def _is_news(before: TicketLine, after: TicketLine) -> bool:
    """Return whether a line was opened again, or closed with a new state, other orders or another traded quantity."""
    earlier, later = before.verdict, after.verdict
    if later.is_open:
        return not earlier.is_open
    traded = [(each.traded_mw, each.reason if each.traded_mw is not None else "") for each in (earlier, later)]
    return (earlier.state, earlier.order_ids, traded[0]) != (later.state, later.order_ids, traded[1])

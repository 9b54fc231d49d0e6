"""New orders that the programs of a profile have sent of late, by their journals: also those that still run."""

import contextlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pbtui.api.structs import replace
from pbtui.desk.journal.line import JournalEntry, Results, keys_of, newest_results
from pbtui.desk.journal.open_writes import age_of
from pbtui.desk.journal.recent import RECENT, RecentRuns
from pbtui.desk.journal.writer import Kind
from pbtui.desk.storage.places import Owner
from pbtui.desk.tickets.record import ticket_of_intent, verdict_in
from pbtui.desk.tickets.state import SENDING
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine


class OtherEntries:
    """Reads these tickets again and again."""

    def __init__(self, owner: Owner) -> None:
        self._runs = RecentRuns(owner, covers=RECENT)  # by the clock of files, which can be set
        self._sent: dict[tuple[datetime, str], Ticket] = {}
        """The tickets as they were sent, by time and token: to rebuild one costs more than to read its lines."""

    def read(self, known: Collection[str] = ()) -> tuple[Ticket, ...]:
        """The tickets of the last minutes but for those known, with the verdicts that were recorded last.

        A ticket that this version can't read is left out. Raises JournalUnusable or OSError if the journal can't be
        read.
        """
        runs = tuple(self._runs.read())
        results = newest_results((entry for run in runs for entry in run.entries), Kind.OUTCOME, Kind.RECONCILIATION)
        before, self._sent = self._sent, {}
        found: list[Ticket] = []
        for run in runs:
            for entry in run.entries:
                token = str(entry.facts.get("ticket"))
                is_entry = entry.kind == Kind.INTENT and entry.facts.get("action") == Action.ADD
                if not is_entry or age_of(entry) > RECENT or token in known:
                    continue
                with contextlib.suppress(ValueError):
                    sent = self._sent[entry.at, token] = before.get((entry.at, token)) or _sent(entry)
                    found.append(_with_results(sent, results.get(token, {}), is_running=run.is_running))
        return tuple(found)


def _sent(intent: JournalEntry) -> Ticket:
    """Rebuild a ticket as it was sent. Raises ValueError if it can't be read."""
    return ticket_of_intent(intent, keys_of(intent.facts.get("lines")))


def _with_results(ticket: Ticket, results: Results, *, is_running: bool) -> Ticket:
    return ticket.with_lines([_line(line, results.get(line.key), is_running=is_running) for line in ticket.lines])


def _line(line: TicketLine, result: Mapping[str, Any] | None, *, is_running: bool) -> TicketLine:
    """The line with its recorded verdict; without one it is still being sent, or it is not known what became of it."""
    if result is None:
        return replace(line, verdict=SENDING) if is_running else line
    with contextlib.suppress(ValueError):  # of a later version
        return replace(line, verdict=verdict_in(result))
    return line

"""New orders that the programs of a profile have sent of late, by their journals: also those that still run."""

import contextlib
from collections.abc import Collection, Mapping
from typing import Any

from pbtui.api.clock import utc_now
from pbtui.api.structs import replace
from pbtui.desk.journal.line import JournalEntry, Results, keys_of, newest_results
from pbtui.desk.journal.recent import RECENT, RecentRuns
from pbtui.desk.journal.writer import Kind
from pbtui.desk.storage.places import Owner
from pbtui.desk.tickets.record import ticket_of_intent, verdict_in
from pbtui.desk.tickets.state import SENDING
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine


class OtherEntries:
    """Reads these tickets again and again."""

    def __init__(self, owner: Owner) -> None:
        self._runs = RecentRuns(owner, look_back=RECENT, covers=RECENT)

    def read(self, known: Collection[str] = ()) -> tuple[Ticket, ...]:
        """The tickets of the last minutes but for those known, with the verdicts that were recorded last.

        A ticket that this version can't read is left out. Raises JournalUnusable or OSError if the journal can't be
        read.
        """
        runs, since = tuple(self._runs.read()), utc_now() - RECENT
        results = newest_results((entry for run in runs for entry in run.entries), Kind.OUTCOME, Kind.RECONCILIATION)
        found: list[Ticket] = []
        for run in runs:
            for entry in run.entries:
                token = str(entry.facts.get("ticket"))
                is_entry = entry.kind == Kind.INTENT and entry.facts.get("action") == Action.ADD
                if is_entry and entry.at >= since and token not in known:
                    with contextlib.suppress(ValueError):
                        found.append(_ticket(entry, results.get(token, {}), is_running=run.is_running))
        return tuple(found)


def _ticket(intent: JournalEntry, results: Results, *, is_running: bool) -> Ticket:
    """Rebuild a ticket. Raises ValueError if it can't be read."""
    ticket = ticket_of_intent(intent, keys_of(intent.facts.get("lines")))
    return ticket.with_lines([_line(line, results.get(line.key), is_running=is_running) for line in ticket.lines])


def _line(line: TicketLine, result: Mapping[str, Any] | None, *, is_running: bool) -> TicketLine:
    """The line with its recorded verdict; without one it is still being sent, or it is not known what became of it."""
    if result is None:
        return replace(line, verdict=SENDING) if is_running else line
    with contextlib.suppress(ValueError):  # of a later version
        return replace(line, verdict=verdict_in(result))
    return line

"""Other runs of the program: tickets left open, results that another one has read since, and orders sent of late."""

from collections.abc import Collection, Iterable, Iterator

from pbtui.desk.journal.unfinished import left_over
from pbtui.desk.journal.writer import Journal, JournalUnusable
from pbtui.desk.storage.places import owner_of
from pbtui.desk.storage.problem import problem_of
from pbtui.desk.tickets.other_entries import OtherEntries
from pbtui.desk.tickets.record import tickets_ended_elsewhere, tickets_left_open
from pbtui.desk.tickets.ticket import Action, Ticket
from pbtui.settings.profiles import Profile


class EarlierRuns:
    """The tickets of earlier runs, empty before `read`. `notes` say what is not known of them."""

    def __init__(self, profile: Profile, journal: Journal) -> None:
        self._profile = profile
        self._journal = journal
        self._entries = OtherEntries(owner_of(profile))
        self.notes: tuple[str, ...] = ()
        self.left: tuple[Ticket, ...] = ()
        """Those left open, and new orders that were not found or refused a short while ago: a read can correct it."""
        self.ended: tuple[Ticket, ...] = ()
        """The tickets whose results another program has read; empty if nobody looks at this desk."""
        self.tokens: frozenset[str] | None = None
        """Tokens of the orders that this run, earlier ones and other programs of the profile have entered."""

    def read(self, *, reports_ended: bool) -> None:
        """Read them from the journal."""
        try:
            earlier = left_over(self._profile)
            tickets, self.notes = tickets_left_open(earlier.open)
            self.left = tuple(tickets)
            if reports_ended:
                self.ended = tuple(_without_those_of(self.left, tickets_ended_elsewhere(earlier.ended)))
            self.tokens = earlier.tokens
        except (JournalUnusable, OSError) as error:
            self.notes = (
                f"the tickets that earlier runs left open can't be read; check your orders: {problem_of(error)}",
            )
        if self._journal.moved:
            self.notes = (self._journal.moved, *self.notes)

    def entered_of_late(self, known: Collection[str]) -> tuple[tuple[Ticket, ...], str]:
        """Read the tickets of new orders of the last minutes from the journal, but for those known.

        Also return why they can't be read; empty if they can.
        """
        try:
            return self._entries.read(known), ""
        except (JournalUnusable, OSError) as error:
            return (), f"whether another program has sent the same order can't be read: {problem_of(error)}"

    def add(self, ticket: Ticket) -> None:
        """Add the orders that a ticket of this run enters."""
        if self.tokens is not None and ticket.action is Action.ADD:
            self.tokens |= {line.key for line in ticket.lines}


def _without_those_of(others: Iterable[Ticket], tickets: Iterable[Ticket]) -> Iterator[Ticket]:
    """The tickets without the orders that the other ones have."""
    there = {(ticket.token, line.key) for ticket in others for line in ticket.lines}
    for ticket in tickets:
        if lines := [line for line in ticket.lines if (ticket.token, line.key) not in there]:
            yield ticket.with_lines(lines)

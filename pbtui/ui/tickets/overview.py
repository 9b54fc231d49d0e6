"""The tickets of this run, newest first: what each wanted, where it stands, and why."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from pbtui.api.models import OrderEntry
from pbtui.api.sanitize import safe_text
from pbtui.desk.formats.time_format import moment_text
from pbtui.desk.tickets.describe import counts, subject
from pbtui.desk.tickets.ticket import Outcome, Reconciliation, Ticket, TicketLine
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPane, ReadingPrompt
from pbtui.ui.order.field_values import Zones
from pbtui.ui.order.ticket_lines import change_words, hanging
from pbtui.ui.widgets.folded_lines import Fold, FoldedLines
from pbtui.ui.widgets.lines import Line, Piece

_INDENT = (" " * 5, "text")
_STATE_WIDTH = 9
_ROLES = {"CONFIRMED": "good", "SENDING": "label", "SENT": "label", "CONFLICT": "warning", "UNKNOWN": "warning"}


class TicketPane(ReadingPane):
    """Tickets to go through one by one: a step goes to the next one and not to the next line."""

    prompt: "TicketList"

    def base_role(self, index: int) -> str:
        """The line with the cursor stands out."""
        return "cursor" if index == self.prompt.cursor_line else "text"

    def action_scroll_by(self, lines: int) -> None:
        """Go on by so many tickets."""
        self.prompt.step(lines)

    def action_page(self, direction: int) -> None:
        """Go on to the ticket about a screenful away."""
        self.prompt.step(direction * max(self.body_height // 4, 1))


class TicketList(ReadingPrompt[str]):
    """Returns the token of a ticket whose draft is to be offered again: one that was not done, as far as is known."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "offer", "Offer the draft again", id="tickets.offer"),
    ]

    def __init__(self, venue: Venue, tickets: Sequence[Ticket], zones: Zones) -> None:
        self._tickets = tuple(reversed(tickets))
        self._zones = zones
        self._cursor = self._tickets[0].token if self._tickets else ""
        self._first_lines: dict[str, int] = {}
        super().__init__(venue)

    def make_pane(self, fold: Fold, head: FoldedLines) -> ReadingPane:
        """A pane that goes from ticket to ticket."""
        pane = TicketPane(fold, head)
        pane.prompt = self
        return pane

    def show(self, tickets: Sequence[Ticket]) -> None:
        """Show these tickets, given oldest first; the cursor stays on its own."""
        self._tickets = tuple(reversed(tickets))
        if self._ticket is None:
            self._cursor = self._tickets[0].token if self._tickets else ""
        self.tell()
        self.step(0)

    def step(self, tickets: int) -> None:
        """Move the cursor by so many tickets, as far as there are any."""
        tokens = [ticket.token for ticket in self._tickets]
        if not tokens:
            return
        index = min(max(tokens.index(self._cursor) + tickets, 0), len(tokens) - 1)
        self._cursor = tokens[index]
        end = self._first_lines[tokens[index + 1]] if index + 1 < len(tokens) else self.pane.line_count()
        self.pane.reveal(end - 1)
        self.pane.reveal(self.cursor_line)
        self.tell()

    @property
    def cursor_line(self) -> int:
        """The line the cursor is on."""
        return self._first_lines.get(self._cursor, 0)

    @property
    def _ticket(self) -> Ticket | None:
        return next((ticket for ticket in self._tickets if ticket.token == self._cursor), None)

    # ------------------------------------------------------------ its keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether there is a draft to offer again."""
        if action == "offer":
            return self._ticket is not None and any(_was_not_done(line) for line in self._ticket.lines)
        return super().check_action(action, parameters)

    def action_offer(self) -> None:
        """Return the ticket under the cursor; nothing is sent by that."""
        self.dismiss(self._cursor)

    # ------------------------------------------------------------ what it says

    def head(self) -> Sequence[Piece]:
        """How many there are."""
        count = len(self._tickets)
        told = f"Tickets of this run, newest first: {count}" if count else "There are no tickets in this run yet"
        return [(told, "title")]

    def body(self, width: int) -> Sequence[Line]:
        """Each ticket, and its orders under it."""
        lines: list[Line] = []
        for ticket in self._tickets:
            self._first_lines[ticket.token] = len(lines)
            lines.append(self._ticket_line(ticket))
            for line in ticket.lines:
                lines += self._order_lines(line, width)
            if ticket.internal_trades:
                lines += hanging(_INDENT, f"internal trades: {ticket.internal_trades}", width, "warning")
            if ticket.limit_violations:
                lines += hanging(_INDENT, f"limit violations: {safe_text(ticket.limit_violations)}", width, "bad")
        return lines

    def _ticket_line(self, ticket: Ticket) -> Line:
        count = len(ticket.lines)
        again = f"  again for {ticket.resends}" if ticket.resends else ""
        return [
            (" › " if ticket.token == self._cursor else "   ", "key"),
            (f"{ticket.token}  ", "title"),
            (f"{moment_text(ticket.made_at, self._zones.moments)}  ", "label"),
            (f"{ticket.action.value} {count} {'order' if count == 1 else 'orders'}{again}", "text"),
            (f"  {counts(ticket.lines)}" if count > 1 else "", "label"),
        ]

    def _order_lines(self, line: TicketLine, width: int) -> Iterator[Line]:
        what = subject(line)
        if not isinstance(line.request, OrderEntry):
            what += f": {change_words(line, self._zones.market)}"
        told = f"{what} ({line.reason})" if line.reason else what
        lead = (f"{_INDENT[0]}{line.state:<{_STATE_WIDTH}}  ", _ROLES.get(line.state, "bad"))
        yield from hanging(lead, safe_text(told), width, "text")


def _was_not_done(line: TicketLine) -> bool:
    """Whether it is known that the order was not placed or changed, and no conflict is the reason."""
    if line.reconciliation is not None:
        return line.reconciliation in (Reconciliation.NOT_FOUND, Reconciliation.REJECTED)
    return line.outcome in (Outcome.NOT_SENT, Outcome.REJECTED)

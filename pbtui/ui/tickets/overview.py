"""List of the tickets of this run, newest first: request, state and reason of each."""

from collections.abc import Iterator, Sequence
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.api.requests import OrderEntry
from pbtui.api.sanitize import safe_text
from pbtui.desk.formats.time_format import in_zone, moment_text
from pbtui.desk.tickets.describe import counts, subject
from pbtui.desk.tickets.state import UNDONE_STATES, State
from pbtui.desk.tickets.ticket import Ticket, TicketLine
from pbtui.desk.view import DeskView
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPane, ReadingPrompt
from pbtui.ui.order.ticket_lines import change_words, hanging
from pbtui.ui.widgets.folded_lines import Fold, FoldedLines
from pbtui.ui.widgets.lines import Line, Piece

_INDENT = (" " * 5, "text")
_STATE_WIDTH = max(len(state) for state in State)
_ROLES = {
    State.SENDING: "label",
    State.WAITING: "label",
    State.SENT: "label",
    State.CONFLICT: "warning",
    State.UNKNOWN: "warning",
    State.REFUSED: "warning",
    State.NOT_FILLED: "warning",
}


class TicketPane(ReadingPane):
    """A pane that scrolls from ticket to ticket instead of from line to line."""

    prompt: "TicketList"

    def base_role(self, index: int) -> str:
        """Return the role of the line; the line under the cursor has its own."""
        return "cursor" if index == self.prompt.cursor_line else "text"

    def action_scroll_by(self, lines: int) -> None:
        """Move the cursor by that many tickets."""
        self.prompt.step(lines)

    def action_page(self, direction: int) -> None:
        """Move the cursor to the ticket about one page away."""
        self.prompt.step(direction * max(self.body_height // 4, 1))


class TicketList(ReadingPrompt[str]):
    """Returns the token of the ticket to open again as a draft: one that has a line known as not executed."""

    zone: ZoneInfo

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "offer", "Open the draft again", id="tickets.offer"),
        Binding("t", "dismiss(None)", "Close", show=False, id="desk.tickets"),
    ]

    def __init__(self, venue: Venue, tickets: Sequence[Ticket], zone: ZoneInfo) -> None:
        self._tickets = tuple(reversed(tickets))
        self.zone = zone
        self._cursor = self._tickets[0].token if self._tickets else ""
        self._first_lines: dict[str, int] = {}
        super().__init__(venue)

    def make_pane(self, fold: Fold, head: FoldedLines) -> ReadingPane:
        """Return a pane that moves from ticket to ticket."""
        pane = TicketPane(fold, head)
        pane.prompt = self
        return pane

    def take_view(self, view: DeskView) -> None:
        """Show the tickets as they are now; the cursor stays on its ticket."""
        newest_first = tuple(reversed(view.all_tickets))
        if newest_first != self._tickets and self.is_mounted:
            self.show(newest_first)

    def show(self, newest_first: tuple[Ticket, ...]) -> None:
        """Show these tickets; the cursor stays on its ticket, and on the newest one if that is gone."""
        self._tickets = newest_first
        if self._ticket is None:
            self._cursor = self._tickets[0].token if self._tickets else ""
        self.redraw()
        self.step(0)

    def step(self, tickets: int) -> None:
        """Move the cursor by that many tickets, within the limits."""
        tokens = [ticket.token for ticket in self._tickets]
        if not tokens:
            return
        index = min(max(tokens.index(self._cursor) + tickets, 0), len(tokens) - 1)
        self._cursor = tokens[index]
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        end = self._first_lines.get(following, self.pane.line_count())  # before it is laid out, no ticket has a line
        self.pane.reveal(end - 1)
        self.pane.reveal(self._first_lines.get(self._cursor, 0))
        self.redraw()

    @property
    def cursor_line(self) -> int | None:
        """Return the index of the line under the cursor. None without tickets."""
        return self._first_lines.get(self._cursor, 0) if self._tickets else None

    @property
    def _ticket(self) -> Ticket | None:
        return next((ticket for ticket in self._tickets if ticket.token == self._cursor), None)

    # ------------------------------------------------------------ keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether the ticket under the cursor can be opened again."""
        if action == "offer":
            return self._ticket is not None and any(_was_not_done(line) for line in self._ticket.lines)
        return super().check_action(action, parameters)

    def action_offer(self) -> None:
        """Return the ticket under the cursor; nothing is sent."""
        self.dismiss(self._cursor)

    # ------------------------------------------------------------ texts

    def head(self) -> Sequence[Piece]:
        """Return the title with the number of tickets."""
        count = len(self._tickets)
        left = sum(map(_was_left_over, self._tickets))
        title = f"Tickets of this run, newest first: {count - left}" if count - left else "No tickets in this run yet"
        title += f"; left by earlier runs: {left}" if left else ""
        return [(title, "title")]

    def body(self, width: int) -> Sequence[Line]:
        """Return each ticket with its orders below it."""
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
        again = f"  resends {ticket.resends}" if ticket.resends else ""
        if _was_left_over(ticket):
            again += "  of an earlier run"
        return [
            (" › " if ticket.token == self._cursor else "   ", "key"),
            (f"{ticket.token}  ", "title"),
            (f"{moment_text(ticket.made_at, self.zone)}  ", "label"),
            (f"{ticket.action.value} {count} {'order' if count == 1 else 'orders'}{again}", "text"),
            (f"  {counts(ticket.lines)}" if count > 1 else "", "label"),
        ]

    def _order_lines(self, line: TicketLine, width: int) -> Iterator[Line]:
        what = subject(line, self.zone)
        if not isinstance(line.request, OrderEntry):
            what += f": {change_words(line, self.zone)}"
        text = f"{what} ({in_zone(line.reason, self.zone)})" if line.reason else what
        lead = (f"{_INDENT[0]}{line.state:<{_STATE_WIDTH}}  ", _role(line))
        yield from hanging(lead, safe_text(text), width, "text")


def _role(line: TicketLine) -> str:
    return "good" if line.is_done else _ROLES.get(line.state, "bad")


def _was_left_over(ticket: Ticket) -> bool:
    """Return whether an earlier run sent it."""
    return any(line.was_left_over for line in ticket.lines)


def _was_not_done(line: TicketLine) -> bool:
    """Return whether it is known that the order was not placed, or not changed for another reason than a conflict."""
    is_new_order = isinstance(line.request, OrderEntry)
    return line.state in UNDONE_STATES and (line.state is not State.CONFLICT or is_new_order)

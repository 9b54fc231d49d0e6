"""Pane with a pasted list of orders: what it would change, before any preview opens."""

from collections.abc import Sequence
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.api.models import Order
from pbtui.desk.plan.compared import Compared
from pbtui.desk.plan.difference import ENDED, REFUSED, UNCHANGED, Planned
from pbtui.desk.tickets.describe import order_figures_text
from pbtui.desk.tickets.ticket import Ticket
from pbtui.ui.dialogs.prompt import Venue, deliberate
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.order.ticket_lines import hanging, heading, order_lines
from pbtui.ui.widgets.lines import Line, Piece

_ROLES = {REFUSED: "bad", ENDED: "warning", UNCHANGED: "label"}


class BasketPane(ReadingPrompt[bool]):
    """Shows the rows that are not as wanted yet; returns True if the trader goes on to the previews of `tickets`."""

    zone: ZoneInfo

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "preview", "Preview", id="basket.preview"),
    ]

    def __init__(self, venue: Venue, compared: Compared, tickets: Sequence[Ticket], zone: ZoneInfo) -> None:
        super().__init__(venue)
        self._compared = compared
        self._tickets = tickets
        self.zone = zone

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether there is something to preview."""
        return bool(self._tickets) if action == "preview" else super().check_action(action, parameters)

    @deliberate
    def action_preview(self) -> None:
        """Go on to the preview of the first step; nothing is sent by it."""
        self.dismiss(True)

    def head(self) -> Sequence[Piece]:
        """Return the number of rows of each kind, and what happens next."""
        steps = ", then ".join(ticket.action for ticket in self._tickets)
        refused = len(self._compared.plan.refused)
        return [
            (f"Pasted orders: {self._compared.summary}", "title"),
            *((note, "label") for note in self._compared.notes()),
            (f"Not included: {refused} refused, see the reasons below" if refused else "", "warning"),
            (f"Each step has a preview of its own: {steps}" if steps else "Nothing to send", "text"),
        ]

    def body(self, width: int) -> Sequence[Line]:
        """Return the rows in the sequence of the list, with what would change, or why nothing does."""
        rows = [row for row in self._compared.plan.rows if row.line is not None or row.reason]
        lines: list[Line] = list(heading(width)) if rows else []
        for row in rows:
            lines += self._row(row, width)
        return lines

    def _row(self, row: Planned, width: int) -> Sequence[Line]:
        if row.line is not None:
            return list(order_lines(row.line, self.zone, width))
        figures = f"{order_figures_text(row.order, self.zone)}: " if isinstance(row.order, Order) else ""
        role = _ROLES[row.what]
        return list(hanging((f" {row.place}  ", role), f"{row.what}: {figures}{row.reason}", width, role))


class BasketProblems(ReadingPrompt[None]):
    """Shows why pasted orders can't be read: each problem with its line and column."""

    def __init__(self, venue: Venue, problems: Sequence[str]) -> None:
        super().__init__(venue)
        self._problems = problems

    def head(self) -> Sequence[Piece]:
        """Return how many problems there are."""
        count = len(self._problems)
        return [
            (f"Pasted orders: {count} {'problem' if count == 1 else 'problems'}, so none of them is taken", "title"),
            ("Mend the list where it came from, and paste it again", "text"),
        ]

    def body(self, width: int) -> Sequence[Line]:
        """Return the problems."""
        return [line for problem in self._problems for line in hanging((" ✗ ", "bad"), problem, width, "text")]

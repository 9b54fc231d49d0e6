"""What a ticket would send, order by order, before anything of it leaves."""

from collections.abc import Iterator, Sequence
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import OPTIONS
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.limits import LimitCheck
from pbtui.desk.tickets.exposure import exposure_of, totals
from pbtui.desk.tickets.ticket import Action, Ticket, WriteOptions
from pbtui.ui.dialogs.prompt import Venue, deliberate
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.order.ticket_lines import SIDE_ROLES, energy_text, hanging, heading, json_lines, order_lines
from pbtui.ui.widgets.lines import Line, Piece

_WHAT = {
    Action.ADD: ("Enter {}", "title"),
    Action.MODIFY: ("Change {}", "title"),
    Action.ACTIVATE: ("Activate {}: into the market", "title"),
    Action.DEACTIVATE: ("Deactivate {}: out of the market; can be activated again", "title"),
    Action.DELETE: ("Delete {}: a deletion can't be taken back", "alarm"),
}


class TicketPreview(ReadingPrompt[bool]):
    """Returns True where the trader sends it. Warnings are accepted by a key of their own before; refusals stay.

    `hidden` is the number of marked orders that are left out, as the filter hides them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("exclamation_mark", "accept", "Accept warnings", id="preview.accept"),
        Binding("y", "send", "Send", id="preview.send"),
        Binding("y", "delete", "Delete", id="preview.delete"),
        Binding("J", "show_json", "JSON", id="preview.json"),
    ]

    def __init__(self, venue: Venue, ticket: Ticket, check: LimitCheck, zone: ZoneInfo, *, hidden: int = 0) -> None:
        super().__init__(venue)
        self._ticket = ticket
        self._check = check
        self._zone = zone
        self._hidden = hidden
        self._news: dict[str, str] = {}
        self._is_accepted = False
        self._has_json = len(ticket.lines) == 1

    def follow(self, key: str, what: str) -> None:
        """Say that the order of this key changed or left meanwhile, and how; the keys rest anew for that."""
        if key in (line.key for line in self._ticket.lines):
            self._news[key] = what
            self._begin_rest()
            self.tell()

    # ------------------------------------------------------------ its keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key does anything just now."""
        has_open_warnings = bool(self._check.warnings) and not self._is_accepted
        if action in ("send", "delete"):
            is_meant = (action == "delete") == (self._ticket.action is Action.DELETE)
            return is_meant and not self._check.refusals and not has_open_warnings
        if action == "accept":
            return not self._check.refusals and has_open_warnings
        if action == "show_json":
            return len(self._ticket.lines) > 1
        return super().check_action(action, parameters)

    @deliberate
    def action_send(self) -> None:
        """Send it."""
        self.dismiss(True)

    @deliberate
    def action_delete(self) -> None:
        """Send it, where it is a deletion: with a word of its own beside the key."""
        self.dismiss(True)

    @deliberate
    def action_accept(self) -> None:
        """Accept the warnings; the key that sends counts after another rest."""
        self._is_accepted = True
        self._begin_rest()
        self.tell()

    def action_show_json(self) -> None:
        """Show the JSON of several orders, or fold it away."""
        self._has_json = not self._has_json
        self.tell()

    # ------------------------------------------------------------ what it says

    def head(self) -> Sequence[Piece]:
        """What happens to how many orders, what they amount to, and what stands against it."""
        count = len(self._ticket.lines)
        new = "new " if self._ticket.action is Action.ADD else ""
        what, role = _WHAT[self._ticket.action]
        return [
            (what.format(f"{count} {new}{'order' if count == 1 else 'orders'}"), role),
            *self._totals(),
            (_options_words(self._ticket.options), "label"),
            (
                f"Marked orders that are not touched: {self._hidden} hidden by the filter" if self._hidden else "",
                "warning",
            ),
            (f"Changed or gone while this was open: {len(self._news)}, see below" if self._news else "", "alarm"),
            self._judgement(),
        ]

    def _totals(self) -> Iterator[Piece]:
        for side, total in totals(exposure_of(line) for line in self._ticket.lines).items():
            words = f"{side_word(side):<6} {quantity_text(total.quantity_mw):>6} MW"
            if total.without_notional < total.orders:
                words += f" {energy_text(total.energy_mwh):>8} MWh   notional {price_text(total.notional):>10}"
            if total.without_notional:
                words += f"   MWh and value not known of {total.without_notional} of {total.orders}"
            yield words, SIDE_ROLES.get(side, "text")

    def _judgement(self) -> Piece:
        if self._check.refusals:
            return "✗ Refused, this can't be sent: the reasons are below", "bad"
        if not self._check.warnings:
            return "", "text"
        if self._is_accepted:
            return "! The warnings are accepted", "label"
        return "! There are warnings below; nothing is sent before they are accepted", "warning"

    def body(self, width: int) -> Sequence[Line]:
        """What stands against it, the orders one by one, and the JSON."""
        lines: list[Line] = []
        for mark, role, told in (("✗", "bad", self._check.refusals), ("!", "warning", self._check.warnings)):
            for words in told:
                lines += hanging((f" {mark} ", role), words, width, role)
        if lines:
            lines.append([])
        lines.append(heading())
        for line in self._ticket.lines:
            lines += order_lines(line, self._zone, width)
            if line.key in self._news:
                lines += hanging(("       ", "text"), f"meanwhile {self._news[line.key]}", width, "alarm")
        if self._has_json:
            lines += [[], [(" The body of the request", "label")], *json_lines(self._ticket, width)]
        return lines


def _options_words(options: WriteOptions) -> str:
    """The options that are set; that failed orders are told is how the desk always asks."""
    default = WriteOptions()
    told = []
    for name, option in OPTIONS.items():
        value = getattr(options, name)
        if value != getattr(default, name):
            text = {True: "yes", False: "no", None: "left to the server"}.get(value, value)
            told.append(f"{option.label} {text}")
    return f"Options: {', '.join(told)}" if told else ""

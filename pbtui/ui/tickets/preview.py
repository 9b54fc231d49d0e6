"""Preview of a ticket, order by order, before it is sent."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from pbtui.api.models import Order
from pbtui.api.reads.contracts import ContractItem
from pbtui.api.requests import OrderModifyItem
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import OPTIONS
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.limits import LimitCheck
from pbtui.desk.market.queue import loses_place
from pbtui.desk.tickets.describe import change_named
from pbtui.desk.tickets.exposure import exposure_of, totals, with_delivery
from pbtui.desk.tickets.ticket import Action, Ticket, WriteOptions
from pbtui.ui.dialogs.command_prompt import CommandPrompt
from pbtui.ui.dialogs.prompt import Venue, alone
from pbtui.ui.dialogs.read_first_prompt import ReadFirstPrompt
from pbtui.ui.dialogs.reading_progress import Block, Passage, passages_of
from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from pbtui.ui.forms.left_out import LeftOut
from pbtui.ui.order.ticket_lines import SIDE_ROLES, energy_text, hanging, heading, json_lines, term_lines, wish_lines
from pbtui.ui.terminal.capability import is_below_usual
from pbtui.ui.widgets.lines import Line, Piece

_WHAT = {
    Action.ADD: ("Enter {}", "title"),
    Action.MODIFY: ("Change {}", "title"),
    Action.ACTIVATE: ("Activate {}: enter the market", "title"),
    Action.DEACTIVATE: ("Deactivate {}: withdraw from the market; can be activated again", "title"),
    Action.DELETE: ("Delete {}: cannot be undone", "alarm"),
}

_READ_FIRST = 5
"""The orders, or warnings, of a list that must be read in a terminal below the usual size: as many as that shows."""


class TicketPreview(ReadFirstPrompt[bool], CommandPrompt):
    """Returns True if the trader sends it. Warnings must be accepted with a separate key first; refusals cannot be.

    What adds risk is sent only after the terms of the order have been on the screen, and those of the first orders of a
    list in a terminal below the usual size. What withdraws never waits for that.

    `unguarded` is the number of orders that are sent at any net position, although the profile guards it. `undoes` is
    the ticket that this one takes back. `orders` are the listed orders: a new order that names its contract by id or
    name gets its delivery from one of them. `command` returns the command line that does the same, empty if there is
    none.
    """

    zone: ZoneInfo

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("exclamation_mark", "accept", "Accept warnings", id="preview.accept"),
        Binding("y", "send", "Send", id="preview.send"),
        Binding("y", "delete", "Delete", id="preview.send"),
        Binding("y", "say_unread('sent')", show=False, id="preview.send"),
        Binding("exclamation_mark", "say_unread('accepted')", show=False, id="preview.accept"),
        Binding("J", "show_json", "JSON", id="preview.json"),
        Binding("C", "copy_command", "Copy as command", show=False, id="preview.command"),
    ]

    SENDING: ClassVar[frozenset[str]] = frozenset({"send", "delete", "accept"})

    def __init__(
        self,
        venue: Venue,
        ticket: Ticket,
        check: LimitCheck,
        zone: ZoneInfo,
        *,
        command: Callable[[], str] = str,
        unguarded: int = 0,
        undoes: Ticket | None = None,
        left_out: LeftOut | None = None,
        orders: Sequence[Order] = (),
        contracts: Sequence[ContractItem] = (),
    ) -> None:
        super().__init__(venue)
        self._unguarded = unguarded
        self._ticket = ticket
        self._check = check
        self.zone = zone
        self._undoes = undoes
        self._left_out = left_out or LeftOut()
        self._news: dict[str, str] = {}
        self._editors = ""
        self._is_accepted = False
        self._has_json = len(ticket.lines) == 1
        self._make_command = command
        self._shown = ticket.with_lines([with_delivery(line, orders, contracts) for line in ticket.lines])

    def follow(self, key: str, what: str) -> None:
        """Show that the order with this key changed or left the market; keys are blocked again for a moment."""
        if key in (line.order_key for line in self._ticket.lines):
            self._news[key] = what
            self._begin_rest()
            self.redraw()

    def name_editors(self, words: str) -> None:
        """Show in the head who else has orders of the ticket open in a form."""
        self._editors = words
        self.redraw()

    # ------------------------------------------------------------ keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether the key has an effect now."""
        if action in ("send", "delete"):
            is_meant = (action == "delete") == (self._ticket.action is Action.DELETE)
            return is_meant and not self._check.refusals and not self._has_open_warnings and not self.is_unread
        if action == "accept":
            return not self._check.refusals and self._has_open_warnings and not self.is_unread
        if action == "say_unread":
            is_accepting = parameters == ("accepted",)
            return not self._check.refusals and self._has_open_warnings == is_accepting and self.is_unread
        if action == "show_json":
            return len(self._ticket.lines) > 1
        return super().check_action(action, parameters)

    @alone
    def action_send(self) -> None:
        """Send the ticket."""
        self.dismiss(True)

    @alone
    def action_delete(self) -> None:
        """Send the deletion; its key has its own label."""
        self.dismiss(True)

    @alone
    def action_accept(self) -> None:
        """Accept the warnings; the key that sends is blocked again for a moment."""
        self._is_accepted = True
        self._begin_rest()
        self.redraw()

    def action_say_unread(self, what: str) -> None:
        """Say what must be read before the key sends or accepts."""
        self.show_note(f"Not {what}: {self.why_unread}")

    def action_show_json(self) -> None:
        """Show or hide the JSON of several orders."""
        self._has_json = not self._has_json
        self.redraw()

    def command(self) -> str:
        """Return the command line that sends the same ticket."""
        return self._make_command()

    # ------------------------------------------------------------ what must be read

    @property
    def _has_open_warnings(self) -> bool:
        return bool(self._check.warnings) and not self._is_accepted

    @property
    def must_be_read(self) -> bool:
        """Return whether it adds risk, so that it waits; a refused ticket can't be sent anyway."""
        return self._ticket.action.increases_risk and not self._check.refusals

    def passages(self, width: int) -> Sequence[Passage]:
        """The warnings that are still to be accepted, else the orders: the first, or the first few."""
        most = _READ_FIRST if is_below_usual(self.app.size) else 1
        if self._has_open_warnings:
            return passages_of(self._blocks(width), "warning", most, alone="the warning")
        return passages_of(self._blocks(width), "order", most, alone="the order")

    # ------------------------------------------------------------ texts

    def head(self) -> Sequence[Piece]:
        """Return what happens to how many orders, the totals, and the result of the checks."""
        count = len(self._ticket.lines)
        new = "new " if self._ticket.action is Action.ADD else ""
        what, role = _WHAT[self._ticket.action]
        return [
            (what.format(f"{count} {new}{'order' if count == 1 else 'orders'}"), role),
            (f"Undo of {change_named(self._undoes, self.zone)}" if self._undoes else "", "staged"),
            *side_totals(self._shown),
            (_options_words(self._ticket.options), "label"),
            *self._left_out.heads(),
            (_queue_words(self._ticket), "label"),
            (f"Sent at any net position: {self._unguarded} of {count}" if self._unguarded else "", "warning"),
            (f"Changed or left since you saw them: {len(self._news)}, see below" if self._news else "", "alarm"),
            (self._editors, "staged"),
            self._judgement(),
        ]

    def _judgement(self) -> Piece:
        if self._check.refusals:
            return "✗ The limits refuse this, it can't be sent; see the reasons below", "bad"
        if not self._check.warnings:
            return "", "text"
        if self._is_accepted:
            return "! Warnings accepted", "label"
        return "! There are warnings below; accept them before you send", "warning"

    def body(self, width: int) -> Sequence[Line]:
        """Return refusals and warnings, the orders one by one, and the JSON."""
        lines = [line for block in self._blocks(width) for line in block.lines]
        if self._has_json:
            lines += [[], [(" Request body", "label")], *json_lines(self._ticket, width)]
        return [*lines, *self.command_lines(width)]

    def _blocks(self, width: int) -> Iterator[Block]:
        marks = (
            ("refusal", "✗", "bad", self._check.refusals),
            ("warning", "!", "warning", self._check.warnings),
            ("left out", "–", "warning", [f"left out: {words}" for words in self._left_out.why_not]),
        )
        for kind, mark, role, sentences in marks:
            for words in sentences:
                yield Block(kind, list(hanging((f" {mark} ", role), in_zone(words, self.zone), width, role)))
        if self._check.refusals or self._check.warnings or self._left_out.why_not:
            yield Block("gap", [[]])
        yield Block("heading", list(heading(width)))
        for line in self._shown.lines:
            terms, lines = list(term_lines(line, self.zone, width)), list(wish_lines(line, self.zone, width))
            if line.order_key in self._news:
                lines += hanging(("       ", "text"), f"meanwhile {self._news[line.order_key]}", width, "alarm")
            yield Block("order", [*terms, *lines], len(terms))


def side_totals(ticket: Ticket) -> Iterator[Piece]:
    """Yield the number of MW, the energy and the notional of each side."""
    for side, total in totals(exposure_of(line) for line in ticket.lines).items():
        words = f"{side_word(side):<6} {quantity_text(total.quantity_mw):>6} MW"
        if total.without_notional < total.orders:
            words += f" {energy_text(total.energy_mwh):>8} MWh   notional {price_text(total.notional):>10}"
        if total.without_notional:
            words += f"   MWh and notional unknown for {total.without_notional} of {total.orders}"
        yield words, SIDE_ROLES.get(side, "text")


def _queue_words(ticket: Ticket) -> str:
    """Return how many orders lose their place in the queue."""
    changes = [(line.base, line.request.changes) for line in ticket.lines if isinstance(line.request, OrderModifyItem)]
    lost = sum(base is not None and loses_place(base, each.price, each.quantity) for base, each in changes)
    if not lost:
        return ""
    count = len(ticket.lines)
    return "Loses its place in the queue" if count == 1 else f"Lose their place in the queue: {lost} of {count}"


def count_prompt(venue: Venue, ticket: Ticket, reason: str) -> TypedPrompt:
    """A prompt that asks for the number of orders of a large batch, and names what it takes or enters."""
    count = str(len(ticket.lines))
    what, _ = _WHAT[ticket.action]
    about = [(f"{reason}.", "warning"), *side_totals(ticket)]
    title, adds_risk = what.format(f"{count} orders"), ticket.action.increases_risk
    return TypedPrompt(venue, title, about, count, by_enter=True, purpose="and press enter", adds_risk=adds_risk)


def _options_words(options: WriteOptions) -> str:
    """Return the options that differ from the desk's defaults."""
    default = WriteOptions()
    set_options = []
    for name, option in OPTIONS.items():
        value = getattr(options, name)
        if value != getattr(default, name):
            text = {True: "yes", False: "no", None: "server default"}.get(value, value)
            set_options.append(f"{option.label} {text}")
    return f"Options: {', '.join(set_options)}" if set_options else ""

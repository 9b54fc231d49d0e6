"""The form for one change of many orders; it shows the result for each order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from pbtui.api.models import Order
from pbtui.api.requests import OrderModify
from pbtui.api.structs import replace
from pbtui.desk.drafts.bulk import BULK_FIELDS, BulkChange, apply, parse_bulk, percent_words, sign_words
from pbtui.desk.drafts.draft import NO_CHANGE
from pbtui.desk.drafts.field_text import text_of
from pbtui.desk.drafts.step import STEPPED, How, Step
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.tickets.ticket import change_line
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.forms.field_row import PROBLEM, FieldLines, FieldRow, Note
from pbtui.ui.forms.left_out import LeftOut
from pbtui.ui.forms.order_form import OrderForm, section
from pbtui.ui.order.ticket_lines import SIDE_ROLES, change_words, hanging
from pbtui.ui.widgets.folded_lines import FoldedLines
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.lines import Line, Piece


@dataclass(frozen=True)
class BulkDraft:
    """Result of the form: each order with its change, and the texts of the fields, to open the form again with them."""

    changes: tuple[tuple[Order, OrderModify], ...]
    texts: Mapping[str, str]


class BulkForm(OrderForm[BulkDraft]):
    """Returns a change for each order that can be changed. It lists the other orders with the reason and skips them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown", "page(1)", "Orders", show=False, priority=True, id="bulk.page_down"),
        Binding("pageup", "page(-1)", "Orders", show=False, priority=True, id="bulk.page_up"),
    ]

    def __init__(
        self,
        venue: Venue,
        zone: ZoneInfo,
        orders: Sequence[Order],
        left_out: LeftOut,
        *,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        first = texts or {}
        super().__init__(
            venue,
            zone,
            [FieldRow(replace(FIELDS[name], help=FIELDS[name].bulk_help), first.get(name, "")) for name in BULK_FIELDS],
        )
        self._orders = tuple(orders)
        self._left_out = left_out
        self._change: BulkChange | None = None
        self._applied: dict[str, OrderModify | str] = {}
        self._news: dict[str, str] = {}
        self._list = FoldedLines(self._fold_orders, classes="orders")

    def follow(self, key: str, what: str) -> None:
        """Show what happened to an order meanwhile. The change still applies to the revision that the trader saw."""
        if key in (order.key for order in self._orders):
            self._news[key] = what
            if self.is_mounted:
                self.check()

    # ------------------------------------------------------------ what is typed

    def read(self) -> None:
        """Read the change and apply it to each order."""
        reading = parse_bulk(self.texts(), self.zone, self.venue.now(), self.typed_at())
        self._change, self.problems = reading.change, reading.problems
        self.values = {name: getattr(reading.change, name) for name in BULK_FIELDS} if reading.change else {}
        self._applied = {
            order.key: apply(reading.change, order) for order in self._orders if reading.change is not None
        }

    def check(self) -> None:
        """Update the fields and the list of orders."""
        super().check()
        self._list.refold(self._fold_orders)

    def result(self) -> BulkDraft | None:
        """Return the changes; None if there is none."""
        changes = self._changes()
        return BulkDraft(changes, self.dated_texts()) if changes else None

    def _changes(self) -> tuple[tuple[Order, OrderModify], ...]:
        made = ((order, self._applied.get(order.key)) for order in self._orders)
        return tuple((order, changes) for order, changes in made if isinstance(changes, OrderModify))

    # ------------------------------------------------------------ what it looks like

    def fields(self) -> ComposeResult:
        """Return the fields and the list of orders."""
        yield FieldLines(self.rows.values())
        up, down = key_of(self, "bulk.page_up"), key_of(self, "bulk.page_down")
        yield section(f"orders; {up} and {down} scroll")
        yield self._list

    def head(self) -> Sequence[Piece]:
        """Return the number of orders, of those left out, and of those changed meanwhile."""
        count = len(self._orders)
        return [
            (f"Change {count} {'order' if count == 1 else 'orders'}", "title"),
            *self._left_out.heads(),
            (
                f"Orders that changed since you saw them: {len(self._news)}, see below" if self._news else "",
                "alarm",
            ),
        ]

    def verdict(self) -> Sequence[Piece]:
        """Return how many orders are changed and how many are left out."""
        if self._change is None:
            return [(self.problems.get(NO_CHANGE, ""), "warning" if self.was_tried else "dim")]
        changed, count = len(self._changes()), len(self._orders)
        flips = sum(bool(self._flips(order)) for order in self._orders)
        directions = percent_words(self._change, self._changes())
        steps = (self._change.price, self._change.quantity)
        has_percent = any(step is not None and step.how is How.PERCENT for step in steps)
        return [
            (f"{PROBLEM} Left out for the reasons above: {count - changed}" if changed < count else "", "bad"),
            (f"{changed} of {count} orders will be changed", "text"),
            (f"! Prices that become zero or change sign: {flips}" if flips else "", "warning"),
            (f"! {directions}" if directions else "", "warning"),
            ("Percentages are rounded to the nearest tick, halves to the even one" if has_percent else "", "label"),
        ]

    def remark(self, name: str) -> Note | None:
        """Return the effect of a typed step."""
        step = self.values.get(name)
        if not isinstance(step, Step):
            return None
        text = text_of(name, step.number, self.zone)
        return Note(
            {
                How.SET: f"sets each to {text}",
                How.ADD: f"changes each by {text}",
                How.PERCENT: f"{step.number:f} %, rounded to {STEPPED[name].tick:f}",
            }[step.how],
            "label",
        )

    def action_page(self, direction: int) -> None:
        """Scroll the orders by a page; the cursor stays in its field."""
        self._list.action_page(direction)

    def _fold_orders(self, width: int) -> Sequence[Line]:
        return [line for order in sorted(self._orders, key=self._rank) for line in self._order_lines(order, width)]

    def _rank(self, order: Order) -> int:
        """Return the rank of an order: orders left out come first, then those with a warning."""
        return 0 if isinstance(self._applied.get(order.key), str) else 1 if self._flips(order) else 2

    def _order_lines(self, order: Order, width: int) -> Iterator[Line]:
        delivery = delivery_text(order.delivery_start, order.delivery_end, self.zone)
        place: Piece = (f"{delivery or order.contract_name or '':<18}  {order.order_id or order.key}  ", "label")
        side: Piece = (f" {side_word(order.side):<6} ", SIDE_ROLES.get(order.side, "text"))
        changes = self._applied.get(order.key)
        if isinstance(changes, OrderModify):
            words, role = change_words(change_line(order, changes), self.zone), "text"
        elif changes is not None:
            words, role = f"{PROBLEM} left out: {changes}", "bad"
        else:
            price = "no price" if order.price is None else price_text(order.price)
            words, role = f"{price}, {quantity_text(order.open_quantity_mw)} MW", "dim"
        first, *rest = hanging(place, words, max(width - len(side[0]), 1), role)
        indent: Piece = (" " * len(side[0]), "text")
        yield [side, *first]
        yield from ([indent, *line] for line in rest)
        notes = [(f"! {words}", "warning") for words in self._flips(order)]
        if order.key in self._news:
            notes.append((f"meanwhile {self._news[order.key]}", "alarm"))
        for note, note_role in notes:
            yield from hanging(indent, note, width, note_role)

    def _flips(self, order: Order) -> Sequence[str]:
        changes = self._applied.get(order.key)
        return sign_words(order, changes) if isinstance(changes, OrderModify) else ()

"""The form for one new order typed as a line. It shows the order that the line means, while it is typed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Input

from pbtui.api.requests import OrderEntry
from pbtui.desk.drafts.draft import EntryReading, first_texts, read_entry
from pbtui.desk.drafts.entry_line import EntryLine, completed, read_line
from pbtui.desk.drafts.field_text import is_given, option_texts, read_options, text_of
from pbtui.desk.drafts.line_completion import Completion, completion_of
from pbtui.desk.drafts.line_delivery import long_words
from pbtui.desk.drafts.line_faults import Fault, faults_of
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.desk.drafts.position import asks_position, with_any_position
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import FIELDS, OPTIONS, TEXT, Field
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.limits import LimitCheck
from pbtui.desk.tickets.exposure import exposure_of
from pbtui.desk.tickets.ticket import TicketLine, WriteOptions
from pbtui.ui.dialogs.prompt import Prompt, Venue, deliberate
from pbtui.ui.forms.entry_drafts import AsForm, EntryDraft, KeptLine
from pbtui.ui.forms.field_row import FieldInput
from pbtui.ui.forms.line.book_watch import BookWatch, ReadBook
from pbtui.ui.forms.line.input import LineInput
from pbtui.ui.forms.order_form import verdict_of
from pbtui.ui.order.ticket_lines import SIDE_ROLES
from pbtui.ui.widgets.folded_lines import FoldedLines, sentences
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.lines import Piece

_LINE = Field("line", "order", TEXT, "buy 5 @ 62.5 14:15 amp de1")
_HELP = (
    "buy 5 @ 62.5 14:15 amp de1, in any sequence. Delivery: 14:15 (a quarter-hour), 17-18, h18, h18q2, tomorrow. "
    "Also ioc, fok, gtd 13:50, iceberg 2, deactivated, #text"
)
_MISSING = "is missing"
_MAIN = ("side", "quantity", "price", "contract_id", "contract_name", "dlvry_start", "dlvry_end")
_PLACE = ("delivery_area", "portfolio_id")
_ALL_FIELDS: Mapping[str, Field] = {**FIELDS, **OPTIONS}


class LineForm(Prompt[EntryDraft | AsForm]):
    """Returns the order that the line means, or its texts for the entry form.

    `known` are the names that need no word before them. `defaults` returns the texts of what a new line does not name,
    in a zone; a line that was kept has those with which it was typed. `kept` is the line that the form begins with, in
    the zone in which it was typed: another zone would make another delivery of it. `keep` gets it at every change, so
    that it is not lost. An emptied line begins anew, in `zone` and without the texts that no line can say. An order
    that guards the position needs the entry form, which reads the position. A time without a day is the next one after
    the last change of the line, also when it is sent later. `read_book` reads the order book.
    """

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = (FieldInput,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+s", "submit", "Preview", priority=True, id="line.submit"),
        Binding("tab", "complete", "Complete", show=False, priority=True, id="line.complete"),
        Binding("ctrl+r", "unfold", "All fields", priority=True, id="line.unfold"),
    ]

    zone: ZoneInfo
    head_lines = query_one(".head", FoldedLines)

    def __init__(
        self,
        venue: Venue,
        zone: ZoneInfo,
        *,
        known: KnownNames,
        kept: KeptLine,
        defaults: Callable[[ZoneInfo], Mapping[str, str]],
        guards_position: bool,
        read_book: ReadBook,
        check: Callable[[Sequence[OrderEntry]], LimitCheck],
        keep: Callable[[KeptLine], None],
    ) -> None:
        super().__init__(venue)
        self.zone = kept.zone or zone
        self._zone_of_new = zone
        self._first = first_texts(venue.environment)
        self._guards_position = guards_position
        self._known = known
        self._defaults_in = defaults
        self._check = check
        self._keep = keep
        self._kept = kept
        self._was_kept = bool(kept.line)
        self._input = LineInput(_LINE, kept.line)
        self._was_tried = False
        self._completion: Completion | None = None
        self._book = BookWatch(read_book, partial(self.run_worker, group="book", exclusive=True), self._show)
        self._read()

    def content(self) -> ComposeResult:
        """Return the order that is meant, the line, and what is wrong with it."""
        yield FoldedLines(self._fold_head, classes="head")
        yield self._input
        yield FoldedLines(self._fold_problems, classes="about")

    def on_mount(self) -> None:
        """Put the cursor behind the line."""
        self._input.focus()
        self._input.cursor_position = len(self._input.value)
        self._show()

    # ------------------------------------------------------------ what is typed

    def _read(self) -> None:
        self._line: EntryLine = read_line(self._kept.line, self.zone, self._kept.typed_at, self._known)
        said = {**self._kept.unsaid, **self._line.texts}
        self._texts = {**self._first, **option_texts(WriteOptions()), **completed(said, self._line_defaults)}
        self._options = read_options(self._texts)
        order = {name: text for name, text in with_any_position(self._texts).items() if name not in OPTIONS}
        typed_at = dict.fromkeys(order, self._kept.typed_at)
        self._order: EntryReading = read_entry(order, self.zone, self.venue.now(), typed_at)
        self._problems = {**self._order.problems, **self._options.problems}
        self._entry = self._order.entry if not self._line.problems else None
        self._limits = LimitCheck() if self._entry is None else self._check([self._entry])
        area = self._order.values.get("delivery_area", "")
        self._completion = completion_of(self._kept.line, self.zone, self._kept.typed_at, self._known, area)

    @property
    def _line_defaults(self) -> Mapping[str, str]:
        """Texts of what the line does not name: the same as when it was typed, wherever the cursor is now."""
        return self._defaults_in(self.zone) if self._kept.defaults is None else self._kept.defaults

    def _dated_texts(self) -> dict[str, str]:
        dates = {name: value for name, value in self._order.values.items() if isinstance(value, datetime)}
        return {**self._texts, **{name: text_of(name, value, self.zone) for name, value in dates.items()}}

    @property
    def _needs_the_form(self) -> bool:
        return self._guards_position or asks_position(self._texts)

    @on(Input.Changed)
    def _follow(self) -> None:
        line = self._input.value
        if line == self._kept.line:
            return
        self._was_tried = self._was_kept = False
        now = self.venue.now()
        begun = KeptLine(line, unsaid=self._kept.unsaid, defaults=self._line_defaults, zone=self.zone, typed_at=now)
        self._kept = begun if is_given(line) else KeptLine(line, typed_at=now)
        if self._kept.zone is None:
            self.show_in(self._zone_of_new)
        self._keep(self._kept)
        self._show()

    def _show(self) -> None:
        if not self.query(".head"):  # the form is being closed, and a book was read
            return
        self._read()
        faults = self._faults()
        self._input.mark(self._kept.line, [fault.at for fault in faults if fault.at is not None])
        ids, area = self._contract_ids(), self._order.values.get("delivery_area")
        self._book.follow((ids[0], area) if area and len(ids) == 1 else None)
        self.head_lines.refold(self._fold_head)
        self.query_one(".about", FoldedLines).refold(self._fold_problems)

    @deliberate
    def action_submit(self) -> None:
        """Return the order, or show what is wrong."""
        self._was_tried = True
        self._show()
        if self._entry is None or self._options.options is None or self._limits.refusals:
            return
        if self._needs_the_form:
            self.action_unfold()
        else:
            self.dismiss(EntryDraft((self._entry,), self._options.options, self._dated_texts()))

    def action_complete(self) -> None:
        """Take the proposal that is shown, if the cursor is at the end of the line that it is for."""
        proposed, is_at_end = self._proposed, self._input.cursor_at_end
        if proposed is not None and is_at_end and self._input.value == self._kept.line:
            self._input.value = proposed.line
            self._input.cursor_position = len(self._input.value)

    @property
    def _proposed(self) -> Completion | None:
        """The proposal that is shown: none after a try to send the line, as what is wrong is shown then."""
        return None if self._was_tried else self._completion

    def action_unfold(self) -> None:
        """Return the texts, to open the entry form with them."""
        self.dismiss(AsForm(self._dated_texts()))

    # ------------------------------------------------------------ what is shown

    def _fold_head(self, width: int) -> Sequence[Sequence[Piece]]:
        return [[(" New order", "title")], *_wrapped(self._meaning(), width), *sentences(*self._below())(width)]

    def _meaning(self) -> Iterator[Piece]:
        values = self._order.values
        side = values.get("side")
        yield (side_word(side), SIDE_ROLES.get(side, "text")) if side else ("side ?", "bad")
        yield from self._value("quantity", lambda value: f"  {quantity_text(value)} MW")
        yield from self._value("price", lambda value: f"  at {price_text(value)} per MWh")
        yield self._contract()
        yield from self._value("delivery_area", lambda value: f"  {area_name(value)}")
        yield from self._value("portfolio_id", lambda value: f"  {value}")
        yield self._notional(), "label"

    def _value(self, name: str, text: Callable[..., str]) -> Iterator[Piece]:
        is_known = name in self._order.values
        yield (text(self._order.values[name]), "text") if is_known else (f"  {FIELDS[name].label} ?", "bad")

    def _contract(self) -> Piece:
        start, end = self._delivery()
        if start is not None:
            return f"  {delivery_text(start, end, self.zone)} ({self.zone.key})", "text"
        named = self._named_contract()
        return ("  delivery ?", "bad") if named is None else (f"  contract {named}", "text")

    def _named_contract(self) -> str | None:
        return self._order.values.get("contract_name") or self._order.values.get("contract_id")

    def _delivery(self) -> tuple[datetime | None, datetime | None]:
        """Start and end of the delivery, that of the contract if the order names one that is known."""
        values = self._order.values
        known = self._known.contract(values.get("contract_id"), values.get("contract_name"))
        if known is None:
            return values.get("dlvry_start"), values.get("dlvry_end")
        return known.delivery_start, known.delivery_end

    def _notional(self) -> str:
        if self._entry is None:
            return ""
        delivery = dict(zip(("dlvry_start", "dlvry_end"), self._delivery(), strict=True))
        notional = exposure_of(TicketLine("", self._entry.model_copy(update=delivery))).notional
        return "" if notional is None else f"  notional {notional:.2f}"

    def _contract_ids(self) -> Sequence[str]:
        """The ids of the contracts that the order can mean; none without an area."""
        values = self._order.values
        area, contract_id, start = (values.get(name) for name in ("delivery_area", "contract_id", "dlvry_start"))
        if area is None or not (contract_id or start):
            return ()
        return self._known.traded_in(contract_id, start, values.get("dlvry_end"), area)

    def _contract_words(self) -> Piece:
        """A word on a delivery that no contract has, or several."""
        values, ids = self._order.values, self._contract_ids()
        if "dlvry_end" not in values or "delivery_area" not in values or not self._known.contracts or len(ids) == 1:
            return "", "label"
        if not ids and self._entry is not None:
            return "", "label"  # a warning of the limits says it
        if not ids:
            return "No contract that trades in this area is known for this delivery", "warning"
        return f"Several contracts have this delivery: {', '.join(ids)}. To choose, write contract {ids[0]}", "warning"

    def _below(self) -> Iterator[Piece]:
        unsaid = self._kept.unsaid
        others = {name: value for name, value in self._order.values.items() if name not in (*_MAIN, *_PLACE, *unsaid)}
        words = [FIELDS[name].labelled(text_of(name, value, self.zone)) for name, value in others.items()]
        yield ", ".join(words), "text"
        yield "; ".join(f"{name} = {line}" for name, line in self._line.presets.items()), "label"
        yield self._book.words(self._order.values.get("side"), self._order.values.get("price"))
        yield self._contract_words()
        yield long_words(*self._delivery(), self.zone), "warning"
        from_form = [f"{_ALL_FIELDS[name].label} {text}" for name, text in unsaid.items()]
        yield f"Kept from the form, a line has no words for it: {', '.join(from_form)}" if from_form else "", "text"
        known = self._line.texts.keys() | unsaid.keys()
        defaults = self._line_defaults
        taken = [FIELDS[name].label for name in self._texts if name in defaults and name not in known]
        is_older = defaults != self._defaults_in(self.zone)
        where = "kept from before, not from the order" if is_older else "from the order"
        named = ", ".join(label for label in taken if label != FIELDS["dlvry_end"].label)
        yield f"Not named in the line, {where} under the cursor or the profile: {named}" if named else "", "label"
        if self._needs_the_form:
            submit = key_of(self, "line.submit")
            yield f"The position is guarded: {submit} opens the form, which reads it", "label"
        if self.zone != self._zone_of_new:
            yield f"Kept from before: read in {self.zone.key}, in which it was typed", "warning"
        if self._was_kept:
            yield "ctrl+u empties the line and begins anew", "label"

    def _faults(self) -> Sequence[Fault]:
        """The faults of the line; without those of its last word while a proposal for it is shown."""
        found = faults_of(self._line, self._problems)
        ends_at = len(self._kept.line)
        return [fault for fault in found if self._proposed is None or fault.at is None or fault.at[1] < ends_at]

    def _fold_problems(self, width: int) -> Sequence[Sequence[Piece]]:
        proposed = self._proposed
        wrong = [fault.reason for fault in self._faults()]
        for name, reason in self._problems.items():
            if name not in self._line.spans and (self._was_tried or not reason.startswith(_MISSING)):
                wrong.append(f"{_ALL_FIELDS[name].label} {reason}")
        shown = verdict_of((*wrong, *self._limits.refusals), self._limits.warnings)
        delivery = f" ({proposed.note})" if proposed and proposed.note else ""
        next_word = f"→ {proposed.word}{delivery}: {key_of(self, 'line.complete')} takes it" if proposed else ""
        return sentences((next_word, "key"), *shown, (_HELP, "label"))(width)


def _wrapped(pieces: Iterable[Piece], width: int) -> Sequence[Sequence[Piece]]:
    """Return the pieces on as many lines as they need, so that none is cut on a narrow screen."""
    lines: list[list[Piece]] = [[(" ", "text")]]
    for piece in pieces:
        used = sum(cell_len(text) for text, _ in lines[-1])
        if used + cell_len(piece[0]) > width and len(lines[-1]) > 1:
            lines.append([(" ", "text")])
        lines[-1].append(piece)
    return lines

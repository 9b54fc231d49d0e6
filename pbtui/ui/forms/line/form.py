"""The form for one new order typed as a line. It shows the order that the line means, while it is typed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from pbtui.desk.drafts.draft import first_texts
from pbtui.desk.drafts.field_text import is_given, text_of
from pbtui.desk.drafts.line_completion import Completion, completion_of
from pbtui.desk.drafts.line_delivery import long_words
from pbtui.desk.drafts.line_faults import Fault, faults_of
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.desk.drafts.position import asks_position
from pbtui.desk.formats.order_fields import FIELDS, OPTIONS, TEXT, Field
from pbtui.desk.limits import LimitCheck
from pbtui.ui.dialogs.prompt import Prompt, Venue, deliberate
from pbtui.ui.forms.entry_drafts import AsForm, EntryDraft, KeptLine
from pbtui.ui.forms.field_row import FieldInput
from pbtui.ui.forms.line.book_watch import BookWatch, ReadBook
from pbtui.ui.forms.line.input import LineInput
from pbtui.ui.forms.line.meaning import meaning_of
from pbtui.ui.forms.order_form import verdict_of
from pbtui.ui.widgets.folded_lines import Fold, FoldedLines, sentences
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.lines import Line, Piece
from pbtui.ui.widgets.news_line import NewsLine

_LINE = Field("line", "order", TEXT, "buy 5 @ 62.5 14:15 amp de1")
_HELP = (
    "buy 5 @ 62.5 14:15 amp de1, in any sequence. Delivery: 14:15 (a quarter-hour), 17-18, h18, h18q2, tomorrow. "
    "Also ioc, fok, gtd 13:50, iceberg 2, deactivated, #text"
)
_MISSING = "is missing"
_MORE = (" …", "label")
_ROWS_AROUND = 6
"""The rows of the terminal that show neither the order nor the problems: status, message, frame, line and key hints."""
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
        first, defaults = self._first, self._line_defaults
        self._meant = meaning_of(self._kept, self.zone, self._known, first, defaults, self.venue.now())
        entry = self._meant.entry
        self._limits = LimitCheck() if entry is None else self._check([entry])
        area = self._meant.values.get("delivery_area", "")
        self._completion = completion_of(self._kept.line, self.zone, self._kept.typed_at, self._known, area)

    @property
    def _line_defaults(self) -> Mapping[str, str]:
        """Texts of what the line does not name: the same as when it was typed, wherever the cursor is now."""
        return self._defaults_in(self.zone) if self._kept.defaults is None else self._kept.defaults

    @property
    def _needs_the_form(self) -> bool:
        return self._guards_position or asks_position(self._meant.texts)

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

    @on(NewsLine.Toggled)
    def _show(self) -> None:
        if not self.query(".head"):  # the form is being closed, and a book was read
            return
        self._read()
        faults = self._faults()
        self._input.mark(self._kept.line, [fault.at for fault in faults if fault.at is not None])
        ids, area = self._meant.contract_ids, self._meant.values.get("delivery_area")
        self._book.follow((ids[0], area) if area and len(ids) == 1 else None)
        self.head_lines.refold(self._fold_head)
        self.query_one(".about", FoldedLines).refold(self._fold_problems)

    @deliberate
    def action_submit(self) -> None:
        """Return the order, or show what is wrong."""
        self._was_tried = True
        self._show()
        entry, options = self._meant.entry, self._meant.options.options
        if entry is None or options is None or self._limits.refusals:
            return
        if self._needs_the_form:
            self.action_unfold()
        else:
            self.dismiss(EntryDraft((entry,), options, self._meant.dated_texts))

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
        self.dismiss(AsForm(self._meant.dated_texts))

    # ------------------------------------------------------------ what is shown

    @property
    def _rows(self) -> int:
        """The rows for the order and the problems: the line, the news and the key hints below them are never cut."""
        return self.app.size.height - _ROWS_AROUND - sum(line.display for line in self.query(NewsLine))

    def _fold_head(self, width: int) -> Sequence[Line]:
        rows = self._rows - len(self._fold_problems(width))
        order = self._order_lines(width)
        titled = [[(" New order", "title")], *order]
        return titled if len(titled) <= rows else _cut(self._order_lines, rows, width)

    def _order_lines(self, width: int) -> Sequence[Line]:
        return [*_wrapped(self._meant.words(), width), *sentences(*self._below())(width)]

    def _below(self) -> Iterator[Piece]:
        unsaid, meant = self._kept.unsaid, self._meant
        others = {name: value for name, value in meant.values.items() if name not in (*_MAIN, *_PLACE, *unsaid)}
        words = [FIELDS[name].labelled(text_of(name, value, self.zone)) for name, value in others.items()]
        yield ", ".join(words), "text"
        yield "; ".join(f"{name} = {line}" for name, line in meant.line.presets.items()), "label"
        yield self._book.words(meant.values.get("side"), meant.values.get("price"))
        yield meant.contract_words()
        yield long_words(*meant.delivery, self.zone), "warning"
        from_form = [f"{_ALL_FIELDS[name].label} {text}" for name, text in unsaid.items()]
        yield f"Kept from the form, a line has no words for it: {', '.join(from_form)}" if from_form else "", "text"
        known = meant.line.texts.keys() | unsaid.keys()
        defaults = self._line_defaults
        taken = [FIELDS[name].label for name in meant.texts if name in defaults and name not in known]
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
        found = faults_of(self._meant.line, self._meant.problems)
        ends_at = len(self._kept.line)
        return [fault for fault in found if self._proposed is None or fault.at is None or fault.at[1] < ends_at]

    def _fold_problems(self, width: int) -> Sequence[Line]:
        proposed = self._proposed
        wrong = [fault.reason for fault in self._faults()]
        for name, reason in self._meant.problems.items():
            if name not in self._meant.line.spans and (self._was_tried or not reason.startswith(_MISSING)):
                wrong.append(f"{_ALL_FIELDS[name].label} {reason}")
        shown = verdict_of((*wrong, *self._limits.refusals), self._limits.warnings)
        delivery = f" ({proposed.note})" if proposed and proposed.note else ""
        next_word = f"→ {proposed.word}{delivery}: {key_of(self, 'line.complete')} takes it" if proposed else ""
        return _cut(sentences((next_word, "key"), *shown, (_HELP, "label")), self._rows // 2, width)


def _cut(fold: Fold, rows: int, width: int) -> Sequence[Line]:
    """Return as many lines as there are rows. The last one says that there are more."""
    lines = fold(width)
    if len(lines) <= rows:
        return lines
    *before, last = fold(width - cell_len(_MORE[0]))[: max(rows, 0)] or [[]]
    return [*before, [*last, _MORE]] if rows > 0 else []


def _wrapped(pieces: Iterable[Piece], width: int) -> Sequence[Line]:
    """Return the pieces on as many lines as they need, so that none is cut on a narrow screen."""
    lines: list[list[Piece]] = [[(" ", "text")]]
    for piece in pieces:
        used = sum(cell_len(text) for text, _ in lines[-1])
        if used + cell_len(piece[0]) > width and len(lines[-1]) > 1:
            lines.append([(" ", "text")])
        lines[-1].append(piece)
    return lines

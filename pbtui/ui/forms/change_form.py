"""The form that changes one order: each field with its present value beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from textual.app import ComposeResult

from pbtui.api.codes import OrderType
from pbtui.api.models import Order
from pbtui.api.requests import OrderModify
from pbtui.api.structs import replace
from pbtui.desk.drafts.draft import NO_CHANGE, order_texts, read_changes
from pbtui.desk.drafts.field_text import is_given, text_of
from pbtui.desk.drafts.position import GUARD, UNCHANGED, with_any_position
from pbtui.desk.drafts.step import STEPPED, minus_words
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import FIELDS, GUARDS, Section
from pbtui.desk.formats.request_fields import CHANGE_FIELDS
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import side_word, state_word
from pbtui.desk.limits import LimitCheck
from pbtui.desk.position_guard import position_of_order
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.forms.field_row import FieldLines, FieldRow, Note
from pbtui.ui.forms.order_form import OrderForm, verdict_of
from pbtui.ui.forms.position_watch import GUARD_FIELD, PositionWatch, ReadPosition, guard_completion
from pbtui.ui.widgets.lines import Piece

_FIRST = ("price", "quantity", "txt", "type", GUARD)
_FIELDS = (*_FIRST, *(name for name in CHANGE_FIELDS if name not in (*_FIRST, *GUARDS)))
_OTHER_GUARDS = tuple(name for name in GUARDS if name != GUARD)
_UNREPORTED = "not reported"
_UNREPORTED_FIELDS = tuple(name for name in _FIELDS if FIELDS[name].attribute is None and name != GUARD)
"""Fields that no server reports for an existing order."""


@dataclass(frozen=True)
class ChangeDraft:
    """Result of the form: the fields that differ, and the texts of all fields, to open the form again with them."""

    changes: OrderModify
    texts: Mapping[str, str]


class ChangeForm(OrderForm[ChangeDraft]):
    """Returns the changes of one order. `order` is the order as the trader saw it when the form opened.

    `texts` replace those of the order in the fields. With `guards_position` the change is sent only at the net position
    that `read_position` has read. `check` applies the pre-trade limits to the changes.
    """

    def __init__(
        self,
        venue: Venue,
        zone: ZoneInfo,
        order: Order,
        *,
        texts: Mapping[str, str] | None = None,
        read_position: ReadPosition,
        guards_position: bool = False,
        check: Callable[[OrderModify], LimitCheck],
        earlier_failure: str = "",
    ) -> None:
        present = order_texts(order, zone)
        is_guarded = guards_position and order.type != OrderType.B
        first = {**present, **({GUARD: UNCHANGED} if is_guarded else {}), **(texts or {})}
        shown = {**dict.fromkeys(_UNREPORTED_FIELDS, _UNREPORTED), **present}
        fields = {name: replace(FIELDS[name], help=FIELDS[name].change_help) for name in (*_FIELDS, *_OTHER_GUARDS)}
        rows = [
            FieldRow(field, first.get(name, ""), present=shown.get(name, ""))
            for name, field in {**fields, GUARD: GUARD_FIELD}.items()
        ]
        super().__init__(venue, zone, rows, earlier_failure=earlier_failure)
        self.order = order
        begin = partial(self.run_worker, group="position", exclusive=True)
        self._position = PositionWatch(read_position, begin, self.check)
        self._present = present
        self._check = check
        self._changes: OrderModify | None = None
        self._limit_check = LimitCheck()
        self._news = ""

    def follow(self, key: str, what: str) -> None:
        """Show what happened to the order meanwhile. What was typed, and its revision, do not change."""
        if key == self.order.key and what != self._news:
            self._news = what
            if self.is_mounted:
                self.check()

    # ------------------------------------------------------------ what it looks like

    def fields(self) -> ComposeResult:
        """Return the fields of the order, then the guards."""
        guards = Section.GUARDS.value
        others = (self.rows[name] for name in _OTHER_GUARDS)
        yield FieldLines([*(self.rows[name] for name in _FIELDS), guards, *others])

    def head(self) -> Sequence[Piece]:
        """Return the order, and what happened to it while the form was open."""
        order = self.order
        figures = (
            f"{side_word(order.side)} {quantity_text(order.open_quantity_mw)} MW at {price_text(order.price)}",
            delivery_text(order.delivery_start, order.delivery_end, self.zone) or order.contract_name,
            area_name(order.delivery_area),
            order.portfolio_id,
        )
        seen = f"your change is based on revision {order.revision_no}"
        return (
            (f"Change {' · '.join(text for text in figures if text)}", "title"),
            (f"order {order.order_id}, revision {order.revision_no}, {state_word(order.state)}", "text"),
            self._position.sentence(self.zone),
            (f"Meanwhile: {self._news}; {seen}." if self._news else "", "warning"),
        )

    def verdict(self) -> Sequence[Piece]:
        """Return refusals and warnings of the pre-trade limits, and whether nothing changes."""
        nothing = self.problems.get(NO_CHANGE, "")
        limits = verdict_of(self._limit_check.refusals, self._limit_check.warnings)
        texts = (self.rows[name].input.value for name in ("price", "quantity") if self.is_changed(name))
        readings: list[Piece] = [(minus_words(text), "label") for text in texts]
        return [*limits, (nothing, "warning" if self.was_tried else "dim"), *readings]

    def is_changed(self, name: str) -> bool:
        """Return whether the field differs from the order."""
        text = self.rows[name].input.value
        return name in self.values or (name in self.problems and is_given(text) and text != self._present.get(name))

    def remark(self, name: str) -> Note | None:
        """Return a note that an emptied field keeps its value; an empty note for an unchanged field."""
        if name == GUARD:
            return self._position.note(self.rows[GUARD].input.completion, self.zone)
        if self.is_changed(name):
            return self._number_note(name)
        text, present = self.rows[name].input.value, self._present.get(name)
        if is_given(text):
            return Note()
        return None if present is None else Note("empty: keeps its value")

    def _number_note(self, name: str) -> Note | None:
        """Return old and new value of a number."""
        if name not in STEPPED or name not in self.values or name not in self._present:
            return None
        new = text_of(name, self.values[name], self.zone)
        return Note(FIELDS[name].with_unit(f"{self._present[name]} → {new}"), "label")

    # ------------------------------------------------------------ what is typed

    def check(self) -> None:
        """Complete the word for a position that is read."""
        guard = self.rows[GUARD].input
        guard.completion = guard_completion(guard.value)
        super().check()

    def read(self) -> None:
        """Read the changes and apply the pre-trade limits to them."""
        texts = self.texts()
        self._position.follow(texts, position_of_order(self.order))
        reading = read_changes(self.order, with_any_position(texts), self.zone, self.venue.now(), self.typed_at())
        problems, expected = self._position.added_to(reading.problems), self._position.expected
        self._changes = None if problems or reading.changes is None else reading.changes.model_copy(update=expected)
        self.problems, self.values = problems, {**reading.values, **expected}
        self._limit_check = LimitCheck() if self._changes is None else self._check(self._changes)

    def result(self) -> ChangeDraft | None:
        """Return the changes; None while a field has a problem or a limit refuses them."""
        if self._changes is None or self._limit_check.refusals:
            return None
        return ChangeDraft(self._changes, self.dated_texts())

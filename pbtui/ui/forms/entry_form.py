"""The form for new orders: one, or a basket of several that are sent in one request."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import AwaitMount

from pbtui.api.codes import OrderType
from pbtui.api.models import Order
from pbtui.api.reads.contracts import ContractItem
from pbtui.api.requests import OrderEntry
from pbtui.desk.drafts.draft import basket_problems, first_texts, read_entry
from pbtui.desk.drafts.field_text import is_given, option_texts, read_options
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.desk.drafts.line_text import own_texts
from pbtui.desk.drafts.next_delivery import NoDelivery, beside
from pbtui.desk.drafts.position import GUARD, with_any_position
from pbtui.desk.formats.order_fields import FIELDS, OPTIONS, ORDER_FIELDS, Section
from pbtui.desk.formats.request_fields import ENTRY_FIELDS
from pbtui.desk.limits import LimitCheck
from pbtui.desk.position_guard import position_of_values
from pbtui.desk.tickets.ticket import WriteOptions
from pbtui.settings.profiles import Environment
from pbtui.ui.dialogs.prompt import Venue, deliberate
from pbtui.ui.forms.basket import Basket
from pbtui.ui.forms.entry_drafts import AsLine, EntryDraft
from pbtui.ui.forms.field_row import FieldLines, FieldRow, Note
from pbtui.ui.forms.order_form import OrderForm, section, verdict_of
from pbtui.ui.forms.position_watch import GUARD_FIELD, PositionWatch, ReadPosition, guard_completion
from pbtui.ui.forms.seen_values import SeenValues
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.lines import Piece

COMMON = (
    "side",
    "contract_id",
    "contract_name",
    "delivery_area",
    "portfolio_id",
    "quantity",
    "price",
    "type",
    "txt",
    GUARD,
)
FOLDED: Mapping[str, Sequence[str]] = {
    **{
        section.value: [field.name for field in ORDER_FIELDS if field.section is section and field.name not in COMMON]
        for section in Section
        if section is not Section.COMMON
    },
    "request options, for all orders of the basket": tuple(OPTIONS),
}
"""Fields shown on demand, by the title above them."""

_FIRST_OPTIONS = option_texts(WriteOptions())


class EntryForm(OrderForm[EntryDraft | AsLine]):
    """Returns the orders of the basket and the order in the fields, if that has a quantity or a price.

    `seen` are the orders in the blotter, whose values complete what is typed; so do the exchange's `contracts`, if they
    are known. `known` has the contracts that trade, to go to the next delivery. With `guards_position` an order is sent
    only at the net position that `read_position` has read. `check` applies the pre-trade limits to all orders together.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "as_line", "One line", id="entry.as_line"),
        Binding("ctrl+o", "unfold", "More fields", id="entry.unfold"),
        Binding("pagedown", "shift(1)", "Next delivery", show=False, priority=True, id="entry.next_delivery"),
        Binding("pageup", "shift(-1)", "Previous delivery", show=False, priority=True, id="entry.previous_delivery"),
        Binding("ctrl+n", "add_to_basket", "To basket", id="entry.add"),
        Binding("ctrl+t", "take_back", "Edit last", id="entry.take_back"),
    ]

    def __init__(
        self,
        venue: Venue,
        zone: ZoneInfo,
        seen: Sequence[Order],
        *,
        contracts: Sequence[ContractItem] = (),
        known: KnownNames,
        texts: Mapping[str, str],
        basket: Sequence[OrderEntry] = (),
        read_position: ReadPosition,
        guards_position: bool = False,
        check: Callable[[Sequence[OrderEntry]], LimitCheck],
        earlier_failure: str = "",
    ) -> None:
        is_production = venue.environment is Environment.PRODUCTION
        is_guarded = guards_position and texts.get("type") != OrderType.B
        given = first_texts(venue.environment, guards_position=is_guarded)
        self._first = {**_FIRST_OPTIONS, **given}
        first = {**self._first, **texts}
        fields = [*({**FIELDS, GUARD: GUARD_FIELD}[name] for name in ENTRY_FIELDS), *OPTIONS.values()]
        super().__init__(
            venue,
            zone,
            [FieldRow(field, first.get(field.name, "")) for field in fields],
            earlier_failure=earlier_failure,
        )
        self._seen = SeenValues(seen, zone, contracts)
        self._knows_contracts = bool(contracts)
        self._known = known
        self._unmoved = ""
        """Reason why the last wish for another delivery had no effect, until the preview has said it too."""
        self._basket = Basket(basket, self._seen, zone)
        self._check = check
        self._common = (*COMMON, "state") if is_production else COMMON
        self._folded = [name for names in FOLDED.values() for name in names if name not in self._common]
        self._fold_line = section(f"  … {len(self._folded)} more fields and options")
        self._more = FieldLines(self._folded_rows())
        self._entry: OrderEntry | None = None
        self._options: WriteOptions | None = None
        self._limit_check = LimitCheck()
        self._basket_problems: Sequence[str] = ()
        begin = partial(self.run_worker, group="position", exclusive=True)
        self._position = PositionWatch(read_position, begin, self.check)

    # ------------------------------------------------------------ what it looks like

    def fields(self) -> ComposeResult:
        """Return the common fields, and the others if one of them is filled or has a problem."""
        yield FieldLines(self.rows[name] for name in self._common)
        yield self._fold_line
        self.read()
        if self._has_folded_news():
            self._fold_line.display = False
            yield self._more

    def _folded_rows(self) -> Iterator[FieldRow | str]:
        for title, names in FOLDED.items():
            yield title
            yield from (self.rows[name] for name in names if name not in self._common)

    def head(self) -> Sequence[Piece]:
        """Return the title and the last orders of the basket."""
        if not self._basket:
            return (("New order", "title"), self._position.sentence(self.zone))
        below = (
            "the order below" if self._is_begun() else "no order: the fields below have no quantity and no price yet"
        )
        return (*self._basket.lines(below), self._position.sentence(self.zone))

    def verdict(self) -> Sequence[Piece]:
        """Return refusals and warnings of the pre-trade limits, and problems of the basket."""
        return verdict_of((*self._limit_check.refusals, *self._basket_problems), self._limit_check.warnings)

    def remark(self, name: str) -> Note | None:
        """Return the completion, the delivery of the contract, or a warning that the order will be active."""
        row = self.rows[name]
        if name == GUARD:
            return self._position.note(row.input.completion, self.zone)
        text = row.input.value
        seen = self._seen.find(name, text)
        if row.input.completion:
            completion = self._seen.find(name, row.input.completion)
            return Note(f"→ {row.input.completion}  {completion.note if completion else ''}", "key")
        if seen is not None and seen.note:
            next_key = key_of(self, "entry.next_delivery")
            next_words = f", {next_key} next" if name in ("contract_id", "contract_name") else ""
            return Note(f"{seen.note}{next_words}", "label")
        if seen is None and is_given(text) and name in ("contract_id", "contract_name", "portfolio_id"):
            if self._knows_contracts and name != "portfolio_id":
                return Note("not in the exchange's contracts", "warning")
            return Note("not used by any order in the blotter", "label")
        if name == "state" and self.venue.environment is Environment.PRODUCTION and not is_given(text):
            return Note("empty: active, enters the market at once", "warning")
        return None

    # ------------------------------------------------------------ what is typed

    def check(self) -> None:
        """Complete the field with the cursor, and unfold the other fields if one of them is filled or has a problem."""
        for name, row in self.rows.items():
            completion = self._seen.completion(name, row.input.value) if row.input.has_focus else None
            row.input.completion = completion.text if completion else ""
        guard = self.rows[GUARD].input
        guard.completion = guard_completion(guard.value)
        super().check()
        if not self._is_open and self._has_folded_news():
            self._unfold()

    def _has_folded_news(self) -> bool:
        """Return whether a folded field has a problem or a text other than its default."""
        texts = self.texts()
        typed = (is_given(texts[name]) and texts[name] != _FIRST_OPTIONS.get(name) for name in self._folded)
        return any(typed) or not self.problems.keys().isdisjoint(self._folded)

    def read(self) -> None:
        """Read the order and the options, and apply the pre-trade limits to all orders."""
        texts = self.texts()
        fields = {name: texts[name] for name in ENTRY_FIELDS}
        order = read_entry(with_any_position(fields), self.zone, self.venue.now(), self.typed_at())
        options = read_options(texts)
        is_begun = self._is_begun()
        self._position.follow(fields if is_begun else {}, position_of_values(order.values))
        problems, expected = self._position.added_to(order.problems if is_begun else {}), self._position.expected
        entry = order.entry if is_begun and not problems else None
        self._entry = None if entry is None else entry.model_copy(update=expected)
        self._options = options.options
        self.problems = {**problems, **options.problems}
        self.values = {**order.values, **expected, **options.values}
        entries = self._entries()
        self._limit_check = self._check(entries) if entries else LimitCheck()
        self._basket_problems = basket_problems(entries, options.values.get("exec_instruction")) if entries else ()

    def _is_begun(self) -> bool:
        return not self._basket or any(is_given(self.rows[name].input.value) for name in ("quantity", "price"))

    def _entries(self) -> tuple[OrderEntry, ...]:
        return self._basket.entries if self._entry is None else (*self._basket.entries, self._entry)

    def result(self) -> EntryDraft | None:
        """Return all orders; None while a field has a problem or a limit refuses them."""
        if self.problems or self._options is None or self._limit_check.refusals or self._basket_problems:
            return None
        return EntryDraft(self._entries(), self._options, self.dated_texts(), self._basket.entries)

    def draft(self) -> EntryDraft:
        """Return what was typed, also while it is no order, to open the form again with it."""
        return EntryDraft((), WriteOptions(), self.dated_texts(), self._basket.entries)

    def own_texts(self) -> dict[str, str]:
        """Return the texts that differ from those of a new form."""
        return own_texts(self.dated_texts(), self._first)

    # ------------------------------------------------------------ its keys

    def action_as_line(self) -> None:
        """Return the texts, to go on in a line. A basket stays in the form."""
        if self._basket:
            take_back = key_of(self, "entry.take_back")
            self.show_note(
                f"A line is one order: the basket has more. {take_back} takes its last one back into the fields"
            )
        else:
            self.dismiss(AsLine(self.own_texts()))

    def action_shift(self, count: int) -> None:
        """Go to the delivery that is `count` places later, or earlier if negative."""
        self._unmoved = ""
        try:
            texts = beside(self.values, self._known, count, self.zone)
        except NoDelivery as reason:
            self._unmoved = str(reason)
            self.show_note(self._unmoved)
            return
        for name, text in texts.items():
            self.rows[name].input.value = text

    @deliberate
    def action_submit(self) -> None:
        """Return the orders, or show what is wrong. Keys pressed blindly never enter the delivery that was left."""
        if not self._stops_once(f"{key_of(self, 'form.submit')} again shows the order with its present delivery"):
            super().action_submit()

    def _stops_once(self, remedy: str) -> bool:
        """Say once more why the delivery is still the same, with what to do next; return whether that was due."""
        why, self._unmoved = self._unmoved, ""
        if why:
            self.show_note(f"{why}. {remedy}")
        return bool(why)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether the key has an effect now."""
        return bool(self._basket) if action == "take_back" else True

    def action_add_to_basket(self) -> None:
        """Put the order into the basket; the fields keep all but quantity and price for the next one."""
        if self._stops_once(f"{key_of(self, 'entry.add')} again adds the order with its present delivery"):
            return
        self.read()
        if self._entry is None or self.problems or self._limit_check.refusals:
            self.show_problems()
            return
        self._basket.add(self._entry, self.rows[GUARD].input.value)
        self._begin({**self.texts(), "quantity": "", "price": ""})

    def action_take_back(self) -> None:
        """Move the last order of the basket into the fields, if these hold no other order.

        A position that was read for it is read again: the order may become one of another position.
        """
        if self._is_begun():
            add = key_of(self, "entry.add")
            self.show_note(
                f"To edit the last order of the basket, first add this one ({add}) or clear its quantity and price"
            )
            return
        texts = self.texts()
        self._begin({**self._basket.take_last(), **{name: texts[name] for name in OPTIONS}})

    def _begin(self, texts: Mapping[str, str]) -> None:
        self.fill(texts)
        self.forget_visits()
        self.set_focus(self.rows["quantity"].input)
        self.check()
        self.refresh_bindings()

    async def action_unfold(self) -> None:
        """Show the other fields, or fold them if they are empty and without problems."""
        if not self._is_open:
            await self._unfold()
            self.set_focus(self.rows[self._folded[0]].input)
        elif not self._has_folded_news():
            self.set_focus(self.rows[self._common[-1]].input)
            self._more.display, self._fold_line.display = False, True

    @property
    def _is_open(self) -> bool:
        return self._more.parent is not None and self._more.display

    def _unfold(self) -> AwaitMount:
        self._more.display, self._fold_line.display = True, False
        return self.body.mount(*([] if self._more.parent else [self._more]))

"""The form for new orders: one, or a basket of several that go out together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.getters import query_one

from pbtui.api.clock import utc_now
from pbtui.api.models import EntryState, Order, OrderEntry
from pbtui.desk.areas import area_name
from pbtui.desk.drafts import ENTRY_FIELDS, basket_problems, entry_texts, read_entry
from pbtui.desk.figures import price_text, quantity_text
from pbtui.desk.limits import RailCheck
from pbtui.desk.market_time import delivery_text
from pbtui.desk.option_texts import OPTION_FIELDS, option_texts, read_options
from pbtui.desk.order_rules import GUARDS
from pbtui.desk.order_texts import is_given
from pbtui.desk.tickets import WriteOptions
from pbtui.desk.vocabulary import side_word
from pbtui.settings.profiles import Environment
from pbtui.ui.field_row import FieldRow, Note
from pbtui.ui.field_words import FIELD_WORDS, OPTION_WORDS
from pbtui.ui.folded_lines import FoldedLines
from pbtui.ui.lines import Line, Piece
from pbtui.ui.order_form import OrderForm, section, verdict_of
from pbtui.ui.prompt import Venue
from pbtui.ui.seen_values import SeenValues

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
)
FOLDED: Mapping[str, Sequence[str]] = {
    "how and how long": (
        "state",
        "display_qty",
        "ppd",
        "ordr_exe_restriction",
        "validity_res",
        "validity_date",
    ),
    "delivery": ("dlvry_start", "dlvry_end", "prod", "location"),
    "accounts": (
        "account_id",
        "clearing_acct_type",
        "pre_arranged",
        "pre_arranged_acct",
        "strategy_id",
        "unit_id",
    ),
    "refused unless the position of the contract is": GUARDS,
    "the request, for all orders of the basket": OPTION_FIELDS,
}
"""The fields that are shown on demand, by what stands above them."""

_FIRST_OPTIONS = option_texts(WriteOptions())
_SHOWN_OF_BASKET = 4


@dataclass(frozen=True)
class EntryDraft:
    """What the form returns: the orders and the options of their request.

    `texts` and `basket` give the form as it was, to offer it again: what is in the fields, and the orders besides.
    """

    entries: tuple[OrderEntry, ...]
    options: WriteOptions
    texts: Mapping[str, str]
    basket: tuple[OrderEntry, ...] = ()


class EntryForm(OrderForm[EntryDraft]):
    """Returns the orders of the basket and the one in the fields; without a quantity and a price that one is not begun.

    `seen` are the orders in the blotter, to complete from. `check` gives what the rails say of all orders together.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "unfold", "More fields", id="entry.unfold"),
        Binding("ctrl+n", "add_to_basket", "To basket", id="entry.add"),
        Binding("ctrl+t", "take_back", "Take back", id="entry.take_back"),
    ]

    more = query_one(".more", Vertical)
    fold_line = query_one(".fold", FoldedLines)

    def __init__(
        self,
        venue: Venue,
        zone: ZoneInfo,
        seen: Sequence[Order],
        *,
        texts: Mapping[str, str],
        basket: Sequence[OrderEntry] = (),
        check: Callable[[Sequence[OrderEntry]], RailCheck],
        trouble: str = "",
    ) -> None:
        is_production = venue.environment is Environment.PRODUCTION
        first = {**_FIRST_OPTIONS, "state": EntryState.HIBE.value if is_production else "", **texts}
        words = {**FIELD_WORDS, **OPTION_WORDS}
        names = (*ENTRY_FIELDS, *OPTION_FIELDS)
        super().__init__(venue, zone, [FieldRow(words[name], first.get(name, "")) for name in names], trouble=trouble)
        self._seen = SeenValues(seen, zone)
        self._basket = list(basket)
        self._check = check
        self._common = (*COMMON, "state") if is_production else COMMON
        self._entry: OrderEntry | None = None
        self._options: WriteOptions | None = None
        self._rails = RailCheck()
        self._basket_problems: Sequence[str] = ()

    # ------------------------------------------------------------ what it looks like

    def fields(self) -> ComposeResult:
        """The common fields, and below a line the others by sections."""
        for name in self._common:
            yield self.rows[name]
        yield FoldedLines(self._fold_of_more, classes="fold")
        with Vertical(classes="more"):
            for title, names in self._folded():
                yield section(title)
                for name in names:
                    yield self.rows[name]

    def _folded(self) -> Iterator[tuple[str, Sequence[str]]]:
        for title, names in FOLDED.items():
            yield title, [name for name in names if name not in self._common]

    def on_mount(self) -> None:
        """Show the folded fields only where there is something in them."""
        self.more.display = False
        super().on_mount()

    def head(self) -> Sequence[Piece]:
        """What the form is for, and the basket."""
        count = len(self._basket)
        if not count:
            return (("New order", "title"),)
        shown = list(enumerate(self._basket, 1))[-_SHOWN_OF_BASKET:]
        earlier = f"… and {count - len(shown)} before" if count > len(shown) else ""
        below = "the order below" if self._is_begun() else "none: the order below has no quantity and no price yet"
        return (
            (f"New orders: a basket of {count}", "title"),
            (earlier, "dim"),
            *((f"{number}  {self._entry_line(entry)}", "text") for number, entry in shown),
            (f"{count + 1}  {below}", "label"),
        )

    def _fold_of_more(self, width: int) -> Sequence[Line]:
        count = sum(len(names) for _, names in self._folded())
        return [[(f"   … and {count} more fields and options", "dim")]]

    def _entry_line(self, entry: OrderEntry) -> str:
        contract = entry.contract_name or entry.contract_id
        if contract is None:
            contract = delivery_text(entry.dlvry_start, entry.dlvry_end, self.zone)
        area = area_name(entry.delivery_area) if entry.delivery_area else ""
        figures = f"{side_word(entry.side or '')} {quantity_text(entry.quantity)} MW at {price_text(entry.price)}"
        return " · ".join(text for text in (figures, contract, area, entry.portfolio_id) if text)

    def verdict(self) -> Sequence[Piece]:
        """What the rails say, and what the orders are to each other."""
        return verdict_of((*self._rails.refusals, *self._basket_problems), self._rails.warnings)

    def remark(self, name: str) -> Note | None:
        """The delivery of a contract, what can be completed, what an order that is not deactivated is."""
        row = self.rows[name]
        text = row.input.value
        seen = self._seen.find(name, text)
        if row.input.completion:
            completion = self._seen.find(name, row.input.completion)
            return Note(f"→ {row.input.completion}  {completion.told if completion else ''}", "key")
        if seen is not None and seen.told:
            return Note(seen.told, "label")
        if name == "state" and self.venue.environment is Environment.PRODUCTION and not is_given(text):
            return Note("empty: active, in the market at once", "warning")
        return None

    # ------------------------------------------------------------ what is typed

    def check(self) -> None:
        """Complete the field with the cursor, and open the folded fields where one of them has something to say."""
        for name, row in self.rows.items():
            completion = self._seen.completion(name, row.input.value) if row.input.has_focus else None
            row.input.completion = completion.text if completion else ""
        super().check()
        if not self.more.display and any(self._has_news(name) for _, names in self._folded() for name in names):
            self._unfold(is_open=True)

    def _has_news(self, name: str) -> bool:
        text = self.rows[name].input.value
        return name in self.problems or (is_given(text) and text != _FIRST_OPTIONS.get(name))

    def read(self) -> None:
        """Read the order, the options, and what the rails say of all orders."""
        texts = self.texts()
        order = read_entry({name: texts[name] for name in ENTRY_FIELDS}, self.zone, utc_now())
        options = read_options(texts)
        is_begun = self._is_begun()
        self._entry, self._options = order.entry if is_begun else None, options.options
        self.problems = {**(order.problems if is_begun else {}), **options.problems}
        self.values = {**order.values, **options.values}
        entries = self._entries()
        self._rails = self._check(entries) if entries else RailCheck()
        self._basket_problems = basket_problems(entries, options.values.get("exec_instruction")) if entries else ()

    def _is_begun(self) -> bool:
        return not self._basket or any(is_given(self.rows[name].input.value) for name in ("quantity", "price"))

    def _entries(self) -> tuple[OrderEntry, ...]:
        return (*self._basket, self._entry) if self._entry is not None else tuple(self._basket)

    def result(self) -> EntryDraft | None:
        """All orders, once nothing is wrong with any."""
        if self.problems or self._options is None or self._rails.refusals or self._basket_problems:
            return None
        return EntryDraft(self._entries(), self._options, self.texts(), tuple(self._basket))

    # ------------------------------------------------------------ its keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key does anything just now."""
        return bool(self._basket) if action == "take_back" else True

    def action_add_to_basket(self) -> None:
        """Put the order into the basket, and begin the next one like it."""
        self.read()
        if self._entry is None or self.problems or self._rails.refusals:
            self.show_problems()
            return
        self._basket.append(self._entry)
        self._begin({**self.texts(), "quantity": "", "price": ""})

    def action_take_back(self) -> None:
        """Take the last order out of the basket and into the fields, where no other one stands."""
        if self._is_begun():
            self.app.notify("Add this order to the basket first, or empty its quantity and price.", markup=False)
            return
        texts = self.texts()
        options = {name: texts[name] for name in OPTION_FIELDS}
        self._begin({**entry_texts(self._basket.pop(), self.zone), **options})

    def _begin(self, texts: Mapping[str, str]) -> None:
        self.fill(texts)
        self.forget_visits()
        self.set_focus(self.rows["quantity"].input)
        self.check()
        self.refresh_bindings()

    def action_unfold(self) -> None:
        """Show the other fields, or fold them where nothing is in them."""
        self._unfold(is_open=not self.more.display)
        if self.more.display:
            first = next(field for field in self.inputs if field.words.name not in self._common)
            self.set_focus(first)
        self.check()

    def _unfold(self, *, is_open: bool) -> None:
        self.more.display = is_open
        self.fold_line.display = not is_open

"""The order that a line means: its fields, as far as they can be read, and the words that show them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.requests import OrderEntry
from pbtui.desk.drafts.draft import EntryReading, read_entry
from pbtui.desk.drafts.entry_line import EntryLine, completed, read_line
from pbtui.desk.drafts.field_text import OptionsReading, option_texts, read_options, text_of
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.desk.drafts.position import with_any_position
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import FIELDS, OPTIONS
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.tickets.exposure import exposure_of
from pbtui.desk.tickets.ticket import TicketLine, WriteOptions
from pbtui.ui.forms.entry_drafts import KeptLine
from pbtui.ui.order.ticket_lines import SIDE_ROLES
from pbtui.ui.widgets.lines import Piece


@dataclass(frozen=True, slots=True)
class Meaning:
    """A line as read: its own words, the texts of all fields, and the order and the options that these are.

    `known` are the names that need no word before them. Times are in `zone`.
    """

    line: EntryLine
    texts: Mapping[str, str]
    order: EntryReading
    options: OptionsReading
    known: KnownNames
    zone: ZoneInfo

    @property
    def values(self) -> Mapping[str, Any]:
        """The fields of the order that could be read."""
        return self.order.values

    @property
    def problems(self) -> Mapping[str, str]:
        """The problem of each field and option."""
        return {**self.order.problems, **self.options.problems}

    @property
    def entry(self) -> OrderEntry | None:
        """The order; None if something of the line is not understood."""
        return self.order.entry if not self.line.problems else None

    @property
    def dated_texts(self) -> dict[str, str]:
        """The texts of all fields, those of times with their day."""
        dates = {name: value for name, value in self.values.items() if isinstance(value, datetime)}
        return {**self.texts, **{name: text_of(name, value, self.zone) for name, value in dates.items()}}

    @property
    def delivery(self) -> tuple[datetime | None, datetime | None]:
        """Start and end of the delivery, that of the contract if the order names one that is known."""
        values = self.values
        known = self.known.contract(values.get("contract_id"), values.get("contract_name"))
        if known is None:
            return values.get("dlvry_start"), values.get("dlvry_end")
        return known.delivery_start, known.delivery_end

    @property
    def contract_ids(self) -> Sequence[str]:
        """The ids of the contracts that the order can mean; none without an area."""
        values = self.values
        area, contract_id, start = (values.get(name) for name in ("delivery_area", "contract_id", "dlvry_start"))
        if area is None or not (contract_id or start):
            return ()
        return self.known.traded_in(contract_id, start, values.get("dlvry_end"), area)

    # ------------------------------------------------------------ in words

    def words(self) -> Iterator[Piece]:
        """Yield the order in words, with a question mark for what it lacks."""
        side = self.values.get("side")
        yield (side_word(side), SIDE_ROLES.get(side, "text")) if side else ("side ?", "bad")
        yield from self._value("quantity", lambda value: f"  {quantity_text(value)} MW")
        yield from self._value("price", lambda value: f"  at {price_text(value)} per MWh")
        yield self._contract()
        yield from self._value("delivery_area", lambda value: f"  {area_name(value)}")
        yield from self._value("portfolio_id", lambda value: f"  {value}")
        yield self._notional(), "label"

    def _value(self, name: str, text: Callable[..., str]) -> Iterator[Piece]:
        is_known = name in self.values
        yield (text(self.values[name]), "text") if is_known else (f"  {FIELDS[name].label} ?", "bad")

    def _contract(self) -> Piece:
        start, end = self.delivery
        if start is not None:
            return f"  {delivery_text(start, end, self.zone)} ({self.zone.key})", "text"
        named = self.values.get("contract_name") or self.values.get("contract_id")
        return ("  delivery ?", "bad") if named is None else (f"  contract {named}", "text")

    def _notional(self) -> str:
        if self.entry is None:
            return ""
        delivery = dict(zip(("dlvry_start", "dlvry_end"), self.delivery, strict=True))
        notional = exposure_of(TicketLine("", self.entry.model_copy(update=delivery))).notional
        return "" if notional is None else f"  notional {notional:.2f}"

    def contract_words(self) -> Piece:
        """A word on a delivery that no contract has, or several."""
        values, ids = self.values, self.contract_ids
        if "dlvry_end" not in values or "delivery_area" not in values or not self.known.contracts or len(ids) == 1:
            return "", "label"
        if not ids and self.entry is not None:
            return "", "label"  # a warning of the limits says it
        if not ids:
            return "No contract that trades in this area is known for this delivery", "warning"
        return f"Several contracts have this delivery: {', '.join(ids)}. To choose, write contract {ids[0]}", "warning"


def meaning_of(
    kept: KeptLine,
    zone: ZoneInfo,
    known: KnownNames,
    first: Mapping[str, str],
    defaults: Mapping[str, str],
    now: datetime,
) -> Meaning:
    """Read a line. `first` are the texts that a new order begins with, `defaults` those of what no line names."""
    line = read_line(kept.line, zone, kept.typed_at, known)
    said = {**kept.unsaid, **line.texts}
    texts = {**first, **option_texts(WriteOptions()), **completed(said, defaults)}
    fields = {name: text for name, text in with_any_position(texts).items() if name not in OPTIONS}
    order = read_entry(fields, zone, now, dict.fromkeys(fields, kept.typed_at))
    return Meaning(line, texts, order, read_options(texts), known, zone)

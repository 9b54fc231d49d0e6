"""The basket of a form for new orders: the orders that are sent in one request with the one in the fields."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from pbtui.api.requests import OrderEntry
from pbtui.desk.drafts.draft import entry_texts
from pbtui.desk.drafts.position import GUARD
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import side_word
from pbtui.ui.forms.seen_values import SeenValues
from pbtui.ui.widgets.lines import Piece

_SHOWN = 4


class Basket:
    """Orders in the sequence in which they were added. `seen` has the deliveries of contracts that go by their id."""

    def __init__(self, entries: Sequence[OrderEntry], seen: SeenValues, zone: ZoneInfo) -> None:
        self._entries = list(entries)
        self._guards = [entry_texts(entry, zone).get(GUARD, "") for entry in entries]
        self._seen = seen
        self._zone = zone

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def entries(self) -> tuple[OrderEntry, ...]:
        """The orders, first to last."""
        return tuple(self._entries)

    def add(self, entry: OrderEntry, guard: str) -> None:
        """Put an order into the basket; `guard` is the text of its position guard, as it was typed."""
        self._entries.append(entry)
        self._guards.append(guard)

    def take_last(self) -> dict[str, str]:
        """Take the last order out of the basket, and return the texts of its fields."""
        return {**entry_texts(self._entries.pop(), self._zone), GUARD: self._guards.pop()}

    def lines(self, below: str) -> Iterator[Piece]:
        """Yield the number of orders, the last four of them, and `below` as the next one."""
        count = len(self._entries)
        yield f"New orders: a basket of {count}", "title"
        if count > _SHOWN:
            yield f"… {count - _SHOWN} before these", "dim"
        for number, entry in list(enumerate(self._entries, 1))[-_SHOWN:]:
            yield f"{number}  {self._words(entry)}", "text"
        yield f"{count + 1}  {below}", "label"

    def _words(self, entry: OrderEntry) -> str:
        by_id = self._seen.find("contract_id", entry.contract_id or "")
        named = (by_id and by_id.note) or entry.contract_name or entry.contract_id
        contract = named or delivery_text(entry.dlvry_start, entry.dlvry_end, self._zone)
        area = area_name(entry.delivery_area) if entry.delivery_area else ""
        figures = f"{side_word(entry.side or '')} {quantity_text(entry.quantity)} MW at {price_text(entry.price)}"
        return " · ".join(text for text in (figures, contract, area, entry.portfolio_id) if text)

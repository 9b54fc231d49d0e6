"""The tokens that a new order has in other words: the same contract by its id, its name or its delivery.

The token of a row follows from what is written there. Without these, a row that was entered and is then written in
another way would be another order, and be entered again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pbtui.api.models import Order
from pbtui.api.reads.contracts import ContractItem
from pbtui.api.requests import OrderEntry
from pbtui.api.structs import replace
from pbtui.desk.drafts.line_names import KnownNames, LineRefused
from pbtui.desk.plan.wanted import Wanted, WantedEntry, mark_of

_CONTRACT = ("contract_id", "contract_name", "dlvry_start", "dlvry_end", "prod")
_Known = Order | ContractItem


class Contracts:
    """Contracts, of the exchange and of own orders, by all that can name them."""

    def __init__(self, known: Iterable[_Known]) -> None:
        self._by_name: dict[object, list[_Known]] = defaultdict(list)
        for each in known:
            for name in filter(None, (each.contract_id, _name(each), _window(each))):
                self._by_name[name].append(each)

    def meant_by(self, entry: OrderEntry) -> Iterator[_Known]:
        """Yield the contracts that a new order can mean in its area and product."""
        named = entry.contract_id or entry.contract_name or (entry.dlvry_start, entry.dlvry_end)
        for known in self._by_name.get(named, ()):
            areas, product = _areas(known), getattr(known, "product", None)
            is_there = not areas or entry.delivery_area is None or entry.delivery_area in areas
            if is_there and (entry.prod is None or product in (None, entry.prod)):
                yield known


def in_other_words(wanted: Wanted, names: KnownNames, contracts: Contracts) -> Wanted:
    """Return the rows with the portfolios that they mean, in upper or lower case, and the tokens of all their words."""
    return replace(wanted, entries=[_with_others(row, names, contracts) for row in wanted.entries])


def _with_others(row: WantedEntry, names: KnownNames, contracts: Contracts) -> WantedEntry:
    written = row.entry.portfolio_id
    entry = row.entry.model_copy(update={"portfolio_id": _portfolio(written, names)})
    portfolios = {written, entry.portfolio_id, written.upper(), written.lower()}
    found = {
        mark_of(entry.model_copy(update={**terms, "portfolio_id": portfolio}), row.label)
        for terms in _ways(entry, contracts)
        for portfolio in portfolios
    }
    mark = mark_of(entry, row.label)
    return replace(row, entry=entry, mark=mark, other_marks=frozenset(found) - {mark})


def _portfolio(written: str, names: KnownNames) -> str:
    try:
        return names.portfolio(written) or written
    except LineRefused:  # several differ in upper and lower case alone: the server decides
        return written


def _ways(entry: OrderEntry, contracts: Contracts) -> Sequence[dict[str, object]]:
    """Return the ways to name the contract of an order, as its fields."""
    none: dict[str, object] = dict.fromkeys(_CONTRACT)
    ways = [{name: getattr(entry, name) for name in _CONTRACT}]
    for known in contracts.meant_by(entry):
        ways += [{**none, "contract_id": known.contract_id}] if known.contract_id else []
        ways += [{**none, "contract_name": name}] if (name := _name(known)) else []
        if window := _window(known):
            products = {None, entry.prod, getattr(known, "product", None)}
            ways += [{**none, "dlvry_start": window[0], "dlvry_end": window[1], "prod": each} for each in products]
    return [*{tuple(way.values()): way for way in ways}.values()]


def _name(known: _Known) -> str | None:
    return known.contract_name if isinstance(known, Order) else known.name


def _window(known: _Known) -> tuple[object, object] | None:
    """Return the delivery; None for a block, which has several, and if it is not known."""
    if known.delivery_start is None or known.delivery_end is None:
        return None
    return known.delivery_start, known.delivery_end


def _areas(known: _Known) -> Sequence[str]:
    if isinstance(known, Order):
        return (known.delivery_area,) if known.delivery_area else ()
    stated = [state.delivery_area for state in known.delivery_area_states or ()]
    return [area for area in (*stated, *(known.delivery_areas or ())) if area]

"""Names that an entry line can hold: portfolios and contracts that the desk knows, and the presets of a profile."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.api.reads.contracts import ContractItem
from pbtui.api.reads.identity import ApiKeyDetails
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.market.gates import trading_areas
from pbtui.settings.areas import AREAS, area_code
from pbtui.settings.profiles import Profile

_EIC_LENGTH = 16
_NAMED_AT_MOST = 3


class LineRefused(ValueError):
    """A part of a line that can't be read; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class LineContract:
    """A contract that trades. `areas` are the codes of the areas in which it does; empty if they are not known."""

    contract_id: str
    name: str
    delivery_start: datetime | None
    delivery_end: datetime | None
    areas: tuple[str, ...] = ()

    def reference(self, zone: ZoneInfo) -> str:
        """Return the words that name it in a line, with its delivery: `contract 4711 (27 Nov 14:15-14:30)`."""
        delivery = delivery_text(self.delivery_start, self.delivery_end, zone)
        return f"contract {self.contract_id} ({delivery})" if delivery else f"contract {self.contract_id}"


def line_contracts(
    contracts: Iterable[ContractItem], orders: Iterable[Order], now: datetime
) -> tuple[LineContract, ...]:
    """Return the contracts that trade, by the first delivery: those of the exchange, and those of orders."""
    found: dict[str, LineContract] = {}
    for contract in (*_listed(contracts, now), *_of_orders(orders)):
        if contract.contract_id and (contract.delivery_start is None or contract.delivery_start > now):
            found.setdefault(contract.contract_id, contract)
    return tuple(sorted(found.values(), key=lambda each: (each.delivery_start or now, each.contract_id)))


def _listed(contracts: Iterable[ContractItem], now: datetime) -> Iterator[LineContract]:
    for each in contracts:
        areas = trading_areas(each, now)
        if areas is None or areas:
            yield LineContract(
                each.contract_id or "", each.name or "", each.delivery_start, each.delivery_end, areas or ()
            )


def _of_orders(orders: Iterable[Order]) -> Iterator[LineContract]:
    for order in orders:
        areas = (order.delivery_area,) if order.delivery_area else ()
        yield LineContract(
            order.contract_id or "", order.contract_name or "", order.delivery_start, order.delivery_end, areas
        )


class KnownNames:
    """The portfolios and contracts that a line can name without a word before them, and the lines of presets.

    `market_zone` is the zone in which the market counts its hours, `h18`; None if it is that of the other times.
    """

    def __init__(
        self,
        portfolios: Sequence[str] = (),
        contracts: Sequence[LineContract] = (),
        presets: Mapping[str, str] | None = None,
        market_zone: ZoneInfo | None = None,
    ) -> None:
        self.market_zone = market_zone
        self.presets = {name.casefold(): line for name, line in (presets or {}).items()}
        self.portfolios = tuple(portfolios)
        self.contracts = tuple(contracts)
        self._by_words: dict[tuple[str, ...], list[LineContract]] = {}
        for contract in contracts:
            if words := tuple(contract.name.casefold().split()):
                self._by_words.setdefault(words, []).append(contract)
        self._lengths = sorted({len(words) for words in self._by_words}, reverse=True)
        self._ids = {contract.contract_id for contract in contracts}

    def portfolio(self, word: str) -> str:
        """Return the portfolio with this name, in upper or lower case; empty if there is none. Raises LineRefused."""
        alike = [name for name in self.portfolios if name.casefold() == word.casefold()]
        if len(alike) > 1 and word not in alike:
            raise LineRefused(f"{word} could be {' or '.join(alike)}: write it exactly")
        return word if word in alike else next(iter(alike), "")

    def fields_of(self, word: str) -> dict[str, str]:
        """Return the area and the portfolio that a word alone can be, by field. Raises LineRefused."""
        found: dict[str, str] = {}
        code = area_code(word)
        if code in AREAS or len(word) == _EIC_LENGTH:
            found["delivery_area"] = code
        if portfolio := self.portfolio(word):
            found["portfolio_id"] = portfolio
        return found

    def contracts_at(self, words: Sequence[str]) -> tuple[int, Sequence[LineContract]]:
        """Return how many of the first words are the name of a contract, the most there can be, and the contracts."""
        lower = [word.casefold() for word in words[: max(self._lengths, default=0)]]
        for length in self._lengths:
            named = self._by_words.get(tuple(lower[:length]))
            if named and length <= len(lower):
                return length, named
        return 0, ()

    def contract(self, contract_id: str | None, name: str | None) -> LineContract | None:
        """Return the contract that an order names by id or name; None if none or several have that name."""
        if contract_id:
            return next((each for each in self.contracts if each.contract_id == contract_id), None)
        named = [each for each in self.contracts if each.name == name] if name else []
        return named[0] if len(named) == 1 else None

    def traded_in(
        self, contract_id: str | None, start: datetime | None, end: datetime | None, area: str
    ) -> Sequence[str]:
        """Return the ids of the contracts that an order of this area can mean, by their id or their delivery."""
        if contract_id is not None:
            return (contract_id,)
        return [
            each.contract_id
            for each in self.contracts
            if (each.delivery_start, each.delivery_end) == (start, end) and (not each.areas or area in each.areas)
        ]

    def has_id(self, text: str) -> bool:
        """Return whether a text is the id of a contract."""
        return text in self._ids


def known_names(
    profile: Profile,
    now: datetime,
    *,
    key: ApiKeyDetails | None = None,
    contracts: Iterable[ContractItem] = (),
    orders: Sequence[Order] = (),
) -> KnownNames:
    """Return what a line can name: the presets, the contracts that trade, and the portfolios.

    The portfolios are those of the profile, else those that the key reaches, and those of the orders.
    """
    reached = () if key is None else key.portfolios or ()
    own = profile.portfolios or [each.id for each in reached]
    names = [name for name in dict.fromkeys([*own, *(order.portfolio_id for order in orders)]) if name]
    listed = line_contracts(contracts, orders, now)
    return KnownNames(names, listed, profile.presets, ZoneInfo(profile.market_timezone))


def only_contract(phrase: str, named: Sequence[LineContract], zone: ZoneInfo) -> LineContract:
    """Return the contract of that name. Raises LineRefused with the other spelling if there are several."""
    if len(named) > 1:
        ways = [contract.reference(zone) for contract in named[:_NAMED_AT_MOST]]
        more = len(named) - len(ways)
        others = [*ways, f"{more} more"] if more else ways
        raise LineRefused(f"{phrase} is the name of {len(named)} contracts: write {' or '.join(others)}")
    return named[0]

"""Routing of a request: find the exchange, check the key, make the call, return the answer.

Every known exchange name has its own exchange at `/{anything}/{exchange}/v2/api`. The exchange `epex` has the seeded
orders; the others start empty. Calls without an exchange are at `/{anything}/v2/api`. Double slashes count as one. A
call that none of the modules beside this one answers gets 404.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from pbtui.simulator.exchange import Exchange
from pbtui.simulator.http.algorithms import answer_algorithms_call
from pbtui.simulator.http.all_exchanges import CallOfAll, Downtime, answer_call_of_all
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.contracts import answer_contracts_call
from pbtui.simulator.http.faults import CallFaults
from pbtui.simulator.http.market_data import answer_market_call, health
from pbtui.simulator.http.orders_api import Call, answer_orders_call
from pbtui.simulator.http.risk import answer_risk_call
from pbtui.simulator.http.trades import answer_trades_call
from pbtui.simulator.http.wire import Query
from pbtui.simulator.rejections import CallRefused
from pbtui.simulator.rights import KeyRing

SEEDED_EXCHANGE = "epex"
EXCHANGES = (
    *("adex", "brm", "cropex", SEEDED_EXCHANGE, "etpa", "henex", "hupx", "ibex", "nordpool"),
    *("okte", "omie", "opcom", "opem", "ote", "semo", "southpool", "tge"),
)
_API = ("v2", "api")
_CALLS = (
    *(answer_orders_call, answer_trades_call, answer_market_call, answer_contracts_call, answer_risk_call),
    answer_algorithms_call,
)


class Address(NamedTuple):
    """Target of a request: the exchange, and the path parts after its base URL.

    Of a call without an exchange: no name, and the path with `v2` and `api`.
    """

    exchange: str
    path: tuple[str, ...]

    @classmethod
    def of(cls, raw_path: str) -> "Address | None":
        """Split an encoded URL path, where an order id may hold a slash; None if it is of no API."""
        return _address_of(raw_path)

    @property
    def relative(self) -> str:
        """The path after the base URL, as the fault plan's globs see it."""
        return "/" + "/".join(self.path)


@lru_cache(1024)
def _address_of(raw_path: str) -> Address | None:
    parts = [unquote(part) for part in raw_path.split("/") if part]
    for place in range(1, len(parts) - 1):
        if tuple(parts[place : place + 2]) == _API and parts[place - 1] in EXCHANGES:
            return Address(parts[place - 1], tuple(parts[place + 2 :]))
    if tuple(parts[1:3]) == _API and len(parts) > len(_API) + 1:
        return Address("", tuple(parts[1:]))
    return None


@dataclass(frozen=True)
class ApiRequest:
    """A request with its complete body. `secret` is the value of the api_key header."""

    method: str
    raw_path: str
    query: Query
    body: bytes
    secret: str | None


class Api:
    """All exchanges of one simulator. `seed` creates the exchange with the seeded orders as of a given time."""

    def __init__(self, seed: Callable[[datetime], Exchange], keys: KeyRing, clock: Callable[[], datetime]) -> None:
        self.keys = keys
        self._seed = seed
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Reset everything: the seeded exchange restarts now, the others restart with their next call."""
        seeded = self._seed(self._clock())
        self._exchanges = {seeded.name: seeded}
        self.downtimes: list[Downtime] = []

    def now(self) -> datetime:
        """The present time."""
        return self._clock()

    def step(self) -> None:
        """Move all exchanges to the present time."""
        for exchange in self._exchanges.values():
            exchange.step(self._clock())

    def exchanges(self) -> list[Exchange]:
        """The exchanges created so far, the seeded one first."""
        return list(self._exchanges.values())

    def answer(self, request: ApiRequest, call_faults: CallFaults) -> Answer:
        """Handle one request. Its changes are complete when this returns."""
        try:
            return self._answer(request, call_faults)
        except CallRefused as refused:
            return Answer.of_refusal(refused)

    def _answer(self, request: ApiRequest, call_faults: CallFaults) -> Answer:
        address = Address.of(request.raw_path)
        if address is None:
            raise CallRefused(404, "no exchange at this address: expected /{company}/{exchange}/v2/api/…")
        if (request.method, address.path) == ("GET", ("market", "health")):
            return health(self._exchange(address.exchange))
        key = self.keys.owner(request.secret)
        if not address.exchange:
            self.step()
            asked = CallOfAll(self.exchanges(), self.downtimes, request.method, address.path, request.query, key)
            return answer_call_of_all(asked, call_faults)
        exchange = self._exchange(address.exchange)
        call = Call(exchange, request.method, address.path, request.query, request.body, key, call_faults)
        for answer_call in _CALLS:
            if (answer := answer_call(call)) is not None:
                return answer
        raise CallRefused(404, f"unknown call: {request.method} {address.relative}")

    def _exchange(self, name: str) -> Exchange:
        now = self._clock()
        if name not in self._exchanges:
            self._exchanges[name] = Exchange(name, now)
        exchange = self._exchanges[name]
        exchange.step(now)
        return exchange

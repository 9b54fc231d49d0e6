"""The exchanges' gate: which exchange, whose key, which call, and the answer.

Every known exchange name has an exchange of its own at `/{anything}/{exchange}/v2/api`; epex is the one with the seeded
orders, the others begin empty. Double slashes count as one. The seven calls and a few beside them are answered; for
everything else there is a 404.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote

from pbtui.simulator.exchange import Exchange
from pbtui.simulator.http.answers import Answer
from pbtui.simulator.http.faults import Mishaps
from pbtui.simulator.http.market_data import answer_market_call
from pbtui.simulator.http.orders_api import Call, answer_orders_call
from pbtui.simulator.http.wire import Query
from pbtui.simulator.refusals import CallRefused
from pbtui.simulator.rights import KeyRing

SEEDED_EXCHANGE = "epex"
EXCHANGES = (
    *("adex", "brm", "cropex", SEEDED_EXCHANGE, "etpa", "henex", "hupx", "ibex", "nordpool"),
    *("okte", "omie", "opcom", "opem", "ote", "semo", "southpool", "tge"),
)
_API = ("v2", "api")


class Address(NamedTuple):
    """Where a request goes: the exchange, and what follows its base URL part by part."""

    exchange: str
    path: tuple[str, ...]

    @classmethod
    def of(cls, raw_path: str) -> "Address | None":
        """Take a still encoded URL path apart (an order id may hold a slash); None where it names no exchange."""
        parts = [unquote(part) for part in raw_path.split("/") if part]
        for place in range(1, len(parts) - 1):
            if tuple(parts[place : place + 2]) == _API and parts[place - 1] in EXCHANGES:
                return cls(parts[place - 1], tuple(parts[place + 2 :]))
        return None

    @property
    def relative(self) -> str:
        """What follows the base URL, as the fault plan's globs see it."""
        return "/" + "/".join(self.path)


@dataclass(frozen=True)
class ApiRequest:
    """A request whose body has come in whole. `secret` is the api_key header."""

    method: str
    raw_path: str
    query: Query
    body: bytes
    secret: str | None


class Api:
    """All exchanges of one simulator behind their keys. `seed` makes the one with the seeded orders, as of a moment."""

    def __init__(self, seed: Callable[[datetime], Exchange], keys: KeyRing, clock: Callable[[], datetime]) -> None:
        self.keys = keys
        self._seed = seed
        self._clock = clock
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget all that happened: the seeded exchange begins again now, the others with their next call."""
        seeded = self._seed(self._clock())
        self._exchanges = {seeded.name: seeded}

    def now(self) -> datetime:
        """The present moment."""
        return self._clock()

    def step(self) -> None:
        """Bring all exchanges up to now."""
        for exchange in self._exchanges.values():
            exchange.step(self._clock())

    def exchanges(self) -> list[Exchange]:
        """The exchanges somebody has asked for so far, the seeded one first."""
        return list(self._exchanges.values())

    def answer(self, request: ApiRequest, mishaps: Mishaps) -> Answer:
        """Handle one request: whatever it changes has happened when this returns."""
        try:
            return self._answer(request, mishaps)
        except CallRefused as refused:
            return Answer.of_refusal(refused)

    def _answer(self, request: ApiRequest, mishaps: Mishaps) -> Answer:
        address = Address.of(request.raw_path)
        if address is None:
            raise CallRefused(404, "no exchange at this address: expected /{company}/{exchange}/v2/api/…")
        if (request.method, address.path) == ("GET", ("market", "health")):
            return Answer(204)
        key = self.keys.owner(request.secret)
        exchange = self._exchange(address.exchange)
        call = Call(exchange, request.method, address.path, request.query, request.body, key, mishaps)
        answer = answer_orders_call(call) or answer_market_call(call)
        if answer is None:
            raise CallRefused(404, f"no such call here: {request.method} {address.relative}")
        return answer

    def _exchange(self, name: str) -> Exchange:
        now = self._clock()
        if name not in self._exchanges:
            self._exchanges[name] = Exchange(name, now)
        exchange = self._exchanges[name]
        exchange.step(now)
        return exchange

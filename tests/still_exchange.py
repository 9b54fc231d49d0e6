"""A simulator in the process of a test, on a real connection, whose clock stands: the same at each run."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from pbtui.simulator.exchange import Exchange
from pbtui.simulator.http.api import SEEDED_EXCHANGE, Api, ApiRequest
from pbtui.simulator.http.faults import CallFaults
from pbtui.simulator.http.wire import query_of
from pbtui.simulator.rights import KeyRing
from tests.raw_server import RawRequest, raw_server_on_a_thread, reply

SEED = 1
RAN_FOR, STEP = timedelta(minutes=10), timedelta(seconds=1)


@dataclass(frozen=True)
class StillExchange:
    """Where it is, and the key of the trader."""

    base_url: str
    api_key: str


@contextmanager
def still_exchange(now: datetime, *, orders: int, churn: float) -> Iterator[StillExchange]:
    """Serve a simulator that began ten minutes earlier, and for which it is always this moment from then on."""
    keys, moments = KeyRing(), deque([now - RAN_FOR + n * STEP for n in range(RAN_FOR // STEP + 1)])
    api = Api(lambda at: Exchange(SEEDED_EXCHANGE, at, seed=SEED, orders=orders, churn=churn), keys, lambda: moments[0])
    while len(moments) > 1:
        moments.popleft()
        api.step()

    async def answer(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        path, _, query = request.target.partition("?")
        secret = {name.lower(): value for name, value in request.headers.items()}.get("api_key")
        given = api.answer(ApiRequest(request.method, path, query_of(query), request.body, secret), CallFaults())
        headers = {**given.headers, "Date": format_datetime(now, usegmt=True)}
        await reply(given.body, f"{given.status} OK", given.media_type, **headers)(request, writer)

    with raw_server_on_a_thread(answer) as server:
        yield StillExchange(server.base_url, keys.secrets["trader"])

"""The simulator in the process of a test and in virtual time, for tests that would have to wait.

A test in `tests/desk` that asks for `exchange` runs on a loop of `tests.simulation.loop`: both clocks show the loop's
time, and where nothing is to be done the time jumps to the next timer. Requests go through httpx to the simulator's own
application. Files are real; the threads that write them are jobs of the loop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, NamedTuple, TypeVar
from unittest.mock import patch

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from pbtui.api.transport.connection import use_transport
from pbtui.simulator.exchange import Exchange
from pbtui.simulator.http.api import SEEDED_EXCHANGE, Api
from pbtui.simulator.http.application import ApiApplication
from pbtui.simulator.http.control import ControlRoom
from pbtui.simulator.http.faults import FaultPlan, Faults
from pbtui.simulator.http.request_log import RequestLog
from pbtui.simulator.rights import ADMIN, READER, TRADER, KeyRing
from tests.exchange import RunningExchange
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.simulation.network import Network
from tests.simulation.virtual_server import virtual_time

SEED = 1
Result = TypeVar("Result")
BASE_URL = "http://127.0.0.1:1/playground/epex/v2/api"


class LeftRequest(NamedTuple):
    """A request that left the desk, and the loop's time then."""

    at_s: float
    method: str


class VirtualExchange(RunningExchange):
    """A simulator like `RunningExchange`, in virtual time. `network` is what lies between it and the desk."""

    def __init__(self, loop: VirtualLoop, orders: int = 60) -> None:
        virtual = VirtualClock(loop)
        api = Api(lambda now: Exchange(SEEDED_EXCHANGE, now, seed=SEED, orders=orders), KeyRing(), virtual.utc_now)
        faults, log = Faults(FaultPlan(), SEED), RequestLog()
        application = ApiApplication(api, faults, log)
        self.network = Network(application, Random(SEED), self)
        self.left: list[LeftRequest] = []
        """The requests of the desk, oldest first."""
        self.loop = loop
        app = Starlette(routes=[*ControlRoom(api, faults, log).routes(), Mount("/", app=application)])
        owners = {"trader": TRADER, "admin": ADMIN, "reader": READER}
        greeting = {
            "base_url": BASE_URL,
            "keys": api.keys.secrets,
            "portfolios": {name: [p.portfolio_id for p in owner.portfolios] for name, owner in owners.items()},
        }
        super().__init__(None, greeting, httpx.Client(transport=_AtOnce(app)))

    def leaves(self, station: str, method: str, path: str, body: bytes) -> None:
        """Note a request that leaves the desk."""
        self.left.append(LeftRequest(self.loop.time(), method))

    def answered(self, station: str, method: str, path: str, body: bytes, status: int) -> None:
        """Do nothing: see `requests`."""

    def answer_ended(self, station: str, method: str, path: str, body: bytes, status: int, answer: bytes) -> None:
        """Do nothing: see `requests`."""


class _AtOnce(httpx.BaseTransport):
    """Carries the test's own calls to the application, past the network and outside of time."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        path, _, query = request.url.raw_path.partition(b"?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": request.url.path,
            "raw_path": path,
            "query_string": query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "root_path": "",
            "scheme": "http",
            "server": ("127.0.0.1", 1),
            "client": ("127.0.0.1", 2),
            "state": {},
        }
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.content, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        serving = self._app(scope, receive, send).__await__()
        try:
            next(iter(serving))
        except StopIteration:
            start, *bodies = messages
            content = b"".join(message["body"] for message in bodies)
            return httpx.Response(start["status"], headers=start["headers"], content=content)
        raise AssertionError(f"the simulator waits before it answers {request.method} {request.url}")


@contextmanager
def virtual_exchange_on(loop: VirtualLoop, **options: Any) -> Iterator[VirtualExchange]:
    """Let the desk meet this exchange, and the loop's time, until the end of the block."""
    with virtual_time(loop):
        exchange = VirtualExchange(loop, **options)
        with use_transport(exchange.network.open):
            yield exchange


@contextmanager
def virtual_command() -> Iterator[VirtualExchange]:
    """Let one command that runs in this process meet an exchange in virtual time."""
    loop = new_virtual_loop()

    def run(main: Coroutine[Any, Any, Result]) -> Result:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(main)

    with virtual_exchange_on(loop) as exchange, patch("pbtui.desk.event_loop.run", run):
        yield exchange


def new_virtual_loop() -> VirtualLoop:
    """Make the loop of a test."""
    return VirtualLoop(Random(SEED), in_order=True)

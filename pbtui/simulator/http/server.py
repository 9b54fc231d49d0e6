"""The simulator process: one HTTP server, one event loop, one line on stdout when it is ready, a clean shutdown."""

import asyncio
import gc
import ipaddress
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from uvicorn.protocols.http.h11_impl import H11Protocol

from pbtui.simulator.exchange import TICK, Exchange
from pbtui.simulator.http.api import SEEDED_EXCHANGE, Api
from pbtui.simulator.http.application import ApiApplication
from pbtui.simulator.http.control import ControlRoom
from pbtui.simulator.http.faults import FaultPlan, Faults
from pbtui.simulator.http.request_log import RequestLog
from pbtui.simulator.rights import ADMIN, READER, TRADER, KeyRing

COMPANY = "playground"
KEEP_ALIVE_S = 75
LONGEST_FAREWELL_S = 1
"""Time that answers in progress may take after the simulator is asked to stop."""


@dataclass(frozen=True, kw_only=True)
class SimulatorOptions:
    """Options of `pbtui simulate`. `churn` is the fraction of the seeded orders that changes per second."""

    host: str = "127.0.0.1"
    port: int = 0
    orders: int = 60
    churn: float = 0.02
    seed: int = 1
    plan: FaultPlan = field(default_factory=FaultPlan)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach that host. The control paths are open on such a host only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def run(options: SimulatorOptions, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. `announce` gets the JSON line when connections are accepted.

    Raises OSError if the server cannot listen on host and port.
    """
    listener = _listener(options.host, options.port)

    def seeded(now: datetime) -> Exchange:
        return Exchange(SEEDED_EXCHANGE, now, seed=options.seed, orders=options.orders, churn=options.churn)

    api = Api(seeded, KeyRing(), _now)
    # The seeded orders live until the end: keep the garbage collector from scanning them.
    gc.freeze()
    faults, log = Faults(options.plan, options.seed), RequestLog()
    application = ApiApplication(api, faults, log)
    routes = ControlRoom(api, faults, log).routes() if is_loopback(options.host) else []

    @asynccontextmanager
    async def day(_app: Starlette) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_tick(api))
        yield
        ticking.cancel()

    app = Starlette(routes=[*routes, Mount("/", app=application)], lifespan=day)
    config = uvicorn.Config(
        app,
        http=_DroppableConnection,
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_level="error",
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=LONGEST_FAREWELL_S,
    )
    base_url = f"http://{_host_and_port(listener)}/{COMPANY}/{SEEDED_EXCHANGE}/v2/api"
    server = _Server(config, application, lambda: announce(_greeting(base_url, api.keys)))
    # uvicorn raises the signal again after it has stopped; at that point it must end the process cleanly.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Reports when it is ready, and ends waiting answers when it stops."""

    def __init__(self, config: uvicorn.Config, application: ApiApplication, serving: Callable[[], None]) -> None:
        super().__init__(config)
        self._application = application
        self._serving = serving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._serving()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._application.close()
        await super().shutdown(sockets)


class _DroppableConnection(H11Protocol):
    """An HTTP connection that the application finds in `scope["state"]` and can close without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "connection": transport}
        super().connection_made(transport)


async def _tick(api: Api) -> None:
    while True:
        await asyncio.sleep(TICK.total_seconds())
        api.step()


def _greeting(base_url: str, keys: KeyRing) -> str:
    greeting = {
        "base_url": base_url,
        "keys": keys.secrets,
        "portfolios": {
            owner.name: [portfolio.portfolio_id for portfolio in owner.portfolios] for owner in (TRADER, ADMIN, READER)
        },
    }
    return msgspec.json.encode(greeting).decode()


def _listener(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def _host_and_port(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _now() -> datetime:
    return datetime.now(UTC)

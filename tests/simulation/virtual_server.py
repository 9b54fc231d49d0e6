"""The servers of `tests.raw_server` in virtual time: h11 reads what they write, as over a socket, but in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from random import Random
from typing import Any

import h11
import httpx

from pbtui.api import clock, randomness
from pbtui.api.transport.connection import use_transport
from pbtui.desk.storage.disk_thread import use_workers
from tests.simulation.loop import LateWorker, VirtualClock, VirtualLoop
from tests.simulation.network import Exchange, Network

SEED = 1
_DELAY_S = (0.0001, 0.0004)
"""As on the loopback: a test of raw answers says itself how slow they are."""
Answer = Callable[[str, str, dict[str, str], bytes, asyncio.StreamWriter], Awaitable[None]]
"""Answers a request: its method, target, headers and body are given, and where to write to."""

_ports = count(10_001)
_servers: dict[int, Network] = {}
"""The servers that run, by port."""


@contextmanager
def virtual_time(loop: VirtualLoop) -> Iterator[None]:
    """Let the desk have the loop's time, chance and threads until the end of the block."""
    lots = Random(SEED)
    with ExitStack() as stack:
        stack.enter_context(clock.use(VirtualClock(loop)))
        stack.enter_context(randomness.use(Random(SEED)))
        stack.enter_context(use_workers(lambda _name: LateWorker(loop, lambda: lots.uniform(0.0002, 0.004))))
        yield


@contextmanager
def virtual_server(loop: VirtualLoop, answer: Answer) -> Iterator[int]:
    """Serve in memory until the end of the block; gives the port."""

    async def application(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: object) -> None:
        request = await receive()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        target = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        wire = _Wire(scope["method"], target, scope["state"]["connection"])
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        writer = asyncio.StreamWriter(wire, protocol, None, loop)
        try:
            await answer(scope["method"], target, headers, request["body"], writer)
        finally:
            wire.leave_open()

    port = next(_ports)
    _servers[port] = Network(application, Random(SEED), _Unwatched(), _DELAY_S)
    with virtual_time(loop), use_transport(_Lines):
        try:
            yield port
        finally:
            _servers.pop(port).end()


class _Unwatched:
    """Watches nothing: a server of a test keeps its requests itself."""

    def leaves(self, station: str, method: str, path: str, body: bytes) -> None:
        pass

    def answered(self, station: str, method: str, path: str, body: bytes, status: int) -> None:
        pass

    def answer_ended(self, station: str, method: str, path: str, body: bytes, status: int, answer: bytes) -> None:
        pass


class _Lines(httpx.AsyncBaseTransport):
    """The connections of one client: to each server that runs when a request is made."""

    def __init__(self, concurrent_calls: int) -> None:
        self._concurrent_calls = concurrent_calls
        self._lines: dict[int, httpx.AsyncBaseTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        port = request.url.port or 80
        if port not in _servers:
            raise httpx.ConnectError("Connection refused", request=request)
        if port not in self._lines:
            self._lines[port] = _servers[port].open(self._concurrent_calls)
        return await self._lines[port].handle_async_request(request)


class _Wire(asyncio.Transport):
    """Reads the bytes of one answer, and passes its parts on to the client."""

    def __init__(self, method: str, target: str, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange
        self._is_closing = False
        self._client = h11.Connection(h11.CLIENT)
        self._client.send(h11.Request(method=method, target=target, headers=[("Host", "127.0.0.1")]))
        self._client.send(h11.EndOfMessage())

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._is_closing:
            self._receive(bytes(data))

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._receive(b"")

    def leave_open(self) -> None:
        """Take no more of this answer; a client that waits for the rest goes on waiting."""
        self._is_closing = True

    def is_closing(self) -> bool:
        return self._is_closing

    def _receive(self, data: bytes) -> None:
        try:
            self._client.receive_data(data)
            while (event := self._client.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                if isinstance(event, h11.ConnectionClosed):
                    break
                self._pass_on(event)
        except h11.RemoteProtocolError:
            self._exchange.abort()

    def _pass_on(self, event: object) -> None:
        match event:
            case h11.Response():
                start = {
                    "type": "http.response.start",
                    "status": event.status_code,
                    "headers": event.headers.raw_items(),
                }
                self._exchange.put(start)
            case h11.Data():
                self._exchange.put({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
            case h11.EndOfMessage():
                self._exchange.put({"type": "http.response.body", "body": b"", "more_body": False})

"""The network between the clients and the exchange, in one process: delays, lost connections, a server that is away.

It carries the requests of httpx to the simulator's ASGI application. httpx's own transport for that can't lose a
connection, ends a call when its caller leaves, and does not report when a request leaves, which the halt needs.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar, copy_context
from functools import partial
from random import Random
from typing import Any, Protocol

import httpx

from pbtui.api.transport.send_check import LEAVES

Application = Callable[
    [dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]


class Watcher(Protocol):
    """Sees what is on the wire."""

    def leaves(self, station: str, method: str, path: str, body: bytes) -> None:
        """Take a request whose first byte leaves."""

    def answered(self, station: str, method: str, path: str, body: bytes, status: int) -> None:
        """Take the status that the application answers with."""

    def answer_ended(self, station: str, method: str, path: str, body: bytes, status: int, answer: bytes) -> None:
        """Take the answer, all of which is on its way to the client."""


STATION: ContextVar[str] = ContextVar("STATION", default="?")
"""Who opened the connection, such as `A` or `A kill`; at the exchange, who sent the request."""

_USUAL_DELAY_S = (0.002, 0.06)


class Network:
    """Connections to one application. While `is_away`, no connection can be made."""

    def __init__(
        self,
        application: Application,
        lots: Random,
        watcher: Watcher,
        delays_s: tuple[float, float] = _USUAL_DELAY_S,
    ) -> None:
        self._application = application
        self._lots = lots
        self._watcher = watcher
        self._delays_s = delays_s
        self._serving: set[asyncio.Task[None]] = set()
        self._writing: set[asyncio.Task[None]] = set()
        self._there = copy_context()
        """The context of the exchange: what it handles does not end with the process that asked for it."""
        self.is_away = False
        self.refused = 0
        """How many connections could not be made."""

    def open(self, concurrent_calls: int) -> httpx.AsyncBaseTransport:
        """Open a client's connections: at most that many at once."""
        return _Line(self, STATION.get(), asyncio.Semaphore(concurrent_calls))

    def delay_s(self) -> float:
        """Draw how long a request or an answer is on its way."""
        return self._lots.uniform(*self._delays_s)

    def leave(self, station: str, request: httpx.Request, body: bytes) -> "Exchange":
        """Send a request on its way."""
        call = (station, request.method, request.url.raw_path.decode(), body)
        self._watcher.leaves(*call)
        exchange = Exchange(
            request, body, partial(self._watcher.answered, *call), partial(self._watcher.answer_ended, *call)
        )
        task = asyncio.get_running_loop().create_task(self._serve(station, exchange), context=self._there.copy())
        tasks = self._serving if request.method == "GET" else self._writing
        tasks.add(task)
        task.add_done_callback(tasks.discard, context=self._there)
        return exchange

    async def _serve(self, station: str, exchange: "Exchange") -> None:
        STATION.set(station)
        await asyncio.sleep(self.delay_s())
        await self._application(exchange.scope(), exchange.receive, exchange.send)

    async def until_quiet(self) -> None:
        """Wait until the exchange has handled everything that was sent to it, however late that is."""
        while self._writing:
            await asyncio.wait(self._writing)

    async def close(self) -> None:
        """End what is still under way."""
        self.end()
        await asyncio.sleep(0)

    def end(self) -> None:
        """Cancel what is still under way."""
        for task in (*self._serving, *self._writing):
            task.cancel()


class _Line(httpx.AsyncBaseTransport):
    """The connections of one client."""

    def __init__(self, network: Network, station: str, free: asyncio.Semaphore) -> None:
        self._network = network
        self._station = station
        self._free = free

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        timeout = request.extensions["timeout"]
        if self._free.locked():
            try:
                async with asyncio.timeout(timeout["pool"]):
                    await self._free.acquire()
            except TimeoutError:
                raise httpx.PoolTimeout("", request=request) from None
        else:
            await self._free.acquire()
        try:
            return await self._send(request, timeout["read"])
        except BaseException:
            self._free.release()
            raise

    async def _send(self, request: httpx.Request, within_s: float) -> httpx.Response:
        await asyncio.sleep(self._network.delay_s())
        if self._network.is_away:
            self._network.refused += 1
            raise httpx.ConnectError("Connection refused", request=request)
        trace = request.extensions.get("trace")
        if trace is not None:
            await trace(LEAVES, {})
        assert isinstance(request.stream, httpx.AsyncByteStream)
        body = b"".join([part async for part in request.stream])
        exchange = self._network.leave(self._station, request, body)
        try:
            start = await exchange.next_message(within_s)
            await asyncio.sleep(self._network.delay_s())
        except BaseException:
            exchange.hang_up()
            raise
        answer = _Body(exchange, within_s, self._free)
        return httpx.Response(start["status"], headers=start["headers"], stream=answer)


class Exchange:
    """One request and its answer, between the client and the application."""

    def __init__(
        self,
        request: httpx.Request,
        body: bytes,
        answered: Callable[[int], None],
        ended: Callable[[int, bytes], None],
    ) -> None:
        self._request = request
        self._answered = answered
        self._ended = ended
        self._status = 0
        self._answer = bytearray()
        self._body: bytes | None = body
        self._messages: deque[dict[str, Any] | None] = deque()
        self._comes: asyncio.Future[bool] | None = None
        """What the client waits with for the next message; False if it comes too late."""
        self._is_over = asyncio.Event()

    def scope(self) -> dict[str, Any]:
        """Describe the request to the application."""
        request = self._request
        raw_path, _, query = request.url.raw_path.partition(b"?")
        return {
            "type": "http",
            "method": request.method,
            "path": request.url.path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "state": {"connection": self},
        }

    async def receive(self) -> dict[str, Any]:
        """Give the application the request, then wait for the end."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._is_over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        """Take a part of the answer from the application."""
        self.put(message)

    def put(self, message: dict[str, Any]) -> None:
        """Take a part of the answer."""
        if not self._is_over.is_set():  # else the client is gone
            self._watch(message)
        self._pass_on(message)

    def _watch(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._answered(self._status)
            return
        self._answer += message["body"]
        if not message["more_body"]:
            self._ended(self._status, bytes(self._answer))

    def abort(self) -> None:
        """Lose the connection: the simulator's gate does so for a dropped answer."""
        self._pass_on(None)
        self._is_over.set()

    def _pass_on(self, message: dict[str, Any] | None) -> None:
        self._messages.append(message)
        _resolve(self._comes, True)

    def hang_up(self) -> None:
        """Note that the client is gone. The application goes on."""
        self._is_over.set()

    async def next_message(self, within_s: float) -> dict[str, Any]:
        """Return the next part of the answer."""
        if not self._messages and not await self._has_come(within_s):
            raise httpx.ReadTimeout("", request=self._request)
        message = self._messages.popleft()
        if message is None:
            raise httpx.RemoteProtocolError("Server disconnected", request=self._request)
        return message

    async def _has_come(self, within_s: float) -> bool:
        """Wait for a message: as `asyncio.timeout` and a queue do, in a third of their time."""
        loop = asyncio.get_running_loop()
        comes: asyncio.Future[bool] = loop.create_future()
        self._comes = comes
        timer = loop.call_later(within_s, _resolve, comes, False)
        try:
            return await comes
        finally:
            timer.cancel()


def _resolve(future: "asyncio.Future[bool] | None", result: bool) -> None:
    if future is not None and not future.done():
        future.set_result(result)


class _Body(httpx.AsyncByteStream):
    """The body of an answer as it comes."""

    def __init__(self, exchange: Exchange, within_s: float, free: asyncio.Semaphore) -> None:
        self._exchange = exchange
        self._within_s = within_s
        self._free: asyncio.Semaphore | None = free

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            message = await self._exchange.next_message(self._within_s)
            if message["body"]:
                yield message["body"]
            if not message["more_body"]:
                return

    async def aclose(self) -> None:
        self._exchange.hang_up()
        if self._free is not None:
            self._free.release()
            self._free = None

"""A server that answers with exactly the bytes a test gives it, and keeps the requests as they came."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

from tests.simulation.loop import VirtualLoop, running_virtual_loop
from tests.simulation.virtual_server import virtual_server

Respond = Callable[["RawRequest", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class RawRequest:
    """One request as it stood on the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class RawServer:
    """The requests seen so far, and where to send more; `received` has the heads, also without their body."""

    port: int
    scheme: str = "http"
    requests: list[RawRequest] = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray)

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/playground/epex/v2/api"


def reply(
    body: bytes = b"[]", status: str = "200 OK", content_type: str = "application/json", **headers: str
) -> Respond:
    """Answer with this body; header names are written with _ for -."""

    async def respond(request: RawRequest, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return respond


async def drop(request: RawRequest, writer: asyncio.StreamWriter) -> None:
    """Close the connection without an answer."""
    writer.close()


async def silence(request: RawRequest, writer: asyncio.StreamWriter) -> None:
    """Take the request and never answer."""
    await asyncio.Event().wait()


@asynccontextmanager
async def raw_server(respond: Respond | None = None, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """Serve on a free port of the loopback, answering every request the same way; in virtual time in memory."""
    answer = respond or reply()
    if (loop := running_virtual_loop()) is not None:
        with raw_server_on(loop, answer) as virtual:
            yield virtual
        return
    connections: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read_request(reader, server.received)) is not None:
                server.requests.append(request)
                await answer(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections[writer] = asyncio.create_task(serve(reader, writer))

    listener = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    server = RawServer(listener.sockets[0].getsockname()[1], "http" if tls is None else "https")
    try:
        yield server
    finally:
        await _accept_no_more(listener)
        listener.close()
        for task in connections.values():
            task.cancel()
        await asyncio.gather(*connections.values(), return_exceptions=True)
        for writer in connections:
            writer.close()  # a task that was cancelled before it began closes nothing


async def _accept_no_more(listener: asyncio.Server) -> None:
    """Let each connection that was accepted reach `connected`. One that reaches a closed listener is never closed.

    The tasks that accept are asyncio's own, so they go by name.
    """
    for listening in listener.sockets:
        asyncio.get_running_loop().remove_reader(listening.fileno())
    accepting = [
        task for task in asyncio.all_tasks() if "_accept_connection" in getattr(task.get_coro(), "__name__", "")
    ]
    await asyncio.gather(*accepting, return_exceptions=True)


@contextmanager
def raw_server_on_a_thread(answer: Respond) -> Iterator[RawServer]:
    """Serve like `raw_server`, on the loop of a thread of its own."""
    serving, ending = threading.Event(), threading.Event()
    found: list[RawServer] = []

    async def serve() -> None:
        async with raw_server(answer) as server:
            found.append(server)
            serving.set()
            await asyncio.to_thread(ending.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    serving.wait()
    try:
        yield found[0]
    finally:
        ending.set()
        thread.join()


@contextmanager
def raw_server_on(loop: VirtualLoop, respond: Respond) -> Iterator[RawServer]:
    """Serve in memory and in the time of the loop."""

    async def answer(
        method: str, target: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> None:
        request = RawRequest(method, target, headers, body)
        server.requests.append(request)
        with suppress(ConnectionError):
            await respond(request, writer)

    with virtual_server(loop, answer) as port:
        server = RawServer(port)
        yield server


async def _read_request(reader: asyncio.StreamReader, received: bytearray) -> RawRequest | None:
    try:
        raw_head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        received += error.partial
        return None
    received += raw_head
    head = raw_head.decode("ascii")
    request_line, *header_lines = head.rstrip().split("\r\n")
    method, target, _ = request_line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in header_lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return RawRequest(method, target, headers, body)

"""One call to the server: sent once, limited in time and size. Every failure becomes an exception of the error tree.

The environment is not read, redirects are not followed, nothing is sent twice. No other module sends a key;
`contact` makes a request without one.
"""

import asyncio
import logging
import re
from codecs import BOM_UTF8
from collections.abc import AsyncIterable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Protocol

import msgspec

from pbtui import __version__
from pbtui.api.answer import Answer, answer_of, refusal_of
from pbtui.api.clock import steady_s, utc_now
from pbtui.api.errors import (
    Forbidden,
    NotSent,
    OrdersApiError,
    RefusedHere,
    Unauthorized,
    UnknownOutcome,
    UnreadableReply,
)
from pbtui.api.transport.authorities import authorities
from pbtui.api.transport.causes import NEVER_LEFT, cause_of
from pbtui.api.transport.httpx_alone import httpx
from pbtui.api.transport.send_check import SendCheck
from pbtui.api.transport.url_parts import query_text

MAX_CONCURRENT_CALLS = 4
MAX_BODY_BYTES = 128 * 2**20
SLOWEST_BYTES_PER_S = 10_000
"""An answer that comes at least so fast is read to its end, however long it takes."""

_PROLONGED_BY_AT_LEAST_S = 0.5
"""Most answers are short: the time limit of a call is not set anew for each of their parts."""

# Shorter than servers keep an idle connection, so that a call rarely uses one that the server is closing.
_KEEPALIVE_S = 4.0

_ALL_EXCHANGES = "/v2/api/"
"""The beginning of the path of a call that names no exchange."""

# At DEBUG these log response headers. The server decides what is in them; they may contain the key.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_READ = httpx.ByteStream(b"")
_encode_json = msgspec.json.Encoder(decimal_format="number").encode


class Timeouts(msgspec.Struct, frozen=True):
    """Time limits of one call, in seconds: to connect, for the next bytes, and for the whole call.

    An answer that keeps coming has more time for the whole call: see `SLOWEST_BYTES_PER_S`.
    """

    connect_s: float
    next_bytes_s: float
    deadline_s: float


class ApiKey(Protocol):
    """An API key. It may be replaced while the connection is open."""

    def get_secret_value(self) -> str:
        """Return the present key."""


OpenTransport = Callable[[int], httpx.AsyncBaseTransport | None]
"""Opens what carries the requests, given how many may be under way at once; None: httpx's own, over sockets."""


def _over_sockets(_concurrent_calls: int) -> None:
    return None


_open_transport: OpenTransport = _over_sockets


@contextmanager
def use_transport(open_transport: OpenTransport) -> Iterator[None]:
    """Open each connection with this until the end of the block: a simulation has no sockets."""
    global _open_transport
    earlier, _open_transport = _open_transport, open_transport
    try:
        yield
    finally:
        _open_transport = earlier


class Connection:
    """Connection to one server with one key.

    `ca_file` replaces the authorities of this host; `proxy` is the URL of a proxy. Raises ValueError if the key can't
    be sent in a header, or if `ca_file` can't be read.
    """

    def __init__(
        self,
        base_url: str,
        api_key: ApiKey,
        *,
        ca_file: Path | None = None,
        proxy: str | None = None,
        concurrent_calls: int = MAX_CONCURRENT_CALLS,
    ) -> None:
        if not re.fullmatch(r"[!-~]+", api_key.get_secret_value()):
            raise ValueError("the API key is empty, or contains a space, a control or a non-ASCII character")
        self._base_url = base_url.rstrip("/")
        self._root_url = self._base_url.removesuffix(_ALL_EXCHANGES.rstrip("/")).rpartition("/")[0]
        self._key = api_key
        self.calls_under_way = 0
        self.received_bytes = 0
        """Bytes of all answers, as far as they have come."""
        self.key_refusals = 0
        """Number of calls that the server answered with 401 or 403."""
        self._http = httpx.AsyncClient(
            auth=httpx.Auth(),  # the key is added to each request, and nothing of the URL is a password
            headers={
                "Accept": "application/json",
                "Cache-Control": "no-cache",
                "User-Agent": f"pbtui/{__version__}",
            },
            verify=authorities(self._base_url, ca_file),
            proxy=proxy,
            transport=_open_transport(concurrent_calls),
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=concurrent_calls, keepalive_expiry=_KEEPALIVE_S),
        )
        self._headers = [(b"Host", _url(self._base_url).netloc), *self._http.headers.raw]

    def __repr__(self) -> str:
        return f"Connection({self._base_url!r})"

    @property
    def exchange(self) -> str:
        """The exchange that the base URL names."""
        return self._base_url.removesuffix(_ALL_EXCHANGES.rstrip("/")).rpartition("/")[2]

    async def close(self) -> None:
        """Close the connection; calls in progress end as UnknownOutcome."""
        await self._http.aclose()

    async def request(
        self,
        method: str,
        path: str,
        timeouts: Timeouts,
        *,
        query: Mapping[str, object],
        body: object = None,
        passage: AbstractAsyncContextManager[None] | None = None,
        enters: bool = False,
    ) -> Answer:
        """Send one request, once, and return the successful answer.

        A path that begins with `/v2/api/` is of all exchanges; any other is of the exchange of the base URL. In
        `query`, None and empty lists are left out, booleans are lower case, lists are comma-separated. `body` is any
        JSON value; Decimals become numbers. `passage` is entered once there is a connection, right before the first
        byte is sent, and may raise RefusedHere then to stop the call; it is left with the error, if there is one, when
        the call has ended. `enters` is set if the request can add orders to the market: it then ends with RefusedHere
        if `passage` could not be entered. Raises an OrdersApiError for every failure.
        """
        call = f"{method} {path}"
        async with AsyncExitStack() as passed:
            leaving = None if passage is None else partial(passed.enter_async_context, passage)
            check = None if leaving is None else SendCheck(call, leaving, enters=enters)
            request = self._built(method, self._url_of(path, query_text(call, query)), body, timeouts, check)
            self.calls_under_way += 1
            try:
                end = await self._attempt(call, request, timeouts, check)
            finally:
                self.calls_under_way -= 1
            if isinstance(end, Unauthorized | Forbidden):
                self.key_refusals += 1
            if isinstance(end, OrdersApiError):
                raise end
            return end

    def _url_of(self, path: str, query: str) -> httpx.URL:
        base_url = self._root_url if path.startswith(_ALL_EXCHANGES) else self._base_url
        return _url(f"{base_url}{path}?{query}" if query else base_url + path)

    def _built(
        self, method: str, url: httpx.URL, body: object, timeouts: Timeouts, check: SendCheck | None
    ) -> httpx.Request:
        """Return the request. It alone holds the key: the headers that are kept do not.

        The client of httpx could build it, but merges headers, parameters and URLs for that, which takes longer than
        everything else that it does with a request.
        """
        headers = [*self._headers, (b"api_key", self._key.get_secret_value().encode())]
        content = b"" if body is None else _encode_json(body)
        if body is not None:
            headers += [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(content))]
        request = httpx.Request(
            method,
            url,
            headers=headers,
            cookies=self._http.cookies,
            stream=httpx.ByteStream(content) if check is None else check.body(content),
            extensions={"timeout": _limits(timeouts)},
        )
        if check is not None:
            request.extensions["trace"] = check.trace
        return request

    async def _attempt(
        self, call: str, request: httpx.Request, timeouts: Timeouts, check: SendCheck | None
    ) -> Answer | OrdersApiError:
        """Send the request and return the answer or the error.

        Errors are returned, not raised: an error raised here would keep httpx's exception as its context, and through
        it the request and the key.
        """
        requested_at, requested_s = utc_now(), steady_s()
        try:
            async with asyncio.timeout(timeouts.deadline_s) as limit:
                response, content = await self._exchange(request, limit)
        except RefusedHere as refusal:
            return refusal
        except TimeoutError:
            waited_s = max(timeouts.deadline_s, int(steady_s() - requested_s))
            if check is not None and check.holds_back:
                return NotSent(call, f"the check before sending did not end within {waited_s:g} s")
            return UnknownOutcome(call, f"no complete answer within {waited_s:g} s")
        except NEVER_LEFT as error:
            return NotSent(call, f"cannot reach {request.url.host}: {self._redacted(cause_of(error))}")
        except (httpx.HTTPError, httpx.StreamError) as error:
            return UnknownOutcome(call, f"no complete answer: {self._redacted(cause_of(error))}")
        status = response.status_code
        if content is None:
            reason = f"the answer is larger than {MAX_BODY_BYTES >> 20} MiB"
            return UnreadableReply(call, reason, status=status)
        if response.is_success:
            return answer_of(status, response.headers, content, requested_at=requested_at, requested_s=requested_s)
        return refusal_of(call, status, response.headers, content)

    async def _exchange(self, request: httpx.Request, limit: asyncio.Timeout) -> tuple[httpx.Response, bytes | None]:
        """Return the response and its body, or None for a body above the size limit, which is not read to its end.

        What has come of the body prolongs the time limit.

        The key is removed from both, because some servers echo it and what they send is shown, stored and reported. A
        byte order mark before the body, which JSON does not allow, is dropped.
        """
        response = await self._http.send(request, stream=True)
        try:
            chunks, size, prolongs_s = [], 0, 0.0
            async for chunk in _decoded_parts(response):
                chunks.append(chunk)
                size += len(chunk)
                self.received_bytes += len(chunk)
                prolongs_s += len(chunk) / SLOWEST_BYTES_PER_S
                if prolongs_s >= _PROLONGED_BY_AT_LEAST_S:
                    _prolong(limit, prolongs_s)
                    prolongs_s = 0.0
                if size > MAX_BODY_BYTES:
                    return response, None
            return response, self._keyless(b"".join(chunks).removeprefix(BOM_UTF8))
        finally:
            await response.aclose()
            response.stream = _READ  # httpx's own would keep the response until garbage is collected
            headers = response.headers.raw
            if any(self._keyless(value) != value for _name, value in headers):
                response.headers = httpx.Headers([(name, self._keyless(value)) for name, value in headers])

    def _keyless(self, content: bytes) -> bytes:
        """Return the content without the key, in plain and in JSON-escaped form."""
        key = self._key.get_secret_value()
        for form in dict.fromkeys((key.encode(), _encode_json(key)[1:-1])):
            content = content.replace(form, b"[key]")
        return content

    def _redacted(self, text: str) -> str:
        return text.replace(self._key.get_secret_value(), "[key]")


def _decoded_parts(response: httpx.Response) -> AsyncIterable[bytes]:
    """The parts of the body. httpx takes longer for its decoders than for everything else where there is none to do."""
    if "Content-Encoding" in response.headers or not isinstance(response.stream, httpx.AsyncByteStream):
        return response.aiter_bytes()
    return response.stream


def _prolong(limit: asyncio.Timeout, by_s: float) -> None:
    ends_s = limit.when()
    if ends_s is not None and not limit.expired():
        limit.reschedule(ends_s + by_s)


@lru_cache(maxsize=256)
def _url(url: str) -> httpx.URL:
    """Return a URL that was read once: each poll has the same ones."""
    return httpx.URL(url)


@lru_cache(maxsize=16)
def _limits(timeouts: Timeouts) -> Mapping[str, float | None]:
    """Return the limits as httpx's transport takes them."""
    return httpx.Timeout(timeouts.next_bytes_s, connect=timeouts.connect_s).as_dict()

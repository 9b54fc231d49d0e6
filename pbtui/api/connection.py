"""One call to the server: sent once, limited in time and size. Every failure becomes an exception of the error tree.

The environment is not read, redirects are not followed, nothing is sent twice. No other module makes requests with
httpx.
"""

import asyncio
import logging
import os
import re
import socket
import ssl
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import inf
from pathlib import Path

import msgspec
from pydantic import SecretStr, TypeAdapter, ValidationError

from pbtui import __version__
from pbtui.api.clock import steady_s, utc_now
from pbtui.api.errors import (
    Forbidden,
    NotSent,
    OrdersApiError,
    RateLimited,
    RefusedHere,
    Rejected,
    RevisionConflict,
    Unauthorized,
    UnknownOutcome,
    UnreadableReply,
)
from pbtui.api.httpx_alone import httpx
from pbtui.api.models import ErrorResponse
from pbtui.api.sanitize import safe_text
from pbtui.api.send_check import SendCheck

MAX_CONCURRENT_CALLS = 4
MAX_BODY_BYTES = 128 * 2**20

# Shorter than servers keep an idle connection, so that a call rarely uses one that the server is closing.
_KEEPALIVE_S = 4.0
_MAX_MESSAGE_LENGTH = 300

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_REFUSALS: Mapping[int, type[Rejected]] = {401: Unauthorized, 403: Forbidden, 409: RevisionConflict, 429: RateLimited}
_RATE_LIMIT_WORDS = ("API rate limit exceeded", "PB_RATE_LIMIT_REACHED")
_STATUS_WORDS = {
    401: "the server does not accept the key",
    403: "the key has no right to do this",
    404: "not found",
    408: "the server stopped waiting for the request",
    409: "the order was changed meanwhile",
    429: "too many calls",
    500: "internal server error",
    502: "the gateway got a bad answer",
    503: "the server is not available",
    504: "the gateway got no answer from the server",
}

# At DEBUG these log response headers. The server decides what is in them; they may contain the key.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_error_response = TypeAdapter(ErrorResponse)
_decode_json = msgspec.json.Decoder().decode
_encode_json = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time limits of one call, in seconds: to connect, for the next bytes, and for the whole call."""

    connect_s: float
    next_bytes_s: float
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: the body, and the headers the API documents.

    `requested_s` and `received_s` are times of the steady clock. The answer shows a state between the two, or up to
    `age_s` earlier if it came from a cache. `total_count` is a text if the header holds no number.
    """

    status: int
    body: bytes
    requested_at: datetime
    requested_s: float
    received_s: float
    total_count: int | str | None
    total_internal_trades: int | None
    limit_violations: str | None
    age_s: float = 0.0
    content_type: str = ""

    @property
    def is_own(self) -> bool:
        """Return whether the API itself answered: with nothing, or with JSON. A gateway or firewall sends pages."""
        if not self.body.strip():
            return True
        if "html" in self.content_type:
            return False
        try:
            _decode_json(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        return True

    @property
    def as_of_s(self) -> float:
        """Earliest time of the state the answer may show, on the steady clock."""
        return self.requested_s - self.age_s


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

    `ca_file` replaces the bundled certificate authorities; `proxy` is the URL of a proxy. Raises ValueError if the key
    cannot be sent in a header, or if `ca_file` cannot be read.
    """

    def __init__(
        self,
        base_url: str,
        api_key: SecretStr,
        *,
        ca_file: Path | None = None,
        proxy: str | None = None,
        concurrent_calls: int = MAX_CONCURRENT_CALLS,
    ) -> None:
        if not re.fullmatch(r"[!-~]+", api_key.get_secret_value()):
            raise ValueError("the API key is empty, or contains a space, a control or a non-ASCII character")
        self._base_url = base_url.rstrip("/")
        self._key = api_key
        self._http = httpx.AsyncClient(
            auth=_ApiKey(api_key),
            headers={
                "Accept": "application/json",
                "Cache-Control": "no-cache",
                "User-Agent": f"pbtui/{__version__}",
            },
            verify=_authorities(self._base_url, ca_file),
            proxy=proxy,
            transport=_open_transport(concurrent_calls),
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=concurrent_calls, keepalive_expiry=_KEEPALIVE_S),
        )

    def __repr__(self) -> str:
        return f"Connection({self._base_url!r})"

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
        leaving: Callable[[], None] | None = None,
        enters: bool = False,
    ) -> Answer:
        """Send one request, once, and return the successful answer.

        In `query`, None and empty lists are left out, booleans are lower case, lists are comma-separated. `body` is any
        JSON value; Decimals become numbers. `leaving` is called once there is a connection, right before the first byte
        is sent; it may raise RefusedHere to stop the call. `enters` is set if the request can add orders to the
        market: it then ends with RefusedHere if `leaving` could not be called. Raises an OrdersApiError for every
        failure.
        """
        call = f"{method} {path}"
        check = None if leaving is None else SendCheck(call, leaving, enters=enters)
        content = None if body is None else _encode_json(body)
        request = self._http.build_request(
            method,
            self._base_url + path,
            params=_query_values(call, query),
            content=content if content is None or check is None else check.body(content),
            headers={}
            if content is None
            else {"Content-Type": "application/json", "Content-Length": f"{len(content)}"},
            timeout=httpx.Timeout(timeouts.next_bytes_s, connect=timeouts.connect_s),
            extensions=None if check is None else {"trace": check.trace},
        )
        end = await self._attempt(call, request, timeouts)
        if isinstance(end, OrdersApiError):
            raise end
        return end

    async def _attempt(self, call: str, request: httpx.Request, timeouts: Timeouts) -> Answer | OrdersApiError:
        """Send the request and return the answer or the error.

        Errors are returned, not raised: an error raised here would keep httpx's exception as its context, and through
        it the request and the key.
        """
        requested_at, requested_s = utc_now(), steady_s()
        try:
            async with asyncio.timeout(timeouts.deadline_s):
                response, content = await self._exchange(request)
        except RefusedHere as refusal:
            return refusal
        except TimeoutError:
            return UnknownOutcome(call, f"no complete answer within {timeouts.deadline_s:g} s")
        except _NEVER_LEFT as error:
            return NotSent(call, f"cannot reach {request.url.host}: {self._redacted(_cause(error))}")
        except (httpx.HTTPError, httpx.StreamError) as error:
            return UnknownOutcome(call, f"no complete answer: {self._redacted(_cause(error))}")
        if content is None:
            reason = f"the answer is larger than {MAX_BODY_BYTES >> 20} MiB"
            return UnreadableReply(call, reason, status=response.status_code)
        if response.is_success:
            return _answer(response, content, requested_at, requested_s)
        return self._refusal(call, response, content)

    async def _exchange(self, request: httpx.Request) -> tuple[httpx.Response, bytes | None]:
        """Return the response and its body, or None for a body above the size limit, which is not read to its end.

        The key is removed from both, because some servers echo it and what they send is shown, stored and reported.
        """
        response = await self._http.send(request, stream=True)
        try:
            chunks, size = [], 0
            async for chunk in response.aiter_bytes():
                chunks.append(chunk)
                size += len(chunk)
                if size > MAX_BODY_BYTES:
                    return response, None
            return response, self._keyless(b"".join(chunks))
        finally:
            await response.aclose()
            response.headers = httpx.Headers([(name, self._keyless(value)) for name, value in response.headers.raw])

    def _refusal(self, call: str, response: httpx.Response, content: bytes) -> OrdersApiError:
        status = response.status_code
        if 300 <= status < 400:
            target = safe_text(response.headers.get("Location", "no address given"))
            reason = f"the server redirects ({status}: {target}); not followed. It has moved, or this is a login page"
            return UnknownOutcome(call, reason, status=status)
        error = _error_body(response, content)
        message = error.message[:_MAX_MESSAGE_LENGTH]
        return _kind_of(status, error)(
            call,
            f"{_STATUS_WORDS.get(status, 'refused')} ({status}): {message}",
            status=status,
            server_message=message,
            faults=error.errors,
        )

    def _keyless(self, content: bytes) -> bytes:
        """Return the content without the key, in plain and in JSON-escaped form."""
        key = self._key.get_secret_value()
        return content.replace(key.encode(), b"[key]").replace(_encode_json(key)[1:-1], b"[key]")

    def _redacted(self, text: str) -> str:
        return text.replace(self._key.get_secret_value(), "[key]")


class _ApiKey(httpx.Auth):
    """Adds the key to a request when it is sent, so that no stored headers hold it."""

    def __init__(self, key: SecretStr) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["api_key"] = self._key.get_secret_value()
        yield request


def _authorities(base_url: str, ca_file: Path | None) -> ssl.SSLContext | bool:
    if not base_url.startswith("https:"):
        return False  # no TLS to verify, and loading the authorities is the slowest part of the start
    if ca_file is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"the certificate file {ca_file} cannot be used: {error}") from None


def _query_values(call: str, query: Mapping[str, object]) -> httpx.QueryParams:
    values: list[tuple[str, str | int | float | bool | None]] = []
    for name, value in query.items():
        if value is None or value == () or value == []:
            continue
        if isinstance(value, bool):
            values.append((name, "true" if value else "false"))
        elif isinstance(value, list | tuple):
            if any("," in item for item in value):
                raise RefusedHere(call, f"{name} contains a comma, so the server would read two values instead of one")
            values.append((name, ",".join(value)))
        else:
            values.append((name, str(value)))
    return httpx.QueryParams(values)


def _answer(response: httpx.Response, content: bytes, requested_at: datetime, requested_s: float) -> Answer:
    violations = response.headers.get("X-Limit-Violations")
    return Answer(
        status=response.status_code,
        body=content,
        requested_at=requested_at,
        requested_s=requested_s,
        received_s=steady_s(),
        total_count=_total(response.headers.get("X-Total-Count")),
        total_internal_trades=_whole_number(response.headers.get("X-Total-Internal-Trades")),
        limit_violations=None if violations is None else safe_text(violations),
        age_s=_age_s(response.headers.get("Age")),
        content_type=safe_text(response.headers.get("Content-Type", "")).lower(),
    )


def _whole_number(header: str | None) -> int | None:
    return int(header) if header is not None and re.fullmatch(r"[0-9]{1,9}", header) else None


def _total(header: str | None) -> int | str | None:
    number = _whole_number(header)
    return number if number is not None or header is None else safe_text(header)


def _age_s(header: str | None) -> float:
    """Return the greatest age of the answer; infinite if the header cannot be read, so that it proves nothing."""
    if header is None:
        return 0.0
    age_s = _whole_number(header)
    return inf if age_s is None else age_s + 1.0  # the header counts whole seconds


def _error_body(response: httpx.Response, content: bytes) -> ErrorResponse:
    """Return the error as the API documents it, or one that holds the text that came instead."""
    try:
        return _error_response.validate_python(_decode_json(content))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValidationError):
        kind = safe_text(response.headers.get("Content-Type", "no content type")).partition(";")[0]
        beginning = safe_text(content[:120].decode(errors="replace"))
        return ErrorResponse(message=f"{kind}, {len(content)} bytes: {beginning!r}" if content else "no message")


def _kind_of(status: int, error: ErrorResponse) -> type[OrdersApiError]:
    """Return the error class for a status. With 408 and 5xx the server may have acted before it failed."""
    if status == 503 and any(
        words in text
        for words in _RATE_LIMIT_WORDS
        for text in (error.message, *(fault.code or "" for fault in error.errors))
    ):
        return RateLimited
    if status < 400 or status == 408 or status >= 500:
        return UnknownOutcome
    return _REFUSALS.get(status, Rejected)


_CAUSES: Mapping[type[Exception], str] = {
    httpx.ConnectTimeout: "timeout while connecting",
    httpx.PoolTimeout: "all connections are in use",
    httpx.ReadTimeout: "timeout while waiting for the answer",
    httpx.WriteTimeout: "timeout while sending the request",
}


def _cause(error: Exception) -> str:
    """Return the innermost cause in words: 'Connection refused' instead of 'All connection attempts failed'."""
    if type(error) in _CAUSES:
        return _CAUSES[type(error)]
    innermost: BaseException = error
    while (deeper := innermost.__cause__ or innermost.__context__) is not None:
        innermost = deeper
    words = str(innermost) or str(error) or type(error).__name__
    if isinstance(innermost, socket.gaierror):
        words = innermost.strerror or words
    elif isinstance(innermost, ConnectionError) and innermost.errno is not None:
        words = os.strerror(innermost.errno)
    return safe_text(words)[:_MAX_MESSAGE_LENGTH]

"""One call to the server: sent once, bounded in time and size, and its end told in the words of the error tree.

Nothing is taken from the environment, no redirect is followed, and nothing is ever sent a second time. No other module
makes requests with httpx.
"""

import asyncio
import logging
import os
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Generator, Mapping
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

MAX_CONCURRENT_CALLS = 4
MAX_BODY_BYTES = 128 * 2**20

# Shorter than servers keep an idle connection, so that a call rarely meets one that is just being closed.
_KEEPALIVE_S = 4.0
_MAX_MESSAGE_LENGTH = 300

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_REFUSALS: Mapping[int, type[Rejected]] = {401: Unauthorized, 403: Forbidden, 409: RevisionConflict, 429: RateLimited}
_RATE_LIMIT_WORDS = ("API rate limit exceeded", "PB_RATE_LIMIT_REACHED")
_STATUS_WORDS = {
    401: "the server does not accept the key",
    403: "the key may not do this",
    404: "not found",
    408: "the server gave up waiting",
    409: "changed meanwhile",
    429: "too many calls",
    500: "the server failed",
    502: "the gateway failed",
    503: "the server is not available",
    504: "the gateway got no answer",
}

# At DEBUG they write out response headers, which are the server's to fill and may echo the key.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_error_response = TypeAdapter(ErrorResponse)
_decode_json = msgspec.json.Decoder().decode
_encode_json = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one call may take, in seconds: to connect, for the next bytes, and from first to last."""

    connect_s: float
    next_bytes_s: float
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A success as it came: the body, and the headers the API documents.

    `requested_s` and `received_s` are on the steady clock; the answer shows the world of some moment between them, or
    of `age_s` before where a cache on the way gave it. `total_count` is a text where the header holds no number.
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

    @property
    def as_of_s(self) -> float:
        """Steady time of the earliest moment it may show."""
        return self.requested_s - self.age_s


class Connection:
    """The way to one server with one key.

    `ca_file` replaces the bundled certificate authorities, `proxy` is a proxy's URL. Raises ValueError for a key that
    cannot be a header, and for a `ca_file` that cannot be read.
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
            raise ValueError("the API key is empty or has characters no key has: spaces, line ends, non-ASCII")
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
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=concurrent_calls, keepalive_expiry=_KEEPALIVE_S),
        )

    def __repr__(self) -> str:
        return f"Connection({self._base_url!r})"

    async def close(self) -> None:
        """Close it; calls under way end as unknown outcomes."""
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
    ) -> Answer:
        """Send one request, once, and return its success.

        In `query`, None and empty lists are left out, booleans are lower case and lists comma separated; `body` is
        anything JSON, with Decimals as numbers. `leaving` is called when there is a connection, right before the first
        byte leaves; a RefusedHere that it raises ends the call. Raises an OrdersApiError for every other end.
        """
        call = f"{method} {path}"
        request = self._http.build_request(
            method,
            self._base_url + path,
            params=_query_values(call, query),
            content=None if body is None else _encode_json(body),
            headers=None if body is None else {"Content-Type": "application/json"},
            timeout=httpx.Timeout(timeouts.next_bytes_s, connect=timeouts.connect_s),
            extensions=None if leaving is None else {"trace": _before_headers(leaving)},
        )
        end = await self._attempt(call, request, timeouts)
        if isinstance(end, OrdersApiError):
            raise end
        return end

    async def _attempt(self, call: str, request: httpx.Request, timeouts: Timeouts) -> Answer | OrdersApiError:
        """How the call ended. Errors are returned, not raised: what httpx raises leads to the request and so to the
        key, and would hang on an error raised here as its context."""
        requested_at, requested_s = utc_now(), steady_s()
        try:
            async with asyncio.timeout(timeouts.deadline_s):
                response, content = await self._exchange(request)
        except RefusedHere as refusal:
            return refusal
        except TimeoutError:
            return UnknownOutcome(call, f"no whole answer within {timeouts.deadline_s:g} s")
        except _NEVER_LEFT as error:
            return NotSent(call, f"cannot reach {request.url.host}: {self._redacted(_cause(error))}")
        except (httpx.HTTPError, httpx.StreamError) as error:
            return UnknownOutcome(call, f"the answer was lost: {self._redacted(_cause(error))}")
        if content is None:
            reason = f"the answer is larger than {MAX_BODY_BYTES >> 20} MiB"
            return UnreadableReply(call, reason, status=response.status_code)
        if response.is_success:
            return _answer(response, content, requested_at, requested_s)
        return self._refusal(call, response, content)

    async def _exchange(self, request: httpx.Request) -> tuple[httpx.Response, bytes | None]:
        """The response and its body; None for a body above the cap, which is not read to its end.

        Neither holds the key, which some servers echo: what they send is shown, kept and reported.
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
            target = safe_text(response.headers.get("Location", "an address it does not name"))
            reason = f"the server points elsewhere ({status}: {target}), not followed: moved, or a login portal?"
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
        """Without the key, as it is and as JSON writes it."""
        key = self._key.get_secret_value()
        return content.replace(key.encode(), b"[key]").replace(_encode_json(key)[1:-1], b"[key]")

    def _redacted(self, text: str) -> str:
        return text.replace(self._key.get_secret_value(), "[key]")


class _ApiKey(httpx.Auth):
    """Puts the key on a request at the moment it leaves: no headers at rest hold it."""

    def __init__(self, key: SecretStr) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["api_key"] = self._key.get_secret_value()
        yield request


def _before_headers(leaving: Callable[[], None]) -> Callable[[str, Mapping[str, object]], Awaitable[None]]:
    async def trace(event: str, _info: Mapping[str, object]) -> None:
        if event == "http11.send_request_headers.started":
            leaving()

    return trace


def _authorities(base_url: str, ca_file: Path | None) -> ssl.SSLContext | bool:
    if not base_url.startswith("https:"):
        return False  # nothing to verify, and loading the authorities costs more than the rest of the start
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
                raise RefusedHere(call, f"{name} has a comma, which would make two values of one")
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
    )


def _whole_number(header: str | None) -> int | None:
    return int(header) if header is not None and re.fullmatch(r"[0-9]{1,9}", header) else None


def _total(header: str | None) -> int | str | None:
    number = _whole_number(header)
    return number if number is not None or header is None else safe_text(header)


def _age_s(header: str | None) -> float:
    """How old it may be at most; one whose age can't be read proves nothing."""
    if header is None:
        return 0.0
    age_s = _whole_number(header)
    return inf if age_s is None else age_s + 1.0  # caches tell whole seconds


def _error_body(response: httpx.Response, content: bytes) -> ErrorResponse:
    """The error as the API documents it, or whatever else came, in its place."""
    try:
        return _error_response.validate_python(_decode_json(content))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValidationError):
        kind = safe_text(response.headers.get("Content-Type", "no content type")).partition(";")[0]
        beginning = safe_text(content[:120].decode(errors="replace"))
        return ErrorResponse(message=f"{kind}, {len(content)} bytes: {beginning!r}" if content else "no message")


def _kind_of(status: int, error: ErrorResponse) -> type[OrdersApiError]:
    """What a status proves. 408 and 5xx come from servers that may have acted before they gave up."""
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
    httpx.ConnectTimeout: "no connection in time",
    httpx.PoolTimeout: "all connections are busy",
    httpx.ReadTimeout: "the server fell silent",
    httpx.WriteTimeout: "the server stopped taking the request",
}


def _cause(error: Exception) -> str:
    """The innermost reason in words: 'Connection refused' rather than 'All connection attempts failed'."""
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

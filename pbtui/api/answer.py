"""The server's answer to one call: what a successful one holds, and the error that any other one means."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from math import inf, isfinite

import msgspec

from pbtui.api.clock import steady_s, utc_now
from pbtui.api.errors import (
    Forbidden,
    OrdersApiError,
    RateLimited,
    Rejected,
    RevisionConflict,
    Unauthorized,
    UnknownOutcome,
)
from pbtui.api.models import ErrorResponse
from pbtui.api.sanitize import safe_text

MAX_MESSAGE_LENGTH = 300
"""Length at which a text from the server or the system is cut in an error."""

_RECENT_S = 2.0
"""Age up to which an answer counts as new. The header counts whole seconds, and one is added."""

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

_decode_json = msgspec.json.Decoder().decode
_check_json = msgspec.json.Decoder(msgspec.Raw).decode
"""Accepts the same texts, and builds nothing of them."""
MAX_ERROR_BYTES = 2**20
"""The longest error of which more than the beginning is read."""


class Answer(msgspec.Struct, frozen=True):
    """A successful answer: the body, and the headers the API documents.

    `requested_s` and `received_s` are times of the steady clock. The answer shows a state between the two, or up to
    `age_s` earlier if it came from a cache. `served_at` is the server's time in whole seconds, None if it names none.
    `total_count` is a text if the header holds no number.
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
    served_at: datetime | None = None

    @property
    def is_own(self) -> bool:
        """Return whether the API itself answered: with nothing, or with JSON. A gateway or firewall sends pages."""
        if not self.body.strip():
            return True
        if "html" in self.content_type:
            return False
        try:
            self.body.decode()
            _check_json(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        return True

    @property
    def old_words(self) -> str:
        """The words for an answer of a cache, with its age; empty if it is not older than two seconds."""
        return cache_words(self.age_s) if self.age_s > _RECENT_S else ""

    @property
    def as_of_s(self) -> float:
        """Earliest time of the state the answer may show, on the steady clock."""
        return self.requested_s - self.age_s


def cache_words(age_s: float) -> str:
    """Return that a cache answered with data of this age, which is infinite if it is not known."""
    age = f"{age_s:.0f} s old" if isfinite(age_s) else "of unknown age"
    return f"a cache between here and the server answers with data {age}"


def answer_of(
    status: int, headers: Mapping[str, str], content: bytes, *, requested_at: datetime, requested_s: float
) -> Answer:
    """Return a successful answer that was received now."""
    violations = headers.get("X-Limit-Violations")
    return Answer(
        status=status,
        body=content,
        requested_at=requested_at,
        requested_s=requested_s,
        received_s=steady_s(),
        total_count=_total(headers.get("X-Total-Count")),
        total_internal_trades=_whole_number(headers.get("X-Total-Internal-Trades")),
        limit_violations=None if violations is None else safe_text(violations),
        age_s=_age_s(headers.get("Age")),
        content_type=safe_text(headers.get("Content-Type", "")).lower(),
        served_at=date_of(headers.get("Date")),
    )


def refusal_of(call: str, status: int, headers: Mapping[str, str], content: bytes) -> OrdersApiError:
    """Return the error that an answer without success means."""
    if 300 <= status < 400:
        target = safe_text(headers.get("Location", "no address given"))
        reason = f"the server redirects ({status}: {target}); not followed. It has moved, or this is a login page"
        return UnknownOutcome(call, reason, status=status)
    own = _error_body(content)
    error = own or _described(headers, content)
    message = error.message[:MAX_MESSAGE_LENGTH]
    return _kind_of(status, error)(
        call,
        f"{_STATUS_WORDS.get(status, 'refused')} ({status}): {message}",
        status=status,
        server_message=message,
        problems=error.errors,
        is_own=own is not None,
        retry_after_s=_retry_after_s(headers.get("Retry-After"), date_of(headers.get("Date"))),
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


def date_of(header: str | None) -> datetime | None:
    """Return the time in a header; None if there is none that can be read."""
    try:
        at = parsedate_to_datetime(header or "")
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else None


def _retry_after_s(header: str | None, served_at: datetime | None) -> float:
    """Return how long the server asks to wait: a number of seconds, or the time until a date. 0 if it is neither.

    The date is by the server's clock, and so is the time that it names beside it.
    """
    if header is None:
        return 0.0
    if (seconds := _whole_number(header)) is not None:
        return float(seconds)
    until = date_of(header)
    return 0.0 if until is None else max((until - (served_at or utc_now())).total_seconds(), 0.0)


def _error_body(content: bytes) -> ErrorResponse | None:
    """Return the error as the API documents it; None if something else came."""
    if len(content) > MAX_ERROR_BYTES:
        return None
    try:
        decoded = _decode_json(content)
        return _error_reader()(decoded)
    except (ValueError, RecursionError):  # not JSON, or not as the API documents it
        return None


@cache
def _error_reader() -> Callable[[object], ErrorResponse]:
    from pydantic import TypeAdapter  # which a kill does without until the API refuses a call

    return TypeAdapter(ErrorResponse).validate_python


def _described(headers: Mapping[str, str], content: bytes) -> ErrorResponse:
    """Return an error that holds the text that came instead of one."""
    kind = safe_text(headers.get("Content-Type", "no content type")).partition(";")[0]
    beginning = safe_text(content[:120].decode(errors="replace"))
    return ErrorResponse(message=f"{kind}, {len(content)} bytes: {beginning!r}" if content else "no message")


def _kind_of(status: int, error: ErrorResponse) -> type[OrdersApiError]:
    """Return the error class for a status. With 408 and 5xx the server may have acted before it failed."""
    if status == 503 and any(
        words in text
        for words in _RATE_LIMIT_WORDS
        for text in (error.message, *(problem.code or "" for problem in error.errors))
    ):
        return RateLimited
    if status < 400 or status == 408 or status >= 500:
        return UnknownOutcome
    return _REFUSALS.get(status, Rejected)

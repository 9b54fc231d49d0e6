"""Requests of one kill: each is made here, timed, and kept for the report."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeGuard, TypeVar

from pbtui.api.answer import Answer
from pbtui.api.client import OrdersReply
from pbtui.api.clock import steady_s, utc_now
from pbtui.api.errors import NotSent, OrdersApiError, Rejected, UnreadableReply
from pbtui.api.structs import replace
from pbtui.desk.kill.progress import NOT_SENT, KillCall
from pbtui.desk.kill.protocol.events import KillBegan, KillEnded

MAX_CALLS_KEPT = 5000
ANSWERED = "answered"
"""Beginning of the result of a request that the server took."""

Reply = TypeVar("Reply", OrdersReply, Answer)


class KillCalls:
    """Makes and records the requests of one kill.

    `started_s` is the steady time at which the kill was confirmed. `noted` is called when a request begins and again
    when it has ended, `feed` with the event if it is a kill request.
    """

    def __init__(
        self, started_s: float, noted: Callable[[KillCall], None], feed: Callable[[KillBegan | KillEnded], None]
    ) -> None:
        self.started_s = started_s
        self._noted = noted
        self._feed = feed
        self._calls: deque[KillCall] = deque(maxlen=MAX_CALLS_KEPT)
        self._under_way: dict[int, KillCall] = {}
        self._number = 0
        self.first_request_s: float | None = None
        """Seconds from the confirmation to the first byte of the first kill request."""

    @property
    def all(self) -> tuple[KillCall, ...]:
        """All requests, those still under way last."""
        return (*self._calls, *self._under_way.values())

    @asynccontextmanager
    async def gate(self, call: str, *, enters: bool) -> AsyncIterator[None]:
        """Record when the first kill request is sent; for `OrdersClient.gate`."""
        if self.first_request_s is None and not call.startswith("GET"):
            self.first_request_s = steady_s() - self.started_s
        yield

    async def make(
        self, method: str, path: str, about: str, call: Awaitable[Reply], names: Iterable[str] = ()
    ) -> Reply | OrdersApiError:
        """Make a request that names these order ids. Returns the reply, or the error instead of raising it."""
        names = tuple(names)
        begun = KillCall(method, path, about, utc_now(), steady_s() - self.started_s, names=names)
        self._number += 1
        number = self._number
        self._under_way[number] = begun
        if begun.is_kill:
            self._feed(KillBegan(at_s=steady_s()))
        self._noted(begun)
        end: Reply | OrdersApiError | None = None
        try:
            end = await call
        except OrdersApiError as error:
            end = error
        finally:
            del self._under_way[number]
            self._end(begun, end, frozenset(names))
        return end

    def _end(self, begun: KillCall, end: OrdersReply | Answer | OrdersApiError | None, names: frozenset[str]) -> None:
        now_s = steady_s()
        status, words = _result(end)
        if begun.is_kill:
            self._feed(KillEnded(at_s=now_s, accepted=names if is_accepted(end) else frozenset()))
        ended = replace(begun, ended_s=now_s - self.started_s, status=status, end=words)
        self._calls.append(ended)
        self._noted(ended)


def is_accepted(end: OrdersReply | Answer | OrdersApiError | None) -> bool:
    """Return whether the server took the request: any 2xx of its own counts, also one without a list of orders."""
    if isinstance(end, UnreadableReply):
        return end.is_own
    return end is not None and not isinstance(end, OrdersApiError)


def is_refusal(end: object) -> TypeGuard[Rejected]:
    """Return whether the server refused the request permanently. Not so 429 and 503: a later attempt may succeed."""
    return isinstance(end, Rejected) and end.status not in (429, 503)


def _result(end: OrdersReply | Answer | OrdersApiError | None) -> tuple[int | None, str]:
    if end is None:
        return None, "cancelled before an answer"
    if isinstance(end, UnreadableReply) and end.is_own:
        return end.status, f"{ANSWERED} {end.status}: {end.reason}"
    if isinstance(end, OrdersApiError):
        kind = NOT_SENT if isinstance(end, NotSent) else "REFUSED" if isinstance(end, Rejected) else "UNKNOWN"
        return end.status, f"{kind}: {end.reason}"
    answer = end.answer if isinstance(end, OrdersReply) else end
    if not isinstance(end, OrdersReply):
        return answer.status, f"{ANSWERED} {answer.status}"
    count = end.snapshot.received
    return answer.status, f"{ANSWERED} {answer.status}, {count} {'order' if count == 1 else 'orders'}"

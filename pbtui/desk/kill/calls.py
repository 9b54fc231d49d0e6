"""The requests of one kill: each made through here, timed, and kept for the report."""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from pbtui.api.client import OrdersReply
from pbtui.api.clock import steady_s, utc_now
from pbtui.api.connection import Answer
from pbtui.api.errors import NotSent, OrdersApiError, Rejected
from pbtui.desk.kill.view import KillCall

MOST_REMEMBERED = 5000

Reply = TypeVar("Reply", OrdersReply, Answer)


class KillCalls:
    """The calls of a kill that was decided at `started_s`. `noted` is called when one begins and when it has ended."""

    def __init__(self, started_s: float, noted: Callable[[KillCall], None]) -> None:
        self.started_s = started_s
        self._noted = noted
        self._calls: deque[KillCall] = deque(maxlen=MOST_REMEMBERED)
        self._under_way: dict[int, KillCall] = {}
        self._number = 0
        self.kills_under_way = 0
        self.last_kill_end_s = started_s
        """Steady time at which the newest answer to a kill came, or was given up."""
        self.first_request_s: float | None = None
        """Seconds from the decision to the first byte of the first kill request."""

    @property
    def all(self) -> tuple[KillCall, ...]:
        """The calls, those under way last."""
        return (*self._calls, *self._under_way.values())

    def gate(self, call: str, *, enters: bool) -> None:
        """For `OrdersClient.gate`: notes when the first kill request leaves."""
        if self.first_request_s is None and not call.startswith("GET"):
            self.first_request_s = steady_s() - self.started_s

    async def make(self, method: str, path: str, about: str, call: Awaitable[Reply]) -> Reply | OrdersApiError:
        """Make a call; its error, if it ends with one, is returned."""
        begun = KillCall(method, path, about, utc_now(), steady_s() - self.started_s)
        self._number += 1
        number = self._number
        self._under_way[number] = begun
        self.kills_under_way += begun.is_kill
        self._noted(begun)
        end: Reply | OrdersApiError | None = None
        try:
            end = await call
        except OrdersApiError as error:
            end = error
        finally:
            self._end(number, begun, end)
        return end

    def _end(self, number: int, begun: KillCall, end: OrdersReply | Answer | OrdersApiError | None) -> None:
        now_s = steady_s()
        status, words = _told(end)
        if begun.is_kill:
            self.kills_under_way -= 1
            self.last_kill_end_s = now_s
        del self._under_way[number]
        ended = replace(begun, ended_s=now_s - self.started_s, status=status, end=words)
        self._calls.append(ended)
        self._noted(ended)


def was_answered(end: object) -> bool:
    """Whether the server has decided on the call: done it, or refused it for good."""
    return not isinstance(end, OrdersApiError) or is_refusal(end)


def is_refusal(end: object) -> bool:
    """Whether the server refused the call, and would again; too many calls is no refusal."""
    return isinstance(end, Rejected) and end.status not in (429, 503)


def _told(end: OrdersReply | Answer | OrdersApiError | None) -> tuple[int | None, str]:
    if end is None:
        return None, "given up"
    if isinstance(end, OrdersApiError):
        kind = "NOT SENT" if isinstance(end, NotSent) else "REFUSED" if isinstance(end, Rejected) else "UNKNOWN"
        return end.status, f"{kind}: {end.reason}"
    answer = end.answer if isinstance(end, OrdersReply) else end
    orders = f", {end.snapshot.received} orders" if isinstance(end, OrdersReply) else ""
    return answer.status, f"answered {answer.status}{orders}"

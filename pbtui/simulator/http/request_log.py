"""Log of the calls that reached the simulator, without their keys."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime

import msgspec

REMEMBERED = 10_000


class LoggedRequest(msgspec.Struct, kw_only=True):
    """One call. `answered` is the status, "dropped" if the connection was closed, null while the call is in progress.

    `key` is the name of the key's owner, null if the key is unknown. `body` is the received JSON with its numbers
    unchanged, or the text if it is not JSON.
    """

    method: str
    path: str
    query: dict[str, list[str]]
    body: msgspec.Raw | str | None
    received_at: datetime
    key: str | None = None
    answered: int | str | None = None


class RequestLog:
    """The latest calls, oldest first."""

    def __init__(self) -> None:
        self._requests: deque[LoggedRequest] = deque(maxlen=REMEMBERED)

    def note(self, request: LoggedRequest) -> None:
        """Add a call that has just arrived."""
        self._requests.append(request)

    def clear(self) -> None:
        """Remove all calls."""
        self._requests.clear()

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(self._requests)

"""What reached the wire, for those who count: every call to an exchange, without the key it came with."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime

import msgspec

REMEMBERED = 10_000


class LoggedRequest(msgspec.Struct, kw_only=True):
    """One call. `answered` is the status, "dropped" where the connection was closed, null while it is under way.

    `key` is the name of the key's owner, null where no key is known. `body` is the JSON as it came, number for number,
    or the text of what was none.
    """

    method: str
    path: str
    query: dict[str, list[str]]
    body: msgspec.Raw | str | None
    received_at: datetime
    key: str | None = None
    answered: int | str | None = None


class RequestLog:
    """The newest calls, oldest first."""

    def __init__(self) -> None:
        self._requests: deque[LoggedRequest] = deque(maxlen=REMEMBERED)

    def note(self, request: LoggedRequest) -> None:
        """Remember a call that has just come."""
        self._requests.append(request)

    def clear(self) -> None:
        """Forget them all."""
        self._requests.clear()

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(self._requests)

"""The check of a request right before its first byte is sent.

httpcore reports each step of a request to httpx's `trace` extension. The check runs at the step with a certain name,
which another release of httpcore may change. So a request that can add orders to the market is refused at the first
step with an unknown name, and its body is sent only after the check has passed.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from pbtui.api.errors import RefusedHere
from pbtui.api.transport.httpx_alone import httpx

LEAVES = "http11.send_request_headers.started"
"""The step whose first action is to write to the connection."""

STEPS_BEFORE = frozenset(
    {
        "connection.connect_tcp",
        "connection.start_tls",
        "connection.retry",
        "proxy.start_tls",
        "socks.connect_tcp",
        "socks.setup_socks5_connection",
        "socks.start_tls",
    }
)
"""The steps that may come before it: a connection is opened, directly or through a proxy."""


class SendCheck:
    """The check of one request.

    `leaving` is awaited right before the first byte is sent, and may raise RefusedHere. `enters` is set if the request
    can add orders to the market: such a request is sent only if `leaving` was awaited and passed.
    """

    def __init__(self, call: str, leaving: Callable[[], Awaitable[object]], *, enters: bool) -> None:
        self._call = call
        self._leaving = leaving
        self._enters = enters
        self._has_passed = False
        self._is_decided = False

    async def trace(self, event: str, _info: Mapping[str, object]) -> None:
        """Receive a report of httpcore. Raises RefusedHere if the request must not be sent."""
        if event == LEAVES:
            self._is_decided = True
            await self._leaving()
            self._has_passed = True
        elif self._enters and not self._is_decided and event.rpartition(".")[0] not in STEPS_BEFORE:
            # Only once: after a refusal the steps that close the connection are reported too, and must not fail.
            self._is_decided = True
            raise self._refusal(f"httpcore reports the unknown step {event!r}")

    @property
    def holds_back(self) -> bool:
        """Return whether the request has come to the check and has not passed it: nothing of it was sent."""
        return self._is_decided and not self._has_passed

    def body(self, content: bytes) -> httpx.AsyncByteStream:
        """Return the body for httpx. If the request enters the market, httpx can read it only after the check."""
        return CheckedBody(content, self._check_passed) if self._enters else httpx.ByteStream(content)

    def _check_passed(self) -> None:
        if not self._has_passed:
            raise self._refusal("httpcore does not report when a request leaves, and its body was held back")

    def _refusal(self, reason: str) -> RefusedHere:
        return RefusedHere(
            self._call,
            f"the halt could not be checked right before sending: {reason}. The order was not sent. "
            "Install the httpcore release that pbtui was tested with; deactivating, deleting and the kill still work",
        )


class CheckedBody(httpx.AsyncByteStream):
    """The body of a request as httpx sends it, after a check."""

    def __init__(self, content: bytes, check: Callable[[], None]) -> None:
        self._content = content
        self._check = check

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._check()
        yield self._content

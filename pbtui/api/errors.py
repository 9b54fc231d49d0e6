"""Every failure of a call, as a tree of exceptions.

OrdersApiError
├── NotSent              nothing left this machine; sending again is safe
│   └── RefusedHere          pbtui's own checks refused the call
├── Rejected             the server refused the call (400, 404, 422 …); part of a list may be done
│   ├── RevisionConflict     the order has a newer revision (409)
│   ├── Unauthorized         the key is missing, wrong or revoked (401)
│   ├── Forbidden            the key has no right to do this (403)
│   └── RateLimited          too many calls (429, or 503 with the documented message)
└── UnknownOutcome       a write may or may not have happened; only a later read can show it
    └── UnreadableReply      an answer came, but it cannot be read

The meaning of a status for a write follows the error responses in the API document. Where it is silent, a status that
does not prove that nothing happened is an unknown outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pbtui.api.models import OrderProblem


class OrdersApiError(Exception):
    """A call that failed.

    `call` is the method and path, `reason` a sentence for the trader, `status` the HTTP status (None without an
    answer), `server_message` the server's own words, sanitised, and `problems` the single errors that it listed.
    `retry_after_s` is how long the server asks to wait before the next call, 0 if it does not say.
    `is_own`: the API itself answered, with an error or a success of its own, and not a gateway or firewall with a page.
    """

    def __init__(
        self,
        call: str,
        reason: str,
        *,
        status: int | None = None,
        server_message: str = "",
        problems: Sequence[OrderProblem] = (),
        is_own: bool = False,
        retry_after_s: float = 0.0,
    ) -> None:
        super().__init__(f"{call}: {reason}")
        self.call = call
        self.reason = reason
        self.status = status
        self.server_message = server_message
        self.problems = tuple(problems)
        self.is_own = is_own
        self.retry_after_s = retry_after_s

    @property
    def proves_nothing(self) -> bool:
        """Return whether the exchange may have acted: no answer of the API itself says that it did not."""
        return isinstance(self, UnknownOutcome) or not (self.is_own or isinstance(self, NotSent))


class NotSent(OrdersApiError):
    """The request was not sent: no connection, or none was free."""


class RefusedHere(NotSent):
    """The call could reach more orders than intended, or is not valid; nothing was sent."""


class Rejected(OrdersApiError):
    """The server refused the call.

    Other orders of the same list may have been changed: in the API document, `include_errors` "has no effect on how
    orders are treated". Read the orders again.
    """


class RevisionConflict(Rejected):
    """The order has a newer revision than the call gave (409)."""


class Unauthorized(Rejected):
    """The server does not know the key (401)."""


class Forbidden(Rejected):
    """The key has no right to make this call (403)."""


class RateLimited(Rejected):
    """Too many calls; wait before the next one."""


class UnknownOutcome(OrdersApiError):
    """The request was sent, and no answer proves its result."""


class UnreadableReply(UnknownOutcome):
    """An answer came, but not in the format of the API document: empty, JSON of another shape, or a page."""

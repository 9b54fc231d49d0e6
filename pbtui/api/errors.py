"""Every way a call can end without the answer it asked for.

OrdersApiError
├── NotSent              nothing left this machine; sending again is safe
│   └── RefusedHere          our own checks refused the call
├── Rejected             the server refused (400, 404, 422 …); of a list it may have done a part
│   ├── RevisionConflict     the order has a newer revision (409)
│   ├── Unauthorized         the key is missing, wrong or revoked (401)
│   ├── Forbidden            the key may not do this (403)
│   └── RateLimited          too many calls (429, or 503 with the documented message)
└── UnknownOutcome       a write may or may not have happened; only a later read can tell
    └── UnreadableReply      an answer came, but not one that can be read

Which status means what to a write: reference of the API document's error responses and, where it is silent, the
cautious reading: whatever does not prove that nothing happened is an unknown outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pbtui.api.models import OrderFault


class OrdersApiError(Exception):
    """A call that did not give what it was asked for.

    `call` is the method and path; `reason` a sentence for the trader; `status` the HTTP status, None where no answer
    came; `server_message` the server's own words, sanitised; `faults` the single errors it listed.
    """

    def __init__(
        self,
        call: str,
        reason: str,
        *,
        status: int | None = None,
        server_message: str = "",
        faults: Sequence[OrderFault] = (),
    ) -> None:
        super().__init__(f"{call}: {reason}")
        self.call = call
        self.reason = reason
        self.status = status
        self.server_message = server_message
        self.faults = tuple(faults)


class NotSent(OrdersApiError):
    """The request never left: no connection, or no free one."""


class RefusedHere(NotSent):
    """The call could reach further than meant, or makes no sense; nothing was sent."""


class Rejected(OrdersApiError):
    """The server refused the call.

    Of a list of several orders others may have been done nonetheless: the document's `include_errors` "has no effect
    on how orders are treated". Read them again.
    """


class RevisionConflict(Rejected):
    """The order was changed since the revision the call named (409)."""


class Unauthorized(Rejected):
    """The server does not know the key (401)."""


class Forbidden(Rejected):
    """The key may not make this call (403)."""


class RateLimited(Rejected):
    """Too many calls; waiting helps."""


class UnknownOutcome(OrdersApiError):
    """The request left and no answer proves what became of it."""


class UnreadableReply(UnknownOutcome):
    """An answer came that is not what the API document describes."""

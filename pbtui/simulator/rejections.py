"""Refusals of the exchange: of one order, or of a whole call."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class ErrorCode(StrEnum):
    """Error codes of the API that the simulator uses."""

    PB_REQUEST_INVALID = "PB_REQUEST_INVALID"
    PB_ORDER_POSITION_LIMIT_BREACH = "PB_ORDER_POSITION_LIMIT_BREACH"
    PB_ORDER_QUOTA_LIMIT_BREACH = "PB_ORDER_QUOTA_LIMIT_BREACH"
    PB_ORDER_CASH_LIMIT_BREACH = "PB_ORDER_CASH_LIMIT_BREACH"
    PB_ORDER_BASKET_REJECTED = "PB_ORDER_BASKET_REJECTED"
    PB_ORDER_SELF_TRADE_UNRESOLVABLE = "PB_ORDER_SELF_TRADE_UNRESOLVABLE"
    PB_ORDER_EXPECTED_VALUE_MISMATCH = "PB_ORDER_EXPECTED_VALUE_MISMATCH"
    PB_ORDER_REVISION_MISMATCH = "PB_ORDER_REVISION_MISMATCH"
    PX_ORDER_REJECTED = "PX_ORDER_REJECTED"
    PX_UNSUPPORTED = "PX_UNSUPPORTED"


class ListedError(msgspec.Struct, frozen=True):
    """One element of `errors` on the wire."""

    code: str
    message: str


class OrderRefused(Exception):
    """The exchange refuses one order; the rest of the list may continue."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def listed(self) -> ListedError:
        """The refusal as an element of `errors` on the wire."""
        return ListedError(self.code, self.message)


class CallRefused(Exception):
    """The exchange refuses the whole call, with an error status and an ErrorResponse body."""

    def __init__(self, status: int, message: str, errors: Sequence[ListedError] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)
        self.headers: dict[str, str] = {}

"""Evidence about a write: frozen values, each with the moment it is true of, on the steady clock in seconds.

An answer may contain failed orders, and an error may leave orders of its list in the market (API document,
include_errors: "has no effect on how orders are treated"). Which error proves what: the tree in `pbtui.api.errors`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.errors import NotSent, OrdersApiError, RevisionConflict
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.blotter.history import History
from pbtui.desk.market.fills import Fills

AnyOrder = Order | UnreadableOrder

_REVISION_CODE = "PB_ORDER_REVISION_MISMATCH"
POSITION_CODE = "PB_ORDER_EXPECTED_VALUE_MISMATCH"
"""The server refused an order, because a position is not the one that the order expects."""
PROVES_NOTHING_CODES = frozenset({"PX_COMMUNICATION_ERROR", "PB_INTERNAL_ERROR"})
"""Errors between PowerBot and the exchange: the order may be in the market."""


@dataclass(frozen=True, slots=True)
class Waits:
    """The request waits for an earlier ticket about the same order. `why` names it."""

    at_s: float
    why: str


@dataclass(frozen=True, slots=True)
class StoodBefore:
    """The ids of orders that were there before the request left, as an earlier run recorded them."""

    order_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Leaves:
    """The request is about to leave. What was read before shows the orders as they were without it."""

    at_s: float


@dataclass(frozen=True, slots=True)
class NothingLeft:
    """Nothing left this machine."""

    at_s: float
    why: str


@dataclass(frozen=True, slots=True)
class Silence:
    """The request left or may have left, and no answer proves what it did.

    `is_left_over` is set where an earlier run sent it.
    """

    at_s: float
    why: str
    is_left_over: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server's error for the whole request.

    `is_conflict` is set where it names a revision, `is_of_position` where it names a position, `is_of_list` where the
    request had more orders: the server may have done what it was asked for some of them.
    """

    at_s: float
    why: str
    is_conflict: bool = False
    is_of_position: bool = False
    is_of_list: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The orders of a 2xx answer that belong to the line. `is_whole` is false where a part could not be read."""

    at_s: float
    orders: tuple[AnyOrder, ...] = ()
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Read:
    """The related orders that a read showed, as of its request.

    `covers_live` is set where the read would show the order if it were active, `covers_ended` where it would show it
    deactivated or ended. `names_first_ids` is false if the read has an order without a first id: that may have come
    after any other one.
    """

    requested_s: float
    orders: tuple[AnyOrder, ...] = ()
    covers_live: bool = False
    covers_ended: bool = False
    names_first_ids: bool = True


@dataclass(frozen=True, slots=True)
class HistoryRead:
    """The history of one order, as of its request."""

    requested_s: float
    history: History


@dataclass(frozen=True, slots=True)
class TradesRead:
    """The fills of the order by the trades, as of their request. A later one takes its place."""

    requested_s: float
    fills: Fills


End = NothingLeft | Silence | Refusal | Answer
Evidence = Waits | StoodBefore | Leaves | End | Read | HistoryRead | TradesRead


def of_error(error: OrdersApiError, at_s: float) -> NothingLeft | Silence | Refusal:
    """The evidence in the error of a write. The page of a gateway says nothing of what the exchange did."""
    codes = {problem.code for problem in error.problems}
    if isinstance(error, NotSent):
        return NothingLeft(at_s, error.reason)
    if error.proves_nothing or codes & PROVES_NOTHING_CODES:
        return Silence(at_s, error.reason)
    is_conflict = (isinstance(error, RevisionConflict) and POSITION_CODE not in codes) or _REVISION_CODE in codes
    return Refusal(at_s, error.reason, is_conflict, POSITION_CODE in codes)


def end_of(evidence: Sequence[Evidence]) -> End | None:
    """Return how the request ended; None while it is on its way."""
    return next((item for item in reversed(evidence) if isinstance(item, End)), None)


def is_left_over(evidence: Iterable[Evidence]) -> bool:
    """Return whether an earlier run sent the request, and this one only reads what became of it."""
    return any(isinstance(item, Silence) and item.is_left_over for item in evidence)


def with_more(evidence: tuple[Evidence, ...], more: Evidence) -> tuple[Evidence, ...]:
    """The evidence with one more item. A read takes the place of an earlier one that showed the same."""
    kept = [item for item in evidence if not (isinstance(item, TradesRead) and isinstance(more, TradesRead))]
    for index in range(len(kept) - 1, -1, -1):
        if not isinstance(kept[index], Read | HistoryRead | TradesRead):
            break
        if _shows_the_same(kept[index], more):
            del kept[index]
            break
    return (*kept, more)


def _shows_the_same(earlier: Evidence, later: Evidence) -> bool:
    if isinstance(earlier, HistoryRead) and isinstance(later, HistoryRead):
        return earlier.history == later.history
    if not isinstance(earlier, Read) or not isinstance(later, Read) or earlier.requested_s > later.requested_s:
        return False
    return replace(earlier, requested_s=later.requested_s) == later

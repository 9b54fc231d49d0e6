"""Options and answers of the calls on order lists."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from pbtui.api.codes import ExecutionInstruction
from pbtui.simulator.book.own_order import OrderRevision, OwnOrder
from pbtui.simulator.book.risk import LimitViolation, ViolationType
from pbtui.simulator.rejections import CallRefused, ErrorCode, ListedError, OrderRefused

_BASKET = ErrorCode.PB_ORDER_BASKET_REJECTED
_CODES: Mapping[ViolationType, ErrorCode] = {
    "POSITION_LIMIT": ErrorCode.PB_ORDER_POSITION_LIMIT_BREACH,
    "CASH_LIMIT": ErrorCode.PB_ORDER_CASH_LIMIT_BREACH,
}


@dataclass(frozen=True, kw_only=True)
class ListOptions:
    """Query parameters of the calls on lists."""

    exec_instruction: ExecutionInstruction = ExecutionInstruction.VALID
    internal_trading: bool = True
    fail_on_limit_violations: bool = True
    ignore_order_action_quota: bool = False
    include_errors: bool = False
    infer_order_revisions: bool = False


@dataclass
class ListOutcome:
    """Result of a call on a list: the orders in their new state, and the content of the headers."""

    orders: list[OrderRevision]
    internal_trades: int = 0
    violations: list[LimitViolation] = field(default_factory=list)


class Progress:
    """Collects the result for each order of a list until the call is answered."""

    def __init__(self) -> None:
        self._elements: list[OwnOrder | OrderRevision] = []
        self._counterparts: list[OwnOrder] = []
        self._violations: list[LimitViolation] = []
        self._refusals: list[tuple[int, OrderRefused]] = []

    def done(self, order: OwnOrder, counterparts: Iterable[OwnOrder] = ()) -> None:
        """Record that the next order of the list was sent."""
        self._elements.append(order)
        self._counterparts += counterparts

    def refused(self, shown: OrderRevision, refusal: OrderRefused) -> None:
        """Record that the next order was refused; `shown` is its element in an answer that includes errors."""
        self._refusals.append((len(self._elements), refusal))
        self._elements.append(shown.with_errors(refusal.listed))

    def dropped(self, shown: OrderRevision, violation: LimitViolation) -> None:
        """Record that the next order was dropped because of a limit, as the caller's options allow."""
        self._violations.append(violation)
        self._elements.append(shown.with_errors(listed_violation(violation)))

    def outcome(self, options: ListOptions) -> ListOutcome:
        """Return the answer to the call.

        Raises CallRefused (409 if a revision was stale, else 400) if an order was refused and errors are not included.
        """
        if self._refusals and not options.include_errors:
            raise self._call_refused()
        own = [element for element in self._elements if isinstance(element, OwnOrder)]
        orders = [
            element.latest if isinstance(element, OwnOrder) else element
            for element in self._elements
            if options.include_errors or isinstance(element, OwnOrder)
        ]
        touched = {id(order): order for order in self._counterparts if order not in own}
        orders += [order.latest for order in touched.values()]
        return ListOutcome(orders, len(self._counterparts), self._violations)

    def _call_refused(self) -> CallRefused:
        codes = {refusal.code for _, refusal in self._refusals}
        total = len(self._elements)
        reasons = [f"order {place + 1}: {r.message}" for place, r in self._refusals if r.code != _BASKET]
        if total == 1:
            message = self._refusals[0][1].message
        else:
            message = f"{len(self._refusals)} of {total} orders were refused; {'; '.join(reasons)}"
        status = 409 if ErrorCode.PB_ORDER_REVISION_MISMATCH in codes else 400
        return CallRefused(status, message, [refusal.listed for _, refusal in self._refusals])


def limits_broken(violations: Sequence[LimitViolation]) -> CallRefused:
    """Return the refusal (400) of a whole list because of limit violations; they are also in the header."""
    listed = [listed_violation(violation) for violation in violations]
    refused = CallRefused(400, "; ".join(error.message for error in listed), listed)
    refused.headers["X-Limit-Violations"] = encoded_violations(violations)
    return refused


def encoded_violations(violations: Sequence[LimitViolation]) -> str:
    """Return the value of the header: a JSON array in ASCII."""
    return json.dumps(msgspec.to_builtins(violations))


def listed_violation(violation: LimitViolation) -> ListedError:
    """Return a limit violation as an element of `errors` on the wire."""
    return ListedError(_CODES[violation.violation_type], violation.message)

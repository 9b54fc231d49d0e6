"""What the calls on lists of orders are told and what they answer."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from pbtui.api.models import ExecutionInstruction
from pbtui.simulator.book.own_order import OrderRevision, OwnOrder
from pbtui.simulator.book.positions import LimitViolation
from pbtui.simulator.refusals import CallRefused, ErrorCode, ListedError, OrderRefused

_BASKET = ErrorCode.PB_ORDER_BASKET_REJECTED


@dataclass(frozen=True, kw_only=True)
class ListOptions:
    """Query parameters of the calls on lists. The simulator has no order action quota that could be ignored."""

    exec_instruction: ExecutionInstruction = ExecutionInstruction.VALID
    internal_trading: bool = True
    fail_on_limit_violations: bool = True
    include_errors: bool = False
    infer_order_revisions: bool = False


@dataclass
class ListOutcome:
    """Answer to a call on a list: the orders as they now stand, and what the headers tell."""

    orders: list[OrderRevision]
    internal_trades: int = 0
    violations: list[LimitViolation] = field(default_factory=list)


class Progress:
    """Gathers what became of each order of a list until it can be answered."""

    def __init__(self) -> None:
        self._elements: list[OwnOrder | OrderRevision] = []
        self._counterparts: list[OwnOrder] = []
        self._violations: list[LimitViolation] = []
        self._refusals: list[tuple[int, OrderRefused]] = []

    def done(self, order: OwnOrder, counterparts: Iterable[OwnOrder] = ()) -> None:
        """The next order of the list was sent."""
        self._elements.append(order)
        self._counterparts += counterparts

    def refused(self, shown: OrderRevision, refusal: OrderRefused) -> None:
        """The next order of the list was refused; `shown` is the element that says so where errors are included."""
        self._refusals.append((len(self._elements), refusal))
        self._elements.append(shown.with_errors(refusal.listed))

    def dropped(self, shown: OrderRevision, violation: LimitViolation) -> None:
        """The next order of the list was not sent for a limit the caller agreed to leave orders out for."""
        self._violations.append(violation)
        self._elements.append(shown.with_errors(listed_violation(violation)))

    def outcome(self, options: ListOptions) -> ListOutcome:
        """The answer to the call; refused (409 if a revision was stale, else 400) unless errors are included."""
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
    """The refusal (400) of a whole list for its limit violations, which the header tells too."""
    listed = [listed_violation(violation) for violation in violations]
    refused = CallRefused(400, "; ".join(error.message for error in listed), listed)
    refused.headers["X-Limit-Violations"] = encoded_violations(violations)
    return refused


def encoded_violations(violations: Sequence[LimitViolation]) -> str:
    """The header's value: a JSON array, in ASCII."""
    return json.dumps(msgspec.to_builtins(violations))


def listed_violation(violation: LimitViolation) -> ListedError:
    """A limit violation as the wire lists errors."""
    return ListedError(ErrorCode.PB_ORDER_POSITION_LIMIT_BREACH, violation.message)

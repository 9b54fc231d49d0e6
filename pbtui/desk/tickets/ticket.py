"""Tickets: one write each, from the trader's request to the result that a later read has shown.

A ticket has one line per order. Its request is sent once. Each line keeps the evidence about it, and the verdict that
this evidence allows. Open lines are followed up with reads. Tickets are immutable: the executor publishes a new one at
every step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from pbtui.api.clock import steady_s
from pbtui.api.codes import ExecutionInstruction, ModifyAction
from pbtui.api.models import Order
from pbtui.api.randomness import letters
from pbtui.api.requests import OrderEntry, OrderModify, OrderModifyItem
from pbtui.api.structs import replace
from pbtui.desk.formats.order_token import TOKEN_MARK
from pbtui.desk.tickets.evidence import Answer, Evidence, HistoryRead, Read, Refusal, TradesRead, end_of, is_left_over
from pbtui.desk.tickets.state import SENDING, State, Verdict

_TOKEN_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # noqa: S105 - no secret: letters and digits nobody mixes up
_TOKEN_LENGTH = 6
MAX_RECENT_TICKETS = 50


class Action(StrEnum):
    """Action of a ticket on its orders."""

    ADD = "add"
    MODIFY = "modify"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    DELETE = "delete"

    @property
    def increases_risk(self) -> bool:
        """Return whether the action can bring more quantity into the market."""
        return self not in (Action.DEACTIVATE, Action.DELETE)


ACTION_CODES: Mapping[Action, ModifyAction] = {
    Action.MODIFY: ModifyAction.MODI,
    Action.ACTIVATE: ModifyAction.ACTI,
    Action.DEACTIVATE: ModifyAction.DEAC,
    Action.DELETE: ModifyAction.DELE,
}


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """Options of a request; the server decides those that are None.

    `include_errors` is on by default: without it, one failed order hides the results of the others.
    """

    exec_instruction: ExecutionInstruction | None = None
    internal_trading: bool | None = None
    fail_on_limit_violations: bool | None = None
    ignore_order_action_quota: bool | None = None
    include_errors: bool | None = True


@dataclass(frozen=True, slots=True)
class TicketLine:
    """One order of a ticket.

    `key` is the line's own: the token of a new order, else the id that the request names. `base` is the order as the
    trader saw it, None where only its id is known. `verdict` is what the evidence so far says
    (`pbtui.desk.tickets.verdict`).
    """

    key: str
    request: OrderEntry | OrderModifyItem
    base: Order | None = None
    evidence: tuple[Evidence, ...] = ()
    verdict: Verdict = SENDING

    @property
    def order_key(self) -> str:
        """Return the key of the order in the blotter, which stays when a change gives it another id."""
        return self.base.key if self.base is not None else self.key

    @property
    def was_left_over(self) -> bool:
        """Return whether an earlier run sent it, and this one only reads it."""
        return is_left_over(self.evidence)

    @property
    def has_ended(self) -> bool:
        """Return whether its request has ended, with an answer or without one."""
        return end_of(self.evidence) is not None

    @property
    def was_answered(self) -> bool:
        """Return whether the server has answered its request."""
        return any(isinstance(item, Answer | Refusal) for item in self.evidence)

    @property
    def was_read(self) -> bool:
        """Return whether this run has read something about it."""
        return any(isinstance(item, Read | HistoryRead | TradesRead) for item in self.evidence)

    @property
    def state(self) -> State:
        """Return the state of the verdict."""
        return self.verdict.state

    @property
    def reason(self) -> str:
        """Return the reason of the verdict, for the trader."""
        return self.verdict.reason

    @property
    def order(self) -> Order | None:
        """Return the order in the answer or in a later read."""
        return self.verdict.order

    @property
    def is_open(self) -> bool:
        """Return whether more evidence is being gathered."""
        return self.verdict.is_open

    @property
    def is_done(self) -> bool:
        """Return whether a read has shown what was wanted."""
        return self.verdict.is_done


@dataclass(frozen=True, slots=True)
class Ticket:
    """One write. `resends` is the token of an earlier ticket whose draft the trader sent again.

    `made_s` is `made_at` by the clock that never jumps: the wall clock can be set between two tickets.
    """

    token: str
    action: Action
    lines: tuple[TicketLine, ...]
    made_at: datetime
    options: WriteOptions = WriteOptions()
    internal_trades: int = 0
    limit_violations: str = ""
    resends: str | None = None
    made_s: float = field(default_factory=steady_s, compare=False)

    @property
    def is_open(self) -> bool:
        """Return whether any line is open."""
        return any(line.is_open for line in self.lines)

    def with_lines(self, lines: Sequence[TicketLine]) -> "Ticket":
        """Return the same ticket with updated lines."""
        return replace(self, lines=tuple(lines))

    def body(self) -> list[dict[str, Any]]:
        """Return the exact request body."""
        return [line.request.wire() for line in self.lines]


def new_token() -> str:
    """Return a new unique token: six letters and digits."""
    return letters(_TOKEN_ALPHABET, _TOKEN_LENGTH)


def derived_token(content: str) -> str:
    """Return the token of this content: always the same one, so that what was entered with it is found again."""
    number = int.from_bytes(sha256(content.encode()).digest())
    digits = (number // len(_TOKEN_ALPHABET) ** place % len(_TOKEN_ALPHABET) for place in range(_TOKEN_LENGTH))
    return "".join(_TOKEN_ALPHABET[digit] for digit in digits)


def entry_line(entry: OrderEntry, token: str) -> TicketLine:
    """Return the line of a new order. Its text ends with the token, so that reads can find it."""
    return TicketLine(token, entry.model_copy(update={"txt": f"{entry.txt or ''}{TOKEN_MARK}{token}".strip()}))


def change_line(base: Order, changes: OrderModify, *, revision_no: int | None = None) -> TicketLine:
    """Return the line of a change, with the revision the trader saw, never a later one.

    A withdrawal names a revision only if `revision_no` is given: it is meant for the order however it has changed.
    """
    order_id = base.order_id or ""
    seen = revision_no if changes.action.withdraws or revision_no is not None else base.revision_no
    return TicketLine(order_id, OrderModifyItem(order_id=order_id, revision_no=seen, changes=changes), base)


def withdrawal_line(order_id: str, action: Action) -> TicketLine:
    """Return the line of a withdrawal of an order of which only the id is known."""
    changes = OrderModify(action=ACTION_CODES[action])
    return TicketLine(order_id, OrderModifyItem(order_id=order_id, changes=changes))

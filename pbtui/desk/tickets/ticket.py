"""Tickets: one write each, from the trader's request to the result that a later read has shown.

A ticket has one line per order. Its request is sent once, and gives each line exactly one outcome. An accepted or
unknown line is followed up with reads until its result is known. Tickets are immutable: the executor publishes a new
one at every step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from pbtui.api.models import (
    ExecutionInstruction,
    ModifyAction,
    Order,
    OrderEntry,
    OrderModify,
    OrderModifyItem,
)
from pbtui.api.randomness import letters

_TOKEN_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # noqa: S105 - no secret: letters and digits nobody mixes up
_TOKEN_LENGTH = 6
TOKEN_MARK = " pb#"  # noqa: S105 - nor is this
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


class Outcome(StrEnum):
    """Result of a line when its request has ended; every line has exactly one."""

    NOT_SENT = "NOT SENT"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    CONFLICT = "CONFLICT"
    UNKNOWN = "UNKNOWN"


class Reconciliation(StrEnum):
    """Result of reading an order whose outcome left something open."""

    CONFIRMED = "CONFIRMED"
    NOT_FOUND = "NOT FOUND"
    REJECTED = "REJECTED"
    CONFLICT = "CONFLICT"


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

    `key` is the order's key, or the token of a new order. `base` is the order as the trader saw it. `order` is the
    order in the answer or in a later read. `reason` explains the outcome or the reconciliation. `was_refused` is set if
    the server refused the whole list; this order may still have been executed.
    """

    key: str
    request: OrderEntry | OrderModifyItem
    base: Order | None = None
    outcome: Outcome | None = None
    reconciliation: Reconciliation | None = None
    reason: str = ""
    order: Order | None = None
    was_refused: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether something about it is still unknown: it is being sent, or a read must still confirm it."""
        if self.outcome is None:
            return True
        return self.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN) and self.reconciliation is None

    @property
    def state(self) -> str:
        """Return the state in one word: SENDING, SENT, UNKNOWN, or the final result."""
        if self.reconciliation is not None:
            return self.reconciliation.value
        if self.outcome is None:
            return "SENDING"
        return "SENT" if self.outcome is Outcome.ACCEPTED else self.outcome.value

    @property
    def is_done(self) -> bool:
        """Return whether a read has confirmed it."""
        return self.reconciliation is Reconciliation.CONFIRMED

    @property
    def is_conflict(self) -> bool:
        """Return whether someone else changed the order since the trader saw it."""
        return Outcome.CONFLICT in (self.outcome, self.reconciliation)


@dataclass(frozen=True, slots=True)
class Ticket:
    """One write. `resends` is the token of an earlier ticket whose draft the trader sent again."""

    token: str
    action: Action
    lines: tuple[TicketLine, ...]
    made_at: datetime
    options: WriteOptions = WriteOptions()
    internal_trades: int = 0
    limit_violations: str = ""
    resends: str | None = None

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


def entry_line(entry: OrderEntry, token: str) -> TicketLine:
    """Return the line of a new order. Its text ends with the token, so that reads can find it."""
    return TicketLine(token, entry.model_copy(update={"txt": f"{entry.txt or ''}{TOKEN_MARK}{token}".strip()}))


def change_line(base: Order, changes: OrderModify) -> TicketLine:
    """Return the line of a change, with the revision the trader saw, never a later one."""
    item = OrderModifyItem(order_id=base.order_id or "", revision_no=base.revision_no, changes=changes)
    return TicketLine(base.key, item, base)

"""Tickets: one write each, from what the trader wants to what a later read has shown.

A ticket holds one line an order. The request is sent once; each line then has exactly one outcome, and an accepted or
unknown one is followed up by reading until it is known what became of it. Tickets are values: the executor that works
on them publishes a new one at every step.
"""

import secrets
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

_TOKEN_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # noqa: S105 - no secret: letters and digits nobody mixes up
_TOKEN_LENGTH = 6
TOKEN_MARK = " pb#"  # noqa: S105 - nor is this
MAX_RECENT_TICKETS = 50


class Action(StrEnum):
    """What a ticket does to its orders."""

    ADD = "add"
    MODIFY = "modify"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    DELETE = "delete"

    @property
    def increases_risk(self) -> bool:
        """Whether it can bring more into the market than there is."""
        return self not in (Action.DEACTIVATE, Action.DELETE)


ACTION_CODES: Mapping[Action, ModifyAction] = {
    Action.MODIFY: ModifyAction.MODI,
    Action.ACTIVATE: ModifyAction.ACTI,
    Action.DEACTIVATE: ModifyAction.DEAC,
    Action.DELETE: ModifyAction.DELE,
}


class Outcome(StrEnum):
    """What is known once the request ended; every line has exactly one."""

    NOT_SENT = "NOT SENT"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    CONFLICT = "CONFLICT"
    UNKNOWN = "UNKNOWN"


class Reconciliation(StrEnum):
    """What reading has shown of a line whose outcome left something open."""

    CONFIRMED = "CONFIRMED"
    NOT_FOUND = "NOT FOUND"
    REJECTED = "REJECTED"
    CONFLICT = "CONFLICT"


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """The options of a request; what is None is left to the server.

    Failed orders of a list are asked for by default: without that one of them hides what became of the others.
    """

    exec_instruction: ExecutionInstruction | None = None
    internal_trading: bool | None = None
    fail_on_limit_violations: bool | None = None
    ignore_order_action_quota: bool | None = None
    include_errors: bool | None = True


@dataclass(frozen=True, slots=True)
class TicketLine:
    """One order of a ticket.

    `key` is the order's key, of a new order its token. `base` is the order as the trader saw it. `order` is what the
    answer or a later read showed, `reason` says in words why the outcome or the reconciliation is what it is.
    `was_refused` is set where the server refused a whole list, which may have left this order done or undone.
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
        """Whether something about it is not known yet: it is being sent, or still to be read back."""
        if self.outcome is None:
            return True
        return self.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN) and self.reconciliation is None

    @property
    def state(self) -> str:
        """The word for where it stands: SENDING, SENT, UNKNOWN, or how it ended."""
        if self.reconciliation is not None:
            return self.reconciliation.value
        if self.outcome is None:
            return "SENDING"
        return "SENT" if self.outcome is Outcome.ACCEPTED else self.outcome.value

    @property
    def is_done(self) -> bool:
        """Whether a read has shown that it is as wanted."""
        return self.reconciliation is Reconciliation.CONFIRMED

    @property
    def is_conflict(self) -> bool:
        """Whether the order was changed by somebody else since the trader saw it."""
        return Outcome.CONFLICT in (self.outcome, self.reconciliation)


@dataclass(frozen=True, slots=True)
class Ticket:
    """One write. `resends` is the token of the ticket whose draft was sent again, where the trader decided to."""

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
        """Whether any line is."""
        return any(line.is_open for line in self.lines)

    def with_lines(self, lines: Sequence[TicketLine]) -> "Ticket":
        """The same ticket with its lines a step further."""
        return replace(self, lines=tuple(lines))

    def body(self) -> list[dict[str, Any]]:
        """The request body: what goes out, exactly."""
        return [line.request.wire() for line in self.lines]


def new_token() -> str:
    """A token that no other ticket has: six letters and digits."""
    return "".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(_TOKEN_LENGTH))


def entry_line(entry: OrderEntry, token: str) -> TicketLine:
    """The line of a new order, its text ending in the token by which it is found again whatever the answer is."""
    return TicketLine(token, entry.model_copy(update={"txt": f"{entry.txt or ''}{TOKEN_MARK}{token}".strip()}))


def change_line(base: Order, changes: OrderModify) -> TicketLine:
    """The line of a change, with the revision the trader saw: never one read since, never one inferred."""
    item = OrderModifyItem(order_id=base.order_id or "", revision_no=base.revision_no, changes=changes)
    return TicketLine(base.key, item, base)

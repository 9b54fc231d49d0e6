"""The states of a line of a ticket, and the verdict: a state with what it rests on."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from pbtui.api.models import Order


class State(StrEnum):
    """State of a write. The first five are open: more evidence is being gathered."""

    SENDING = "SENDING"
    """The request is on its way."""
    WAITING = "WAITING"
    """The request waits for an earlier one about the same order."""
    SENT = "SENT"
    """The server accepted it. No read shows it yet."""
    REFUSED = "REFUSED"
    """The server refused it. Whether it did it all the same is being read."""
    UNKNOWN = "UNKNOWN"
    """The evidence proves nothing yet."""
    NOT_SENT = "NOT SENT"
    """Nothing left this machine."""
    CONFIRMED = "CONFIRMED"
    """A read shows what was wanted."""
    PART_FILLED = "PART FILLED"
    """As wanted, and a part has traded."""
    FILLED = "FILLED"
    """Traded in full: as wanted, or before the change or the withdrawal could be made."""
    NOT_FILLED = "NOT FILLED"
    """A FOK or IOC order that ended without a trade."""
    DIFFERENT = "DIFFERENT"
    """The order is there, but not as wanted."""
    TWICE = "TWICE"
    """More than one order is there where one was wanted."""
    CONFLICT = "CONFLICT"
    """Somebody else changed the order before, or the position is not the one that the order expects."""
    REJECTED = "REJECTED"
    """The server refused it, and reads do not show it."""
    NOT_FOUND = "NOT FOUND"
    """Reads that would show it do not, so far."""


OPEN_STATES = frozenset({State.SENDING, State.WAITING, State.SENT, State.REFUSED, State.UNKNOWN})
NOT_SHOWN_STATES = frozenset({State.REJECTED, State.CONFLICT, State.NOT_FOUND})
"""It left this machine, and no read shows that it was done. A later read can."""
UNDONE_STATES = NOT_SHOWN_STATES | {State.NOT_SENT}
"""As far as is known, the write changed nothing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Conclusion about one line from the evidence so far.

    `reason` is for the trader, `order` the order it is about, and `order_ids` names every order it is about.
    `traded_mw` is what traded, in MW; None where it is not known. `is_done` is set where what was wanted holds.
    """

    state: State
    reason: str = ""
    order: Order | None = None
    order_ids: tuple[str, ...] = ()
    traded_mw: Decimal | None = None
    is_done: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether more evidence is needed."""
        return self.state in OPEN_STATES


SENDING = Verdict(State.SENDING)

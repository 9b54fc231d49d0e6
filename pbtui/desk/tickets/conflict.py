"""Conflicts: a change that was refused because the order or the position had changed since the trader saw it.

Nothing is merged automatically. The desk shows what the trader saw, what the order is now, and what the trader wanted.
The trader re-applies the change to the present order, edits it, or leaves the order.
"""

from dataclasses import dataclass
from decimal import Decimal

from pbtui.api.client import OrdersClient
from pbtui.api.codes import OrderState
from pbtui.api.models import Order
from pbtui.api.requests import OrderModify, OrderModifyItem
from pbtui.api.structs import replace
from pbtui.desk.blotter.history import Revision
from pbtui.desk.blotter.lineage import read_lineage
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.request_fields import CHANGE_FIELDS
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.position_guard import PositionChange, with_expected
from pbtui.desk.tickets.judging.case import executed_mw
from pbtui.desk.tickets.ticket import TicketLine, change_line

HOT_AFTER = 3
"""Number of conflicts in a row from which a change must be edited before it is applied again."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in three versions. `mine` is None if the trader did not change the field.

    `base` and `theirs` are None for a restriction or a guard, because an order does not show those.
    """

    name: str
    base: object
    theirs: object
    mine: object

    @property
    def is_theirs(self) -> bool:
        """Return whether someone else changed the field."""
        return self.base != self.theirs

    @property
    def is_mine(self) -> bool:
        """Return whether the trader wanted to change the field."""
        return self.mine is not None

    @property
    def overlaps(self) -> bool:
        """Return whether both changed the field, to different values."""
        return self.is_theirs and self.is_mine and self.theirs != self.mine


@dataclass(frozen=True, slots=True)
class Conflict:
    """A change that was refused because the order or the position had changed.

    `theirs` is the order as it is now, None if it was not found. `since` holds the revisions that the trader had not
    seen. `in_a_row` counts the conflicts of this order since the last successful change of ours. `position` is the net
    position that the change expected and the one now, None if it expected none.
    """

    key: str
    base: Order
    mine: OrderModify
    theirs: Order | None
    since: tuple[Revision, ...] = ()
    in_a_row: int = 1
    position: PositionChange | None = None

    @property
    def has_changed(self) -> bool:
        """Return whether the order differs from what the trader saw: changed, under another id, or ended."""
        now = self.theirs
        return now is None or (now.order_id, now.revision_no) != (self.base.order_id, self.base.revision_no)

    @property
    def ended(self) -> str | None:
        """Return how the order ended; None if it has not. A change can't be applied to an ended order."""
        if self.theirs is None:
            return "the order was not found"
        if self.theirs.state == OrderState.IACT:
            return f"the order ended: {order_event(self.theirs.action)}"
        return None

    @property
    def why_not_reapplied(self) -> str | None:
        """Return why the change can't be applied to the order as it is now; None if it can."""
        if self.ended is not None or self.position is None or self.position.now.value is not None:
            return self.ended
        return f"the net position now is not known: {self.position.now.problem}"

    @property
    def is_hot(self) -> bool:
        """Return whether the order changes faster than the trader can edit it."""
        return self.in_a_row >= HOT_AFTER

    @property
    def executed_mw(self) -> Decimal | None:
        """Quantity that traded since the revision the trader saw, in MW; None if it could not be read."""
        known = [revision.order for revision in self.since] or ([] if self.theirs is None else [self.theirs])
        return executed_mw(known, self.base.open_quantity_mw, self.base)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Return every field that differs between the three versions: the state first, fields no order shows last."""
        found = []
        if self.theirs is not None and self.theirs.state != self.base.state:
            found.append(Difference("state", self.base.state, self.theirs.state, None))
        for field in sorted((FIELDS[name] for name in CHANGE_FIELDS), key=lambda field: field.attribute is None):
            base, mine = field.of(self.base), getattr(self.mine, field.name)
            theirs = base if self.theirs is None else field.of(self.theirs)
            if base != theirs or mine is not None:
                found.append(Difference(field.name, base, theirs, mine))
        return tuple(found)

    def reapplied(self) -> TicketLine:
        """Return a line with the trader's own changes, and only these, for the order as it is now.

        Where the change expected a position, it now expects the present one. Raises ValueError if there is no order to
        apply it to, or if that position is not known.
        """
        if self.theirs is None or self.why_not_reapplied is not None:
            raise ValueError(self.why_not_reapplied)
        line = change_line(self.theirs, self.mine)
        if self.position is None or self.position.now.value is None:
            return line
        return replace(line, request=with_expected(line.request, self.position.now.value))


async def read_conflict(
    client: OrdersClient, line: TicketLine, position: PositionChange | None, *, in_a_row: int
) -> Conflict:
    """Read the present state of the order of a refused change, by its id or its chain of ids, and who changed it.

    Raises OrdersApiError if the server can't be read, ValueError if the line is not a change.
    """
    if line.base is None or not isinstance(line.request, OrderModifyItem):
        raise ValueError("only a change of an existing order can have a conflict")
    lineage = await read_lineage(client, line.base)
    since = lineage.history.after(line.base.order_id, line.base.revision_no)
    if since is None:
        since = tuple(r for r in lineage.history.revisions if _is_after(r.order, line.base))
    return Conflict(line.order_key, line.base, line.request.changes, lineage.current, since, in_a_row, position)


def _is_after(order: Order, base: Order) -> bool:
    """Return whether a revision is later than the one the trader saw. One without a time counts as later."""
    if order.api_timestamp is None or base.api_timestamp is None:
        return True
    return order.api_timestamp > base.api_timestamp

"""A change that met another: what the trader saw, what stands there now, and what the trader wanted.

Nothing is ever merged by itself. The desk shows the three side by side; the trader applies the own changes to the
order as it is now, edits them, or leaves it.
"""

from dataclasses import dataclass
from decimal import Decimal

from pbtui.api.client import OrdersClient
from pbtui.api.models import Order, OrderModify, OrderModifyItem, OrderState
from pbtui.desk.blotter.history import Revision
from pbtui.desk.blotter.lineage import read_lineage
from pbtui.desk.formats.order_fields import CHANGE_FIELDS, FIELDS
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.tickets.ticket import TicketLine, change_line

HOT_AFTER = 3
"""After so many conflicts in a row the order is called hot, and nothing is applied to it again without an edit."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, by its name, in three versions; `mine` is None where the trader did not change it.

    `base` and `theirs` are None for a restriction or a guard: no order shows those.
    """

    name: str
    base: object
    theirs: object
    mine: object

    @property
    def is_theirs(self) -> bool:
        """Whether somebody else changed it."""
        return self.base != self.theirs

    @property
    def is_mine(self) -> bool:
        """Whether the trader wanted to change it."""
        return self.mine is not None

    @property
    def overlaps(self) -> bool:
        """Whether both did, and not to the same value."""
        return self.is_theirs and self.is_mine and self.theirs != self.mine


@dataclass(frozen=True, slots=True)
class Conflict:
    """A change that was refused because the order had changed.

    `theirs` is the order as it is now, None if it is nowhere to be found; `since` are the revisions the trader had not
    seen; `in_a_row` counts the conflicts of this order without a change of ours in between.
    """

    key: str
    base: Order
    mine: OrderModify
    theirs: Order | None
    since: tuple[Revision, ...] = ()
    in_a_row: int = 1

    @property
    def has_changed(self) -> bool:
        """Whether the order is another one than the trader saw: changed, under another id, or ended."""
        now = self.theirs
        return now is None or (now.order_id, now.revision_no) != (self.base.order_id, self.base.revision_no)

    @property
    def ended(self) -> str | None:
        """How the order ended, if it did: then there is nothing to apply a change to."""
        if self.theirs is None:
            return "the order is not to be found any more"
        if self.theirs.state == OrderState.IACT:
            return f"the order ended: {order_event(self.theirs.action)}"
        return None

    @property
    def is_hot(self) -> bool:
        """Whether the order changes faster than it can be edited."""
        return self.in_a_row >= HOT_AFTER

    @property
    def executed_mw(self) -> Decimal:
        """What traded since the revision the trader saw."""
        before, executed = self.base.open_quantity_mw, Decimal(0)
        known = [revision.order for revision in self.since] or ([] if self.theirs is None else [self.theirs])
        for order in known:
            now = order.open_quantity_mw
            if order.action in ("PEXE", "FEXE"):
                executed += max(before - now, Decimal(0))
            before = now
        return executed

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Every field that differs between any two of the three: the state first, what no order shows last."""
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
        """The trader's own changes, and none but these, to the order as it is now.

        Raises ValueError where there is nothing to apply them to.
        """
        if self.theirs is None or self.ended is not None:
            raise ValueError(self.ended)
        return change_line(self.theirs, self.mine)


async def read_conflict(client: OrdersClient, line: TicketLine, *, in_a_row: int) -> Conflict:
    """Read what the order of a refused change is now, by its id or along its chain, and who changed it.

    Raises OrdersApiError where the server could not be asked, ValueError for a line that is no change.
    """
    if line.base is None or not isinstance(line.request, OrderModifyItem):
        raise ValueError("only a change of an order that was seen can conflict")
    lineage = await read_lineage(client, line.base)
    since = lineage.since(line.base)
    if since is None:
        since = tuple(r for r in lineage.history.revisions if _is_after(r.order, line.base))
    return Conflict(line.key, line.base, line.request.changes, lineage.current, since, in_a_row)


def _is_after(order: Order, base: Order) -> bool:
    """Whether a revision came after the one the trader saw, as far as the times tell; one without a time may have."""
    if order.api_timestamp is None or base.api_timestamp is None:
        return True
    return order.api_timestamp > base.api_timestamp

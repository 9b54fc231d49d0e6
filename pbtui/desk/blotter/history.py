"""History of one order across its ids: for each revision, what changed, when, and who changed it."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.desk.formats.vocabulary import OrderEvent, order_event

# Times, fields that are shown elsewhere in the row, and fields that repeat another field.
_NOT_COMPARED = frozenset(
    {
        "action",
        "api_timestamp",
        "buy",
        "contracts",
        "details",
        "entry_timestamp",
        "last_change_timestamp",
        "parent_order_id",
        "quantity",
        "revision_no",
        "sell",
        "unreadable",
    }
)
_COMPARED = (
    "open_quantity_mw",
    *(f.name for f in dataclasses.fields(Order) if f.name not in _NOT_COMPARED),
)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after a revision."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision: the order at that time, the event, and the fields that changed.

    The first revision changes nothing. If a revision only deleted the order to open a new id, `replaced_by` is that id.
    """

    order: Order
    event: OrderEvent
    changes: tuple[FieldChange, ...] = ()
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All revisions of one order, oldest first. `unreadable` counts those that could not be read, at all or in part."""

    order_id: str
    revisions: tuple[Revision, ...]
    unreadable: int = 0

    def after(self, order_id: str | None, revision_no: int | None) -> tuple[Revision, ...] | None:
        """Return the revisions after this one; None if it is not in the history."""
        versions = [(revision.order.order_id, revision.order.revision_no) for revision in self.revisions]
        version = (order_id, revision_no)
        return self.revisions[versions.index(version) + 1 :] if version in versions else None


def history_of(order_id: str, orders: Iterable[Order | UnreadableOrder]) -> History:
    """Return the history of an order from the server's revisions, which may come in any sequence.

    They are sorted by their time at the API, then along the chain of ids, then by revision number. Where one has no
    time that can be read, the chain and the revisions alone decide. Source: API document 2.16.1 promises no sequence,
    and a modification deletes and adds at the same moment.
    """
    read = list(orders)
    revisions = [order for order in read if isinstance(order, Order)]
    depth = _chain_depths(revisions)
    times = {id(order): at for order in revisions if (at := order.api_timestamp or order.last_change_timestamp)}
    if len(times) < len(revisions):
        times = {}
    revisions.sort(
        key=lambda order: (
            times.get(id(order), _LONG_AGO),
            depth.get(order.order_id or "", 0),
            order.revision_no or 0,
        )
    )
    successors = {order.parent_order_id: order.order_id for order in revisions if order.parent_order_id}
    revisions_so_far: list[Revision] = []
    for order in revisions:
        replaced_by = successors.get(order.order_id or "") if order.action.endswith("DEL") else None
        before = _before(order, revisions_so_far)
        changes = () if before is None or replaced_by else changes_between(before, order)
        revisions_so_far.append(Revision(order, order_event(order.action), changes, replaced_by))
    unreadable = len(read) - sum(not order.unreadable for order in revisions)
    return History(order_id, tuple(revisions_so_far), unreadable)


def _chain_depths(orders: Sequence[Order]) -> dict[str, int]:
    parents = {order.order_id: order.parent_order_id for order in orders if order.order_id and order.parent_order_id}
    depths: dict[str, int] = {}
    for order_id in parents:
        depth, ancestor = 0, order_id
        while (parent := parents.get(ancestor)) is not None and depth <= len(parents):
            depth, ancestor = depth + 1, parent
        depths[order_id] = depth
    return depths


def _before(order: Order, earlier: Sequence[Revision]) -> Order | None:
    """Return the previous revision: the last of its own id, else the last of its parent that was not replaced."""
    for order_id in (order.order_id, order.parent_order_id):
        for revision in reversed(earlier):
            if order_id is not None and revision.order.order_id == order_id and revision.replaced_by is None:
                return revision.order
    return None


def changes_between(before: Order, after: Order) -> tuple[FieldChange, ...]:
    """Return the fields that differ between two states of an order, without times and what repeats another field.

    The quantity is all that is open. The slice of an iceberg is compared as long as it hides something.
    """
    has_slices = before.slice_mw is not None and after.slice_mw is not None
    return tuple(
        FieldChange(name, getattr(before, name), getattr(after, name))
        for name in (*_COMPARED, *(("slice_mw",) if has_slices else ()))
        if getattr(before, name) != getattr(after, name)
    )

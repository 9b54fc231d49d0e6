"""Decodes the bytes of an order list, and reuses the orders whose bytes did not change.

A poll of ten thousand orders changes a few dozen of them. The list is therefore split into raw slices, and only slices
that were not in the last snapshot are decoded. An order that is not exactly as the API describes it is read field by
field: a field that can't be read hides itself only. An odd element without an id that can be read becomes an
`UnreadableOrder`, unless it is an order that was refused.
"""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from pbtui.api.codes import OrderState
from pbtui.api.decoding.ordinary import ordinary_order
from pbtui.api.decoding.raw_list import split
from pbtui.api.models import Order
from pbtui.api.sanitize import safe_text

_MOST_KEPT = 1024
_MOST_BYTES_KEPT = 4096
"""Most orders kept after a read, and the most bytes of each: a few megabytes together."""


class UnreadableOrder(msgspec.Struct, frozen=True):
    """An element of a list that can't be read as an order, because it has no id that can be read.

    `reason` names the field and the error; `raw` is the element as received, made safe to show. Ids, state, portfolio
    and area are set if they could be read. Such an order may be live.
    """

    reason: str
    raw: str
    order_id: str | None = None
    initial_order_id: str | None = None
    revision_no: int | None = None
    state: str | None = None
    portfolio_id: str | None = None
    delivery_area: str | None = None
    pre_arranged: bool | None = None

    @property
    def key(self) -> str:
        """Identity of the order as in `Order.key`; an element without any id is identified by its text."""
        return self.initial_order_id or self.order_id or self.raw

    @property
    def is_live(self) -> bool:
        """Return whether the order may trade. True unless its state could be read and says otherwise."""
        return self.state not in (OrderState.HIBE, OrderState.IACT)


class Snapshot(msgspec.Struct, frozen=True):
    """One order list: each raw element and the order decoded from it, in the sequence of the list."""

    slices: Mapping[bytes, Order | UnreadableOrder]
    received: int
    """Number of elements in the list; repeated elements count each time."""

    @property
    def orders(self) -> tuple[Order | UnreadableOrder, ...]:
        """The decoded elements, without repetitions."""
        return tuple(self.slices.values())

    @property
    def readable(self) -> tuple[Order, ...]:
        """The elements that could be decoded as orders."""
        return tuple(order for order in self.slices.values() if isinstance(order, Order))


EMPTY = Snapshot(slices={}, received=0)


def decode(body: bytes, previous: Snapshot = EMPTY) -> Snapshot:
    """Decode an order list, and reuse from `previous` every order whose bytes are the same.

    Raises UnreadableList if the body is not a JSON list.
    """
    elements, known = split(body), previous.slices
    kept = {raw: raw for raw in known}  # used again: copies of all elements would need as much memory as the body
    slices: dict[bytes, Order | UnreadableOrder] = {}
    for raw in map(bytes, elements):
        earlier = kept.get(raw)
        if earlier is None:
            slices[raw] = _read_once(raw)
        else:
            slices[earlier] = known[earlier]
    return Snapshot(slices=slices, received=len(elements))


def _read_once(raw: bytes) -> Order | UnreadableOrder:
    """Read an element, or return what it was read as a while ago: lists by id and by contract repeat orders."""
    return _read_of_late(raw) if len(raw) <= _MOST_BYTES_KEPT else _read(raw)


@lru_cache(maxsize=_MOST_KEPT)
def _read_of_late(raw: bytes) -> Order | UnreadableOrder:
    return _read(raw)


def _read(raw: bytes) -> Order | UnreadableOrder:
    return ordinary_order(raw) or _read_by_field(raw)


def _read_by_field(raw: bytes) -> Order | UnreadableOrder:
    from pbtui.api.decoding.field_by_field import read_order  # imports pydantic, which a kill does without

    found = read_order(raw)
    # An order that was refused never got an id.
    if isinstance(found, Order) and (found.order_id or (found.errors and not found.unreadable)):
        return found
    shown = safe_text(raw.decode(errors="replace"))
    if isinstance(found, str):
        return UnreadableOrder(found, shown)
    first = str(found.unreadable[0]) if found.unreadable else "order_id: is missing"
    more = f" (and {len(found.unreadable) - 1} more)" if len(found.unreadable) > 1 else ""
    return UnreadableOrder(
        first + more,
        shown,
        initial_order_id=found.initial_order_id,
        revision_no=found.revision_no,
        state=found.state or None,
        portfolio_id=found.portfolio_id,
        delivery_area=found.delivery_area or None,
        pre_arranged=found.pre_arranged,
    )

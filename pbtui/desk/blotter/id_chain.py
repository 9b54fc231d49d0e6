"""Chains of order ids: a modification may end one id and open another.

Source: API document, PUT /orders/list: the order may be deleted and entered again.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from pbtui.api.client import OrdersClient
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.errors import Rejected
from pbtui.api.models import Order
from pbtui.api.sanitize import wire_id

# An id has about ten digits, so a hundred ids stay well below the URL length that servers accept.
IDS_PER_CALL = 100
PAGE_SIZE = 500

Orders = Sequence[Order | UnreadableOrder]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def newest(orders: Collection[Order], key: str) -> Order | None:
    """Return the current order of that chain: a live one, else the one that changed last.

    An order that another id replaced is never returned, even if both changed at the same time.
    """
    chain = [order for order in orders if order.key == key]
    left_behind = {order.parent_order_id for order in chain if order.parent_order_id}
    return max(
        (order for order in chain if order.order_id not in left_behind),
        key=lambda order: (order.is_live, order.last_change_timestamp or order.api_timestamp or _LONG_AGO),
        default=None,
    )


def latest_revision(history: Collection[Order]) -> Order | None:
    """The revision of one order's history that was made last; None if it has none."""
    return max(
        history,
        key=lambda order: (order.last_change_timestamp or order.api_timestamp or _LONG_AGO, order.revision_no or 0),
        default=None,
    )


async def read_endings(client: OrdersClient, orders: Orders, portfolios: Sequence[str] = ()) -> Orders:
    """Read how these orders ended; at most IDS_PER_CALL orders. Raises OrdersApiError.

    An order can get a new id and trade within one poll. Under its known id it then shows as deleted, and only the list
    of its contract shows the new id with the trade.
    """
    found = await read_by_id(client, orders)
    keys = {order.key for order in orders}
    contracts = {
        order.contract_id
        for order in found
        if isinstance(order, Order) and order.contract_id and order.action.endswith("DEL")
    }
    contracts = {contract for contract in contracts if can_be_listed(contract)}
    if not contracts:
        return found
    reply = await client.get_own_orders(
        portfolio_id=portfolios, contract_ids=sorted(contracts), active_only=False, limit=PAGE_SIZE
    )
    return [*found, *(order for order in reply.snapshot.orders if order.key in keys)]


async def read_by_id(client: OrdersClient, orders: Orders) -> Orders:
    """Read the present state of these orders by their ids; at most IDS_PER_CALL orders. Raises OrdersApiError.

    An id that can't be in a list is asked for by its history.
    """
    order_ids = [order.order_id for order in orders if order.order_id]
    listed = [order_id for order_id in order_ids if can_be_listed(order_id)]
    found: list[Order | UnreadableOrder] = []
    if listed:  # a list without an id filter would contain every order
        reply = await client.get_own_orders(order_ids=listed, active_only=False, limit=PAGE_SIZE)
        found += reply.snapshot.orders
    for order_id in order_ids:
        if not can_be_listed(order_id):
            found += await _by_history(client, order_id)
    return found


def can_be_listed(an_id: str) -> bool:
    """Return whether an id can be part of a list in a URL: servers read one with a comma as two."""
    return "," not in wire_id(an_id)


async def _by_history(client: OrdersClient, order_id: str) -> Orders:
    try:
        reply = await client.get_own_order_history(order_id)
    except Rejected:
        return ()  # the server does not know it
    unreadable = [order for order in reply.snapshot.orders if not isinstance(order, Order)]
    latest = latest_revision(reply.snapshot.readable)
    return unreadable if latest is None else [*unreadable, latest]

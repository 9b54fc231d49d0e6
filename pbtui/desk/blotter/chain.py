"""Orders by the chain of ids they had: a modification may end one id and go on under another.

API document, PUT /orders/list: the order may be deleted and entered anew.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from pbtui.api.client import OrdersClient
from pbtui.api.models import Order
from pbtui.api.snapshot import UnreadableOrder

# An id has about ten digits: a hundred of them stay well below what servers take as an address.
IDS_PER_CALL = 100
PAGE_SIZE = 500

Orders = Sequence[Order | UnreadableOrder]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def newest(orders: Collection[Order], key: str) -> Order | None:
    """The newest order of that chain: one that is live, else the one that changed last.

    One that went on under another id is never it: both may have changed at the same moment.
    """
    chain = [order for order in orders if order.key == key]
    left_behind = {order.parent_order_id for order in chain if order.parent_order_id}
    return max(
        (order for order in chain if order.order_id not in left_behind),
        key=lambda order: (order.is_live, order.last_change_timestamp or order.api_timestamp or _LONG_AGO),
        default=None,
    )


async def read_endings(client: OrdersClient, orders: Orders, portfolios: Sequence[str] = ()) -> Orders:
    """How these orders, at most IDS_PER_CALL of them, ended. Raises OrdersApiError.

    An order that was changed under a new id and then traded within one poll shows as deleted under the id that is
    known; what became of it stands under an id that only its contract's list gives.
    """
    found = await read_by_id(client, orders)
    keys = {order.key for order in orders}
    contracts = {
        order.contract_id
        for order in found
        if isinstance(order, Order) and order.contract_id and order.action.endswith("DEL")
    }
    if not contracts:
        return found
    reply = await client.get_own_orders(
        portfolio_id=portfolios, contract_ids=sorted(contracts), active_only=False, limit=PAGE_SIZE
    )
    return [*found, *(order for order in reply.snapshot.orders if order.key in keys)]


async def read_by_id(client: OrdersClient, orders: Orders) -> Orders:
    """These orders, at most IDS_PER_CALL of them, as they are now under the ids they had. Raises OrdersApiError."""
    order_ids = [order.order_id for order in orders if order.order_id]
    if not order_ids:
        return ()  # a list that no id narrows has everything
    reply = await client.get_own_orders(order_ids=order_ids, active_only=False, limit=PAGE_SIZE)
    return reply.snapshot.orders

"""Lookup of an order under its present id, with its history."""

from collections.abc import Sequence
from dataclasses import dataclass

from pbtui.api.client import OrdersClient
from pbtui.api.errors import Rejected
from pbtui.api.models import Order
from pbtui.desk.blotter.history import History, history_of
from pbtui.desk.blotter.id_chain import PAGE_SIZE, newest


@dataclass(frozen=True, slots=True)
class Lineage:
    """The current order of a chain of ids, None if nothing was found, and the history of the chain."""

    current: Order | None
    history: History


async def read_lineage(client: OrdersClient, base: Order) -> Lineage:
    """Read the present state of an order: by its id, and if that was deleted, by its chain in its contract's orders.

    A modification may delete the order and enter it again under another id (API document, PUT /orders/list). Raises
    OrdersApiError if the server can't be read.
    """
    order_id = base.order_id or ""
    by_id = await client.get_own_orders(order_ids=[order_id], active_only=False, limit=PAGE_SIZE)
    current = newest(by_id.snapshot.readable, base.key)
    if current is None or current.action.endswith("DEL"):
        contract_id = base.contract_id or (current.contract_id if current else None)
        if contract_id is not None:
            current = newest([*await _of_contract(client, contract_id), *by_id.snapshot.readable], base.key)
    return Lineage(current, await _history(client, (current.order_id if current else None) or order_id))


async def _of_contract(client: OrdersClient, contract_id: str) -> Sequence[Order]:
    active = await client.get_own_orders(contract_ids=[contract_id], active_only=True)
    others = await client.get_own_orders(contract_ids=[contract_id], active_only=False, limit=PAGE_SIZE)
    return [*active.snapshot.readable, *others.snapshot.readable]


async def _history(client: OrdersClient, order_id: str) -> History:
    try:
        reply = await client.get_own_order_history(order_id)
    except Rejected:  # the server keeps no history of an order that it has forgotten
        return History(order_id, ())
    return history_of(order_id, reply.snapshot.orders)

"""Reads that several lines of a ticket share: each list is read once, and ids are asked for together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pbtui.api.client import OrdersClient, OrdersReply
from pbtui.api.errors import RefusedHere, Rejected
from pbtui.desk.blotter.chain import IDS_PER_CALL, PAGE_SIZE
from pbtui.desk.tickets.evidence import AnyOrder
from pbtui.desk.tickets.judging.candidates import OrderIndex

MAX_PAGES = 4
"""Pages of a contract's orders that are read; with more, absence proves nothing."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The orders of a read, as of its request. `is_whole`: none that it was asked for is missing."""

    index: OrderIndex
    requested_s: float
    is_whole: bool


class SharedReads:
    """The reads for these lines, by key with the ids of each. Each raises OrdersApiError if it fails."""

    def __init__(self, client: OrdersClient, ids: dict[str, Sequence[str]]) -> None:
        self._client = client
        self._ids = ids
        self._by_id: dict[str, Listed | None] = {}
        self._lists: dict[tuple[str, str], Listed] = {}

    async def by_id(self, key: str) -> Listed | None:
        """The orders with the ids of a line, active or not; None if the server can't be asked for them."""
        if key not in self._by_id:
            await self._ask(self._group_of(key))
        return self._by_id[key]

    def _group_of(self, key: str) -> list[str]:
        """The line and others that were not asked for yet, as many as one call takes."""
        group, count = [key], len(self._ids[key])
        for other, ids in self._ids.items():
            if count >= IDS_PER_CALL:
                break
            if ids and other != key and other not in self._by_id:
                group.append(other)
                count += len(ids)
        return group

    async def _ask(self, keys: Sequence[str]) -> None:
        """Read these lines in one call, or in halves where the server refuses that: it may dislike a single id."""
        ids = sorted({order_id for key in keys for order_id in self._ids[key]})
        try:
            reply = await self._client.get_own_orders(order_ids=ids, active_only=False, limit=PAGE_SIZE)
        except (Rejected, RefusedHere):
            if len(keys) == 1:
                self._by_id[keys[0]] = None
                return
            middle = len(keys) // 2
            await self._ask(keys[:middle])
            await self._ask(keys[middle:])
        else:
            self._by_id |= dict.fromkeys(keys, _listed(reply))

    async def active(self, contract_id: str | None) -> Listed:
        """The active orders, of one contract where there is a single line to read."""
        contract_id = contract_id if len(self._ids) == 1 else None
        place = ("active", contract_id or "")
        if place not in self._lists:
            reply = await self._client.get_own_orders(
                active_only=True, contract_ids=[contract_id] if contract_id else []
            )
            self._lists[place] = _listed(reply)
        return self._lists[place]

    async def of_contract(self, contract_id: str) -> Listed:
        """All orders of a contract, active or not, page by page."""
        place = ("contract", contract_id)
        if place not in self._lists:
            self._lists[place] = await self._pages(contract_id)
        return self._lists[place]

    async def _pages(self, contract_id: str) -> Listed:
        orders: list[AnyOrder] = []
        requested_s = float("inf")
        for page in range(MAX_PAGES):
            reply = await self._client.get_own_orders(
                contract_ids=[contract_id], active_only=False, limit=PAGE_SIZE, offset=page * PAGE_SIZE
            )
            orders += reply.snapshot.orders
            requested_s = min(requested_s, reply.answer.as_of_s)
            if len(reply.snapshot.orders) < PAGE_SIZE:
                return Listed(OrderIndex(orders), requested_s, is_whole=True)
        return Listed(OrderIndex(orders), requested_s, is_whole=False)

    async def of_text(self, text: str | None) -> Listed:
        """The orders with this text, active or not."""
        return _listed(await self._client.get_own_orders(txt=text, active_only=False, limit=PAGE_SIZE))


def _listed(reply: OrdersReply) -> Listed:
    return Listed(OrderIndex(reply.snapshot.orders), reply.answer.as_of_s, reply.is_complete)


async def orders_of_ids(client: OrdersClient, order_ids: Iterable[str]) -> list[AnyOrder]:
    """Read the orders with these ids, active or not; one that the server can't be asked for is not found."""
    asked = {order_id: (order_id,) for order_id in order_ids}
    reads = SharedReads(client, dict(asked))
    found: dict[int, AnyOrder] = {}
    for order_id in asked:
        listed = await reads.by_id(order_id)
        for order in listed.index.orders if listed is not None else ():
            found[id(order)] = order
    return list(found.values())

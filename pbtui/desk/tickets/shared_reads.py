"""Reads that several lines of a ticket share: each list is read once; ids and contracts are asked for together."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pbtui.api.client import OrdersClient, OrdersReply
from pbtui.api.errors import RefusedHere, Rejected
from pbtui.desk.blotter.id_chain import IDS_PER_CALL, PAGE_SIZE
from pbtui.desk.tickets.evidence import AnyOrder
from pbtui.desk.tickets.judging.candidates import OrderIndex

MAX_PAGES = 4
"""Pages of the orders of contracts that are read; of a contract with more, absence proves nothing."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The orders of a read, as of its request. `is_whole`: none that it was asked for is missing."""

    index: OrderIndex
    requested_s: float
    is_whole: bool


class SharedReads:
    """The reads for these lines, by key with the ids of each, in these contracts.

    Each raises OrdersApiError if it fails.
    """

    def __init__(self, client: OrdersClient, ids: Mapping[str, Sequence[str]], contracts: Collection[str] = ()) -> None:
        self._client = client
        self._ids = ids
        self._contracts = contracts
        self._by_id: dict[str, Listed | None] = {}
        self._active: dict[str, Listed] = {}
        self._of_contract: dict[str, Listed | None] = {}
        self._contracts_a_read = IDS_PER_CALL

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
        place = contract_id or ""
        if place not in self._active:
            reply = await self._client.get_own_orders(
                active_only=True, contract_ids=[contract_id] if contract_id else []
            )
            self._active[place] = _listed(reply)
        return self._active[place]

    async def of_contract(self, contract_id: str) -> Listed | None:
        """All orders of a contract, active or not; None if the server can't be asked for them."""
        while contract_id not in self._of_contract:
            others = sorted({*self._contracts} - {contract_id} - self._of_contract.keys())
            group = [contract_id, *others[: self._contracts_a_read - 1]]
            listed = await self._pages_unless_refused(group)
            if len(group) > 1 and (listed is None or not listed.is_whole):
                # The server refuses one of them, or together they have too many orders.
                self._contracts_a_read = len(group) // 2
            else:
                self._of_contract |= dict.fromkeys(group, listed)
        return self._of_contract[contract_id]

    async def _pages_unless_refused(self, contract_ids: Sequence[str]) -> Listed | None:
        try:
            return await self._pages(contract_ids)
        except (Rejected, RefusedHere):
            return None

    async def _pages(self, contract_ids: Sequence[str]) -> Listed:
        orders: list[AnyOrder] = []
        requested_s = float("inf")
        for page in range(MAX_PAGES):
            reply = await self._client.get_own_orders(
                contract_ids=contract_ids, active_only=False, limit=PAGE_SIZE, offset=page * PAGE_SIZE
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
    reads = SharedReads(client, asked)
    found: dict[int, AnyOrder] = {}
    for order_id in asked:
        listed = await reads.by_id(order_id)
        for order in listed.index.orders if listed is not None else ():
            found[id(order)] = order
    return list(found.values())

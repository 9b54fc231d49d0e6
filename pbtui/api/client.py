"""The seven calls of the OrdersApi, one coroutine each, under the vendor's names and with its parameters.

No call is ever sent twice. What a call raises instead of its reply is the tree of `pbtui.api.errors`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import quote

from pydantic import SecretStr

from pbtui.api import snapshot
from pbtui.api.connection import MAX_CONCURRENT_CALLS, Answer, Connection, Timeouts
from pbtui.api.errors import RefusedHere, UnreadableReply
from pbtui.api.models import (
    ExecutionInstruction,
    ModifyAction,
    OrderEntry,
    OrderModify,
    OrderModifyItem,
    OrderState,
    StatusAction,
    UpdateStatus,
)
from pbtui.api.snapshot import Snapshot, UnreadableList

READ = Timeouts(connect_s=3, next_bytes_s=8, deadline_s=12)
# The answer to a write comes from the exchange behind the server, so it gets longer.
WRITE = Timeouts(connect_s=3, next_bytes_s=15, deadline_s=20)

# Larger bodies are decoded on a thread of their own: the desk's loop has requests to send meanwhile.
_DECODE_INLINE_BYTES = 64 * 2**10


class Gate(Protocol):
    """What a request passes when it has a connection and nothing has left yet."""

    def __call__(self, call: str, *, enters: bool) -> None:
        """Note it, or raise RefusedHere to keep it from leaving.

        `call` is method and path; `enters` is set where it can bring more into the market than there is.
        """


@dataclass(frozen=True, slots=True)
class OrdersReply:
    """A list of orders, and the answer it came in."""

    answer: Answer
    snapshot: Snapshot

    @property
    def is_complete(self) -> bool:
        """Whether it is all there is, as far as the server tells."""
        return not self.gap

    @property
    def gap(self) -> str:
        """Why it may not be all there is; empty where it is."""
        total, distinct = self.answer.total_count, len(self.snapshot.slices)
        if self.answer.status != HTTPStatus.OK:
            return f"the server calls its list a part of the orders ({self.answer.status})"
        return "" if total in (None, distinct) else f"the server sent {distinct} of {total} orders"


class OrdersClient:
    """The OrdersApi of one exchange, reached with one key; an asynchronous context manager.

    `base_url` ends in `/<exchange>/v2/api`. `ca_file` and `proxy` as in `Connection`, which raises ValueError for what
    it cannot work with. `gate`, where one is set, is what every request passes right before it leaves.
    """

    def __init__(
        self,
        base_url: str,
        api_key: SecretStr,
        *,
        ca_file: Path | None = None,
        proxy: str | None = None,
        read: Timeouts = READ,
        write: Timeouts = WRITE,
        concurrent_calls: int = MAX_CONCURRENT_CALLS,
    ) -> None:
        self._connection = Connection(
            base_url, api_key, ca_file=ca_file, proxy=proxy, concurrent_calls=concurrent_calls
        )
        self.gate: Gate | None = None
        self._read = read
        self._write = write

    def __repr__(self) -> str:
        return f"OrdersClient({self._connection!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    async def get_own_orders(
        self,
        *,
        portfolio_id: Sequence[str] = (),
        offset: int | None = None,
        limit: int | None = None,
        contract_ids: Sequence[str] = (),
        order_ids: Sequence[str] = (),
        active_only: bool | None = None,
        delivery_area: str | None = None,
        user_code: str | None = None,
        cl_ordr_id: str | None = None,
        txt: str | None = None,
        contract_id: Sequence[str] = (),
        status: OrderState | None = None,
        previous: Snapshot = snapshot.EMPTY,
    ) -> OrdersReply:
        """GET /orders: with `active_only` (the server's default) every matching order, else a page of them.

        `status` is known to servers from API 2.21 on; earlier ones ignore it. Orders whose bytes are those in
        `previous` are taken over from it.
        """
        query = {
            "portfolio_id": portfolio_id,
            "offset": offset,
            "limit": limit,
            "contract_ids": contract_ids,
            "order_ids": order_ids,
            "active_only": active_only,
            "delivery_area": delivery_area,
            "user_code": user_code,
            "clOrdrId": cl_ordr_id,
            "txt": txt,
            "contract_id": contract_id,
            "status": status,
        }
        return await self._orders("GET", "/orders", query, previous=previous)

    async def get_own_order_history(self, order_id: str) -> OrdersReply:
        """GET /orders/{order_id}/history: all revisions, under preceding ids too, in no promised order."""
        call = "GET /orders/{order_id}/history"
        return await self._orders("GET", f"/orders/{_path_segment(call, order_id)}/history")

    async def add_orders(
        self,
        orders: Sequence[OrderEntry],
        *,
        exec_instruction: ExecutionInstruction | None = None,
        internal_trading: bool | None = None,
        fail_on_limit_violations: bool | None = None,
        ignore_order_action_quota: bool | None = None,
        include_errors: bool | None = None,
    ) -> OrdersReply:
        """POST /orders/list. The reply has one or more orders an entry, and counter-orders that changed besides."""
        query = {
            "exec_instruction": exec_instruction,
            "internal_trading": internal_trading,
            "fail_on_limit_violations": fail_on_limit_violations,
            "ignore_order_action_quota": ignore_order_action_quota,
            "include_errors": include_errors,
        }
        return await self._orders("POST", "/orders/list", query, [order.wire() for order in orders], enters=True)

    async def modify_orders(
        self,
        modifications: Sequence[OrderModifyItem],
        *,
        internal_trading: bool | None = None,
        fail_on_limit_violations: bool | None = None,
        ignore_order_action_quota: bool | None = None,
        include_errors: bool | None = None,
    ) -> OrdersReply:
        """PUT /orders/list. Raises RevisionConflict where an order has a newer revision than the one named.

        `include_errors` is known to servers from API 2.17 on; earlier ones ignore it.
        """
        query = {
            "internal_trading": internal_trading,
            "fail_on_limit_violations": fail_on_limit_violations,
            "ignore_order_action_quota": ignore_order_action_quota,
            "include_errors": include_errors,
        }
        enters = any(_enters(item.changes) for item in modifications)
        return await self._orders("PUT", "/orders/list", query, [item.wire() for item in modifications], enters=enters)

    async def modify_order(
        self,
        order_id: str,
        revision_no: int,
        modifications: OrderModify,
        *,
        internal_trading: bool | None = None,
        fail_on_limit_violations: bool | None = None,
        ignore_order_action_quota: bool | None = None,
    ) -> OrdersReply:
        """PUT /order/{order_id}/{revision_no}: the deprecated call, one order at a time."""
        query = {
            "internal_trading": internal_trading,
            "fail_on_limit_violations": fail_on_limit_violations,
            "ignore_order_action_quota": ignore_order_action_quota,
        }
        order = _path_segment("PUT /order/{order_id}/{revision_no}", order_id)
        path = f"/order/{order}/{revision_no}"
        return await self._orders("PUT", path, query, modifications.wire(), enters=_enters(modifications))

    async def delete_orders(self, portfolio_id: Sequence[str], *, delivery_areas: Sequence[str] = ()) -> OrdersReply:
        """DELETE /orders: every order of these portfolios, in these areas or in all.

        Raises RefusedHere where no portfolio is named: what a server makes of an empty list is not documented.
        """
        if not portfolio_id or not all(portfolio_id):
            raise RefusedHere("DELETE /orders", "a portfolio must be named to delete its orders")
        query = {"portfolio_id": portfolio_id, "delivery_areas": delivery_areas}
        return await self._orders("DELETE", "/orders", query)

    async def update_status(self, orders: UpdateStatus) -> Answer:
        """PUT /orders/status: changes every order at the exchange, other portfolios and tenants included."""
        enters = orders.order_mod_type is StatusAction.ACTI
        return await self._request("PUT", "/orders/status", self._write, {}, orders.wire(), enters=enters)

    async def _orders(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: object = None,
        *,
        previous: Snapshot = snapshot.EMPTY,
        enters: bool = False,
    ) -> OrdersReply:
        if body == []:
            raise RefusedHere(f"{method} {path}", "the list is empty, there is nothing to send")
        timeouts = self._read if method == "GET" else self._write
        answer = await self._request(method, path, timeouts, query or {}, body, enters=enters)
        try:
            if len(answer.body) > _DECODE_INLINE_BYTES:
                orders = await asyncio.to_thread(snapshot.decode, answer.body, previous)
            else:
                orders = snapshot.decode(answer.body, previous)
        except UnreadableList as error:
            reason = f"the answer is {error}"
            raise UnreadableReply(f"{method} {path}", reason, status=answer.status) from None
        return OrdersReply(answer, orders)

    async def _request(
        self, method: str, path: str, timeouts: Timeouts, query: Mapping[str, object], body: object, *, enters: bool
    ) -> Answer:
        leaving = None if self.gate is None else partial(self.gate, f"{method} {path}", enters=enters)
        return await self._connection.request(method, path, timeouts, query=query, body=body, leaving=leaving)


def _enters(changes: OrderModify) -> bool:
    """Whether a change can bring more into the market."""
    return changes.action in (ModifyAction.MODI, ModifyAction.ACTI)


def _path_segment(call: str, order_id: str) -> str:
    if order_id in ("", ".", ".."):
        raise RefusedHere(call, f"{order_id!r} is not an order id")
    return quote(order_id, safe="")

"""The seven calls of the OrdersApi, one coroutine each, with the vendor's names and parameters.

No call is ever sent twice. On failure a call raises one of the exceptions in `pbtui.api.errors`.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from msgspec import Struct

from pbtui.api.answer import Answer
from pbtui.api.codes import ExecutionInstruction, ModifyAction, OrderState, StatusAction
from pbtui.api.decoding import snapshot
from pbtui.api.decoding.raw_list import decoded
from pbtui.api.decoding.snapshot import Snapshot
from pbtui.api.errors import OrdersApiError, RefusedHere, UnreadableReply
from pbtui.api.sanitize import wire_ids
from pbtui.api.transport.connection import MAX_CONCURRENT_CALLS, ApiKey, Connection, Timeouts
from pbtui.api.transport.url_parts import path_segment

if TYPE_CHECKING:
    from pbtui.api.reads.client import ReadsClient
    from pbtui.api.requests import OrderEntry, OrderModify, OrderModifyItem, UpdateStatus
    from pbtui.api.withdrawals import AccountWithdrawal, Withdrawal, WithdrawalItem

READ = Timeouts(connect_s=3, next_bytes_s=8, deadline_s=12)
# The server waits for the exchange before it answers a write, so a write gets more time.
WRITE = Timeouts(connect_s=3, next_bytes_s=15, deadline_s=20)

CHANGES_EVERYTHING = "PUT /orders/status"
"""The call that changes every order at the exchange, whatever its portfolio."""


class Gate(Protocol):
    """Check that every request passes when it has a connection and before its first byte is sent."""

    def __call__(self, call: str, *, enters: bool) -> AbstractAsyncContextManager[None]:
        """Return the passage of one request: entered right before its first byte, left when the call has ended.

        Entering it may wait, and may raise RefusedHere to stop the request. It is left with the error of the call, if
        there is one. `call` is method and path. `enters` is true if the request can bring more quantity into the
        market.
        """


class OrdersReply(Struct, frozen=True):
    """A list of orders and the answer that contained it."""

    answer: Answer
    snapshot: Snapshot

    @property
    def is_complete(self) -> bool:
        """Return whether the list is complete, as far as the server reports."""
        return not self.gap

    @property
    def gap(self) -> str:
        """Reason why the list may be incomplete; empty if it is complete."""
        total, distinct = self.answer.total_count, len(self.snapshot.slices)
        if self.answer.status != HTTPStatus.OK:
            return f"the server answered with only a part of the orders ({self.answer.status})"
        return "" if total in (None, distinct) else f"the server sent {distinct} of {total} orders"


class OrdersClient:
    """The OrdersApi of one exchange, reached with one key; an asynchronous context manager.

    `base_url` ends in `/<exchange>/v2/api`. `ca_file` and `proxy` are those of `Connection`, which raises ValueError if
    it cannot use them. Every request passes `gate`, if one is set, right before it is sent.
    """

    def __init__(
        self,
        base_url: str,
        api_key: ApiKey,
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

    @property
    def received_bytes(self) -> int:
        """Return the bytes of all answers, as far as they have come."""
        return self._connection.received_bytes

    @property
    def reads(self) -> "ReadsClient":
        """The reads beyond orders, over the same connection."""
        from pbtui.api.reads.client import ReadsClient  # 12 ms that a kill does without

        return ReadsClient(self._connection, self._read)

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
        """GET /orders: every matching order with `active_only` (the server's default), else one page of them.

        Servers before API 2.21 ignore `status`. Orders whose bytes are the same as in `previous` are reused, not
        decoded again.
        """
        query = {
            "portfolio_id": wire_ids(portfolio_id),
            "offset": offset,
            "limit": limit,
            "contract_ids": wire_ids(contract_ids),
            "order_ids": wire_ids(order_ids),
            "active_only": active_only,
            "delivery_area": delivery_area,
            "user_code": user_code,
            "clOrdrId": cl_ordr_id,
            "txt": txt,
            "contract_id": wire_ids(contract_id),
            "status": status,
        }
        return await self._orders("GET", "/orders", query, previous=previous)

    async def get_own_order_history(self, order_id: str) -> OrdersReply:
        """GET /orders/{order_id}/history: all revisions, earlier ids included. The API promises no sequence."""
        call = "GET /orders/{order_id}/history"
        return await self._orders("GET", f"/orders/{path_segment(call, order_id)}/history")

    async def add_orders(
        self,
        orders: "Sequence[OrderEntry]",
        *,
        exec_instruction: ExecutionInstruction | None = None,
        internal_trading: bool | None = None,
        fail_on_limit_violations: bool | None = None,
        ignore_order_action_quota: bool | None = None,
        include_errors: bool | None = None,
    ) -> OrdersReply:
        """POST /orders/list. The reply has one or more orders per entry, and changed counter-orders as well."""
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
        modifications: "Sequence[OrderModifyItem | WithdrawalItem]",
        *,
        internal_trading: bool | None = None,
        fail_on_limit_violations: bool | None = None,
        ignore_order_action_quota: bool | None = None,
        include_errors: bool | None = None,
    ) -> OrdersReply:
        """PUT /orders/list. Raises RevisionConflict if an order has a newer revision than the one given.

        Servers before API 2.17 ignore `include_errors`.
        """
        query = {
            "internal_trading": internal_trading,
            "fail_on_limit_violations": fail_on_limit_violations,
            "ignore_order_action_quota": ignore_order_action_quota,
            "include_errors": include_errors,
        }
        enters = any(_enters(item.changes) for item in modifications)
        return await self._orders("PUT", "/orders/list", query, [item.wire() for item in modifications], enters=enters)

    async def lacks_list_call(self, seen: OrdersApiError) -> bool:
        """Return whether there is no PUT /orders/list, by sending an empty list, which names no order.

        `seen` is the 404 that a list got before. Only the same answer of the API itself proves it.
        """
        try:
            await self._request("PUT", "/orders/list", self._write, {}, [], enters=False)
        except OrdersApiError as error:
            same = (error.status, error.server_message) == (seen.status, seen.server_message)
            return same and error.status == HTTPStatus.NOT_FOUND and error.is_own and seen.is_own
        return False

    async def modify_order(
        self,
        order_id: str,
        revision_no: int,
        modifications: "OrderModify | Withdrawal",
        *,
        internal_trading: bool | None = None,
        fail_on_limit_violations: bool | None = None,
        ignore_order_action_quota: bool | None = None,
    ) -> OrdersReply:
        """PUT /order/{order_id}/{revision_no}: the deprecated call for one order."""
        query = {
            "internal_trading": internal_trading,
            "fail_on_limit_violations": fail_on_limit_violations,
            "ignore_order_action_quota": ignore_order_action_quota,
        }
        order = path_segment("PUT /order/{order_id}/{revision_no}", order_id)
        path = f"/order/{order}/{revision_no}"
        return await self._orders("PUT", path, query, modifications.wire(), enters=_enters(modifications))

    async def delete_orders(self, portfolio_id: Sequence[str], *, delivery_areas: Sequence[str] = ()) -> OrdersReply:
        """DELETE /orders: every order of these portfolios, in the given areas or in all areas.

        Raises RefusedHere if no portfolio is given, because the effect of an empty list is not documented.
        """
        if not portfolio_id or not all(portfolio_id):
            raise RefusedHere(
                "DELETE /orders", "no portfolio is given; name the portfolios whose orders shall be deleted"
            )
        query = {"portfolio_id": wire_ids(portfolio_id), "delivery_areas": delivery_areas}
        return await self._orders("DELETE", "/orders", query)

    async def update_status(self, orders: "UpdateStatus | AccountWithdrawal") -> Answer:
        """PUT /orders/status: change every order at the exchange, in all portfolios and tenants.

        Raises UnreadableReply for a success that the API itself did not send: a page of a gateway or firewall.
        """
        enters = orders.order_mod_type is StatusAction.ACTI
        answer = await self._request("PUT", "/orders/status", self._write, {}, orders.wire(), enters=enters)
        if not answer.is_own:
            kind = answer.content_type.partition(";")[0] or "no content type"
            reason = f"the answer ({answer.status}) is a page that the exchange did not send: {kind}"
            raise UnreadableReply("PUT /orders/status", reason, status=answer.status)
        return answer

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
            raise RefusedHere(f"{method} {path}", "the list is empty, so there is nothing to send")
        timeouts = self._read if method == "GET" else self._write
        answer = await self._request(method, path, timeouts, query or {}, body, enters=enters)
        orders = await decoded(f"{method} {path}", answer, partial(snapshot.decode, previous=previous))
        return OrdersReply(answer, orders)

    async def _request(
        self, method: str, path: str, timeouts: Timeouts, query: Mapping[str, object], body: object, *, enters: bool
    ) -> Answer:
        passage = None if self.gate is None else self.gate(f"{method} {path}", enters=enters)
        return await self._connection.request(
            method, path, timeouts, query=query, body=body, passage=passage, enters=enters
        )


def _enters(changes: "OrderModify | Withdrawal") -> bool:
    """Return whether the change can bring more quantity into the market."""
    return changes.action in (ModifyAction.MODI, ModifyAction.ACTI)

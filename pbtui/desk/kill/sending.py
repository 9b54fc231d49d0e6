"""Firing: sends the requests of a plan for its target orders, and falls back to a narrower plan if refused."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field

from pbtui.api.client import OrdersClient, OrdersReply
from pbtui.api.errors import OrdersApiError, Unauthorized
from pbtui.api.models import (
    ModifyAction,
    Order,
    OrderModify,
    OrderModifyItem,
    StatusAction,
    UpdateStatus,
)
from pbtui.desk.formats.vocabulary import failure_text
from pbtui.desk.kill.calls import KillCalls, is_refusal, was_answered
from pbtui.desk.kill.plan import AnyOrder, KillPlan

ORDERS_PER_CALL = 50
CALLS_AT_ONCE = 4
REFUSED_ALONE = 24
"""After so many single refusals of one kind, a refused list of that kind is not split any further."""
FORBIDDEN_COUNTS = 8
"""A refusal for missing rights counts as this many other refusals: it says more about the other orders."""
_NO_RIGHTS = (401, 403)

_Kind = tuple[str, str, bool]
"""Portfolio, delivery area, pre-arranged or not."""


@dataclass
class Batch:
    """The result of one batch of requests.

    `accepted` and `unanswered` count requests. `refused` holds the reason for each refused order, by order key.
    `no_rights` is the reason if the key has no rights at all. Orders of one kind need the same rights:
    `accepted_kinds` are the kinds with an accepted order, `refused_kinds` counts the orders refused alone by kind.
    """

    accepted: int = 0
    unanswered: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    no_rights: str = ""
    is_unauthorized: bool = False
    accepted_kinds: set[_Kind] = field(default_factory=set)
    refused_kinds: Counter[_Kind] = field(default_factory=Counter)

    def is_hopeless(self, orders: Iterable[AnyOrder]) -> bool:
        """Whether the server will refuse all these orders: many of each kind were refused and none accepted."""
        kinds = {_kind(order) for order in orders}
        return all(kind not in self.accepted_kinds and self.refused_kinds[kind] >= REFUSED_ALONE for kind in kinds)


def _kind(order: AnyOrder) -> _Kind:
    return order.portfolio_id or "", order.delivery_area or "", bool(order.pre_arranged)


class Firing:
    """Sends the kill requests of one plan.

    `fired` is the plan in use: the given one, or a narrower one if the server refused it. `notes` say why it is
    narrower. `single_order_endpoint` is for servers without a call for lists of orders.
    """

    def __init__(self, client: OrdersClient, calls: KillCalls, plan: KillPlan, *, single_order_endpoint: bool) -> None:
        self._client = client
        self._calls = calls
        self._single = single_order_endpoint
        self._slots = asyncio.Semaphore(CALLS_AT_ONCE)
        self._refused_alone: set[str | None] = set()
        self.fired = plan
        self.notes: list[str] = []
        self.has_call_succeeded = False
        """Whether the one call of the plan has succeeded."""

    async def fire(self, targets: Sequence[AnyOrder], portfolios: Iterable[str]) -> Batch:
        """Send one batch: the plan's one call until that has succeeded, after that each target by its id.

        A plan that can't name orders by id makes its one call each time. `portfolios` are all known portfolios, for the
        call that must name them.
        """
        while not (self.has_call_succeeded and self.fired.goes_by_id) and (
            calls := self._whole(sorted(set(portfolios)))
        ):
            end = await calls
            if not is_refusal(end):
                self.has_call_succeeded = was_answered(end)
                return Batch(accepted=1) if self.has_call_succeeded else Batch(unanswered=1)
            assert isinstance(end, OrdersApiError)  # noqa: S101 - a refusal is one
            narrower = self.fired.narrower
            if narrower is None:
                return Batch(no_rights=end.reason if end.status in _NO_RIGHTS else "", refused={"": end.reason})
            self.notes.append(f"{self.fired.call} was refused: {end.reason}; instead: {narrower.call}")
            self.fired = narrower
        return await self._at_each(targets)

    def again(self) -> None:
        """Make the one call of the plan again with the next batch."""
        self.has_call_succeeded = False

    # ------------------------------------------------------------ one call for all

    def _whole(self, portfolios: Sequence[str]) -> Awaitable[object] | None:
        """The one call of the plan; None if the plan works order by order or has no portfolio to name."""
        plan = self.fired
        if plan.action.is_account_wide:
            status = UpdateStatus(
                order_mod_type=StatusAction.DELE if plan.action.deletes else StatusAction.DEAC,
                incl_pre_arranged=plan.includes_pre_arranged,
                prod_name=plan.products or None,
            )
            about = f"{plan.verb} everything at {plan.exchange}"
            return self._calls.make("PUT", "/orders/status", about, self._client.update_status(status))
        if plan.action.deletes and portfolios:
            call = self._client.delete_orders(portfolios, delivery_areas=plan.delivery_areas)
            return self._calls.make("DELETE", "/orders", f"delete all orders of {', '.join(portfolios)}", call)
        return None

    # ------------------------------------------------------------ by id

    async def _at_each(self, targets: Sequence[AnyOrder]) -> Batch:
        batch = Batch()
        known = [order for order in targets if order.order_id]
        known.sort(key=lambda order: (order.order_id in self._refused_alone, _kind(order)))
        chunks = [known[start : start + ORDERS_PER_CALL] for start in range(0, len(known), ORDERS_PER_CALL)]
        await asyncio.gather(*(self._chunk(chunk, batch) for chunk in chunks))
        if batch.accepted or batch.unanswered:
            batch.no_rights = ""
        return batch

    async def _chunk(self, orders: Sequence[AnyOrder], batch: Batch) -> None:
        """Fire at these orders. A refused list is split in halves until the refused order is alone.

        A hopeless list is not split: a thousand refused orders would make two thousand requests. The next batch begins
        with other orders. After a 401 (key not known) this batch sends nothing more.
        """
        if self._single and len(orders) > 1:
            await asyncio.gather(*(self._chunk([order], batch) for order in orders))
            return
        async with self._slots:
            if batch.is_unauthorized:
                return
            end = await self._send(orders)
        if isinstance(end, OrdersReply):
            batch.accepted += 1
            batch.accepted_kinds |= {_kind(order) for order in orders}
            batch.refused |= {
                order.key: failure_text(order) for order in end.snapshot.readable if order.errors or order.error_message
            }
            return
        if not is_refusal(end):
            batch.unanswered += 1
            return
        batch.is_unauthorized |= isinstance(end, Unauthorized)
        if len(orders) > 1 and not (batch.is_unauthorized or batch.is_hopeless(orders)):
            middle = len(orders) // 2
            await self._chunk(orders[:middle], batch)
            await self._chunk(orders[middle:], batch)
            return
        if end.status in _NO_RIGHTS:
            batch.no_rights = batch.no_rights or end.reason
        batch.refused |= {order.key: end.reason for order in orders}
        if len(orders) == 1:
            batch.refused_kinds[_kind(orders[0])] += FORBIDDEN_COUNTS if end.status in _NO_RIGHTS else 1
            self._refused_alone.add(orders[0].order_id)

    async def _send(self, orders: Sequence[AnyOrder]) -> OrdersReply | OrdersApiError:
        deletes = self.fired.action.deletes
        change = OrderModify(action=ModifyAction.DELE if deletes else ModifyAction.DEAC)
        noun = "order" if len(orders) == 1 else "orders"
        about = f"{self.fired.verb} {len(orders)} {noun}"
        first = orders[0]
        if self._single and isinstance(first, Order) and first.revision_no is not None:
            order_id, revision_no = first.order_id or "", first.revision_no
            call = self._client.modify_order(order_id, revision_no, change, ignore_order_action_quota=True)
            return await self._calls.make("PUT", f"/order/{order_id}/{revision_no}", about, call)
        items = [OrderModifyItem(order_id=order.order_id or "", changes=change) for order in orders]
        call = self._client.modify_orders(items, ignore_order_action_quota=True, include_errors=True)
        return await self._calls.make("PUT", "/orders/list", about, call)

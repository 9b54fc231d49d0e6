"""Firing: sends the requests of a plan for its target orders, and falls back to a narrower plan if refused."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable, Sequence

from msgspec import Struct, field

from pbtui.api.answer import Answer
from pbtui.api.client import OrdersClient, OrdersReply
from pbtui.api.clock import steady_s
from pbtui.api.codes import ModifyAction, StatusAction
from pbtui.api.errors import OrdersApiError, RefusedHere, Rejected, Unauthorized
from pbtui.api.models import Order
from pbtui.api.sanitize import safe_text
from pbtui.api.structs import replace
from pbtui.api.withdrawals import AccountWithdrawal, Withdrawal, WithdrawalItem
from pbtui.desk.formats.vocabulary import failure_text
from pbtui.desk.kill.calls import KillCalls, is_accepted, is_refusal
from pbtui.desk.kill.plan import ORDERS_PER_CALL, AnyOrder, KillPlan
from pbtui.desk.kill.protocol.events import BatchEnded, SendBatch

CALLS_AT_ONCE = 4
REFUSED_ALONE = 24
"""Number of refusals of single orders of a kind after which a refused list of that kind is no longer split."""
FORBIDDEN_COUNTS = 8
"""A refusal for missing rights counts as this many other refusals: it says more about the other orders."""
_NO_RIGHTS = (401, 403)

_Kind = tuple[str, str, bool]
"""Portfolio, delivery area, pre-arranged or not."""


class Batch(Struct):
    """One batch of requests under way.

    `plan` is the plan in use: that of the wish, or a narrower one if the server refused it; `notes` say why.
    `meanwhile` is the narrower plan of this batch alone, if a gateway turned the one call away. `accepted` and
    `unanswered` count requests. `refused` holds the reason for each refused order, by order key, `refused_alone` the
    ids of those refused in a request of their own. Orders of one kind need the same rights: `accepted_kinds` are the
    kinds with an accepted order, `refused_kinds` counts the orders refused alone by kind.
    """

    plan: KillPlan
    meanwhile: KillPlan | None = None
    notes: list[str] = field(default_factory=list)
    has_call_succeeded: bool = False
    accepted: int = 0
    unanswered: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    refused_alone: set[str] = field(default_factory=set)
    no_rights: str = ""
    is_unauthorized: bool = False
    accepted_kinds: set[_Kind] = field(default_factory=set)
    refused_kinds: Counter[_Kind] = field(default_factory=Counter)

    @property
    def sent_plan(self) -> KillPlan:
        """The plan whose requests this batch makes."""
        return self.meanwhile or self.plan

    def turned_away(self, end: OrdersApiError, narrower: KillPlan, *, takes_pages: bool) -> None:
        """Go on with the narrower plan: for good, or in this batch alone if only a page says no."""
        is_refused = takes_pages or end.is_own or isinstance(end, RefusedHere)
        is_for_good = is_refused and self.meanwhile is None
        how = "was refused" if is_refused else "was turned away"
        instead = "instead" if is_for_good else "it is sent again, and meanwhile"
        self.notes.append(f"{self.sent_plan.call} {how}: {end.reason}; {instead}: {narrower.call}")
        if is_for_good:
            self.plan = narrower
        else:
            self.unanswered += self.meanwhile is None
            self.meanwhile = narrower

    def is_hopeless(self, orders: Iterable[AnyOrder]) -> bool:
        """Return whether the server will refuse all these orders: many of each kind were refused and none accepted."""
        kinds = {_kind(order) for order in orders}
        return all(kind not in self.accepted_kinds and self.refused_kinds[kind] >= REFUSED_ALONE for kind in kinds)

    def note_end(self, orders: Sequence[AnyOrder], end: OrdersReply | OrdersApiError) -> None:
        """Take in how the request that named these orders ended."""
        if is_refusal(end):
            self._note_refusal(orders, end)
        elif is_accepted(end):
            self.accepted += 1
            self.accepted_kinds |= {_kind(order) for order in orders}
            if isinstance(end, OrdersReply):
                failed = (order for order in end.snapshot.readable if order.errors or order.error_message)
                self.refused |= {order.key: failure_text(order) for order in failed}
        else:
            self.unanswered += 1

    def _note_refusal(self, orders: Sequence[AnyOrder], end: Rejected) -> None:
        has_no_rights = end.status in _NO_RIGHTS
        if has_no_rights:
            self.no_rights = self.no_rights or end.reason
        self.refused |= {order.key: end.reason for order in orders}
        if len(orders) == 1:
            self.refused_kinds[_kind(orders[0])] += FORBIDDEN_COUNTS if has_no_rights else 1
            self.refused_alone.add(orders[0].order_id or "")

    def ended(self) -> BatchEnded:
        """The result of the batch."""
        is_refused = not (self.accepted or self.unanswered)
        return BatchEnded(
            at_s=steady_s(),
            plan=self.plan,
            notes=tuple(self.notes),
            has_call_succeeded=self.has_call_succeeded,
            is_blocked=self.meanwhile is not None,
            accepted=self.accepted,
            unanswered=self.unanswered,
            refused=self.refused,
            refused_alone=frozenset(self.refused_alone),
            refusal=(self.no_rights or self.refused.get("", "")) if is_refused else "",
        )


def _kind(order: AnyOrder) -> _Kind:
    return order.portfolio_id or "", order.delivery_area or "", bool(order.pre_arranged)


class Sender:
    """Sends kill requests. `single_order_endpoint` is for servers without a call for lists of orders."""

    def __init__(self, client: OrdersClient, calls: KillCalls, *, single_order_endpoint: bool) -> None:
        self._client = client
        self._calls = calls
        self._single = single_order_endpoint
        self._slots = asyncio.Semaphore(CALLS_AT_ONCE)

    async def send(self, wish: SendBatch) -> BatchEnded:
        """Send one batch: the plan's one call if that is wished, else each target by its id.

        Where the server refuses the call, the narrower plan is sent instead. Whatever else fails is a problem of the
        batch, not of the kill.
        """
        batch = Batch(wish.plan)
        try:
            if not (wish.makes_call and await self._make_call(wish, batch)):
                await self._at_each(wish, batch)
        except Exception as error:  # noqa: BLE001 - whatever is broken here, the next batch may do
            problem = f"firing failed and is tried again: {type(error).__name__}: {safe_text(str(error))}"
            return replace(batch.ended(), problem=problem)
        return batch.ended()

    # ------------------------------------------------------------ one call for all

    async def _make_call(self, wish: SendBatch, batch: Batch) -> bool:
        """Make the plan's one call, or that of a narrower plan; returns False if only the orders by id are left."""
        while (call := self._whole(batch.sent_plan, wish.portfolios)) is not None:
            end = await call
            if not is_refusal(end) and not isinstance(end, RefusedHere):
                is_done = is_accepted(end)
                batch.has_call_succeeded = is_done and batch.meanwhile is None
                batch.accepted, batch.unanswered = batch.accepted + is_done, batch.unanswered + (not is_done)
                return True
            narrower = batch.sent_plan.narrower
            if narrower is None:
                batch.refused[""] = end.reason
                return True
            batch.turned_away(end, narrower, takes_pages=wish.takes_pages)
        return False

    def _whole(
        self, plan: KillPlan, portfolios: Sequence[str]
    ) -> Awaitable[Answer | OrdersReply | OrdersApiError] | None:
        """The one call of the plan; None if the plan works order by order or has no portfolio to name."""
        if plan.action.is_account_wide:
            status = AccountWithdrawal(
                order_mod_type=StatusAction.DELE if plan.action.deletes else StatusAction.DEAC,
                incl_pre_arranged=plan.includes_pre_arranged,
                prod_name=plan.products,
            )
            about = f"{plan.verb} everything at {plan.exchange}"
            return self._calls.make("PUT", "/orders/status", about, self._client.update_status(status))
        if plan.action.deletes and portfolios:
            call = self._client.delete_orders(portfolios, delivery_areas=plan.delivery_areas)
            return self._calls.make("DELETE", "/orders", f"delete all orders of {', '.join(portfolios)}", call)
        return None

    # ------------------------------------------------------------ by id

    async def _at_each(self, wish: SendBatch, batch: Batch) -> None:
        known = [order for order in wish.targets if order.order_id]
        known.sort(key=lambda order: (order.order_id in wish.refused_alone, _kind(order)))
        chunks = [known[start : start + ORDERS_PER_CALL] for start in range(0, len(known), ORDERS_PER_CALL)]
        await asyncio.gather(*(self._chunk(chunk, batch) for chunk in chunks))

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
            end = await self._send(batch.sent_plan, orders)
        batch.is_unauthorized |= isinstance(end, Unauthorized)
        is_split = is_refusal(end) and len(orders) > 1 and not (batch.is_unauthorized or batch.is_hopeless(orders))
        if not is_split:
            batch.note_end(orders, end)
            return
        middle = len(orders) // 2
        await self._chunk(orders[:middle], batch)
        await self._chunk(orders[middle:], batch)

    async def _send(self, plan: KillPlan, orders: Sequence[AnyOrder]) -> OrdersReply | OrdersApiError:
        change = Withdrawal(action=ModifyAction.DELE if plan.action.deletes else ModifyAction.DEAC)
        noun = "order" if len(orders) == 1 else "orders"
        about = f"{plan.verb} {len(orders)} {noun}"
        names = [order.order_id or "" for order in orders]
        first = orders[0]
        if self._single and isinstance(first, Order) and first.revision_no is not None:
            order_id, revision_no = first.order_id or "", first.revision_no
            call = self._client.modify_order(order_id, revision_no, change, ignore_order_action_quota=True)
            return await self._calls.make("PUT", f"/order/{order_id}/{revision_no}", about, call, names)
        items = [WithdrawalItem(order_id, change) for order_id in names]
        call = self._client.modify_orders(items, ignore_order_action_quota=True, include_errors=True)
        return await self._calls.make("PUT", "/orders/list", about, call, names)

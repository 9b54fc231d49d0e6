"""The reads of a kill: what is active, and how orders ended that are no longer in the list of active orders."""

import asyncio
from collections.abc import Mapping, Sequence

from pbtui.api.client import OrdersClient, OrdersReply
from pbtui.api.clock import steady_s
from pbtui.api.decoding import snapshot
from pbtui.api.errors import OrdersApiError
from pbtui.api.models import Order
from pbtui.api.sanitize import safe_text
from pbtui.desk.blotter.id_chain import IDS_PER_CALL, latest_revision, read_by_id, read_endings
from pbtui.desk.event_loop import end_tasks
from pbtui.desk.kill.calls import KillCalls, is_refusal
from pbtui.desk.kill.plan import AnyOrder
from pbtui.desk.kill.protocol.events import LookedUp, LookUp, Read, ReadEnded, ReadFailed
from pbtui.desk.kill.sending import CALLS_AT_ONCE

HISTORIES_A_LOOK_UP = 8
"""One call each: enough to see whether the server reports a final state at all."""
_NO_RIGHTS = (401, 403)
READS_AT_ONCE = 3
ANOTHER_AFTER_S = 5.0


class KillReads:
    """Reads, and gives what came of it as an event."""

    def __init__(self, client: OrdersClient, calls: KillCalls) -> None:
        self._client = client
        self._calls = calls
        self._snapshot = snapshot.EMPTY

    async def read(self, wish: Read) -> ReadEnded | ReadFailed:
        """Read all active orders that this key sees; those outside the scope belong to the verdict."""
        try:
            async with asyncio.timeout(wish.within_s):
                end = await self._read()
        except TimeoutError:
            return ReadFailed(at_s=steady_s(), reason="")
        except Exception as error:  # noqa: BLE001 - firing goes on, and the next read may succeed
            return ReadFailed(at_s=steady_s(), reason=f"{type(error).__name__}: {safe_text(str(error))}")
        if not isinstance(end, OrdersReply):
            has_no_rights = is_refusal(end) and end.status in _NO_RIGHTS
            return ReadFailed(at_s=steady_s(), reason=end.reason, no_rights=has_no_rights)
        self._snapshot = end.snapshot
        return ReadEnded(
            at_s=steady_s(),
            as_of_s=end.answer.as_of_s,
            orders=end.snapshot.orders,
            gap=end.gap,
            age_s=end.answer.age_s,
        )

    async def _read(self) -> OrdersReply | OrdersApiError:
        """The first answer that comes. A read without an answer gets another one beside it.

        A server may be slow, and a connection may be dead: one read has to wait, the other has to be made again.
        """
        reads: list[asyncio.Task[OrdersReply | OrdersApiError]] = []
        try:
            while True:
                call = self._client.get_own_orders(active_only=True, previous=self._snapshot)
                making = self._calls.make("GET", "/orders", "read the active orders", call)
                reads.append(asyncio.create_task(making))
                timeout_s = ANOTHER_AFTER_S if len(reads) < READS_AT_ONCE else None
                ended, _ = await asyncio.wait(reads, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
                if ended:
                    ends = [read.result() for read in ended]
                    return next((end for end in ends if isinstance(end, OrdersReply)), ends[0])
        finally:
            await end_tasks(*reads)

    async def look_up(self, wish: LookUp) -> LookedUp:
        """Look up final states by id, and by history those of a few orders that are not found by it."""
        departed = list(wish.departed.items())
        parts = [dict(departed[start : start + IDS_PER_CALL]) for start in range(0, len(departed), IDS_PER_CALL)]
        asked: list[str] = []
        found: list[AnyOrder] = []
        problem = ""
        for start in range(0, len(parts), CALLS_AT_ONCE):
            some = parts[start : start + CALLS_AT_ONCE]
            ends = await asyncio.gather(*(self._look_up_some(part, deletes=wish.plan.action.deletes) for part in some))
            for part, end in zip(some, ends, strict=True):
                if isinstance(end, str):
                    problem = end
                else:
                    asked += part
                    found += end
        found += await self._histories({key: wish.departed[key] for key in asked}, found)
        return LookedUp(at_s=steady_s(), asked=tuple(asked), found=tuple(found), problem=problem)

    async def _look_up_some(self, part: Mapping[str, AnyOrder], *, deletes: bool) -> Sequence[AnyOrder] | str:
        """The orders that were found, or the reason why they can't be looked up."""
        read = read_by_id if deletes else read_endings
        try:
            return await read(self._client, list(part.values()))
        except OrdersApiError as error:
            return () if is_refusal(error) else error.reason
        except Exception as error:  # noqa: BLE001 - they are looked up again after the next read
            return f"{type(error).__name__}: {safe_text(str(error))}"

    async def _histories(self, asked: Mapping[str, AnyOrder], found: Sequence[AnyOrder]) -> Sequence[Order]:
        seen = {order.key for order in found} | {order.order_id for order in found}
        missing = [
            order.order_id
            for order in asked.values()
            if order.order_id and order.key not in seen and order.order_id not in seen
        ]
        ends = await asyncio.gather(*(self._history(order_id) for order_id in missing[:HISTORIES_A_LOOK_UP]))
        return [order for order in ends if order is not None]

    async def _history(self, order_id: str) -> Order | None:
        try:
            reply = await self._client.get_own_order_history(order_id)
        except OrdersApiError:
            return None
        return latest_revision(reply.snapshot.readable)

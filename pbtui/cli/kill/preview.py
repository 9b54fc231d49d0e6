"""Figures that a trader sees before he confirms a kill: its orders, the quota, and the algorithms in its scope.

The prompt waits for the orders alone. The other reads are made at the same time. A read that has no answer when the
orders are there is given up, and the preview says that it was not read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s
from pbtui.api.errors import OrdersApiError
from pbtui.api.structs import replace
from pbtui.api.transport.connection import Timeouts
from pbtui.desk.kill.conditions.algorithm_lines import before_lines
from pbtui.desk.kill.conditions.quota import quota_text
from pbtui.desk.kill.describe import outside_text
from pbtui.desk.market.reading import Reading, reading_of
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.api.reads.algorithms import AlgoDetails
    from pbtui.api.reads.client import ListRead, Unavailable, ValueRead
    from pbtui.api.reads.market import MarketStatus
    from pbtui.desk.kill.plan import AnyOrder, KillPlan

CONNECT_WITHIN_S = 2.0
READ_WITHIN_S = 3.0


class Preview(Struct, frozen=True, kw_only=True):
    """The reads before a kill. `orders` are the active ones; `problem` says why they could not be read.

    `doubt` says why there may be others.
    """

    orders: Sequence[AnyOrder] = ()
    problem: str = ""
    doubt: str = ""
    status: Reading[MarketStatus] = Reading()
    algorithms: Reading[tuple[AlgoDetails, ...]] = Reading()

    def lines(self, plan: KillPlan, *, one_by_one: bool) -> list[str]:
        """The orders in scope and outside it, the quota, and the algorithms."""
        reach = None if self.problem else plan.count(self.orders)
        if reach is None:
            figures = [f"active orders can't be read ({self.problem}); the kill can be fired all the same"]
        else:
            outside = [order for order in self.orders if order.is_live and not plan.covers(order)]
            figures = [str(reach), outside_text(outside)]
            figures += [f"others may be active: {self.doubt}"] if self.doubt else []
        quota = quota_text(plan, reach, self.status, steady_s(), one_by_one=one_by_one)
        running = before_lines(plan, self.algorithms, steady_s())
        return [*figures, f"quota: {quota}", *(f"algorithms: {line}" for line in running)]


async def read_preview(profile: Profile, api_key: Secret) -> Preview:
    """Read the active orders, and take what the other reads have brought by then."""
    timeouts = Timeouts(connect_s=CONNECT_WITHIN_S, next_bytes_s=READ_WITHIN_S, deadline_s=READ_WITHIN_S)
    async with OrdersClient(
        profile.base_url, api_key, ca_file=profile.ca_file, proxy=profile.proxy, read=timeouts
    ) as client:
        # The short answers are asked for first, so that they are there when the long one comes.
        status = asyncio.create_task(_reading(client.reads.get_status()))
        algorithms = asyncio.create_task(_reading(client.reads.get_algorithms()))
        reading_orders = asyncio.create_task(client.get_own_orders(active_only=True))
        await asyncio.wait({reading_orders})
        for reading in (status, algorithms):
            reading.cancel()
        found = await asyncio.gather(status, algorithms, return_exceptions=True)
    beside = [each if isinstance(each, Reading) else Reading() for each in found]
    try:
        reply = reading_orders.result()
    except OrdersApiError as error:
        return Preview(problem=error.reason, status=beside[0], algorithms=beside[1])
    doubt = reply.gap or reply.answer.old_words
    return Preview(orders=reply.snapshot.orders, doubt=doubt, status=beside[0], algorithms=beside[1])


async def _reading(call: Coroutine[Any, Any, ValueRead[Any] | ListRead[AlgoDetails] | Unavailable]) -> Reading[Any]:
    from pbtui.api.reads.account import gap_of
    from pbtui.api.reads.calls import ListRead

    try:
        found = await call
    except OrdersApiError as error:
        return Reading(problem=error.reason)
    reading = reading_of(found)
    return replace(reading, problem=gap_of(found)) if isinstance(found, ListRead) else reading

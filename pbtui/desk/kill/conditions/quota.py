"""The quota of order actions before a kill: what is used, the requests that the kill needs, and their bypass.

The server states only the used fraction. Whether a request for many orders counts once or once for each is not stated.
`ignore_order_action_quota` passes the limit: at exchanges of the M7 kind as long as the load is under a second limit;
Nord Pool may still reject the request.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from pbtui.desk.formats.time_format import age_text
from pbtui.desk.kill.plan import ORDERS_PER_CALL, KillPlan, Reach

if TYPE_CHECKING:
    from pbtui.api.reads.market import MarketStatus
    from pbtui.desk.market.reading import Reading

NOT_READ_YET = "not read yet"
_LITTLE_LEFT = Decimal("0.7")
OLD_AFTER_S = 60.0


def requests_needed(plan: KillPlan, orders: int, *, one_by_one: bool = False) -> int:
    """Return how many requests the kill of so many orders begins with. `one_by_one`: the server takes no lists."""
    if not plan.bypasses_quota:
        return 1
    return orders if one_by_one else -(-orders // ORDERS_PER_CALL)


def quota_text(
    plan: KillPlan, reach: Reach | None, status: Reading[MarketStatus], now_s: float, *, one_by_one: bool = False
) -> str:
    """Return how much of the quota is used, the requests that the kill needs, and what their bypass does."""
    used = None if status.value is None else status.value.order_action_quota
    if used is None:
        return _why_unknown(status)
    age_s = status.age_s(now_s) or 0.0
    old = f" {age_text(age_s)} ago" if age_s > OLD_AFTER_S else ""
    return f"{_used_text(used, old)}; {_requests_text(plan, reach, used, one_by_one=one_by_one)}"


def _why_unknown(status: Reading[MarketStatus]) -> str:
    if status.value is not None:
        return "not stated by this server"
    return short_problem(status.problem)


def short_problem(problem: str) -> str:
    """Return in one short line why something is not known; `problem` is that of its reading, empty before the first."""
    return f"not known: {problem.partition(' (')[0]}" if problem else NOT_READ_YET


def _used_text(used: Decimal, old: str) -> str:
    if used >= 1:
        return f"used up{old}"
    room = "little is left" if used > _LITTLE_LEFT else "room is left"
    return f"{math.floor(used * 100)} % used{old}, {room}"


def _requests_text(plan: KillPlan, reach: Reach | None, used: Decimal, *, one_by_one: bool) -> str:
    if not plan.bypasses_quota:
        return f"needs 1 request, without bypass{_if_refused(plan) if used > _LITTLE_LEFT else ''}"
    if reach is None:
        return "the requests bypass it"
    orders, least = reach.orders, "at least " if reach.is_least else ""
    count = requests_needed(plan, orders, one_by_one=one_by_one)
    noun, verb = ("request", "bypasses") if count == 1 else ("requests", "bypass")
    limit = "; the exchange can still refuse" if used > _LITTLE_LEFT else ""
    return f"needs {least}{count} {noun} for {orders} {'order' if orders == 1 else 'orders'}, which {verb} it{limit}"


def _if_refused(plan: KillPlan) -> str:
    """Return what follows if the server refuses the one call of the plan."""
    if plan.narrower is None:
        return "; if it is refused, nothing else is sent"
    return "; if it is refused, own orders follow in requests that bypass it"

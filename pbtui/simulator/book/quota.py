"""Quota of order actions: so many orders a minute and an hour may be entered, changed or removed.

Decisions where the API document is silent: an order action is one order of a call. An action of a call on a list is
refused, for this order alone, while the quota of either time is used up; removals are refused too. With
`ignore_order_action_quota` up to BYPASS_FACTOR times the quota can be used; the document names this second limit L2,
and no number. Calls that name no single order count and are never refused.
"""

from datetime import datetime, timedelta

from pbtui.simulator.book.rolling_window import RollingWindow
from pbtui.simulator.rejections import ErrorCode, OrderRefused

SHORT, LONG = timedelta(minutes=1), timedelta(hours=1)
LONG_LIMIT_FACTOR = 20
"""The long window allows so many times the actions of the short one."""
BYPASS_FACTOR = 2
DEFAULT_SHORT_LIMIT = 10_000
LIMITED_EXCHANGES = ("epex", "nordpool", "ibex", "cropex")
"""The exchanges that limit order actions; others state no quota."""


class OrderActionQuota:
    """Use of the allowed order actions in a short and a long window. `is_limited`: the exchange has such a quota."""

    def __init__(self, *, is_limited: bool) -> None:
        self.short_limit = DEFAULT_SHORT_LIMIT
        self._is_limited = is_limited
        self._short, self._long = RollingWindow(SHORT), RollingWindow(LONG)

    def take(self, at: datetime, *, is_bypassed: bool) -> None:
        """Count one action of a call on a list. Raises OrderRefused if the quota is used up."""
        if self._is_limited and self._fraction(at) >= (BYPASS_FACTOR if is_bypassed else 1):
            bypassed = "also with ignore_order_action_quota" if is_bypassed else "without ignore_order_action_quota"
            raise OrderRefused(
                ErrorCode.PB_ORDER_QUOTA_LIMIT_BREACH, f"the order action quota is used up, {bypassed}; try again later"
            )
        self.count(1, at)

    def count(self, actions: int, at: datetime) -> None:
        """Count that many actions."""
        self._short.add(actions, at)
        self._long.add(actions, at)

    def used(self, now: datetime) -> float | None:
        """Return the greater of the used fractions of both windows, at most 1; None without a quota."""
        return round(min(self._fraction(now), 1.0), 4) if self._is_limited else None

    def _fraction(self, now: datetime) -> float:
        short, long = self._short.total(now) / self.short_limit, self._long.total(now) / self.short_limit
        return max(short, long / LONG_LIMIT_FACTOR)

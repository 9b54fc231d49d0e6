"""Condition of the market: status, mode, messages, suspended areas, notifications, and the quota of order actions.

Decisions where the API document is silent: while the market is halted (FAILURE or LOGGED_OUT) or in SAFE mode, orders
can be withdrawn, but none can be entered, changed or activated, and nobody trades. The same holds in a delivery area
that is suspended; there each order is refused for itself.
"""

from datetime import datetime
from itertools import count
from typing import Literal

import msgspec

from pbtui.api.reads.market import MarketMode, MarketState, Severity
from pbtui.simulator.book.quota import LIMITED_EXCHANGES, OrderActionQuota
from pbtui.simulator.rejections import CallRefused, ErrorCode, OrderRefused


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """A message of market operations, in its wire format."""

    msg_id: str
    type: Literal["PUBLIC", "PRIVATE"]
    code: int
    exchange_timestamp: datetime
    api_timestamp: datetime
    text: str
    severity: Severity


class Conditions:
    """The market's present condition, and the notifications of market operations, oldest first."""

    def __init__(self, exchange: str, now: datetime) -> None:
        self.status = MarketState.OK
        self.mode = MarketMode.NORMAL
        self.messages: tuple[str, ...] = ()
        self.suspended_areas: frozenset[str] = frozenset()
        self.safe_since: datetime | None = None
        self.logged_in_since: datetime | None = now
        self.quota = OrderActionQuota(is_limited=exchange in LIMITED_EXCHANGES)
        self.notifications: list[Notification] = []
        self._numbers = count(1)

    @property
    def is_trading(self) -> bool:
        """Return whether orders can enter the market and trade."""
        return self.status in (MarketState.OK, MarketState.WARNING) and self.mode is MarketMode.NORMAL

    def is_trading_in(self, delivery_area: str) -> bool:
        """Return whether orders of this area can enter the market and trade."""
        return self.is_trading and delivery_area not in self.suspended_areas

    def change(self, status: MarketState, mode: MarketMode, messages: tuple[str, ...], now: datetime) -> None:
        """Set status, mode and messages."""
        if mode is not self.mode:
            self.safe_since = now if mode is MarketMode.SAFE else None
        if status is MarketState.LOGGED_OUT:
            self.logged_in_since = None
        else:
            self.logged_in_since = self.logged_in_since or now
        self.status, self.mode, self.messages = status, mode, messages

    def notify(
        self,
        text: str,
        now: datetime,
        *,
        severity: Severity = Severity.HIG,
        kind: Literal["PUBLIC", "PRIVATE"] = "PUBLIC",
        code: int = 0,
    ) -> Notification:
        """Add a notification."""
        notification = Notification(
            msg_id=str(next(self._numbers)),
            type=kind,
            code=code,
            exchange_timestamp=now,
            api_timestamp=now,
            text=text,
            severity=severity,
        )
        self.notifications.append(notification)
        return notification

    def require_area(self, delivery_area: str) -> None:
        """Raise OrderRefused if the area is suspended."""
        if delivery_area in self.suspended_areas:
            raise OrderRefused(ErrorCode.PX_ORDER_REJECTED, f"delivery area {delivery_area} is suspended")

    def require_trading(self) -> None:
        """Raise CallRefused (400) if no order can enter the market now."""
        if self.is_trading:
            return
        halted = (
            f"the market is halted: {self.status}" if self.mode is MarketMode.NORMAL else "the server is in SAFE mode"
        )
        raise CallRefused(400, ". ".join((f"{halted}; no order can be entered, changed or activated", *self.messages)))

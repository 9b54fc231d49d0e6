"""Limit of a way that must not be used too often. Alerts that come too soon wait, and go together later."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pbtui.desk.alerts.alert import Alert


@dataclass(frozen=True, slots=True)
class Throttle:
    """The alerts that wait, and when the last ones went, on the steady clock. No alert is lost."""

    every_s: float
    waiting: tuple[Alert, ...] = ()
    last_s: float = -math.inf

    def after(
        self, alerts: Sequence[Alert], now_s: float, *, may_go: bool = True
    ) -> tuple["Throttle", tuple[Alert, ...]]:
        """Return the throttle after these alerts came, which may be none, and the alerts that go now, all together."""
        waiting = (*self.waiting, *alerts)
        if not waiting or not may_go or now_s - self.last_s < self.every_s:
            return Throttle(self.every_s, waiting, self.last_s), ()
        return Throttle(self.every_s, (), now_s), waiting

"""Rolling windows: how many actions there were in the time up to now."""

from collections import deque
from datetime import datetime, timedelta


class RollingWindow:
    """Number of actions within the last `length` of time."""

    def __init__(self, length: timedelta) -> None:
        self._length = length
        self._actions: deque[tuple[datetime, int]] = deque()
        self._total = 0

    def add(self, actions: int, at: datetime) -> None:
        """Count that many actions."""
        self._actions.append((at, actions))
        self._total += actions

    def total(self, now: datetime) -> int:
        """Return the number of actions in the window that ends now."""
        while self._actions and self._actions[0][0] <= now - self._length:
            self._total -= self._actions.popleft()[1]
        return self._total

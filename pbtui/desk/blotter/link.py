"""How the desk stands with the server: what it last read, how old that is, and why nothing newer came."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pbtui.api.errors import Forbidden, NotSent, OrdersApiError, Unauthorized

STALE_AFTER_POLLS = 3


class LinkState(StrEnum):
    """The word in the status bar."""

    CONNECTING = "CONNECTING"
    LIVE = "LIVE"
    STALE = "STALE"
    OFFLINE = "OFFLINE"
    UNAUTHORIZED = "UNAUTHORIZED"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the last reads failed: the newest reason, and since when they have."""

    error: OrdersApiError
    since_s: float


@dataclass(frozen=True, slots=True)
class Link:
    """The last read that was applied and what has failed since. Times ending in `_s` are on the steady clock."""

    poll_s: float
    read_s: float | None = None
    read_at: datetime | None = None
    round_trip_s: float | None = None
    failure: Failure | None = None

    def age_s(self, now_s: float) -> float | None:
        """Age of the data: since the request of the last read left, as it cannot be newer than that."""
        return None if self.read_s is None else now_s - self.read_s

    def state(self, now_s: float) -> LinkState:
        """The state in one word.

        A server that cannot be reached is OFFLINE at once; any other failure turns LIVE into STALE when the data has
        grown older than three polls.
        """
        error = self.failure.error if self.failure else None
        if isinstance(error, Unauthorized | Forbidden):
            return LinkState.UNAUTHORIZED
        if isinstance(error, NotSent):
            return LinkState.OFFLINE
        age_s = self.age_s(now_s)
        if age_s is None:
            return LinkState.CONNECTING if error is None else LinkState.OFFLINE
        return LinkState.LIVE if age_s <= STALE_AFTER_POLLS * self.poll_s else LinkState.STALE

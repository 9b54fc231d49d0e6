"""Connection to the server: last read, its age, and why no newer read succeeded."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from pbtui.api.errors import Forbidden, NotSent, OrdersApiError, Unauthorized
from pbtui.desk.blotter.exchange_clock import ExchangeClock

STALE_AFTER_POLLS = 3


class LinkState(StrEnum):
    """Connection state shown in the status bar."""

    CONNECTING = "CONNECTING"
    LIVE = "LIVE"
    FAILING = "FAILING"
    """The last read failed, and the data is not older than three polls."""
    STALE = "STALE"
    OFFLINE = "OFFLINE"
    UNAUTHORIZED = "UNAUTHORIZED"


class Failure(Struct, frozen=True):
    """Failure of the last reads: the latest reason, and when the failures started."""

    error: OrdersApiError
    since_s: float


class Link(Struct, frozen=True):
    """The last applied read and the failures since. Times ending in `_s` are on the steady clock.

    `exchange_clock` is what the reads so far show of the exchange's.
    """

    poll_s: float
    read_s: float | None = None
    read_at: datetime | None = None
    round_trip_s: float | None = None
    failure: Failure | None = None
    exchange_clock: ExchangeClock = ExchangeClock()

    def age_s(self, now_s: float) -> float | None:
        """Return the age of the data in seconds, counted from the request of the last read; None before the first."""
        return None if self.read_s is None else now_s - self.read_s

    def state(self, now_s: float) -> LinkState:
        """Return the connection state.

        OFFLINE if the server can't be reached. After any other failure the state is FAILING, and STALE when the data is
        older than three polls.
        """
        error = self.failure.error if self.failure else None
        if isinstance(error, Unauthorized | Forbidden):
            return LinkState.UNAUTHORIZED
        if isinstance(error, NotSent):
            return LinkState.OFFLINE
        age_s = self.age_s(now_s)
        if age_s is None:
            return LinkState.CONNECTING if error is None else LinkState.OFFLINE
        if age_s > STALE_AFTER_POLLS * self.poll_s:
            return LinkState.STALE
        return LinkState.LIVE if error is None else LinkState.FAILING

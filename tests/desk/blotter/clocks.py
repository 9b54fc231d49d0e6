"""Exchange's clocks as tests want them."""

from datetime import timedelta

from pbtui.api.clock import steady_s, utc_now
from pbtui.desk.blotter.exchange_clock import ExchangeClock


def clock_behind_host(ahead_s: float) -> ExchangeClock:
    """The clock of an exchange, known by an answer; the clock of this host is now that many seconds ahead of it."""
    return ExchangeClock(utc_now() - timedelta(seconds=steady_s() + ahead_s))

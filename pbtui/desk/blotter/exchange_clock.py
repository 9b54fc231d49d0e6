"""The exchange's clock: what its answers show of it, counted on by the steady clock of this host."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from pbtui.api.clock import steady_s, utc_now
from pbtui.desk.formats.time_format import age_text

if TYPE_CHECKING:
    from pbtui.api.answer import Answer  # the first frame does without it

_MOST_S = 5.0
_WHOLE_SECOND_S = 1.0
_IMPOSSIBLE = timedelta(days=7)
"""A server that names a time so far away names none."""


class ExchangeClock(Struct, frozen=True):
    """The exchange's time at the zero of the steady clock, as far as answers show it; None before any answer.

    Whoever sets the wall clock of this host changes nothing of it. Before any answer, that clock is the exchange's.

    An answer has the exchange's time in whole seconds, at a moment between the request and the answer. The zero stays
    as it is while that is possible, so that a countdown does not jump at each read. The first one counts at once.
    Another one, `next_zero_at`, counts when a second answer confirms it: a cache can repeat an old answer.
    """

    zero_at: datetime | None = None
    next_zero_at: datetime | None = None

    def after(self, answer: "Answer") -> "ExchangeClock":
        """Return the clock after one more answer. One without a possible time, or of a cache, shows nothing."""
        if answer.served_at is None or answer.age_s > _WHOLE_SECOND_S:
            return self
        host_zero_at = answer.requested_at - timedelta(seconds=answer.requested_s)
        known_zero_at = host_zero_at if self.zero_at is None else self.zero_at
        sent_at = known_zero_at + timedelta(seconds=answer.requested_s)
        if abs(answer.served_at - sent_at) > _IMPOSSIBLE:
            return self
        earliest_at = answer.served_at - timedelta(seconds=answer.received_s)
        latest_at = answer.served_at + timedelta(seconds=_WHOLE_SECOND_S + answer.age_s - answer.requested_s)
        middle_at = earliest_at + (latest_at - earliest_at) / 2
        found_at = host_zero_at if earliest_at <= host_zero_at <= latest_at else middle_at
        for zero_at in (self.zero_at, self.next_zero_at):
            if zero_at is not None and earliest_at <= zero_at <= latest_at:
                return ExchangeClock(zero_at)
        return ExchangeClock(found_at) if self.zero_at is None else ExchangeClock(self.zero_at, found_at)

    def time_at(self, moment_s: float) -> datetime:
        """Return the exchange's time at a moment of the steady clock."""
        if self.zero_at is None:
            return utc_now() - timedelta(seconds=steady_s() - moment_s)
        return self.zero_at + timedelta(seconds=moment_s)

    def now(self) -> datetime:
        """Return the present time of the exchange's clock."""
        return utc_now() if self.zero_at is None else self.time_at(steady_s())

    def time_of(self, host_at: datetime) -> datetime:
        """Return the exchange's time at a time of this host's wall clock, if that was not set since."""
        return host_at - timedelta(seconds=round(self.ahead_s))

    @property
    def ahead_s(self) -> float:
        """The seconds by which the wall clock of this host is ahead of the exchange's now; 0 before any answer."""
        return (utc_now() - self.now()).total_seconds()

    @property
    def warning(self) -> str:
        """The difference for a trader who has to do something about it; empty if it is small."""
        ahead_s = self.ahead_s
        if abs(ahead_s) <= _MOST_S:
            return ""
        way = "ahead of" if ahead_s > 0 else "behind"
        return (
            f"the clock of this host is {age_text(round(abs(ahead_s)))} {way} the exchange's: gates and ages are "
            "by the exchange's; set the clock of this host"
        )

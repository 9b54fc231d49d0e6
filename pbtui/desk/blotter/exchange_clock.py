"""The exchange's clock: what its answers show of it beside the clock of this host."""

from datetime import datetime, timedelta

from msgspec import Struct

from pbtui.api.answer import Answer
from pbtui.api.clock import utc_now
from pbtui.desk.formats.time_format import age_text

_MOST_S = 5.0
_WHOLE_SECOND_S = 1.0
_IMPOSSIBLE_S = 7 * 86_400.0
"""A server that names a time so far away names none."""


class ExchangeClock(Struct, frozen=True):
    """The seconds by which this host's clock is ahead of the exchange's, as far as answers show it.

    An answer has the exchange's time in whole seconds, at a moment between the request and the answer. The difference
    stays as it is while that is possible, so that a countdown does not jump at each read. The first one counts at once.
    Another one, `next_s`, counts when a second answer confirms it: a cache can repeat an old answer.
    """

    ahead_s: float = 0.0
    next_s: float | None = None
    is_known: bool = False

    def after(self, answer: Answer) -> "ExchangeClock":
        """Return the difference after one more answer. One without a possible time, or of a cache, shows nothing."""
        if answer.served_at is None or answer.age_s > _WHOLE_SECOND_S:
            return self
        sent_s = (answer.requested_at - answer.served_at).total_seconds()
        if abs(sent_s) > _IMPOSSIBLE_S:
            return self
        least_s = sent_s - _WHOLE_SECOND_S - answer.age_s
        most_s = sent_s + answer.received_s - answer.requested_s
        if least_s <= self.ahead_s <= most_s:
            return ExchangeClock(self.ahead_s, is_known=True)
        if self.next_s is not None and least_s <= self.next_s <= most_s:
            return ExchangeClock(self.next_s, is_known=True)
        found_s = 0.0 if least_s <= 0 <= most_s else (least_s + most_s) / 2
        ahead_s, next_s = (self.ahead_s, found_s) if self.is_known else (found_s, None)
        return ExchangeClock(ahead_s, next_s, is_known=True)

    def time_of(self, host_time: datetime) -> datetime:
        """Return the time of the exchange's clock at a time of this host's."""
        return host_time - timedelta(seconds=self.ahead_s)

    def now(self) -> datetime:
        """Return the present time of the exchange's clock."""
        return self.time_of(utc_now())

    @property
    def warning(self) -> str:
        """The difference for a trader who has to do something about it; empty if it is small."""
        if abs(self.ahead_s) <= _MOST_S:
            return ""
        way = "ahead of" if self.ahead_s > 0 else "behind"
        return (
            f"the clock of this host is {age_text(round(abs(self.ahead_s)))} {way} the exchange's: gates and ages are "
            "by the exchange's; set the clock of this host"
        )

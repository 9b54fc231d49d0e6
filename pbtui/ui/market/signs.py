"""Words of the status bar about the market: what is not as usual, and what the server does not show."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pbtui.desk.formats.time_format import age_text
from pbtui.desk.market.closures import COUNTS_FOR_S, next_downtime, present_status
from pbtui.ui.widgets.lines import cut_text

if TYPE_CHECKING:
    from pbtui.api.reads.market import MarketStatus
    from pbtui.desk.market.exchange import ExchangeView
    from pbtui.desk.market.reading import Reading
    from pbtui.ui.widgets.lines import Line

_QUOTA_SHOWN_ABOVE, _QUOTA_IS_LOW_ABOVE = Decimal("0.7"), Decimal("0.9")
_WARNING = "WARNING"
_LONGEST_WORD = 16
_DROPPED_FIRST = 6


def market_signs(view: ExchangeView, now_s: float) -> list[tuple[int, Line]]:
    """Return the words, each with its rank: those of a high rank are left out first where the line is short."""
    status = present_status(view, now_s)
    if status is None:
        return _unknown(view, now_s)
    return [*_state(status), *_quota(status), *_unknown(view, now_s)]


def downtime_sign(view: ExchangeView, now: datetime) -> list[tuple[int, Line]]:
    """Return the word for a scheduled downtime that has begun or is near, with its rank."""
    downtime = next_downtime(view, now)
    if downtime is None or downtime.start is None:
        return []
    if downtime.start <= now:
        return [(0, [(" DOWNTIME ", "alarm")])]
    return [(1, [(f" downtime in {age_text((downtime.start - now).total_seconds())} ", "warning")])]


def _state(status: MarketStatus) -> list[tuple[int, Line]]:
    sections: list[tuple[int, Line]] = []
    if status.mode == "SAFE":
        sections.append((0, [(" SAFE MODE ", "alarm")]))
    if status.status not in (None, "OK"):
        word = cut_text(str(status.status).replace("_", " "), _LONGEST_WORD)
        sections.append((0, [(f" market {word} ", "warning" if word == _WARNING else "alarm")]))
    return sections


def _quota(status: MarketStatus) -> list[tuple[int, Line]]:
    used = status.order_action_quota
    if used is None or used <= _QUOTA_SHOWN_ABOVE:
        return []
    return [(1, [(f" quota {used * 100:.0f} % ", "alarm" if used > _QUOTA_IS_LOW_ABOVE else "warning")])]


def _unknown(view: ExchangeView, now_s: float) -> list[tuple[int, Line]]:
    """Return the quiet word for what the server does not show to this key, or has not shown lately."""
    readings = (("market status", view.status), ("trades", view.trades))
    names = [name for name, reading in readings if reading.problem and not _is_recent(reading, now_s)]
    return [(_DROPPED_FIRST, [(f" not read: {', '.join(names)} ", "dim")])] if names else []


def _is_recent(reading: Reading[Any], now_s: float) -> bool:
    age_s = reading.age_s(now_s)
    return age_s is not None and age_s <= COUNTS_FOR_S

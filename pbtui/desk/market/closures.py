"""Reasons why the exchange takes no orders now: a halted market, SAFE mode, an area that is not active.

Only what was read lately counts. A status that is not known, and a word that is not known, closes nothing: the server
decides then. Orders can always be withdrawn.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pbtui.api.reads.market import ExchangeDowntime, MarketStatus
    from pbtui.desk.market.exchange import ExchangeView

COUNTS_FOR_S = 60.0
"""A status that is older says nothing about the present."""
ANNOUNCED_WITHIN = timedelta(hours=24)
"""A downtime that begins later is not shown yet."""
AREAS_COUNT_FOR_S = 180.0
"""Areas are read once a minute while one of them is not active."""

_HALTED = {
    "FAILURE": "the market, or the connection to it, has failed",
    "LOGGED_OUT": "the server is not logged in at the exchange",
}
_SAFE = "SAFE"


def present_status(view: ExchangeView, now_s: float) -> MarketStatus | None:
    """Return the market's status if it was read lately; None if it is not known."""
    age_s = view.status.age_s(now_s)
    return view.status.value if age_s is not None and age_s <= COUNTS_FOR_S else None


def why_market_closed(view: ExchangeView, now_s: float) -> str:
    """Return why no order can be entered, changed or activated now; empty if nothing is known against it."""
    status = present_status(view, now_s)
    if status is None:
        return ""
    if status.mode == _SAFE:
        reason = "the server is in SAFE mode, which stops trading"
    elif status.status in _HALTED:
        reason = f"the market is halted ({status.status}): {_HALTED[status.status]}"
    else:
        return ""
    return "; ".join([reason, *(status.messages or ())])


def warning_of(view: ExchangeView, now_s: float) -> str:
    """Return the market's warning with its messages; empty if there is none."""
    status = present_status(view, now_s)
    if status is None or status.status in (None, "OK") or why_market_closed(view, now_s):
        return ""
    return ": ".join(part for part in (f"market {status.status}", "; ".join(status.messages or ())) if part)


def why_area_closed(view: ExchangeView, area: str | None, now_s: float) -> str:
    """Return why a delivery area takes no orders now; empty if nothing is known against it."""
    if not area:
        return ""
    status = present_status(view, now_s)
    if status is not None and area in (status.inactive_delivery_area_ids or ()):
        return "it is inactive, says the market's status"
    age_s = view.areas.age_s(now_s)
    if age_s is None or age_s > AREAS_COUNT_FOR_S:
        return ""
    state = view.inactive_areas.get(area)
    return "" if state is None else f"its state is {state}"


def next_downtime(view: ExchangeView, now: datetime) -> ExchangeDowntime | None:
    """Return the downtime that has begun, else the next one that begins soon; None if none is known.

    A downtime without an end has not ended.
    """
    coming = [
        (each.start, each)
        for each in view.downtimes.value or ()
        if each.start is not None and each.start <= now + ANNOUNCED_WITHIN and (each.end is None or each.end > now)
    ]
    return min(coming, key=lambda item: item[0], default=(now, None))[1]

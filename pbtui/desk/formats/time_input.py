"""Parsing of typed times: `14:30`, `2026-11-22 14:30`, `2026-11-22T13:30Z`.

A time without a zone is in the market's zone. When the clock goes back, one hour occurs twice: its times need an A
(the first) or a B (the second). When it goes forward, one hour does not exist: its times are refused.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MOMENT = re.compile(
    r"(?:(?P<date>20[0-9]{2}-[0-9]{2}-[0-9]{2})[ T])?"
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?)?"
    r"(?P<mark>[ABZ]|[+-][0-9]{2}:[0-5][0-9])?",
    re.IGNORECASE | re.ASCII,
)


class MomentRefused(ValueError):
    """A text that is not a time, or that is ambiguous; the message is a short reason."""


class OccursTwice(MomentRefused):
    """A time without A or B in the hour that occurs twice on this day."""

    def __init__(self, what: str, ways: str) -> None:
        super().__init__(f"{what}: write {ways}")
        self.what = what


class NotOnTheClock(MomentRefused):
    """A time that the clock skips on this day; `at` is the moment at which the clock shows a later time instead."""

    def __init__(self, what: str, at: datetime, zone: ZoneInfo) -> None:
        super().__init__(f"{what}: write {at.astimezone(zone):%H:%M}")
        self.what, self.at = what, at


def parse_moment(text: str, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the time in UTC. A time without a date is the next one after `after`. Raises MomentRefused."""
    match = _MOMENT.fullmatch(text.strip(" \t"))
    if match is None:
        raise MomentRefused("write it as 14:30, 2026-11-22 14:30 or 2026-11-22T13:30Z")
    mark = (match["mark"] or "").upper()
    fraction = int((match["fraction"] or "").ljust(6, "0"))
    try:
        clock = time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0), fraction)
        day = date.fromisoformat(match["date"]) if match["date"] else None
        if day is not None and mark not in ("", "A", "B"):
            return datetime.fromisoformat(f"{day}T{clock.isoformat()}{mark}").astimezone(UTC)
    except ValueError:
        raise MomentRefused("there is no such day or time") from None
    if day is not None:
        return _at(day, clock, mark, zone)
    if mark not in ("", "A", "B"):
        raise MomentRefused("a time with a zone needs its date")
    today = after.astimezone(zone).date()
    is_over = _last_reading(today, clock, zone) <= after
    return _at(today + timedelta(days=1) if is_over else today, clock, mark, zone)


def typed_moment(at: datetime, zone: ZoneInfo) -> str:
    """Return the text that `parse_moment` reads as this time, in the market's zone: `2026-10-25 02:15A`."""
    try:
        there = at.astimezone(zone)
        twice = len(_readings(there.date(), there.time(), zone)) > 1
    except OverflowError:  # the calendar ends there
        return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"
    clock = there.time()
    precision = "microseconds" if clock.microsecond else "seconds" if clock.second else "minutes"
    mark = ("B" if there.fold else "A") if twice else ""
    return f"{there:%Y-%m-%d} {clock.isoformat(precision)}{mark}"


def _at(day: date, clock: time, mark: str, zone: ZoneInfo) -> datetime:
    readings = _readings(day, clock, zone)
    shown = f"{clock:%H:%M}"
    if not readings:
        at = datetime.combine(day, clock, zone).astimezone(UTC)
        raise NotOnTheClock(f"there is no {shown} on {day:%d %b}, the clock goes forward", at, zone)
    if len(readings) == 1:
        if mark:
            raise MomentRefused(f"{shown} occurs only once on {day:%d %b}: write it without {mark}")
        return readings[0]
    if not mark:
        ways = f"{shown}A (the first) or {shown}B (the second)"
        raise OccursTwice(f"{shown} occurs twice on {day:%d %b}", ways)
    return readings["AB".index(mark)]


def _readings(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    """Return the times at which a clock in the zone shows this: usually one, otherwise none or two."""
    shown = datetime.combine(day, clock.replace(fold=0))
    moments = {shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(moment for moment in moments if moment.astimezone(zone).replace(tzinfo=None, fold=0) == shown)


def _last_reading(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the last time at which a clock in the zone shows this, or would show it if it did not go forward."""
    readings = _readings(day, clock, zone)
    return readings[-1] if readings else datetime.combine(day, clock, zone).astimezone(UTC)

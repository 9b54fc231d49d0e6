"""Times as text, in the one zone that the screen or the command shows."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pbtui.api.clock import utc_now

UTC_ZONE = ZoneInfo("UTC")

_KEPT = re.compile(r"(?<![\w:.+-])(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d:\d\d)(\.\d+)?(?:Z| UTC)(?![\w+-]|:\S)")
"""A time in UTC in a text that is kept: `13:00:05.1Z`, `13:00:05 UTC`, or with its date `2026-11-22 13:00:05Z`."""


def delivery_text(start: datetime | None, end: datetime | None, zone: ZoneInfo) -> str:
    """Return a delivery period: `22 Nov 13:00-14:00`; one that is longer than a day, `22 Nov 00:00-24 Nov 00:00`.

    Times in the hour that occurs twice in autumn end in A (before the clock goes back) or B (after).
    """
    if start is None:
        return ""
    begins = f"{local_time(start, zone):%d %b} {_time_of_day(start, zone)}"
    if end is None:
        return begins
    day = "" if _ends_within_a_day(start, end, zone) else f"{local_time(end, zone):%d %b} "
    return f"{begins}-{day}{_time_of_day(end, zone)}"


def _ends_within_a_day(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Return whether the time of day alone says when a period ends."""
    first, last = (local_time(at, zone).replace(tzinfo=None) for at in (start, end))
    return start < end and last - first <= timedelta(days=1)  # on the clock: a day may have 23 or 25 hours


def moment_text(at: datetime | None, zone: ZoneInfo, *, fraction: bool = False) -> str:
    """Return a time: `22 Nov 13:00:05`, with `fraction` in milliseconds, in UTC with Z; A or B as for deliveries."""
    if at is None:
        return ""
    millisecond = f".{at.microsecond // 1000:03d}" if fraction else ""
    text = f"{local_time(at, zone):%d %b} {_time_of_day(at, zone, '%H:%M:%S', millisecond)}"
    return f"{text}Z" if zone == UTC_ZONE else text


def hour_text(at: datetime, zone: ZoneInfo) -> str:
    """Return the hour of a time: `14`, with A or B as for deliveries: `02A`."""
    return _time_of_day(at, zone, "%H")


def local_time(at: datetime, zone: ZoneInfo) -> datetime:
    """Return a time in the zone; as it came, where the zone's calendar ends, such as 9999-12-31T23:59:59Z."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at


def _time_of_day(at: datetime, zone: ZoneInfo, clock: str = "%H:%M", fraction: str = "") -> str:
    local = local_time(at, zone)
    earlier, later = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    # In spring the two differ as well, but only for times that do not exist.
    twice = earlier is not None and later is not None and earlier > later
    return local.strftime(clock) + fraction + (("B" if local.fold else "A") if twice else "")


def clock_text(at: datetime, zone: ZoneInfo) -> str:
    """Return a time of day with its zone: `13:00:05 CET`."""
    return local_time(at, zone).strftime("%H:%M:%S %Z")


def kept_time(at: datetime, near: datetime | None = None) -> str:
    """Return a time as texts keep it, for `in_zone`: `13:00:05Z`, with its date if that is not the one of `near`."""
    at = at.astimezone(UTC)
    is_of_day = near is None or at.date() == near.astimezone(UTC).date()
    return f"{at:%H:%M:%S}Z" if is_of_day else f"{at:%Y-%m-%d %H:%M:%S}Z"


def in_zone(text: str, zone: ZoneInfo) -> str:
    """Return a text with its UTC times in this zone, each with the name of the zone: `14:00:05.1 CET`.

    Reasons, headlines and journal lines are kept with times in UTC. A time without a date is one of today.
    """
    return text if zone == UTC_ZONE else _KEPT.sub(lambda found: _local_text(found, zone), text)


def _local_text(found: re.Match[str], zone: ZoneInfo) -> str:
    day, clock, fraction = found.groups(default="")
    try:
        at = datetime.fromisoformat(f"{day or utc_now().date()} {clock}").replace(tzinfo=UTC)
    except ValueError:  # such as 25:00:00
        return found[0]
    at = local_time(at, zone)
    return f"{at:%Y-%m-%d %H:%M:%S}"[0 if day else 11 :] + f"{fraction} {at:%Z}"


def age_text(seconds: float) -> str:
    """Return an age in at most five characters: `0.4 s`, `59 s`, `12 m`, `3 h`, `2 d`."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    for limit, unit_s, unit in ((60, 1, "s"), (3600, 60, "m"), (86400, 3600, "h")):
        if seconds < limit:
            return f"{int(seconds // unit_s)} {unit}"
    return f"{int(seconds // 86400)} d"


def start_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the start of the local day, in UTC."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)

"""Times as text: deliveries in the market's zone, all others in the trader's."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo


def delivery_text(start: datetime | None, end: datetime | None, zone: ZoneInfo) -> str:
    """Return a delivery period in the market's zone: `22 Nov 13:00-14:00`.

    Times in the hour that occurs twice in autumn end in A (before the clock goes back) or B (after).
    """
    if start is None:
        return ""
    day = start.astimezone(zone).strftime("%d %b")
    if end is None:
        return f"{day} {_time_of_day(start, zone)}"
    return f"{day} {_time_of_day(start, zone)}-{_time_of_day(end, zone)}"


def _time_of_day(at: datetime, zone: ZoneInfo) -> str:
    there = at.astimezone(zone)
    earlier, later = there.replace(fold=0).utcoffset(), there.replace(fold=1).utcoffset()
    # In spring the two differ as well, but only for times that do not exist.
    twice = earlier is not None and later is not None and earlier > later
    return there.strftime("%H:%M") + (("B" if there.fold else "A") if twice else "")


def moment_text(at: datetime | None, zone: tzinfo | None, *, fraction: bool = False) -> str:
    """Return a time in the trader's zone (None: the machine's): `22 Nov 13:00:05`, with `fraction` in milliseconds."""
    if at is None:
        return ""
    there = at.astimezone(zone)
    text = there.strftime("%d %b %H:%M:%S")
    if fraction:
        text += f".{there.microsecond // 1000:03d}"
    return text + ("Z" if zone is UTC else "")


def clock_text(at: datetime, zone: tzinfo | None) -> str:
    """Return a time of day with its zone: `13:00:05 CET`. `zone` None is the machine's."""
    return at.astimezone(zone).strftime("%H:%M:%S %Z")


def zone_name(at: datetime, zone: tzinfo | None) -> str:
    """Return the name of the zone at that time: `CET`. `zone` None is the machine's."""
    return at.astimezone(zone).strftime("%Z")


def age_text(seconds: float) -> str:
    """Return an age in at most five characters: `0.4 s`, `59 s`, `12 m`, `3 h`, `2 d`."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    for limit, unit_s, unit in ((60, 1, "s"), (3600, 60, "m"), (86400, 3600, "h")):
        if seconds < limit:
            return f"{int(seconds // unit_s)} {unit}"
    return f"{int(seconds // 86400)} d"

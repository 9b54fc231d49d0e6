"""The delivery in an entry line: `14:15`, `14:15-14:45`, `17-18`, `h18`, `h18q2`, and the word for its day."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pbtui.desk.formats.time_input import MomentRefused, NotOnTheClock, OccursTwice, parse_moment, typed_moment

DAYS = {"today": timedelta(), "tomorrow": timedelta(days=1)}
_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
_OTHER_DATE = re.compile(
    r"(?P<day>[0-9]{1,2})(?P<mark>[./])(?P<month>[0-9]{1,2})(?:(?P=mark)(?P<year>20[0-9]{2})?)?", re.ASCII
)
_OTHER_TIME = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3])\.(?P<minute>00|15|30|45)", re.ASCII)
_CLOCK = r"[0-9]{1,2}(?::[0-9]{2})?[ab]?"
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}[ab]?", re.ASCII)
_PERIOD = re.compile(rf"(?P<start>{_CLOCK})-(?P<end>{_CLOCK})", re.ASCII)
_MARKS = "ab"
"""Of the two times in the hour that occurs twice, the first and the second."""
_HOUR_OF_DAY = re.compile(r"h(?P<hour>[0-9]{1,2})(?P<mark>[ab]?)(?:q(?P<quarter>[0-9]))?", re.ASCII)


def is_date(lower: str) -> bool:
    """Return whether a word is a date."""
    return _DATE.fullmatch(lower) is not None


def other_date(text: str, now: datetime) -> str:
    """Return how a date is written that is typed as `29.11.2026`, `29/11` or `30.11.`; empty if it can be none.

    A date without a year is the next one.
    """
    found = _OTHER_DATE.fullmatch(text)
    if found is None or (found["year"] is None and found["mark"] == "." and not text.endswith(".")):
        return ""
    day, month = int(found["day"]), int(found["month"])
    years = [int(found["year"])] if found["year"] else [now.year, now.year + 1]
    meant = [f"{year:04}-{month:02}-{day:02}" for year in years]
    known = [each for each in meant if is_day(each)]
    return next((each for each in known if found["year"] or each >= f"{now:%Y-%m-%d}"), "")


def other_time(text: str) -> str:
    """Return how a time is written that is typed as `14.15`; empty if it is no quarter of an hour."""
    found = _OTHER_TIME.fullmatch(text)
    return f"{found['hour']}:{found['minute']}" if found else ""


def is_day(day: str) -> bool:
    """Return whether the calendar has this date."""
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def is_period(lower: str) -> bool:
    """Return whether a word is a delivery, or looks like one."""
    return any(pattern.fullmatch(lower) for pattern in (_TIME, _PERIOD, _HOUR_OF_DAY))


def delivery_of(
    period: str, day: str, zone: ZoneInfo, now: datetime, market_zone: ZoneInfo | None = None
) -> tuple[datetime, datetime]:
    """Return start and end of a delivery in UTC; `day` is a word or empty for the next one after `now`.

    The hours of a day are those of the market, and so is their day, whatever the zone of the other times. Raises
    MomentRefused.
    """
    if market_zone is not None and _HOUR_OF_DAY.fullmatch(period):
        zone = market_zone
    day = day_text(day, zone, now)
    try:
        return _delivery(period, day, zone, now)
    except NotOnTheClock as gap:
        raise MomentRefused(f"{gap.what}: write {_way_round(period, day, zone, now, gap.at)}") from None
    except OccursTwice as twice:
        ways = " or ".join(_ways(period, day, zone, now))
        raise MomentRefused(f"{twice.what}: write {ways}") from None


def _way_round(period: str, day: str, zone: ZoneInfo, now: datetime, at: datetime) -> str:
    """Return how a delivery is written whose start or end the clock skips to `at`: `01-02` is `01-03`."""
    if found := _PERIOD.fullmatch(period):
        start, end = found["start"], found["end"]
        try:
            parse_moment(f"{day}{_clock(start)}", zone, now)
        except NotOnTheClock:
            length = timedelta(minutes=(_minutes(end) - _minutes(start)) % _minutes("24"))
            return f"{_like(start, at, zone)}-{_like(end, at + length, zone)}"
        return f"{start}-{_like(end, at, zone)}"
    if _HOUR_OF_DAY.fullmatch(period):
        _, q, quarter = period.partition("q")
        return f"h{at.astimezone(zone).hour + 1}{q}{quarter}"
    return _like(period, at, zone)


def _delivery(period: str, day: str, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    if hour := _HOUR_OF_DAY.fullmatch(period):
        return _hour_of_day(hour, day, zone, now)
    if found := _PERIOD.fullmatch(period):
        start = parse_moment(f"{day}{_clock(found['start'])}", zone, now)
        return start, _end(found["end"], start, zone)
    start = parse_moment(f"{day}{period}", zone, now)
    return start, start + _QUARTER


def _ways(period: str, day: str, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    """Yield how the deliveries are written that a period means whose start or end occurs twice."""
    if found := _PERIOD.fullmatch(period):
        yield from _ways_of_period(found["start"], found["end"], day, zone, now)
        return
    clock, q, quarter = period.partition("q")
    yield from (f"{clock}{mark}{q}{quarter}" for mark in _MARKS)


def _ways_of_period(start: str, end: str, day: str, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    """Up to an hour, both have the length that was typed: 2-3 is 2a-2b or 2b-3."""
    try:
        begins = parse_moment(f"{day}{_clock(start)}", zone, now)
    except OccursTwice:
        length = timedelta(minutes=(_minutes(end) - _minutes(start)) % _minutes("24"))
        keeps_end = end[-1] in _MARKS or length > _HOUR
        for mark in _MARKS:
            begins = parse_moment(f"{day}{_clock(f'{start}{mark}')}", zone, now)
            yield f"{start}{mark}-{end if keeps_end else _like(end, begins + length, zone)}"
    else:
        yield from (f"{start}-{end}{mark}" for mark in _MARKS if _end(f"{end}{mark}", begins, zone) > begins)


def _minutes(text: str) -> int:
    hours, _, minutes = _clock(text).rstrip(_MARKS).partition(":")
    return int(hours) * 60 + int(minutes)


def _like(text: str, at: datetime, zone: ZoneInfo) -> str:
    """A time as another one was typed: `2b`, or `2:00b` with minutes."""
    hours, _, minutes = typed_moment(at, zone).lower().rpartition(" ")[2].partition(":")
    hour = f"{int(hours):02}" if text.startswith("0") else f"{int(hours)}"
    return f"{hour}:{minutes}" if ":" in text else f"{hour}{minutes.removeprefix('00')}"


def long_words(start: datetime | None, end: datetime | None, zone: ZoneInfo) -> str:
    """Return a length that the clock times of a delivery do not show; empty where they show it.

    They do not if it ends on a later day, other than at the end of its first one, or if the clock changes in it.
    """
    if start is None or end is None:
        return ""
    first, last = (at.astimezone(zone).replace(tzinfo=None) for at in (start, end))
    is_within_a_day = last <= datetime.combine(first.date(), time.min) + timedelta(days=1)
    if last <= first or (is_within_a_day and last - first == end - start):
        return ""
    hours, minutes = divmod((end - start) // timedelta(minutes=1), 60)
    length = " ".join(f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min")) if count)
    changes = "back" if end - start > last - first else "forward"
    why = f"the clock goes {changes} in it" if is_within_a_day else f"it ends on {last:%d %b} at {last:%H:%M}"
    return f"The delivery is {length} long: {why}"


def day_text(word: str, zone: ZoneInfo, now: datetime) -> str:
    """Return a day as `parse_moment` reads it before a time; empty if none was named."""
    if word in DAYS:
        return f"{now.astimezone(zone).date() + DAYS[word]} "
    return f"{word} " if word else ""


def delivery_clock(start: datetime | None, end: datetime | None, zone: ZoneInfo) -> tuple[time | None, ...]:
    """Return the times of the day at which a delivery starts and ends."""
    return tuple(None if at is None else at.astimezone(zone).time() for at in (start, end))


def _hour_of_day(found: re.Match[str], day: str, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """The hours of a day are counted from 1: h18 begins at 17:00."""
    hour, quarter = int(found["hour"]), int(found["quarter"] or 0)
    if not 1 <= hour <= 24 or quarter > 4 or (found["quarter"] and not quarter):
        raise MomentRefused("hours are h1 to h24, their quarters q1 to q4")
    offset = _QUARTER * max(quarter - 1, 0)
    clock = (datetime.combine(date.min, datetime.min.time()) + _HOUR * (hour - 1) + offset).strftime("%H:%M")
    start = parse_moment(f"{day}{clock}{found['mark']}", zone, now)
    return start, start + (_QUARTER if quarter else _HOUR)


def _clock(text: str) -> str:
    """A clock as `parse_moment` reads it: `17` is 17:00, and `2a` the first 02:00 when the clock goes back."""
    if ":" in text:
        return text
    digits = text.rstrip("ab")
    return f"{digits}:00{text[len(digits) :]}"


def _end(text: str, start: datetime, zone: ZoneInfo) -> datetime:
    """The first time after the start at which the clock shows this; 24 is midnight."""
    clock = _clock(text)
    return parse_moment(f"00{clock.removeprefix('24')}" if clock.startswith("24:") else clock, zone, start)

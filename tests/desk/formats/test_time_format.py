"""Times in a zone, at the ends of the calendar too: a server may send any of them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pbtui.desk.formats.market_words import zoned_text
from pbtui.desk.formats.time_format import clock_text, delivery_text, in_zone, moment_text
from pbtui.desk.formats.time_input import typed_moment

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-11-22T14:00Z", "2026-11-22T15:00Z", "22 Nov 15:00-16:00"),
        ("2026-11-22T22:45Z", "2026-11-22T23:00Z", "22 Nov 23:45-00:00"),
        ("2026-11-21T23:00Z", "2026-11-22T23:00Z", "22 Nov 00:00-00:00"),
        ("2026-11-21T23:00Z", "2026-11-23T23:00Z", "22 Nov 00:00-24 Nov 00:00"),
        ("2026-11-22T14:00Z", "2026-11-24T15:00Z", "22 Nov 15:00-24 Nov 16:00"),
        ("2026-10-24T22:00Z", "2026-10-25T23:00Z", "25 Oct 00:00-00:00"),  # 25 hours
        ("2026-03-28T23:00Z", "2026-03-29T22:00Z", "29 Mar 00:00-00:00"),  # 23 hours
        ("2026-10-25T00:45Z", "2026-10-25T01:00Z", "25 Oct 02:45A-02:00B"),
        ("2026-11-22T14:00Z", "2026-11-22T14:00Z", "22 Nov 15:00-22 Nov 15:00"),
        ("2026-11-22T14:00Z", "2026-11-21T15:00Z", "22 Nov 15:00-21 Nov 16:00"),
    ],
)
def test_a_period_that_is_no_part_of_a_day_names_the_day_of_its_end(start: str, end: str, text: str) -> None:
    assert delivery_text(datetime.fromisoformat(start), datetime.fromisoformat(end), ZoneInfo("Europe/Berlin")) == text


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC", "Pacific/Kiritimati"])
@pytest.mark.parametrize("at", [FIRST, FIRST + timedelta(hours=1), LAST, LAST - timedelta(hours=1)])
def test_any_time_of_a_server_is_shown(at: datetime, zone: str) -> None:
    there = ZoneInfo(zone)
    day = {"01 Jan", "31 Dec"}
    assert moment_text(at, there)[:6] in day
    assert zoned_text(at, there)[:6] in day
    assert delivery_text(at, at, there)[:6] in day
    assert clock_text(at, there)
    assert typed_moment(at, there)
    assert in_zone(f"valid until {at:%Y-%m-%d %H:%M:%S}Z", there).startswith("valid until ")

"""Times in a zone, at the ends of the calendar too: a server may send any of them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pbtui.desk.formats.market_words import zoned_text
from pbtui.desk.formats.time_format import clock_text, delivery_text, in_zone, moment_text
from pbtui.desk.formats.time_input import typed_moment

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


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

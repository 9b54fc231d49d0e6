"""What a delivery's clock times do not show."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pbtui.desk.drafts.line_delivery import delivery_of, long_words
from pbtui.desk.formats.time_input import MomentRefused

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-11-24T14:15+01:00", "2026-11-24T14:30+01:00", ""),
        ("2026-11-24T00:00+01:00", "2026-11-25T00:00+01:00", ""),
        ("2026-11-24T23:45+01:00", "2026-11-25T00:00+01:00", ""),
        ("2026-11-24T22:00+01:00", "2026-11-25T06:00+01:00", "The delivery is 8 h long: it ends on 25 Nov at 06:00"),
        ("2026-11-24T14:15+01:00", "2026-11-25T14:15+01:00", "The delivery is 24 h long: it ends on 25 Nov at 14:15"),
        ("2026-10-24T20:00+02:00", "2026-10-25T08:15+01:00", "13 h 15 min long"),  # the clock goes back
        # 02:00A-03:00, 01:00-02:00B and 02:00A-02:15B, then what the clock or its letters show
        ("2026-10-25T02:00+02:00", "2026-10-25T03:00+01:00", "The delivery is 2 h long: the clock goes back in it"),
        ("2026-10-25T01:00+02:00", "2026-10-25T02:00+01:00", "The delivery is 2 h long: the clock goes back in it"),
        ("2026-10-25T02:00+02:00", "2026-10-25T02:15+01:00", "1 h 15 min long: the clock goes back in it"),
        ("2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", "The delivery is 25 h long: the clock goes back in it"),
        ("2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00", ""),
        ("2026-10-25T02:45+02:00", "2026-10-25T02:00+01:00", ""),
        ("2026-10-25T02:00+01:00", "2026-10-25T03:00+01:00", ""),
        ("2027-03-28T01:00+01:00", "2027-03-28T03:00+02:00", "The delivery is 1 h long: the clock goes forward in it"),
        ("2027-03-28T01:45+01:00", "2027-03-28T03:00+02:00", "The delivery is 15 min long: the clock goes forward"),
    ],
)
def test_a_length_that_the_clock_does_not_show_is_said(start: str, end: str, words: str) -> None:
    said = long_words(datetime.fromisoformat(start), datetime.fromisoformat(end), BERLIN)
    assert words in said
    assert bool(words) is bool(said)
    assert long_words(None, None, BERLIN) == ""


@pytest.mark.parametrize(
    ("period", "ways"),
    [
        ("h3", "h3a or h3b"),
        ("h3q4", "h3aq4 or h3bq4"),
        ("2:15", "2:15a or 2:15b"),
        ("2-3", "2a-2b or 2b-3"),
        ("2:00-3:00", "2:00a-2:00b or 2:00b-3:00"),
        ("2:15-2:45", "2:15a-2:45a or 2:15b-2:45b"),
        ("2:30-3:15", "2:30a-2:15b or 2:30b-3:15"),
        ("2-6", "2a-6 or 2b-6"),
        ("2-24", "2a-24 or 2b-24"),
        ("2:15-2:45b", "2:15a-2:45b or 2:15b-2:45b"),
        ("1-2", "1-2a or 1-2b"),
        ("1:30-2:30", "1:30-2:30a or 1:30-2:30b"),
        ("2:30b-2:45", "2:30b-2:45b"),
        ("22-2", "22-2a or 22-2b"),
    ],
)
def test_a_delivery_of_the_hour_that_occurs_twice_is_refused_with_the_ways_to_write_it(period: str, ways: str) -> None:
    """Each way is read, and the first of two is the earlier delivery; hours and quarters keep their length."""
    now = datetime(2027, 10, 1, tzinfo=UTC)
    day = "2027-10-30" if period.startswith("22") else "2027-10-31"
    with pytest.raises(MomentRefused) as refused:
        delivery_of(period, day, BERLIN, now)
    time, _, written = str(refused.value).partition(" occurs twice on 31 Oct: write ")
    assert (len(time), written) == (len("02:00"), ways)
    read = [delivery_of(way, day, BERLIN, now) for way in ways.split(" or ")]
    assert read == sorted(set(read))
    assert all(start < end for start, end in read)


@pytest.mark.parametrize(
    ("period", "way"),
    [
        ("1-2", "1-3"),
        ("01-02", "01-03"),
        ("1:45-2:00", "1:45-3:00"),
        ("2-3", "3-4"),
        ("2:15", "3:15"),
        ("h3", "h4"),
        ("h3q2", "h4q2"),
    ],
)
def test_a_delivery_at_the_hour_that_is_skipped_is_refused_with_a_way_that_is_read(period: str, way: str) -> None:
    now = datetime(2027, 3, 1, tzinfo=UTC)
    with pytest.raises(
        MomentRefused, match=r"there is no 02:\d\d on 28 Mar, the clock goes forward: write "
    ) as refused:
        delivery_of(period, "2027-03-28", BERLIN, now)
    assert str(refused.value).endswith(f": write {way}")
    start, end = delivery_of(way, "2027-03-28", BERLIN, now)
    assert start < end

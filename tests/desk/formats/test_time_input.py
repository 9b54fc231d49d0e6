"""Moments as typed, on ordinary days and in the two nights of the year."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pbtui.desk.formats.time_input import MomentRefused, parse_moment, typed_moment

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from([BERLIN, ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")])
NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
"""Noon in Berlin."""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("14:30", "2026-11-22T13:30"),
        (" 14:30\t", "2026-11-22T13:30"),
        ("9:05", "2026-11-23T08:05"),
        ("12:00", "2026-11-23T11:00"),
        ("12:00:01", "2026-11-22T11:00:01"),
        ("00:00", "2026-11-22T23:00"),
        ("2026-11-22 09:05", "2026-11-22T08:05"),
        ("2026-07-01 09:05", "2026-07-01T07:05"),
        ("2026-11-22t09:05:30.5", "2026-11-22T08:05:30.500000"),
        ("2026-11-22T09:05Z", "2026-11-22T09:05"),
        ("2026-11-22 09:05:00.000001z", "2026-11-22T09:05:00.000001"),
        ("2026-11-22T09:05+02:00", "2026-11-22T07:05"),
        ("2026-11-22T09:05-05:30", "2026-11-22T14:35"),
    ],
)
def test_a_time_without_a_zone_is_the_markets_and_without_a_day_the_next_one(text: str, moment: str) -> None:
    assert parse_moment(text, BERLIN, NOON) == utc(moment)
    assert parse_moment(text, BERLIN, NOON).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "write it as"),
        ("now", "write it as"),
        ("14.30", "write it as"),
        ("1430", "write it as"),
        ("14:3", "write it as"),
        ("１４:30", "write it as"),
        ("22.11.2026 14:30", "write it as"),
        ("2026-11-22", "write it as"),
        ("1026-11-22 14:30", "write it as"),
        ("14:30\n15:30", "write it as"),
        ("14:30:00.1234567", "write it as"),
        ("2026-11-22T14:30+1", "write it as"),
        ("2026-11-22T14:30+01:99", "write it as"),
        ("2026-W47-7T14:30", "write it as"),
        ("24:00", "no such day or time"),
        ("14:60", "no such day or time"),
        ("2026-02-29 14:30", "no such day or time"),
        ("2026-11-22T14:30+99:00", "no such day or time"),
        ("2026-02-29T14:30Z", "no such day or time"),
        ("14:30Z", "needs its date"),
        ("14:30+01:00", "needs its date"),
    ],
)
def test_an_invalid_time_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(MomentRefused, match=reason):
        parse_moment(text, BERLIN, NOON)


# ---------------------------------------------------------------- the night the clock goes back (25 Oct 2026, 03:00)


@pytest.mark.parametrize(
    ("text", "now", "moment"),
    [
        ("2026-10-25 02:15A", NOON.isoformat(), "2026-10-25T00:15"),
        ("2026-10-25 02:15b", NOON.isoformat(), "2026-10-25T01:15"),
        ("2026-10-25 01:45", NOON.isoformat(), "2026-10-24T23:45"),
        ("2026-10-25 03:00", NOON.isoformat(), "2026-10-25T02:00"),
        ("02:15A", "2026-10-24T20:00+00:00", "2026-10-25T00:15"),
        ("02:15B", "2026-10-24T20:00+00:00", "2026-10-25T01:15"),
        ("02:15B", "2026-10-25T00:30+00:00", "2026-10-25T01:15"),
        ("02:15", "2026-10-25T01:15+00:00", "2026-10-26T01:15"),
    ],
)
def test_the_hour_that_occurs_twice_is_read_with_its_letter(text: str, now: str, moment: str) -> None:
    assert parse_moment(text, BERLIN, datetime.fromisoformat(now)) == utc(moment)


def test_a_passed_time_of_the_repeated_hour_is_not_moved_to_another_day() -> None:
    assert parse_moment("02:15A", BERLIN, utc("2026-10-25T00:30")) == utc("2026-10-25T00:15")


@pytest.mark.parametrize(
    ("text", "now", "reason"),
    [
        (
            "2026-10-25 02:15",
            NOON.isoformat(),
            "02:15 occurs twice on 25 Oct: write 02:15A .the first. or 02:15B .the second.",
        ),
        ("02:15", "2026-10-24T20:00+00:00", "occurs twice on 25 Oct"),
        ("02:15", "2026-10-25T00:30+00:00", "occurs twice on 25 Oct"),
        ("2026-10-25 03:00A", NOON.isoformat(), "03:00 occurs only once on 25 Oct: write it without A"),
        ("2026-11-22 02:15B", NOON.isoformat(), "02:15 occurs only once on 22 Nov: write it without B"),
        ("02:15A", "2026-10-25T01:15+00:00", "occurs only once on 26 Oct"),
        ("2026-03-29 02:15A", NOON.isoformat(), "there is no 02:15 on 29 Mar, the clock goes forward: write 03:15"),
        ("2026-03-29 02:00", NOON.isoformat(), "there is no 02:00 on 29 Mar"),
        ("2026-03-29 02:59", NOON.isoformat(), "there is no 02:59 on 29 Mar"),
        ("02:15", "2026-03-28T20:00+00:00", "there is no 02:15 on 29 Mar"),
        ("02:15", "2026-03-29T00:59+00:00", "there is no 02:15 on 29 Mar"),
    ],
)
def test_ambiguous_and_missing_times_are_refused(text: str, now: str, reason: str) -> None:
    with pytest.raises(MomentRefused, match=reason):
        parse_moment(text, BERLIN, datetime.fromisoformat(now))


def test_times_of_the_skipped_hour_are_tomorrows_once_it_has_passed() -> None:
    assert parse_moment("02:15", BERLIN, utc("2026-03-29T12:00")) == utc("2026-03-30T00:15")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-11-22T13:30", "2026-11-22 14:30"),
        ("2026-11-22T13:30:05", "2026-11-22 14:30:05"),
        ("2026-11-22T13:30:05.000500", "2026-11-22 14:30:05.000500"),
        ("2026-10-25T00:15", "2026-10-25 02:15A"),
        ("2026-10-25T01:15", "2026-10-25 02:15B"),
        ("2026-10-25T02:00", "2026-10-25 03:00"),
    ],
)
def test_a_time_is_written_as_it_would_be_typed(moment: str, text: str) -> None:
    assert typed_moment(utc(moment), BERLIN) == text


@given(
    moment=st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=ZONES,
)
@example(moment=datetime(2026, 10, 25, 0, 59, 59, 999999, tzinfo=UTC), zone=BERLIN)
@example(moment=datetime(2026, 10, 25, 1, 0, tzinfo=UTC), zone=BERLIN)
@example(moment=datetime(2026, 3, 29, 1, 0, tzinfo=UTC), zone=BERLIN)
@example(moment=datetime(2026, 4, 4, 15, 15, tzinfo=UTC), zone=ZoneInfo("Australia/Lord_Howe"))
def test_every_moment_can_be_typed(moment: datetime, zone: ZoneInfo) -> None:
    assert parse_moment(typed_moment(moment, zone), zone, NOON) == moment


@given(
    night=st.sampled_from([utc("2026-03-28T12:00"), utc("2026-10-24T12:00"), NOON]),
    minutes=st.integers(0, 36 * 60),
    clock=st.times(),
)
def test_a_time_of_day_is_the_next_one_or_refused(night: datetime, minutes: int, clock: time) -> None:
    now = night + timedelta(minutes=minutes)
    text = f"{clock:%H:%M}"
    try:
        moment = parse_moment(text, BERLIN, now)
    except MomentRefused:
        return
    assert timedelta(0) < moment - now <= timedelta(hours=25)
    assert f"{moment.astimezone(BERLIN):%H:%M}" == text


@given(st.text(max_size=30) | st.text(st.sampled_from("0123456789-:TZAB +."), max_size=30))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    try:
        moment = parse_moment(text, BERLIN, NOON)
    except MomentRefused:
        return
    assert moment.tzinfo is UTC

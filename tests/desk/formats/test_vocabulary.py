"""Codes, times and states in the trader's words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.clock import utc_now
from pbtui.api.errors import Forbidden, NotSent, OrdersApiError, Unauthorized, UnknownOutcome
from pbtui.desk.blotter.link import Failure, Link, LinkState
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import UTC_ZONE, age_text, delivery_text, in_zone, moment_text
from pbtui.desk.formats.vocabulary import order_event, side_word, state_word, type_word
from pbtui.settings.areas import AREAS

EIC_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("UADD", "added by user (UADD)"),
        ("AHIB", "deactivated by market operations (AHIB)"),
        ("SDEL", "deleted by system (SDEL)"),
        ("FEXE", "filled by the market (FEXE)"),
        ("SNAV", "marked unknown (order book not reachable) by system (SNAV)"),
        ("QFEX", "quote filled by the market (QFEX)"),
        ("XFOO", "XFOO"),
        ("", "unreadable"),
    ],
)
def test_actions(code: str, words: str) -> None:
    assert str(order_event(code)) == words


def test_codes_that_are_not_known_are_shown_as_they_came() -> None:
    assert (state_word("HIBE"), state_word("FOO")) == ("deactivated", "FOO")
    assert (side_word("BUY"), side_word("BOTH")) == ("▲ BUY", "BOTH")
    assert (type_word("I"), type_word("X")) == ("iceberg", "X")


@pytest.mark.parametrize("eic", AREAS)
def test_area_codes_have_the_check_character_of_the_eic_scheme(eic: str) -> None:
    weighted = sum(weight * EIC_CHARACTERS.index(c) for weight, c in zip(range(16, 1, -1), eic[:15], strict=True))
    assert eic[15] == EIC_CHARACTERS[36 - (weighted - 1) % 37]


def test_areas_go_by_their_short_name() -> None:
    assert area_name("10YDE-RWENET---I") == "AMP"
    assert area_name("10Y-UNKNOWN") == "10Y-UNKNOWN"


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("45.1", "45.10"),
        ("-0.5", "-0.50"),
        ("0", "0.00"),
        ("45.125", "45.125"),
        ("45.1000", "45.10"),
        ("1E+2", "100.00"),
    ],
)
def test_prices_show_all_their_decimals(price: str, text: str) -> None:
    assert price_text(Decimal(price)) == text


def test_quantities_show_all_their_decimals() -> None:
    assert [quantity_text(Decimal(q)) for q in ("5", "0.25", "12.50", "1000")] == ["5.0", "0.25", "12.5", "1000.0"]
    assert quantity_text(None) == ""


def quarter_hour(start: datetime) -> str:
    return delivery_text(start, start + timedelta(minutes=15), BERLIN)


def test_the_hour_that_occurs_twice_is_shown_with_its_letter() -> None:
    first = datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    assert quarter_hour(first) == "25 Oct 02:15A-02:30A"
    assert quarter_hour(first + timedelta(hours=1)) == "25 Oct 02:15B-02:30B"
    assert quarter_hour(first + timedelta(minutes=30)) == "25 Oct 02:45A-02:00B"
    assert quarter_hour(first + timedelta(hours=1, minutes=30)) == "25 Oct 02:45B-03:00"
    assert quarter_hour(first - timedelta(minutes=30)) == "25 Oct 01:45-02:00A"


def test_the_hours_of_the_spring_change_are_not_marked_as_repeated() -> None:
    night = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    texts = [quarter_hour(night + timedelta(minutes=15 * n)) for n in range(12)]
    assert texts[3] == "29 Mar 01:45-03:00"
    assert not any("A-" in text or "B-" in text for text in texts)


def test_delivery_is_shown_in_the_markets_zone() -> None:
    assert quarter_hour(datetime(2026, 11, 22, 23, 0, tzinfo=UTC)) == "23 Nov 00:00-00:15"
    assert delivery_text(None, None, BERLIN) == ""
    assert delivery_text(datetime(2026, 11, 22, 12, 0, tzinfo=UTC), None, BERLIN) == "22 Nov 13:00"


def test_a_moment_in_the_hour_that_occurs_twice_is_shown_with_its_letter() -> None:
    first = datetime(2026, 10, 25, 0, 15, 7, 500_000, tzinfo=UTC)
    assert moment_text(first, BERLIN) == "25 Oct 02:15:07A"
    assert moment_text(first + timedelta(hours=1), BERLIN, fraction=True) == "25 Oct 02:15:07.500B"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("halted 2026-07-01 22:30:05Z by root", "halted 2026-07-02 00:30:05 CEST by root"),
        ("0 ACTIVE 2026-11-22 12:00:05.1Z (1.0 s)", "0 ACTIVE 2026-11-22 13:00:05.1 CET (1.0 s)"),
        ("away since 2026-11-22 12:00:05Z: no answer", "away since 2026-11-22 13:00:05 CET: no answer"),
        ("at 2026-11-22 12:00:05 UTC, not at 2026-11-22 12:00:06 UTC.", None),
        *(
            (text, text)
            for text in ("2026-11-22T12:00:05Z", "12:00:05", "12:00Z", "2026-11-22 25:00:00Z", "x12:00:05Z")
        ),
        *((text, text) for text in ("12:00:05 UTC+01:00", "2026-11-22 12:00:05Zulu", "1:12:00:05Z", "12:00:05Z:1")),
    ],
)
def test_times_in_a_kept_text_are_shown_in_the_zone_of_the_screen(text: str, shown: str | None) -> None:
    expected = "at 2026-11-22 13:00:05 CET, not at 2026-11-22 13:00:06 CET." if shown is None else shown
    assert in_zone(text, BERLIN) == expected
    assert in_zone(text, UTC_ZONE) == text


def test_a_time_without_a_date_is_one_of_today() -> None:
    now = utc_now()
    assert in_zone(f"{now:%H:%M:%S}Z", BERLIN) == f"{now.astimezone(BERLIN):%H:%M:%S %Z}"


def test_moments_in_the_markets_zone_or_utc() -> None:
    at = datetime(2026, 11, 22, 12, 0, 5, 123456, tzinfo=UTC)
    assert moment_text(at, BERLIN) == "22 Nov 13:00:05"
    assert moment_text(at, UTC_ZONE, fraction=True) == "22 Nov 12:00:05.123Z"
    assert moment_text(None, UTC_ZONE) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0.0 s"), (0.04, "0.0 s"), (9.94, "9.9 s"), (59.9, "59 s"), (60, "1 m"), (7199, "1 h"), (200_000, "2 d")],
)
def test_ages(seconds: float, text: str) -> None:
    assert age_text(seconds) == text


@pytest.mark.parametrize(
    ("error", "age_s", "state"),
    [
        (None, None, LinkState.CONNECTING),
        (None, 6, LinkState.LIVE),
        (None, 6.1, LinkState.STALE),
        (UnknownOutcome, 3, LinkState.FAILING),
        (UnknownOutcome, 6, LinkState.FAILING),
        (UnknownOutcome, 7, LinkState.STALE),
        (UnknownOutcome, None, LinkState.OFFLINE),
        (NotSent, 1, LinkState.OFFLINE),
        (NotSent, None, LinkState.OFFLINE),
        (Unauthorized, 1, LinkState.UNAUTHORIZED),
        (Forbidden, None, LinkState.UNAUTHORIZED),
    ],
)
def test_link_states(error: type[OrdersApiError] | None, age_s: float | None, state: LinkState) -> None:
    failure = None if error is None else Failure(error("GET /orders", "why"), 0)
    link = Link(poll_s=2, read_s=None if age_s is None else 100 - age_s, failure=failure)
    assert link.state(now_s=100) is state

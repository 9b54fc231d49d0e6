"""A new order typed as one line."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.codes import OrderSide
from pbtui.desk.drafts.draft import read_entry
from pbtui.desk.drafts.entry_line import EntryLine, read_line
from pbtui.desk.drafts.line_names import KnownNames

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 27, 11, 50, tzinfo=UTC)  # 12:50 in Berlin
PORTFOLIOS = ("DE1", "DE2", "FR")
AMP = "10YDE-RWENET---I"
WHOLE = "buy 5 @ 62.5 14:15 amp de1"


def read(line: str, now: datetime = NOW) -> EntryLine:
    return read_line(line, BERLIN, now, KnownNames(PORTFOLIOS))


def test_a_line_is_a_whole_order() -> None:
    line = read(WHOLE)
    entry = read_entry(line.texts, BERLIN, NOW).entry
    assert line.problems == ()
    assert entry is not None
    assert (entry.side, entry.delivery_area, entry.portfolio_id) == (OrderSide.BUY, AMP, "DE1")
    assert (entry.quantity, entry.price) == (Decimal(5), Decimal("62.5"))
    assert entry.dlvry_start == datetime(2026, 11, 27, 13, 15, tzinfo=UTC)
    assert entry.dlvry_end == datetime(2026, 11, 27, 13, 30, tzinfo=UTC)


@given(st.permutations(["buy", "5mw", "@ 62.5", "14:15", "AMP", "De1", "gtd 13:50", "iceberg 2", "deactivated"]))
def test_the_words_stand_in_any_sequence(words: list[str]) -> None:
    line = read(" ".join(words))
    assert line.problems == ()
    assert line.texts == {
        "side": "BUY",
        "quantity": "5",
        "price": "62.5",
        "dlvry_start": "2026-11-27 14:15",
        "dlvry_end": "2026-11-27 14:30",
        "delivery_area": AMP,
        "portfolio_id": "DE1",
        "validity_res": "GTD",
        "validity_date": "13:50",
        "type": "I",
        "display_qty": "2",
        "state": "HIBE",
    }


@pytest.mark.parametrize("name", ["S", "h18", "5", "17-18", "ioc", "gtd", "today", "Area"])
def test_a_portfolio_named_like_another_word_is_never_taken_for_it(name: str) -> None:
    line = read_line(f"{name.lower()} 7", BERLIN, NOW, KnownNames([name]))
    assert line.problems[0].startswith(f"{name.lower()} is a portfolio and a word of the line: write portfolio")
    assert line.texts == {"quantity": "7"}
    assert read_line(f"portfolio {name}", BERLIN, NOW, KnownNames([name])) == EntryLine({"portfolio_id": name}, ())


def test_a_word_is_never_taken_for_a_name_of_another_kind() -> None:
    unknown = read_line("de1", BERLIN, NOW)
    assert (unknown.problems, unknown.needs_names) == (("de1 is not understood",), True)
    assert read_line("ampp", BERLIN, NOW).problems == ("ampp is not understood",)
    assert read("ampp").problems == ("ampp is not understood; did you mean area amp?",)
    assert read("de9").problems[0].startswith("de9 is not understood; did you mean portfolio DE")
    assert read_line("de1", BERLIN, NOW, KnownNames(["XY"])).problems == ("de1 is not understood",)
    assert not read_line("buy sell 5 h25", BERLIN, NOW).needs_names


def test_portfolios_that_differ_in_case_only_are_named_exactly() -> None:
    assert read_line("de1", BERLIN, NOW, KnownNames(["De1", "DE1"])).problems == (
        "de1 could be De1 or DE1: write it exactly",
    )
    assert read_line("DE1", BERLIN, NOW, KnownNames(["De1", "DE1"])).texts == {"portfolio_id": "DE1"}


@pytest.mark.parametrize("number", ["5,5", "1.234,5", "1_000", "+5", "-5", "5.55", "0"])
def test_a_number_that_can_be_two_things_is_no_order(number: str) -> None:
    line = read(WHOLE.replace("5 @", f"{number} @"))
    assert line.problems == ()
    assert read_entry(line.texts, BERLIN, NOW).problems.keys() == {"quantity"}


@given(st.text(alphabet=st.sampled_from("bs5@.:-#hqgtdampDE1 2026\t,é\x00"), max_size=40))
def test_any_line_is_read_or_named(line: str) -> None:
    reading = read(line)
    assert all(reading.problems)
    assert line.strip(" \t\x00") == "" or reading.texts or reading.problems


@pytest.mark.parametrize(
    ("line", "shown_in", "now", "start"),
    [
        ("h18", "UTC", "2026-11-27T11:50", "2026-11-27T16:00"),
        ("h18q2", "UTC", "2026-11-27T11:50", "2026-11-27T16:15"),
        ("h18 tomorrow", "UTC", "2026-11-27T11:50", "2026-11-28T16:00"),
        ("h18", "UTC", "2026-11-27T16:30", "2026-11-28T16:00"),  # it has begun in Berlin, and 17:00 UTC has not
        ("h1 2026-11-28", "UTC", "2026-11-27T11:50", "2026-11-27T23:00"),
        ("h24 today", "UTC", "2026-11-27T23:10", "2026-11-28T22:00"),  # the market's day is the next one already
        ("h1 tomorrow", "America/New_York", "2026-11-27T23:10", "2026-11-28T23:00"),
        ("17-18 tomorrow", "UTC", "2026-11-27T11:50", "2026-11-28T17:00"),  # times of a clock are those of the screen
        ("h18", "Europe/Berlin", "2026-11-27T11:50", "2026-11-27T16:00"),
    ],
)
def test_the_hours_of_a_day_are_those_of_the_market_in_every_zone(
    line: str, shown_in: str, now: str, start: str
) -> None:
    zone, at = ZoneInfo(shown_in), datetime.fromisoformat(now).replace(tzinfo=UTC)
    reading = read_line(line, zone, at, KnownNames(market_zone=BERLIN))
    values = read_entry(reading.texts, zone, at).values
    assert reading.problems == ()
    assert values["dlvry_start"] == datetime.fromisoformat(start).replace(tzinfo=UTC)

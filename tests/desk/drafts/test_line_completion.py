"""Completion of an entry line: what trades, and nothing that the line would not understand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.desk.drafts.entry_line import read_line
from pbtui.desk.drafts.line_completion import completion_of
from pbtui.desk.drafts.line_names import KnownNames, LineContract

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 27, 12, 50, tzinfo=UTC)  # 13:50 in Berlin
AMP, FR = "10YDE-RWENET---I", "10YFR-RTE------C"
MINUTE = timedelta(minutes=1)


def a_contract(contract_id: str, in_min: int, length_min: int, *areas: str, name: str = "") -> LineContract:
    start = NOW + in_min * MINUTE
    return LineContract(contract_id, name, start, start + length_min * MINUTE, areas)


KNOWN = KnownNames(
    ["DE1", "DE10", "trd"],
    [
        a_contract("4711", 25, 15, FR),  # 14:15
        a_contract("4712", 40, 15, AMP, name="QX-1430"),
        a_contract("4713", 55, 15, AMP),  # 14:45
        a_contract("4714", 70, 60, AMP, FR),  # 15-16
        a_contract("4715", 100, 30, AMP),  # 15:30-16:00
        a_contract("4716", 24 * 60, 15, AMP),  # 13:50 tomorrow, the next 13:50
        a_contract("4717", 25 * 60 + 10, 15, AMP),  # 15:00 tomorrow: without a day it would be today
    ],
)


def completed(line: str, area: str = "") -> str:
    found = completion_of(line, BERLIN, NOW, KNOWN, area)
    return "" if found is None else found.line


@pytest.mark.parametrize(
    ("line", "area", "expected"),
    [
        ("se", "", "sell"),
        ("buy 5 @ 62 14", "", "buy 5 @ 62 14:15"),
        ("buy 5 @ 62 14", AMP, "buy 5 @ 62 14:30"),
        ("buy 5 14:4", AMP, "buy 5 14:45"),
        ("buy 15-", "", "buy 15-16"),
        ("buy h1", "", "buy h16"),
        ("buy 15:3", "", "buy 15:30-16:00"),
        ("buy 13:5", "", "buy 13:50"),
        ("buy 15:0", "", ""),
        ("buy tomorrow 15:0", "", "buy tomorrow 15:00"),
        ("d", "", "DE1"),
        ("dea", "", "deactivated"),
        ("buy de", "", "buy DE1"),
        ("buy de1", "", ""),
        ("buy portfolio de1", "", ""),
        ("buy portfolio t", "", "buy portfolio trd"),
        ("tr", "", "trd"),
        ("a", "", "aon"),
        ("am", "", "amp"),
        ("area a", "", "area amp"),
        ("tod", "", "today"),
        ("q", "", "QX-1430"),
        ("contract q", "", "contract QX-1430"),
        ("contract 47", "", "contract 4711"),
        ("contract 47", AMP, "contract 4712"),
        ("buy s", "", ""),  # there is a side already
        ("buy 1", "", ""),  # a quantity
        ("5 @ 1", "", ""),
        ("5 @1", "", ""),
        ("gtd 14", "", ""),
        ("b", "", ""),
        ("buy ", "", ""),
        ("", "", ""),
        ("buy #se", "", ""),
        ("gt", "", "gtd"),
    ],
)
def test_the_last_word_is_completed_by_what_trades(line: str, area: str, expected: str) -> None:
    assert completed(line, area) == expected


def test_a_completion_says_which_delivery_it_means() -> None:
    found = completion_of("5 14", BERLIN, NOW, KNOWN, AMP)
    assert found is not None
    assert (found.word, found.note, found.problems) == ("14:30", "27 Nov 14:30-14:45", ())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("he", "hedge"),
        ("ioc =h", "ioc =hedge"),
        ("5 =h", ""),  # the quantity would be there twice
        ("hedge", "sell 5 @ 80 de1"),
        ("ioc =Hedge", "ioc sell 5 @ 80 de1"),
        ("noted", ""),  # the words after it would be its text
        ("portfolio hedge", ""),
    ],
)
def test_a_preset_is_completed_and_then_replaced_by_its_words(line: str, expected: str) -> None:
    known = KnownNames(["DE1"], presets={"hedge": "sell 5 @ 80 de1", "noted": "b 2 #by preset"})
    found = completion_of(line, BERLIN, NOW, known)
    assert (found.line if found else "") == expected


@given(st.text(alphabet=st.sampled_from("bs5@.:-#hqgtdampDE1 2c"), max_size=24))
def test_a_completion_only_adds_and_is_understood(line: str) -> None:
    after = completed(line)
    assert after == "" or after.casefold().startswith(line.casefold())
    if after and after.split()[-1] not in ("area", "portfolio", "contract", "gtd", "iceberg"):
        head = line[: len(line) - len(line.replace("@", " ").split(" ")[-1])]
        problems = [read_line(each, BERLIN, NOW, KNOWN).problems for each in (head, after)]
        assert len(problems[1]) <= len(problems[0])


def test_an_hour_of_the_day_is_completed_as_the_market_counts_it() -> None:
    utc = ZoneInfo("UTC")
    known = KnownNames(contracts=[a_contract("4714", 70, 60, AMP)], market_zone=BERLIN)  # 15-16 in Berlin
    found = completion_of("5 h1", utc, NOW, known, AMP)
    assert found is not None
    assert (found.word, found.note) == ("h16", "27 Nov 14:00-15:00")
    assert completion_of("5 14-", utc, NOW, known, AMP) is not None

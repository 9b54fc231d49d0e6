"""The way back from the fields of an order to its line."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.desk.drafts.draft import read_entry
from pbtui.desk.drafts.entry_line import read_line
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.desk.drafts.line_text import line_of, own_texts

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 24, 21, 50, tzinfo=UTC)  # ten minutes before the day that has 02:00 twice
QUARTER = timedelta(minutes=15)
PORTFOLIOS = ("DE1", "fr", "5", "MW", "h18", "Amp", "A B", "#9")
SAYABLE = PORTFOLIOS[:-2]
KNOWN = KnownNames(PORTFOLIOS)
AREAS = ("AMP", "fr", "10YDE-RWENET---I", "10YNO-1--------2", "10YDOM-REGION-1V")


def numbers(lowest: str, highest: str, places: int) -> st.SearchStrategy[str]:
    return st.decimals(Decimal(lowest), Decimal(highest), places=places).map(str)


@st.composite
def texts_of_an_order(draw: st.DrawFn) -> dict[str, str]:
    """Texts of an order that the exchange might take, all of which a line can say."""
    texts = {
        "side": draw(st.sampled_from(["buy", "SELL"])),
        "quantity": draw(numbers("1.5", "999", 1)),
        "price": draw(numbers("-500", "4000", 2)),
        "delivery_area": draw(st.sampled_from(AREAS)),
        "portfolio_id": draw(st.sampled_from(SAYABLE)),
    }
    if draw(st.booleans()):
        start = NOW + draw(st.integers(1, 200)) * QUARTER
        end = start + draw(st.sampled_from([1, 2, 4, 16, 92])) * QUARTER
        texts |= {"dlvry_start": start.isoformat(), "dlvry_end": end.isoformat()}
    else:
        texts["contract_id"] = draw(st.sampled_from(["4711", "NX_1-2"]))
    texts |= draw(
        st.sampled_from(
            [
                {},
                {"ordr_exe_restriction": "IOC", "validity_res": "NON"},
                {"ordr_exe_restriction": "FOK", "validity_res": "NON"},
                {"ordr_exe_restriction": "AON", "type": "B"},
                {"validity_res": "GTD", "validity_date": "2026-10-25 02:15B"},
                {"validity_res": "GTD", "validity_date": "2026-10-25 09:00:30", "type": "O"},
                {"type": "I", "display_qty": "1.0"},
            ]
        )
    )
    texts |= draw(st.sampled_from([{}, {"state": "ACTI"}, {"state": "HIBE"}]))
    return {**texts, **draw(st.sampled_from([{}, {"txt": "to sell 5 @ 3"}, {"txt": "# 2"}, {"txt": "a  b"}]))}


@given(texts_of_an_order())
def test_an_order_is_a_line_that_is_the_same_order(texts: dict[str, str]) -> None:
    entry = read_entry(texts, BERLIN, NOW).entry
    assert entry is not None
    said = line_of(texts, BERLIN, NOW, KNOWN)
    assert said.unsaid == {}
    later = NOW + timedelta(hours=5)
    line = read_line(said.line, BERLIN, later, KNOWN)
    assert line.problems == ()
    assert read_entry(line.texts, BERLIN, NOW).entry == entry
    assert line_of(line.texts, BERLIN, later, KNOWN).line == said.line


ANY_TEXT = st.text(alphabet=st.sampled_from("bs5@.:-#hqgtdampDE1 2026,é"), max_size=12)
ANY_TEXTS = st.dictionaries(
    st.sampled_from(["side", "quantity", "price", "dlvry_start", "dlvry_end", "contract_id", "delivery_area", "ppd"]),
    ANY_TEXT,
)


@given(texts_of_an_order(), ANY_TEXTS)
def test_nothing_that_a_line_does_not_say_is_lost(texts: dict[str, str], others: dict[str, str]) -> None:
    texts = {**texts, **others}
    said = line_of(texts, BERLIN, NOW, KNOWN)
    line = read_line(said.line, BERLIN, NOW, KNOWN)
    assert line.problems == ()
    assert not line.texts.keys() & said.unsaid.keys()
    assert read_entry({**line.texts, **said.unsaid}, BERLIN, NOW) == read_entry(texts, BERLIN, NOW)


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        ({"side": "Buy", "quantity": "5.0", "price": "62.50"}, "buy 5mw @ 62.5"),  # 5 is a portfolio too
        ({"price": "-1000"}, "@ -1000"),
        ({"quantity": "5,5", "price": "1e3"}, "5,5 @ 1e3"),
        ({"dlvry_start": "14:15", "dlvry_end": "14:30"}, "2026-10-25 14:15"),
        ({"dlvry_start": "14:15", "dlvry_end": "15:15"}, "2026-10-25 14:15-15:15"),
        ({"dlvry_start": "2026-10-25 02:00A", "dlvry_end": "2026-10-25 02:00B"}, "2026-10-25 02:00a-02:00b"),
        ({"delivery_area": "10YDE-RWENET---I", "portfolio_id": "DE1"}, "area amp DE1"),  # Amp is a portfolio too
        ({"quantity": "5", "portfolio_id": "MW"}, "5mw MW"),
        ({"portfolio_id": "other"}, "portfolio other"),
        ({"type": "I", "display_qty": "2.0", "state": "hibernated"}, "iceberg 2 deactivated"),
        ({"contract_id": "4711", "txt": " x "}, "contract 4711 #x"),
        ({"side": "", "price": " "}, ""),
    ],
)
def test_a_line_is_short(texts: dict[str, str], line: str) -> None:
    said = line_of(texts, BERLIN, NOW, KNOWN)
    assert (said.line, said.unsaid) == (line, {})


@pytest.mark.parametrize(
    "texts",
    [
        {"account_id": "P"},
        {"exec_instruction": "VALID"},
        {"expected_net_pos": "unchanged"},
        {"portfolio_id": "A B"},
        {"portfolio_id": "#9"},
        {"contract_id": "@7"},
        {"side": "buy or sell"},
        {"validity_res": "GFS"},
        {"dlvry_start": "14:15"},
        {"dlvry_start": "2026-10-25 14:15", "dlvry_end": "2026-10-27 14:15"},
        {"dlvry_start": "2026-10-25 14:15:30", "dlvry_end": "2026-10-25 14:30:30"},
        {"ppd": "-1"},
        {"type": "I"},
        {"display_qty": "2"},
        {"validity_res": "NON"},
    ],
)
def test_what_a_line_has_no_words_for_is_named(texts: Any) -> None:
    said = line_of({**texts, "quantity": "5"}, BERLIN, NOW, KNOWN)
    assert said.line == "5mw"
    assert said.unsaid == texts


@pytest.mark.parametrize(
    ("typed", "own"),
    [
        ({"state": "HIBE", "include_errors": "yes", "price": "3"}, {"price": "3"}),
        ({"state": " ", "include_errors": "", "price": ""}, {"state": "ACTI"}),
        ({"state": "active", "include_errors": "no"}, {"state": "active", "include_errors": "no"}),
    ],
)
def test_a_line_takes_from_a_form_what_was_typed(typed: dict[str, str], own: dict[str, str]) -> None:
    assert own_texts(typed, {"state": "HIBE", "include_errors": "yes"}) == own
    assert own_texts({"state": "", "price": "3"}, {}) == {"price": "3"}

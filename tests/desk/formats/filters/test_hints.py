"""The help while a filter is typed: the terms that fit, what is wrong, and where."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.structs import replace
from pbtui.desk.blotter.order_terms import ORDER_FILTER
from pbtui.desk.formats.filters.hints import RULES, Hint, hint, overview
from pbtui.desk.formats.filters.language import FilterError
from pbtui.desk.formats.filters.terms import Scene
from pbtui.desk.formats.time_format import UTC_ZONE

SCENE = Scene(zone=UTC_ZONE, now=datetime(2026, 11, 22, 11, tzinfo=UTC), tokens=frozenset())


def hinted(typed: str) -> Hint:
    """The help for a text; | is the cursor."""
    text, cursor = typed.replace("|", ""), typed.index("|")
    try:
        ORDER_FILTER.parse(text, SCENE)
    except FilterError as error:
        return hint(ORDER_FILTER, text, cursor, error)
    return hint(ORDER_FILTER, text, cursor, None)


@pytest.mark.parametrize(
    ("typed", "words", "start", "is_error"),
    [
        ("|", "side:buy", None, False),
        ("side:buy |", "gate<30m", None, False),
        ("side:buy p|", "portfolio=DE1   price>50.5   or any text with p", 9, False),
        ("side:buy !ar|", "area:amp,tng   or any text with ar", 9, False),
        ("side:buy !|", "side:buy", 9, False),
        ("price|", "price>50.5", 0, False),
        ("price>|", "price>50.5   price per MWh", 0, False),
        ("mi|", "mine", 0, False),
        ("~hd|", "any word with the letters hd in this sequence", 0, False),
        ("~|", "the value is missing", 0, True),
        ("mine|", "entered by this profile", 0, False),
        ("gate|", "gate<30m", 0, False),
        ("age>5|", "needs < or >", 0, True),
        ("prise>5|", "did you mean price", 0, True),
        ("mw>1 or|", "a term before it and one after it", 5, True),
        ("prise>5 mw>|2", "unknown field 'prise'", 0, True),
        ("mw>2 side:buy|", "side:buy   side", 5, False),
    ],
)
def test_the_hint_is_about_the_word_at_the_cursor_or_the_fault(
    typed: str, words: str, start: int | None, is_error: bool
) -> None:
    found = hinted(typed)
    assert words in found.words
    assert (found.start, found.is_error) == (start, is_error)


@given(st.text(max_size=20), st.integers(0, 20))
def test_every_text_has_a_hint(text: str, cursor: int) -> None:
    text = text.replace("|", "")
    cursor = min(cursor, len(text))
    assert isinstance(hinted(f"{text[:cursor]}|{text[cursor:]}"), Hint)


def test_the_overview_names_every_term_and_its_rules_are_filters() -> None:
    pieces = [piece for piece, _ in overview(ORDER_FILTER)]
    assert set(pieces) > {field.example for field in ORDER_FILTER.fields.values()} | set(ORDER_FILTER.words)
    assert all(about for _, about in overview(ORDER_FILTER))
    for piece, _ in RULES:
        ORDER_FILTER.parse(piece, replace(SCENE, tokens=frozenset()))


def test_every_example_is_a_term_of_its_field() -> None:
    for name, field in ORDER_FILTER.fields.items():
        assert ORDER_FILTER.words_in(field.example) == {name}
        if name != "gate":
            ORDER_FILTER.parse(field.example, SCENE)

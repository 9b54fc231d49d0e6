"""Wrapping of text to a width in cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pbtui.ui.widgets.folded_lines import field_lines, folded, sentences


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("buy 5.0 MW at 45.10", ["buy 5.0 MW", "at 45.10"]),
        ("a-word-that-is-too-long", ["a-word-tha", "t-is-too-l", "ong"]),
        ("a very-long-word it is", ["a", "very-long-", "word it is"]),
        ("市場市場市場", ["市場市場市", "場"]),
    ],
)
def test_text_is_wrapped_between_words_where_it_can_be(text: str, lines: list[str]) -> None:
    assert folded(text, 10) == lines


@given(st.text("ab 市-", max_size=60), st.integers(2, 20))
def test_no_line_is_too_wide_and_no_letter_is_lost(text: str, width: int) -> None:
    lines = folded(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_empty_sentences_are_left_out() -> None:
    fold = sentences(("Refused: too much", "bad"), ("", "warning"), ("y Send", "key"))
    assert fold(10) == [[(" Refused:", "bad")], [(" too much", "bad")], [(" y Send", "key")]]


def test_the_text_of_a_field_is_wrapped_between_words_beside_its_label() -> None:
    lines = field_lines(" txt", "the details of it", label_width=6, width=16)
    assert ["".join(text for text, _ in line) for line in lines] == [" txt  the", "      details of", "      it"]


def test_the_text_of_a_field_stands_below_its_label_where_there_is_no_room_beside_it() -> None:
    lines = field_lines(" price", "1234.56 per MWh", label_width=10, width=17)
    assert ["".join(text for text, _ in line) for line in lines] == [" price", "  1234.56 per MWh"]

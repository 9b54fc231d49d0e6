"""Server text reaches a terminal only as text."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pbtui.api.sanitize import MAX_TEXT_LENGTH, safe_text


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain text, 45.10", "plain text, 45.10"),
        ("Größe – naïve", "Größe – naïve"),
        ("[/] [@click=app.quit]x[/]", "[/] [@click=app.quit]x[/]"),
        ("\x1b]52;c;ZXZpbA==\x07", "␛]52;c;ZXZpbA==␇"),
        ("\x1b[2J", "␛[2J"),
        ("a\tb\nc\rd", "a␉b␊c␍d"),
        ("\x9b31m", "\ufffd31m"),
        ("\x7f", "␡"),
        ("12\u202e34", "12\ufffd34"),
        ("zero\u200bwidth\u200d", "zero\ufffdwidth\ufffd"),
        ("\U000e0041tag", "\ufffdtag"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("line\u2028break", "line\ufffdbreak"),
        ("no\u00a0break", "no break"),
        ("heart\ufe0f", "heart\ufffd"),
        ("flag \U0001f1e9\U0001f1ea", "flag \ufffd\ufffd"),
        ("hand \U0001f44d\U0001f3fd", "hand \U0001f44d\ufffd"),
        ("e\u0301", "é"),
        ("x" + "\u0300" * 50, "x" + "\u0300" * 3),
        ("\u0300start", "start"),
        ("", ""),
    ],
)
def test_unsafe_characters_are_made_visible(hostile: str, shown: str) -> None:
    assert safe_text(hostile) == shown


def test_a_huge_text_is_cut_and_marked() -> None:
    shown = safe_text("x" * 1_000_000)
    assert len(shown) == MAX_TEXT_LENGTH
    assert shown.endswith("… (1000000 characters)")


@given(st.text(alphabet=st.characters(), max_size=300))
@example("a\u0315\u0300\u05ae\u0062")
@example("\u1100\u1161\u11a8")
@example("x" * (MAX_TEXT_LENGTH + 1))
def test_safe_text_is_safe_and_does_not_change_again(text: str) -> None:
    shown = safe_text(text)
    categories = {unicodedata.category(character) for character in shown}
    assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert len(shown) <= MAX_TEXT_LENGTH
    assert safe_text(shown) == shown

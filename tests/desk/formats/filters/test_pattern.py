"""Patterns find what `re` finds, in steps that grow with the text alone, and say what they do not know."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbtui.desk.formats.filters import pattern as pattern_module
from pbtui.desk.formats.filters.pattern import MOST_PLACES, Pattern, PatternRefused

ITEMS = st.sampled_from(["a", "b", "B", ".", "[ab]", "[^a]", r"\d", r"\W", r"\.", "[]x]", "[(]", "^", "$", "é"])
REPEATS = st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{,2}", "{1,3}", "*?", "+?"])
PATTERNS = st.recursive(
    ITEMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.tuples(inner, inner).map("|".join),
        st.tuples(inner, REPEATS).map(lambda each: f"({each[0]}){each[1]}"),
        inner.map(lambda each: f"(?:{each})"),
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(pattern=PATTERNS, text=st.text("abB.1x]É ", max_size=8))
def test_it_finds_what_re_finds(pattern: str, text: str) -> None:
    assert Pattern(pattern).is_in(text) == (re.search(pattern, text, re.IGNORECASE) is not None)


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        ("algo[0-9]", "an ALGO7", True),
        (r"^spread-\d+ leg [AB]$", "Spread-17 leg b", True),
        (r"^spread-\d+ leg [AB]$", "spread-17 leg b2", False),
        ("(hedge|soc) 6{2}", "soc 66 %", True),
        ("{a}", "b{a}b", True),
        ("", "", True),
        ("$^", "", True),
        ("$^$", "", True),
        ("^$|a$^", "", True),
        ("$^", "a", False),
        ("a?$^b?", "", True),
        ("^algo.*7$", "Algo 17", True),
        ("^algo.*7$", "an algo 17", False),
        ("algo.*7", "an ALGO 17 of two", True),
        ("a$", "a\n", False),
        ("[*+]", "a+b", True),
        ("[^*]x", "*x", False),
    ],
)
def test_what_a_trader_types(pattern: str, text: str, is_found: bool) -> None:
    assert Pattern(pattern).is_in(text) is is_found


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The letters at which all ways were followed at once."""
    letters: list[str] = []
    step = Pattern._step

    def counted(self: Pattern, places: int, letter: str) -> Any:
        letters.append(letter)
        return step(self, places, letter)

    monkeypatch.setattr(Pattern, "_step", counted)
    return letters


@pytest.mark.parametrize(
    "pattern",
    ["a*b", "(a+)+$", "^(a|a)*$", "(a*)*b", "(.*)(.*)(.*)(.*)b", "a?" * 30 + "a" * 30 + "b", "(a|aa)+$"],
)
def test_a_long_text_takes_one_step_a_letter(pattern: str, steps: list[str]) -> None:
    assert not Pattern(pattern).is_in("a" * 10_000 + "!")
    assert 0 < len(steps) <= 2 * MOST_PLACES, "the others were kept"


@pytest.mark.parametrize(
    ("pattern", "is_left_to_re"),
    [
        ("aab", True),
        ("^.*7$", True),
        ("^a?b$", True),
        ("b$", True),
        ("a*b", False),
        ("^a.*a*b", False),
        ("^a|b", False),
    ],
)
def test_re_tries_one_way_at_each_letter(pattern: str, *, is_left_to_re: bool, steps: list[str]) -> None:
    Pattern(pattern).is_in("a" * 64)
    assert (not steps) is is_left_to_re


def test_it_finds_the_same_after_the_kept_steps_were_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_module, "_STEPS_KEPT", 3)
    pattern = Pattern("a.*(bc|d)+$")
    for text in ("abcd", "b", "xabc", "cabce", "da", "ebabbbcdbc", "ad") * 2:
        assert pattern.is_in(text) == (re.search("a.*(bc|d)+$", text) is not None)
        assert sum(map(len, (pattern._begin, *pattern._states.values()))) <= 3


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", r"a \( is not closed"),
        ("a)", r"a \) has no \( before it"),
        ("[a", r"a \[ is not closed"),
        ("[z-a]", "bad character range"),
        ("*a", r"nothing stands before the repeat \*"),
        ("^*", r"\^ can't be repeated"),
        ("a**", r"a repeat is repeated: \*\*"),
        ("a++", r"a repeat is repeated"),
        (r"(a)\1", r"\\1 is not known here"),
        (r"\bleg", r"\\b is not known here"),
        ("a\\", r"\\ is not known here"),
        ("(?=a)", r"\(\?= is not known here"),
        ("a{3,2}", "no number of repeats"),
        ("a{99999999999}", "no number of repeats"),
        ("a{60}b{60}", "too long"),
        ("((a{10}){10}){10}", "too long"),
        ("(" * 5000, "more than 20 groups"),
    ],
)
def test_what_is_refused_with_its_reason(pattern: str, reason: str) -> None:
    with pytest.raises(PatternRefused, match=reason):
        Pattern(pattern)


def test_repeats_of_nothing_cost_nothing() -> None:
    assert Pattern("(((((){100}){100}){100}){100}){100}x").is_in("x")

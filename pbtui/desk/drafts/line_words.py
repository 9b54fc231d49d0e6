"""The words of an entry line, with their places, and which of them have a meaning of their own."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from string import digits
from typing import NamedTuple

from pbtui.desk.drafts.line_delivery import DAYS, is_date, is_period
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.settings.areas import AREAS

WORDS: Mapping[str, Mapping[str, str]] = {
    **{word: {"side": "BUY"} for word in ("buy", "b")},
    **{word: {"side": "SELL"} for word in ("sell", "s")},
    "ioc": {"ordr_exe_restriction": "IOC", "validity_res": "NON"},
    "fok": {"ordr_exe_restriction": "FOK", "validity_res": "NON"},
    "aon": {"ordr_exe_restriction": "AON"},
    "limit": {"type": "O"},
    "block": {"type": "B"},
    "active": {"state": "ACTI"},
    "deactivated": {"state": "HIBE"},
}
CONTRACT = ("contract_id", "contract_name", "dlvry_start", "dlvry_end")
NAMED = {"area": "delivery_area", "portfolio": "portfolio_id"}
KINDS = {name: word for word, name in NAMED.items()}
"""The word that names each of these fields in a line."""
FOLLOWED = (*NAMED, "contract", "gtd", "iceberg")
"""Words with a value after them."""
QUANTITY = re.compile(r"(?P<number>[+-]?[0-9.,_]*[0-9][0-9.,_]*)(?:mw)?", re.ASCII)
_WORD = re.compile(r"@|[^\s@]+")
_NEAR, _A_LETTER_MORE = 0.6, 0.75
"""Likeness of two words, from 0 to 1: that of near ones, and of three letters with the same and one more or less."""
Span = tuple[int, int]
"""Start and end of a part of a line; the character at the end is not part of it."""


class Word(NamedTuple):
    """A word and its place in the line; the words of a preset stand at its name."""

    text: str
    span: Span


def has_meaning(lower: str) -> bool:
    """Return whether a word has a meaning of its own in a line, besides names of areas and portfolios."""
    is_number_or_day = QUANTITY.fullmatch(lower) or is_date(lower) or is_period(lower)
    return lower == "@" or lower in WORDS or lower in FOLLOWED or lower in DAYS or bool(is_number_or_day)


def words_of(order: str) -> list[Word]:
    """Return the words of a line; `5 MW` is one."""
    words: list[Word] = []
    for found in _WORD.finditer(order):
        is_unit = found[0].casefold() == "mw" and words and words[-1].text[-1] in digits
        if is_unit:
            number = words.pop()
            words.append(Word(f"{number.text}mw", (number.span[0], found.end())))
        else:
            words.append(Word(found[0], found.span()))
    return words


def split_text(line: str) -> tuple[str, str, str]:
    """Return the line before the order's text, the mark before the text, and the text."""
    found = re.search(r"(?:^|\s)#", line)
    return (line, "", "") if found is None else (line[: found.start()], "#", line[found.end() :])


def nearest_words(word: str, known: KnownNames) -> str:
    """Return the end of the sentence about a word that is not understood: what may be meant, if something is near.

    A name is shown with its kind. An area is proposed only for its name with a letter too many or too few, and for
    nothing while no portfolio is known: `de1` is a portfolio, and not the area se1.
    """
    words = {each: each for each in (*WORDS, *FOLLOWED, *DAYS, *known.presets)}
    portfolios = {name.casefold(): f"portfolio {name}" for name in known.portfolios}
    areas = {name.casefold(): f"area {name.casefold()}" for name in AREAS.values()} if portfolios else {}
    for meant, near in ((words, _NEAR), (portfolios, _NEAR), (areas, _A_LETTER_MORE)):
        if found := get_close_matches(word.casefold(), meant, n=1, cutoff=near):
            return f"; did you mean {meant[found[0]]}?"
    return ""

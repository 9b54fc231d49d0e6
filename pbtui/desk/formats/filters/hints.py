"""One line of help while a filter is typed: the terms that fit the word at the cursor, or what is wrong, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pbtui.desk.formats.filters.language import TERM, FilterError, FilterFields, Piece, pieces_of
from pbtui.desk.formats.filters.terms import AnyRow

_ALONE = "mine, algo, contract; a bare word is searched as it is; ! negates; or"

RULES: Sequence[tuple[str, str]] = (
    ("side:buy mw>5", "all terms must match"),
    ("side:buy or mine", "the terms on one side must match"),
    ("!area:fr", "must not match"),
    ("area:amp,tng", "one of several"),
    ("portfolio=DE1", "the whole text, or a whole word of it"),
    ("txt~algo[0-9]", "a pattern (regular expression)"),
    ('portfolio="A, B"', "a text as it is, with spaces and commas"),
    ("abc", "any text of the row contains it"),
    ("~hdg", "a word of it has these letters in this sequence, as hedge has"),
)
"""Pieces of filters of orders, and what they mean."""


@dataclass(frozen=True, slots=True)
class Hint:
    """The words of the line. `start` is the place in the filter that they are about; None for no place."""

    words: str
    start: int | None = None
    is_error: bool = False


def hint(fields: FilterFields[AnyRow], text: str, cursor: int, error: FilterError | None) -> Hint:
    """Return the help for a text with the cursor at this place; `error` is why it is no filter, if it is none."""
    piece = next((piece for piece in pieces_of(text) if piece.start < cursor <= piece.end), None)
    is_here = error is not None and piece is not None and error.start == piece.start
    if error is not None and not is_here:
        return Hint(error.reason, error.start, is_error=True)
    if piece is None:
        return Hint(_overview(fields))
    match = TERM.fullmatch(piece.word)
    assert match is not None  # noqa: S101 - the pattern takes any text
    if match["field"] is None:
        return _of_bare(fields, piece, match["value"], error)
    field = fields.fields.get(match["field"].lower())
    if error is not None and (field is None or match["value"]):
        return Hint(error.reason, error.start, is_error=True)
    return Hint("" if field is None else f"{field.example}   {field.about}", piece.start)


def overview(fields: FilterFields[Any]) -> Sequence[tuple[str, str]]:
    """Return the whole language: each field and word with what it selects, then the rules."""
    terms = [(field.example, field.about) for field in fields.fields.values()]
    return [*terms, *((name, word.about) for name, word in fields.words.items()), *RULES]


def _of_bare(fields: FilterFields[AnyRow], piece: Piece, word: str, error: FilterError | None) -> Hint:
    lower = word.casefold()
    if error is not None and word:
        return Hint(error.reason, error.start, is_error=True)
    if lower in fields.words:
        return Hint(f"{lower}   {fields.words[lower].about}", piece.start)
    fitting = [field.example for name, field in fields.fields.items() if name.startswith(lower)]
    fitting += [name for name in fields.words if name.startswith(lower)]
    search = [f"or any text with {word}"] if word else []
    if word.startswith("~"):
        search = [f"any word with the letters {word.removeprefix('~')} in this sequence"]
    return Hint("   ".join([*fitting, *search]), piece.start)


def _overview(fields: FilterFields[AnyRow]) -> str:
    return "   ".join([*(field.example for field in fields.fields.values()), _ALONE])

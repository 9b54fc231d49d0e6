"""The word `contract` of a filter, which means the contract that the cursor was on when it was typed."""

from collections.abc import Iterator

from pbtui.desk.formats.filters.language import OR, pieces_of, quoted

_CURSOR = "contract"


def names_cursor(text: str) -> bool:
    """Return whether a filter has the word for the contract under the cursor."""
    return any(_is_cursor(piece.word) for piece in pieces_of(text))


def without_cursor(text: str, contract: str, *terms: str) -> str:
    """Return the filter with the contract in place of the word for it, and these terms on each side of its `or`."""
    more = " ".join(filter(None, terms))
    sides = (" ".join(filter(None, (side, more))) for side in _sides(text, contract))
    return f" {OR} ".join(sides)


def _is_cursor(word: str) -> bool:
    return word.removeprefix("!").casefold() == _CURSOR


def _sides(text: str, contract: str) -> Iterator[str]:
    side: list[str] = []
    for piece in pieces_of(text):
        if piece.word.casefold() == OR:
            yield " ".join(side)
            side = []
        else:
            negation = "!" if piece.word.startswith("!") else ""
            side.append(f"{negation}{_CURSOR}={quoted(contract)}" if _is_cursor(piece.word) else piece.word)
    yield " ".join(side)

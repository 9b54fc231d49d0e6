"""Cells of a terminal: a character with its pen, and rows of them.

Equal cells are one object, so that rows are compared quickly.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from rich.cells import get_character_cell_size, split_graphemes
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

_SEEN_ON_BLANKS = frozenset({"4", "7", "9", "21", "53"})
"""Attributes that show on a space: underlines, reverse, strike, overline."""
_REVERSE = "7"
_EXTENDED = {"38": {"5": 3, "2": 5}, "48": {"5": 3, "2": 5}}
"""The number of parts of an extended colour, by its first two parts."""


class Pen(NamedTuple):
    """A style as the parts of SGR sequences: attributes, and the two colours; "" is the terminal's own colour."""

    attributes: frozenset[str] = frozenset()
    fore: str = ""
    back: str = ""

    @property
    def shows_on_blanks(self) -> bool:
        """Return whether a space drawn with it shows more than the background."""
        return not _SEEN_ON_BLANKS.isdisjoint(self.attributes)

    def on_blanks(self) -> "Pen":
        """The part of it that a space shows."""
        fore = self.fore if _REVERSE in self.attributes else ""
        return Pen(self.attributes & _SEEN_ON_BLANKS, fore, self.back)

    def without_marks(self, back: str) -> "Pen":
        """The pen nearest to it that draws nothing but this background on a space."""
        return Pen(self.attributes - _SEEN_ON_BLANKS, self.fore, back)


class Cell(NamedTuple):
    """The content of one cell. A wide character has a second cell of no text and no width behind it."""

    text: str
    pen: Pen
    width: int = 1

    @property
    def is_blank(self) -> bool:
        """Return whether it shows nothing but its background."""
        return self.text == " " and not self.pen.attributes


Row = tuple[Cell, ...]


@cache
def pen_of(style: Style | None, colours: ColorSystem) -> Pen:
    """The pen of a style, with the colours that the terminal has."""
    if style is None:
        return Pen()
    codes = style.update_link(None).render("x", color_system=colours).partition("m")[0].removeprefix("\x1b[")
    return _parsed(codes.split(";")) if codes != "x" else Pen()


def _parsed(parts: list[str]) -> Pen:
    attributes: set[str] = set()
    fore = back = ""
    while parts:
        length = _EXTENDED.get(parts[0], {}).get(parts[1] if len(parts) > 1 else "", 1)
        code, parts = parts[:length], parts[length:]
        text = ";".join(code)
        if code[0] in _EXTENDED:
            fore, back = (text, back) if code[0] == "38" else (fore, text)
        elif len(text) > 1 and text[:-1] in ("3", "9"):
            fore = "" if text == "39" else text
        elif len(text) > 1 and text[:-1] in ("4", "10"):
            back = "" if text == "49" else text
        elif text:
            attributes.add(text)
    return Pen(frozenset(attributes), fore, back)


class _Cells(dict[str, Cell]):
    """The cells of one pen, by their text. A space has the pen of what it shows."""

    def __init__(self, pen: Pen) -> None:
        self._pen = pen

    def __missing__(self, text: str) -> Cell:
        pen = self._pen.on_blanks() if text == " " else self._pen
        cell = self[text] = Cell(text, pen) if pen == self._pen else _cells_of(pen)[text]
        return cell


@cache
def _cells_of(pen: Pen) -> _Cells:
    return _Cells(pen)


@cache
def _wide(text: str, pen: Pen) -> Row:
    return (Cell(text, pen, 2), Cell("", pen, 0))


def blank_row(width: int) -> Row:
    """A row of the terminal's own background."""
    return (_cells_of(Pen())[" "],) * width


def cells(segments: Iterable[Segment], colours: ColorSystem) -> Row:
    """The cells of these segments."""
    row: list[Cell] = []
    for text, style, control in segments:
        if not control:
            pen = pen_of(style, colours)
            row.extend(map(_cells_of(pen).__getitem__, text) if text.isascii() else _other_cells(text, pen))
    return tuple(row)


def _other_cells(text: str, pen: Pen) -> Iterable[Cell]:
    single = _cells_of(pen)
    if all(get_character_cell_size(character) == 1 for character in text):
        yield from map(single.__getitem__, text)
        return
    for start, end, width in split_graphemes(text)[0]:
        if width == 2:
            yield from _wide(text[start:end], pen)
        elif width == 1:
            yield single[text[start:end]]

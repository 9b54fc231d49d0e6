"""The symbols of the grammar: the classes of characters that go in, and the tokens that come out."""

from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """The kinds of tokens."""

    CHARACTER = auto()
    """A character outside any sequence, control characters included."""
    ALT = auto()
    """ESC and a character."""
    ESCAPE = auto()
    """A lone ESC."""
    CONTROL = auto()
    """A control sequence, ESC [: `text` is what stands between the bracket and `final`."""
    SINGLE = auto()
    """ESC O: `text` is what stands between the O and `final`."""
    ANSWER = auto()
    """A string that only terminals send (OSC, DCS, APC, PM, SOS), or a mouse report. `text` is its beginning."""
    PASTE = auto()
    """The text of a bracketed paste."""
    BROKEN = auto()
    """A sequence that was cut off, or a byte that is not UTF-8."""
    WAITING = auto()
    """An answer or a paste goes on after a stall and has no end yet: what is typed now is not taken as keys."""


class Token(NamedTuple):
    """One piece of the input.

    `has_alt` is set where another ESC came before a sequence, and `is_torn` where its characters did not come at once.
    """

    kind: Kind
    text: str = ""
    final: str = ""
    has_alt: bool = False
    is_torn: bool = False


class Class(Enum):
    """The classes of characters."""

    ESC = auto()
    BEL = auto()
    CANCEL = auto()
    C0 = auto()
    INTERMEDIATE = auto()
    PARAMETER = auto()
    FINAL = auto()
    BRACKET = auto()
    O = auto()  # noqa: E741 - the character
    STRING = auto()
    BACKSLASH = auto()
    OTHER = auto()
    INVALID = auto()
    CSI = auto()
    SS3 = auto()
    C1_STRING = auto()
    ST = auto()
    C1 = auto()


_INTRODUCERS = {"[": Class.BRACKET, "O": Class.O, **dict.fromkeys("]P_^X", Class.STRING), "\\": Class.BACKSLASH}


def _low_class(code: int) -> Class:
    if code < 0x20:
        return {0x1B: Class.ESC, 0x07: Class.BEL, 0x18: Class.CANCEL, 0x1A: Class.CANCEL}.get(code, Class.C0)
    if code < 0x30:
        return Class.INTERMEDIATE
    if code < 0x40:
        return Class.PARAMETER
    if code < 0x7F:
        return _INTRODUCERS.get(chr(code), Class.FINAL)
    if code == 0x7F:
        return Class.C0
    c1 = {0x9B: Class.CSI, 0x8F: Class.SS3, 0x9C: Class.ST}
    return c1.get(code, Class.C1_STRING if code in (0x90, 0x98, 0x9D, 0x9E, 0x9F) else Class.C1)


_CLASSES = tuple(map(_low_class, range(0xA0)))
FINALS = (Class.FINAL, Class.BRACKET, Class.O, Class.STRING, Class.BACKSLASH)


def class_of(character: str) -> Class:
    """The class of a character. Lone surrogates stand for bytes that are not UTF-8."""
    code = ord(character)
    if code < 0xA0:
        return _CLASSES[code]
    return Class.INVALID if 0xD800 <= code <= 0xDFFF else Class.OTHER

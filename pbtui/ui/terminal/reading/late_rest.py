"""The rest of a torn sequence that comes after its ESC was given out as the key escape, or may be keys after escape.

Its first character is a key as well. It begins the rest of a sequence if something follows that fingers do not press:
a character that came at once, or one that ends a list of parameters. Until then characters are held for a rest, and
given out as keys after it. What was given out still counts as the beginning of what may follow.
"""

from enum import Enum, auto

REST_S = 0.3
"""The time for which a character is held that is a key if nothing follows."""
JOINED_S = 0.02
"""A character that follows another so soon was not pressed after it: fingers are no faster."""

_LONGEST = 16
_DIGITS = "0123456789"
_PRINTABLE = frozenset(map(chr, range(0x20, 0x7F)))
_PARAMETERS = {
    "[": frozenset(_DIGITS + ":;<=>?"),
    "O": frozenset(_DIGITS + ";"),
    "]": frozenset(_DIGITS + "lLI"),
    "P": frozenset(_DIGITS + ";>=?!+$|"),
    "_": frozenset("G"),
}
"""The characters that can follow the first one of a rest, and are keys as well. After `]`, `P` and `_` they are those
with which answers of terminals begin."""
_ENDS = {"[": _PRINTABLE, "O": _PARAMETERS["O"] | frozenset("ABCDEFHIMPQRSTUVWXYZabcdjklmnopqrstuvwxy")}
"""The characters that go on with a rest if they came at once; in a string these are all after its beginning."""
_ENDS_PARAMETERS = frozenset("~u")

INTRODUCERS = frozenset(_PARAMETERS)


class Follows(Enum):
    """The conclusion from a character after the beginning of a rest."""

    SEQUENCE = auto()
    """The rest belongs to a sequence, and this character too."""
    EITHER = auto()
    KEYS = auto()
    """The characters that were held are keys. This one does not belong to them."""


class LateRest:
    """The beginning of a rest, and how much of it was given out as keys."""

    def __init__(self, introducer: str) -> None:
        self.text = introducer
        self._given = 0

    @property
    def held(self) -> str:
        """The part that was not given out."""
        return self.text[self._given :]

    def give(self) -> str:
        """Return what was not given out, which is given out now."""
        held, self._given = self.held, len(self.text)
        return held

    def follow(self, character: str, *, is_joined: bool) -> Follows:
        """Take a character, and return what it shows."""
        first, parameters = self.text[0], self.text[1:]
        if is_joined and character in _ENDS.get(first, _PRINTABLE if parameters else _PARAMETERS[first]):
            return Follows.SEQUENCE
        if first == "[" and len(self.held) > 1 and character in _ENDS_PARAMETERS:
            return Follows.SEQUENCE
        if len(self.text) < _LONGEST and character in _PARAMETERS[first]:
            self.text += character
            return Follows.EITHER
        return Follows.KEYS

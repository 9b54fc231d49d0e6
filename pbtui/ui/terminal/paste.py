"""The text of a bracketed paste, up to its end mark."""

import re

LONGEST_PASTE = 1 << 20

_ESC, _END = "\x1b", "\x1b[201~"
_INVALID = re.compile("[\ud800-\udfff]")


class OpenPaste:
    """A paste that the terminal began. `length` is the number of its characters, also of those that are not kept.

    `marker` is the part of the end mark that was read. `may_be_left` is set after a stall: then an ESC that does not
    begin the end mark ends the paste too.
    """

    def __init__(self) -> None:
        self.length = 0
        self.marker = ""
        self.may_be_left = False
        self._kept: list[str] = []

    @property
    def is_escape_held(self) -> bool:
        """Return whether an ESC was read, and nothing after it."""
        return self.marker == _ESC

    @property
    def text(self) -> str:
        """The text that was kept, without the bytes that are not UTF-8."""
        return _INVALID.sub("", "".join(self._kept))

    def read_until_escape(self, text: str, at: int) -> int:
        """Take the text from `at` to the next ESC in one piece, and return its end.

        It can't be part of the end mark. A step for each character of a large paste takes seconds.
        """
        if self.marker:
            return at
        end = text.find(_ESC, at)
        end = len(text) if end < 0 else end
        if end > at:
            self.may_be_left = False
            self._keep(text[at:end])
        return end

    def read(self, character: str) -> str | None:
        """Take one character. Return None while the paste is open; at its end, what was read beyond it."""
        marker = self.marker + character
        if marker == _END:
            return ""
        if _END.startswith(marker):
            self.marker = marker
            return None
        if self.marker and self.may_be_left:
            return marker
        self._keep(self.marker)
        self.marker = ""
        if character == _ESC:
            return self.read(character)
        self._keep(character)
        return None

    def _keep(self, text: str) -> None:
        self._kept.append(text[: max(LONGEST_PASTE - self.length, 0)])
        self.length += len(text)

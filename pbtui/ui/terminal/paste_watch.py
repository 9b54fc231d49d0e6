"""Text that was pasted into a terminal which does not mark a paste."""

import math

_NEXT_PIECE_WITHIN_S = 0.1
"""Text that is read so soon after a piece of a paste is the next piece of the same paste."""
_LINE_ENDS = {ord(end): None for end in "\r\n\t"}
_MANY_KEYS, _MANY_KINDS = 8, 4
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"


class PasteWatch:
    """Distinguishes pasted text from pressed keys, where the terminal does not mark a paste as one.

    A person does not press further keys after an enter, or many different keys, within one read, unless the line is
    very slow. Such text is a paste: it goes into a field or is dropped, and its letters are never commands.
    """

    def __init__(self) -> None:
        self._is_marked = False
        self._pasted_s = -math.inf

    def is_pasted(self, text: str, now_s: float) -> bool:
        """Whether this text, read just now, is a piece of a paste that the terminal did not mark."""
        begins, ends = text.rfind(_PASTE_BEGINS), text.rfind(_PASTE_ENDS)
        was_marked = self._is_marked
        if begins != ends:
            self._is_marked = begins > ends
        if was_marked or not text.translate(_LINE_ENDS).isprintable():
            return False  # control keys and sequences are pressed
        kinds = len(set(text))
        has_more_lines = kinds > 1 and not {"\r", "\n"}.isdisjoint(text[:-1])
        is_pasted = (
            has_more_lines
            or (len(text) >= _MANY_KEYS and kinds >= _MANY_KINDS)
            or now_s - self._pasted_s < _NEXT_PIECE_WITHIN_S
        )
        if is_pasted:
            self._pasted_s = now_s
        return is_pasted

"""Bursts: text that was pasted into a terminal which does not mark a paste, or typed while the line stood still."""

import math

_NEXT_PIECE_WITHIN_S = 0.1
"""Text that is read so soon after a burst is the next piece of it."""
_MANY_KEYS, _MANY_KINDS = 8, 4
_LINE_ENDS = frozenset("\r\n")


class Bursts:
    """Distinguishes bursts of text from keys.

    A person does not press further keys after an enter, or many different keys, within one read, unless the line stood
    still. The letters of such a burst are never commands; a field takes them as text.
    """

    def __init__(self) -> None:
        self._last_s = -math.inf

    def is_burst(self, text: str, now_s: float) -> bool:
        """Return whether this text, read just now, is a burst or a piece of one, with its line ends and tabs."""
        kinds = len(set(text))
        has_more_lines = kinds > 1 and not _LINE_ENDS.isdisjoint(text[:-1])
        is_burst = (
            has_more_lines
            or (len(text) >= _MANY_KEYS and kinds >= _MANY_KINDS)
            or now_s - self._last_s < _NEXT_PIECE_WITHIN_S
        )
        if is_burst:
            self._last_s = now_s
        return is_burst

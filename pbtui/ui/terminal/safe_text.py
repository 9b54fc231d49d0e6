"""The filters that every line passes on its way to the terminal."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter, NoColor

from pbtui.api.sanitize import safe_text


class SafeText(LineFilter):
    """The second wall: whatever a widget was given, no control or invisible character reaches the terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, with unsafe characters made visible."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.text.isprintable() else Segment(safe_text(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def terminal_filters(*, no_color: bool) -> Sequence[LineFilter]:
    """What every line passes on its way to the terminal; with NO_COLOR no colour is left, not even a grey."""
    return [SafeText(), NoColor()] if no_color else [SafeText()]

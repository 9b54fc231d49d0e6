"""The filters that every line passes on its way to the terminal."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter, NoColor

from pbtui.api.sanitize import safe_text


class SafeText(LineFilter):
    """Makes control and invisible characters visible. It is the second check: the API's texts are sanitised before."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, with unsafe characters made visible."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.text.isprintable() else Segment(safe_text(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def terminal_filters(*, no_color: bool) -> Sequence[LineFilter]:
    """Return the filters for every line. With `no_color` (NO_COLOR) one of them removes all colours, also greys."""
    return [SafeText(), NoColor()] if no_color else [SafeText()]

"""The input of an entry line: its parts that are wrong are marked while it is typed."""

from collections.abc import Sequence
from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text

from pbtui.desk.drafts.line_words import Span
from pbtui.desk.formats.order_fields import Field
from pbtui.ui.forms.field_row import FieldInput

_FAULT = "input--fault"


class LineInput(FieldInput):
    """An input line that marks the places of faults."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {_FAULT}

    def __init__(self, field: Field, value: str) -> None:
        super().__init__(field, value)
        self._marked: tuple[str, Sequence[Span]] = ("", ())
        self.highlighter = _Marks(self)

    def mark(self, line: str, places: Sequence[Span]) -> None:
        """Mark these places for as long as this is the line."""
        marked = (line, tuple(places))
        if marked != self._marked:
            self._marked = marked
            self.refresh()

    def marks_of(self, line: str) -> Sequence[Span]:
        """Return the places that are marked in this line: none in one that was typed since."""
        marked, places = self._marked
        return places if marked == line else ()


class _Marks(Highlighter):
    """Styles the marks of an input when its text is drawn."""

    def __init__(self, line_input: LineInput) -> None:
        self._input = line_input

    def highlight(self, text: Text) -> None:
        for start, end in self._input.marks_of(text.plain):
            text.stylize(self._input.get_component_rich_style(_FAULT, partial=True), start, end)

"""Prompt with texts to copy, each in full: a terminal that can't copy shows them to be marked by hand."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from pbtui.api.sanitize import safe_text
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.lines import Line, Piece


class Copy(NamedTuple):
    """A text that can be copied, and what it is."""

    what: str
    text: str


class CopyPrompt(ReadingPrompt[Copy]):
    """Shows at most four texts; the key with the number of one returns it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(str(number), f"copy({number})", "Copy", show=False, id=f"copy.{number}") for number in range(1, 5)
    ]

    def __init__(self, venue: Venue, copies: Sequence[Copy]) -> None:
        super().__init__(venue)
        self._copies = copies

    def action_copy(self, number: int) -> None:
        """Return the text with this number."""
        if number <= len(self._copies):
            self.dismiss(self._copies[number - 1])

    def head(self) -> Sequence[Piece]:
        """The title, and the meaning of the keys."""
        return [("Copy", "title"), ("The key before a text copies it, if your terminal supports it", "label")]

    def body(self, width: int) -> Sequence[Line]:
        """The texts, each below its number and what it is."""
        lines: list[Line] = []
        for number, copy in enumerate(self._copies, 1):
            lines += [[(f" {key_of(self, f'copy.{number}')}  ", "key"), (copy.what, "title")]]
            lines += [row for text in copy.text.split("\n") for row in _indented(text, width)]
            lines += [[]]
        return lines


def _indented(text: str, width: int) -> Sequence[Line]:
    """Return one line of a text in four columns from the left, folded, with its own indentation kept."""
    content = text.lstrip(" ")
    indent = " " * (4 + len(text) - len(content))
    return [[(f"{indent}{row}", "text")] for row in folded(safe_text(content), max(width - len(indent), 1))]

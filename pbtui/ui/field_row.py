"""One field of a form: its name, what the order has there now, what is typed, and what is to be said of it."""

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual.app import ComposeResult
from textual.events import Paste
from textual.widgets import Input

from pbtui.ui.field_words import FieldWords
from pbtui.ui.lines import Line, TextLines

CHANGED = "≠"
PROBLEM = "✗"
HERE = "▸"

_WIDE = 92
"""From so many cells on a row has room for longer texts."""


@dataclass(frozen=True, slots=True)
class Note:
    """What stands beside a field: a problem, what the text is taken for, or what could be typed."""

    text: str = ""
    role: str = "dim"


def problem_note(problem: str) -> Note:
    """A problem that the trader should look at."""
    return Note(f"{PROBLEM} {problem}", "bad")


class FieldInput(Input):
    """A line to type in that leaves every character as it was typed.

    `completion` is what the right arrow puts in place of the text, while the cursor is at its end. `pasted_lines` is
    how many lines the last paste into it had; the first of them is all that is taken.
    """

    completion = ""
    pasted_lines = 0

    def __init__(self, words: FieldWords, value: str) -> None:
        super().__init__(value, compact=True, id=f"field-{words.name}")
        self.words = words
        self.cursor_blink = False  # over SSH it would send bytes all day

    def action_cursor_right(self, select: bool = False) -> None:
        """Go right; at the end take the completion."""
        if self.completion and self.cursor_at_end and not select:
            self.value = self.completion
            self.cursor_position = len(self.value)
        else:
            super().action_cursor_right(select)

    def _on_paste(self, event: Paste) -> None:
        # Textual's own method, which takes the first line, runs after this one.
        self.pasted_lines = sum(1 for line in event.text.splitlines() if line.strip())


class FieldRow(TextLines):
    """Draws all but the input, which lies over it. `present` is None where a form has no present values."""

    def __init__(self, words: FieldWords, value: str, *, present: str | None = None) -> None:
        super().__init__(classes="field")
        self.words = words
        self.input = FieldInput(words, value)
        self.was_visited = False
        self._present = present
        self._note = Note()
        self._is_changed = False

    def compose(self) -> ComposeResult:
        """The input, where the row leaves room for it."""
        self._place_input(self.app.size.width)
        yield self.input

    def on_resize(self) -> None:
        """Give the input its place in the new width."""
        self._place_input(self.text_width)

    def say(self, note: Note, *, is_changed: bool = False) -> None:
        """Show this note, and whether the field differs from the present value."""
        self._note, self._is_changed = note, is_changed
        self.lay_out()
        self.repaint()

    def lay_out(self) -> None:
        """Put the pieces where they belong in this width."""
        label, present, field = self._widths(self.text_width)
        line: Line = [
            (HERE if self.input.has_focus else " ", "key"),
            (f"{CHANGED} " if self._is_changed else "  ", "warning"),
            (_fitted(self.words.label, label - 3), self._label_role()),
            (_fitted(self._present or "", present), "dim"),
            (" " * field, "text"),
            (_fitted(f" {self._note.text}", self.text_width - label - present - field), self._note.role),
        ]
        self._lines = [line]

    def _label_role(self) -> str:
        return "title" if self._is_changed or self.input.has_focus else "label"

    def _place_input(self, width: int) -> None:
        label, present, field = self._widths(width)
        self.input.styles.margin = (0, 0, 0, label + present)
        self.input.styles.width = field

    def _widths(self, width: int) -> tuple[int, int, int]:
        """Cells of the label, the present value and the input; the note has the rest."""
        is_wide = width >= _WIDE
        if self._present is None:
            return (22, 0, 34) if is_wide else (20, 0, 26)
        return (22, 24, 28) if is_wide else (20, 17, 18)


def _fitted(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return set_cell_size(text, max(width, 0))
    return set_cell_size(text, max(width - 1, 0)) + "…" * (width > 0)

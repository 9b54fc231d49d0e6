"""Rows of a form: the field's label, the present value, the input, and a note."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.events import Key
from textual.widgets import Input

from pbtui.desk.formats.order_fields import Field
from pbtui.ui.widgets.lines import Line, TextLines, cut_text
from pbtui.ui.widgets.one_line_input import OneLineInput

CHANGED = "≠"
PROBLEM = "✗"
HERE = "▸"

_TITLE_HEIGHT = 2
_EDITING_KEYS = BindingsMap(Input.BINDINGS).key_to_bindings
_WIDE = 92
"""Width in cells from which a row has wider columns."""
_NARROW_LABEL = 16
"""Width of the label in cells where only the input has room beside it."""


@dataclass(frozen=True, slots=True)
class Note:
    """Text beside a field: a problem, the meaning of the input, or a hint what to type."""

    text: str = ""
    role: str = "dim"


def problem_note(problem: str) -> Note:
    """Return the note of a problem."""
    return Note(f"{PROBLEM} {problem}", "bad")


class FieldInput(OneLineInput):
    """An input line that keeps every character as it was typed.

    Text that a slow line collected is typed into it key by key (`takes_typed_ahead`), with its enters and tabs.
    `completion` replaces the text if the right arrow is pressed at its end.
    """

    completion = ""
    takes_typed_ahead = True

    def __init__(self, field: Field, value: str) -> None:
        super().__init__(value, compact=True, id=f"field-{field.name}")
        self.field = field

    def action_cursor_right(self, select: bool = False) -> None:
        """Move the cursor right; at the end of the text, insert the completion."""
        if self.completion and self.cursor_at_end and not select:
            self.value = self.completion
            self.cursor_position = len(self.value)
        else:
            super().action_cursor_right(select)

    async def on_key(self, event: Key) -> None:
        """Run an editing key, such as backspace, at once."""
        # Textual inserts letters at once but sends editing keys through the application. If several keys arrive in one
        # packet, it would run the editing keys last and leave a different number than the trader typed.
        bindings = _EDITING_KEYS.get(event.key)
        if bindings:
            event.prevent_default()
            event.stop()
            await self.run_action(bindings[0].action)


class FieldRow:
    """One field of a form. `present` is the order's value; None in a form without present values.

    `note` is the text beside the field. `is_changed` is set if it differs from the present value, `was_visited` once
    the cursor has left it.
    """

    def __init__(self, field: Field, value: str, *, present: str | None = None) -> None:
        self.field = field
        self.input = FieldInput(field, value)
        self.present = present
        self.note = Note()
        self.is_changed = False
        self.was_visited = False

    def line(self, width: int) -> Line:
        """Return the row without the input, with blanks in its place."""
        label, present, field = self.widths(width)
        is_here = self.input.has_focus
        return [
            (HERE if is_here else " ", "key"),
            (f"{CHANGED} " if self.is_changed else "  ", "warning"),
            (_fitted(self._label(label - 3), label - 3), "title" if self.is_changed or is_here else "label"),
            (_fitted(self.present or "", present), "dim"),
            (" " * field, "text"),
            (_fitted(f" {self.note.text}", width - label - present - field), self.note.role),
        ]

    def _label(self, width: int) -> str:
        with_unit = self.field.with_unit(self.field.label)
        return with_unit if cell_len(with_unit) < width else self.field.label

    def widths(self, width: int) -> tuple[int, int, int]:
        """Return the widths of label, present value and input in cells; the note has the rest.

        Where there is no room for all three, the present value is left out: the input is never cut off.
        """
        is_wide = width >= _WIDE
        if self.present is None:
            widths = (22, 0, 34) if is_wide else (20, 0, 26)
        else:
            widths = (22, 24, 28) if is_wide else (20, 17, 18)
        return widths if sum(widths) <= width else (_NARROW_LABEL, 0, max(width - _NARROW_LABEL, 1))


class FieldLines(TextLines):
    """Rows of fields, with titles between groups of them.

    The rows are lines of one widget, with the inputs placed over it: a widget for each text would open slowly, because
    Textual computes the styles of every widget.
    """

    def __init__(self, rows: Iterable[FieldRow | str]) -> None:
        super().__init__(classes="fields")
        self._rows = tuple(rows)

    def compose(self) -> ComposeResult:
        """Return the inputs at their places."""
        self._place_inputs(self.app.size.width)
        yield from self.inputs

    @property
    def inputs(self) -> list[FieldInput]:
        """The inputs, from top to bottom."""
        return [row.input for row in self._rows if isinstance(row, FieldRow)]

    def on_resize(self) -> None:
        """Place the inputs for the new width."""
        self._place_inputs(self.text_width)

    def redraw(self) -> None:
        """Draw the rows again."""
        self.lay_out()
        self.repaint()

    def lay_out(self) -> None:
        """Lay out the rows for the present width."""
        lines: list[Line] = []
        for row in self._rows:
            lines += [row.line(self.text_width)] if isinstance(row, FieldRow) else [(), [(f" {row}", "dim")]]
        self._lines = lines

    def _place_inputs(self, width: int) -> None:
        above = 0
        for row in self._rows:
            if isinstance(row, FieldRow):
                label, present, field = row.widths(width)
                row.input.styles.margin = (above, 0, 0, label + present)
                row.input.styles.width = field
                above = 0
            else:
                above += _TITLE_HEIGHT


def _fitted(text: str, width: int) -> str:
    return set_cell_size(cut_text(text, width), max(width, 0))

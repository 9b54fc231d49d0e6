"""The fields of a form: the name of each, what the order has there now, what is typed, what is to be said of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.events import Key, Paste
from textual.widgets import Input

from pbtui.desk.formats.order_fields import Field
from pbtui.ui.widgets.lines import Line, TextLines

CHANGED = "≠"
PROBLEM = "✗"
HERE = "▸"

_TITLE_HEIGHT = 2
_EDITING_KEYS = BindingsMap(Input.BINDINGS).key_to_bindings
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
    how many lines the last paste into it had, empty ones aside; the first of them is all that is taken.
    """

    completion = ""
    pasted_lines = 0

    def __init__(self, field: Field, value: str) -> None:
        super().__init__(value, compact=True, id=f"field-{field.name}")
        self.field = field
        self.cursor_blink = False  # over SSH it would send bytes all day

    def action_cursor_right(self, select: bool = False) -> None:
        """Go right; at the end take the completion."""
        if self.completion and self.cursor_at_end and not select:
            self.value = self.completion
            self.cursor_position = len(self.value)
        else:
            super().action_cursor_right(select)

    async def on_key(self, event: Key) -> None:
        """Do at once what a key that edits does; Textual types the letters after this."""
        # Textual sends keys that edit, such as backspace, through the application and types letters at once: of keys
        # that come in one packet it would do the editing last, and leave another number than was typed.
        bindings = _EDITING_KEYS.get(event.key)
        if bindings:
            event.prevent_default()
            event.stop()
            await self.run_action(bindings[0].action)

    def on_paste(self, event: Paste) -> None:
        """Take the first line that has text."""
        # In place of Textual's own, which takes nothing of a paste that begins with an empty line, and does not tell.
        event.prevent_default()
        event.stop()
        lines = [line for line in event.text.splitlines() if line.strip()]
        self.pasted_lines = len(lines)
        if lines:
            self.replace(lines[0], *self.selection)


class FieldRow:
    """A field in its form. `present` is None where a form has no present values.

    `note` is what stands beside it, `is_changed` whether it differs from the present value, `was_visited` whether the
    trader has been there.
    """

    def __init__(self, field: Field, value: str, *, present: str | None = None) -> None:
        self.field = field
        self.input = FieldInput(field, value)
        self.present = present
        self.note = Note()
        self.is_changed = False
        self.was_visited = False

    def line(self, width: int) -> Line:
        """All but the input, for which it leaves room."""
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
        """Cells of the label, the present value and the input; the note has the rest."""
        is_wide = width >= _WIDE
        if self.present is None:
            return (22, 0, 34) if is_wide else (20, 0, 26)
        return (22, 24, 28) if is_wide else (20, 17, 18)


class FieldLines(TextLines):
    """Rows one below the other, with the titles of those that belong together between them.

    They are lines of one widget, with the inputs over it: a widget for each would take long to open, as each of them
    finds its styles by itself.
    """

    def __init__(self, rows: Iterable[FieldRow | str]) -> None:
        super().__init__(classes="fields")
        self._rows = tuple(rows)

    def compose(self) -> ComposeResult:
        """The inputs."""
        self._place_inputs(self.app.size.width)
        yield from self.inputs

    @property
    def inputs(self) -> list[FieldInput]:
        """From top to bottom."""
        return [row.input for row in self._rows if isinstance(row, FieldRow)]

    def on_resize(self) -> None:
        """Give the inputs their places in the new width."""
        self._place_inputs(self.text_width)

    def tell(self) -> None:
        """Show the rows as they are now."""
        self.lay_out()
        self.repaint()

    def lay_out(self) -> None:
        """Put the pieces where they belong in this width."""
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
    if cell_len(text) <= width:
        return set_cell_size(text, max(width, 0))
    return set_cell_size(text, width - 1) + "…" if width > 0 else ""

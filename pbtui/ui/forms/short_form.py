"""A form of a field or two, for what needs no more: a reason, a list of areas."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from pbtui.ui.dialogs.prompt import Prompt, Venue, deliberate
from pbtui.ui.forms.field_row import FieldLines, FieldRow, Note, problem_note
from pbtui.ui.widgets.folded_lines import FoldedLines, sentences
from pbtui.ui.widgets.lines import Piece

T = TypeVar("T")


class ShortForm(Prompt[T]):
    """Returns what the fields say, once nothing is wrong with any of them and the trader asks for it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "submit", "Take it", id="form.submit"),
        Binding("enter,tab,down", "app.focus_next", "Next field", show=False, priority=True, id="form.next"),
        Binding("shift+tab,up", "app.focus_previous", "Previous field", show=False, priority=True, id="form.previous"),
    ]

    def __init__(self, venue: Venue, about: Sequence[Piece], rows: Sequence[FieldRow]) -> None:
        super().__init__(venue)
        self._about = about
        self._rows = rows
        self._lines = FieldLines(rows)

    def problems(self, texts: Mapping[str, str]) -> Mapping[str, str]:
        """What is wrong with which field."""
        return {}

    def result(self, texts: Mapping[str, str]) -> T:
        """What the form returns; called where nothing is wrong."""
        raise NotImplementedError

    def content(self) -> ComposeResult:
        """What it is about, and the fields."""
        yield FoldedLines(sentences(*self._about), classes="head")
        yield self._lines

    def on_mount(self) -> None:
        """Begin in the first field."""
        self._say()
        self._rows[0].input.focus()

    @property
    def _texts(self) -> dict[str, str]:
        return {row.field.name: row.input.value.strip() for row in self._rows}

    @on(Input.Changed)
    def _say(self) -> None:
        for row in self._rows:
            row.note = Note(row.field.help)
        self._lines.tell()

    @deliberate
    def action_submit(self) -> None:
        """Return what was typed, or say what is wrong with it."""
        texts = self._texts
        problems = self.problems(texts)
        if not problems:
            self.dismiss(self.result(texts))
            return
        for row in self._rows:
            problem = problems.get(row.field.name)
            row.note = problem_note(problem) if problem else Note(row.field.help)
        self._lines.tell()

"""A form of one or two fields, such as a reason or a list of areas."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from pbtui.desk.formats.order_fields import Field, Kind
from pbtui.ui.dialogs.prompt import Prompt, Venue, deliberate
from pbtui.ui.forms.field_row import FieldInput, FieldLines, FieldRow, Note, problem_note
from pbtui.ui.widgets.folded_lines import FoldedLines, sentences
from pbtui.ui.widgets.lines import Piece

T = TypeVar("T")


class ShortForm(Prompt[T]):
    """Returns the values of its fields when the trader submits it and no field has a problem."""

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = (FieldInput,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "submit", "Submit", id="form.submit"),
        Binding("enter,tab,down", "app.focus_next", "Next field", show=False, priority=True, id="form.next"),
        Binding("shift+tab,up", "app.focus_previous", "Previous field", show=False, priority=True, id="form.previous"),
    ]

    def __init__(self, venue: Venue, about: Sequence[Piece], rows: Sequence[FieldRow]) -> None:
        super().__init__(venue)
        self._about = about
        self._rows = rows
        self._lines = FieldLines(rows)

    def problems(self, texts: Mapping[str, str]) -> Mapping[str, str]:
        """Return the problem of each field that has one."""
        return {}

    def result(self, texts: Mapping[str, str]) -> T:
        """Return the result of the form; called if no field has a problem."""
        raise NotImplementedError

    def content(self) -> ComposeResult:
        """Return the head and the fields."""
        yield FoldedLines(sentences(*self._about), classes="head")
        yield self._lines

    def on_mount(self) -> None:
        """Put the cursor into the first field."""
        self._say()
        self._rows[0].input.focus()

    def show_note(self, text: str) -> None:
        """Show why input was ignored, until the next change."""
        self.query_one(".head", FoldedLines).refold(sentences(*self._about, (text, "warning")))

    @property
    def texts(self) -> dict[str, str]:
        """The texts of the fields by their names."""
        return {row.field.name: row.input.value.strip() for row in self._rows}

    @on(Input.Changed)
    def _say(self) -> None:
        self.show_note("")
        for row in self._rows:
            row.note = Note(row.field.help)
        self._lines.redraw()

    @deliberate
    def action_submit(self) -> None:
        """Return the result, or show the problem of each field."""
        texts = self.texts
        problems = self.problems(texts)
        if not problems:
            self.dismiss(self.result(texts))
            return
        for row in self._rows:
            problem = problems.get(row.field.name)
            row.note = problem_note(problem) if problem else Note(row.field.help)
        self._lines.redraw()


class ReasonForm(ShortForm[str]):
    """Returns a reason. `help_text` says what it is to explain."""

    def __init__(self, venue: Venue, about: Sequence[Piece], help_text: str) -> None:
        super().__init__(venue, about, [FieldRow(Field("reason", "reason", Kind.TEXT, help_text), "")])

    def problems(self, texts: Mapping[str, str]) -> Mapping[str, str]:
        """The reason must not be empty."""
        return {} if texts["reason"] else {"reason": "enter a reason"}

    def result(self, texts: Mapping[str, str]) -> str:
        """The reason."""
        return texts["reason"]

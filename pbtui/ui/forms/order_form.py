"""The part that all order forms share: rows of fields with notes, and what is said of all of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import DescendantFocus
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Input

from pbtui.desk.drafts.field_text import is_given, text_of
from pbtui.desk.formats.order_fields import Kind
from pbtui.desk.formats.time_format import in_zone
from pbtui.ui.dialogs.prompt import Prompt, Venue, deliberate
from pbtui.ui.forms.field_meanings import meaning
from pbtui.ui.forms.field_row import PROBLEM, FieldInput, FieldLines, FieldRow, Note, problem_note
from pbtui.ui.widgets.folded_lines import FoldedLines, sentences
from pbtui.ui.widgets.lines import Piece

_ROWS_FOR_HEAD = 16
"""The rows of a terminal from which the head is shown: with fewer, the fields need them."""

T = TypeVar("T")


class OrderForm(Prompt[T]):
    """A form that returns its values when the trader submits it and no field has a problem.

    Keys that move to another field are handled before the keys typed after them, so that letters of one packet never
    land in the wrong field. `submit` is handled after all typed keys.

    `read` sets `problems` and `values`: the problem of each field, and the value of each text that could be read.
    """

    zone: ZoneInfo

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = (FieldInput,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "submit", "Preview", id="form.submit"),
        Binding("enter,tab", "go(1)", "Next field", show=False, priority=True, id="form.next"),
        Binding("shift+tab", "go(-1)", "Previous field", show=False, priority=True, id="form.previous"),
        Binding("down", "go_down(1)", "Next field", show=False, priority=True, id="form.down"),
        Binding("up", "go_down(-1)", "Previous field", show=False, priority=True, id="form.up"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (_ROWS_FOR_HEAD, "-high")]  # noqa: RUF012
    body = query_one(".body", VerticalScroll)
    about = query_one(".about", FoldedLines)

    def __init__(self, venue: Venue, zone: ZoneInfo, rows: Iterable[FieldRow], *, earlier_failure: str = "") -> None:
        super().__init__(venue)
        self.zone = zone
        self.rows: Mapping[str, FieldRow] = {row.field.name: row for row in rows}
        self.problems: Mapping[str, str] = {}
        self.values: Mapping[str, Any] = {}
        self._earlier_failure = earlier_failure
        self._editors = ""
        self._note_on_key = ""
        self._typed: dict[str, tuple[str, datetime]] = {}
        self._head = FoldedLines(self._fold_head, classes="head")
        self.was_tried = False

    # ------------------------------------------------------------ for subclasses

    def read(self) -> None:
        """Read the texts of the fields."""
        raise NotImplementedError

    def result(self) -> T | None:
        """Return the result of the form; None while something is wrong."""
        raise NotImplementedError

    def head(self) -> Sequence[Piece]:
        """Return the sentences at the top."""
        raise NotImplementedError

    def verdict(self) -> Sequence[Piece]:
        """Return refusals and warnings about all fields together."""
        raise NotImplementedError

    def fields(self) -> ComposeResult:
        """Return the rows of fields."""
        yield FieldLines(self.rows.values())

    def remark(self, name: str) -> Note | None:
        """Return the note of a field without a problem; None for its meaning or its help."""
        return None

    def is_changed(self, name: str) -> bool:
        """Return whether a field differs from the order."""
        return False

    # ------------------------------------------------------------ the form

    def name_editors(self, words: str) -> None:
        """Show in the head who else has orders of the form open."""
        self._editors = words
        if self.is_mounted:
            self.check()

    def content(self) -> ComposeResult:
        """Return the head, the fields, and the help of the field with the cursor."""
        yield self._head
        with VerticalScroll(can_focus=False, classes="body"):
            yield from self.fields()
        yield FoldedLines(sentences(), classes="about")

    def on_mount(self) -> None:
        """Put the cursor into the first field."""
        self.check()
        self.inputs[0].focus()

    @property
    def inputs(self) -> list[FieldInput]:
        """The visible inputs, from top to bottom."""
        return [field for block in self._blocks if block.display for field in block.inputs]

    @property
    def _blocks(self) -> Sequence[FieldLines]:
        return [block for block in self.body.children if isinstance(block, FieldLines)]

    def texts(self) -> dict[str, str]:
        """Return the text of every field, empty ones included."""
        return {name: row.input.value for name, row in self.rows.items()}

    def typed_at(self) -> dict[str, datetime]:
        """Return when each field got its present text: a time without a date stays the one that was meant then."""
        now = self.venue.now()
        for name, text in self.texts().items():
            if name not in self._typed or self._typed[name][0] != text:
                self._typed[name] = text, now
        return {name: at for name, (_, at) in self._typed.items()}

    def dated_texts(self) -> dict[str, str]:
        """Return the text of every field, times with their dates, to open the form again with them."""
        dates = {name: value for name, value in self.values.items() if isinstance(value, datetime)}
        return {**self.texts(), **{name: text_of(name, value, self.zone) for name, value in dates.items()}}

    def fill(self, texts: Mapping[str, str]) -> None:
        """Put these texts into the fields and clear the others."""
        for name, row in self.rows.items():
            row.input.value = texts.get(name, "")

    def forget_visits(self) -> None:
        """Treat every field as not visited, so that a missing value is a hint and not yet a problem."""
        self.was_tried = False
        for row in self.rows.values():
            row.was_visited = False

    def show_note(self, text: str) -> None:
        """Show why input was ignored, until the next change."""
        self._note_on_key = text
        self.check()

    def check(self) -> None:
        """Read the fields and update all notes, unless the form is being closed."""
        if self._head.parent is None:
            return
        self.read()
        for name, row in self.rows.items():
            row.note, row.is_changed = self._note(row), self.is_changed(name)
        for block in self._blocks:
            block.redraw()
        self._head.refold(self._fold_head)
        here = self.rows[self.focused.field.name] if isinstance(self.focused, FieldInput) else None
        note = (self._note_on_key, "warning")
        self.about.refold(sentences(note, *self.verdict(), *(self._about(here) if here else ())))

    def _note(self, row: FieldRow) -> Note:
        name = row.field.name
        problem = self.problems.get(name)
        if problem is not None and self._shows_problem(row):
            return problem_note(problem)
        remark = self.remark(name)
        if remark is not None:
            return remark
        if problem is not None:
            return Note(problem, "label")
        if not is_given(row.input.value):
            zone = f" ({self.zone.key})" if row.field.kind in (Kind.TIME, Kind.DELIVERY) else ""
            return Note(f"{row.field.help}{zone}")
        return Note(meaning(row.field, self.values[name], self.zone) if name in self.values else "", "label")

    def _shows_problem(self, row: FieldRow) -> bool:
        """Return whether to show a problem: the field was visited or filled, or the form was submitted.

        The beginning of a value that can be completed is no problem yet.
        """
        if is_given(row.input.value):
            return not row.input.completion
        return self.was_tried or row.was_visited

    def _about(self, row: FieldRow) -> Sequence[Piece]:
        """Return sentences about the field with the cursor."""
        lines, completion = row.input.pasted_lines, row.input.completion
        about = f"{row.field.label}: {self.problems.get(row.field.name, row.field.help)}"
        return (
            (f"you pasted {lines} lines; only the first was used" if lines > 1 else "", "warning"),
            (f"{about}; → completes it to {completion}" if completion else about, "label"),
        )

    def _fold_head(self, width: int) -> Sequence[Sequence[Piece]]:
        return sentences((in_zone(self._earlier_failure, self.zone), "alarm"), *self.head(), (self._editors, "staged"))(
            width
        )

    @on(Input.Changed)
    @on(DescendantFocus)
    def _follow(self) -> None:
        self._note_on_key = ""
        self.check()

    @on(Input.Blurred)
    def _follow_leaving(self, event: Input.Blurred) -> None:
        if isinstance(event.input, FieldInput):
            self.rows[event.input.field.name].was_visited = True
            event.input.pasted_lines = 0
            self.check()

    # ------------------------------------------------------------ its keys

    def action_go(self, step: int) -> None:
        """Move to the next or previous field; stay at the first and the last."""
        places = self.inputs
        here = places.index(self.focused) if isinstance(self.focused, FieldInput) else -1
        self.set_focus(places[min(max(here + step, 0), len(places) - 1)])

    def action_go_down(self, step: int) -> None:
        """Move with an arrow key, if the cursor is in a field."""
        if not isinstance(self.focused, FieldInput):
            raise SkipAction
        self.action_go(step)

    @deliberate
    def action_submit(self) -> None:
        """Return the result, or show what is wrong and move there."""
        self.read()
        result = self.result()
        if result is not None:
            self.dismiss(result)
        else:
            self.show_problems()

    def show_problems(self) -> None:
        """Show all problems and move to the first field that has one."""
        self.was_tried = True
        self.check()
        wrong = [field for field in self.inputs if field.field.name in self.problems]
        if wrong and self.focused not in wrong:
            self.set_focus(wrong[0])


def section(title: str) -> FoldedLines:
    """Return a title line for a group of fields."""
    return FoldedLines(sentences((title, "dim")), classes="section")


def verdict_of(refusals: Iterable[str], warnings: Iterable[str]) -> list[Piece]:
    """Return refusals, which stop the order, and warnings, which need another confirmation."""
    return [(f"{PROBLEM} {text}", "bad") for text in refusals] + [(f"! {text}", "warning") for text in warnings]

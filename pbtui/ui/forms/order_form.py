"""What the forms have in common: fields one below the other, each with what is to be said of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import DescendantFocus
from textual.getters import query_one
from textual.widgets import Input

from pbtui.desk.drafts.field_text import is_given
from pbtui.ui.dialogs.prompt import Prompt, Venue, deliberate
from pbtui.ui.forms.field_meanings import meaning
from pbtui.ui.forms.field_row import PROBLEM, FieldInput, FieldLines, FieldRow, Note, problem_note
from pbtui.ui.widgets.folded_lines import FoldedLines, sentences
from pbtui.ui.widgets.lines import Piece

T = TypeVar("T")


class OrderForm(Prompt[T]):
    """A form that returns what was typed once all of it is fine, and where the trader asks for it.

    The keys that change the field are handled before the keys that are typed after them are handed to a field: of
    what comes in one packet, nothing lands in the field before. `submit` is handled after all that was typed.

    `problems` says what is wrong with a field, `values` what a text was taken for; `read` sets them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "submit", "Preview", id="form.submit"),
        Binding("enter,tab", "go(1)", "Next field", show=False, priority=True, id="form.next"),
        Binding("shift+tab", "go(-1)", "Previous field", show=False, priority=True, id="form.previous"),
        Binding("down", "go_down(1)", "Next field", show=False, priority=True, id="form.down"),
        Binding("up", "go_down(-1)", "Previous field", show=False, priority=True, id="form.up"),
    ]

    body = query_one(".body", VerticalScroll)
    about = query_one(".about", FoldedLines)

    def __init__(self, venue: Venue, zone: ZoneInfo, rows: Iterable[FieldRow], *, trouble: str = "") -> None:
        super().__init__(venue)
        self.zone = zone
        self.rows: Mapping[str, FieldRow] = {row.field.name: row for row in rows}
        self.problems: Mapping[str, str] = {}
        self.values: Mapping[str, Any] = {}
        self._trouble = trouble
        self.was_tried = False

    # ------------------------------------------------------------ for subclasses

    def read(self) -> None:
        """Read what is typed."""
        raise NotImplementedError

    def result(self) -> T | None:
        """What the form returns; None while something is wrong with it."""
        raise NotImplementedError

    def head(self) -> Sequence[Piece]:
        """The sentences at the top."""
        raise NotImplementedError

    def verdict(self) -> Sequence[Piece]:
        """What is to be said of all that is typed together."""
        raise NotImplementedError

    def fields(self) -> ComposeResult:
        """The rows, and what stands between them."""
        yield FieldLines(self.rows.values())

    def remark(self, name: str) -> Note | None:
        """What is said of a field without a problem, where that is more than what its text means."""
        return None

    def is_changed(self, name: str) -> bool:
        """Whether a field differs from the order as it is."""
        return False

    # ------------------------------------------------------------ the form

    def content(self) -> ComposeResult:
        """What it is about, the fields, and more about the one with the cursor."""
        yield FoldedLines(self._fold_head, classes="head")
        with VerticalScroll(can_focus=False, classes="body"):
            yield from self.fields()
        yield FoldedLines(sentences(), classes="about")

    def on_mount(self) -> None:
        """Begin in the first field."""
        self.check()
        self.inputs[0].focus()

    @property
    def inputs(self) -> list[FieldInput]:
        """The inputs that can be typed in, from top to bottom."""
        return [field for block in self.query(FieldLines) if block.display for field in block.inputs]

    def texts(self) -> dict[str, str]:
        """What is typed in every field, empty ones included."""
        return {name: row.input.value for name, row in self.rows.items()}

    def fill(self, texts: Mapping[str, str]) -> None:
        """Type these texts; fields that have none are emptied."""
        for name, row in self.rows.items():
            row.input.value = texts.get(name, "")

    def forget_visits(self) -> None:
        """Take it as a form that nobody has typed in yet: what is missing is asked for, and no problem."""
        self.was_tried = False
        for row in self.rows.values():
            row.was_visited = False

    def check(self) -> None:
        """Read what is typed and say of each field, and of all of them, what is to be said."""
        self.read()
        for name, row in self.rows.items():
            row.note, row.is_changed = self._note(row), self.is_changed(name)
        for block in self.query(FieldLines):
            block.tell()
        self.query_one(".head", FoldedLines).tell(self._fold_head)
        here = self.rows[self.focused.field.name] if isinstance(self.focused, FieldInput) else None
        self.about.tell(sentences(*self.verdict(), *(self._about(here) if here else ())))

    def _note(self, row: FieldRow) -> Note:
        name = row.field.name
        problem = self.problems.get(name)
        if problem is not None and self._minds(row):
            return problem_note(problem)
        remark = self.remark(name)
        if remark is not None:
            return remark
        if problem is not None:
            return Note(problem, "label")
        if not is_given(row.input.value):
            return Note(row.field.help)
        return Note(meaning(row.field, self.values[name], self.zone) if name in self.values else "", "label")

    def _minds(self, row: FieldRow) -> bool:
        """Whether a problem is shown as one: where the trader was already, or wanted to be done. Else it only asks."""
        return self.was_tried or row.was_visited or is_given(row.input.value)

    def _about(self, row: FieldRow) -> Sequence[Piece]:
        """Sentences about the field with the cursor."""
        lines, completion = row.input.pasted_lines, row.input.completion
        told = f"{row.field.label}: {self.problems.get(row.field.name, row.field.help)}"
        return (
            (f"{lines} lines were pasted: only the first is taken" if lines > 1 else "", "warning"),
            (f"{told}; the right arrow takes {completion}" if completion else told, "label"),
        )

    def _fold_head(self, width: int) -> Sequence[Sequence[Piece]]:
        return sentences((self._trouble, "alarm"), *self.head())(width)

    @on(Input.Changed)
    @on(DescendantFocus)
    def _follow(self) -> None:
        self.check()

    @on(Input.Blurred)
    def _follow_leaving(self, event: Input.Blurred) -> None:
        if isinstance(event.input, FieldInput):
            self.rows[event.input.field.name].was_visited = True
            event.input.pasted_lines = 0
            self.check()

    # ------------------------------------------------------------ its keys

    def action_go(self, step: int) -> None:
        """Go to the next field, or the one before; at the ends stay."""
        places = self.inputs
        here = places.index(self.focused) if isinstance(self.focused, FieldInput) else -1
        self.set_focus(places[min(max(here + step, 0), len(places) - 1)])

    def action_go_down(self, step: int) -> None:
        """The same with the arrow keys, which mean something else outside the fields."""
        if not isinstance(self.focused, FieldInput):
            raise SkipAction
        self.action_go(step)

    @deliberate
    def action_submit(self) -> None:
        """Return what was typed, or show what is wrong with it and go there."""
        self.read()
        result = self.result()
        if result is not None:
            self.dismiss(result)
        else:
            self.show_problems()

    def show_problems(self) -> None:
        """Show what is wrong, and go there."""
        self.was_tried = True
        self.check()
        wrong = [field for field in self.inputs if field.field.name in self.problems]
        if wrong and self.focused not in wrong:
            self.set_focus(wrong[0])


def section(title: str) -> FoldedLines:
    """A line above the fields that belong together."""
    return FoldedLines(sentences((title, "dim")), classes="section")


def verdict_of(refusals: Iterable[str], warnings: Iterable[str]) -> list[Piece]:
    """What stops it, and what will be asked once more before it is sent."""
    return [(f"{PROBLEM} {text}", "bad") for text in refusals] + [(f"! {text}", "warning") for text in warnings]

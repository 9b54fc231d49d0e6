"""What the forms have in common: fields one below the other, each with what is to be said of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, TypeVar

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import DescendantFocus
from textual.getters import query_one
from textual.widgets import Input

from pbtui.desk.order_texts import is_given
from pbtui.ui.field_row import FieldInput, FieldRow, Note, problem_note
from pbtui.ui.folded_lines import FoldedLines, sentences
from pbtui.ui.prompt import Prompt, Venue, deliberate

T = TypeVar("T")


class OrderForm(Prompt[T]):
    """A form that returns what was typed once all of it is fine, and where the trader asks for it.

    The keys that change the field are handled before the keys that are typed after them are handed to a field: of
    what comes in one packet, nothing lands in the field before. `submit` is handled after all that was typed.
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

    def __init__(self, venue: Venue, rows: Iterable[FieldRow], *, trouble: str = "") -> None:
        super().__init__(venue)
        self.rows: Mapping[str, FieldRow] = {row.words.name: row for row in rows}
        self._trouble = trouble
        self._was_tried = False

    # ------------------------------------------------------------ for subclasses

    def head(self) -> Sequence[tuple[str, str]]:
        """The sentences at the top, each with its role."""
        raise NotImplementedError

    def fields(self) -> ComposeResult:
        """The rows, and what stands between them."""
        yield from self.rows.values()

    def check(self) -> None:
        """Read what is typed and say of each field what is to be said."""
        raise NotImplementedError

    def result(self) -> T | None:
        """What the form returns; None while something is wrong with it."""
        raise NotImplementedError

    def about_field(self, field: FieldInput) -> Sequence[tuple[str, str]]:
        """Sentences about the field with the cursor."""
        raise NotImplementedError

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

    def _fold_head(self, width: int) -> Sequence[Sequence[tuple[str, str]]]:
        return sentences((self._trouble, "alarm"), *self.head())(width)

    @property
    def inputs(self) -> list[FieldInput]:
        """The inputs that can be typed in, from top to bottom."""
        return [field for field in self.query(FieldInput) if field.focusable]

    def texts(self) -> dict[str, str]:
        """What is typed in every field, empty ones included."""
        return {name: row.input.value for name, row in self.rows.items()}

    def note_of(self, name: str, problem: str | None, otherwise: Note) -> Note:
        """A problem is shown as one where the trader was already, or wanted to be done; before, as what is asked."""
        row = self.rows[name]
        if problem is None:
            return otherwise
        if self._was_tried or row.was_visited or is_given(row.input.value):
            return problem_note(problem)
        return Note(problem, "label")

    def show_head(self) -> None:
        """Show the head as it is now."""
        self.query_one(".head", FoldedLines).tell(self._fold_head)

    @on(Input.Changed)
    def _follow_typing(self) -> None:
        self.check()
        self._show_about()

    @on(Input.Blurred)
    def _follow_leaving(self, event: Input.Blurred) -> None:
        if isinstance(event.input, FieldInput):
            self.rows[event.input.words.name].was_visited = True
            self.check()

    @on(DescendantFocus)
    def _show_about(self) -> None:
        if isinstance(self.focused, FieldInput):
            self.about.tell(sentences(*self.about_field(self.focused)))
        else:
            self.about.tell(sentences())

    # ------------------------------------------------------------ its keys

    def action_go(self, step: int) -> None:
        """Go to the next field, or the one before; at the ends stay."""
        places = self.places()
        here = places.index(self.focused) if self.focused in places else -1
        self.set_focus(places[min(max(here + step, 0), len(places) - 1)])

    def action_go_down(self, step: int) -> None:
        """The same with the arrow keys, which mean something else outside the fields."""
        if not isinstance(self.focused, FieldInput):
            raise SkipAction
        self.action_go(step)

    def places(self) -> list[FieldInput]:
        return self.inputs

    @deliberate
    def action_submit(self) -> None:
        """Return what was typed, or show what is wrong with it."""
        self._was_tried = True
        result = self.result()
        if result is not None:
            self.dismiss(result)
        else:
            self.check()
            self._show_about()

"""Prompt for the columns of a table: which ones are shown, in which sequence, and how wide they are."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Label, OptionList

from pbtui.api.structs import replace
from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.views.layout import LEAST_WIDTH, MOST_WIDTH, ColumnChoice
from pbtui.ui.widgets.key_names import key_of

_Choices = tuple[ColumnChoice, ...]
_NAMED = ("show", "move_down", "move_up", "narrower", "wider", "automatic", "usual")
"""The actions whose keys the prompt names."""


class ColumnsPrompt(SparingScreen[_Choices | None], ModalScreen[_Choices | None]):
    """Returns the chosen columns, an empty tuple for the usual ones, or None if the trader goes back.

    `widths` are those that the columns have now, by title.
    """

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = (OptionList,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="prompt.back"),
        Binding("j", "next(1)", "Down", show=False, id="columns.down"),
        Binding("k", "next(-1)", "Up", show=False, id="columns.up"),
        Binding("space", "show", "Show or hide", id="columns.show"),
        Binding("J,shift+down", "move(1)", "Move down", id="columns.move_down"),
        Binding("K,shift+up", "move(-1)", "Move up", id="columns.move_up"),
        Binding("right,l", "widen(1)", "Wider", id="columns.wider"),
        Binding("left,h", "widen(-1)", "Narrower", id="columns.narrower"),
        Binding("0", "automatic", "Width by its texts", id="columns.automatic"),
        Binding("R", "dismiss(())", "Usual columns", id="columns.usual"),
    ]

    def __init__(self, choices: Sequence[ColumnChoice], widths: dict[str, int]) -> None:
        super().__init__()
        self._choices = list(choices)
        self._widths = widths

    def compose(self) -> ComposeResult:
        """Create the list of all columns, hidden ones included."""
        with Vertical(classes="prompt -wide"):
            show, down, up, narrower, wider, automatic, usual = (key_of(self, f"columns.{name}") for name in _NAMED)
            head = f"Columns: {show} shows or hides, {down} {up} move, {narrower} {wider} width, {automatic} automatic"
            yield Label(head, markup=False)
            yield Label(f"enter takes them, {usual} the usual ones, esc goes back", markup=False)
            columns = OptionList(*map(self._line, self._choices), markup=False)
            columns.highlighted = 0
            yield columns

    @property
    def _list(self) -> OptionList:
        return self.query_one(OptionList)

    @property
    def _at(self) -> int:
        return self._list.highlighted or 0

    def _line(self, choice: ColumnChoice) -> str:
        width = "automatic" if choice.width is None else f"{choice.width} cells"
        return f"{'[x]' if choice.is_shown else '[ ]'} {choice.title:<16} {width}"

    def _set(self, index: int, choice: ColumnChoice) -> None:
        self._choices[index] = choice
        self._list.replace_option_prompt_at_index(index, self._line(choice))

    def action_next(self, step: int) -> None:
        """Move the highlight by that many lines."""
        self._list.action_cursor_down() if step > 0 else self._list.action_cursor_up()

    def action_show(self) -> None:
        """Show or hide the column; the last one stays."""
        choice = self._choices[self._at]
        if not choice.is_shown or sum(each.is_shown for each in self._choices) > 1:
            self._set(self._at, replace(choice, is_shown=not choice.is_shown))

    def action_move(self, step: int) -> None:
        """Exchange the column with its neighbour; the highlight goes with it."""
        here, there = self._at, self._at + step
        if 0 <= there < len(self._choices):
            one, other = self._choices[here], self._choices[there]
            self._set(here, other)
            self._set(there, one)
            self._list.highlighted = there

    def action_widen(self, step: int) -> None:
        """Make the column wider or narrower, from the width that it has."""
        choice = self._choices[self._at]
        width = choice.width or self._widths.get(choice.title, LEAST_WIDTH)
        self._set(self._at, replace(choice, width=min(max(width + step, LEAST_WIDTH), MOST_WIDTH)))

    def action_automatic(self) -> None:
        """Give the column the width that its texts need."""
        self._set(self._at, replace(self._choices[self._at], width=None))

    @on(OptionList.OptionSelected)
    def _take(self) -> None:
        self.dismiss(tuple(self._choices))

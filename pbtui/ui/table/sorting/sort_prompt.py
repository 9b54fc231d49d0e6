"""Prompt for the sort column."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Label, OptionList

from pbtui.ui.terminal.sparing_screen import SparingScreen


class SortPrompt(SparingScreen[str | None], ModalScreen[str | None]):
    """Returns the title of the chosen column, or None. Choosing the current column again reverses the direction."""

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = (OptionList,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="prompt.back"),
        Binding("j", "next(1)", "Down", show=False, id="sort.down"),
        Binding("k", "next(-1)", "Up", show=False, id="sort.up"),
    ]

    def __init__(self, titles: Sequence[str], current: str) -> None:
        super().__init__()
        self._titles, self._current = titles, current

    def compose(self) -> ComposeResult:
        """Create the list of all columns, hidden ones included."""
        with Vertical(classes="prompt"):
            yield Label("Sort by (choose the current column to reverse)")
            columns = OptionList(*self._titles, markup=False)
            columns.highlighted = self._titles.index(self._current)
            yield columns

    def action_next(self, step: int) -> None:
        """Move the highlight by that many lines."""
        columns = self.query_one(OptionList)
        columns.action_cursor_down() if step > 0 else columns.action_cursor_up()

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._titles[event.option_index])

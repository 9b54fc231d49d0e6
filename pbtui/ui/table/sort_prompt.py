"""Prompt for the sort column."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList

from pbtui.ui.table.columns import AnyRow, Column
from pbtui.ui.terminal.sparing_screen import SparingScreen


class SortPrompt(SparingScreen[Column[AnyRow] | None], ModalScreen[Column[AnyRow] | None]):
    """Returns the chosen column, or None. Choosing the current column again reverses the direction."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="sort.back"),
        Binding("j", "next(1)", "Down", show=False, id="sort.down"),
        Binding("k", "next(-1)", "Up", show=False, id="sort.up"),
    ]

    def __init__(self, columns: Sequence[Column[AnyRow]], current: Column[AnyRow]) -> None:
        super().__init__()
        self._columns, self._current = columns, current

    def compose(self) -> ComposeResult:
        """Create the list of all columns, hidden ones included."""
        titles = [column.title for column in self._columns]
        with Vertical(classes="prompt"):
            yield Label("Sort by (choose the current column to reverse)")
            columns = OptionList(*titles, markup=False)
            columns.highlighted = titles.index(self._current.title)
            yield columns

    def action_next(self, step: int) -> None:
        """Move the highlight by that many lines."""
        columns = self.query_one(OptionList)
        columns.action_cursor_down() if step > 0 else columns.action_cursor_up()

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._columns[event.option_index])

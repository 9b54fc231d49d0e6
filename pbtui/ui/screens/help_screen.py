"""All keys of the screen below, read from its live key map."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.widgets.lines import Line, TextLines

_KEY_WIDTH = 16


class HelpLines(TextLines, can_focus=True):
    """The keys, to scroll through."""


class HelpScreen(SparingScreen[None], ModalScreen[None]):
    """Shows what can be done, and by which keys; any of the usual ways back closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss(None)", "Back", id="help.back"),
    ]

    def __init__(self, keys: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """One line for each thing that can be done."""
        with Vertical(classes="prompt"):
            yield HelpLines()

    def on_mount(self) -> None:
        """Fill the lines."""
        lines: list[Line] = [[(" Keys", "title"), ("   escape closes", "dim")]]
        for what, keys in self._keys.items():
            lines.append([(f" {'  '.join(keys):<{_KEY_WIDTH}}", "key"), (f" {what}", "text")])
        self.query_one(HelpLines).show(lines)
        self.query_one(HelpLines).focus()

"""All keys of the screen below, read from its live key map."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from pbtui.ui.lines import Line, TextLines

_KEY_WIDTH = 16


class HelpLines(TextLines, can_focus=True):
    """The keys, to scroll through."""


class HelpScreen(ModalScreen[None]):
    """Shows these keys; any of the usual ways back closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss(None)", "Back", id="help.back"),
    ]

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """One line a key."""
        with Vertical(classes="prompt"):
            yield HelpLines()

    def on_mount(self) -> None:
        """Fill the lines."""
        lines: list[Line] = [[(" Keys", "title"), ("   escape closes", "dim")]]
        lines += [[(f" {key:<{_KEY_WIDTH}}", "key"), (f" {what}", "text")] for key, what in self._keys]
        self.query_one(HelpLines).show(lines)
        self.query_one(HelpLines).focus()

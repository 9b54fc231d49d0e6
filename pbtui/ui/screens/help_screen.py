"""List of all keys of the screen below, taken from its current key map."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen

from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.widgets.lines import Line, TextLines

_KEY_WIDTH = 16


class HelpLines(TextLines, can_focus=True):
    """The list of keys; it can be scrolled."""


class HelpScreen(SparingScreen[None], ModalScreen[None]):
    """Shows every action with its keys, and the source of the API key; escape and the other closing keys close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss(None)", "Back", id="help.back"),
    ]

    def __init__(self, keys: Mapping[str, Sequence[str]], key_source: str) -> None:
        super().__init__()
        self._keys = keys
        self._key_source = key_source

    def compose(self) -> ComposeResult:
        """Create the list."""
        with Vertical(classes="prompt"):
            yield HelpLines()

    def on_mount(self) -> None:
        """Fill the list."""
        lines: list[Line] = [[(" Keys", "title"), ("   escape closes", "dim")]]
        for what, keys in self._keys.items():
            lines.append([(f" {'  '.join(keys):<{_KEY_WIDTH}}", "key"), (f" {what}", "text")])
        if self._key_source:
            lines.append([(f" {'API key':<{_KEY_WIDTH}}", "label"), (f" {self._key_source}", "text")])
        self.query_one(HelpLines).show(lines)
        self.query_one(HelpLines).focus()


def working_keys(screen: Screen[Any], name_of: Callable[[Binding], str]) -> Mapping[str, Sequence[str]]:
    """Return the names of the keys that work on a screen now, by what they do."""
    keys: dict[str, list[str]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        # Bindings of ours have an id; Textual's own are about copying text and such.
        if active.enabled and (binding.id or binding.action == "command_palette"):
            what = binding.description[:1].upper() + binding.description[1:]
            keys.setdefault(what, []).append(name_of(binding))
    return keys

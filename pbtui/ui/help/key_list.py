"""Screen with the actions of the screen below by task, each with its keys, and with the filter language."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from pbtui.ui.help.actions import Action
from pbtui.ui.help.tasks import by_task
from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.widgets.folded_lines import FoldedLines, folded
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.lines import Line

Rows = Sequence[tuple[str, str]]
"""Keys, or a piece of a filter, and what they do."""

_LABEL_WIDTH = 17
_TWO_COLUMNS = 100
"""Width from which the sections stand in two columns."""


class HelpLines(FoldedLines, can_focus=True):
    """The list of keys; it can be scrolled."""


class HelpScreen(SparingScreen[None], ModalScreen[None]):
    """Shows sections of keys and the source of the API key; escape and the other closing keys close it."""

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = (HelpLines,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="prompt.back"),
        Binding("q,enter", "dismiss(None)", "Back", id="help.close"),
        Binding("question_mark", "dismiss(None)", "Back", id="app.help"),
    ]

    def __init__(self, sections: Mapping[str, Rows], key_source: str) -> None:
        super().__init__()
        self._sections = sections
        self._key_source = key_source

    def compose(self) -> ComposeResult:
        """Create the list."""
        with Vertical(classes="prompt"):
            yield HelpLines(self._lines)

    def on_mount(self) -> None:
        """Let the keys scroll the list."""
        self.query_one(HelpLines).focus()

    def _lines(self, width: int) -> Sequence[Line]:
        down = key_of(self.query_one(HelpLines), "pane.down")
        head: list[Line] = [[(" Keys", "title"), (f"   escape closes, {down} shows more", "dim")]]
        if self._key_source:
            head.append([(f" {'API key':<{_LABEL_WIDTH}}", "label"), (self._key_source, "text")])
        return [*head, *laid_out(self._sections, width)]


def sections_of(actions: Sequence[Action]) -> dict[str, Rows]:
    """Return the actions by task, as keys and words."""
    return {
        task: [("  ".join(action.keys), action.what) for action in members if action.keys]
        for task, members in by_task(actions).items()
    }


def laid_out(sections: Mapping[str, Rows], width: int) -> Sequence[Line]:
    """Return the lines of the sections: in two columns where there is room, the first half of them on the left."""
    if width < _TWO_COLUMNS:
        return [line for title, rows in sections.items() for line in _section(title, rows, width)]
    half = (width - 1) // 2
    blocks = [_section(title, rows, half) for title, rows in sections.items()]
    left: list[Line] = []
    while blocks and len(left) + len(blocks[0]) // 2 < sum(map(len, blocks)):
        left += blocks.pop(0)
    right = [line for block in blocks for line in block]
    return [[*_padded(one, half), *other] for one, other in zip_longest(left, right, fillvalue=())]


def _section(title: str, rows: Rows, width: int) -> list[Line]:
    lines: list[Line] = [[], *([(f" {part}", "title")] for part in folded(title, max(width - 1, 8)))]
    for label, text in rows:
        first, *more = folded(text, max(width - _LABEL_WIDTH - 2, 8))
        lines.append([(f" {label:<{_LABEL_WIDTH - 1}} ", "key"), (first, "text")])
        lines += [[(" " * (_LABEL_WIDTH + 1), "text"), (part, "text")] for part in more]
    return lines


def _padded(line: Line, width: int) -> Line:
    return [*line, (" " * max(width - sum(cell_len(text) for text, _ in line), 0), "text")]

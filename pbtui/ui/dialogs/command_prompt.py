"""A prompt that copies the command line of pbtui which does the same, and shows it: not every terminal can copy."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.lines import Line, Piece

COPIED = "Command, copied if your terminal supports it"
NO_COMMAND = "No command: the exchange of the demo is known to this program alone"


class CommandPrompt(ReadingPrompt[bool]):
    """Subclasses bind a key to `copy_command`, and put `command_lines` at the end of their body."""

    copied_command: str | None = None
    """The command that was copied, empty if there is none; None before the key for it."""

    def command(self) -> str:
        """Return the command line that does the same, empty if there is none."""
        raise NotImplementedError

    def action_copy_command(self) -> None:
        """Copy the command line, and show it."""
        self.copied_command = self.command()
        if self.copied_command:
            self.app.copy_to_clipboard(self.copied_command)
        self.redraw()
        self.pane.action_go_to_end(1)

    def command_lines(self, width: int) -> Sequence[Line]:
        """The command that was copied, below what it is; nothing before the key for it."""
        if self.copied_command is None:
            return ()
        lines: list[Line] = [[], [(f" {COPIED if self.copied_command else NO_COMMAND}", "label")]]
        for text in self.copied_command.split("\n") if self.copied_command else ():
            lines += ([(f" {row}", "text")] for row in folded(text, max(width - 1, 1)))
        return lines


class TypedCommandPrompt(TypedPrompt, CommandPrompt):
    """A prompt with a word to type, and `command`, the command line that does the same; empty if there is none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+y", "copy_command", "Copy as command", id="form.command"),
    ]

    def __init__(
        self,
        venue: Venue,
        title: str,
        lines: Sequence[Piece],
        word: str,
        command: str,
        *,
        purpose: str = "to continue",
        by_enter: bool = False,
        adds_risk: bool = False,
    ) -> None:
        self._command = command
        super().__init__(venue, title, lines, word, purpose=purpose, by_enter=by_enter, adds_risk=adds_risk)

    def command(self) -> str:
        """The command line that does the same."""
        return self._command

    def body(self, width: int) -> Sequence[Line]:
        """The word to type, and below it the command that was copied."""
        return [*super().body(width), *self.command_lines(width)]

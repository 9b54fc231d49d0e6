"""Input of one line. Of a paste of several lines it takes the first that is not empty, and reports the others."""

from textual.events import Paste
from textual.message import Message
from textual.widgets import Input


class OneLineInput(Input):
    """`pasted_lines` is the number of non-empty lines in the last paste, of which only the first is used."""

    class LinesIgnored(Message):
        """The number of lines of a paste that were ignored."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    pasted_lines = 0

    def on_paste(self, event: Paste) -> None:
        """Insert the first non-empty line of the paste."""
        # Textual's own handler silently drops a paste that begins with an empty line.
        event.prevent_default()
        event.stop()
        lines = [line for line in event.text.splitlines() if line.strip()]
        self.pasted_lines = len(lines)
        if lines:
            self.replace(lines[0], *self.selection)
        if len(lines) > 1:
            self.post_message(self.LinesIgnored(len(lines) - 1))

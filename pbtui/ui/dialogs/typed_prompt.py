"""A prompt that is confirmed by typing a word, so that no single key can confirm it by accident."""

from collections.abc import Sequence

from textual import on
from textual.events import Key

from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.widgets.lines import Line, Piece


class TypedPrompt(ReadingPrompt[bool]):
    """A prompt that returns True as soon as the word is typed completely.

    There is no input field, so the word can't be pasted. Enter does nothing. `lines` are the sentences between the
    title and the word, each with its colour role. `purpose` says what the word is typed for.
    """

    def __init__(
        self, venue: Venue, title: str, lines: Sequence[Piece], word: str, *, purpose: str = "to continue"
    ) -> None:
        super().__init__(venue)
        self._title = title
        self._sentences = lines
        self._word = word
        self._purpose = purpose
        self._typed = ""

    def head(self) -> Sequence[Piece]:
        """The title and the sentences."""
        return [(self._title, "title"), *self._sentences]

    def body(self, width: int) -> Sequence[Line]:
        """The word to type, and the letters typed so far."""
        is_right = self._word.startswith(self._typed)
        return [
            [(" Type ", "label"), (self._word, "title"), (f" {self._purpose}", "label")],
            [],
            [(" › ", "key"), (self._typed, "good" if is_right else "bad"), ("▁", "key")],
            [("" if is_right else "   Wrong letter. Press backspace.", "bad")],
        ]

    @on(Key)
    def _type(self, event: Key) -> None:
        if event.key == "backspace":
            self._typed = self._typed[:-1]
        elif event.is_printable and event.character is not None:
            event.stop()  # otherwise the screen below would get the last letter as a command
            if self.has_rested:
                self._typed += event.character
        self.redraw()
        if self._typed == self._word:
            self.dismiss(True)

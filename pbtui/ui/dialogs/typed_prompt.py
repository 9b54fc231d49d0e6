"""A question that is answered by typing a word: nobody does that by a slip of the finger."""

from collections.abc import Sequence

from textual import on
from textual.events import Key

from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_prompt import ReadingPrompt
from pbtui.ui.widgets.lines import Line, Piece


class TypedPrompt(ReadingPrompt[bool]):
    """Returns True as soon as the word stands there, letter by letter as it was asked for.

    There is no field to type in, so that nothing can be pasted; enter means nothing here. `lines` are the sentences
    between the title and the word, each with its role; `purpose` is what the word is typed for.
    """

    def __init__(
        self, venue: Venue, title: str, lines: Sequence[Piece], word: str, *, purpose: str = "to go on"
    ) -> None:
        super().__init__(venue)
        self._title = title
        self._sentences = lines
        self._word = word
        self._purpose = purpose
        self._typed = ""

    def head(self) -> Sequence[Piece]:
        """What is asked."""
        return [(self._title, "title"), *self._sentences]

    def body(self, width: int) -> Sequence[Line]:
        """The word, and how much of it is typed."""
        is_right = self._word.startswith(self._typed)
        return [
            [(" Type ", "label"), (self._word, "title"), (f" {self._purpose}", "label")],
            [],
            [(" › ", "key"), (self._typed, "good" if is_right else "bad"), ("▁", "key")],
            [("" if is_right else "   that is not it: backspace takes it back", "bad")],
        ]

    @on(Key)
    def _type(self, event: Key) -> None:
        if event.key == "backspace":
            self._typed = self._typed[:-1]
        elif event.is_printable and event.character is not None:
            event.stop()  # the last letter of the word would be a command to the screen below
            if self.has_rested:
                self._typed += event.character
        self.tell()
        if self._typed == self._word:
            self.dismiss(True)

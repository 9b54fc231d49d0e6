"""A prompt that is confirmed by typing a word, so that no single key can confirm it by accident."""

from collections.abc import Sequence

from textual import on
from textual.events import Key

from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.read_first_prompt import ReadFirstPrompt
from pbtui.ui.dialogs.reading_progress import Passage
from pbtui.ui.terminal.input import LETTER_GAP_S
from pbtui.ui.terminal.moment import came_alone, when_alone
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.lines import Line, Piece

_FIELD_LINE = 2
"""The index of the line of the body with the letters typed so far."""
_INDENT = "   "


class TypedPrompt(ReadFirstPrompt[bool]):
    """A prompt that returns True as soon as the word is typed completely, or with `by_enter` at the enter after it.

    There is no input field, so the word can't be pasted, and letters that come together do not count. `lines` are the
    sentences between the title and the word, each with its colour role. `purpose` says what the word is typed for.
    With `adds_risk`, letters count only after all of this has been on the screen.

    Raises ValueError without a word: enter alone would be the answer.
    """

    def __init__(
        self,
        venue: Venue,
        title: str,
        lines: Sequence[Piece],
        word: str,
        *,
        purpose: str = "to continue",
        by_enter: bool = False,
        adds_risk: bool = False,
    ) -> None:
        if not word.strip():
            raise ValueError(f"{title}: there is no word to type")
        super().__init__(venue)
        self._title = title
        self._sentences = lines
        self._word = word
        self._purpose = purpose
        self._by_enter = by_enter
        self._adds_risk = adds_risk
        self._typed = ""
        self._ignored = ""

    @property
    def must_be_read(self) -> bool:
        """Return whether it adds risk, so that it waits. A kill or a withdrawal never does."""
        return self._adds_risk

    def passages(self, width: int) -> Sequence[Passage]:
        """The line that names the word: at the end of the text it is easily missed."""
        return [Passage("word", "the word is", 0, 1)]

    def head(self) -> Sequence[Piece]:
        """The title and the sentences."""
        return [(self._title, "title"), *self._sentences]

    def body(self, width: int) -> Sequence[Line]:
        """The word to type, and the letters typed so far."""
        is_right = self._word.startswith(self._typed)
        remark, role = self._remark(is_right=is_right)
        return [
            [(" Type ", "label"), (self._word, "title"), (f" {self._purpose}", "label")],
            [],
            [(" › ", "key"), (self._typed, "good" if is_right else "bad"), ("▁", "key")],
            *([(f"{_INDENT}{part}", role)] for part in folded(remark, max(width - len(_INDENT), 1))),
        ]

    def _remark(self, *, is_right: bool) -> Piece:
        if is_right:
            return self._ignored, "warning"
        return f"Wrong letter. Press backspace.{self._hint()}", "bad"

    def _hint(self) -> str:
        if not self._typed.isascii():
            return " Use a Latin keyboard layout."
        return " Is Caps Lock on?" if self._word.lower().startswith(self._typed.lower()) else ""

    @on(Key)
    def _type(self, event: Key) -> None:
        if event.key == "backspace":
            self._typed = self._typed[:-1]
        elif event.is_printable and event.character is not None:
            event.stop()  # otherwise the screen below would get the last letter as a command
            self._take(event, event.character)
        elif event.key == "enter":
            event.stop()  # the enter that confirms must not reach the screen below
        self.redraw()
        if not self.is_unread and (event.is_printable or event.key in ("backspace", "enter")):
            self._show_field()
        if self._typed == self._word and (event.key == "enter") == self._by_enter:
            when_alone(self.app, self._confirm, self._begin_again, LETTER_GAP_S)

    def _show_field(self) -> None:
        """Scroll to the letters typed so far and to the remark below them, where the text has no room."""
        self.pane.reveal(self.pane.line_count() - 1)
        self.pane.reveal(self.joined_height + _FIELD_LINE)
        self.pane.repaint()

    def _take(self, event: Key, character: str) -> None:
        if not self.has_rested:
            self._ignored = "Letters were ignored: they came too soon. Type them again."
        elif self.is_unread:
            self.call_next(self.show_note, f"Ignored: {self.why_unread}")  # after what clears the note before it
        elif not came_alone(event, LETTER_GAP_S):
            self._ignored = "Letters that came together were ignored. Type them again, one by one."
        else:
            self._ignored = ""
            # The name is the letter by its position on a Latin layout, where the terminal reports that.
            self._typed += event.key if len(event.key) == 1 and event.key.isascii() else character

    def _confirm(self) -> None:
        if self._typed == self._word and self.app.screen is self:
            self.dismiss(True)

    def _begin_again(self) -> None:
        self._typed, self._ignored = "", "The word came together with other input and was ignored. Type it again."
        self.redraw()

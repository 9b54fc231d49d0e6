"""A prompt of text: a head that stays in sight, and below it what can be scrolled through."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from textual.app import ComposeResult
from textual.geometry import Size

from pbtui.ui.dialogs.prompt import Prompt, Venue
from pbtui.ui.widgets.folded_lines import Fold, FoldedLines, sentences
from pbtui.ui.widgets.lines import Line, Piece

_AROUND = 7
"""Rows of the desk above, of the frame and of the keys, and the empty ones above and below the head."""

T = TypeVar("T")


class ReadingPane(FoldedLines, can_focus=True):
    """Lines to scroll through: as high as they are, while the screen has room for them below the head."""

    def __init__(self, fold: Fold, head: FoldedLines) -> None:
        super().__init__(fold, classes="reading")
        self._head = head

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are, or as fit."""
        room = viewport.height - _AROUND - self._head.get_content_height(container, viewport, width)
        return min(super().get_content_height(container, viewport, width), max(room, 1))


class ReadingPrompt(Prompt[T]):
    """A prompt with nothing to fill in."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(venue)
        # Textual asks for the height again and again, and a list of orders can be long.
        self._folded_head = lru_cache(maxsize=1)(self._fold_head)
        self._folded_body = lru_cache(maxsize=1)(self._fold_body)
        self._head = FoldedLines(self._folded_head, classes="head")
        self.pane = self.make_pane(self._folded_body, self._head)

    # ------------------------------------------------------------ for subclasses

    def head(self) -> Sequence[Piece]:
        """The sentences that stay in sight, each with its role; empty ones are left out."""
        raise NotImplementedError

    def body(self, width: int) -> Sequence[Line]:
        """What can be scrolled through, folded to this width."""
        raise NotImplementedError

    def make_pane(self, fold: Fold, head: FoldedLines) -> ReadingPane:
        """The pane of the body, below this head."""
        return ReadingPane(fold, head)

    # ------------------------------------------------------------ the prompt

    def content(self) -> ComposeResult:
        """The head, and the body under it."""
        yield self._head
        yield self.pane

    def on_mount(self) -> None:
        """The keys that scroll are the body's."""
        self.pane.focus()

    def tell(self) -> None:
        """Show head, body and keys as they are now; before the prompt is on the screen there is nothing to do."""
        if not self.is_mounted:
            return
        self._folded_head.cache_clear()
        self._folded_body.cache_clear()
        head_height = self._head.line_count()
        self._head.tell(self._folded_head)
        self.pane.tell(self._folded_body)
        if self._head.line_count() != head_height:
            self.pane.refresh(layout=True)  # the head takes its rows from it
        self.refresh_bindings()

    def _fold_head(self, width: int) -> Sequence[Line]:
        return sentences(*self.head())(width) if width else ()

    def _fold_body(self, width: int) -> Sequence[Line]:
        return self.body(width) if width else ()

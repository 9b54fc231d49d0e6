"""A prompt of text: a fixed head, and a body below it that scrolls."""

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar, TypeVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Size
from textual.widget import Widget

from pbtui.ui.dialogs.prompt import Prompt, Venue
from pbtui.ui.widgets.folded_lines import Fold, FoldedLines, sentences
from pbtui.ui.widgets.lines import Line, Piece

T = TypeVar("T")


class ReadingPane(FoldedLines, can_focus=True):
    """A scrolling text. It is as high as its lines, at most as high as the room below the head.

    `least_height` is that of the head and this together. It keeps rows for lines that come later, because each move of
    the frame paints all of it.
    """

    rows_around = 8
    """Rows that the body can't use: desk, frame, news, key hints, and the empty rows around the head."""

    def __init__(self, fold: Fold, head: FoldedLines, least_height: int = 0) -> None:
        super().__init__(fold, classes="reading")
        self._head = head
        self._least_height = least_height

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of lines, at most as many as fit."""
        head_height = self._head.get_content_height(container, viewport, width)
        lines = max(super().get_content_height(container, viewport, width), self._least_height - head_height)
        return min(lines, max(viewport.height - self.rows_around - head_height, 1))

    @property
    def cursor_screen_offset(self) -> Offset:
        """The place of the hardware cursor: the chosen line, else the first text, until the body is scrolled.

        On a slow line, this line of a prompt is shown first.
        """
        chosen = self.screen.cursor_line if isinstance(self.screen, ReadingPrompt) else None
        if chosen is not None or self.top:
            return self.content_region.offset + Offset(0, 0 if chosen is None else chosen - self.top)
        return self._head.content_region.offset + Offset(0, _first_text(self._head))


def _first_text(lines: FoldedLines) -> int:
    """The index of the first line that is not empty."""
    return next((index for index in range(lines.line_count()) if any(text.strip() for text, _ in lines.line(index))), 0)


class ReadingPrompt(Prompt[T]):
    """A prompt of text, without input fields. The key for the zone of the desk's times works in it too."""

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = (ReadingPane,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "toggle_utc", "Times in UTC, or as the market", show=False, id="desk.utc"),
    ]

    def __init__(self, venue: Venue) -> None:
        super().__init__(venue)
        # Textual asks for the height often, and folding a long list of orders takes time.
        self._folded_head = lru_cache(maxsize=1)(self._fold_head)
        self._folded_body = lru_cache(maxsize=1)(self._fold_body)
        self._head = FoldedLines(self._folded_head, classes="head")
        self.pane = self.make_pane(self._folded_body, self._head)

    @property
    def rows(self) -> int:
        """The rows of head and body on the screen."""
        return self._head.content_size.height + self.pane.content_size.height

    @property
    def cursor_line(self) -> int | None:
        """The index of the chosen line of the body; None if no line is chosen."""
        return None

    # ------------------------------------------------------------ for subclasses

    def banner(self, width: int) -> Sequence[Line]:
        """The lines above the head; none unless a subclass has some."""
        return ()

    def head(self) -> Sequence[Piece]:
        """The sentences of the head, each with its colour role; empty ones are left out."""
        raise NotImplementedError

    def body(self, width: int) -> Sequence[Line]:
        """The lines of the body, folded to `width` columns."""
        raise NotImplementedError

    def make_pane(self, fold: Fold, head: FoldedLines) -> ReadingPane:
        """The widget of the body."""
        return ReadingPane(fold, head)

    # ------------------------------------------------------------ the prompt

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether the prompt shows times whose zone can be changed."""
        return self.zone is not None if action == "toggle_utc" else super().check_action(action, parameters)

    async def action_toggle_utc(self) -> None:
        """Show all times in UTC, or in the market's zone again, here and on the desk."""
        await self.app.run_action("toggle_utc")

    def show_in(self, zone: ZoneInfo) -> None:
        """Show times in another zone from now on."""
        super().show_in(zone)
        self.redraw()

    def content(self) -> ComposeResult:
        """The head and the body."""
        yield self._head
        yield self.pane

    def on_mount(self) -> None:
        """Focus the body, so that it gets the scroll keys."""
        self.pane.focus()

    def redraw(self) -> None:
        """Redraw head, body and key hints. Does nothing before the prompt is mounted."""
        if not self.is_mounted:
            return
        self._folded_head.cache_clear()
        self._folded_body.cache_clear()
        head_height = self._head.line_count()
        self._head.refold(self._folded_head)
        self.pane.refold(self._folded_body)
        if self._head.line_count() != head_height:
            self.pane.refresh(layout=True)  # a higher head leaves fewer rows for the body
        self.refresh_bindings()

    def _fold_head(self, width: int) -> Sequence[Line]:
        return [*self.banner(width), *sentences(*self.head())(width)] if width else ()

    def _fold_body(self, width: int) -> Sequence[Line]:
        return self.body(width) if width else ()

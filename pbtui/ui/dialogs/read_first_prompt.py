"""A prompt that is answered only after what it decides about has been on the screen, also where the screen is low."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.errors import NoWidget
from textual.geometry import Offset

from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.dialogs.reading_progress import Passage, Progress
from pbtui.ui.dialogs.reading_prompt import ReadingPane, ReadingPrompt
from pbtui.ui.widgets.folded_lines import Fold, FoldedLines
from pbtui.ui.widgets.key_names import WITHOUT_KEY, key_of
from pbtui.ui.widgets.lines import Line

_LEAST_BODY_ROWS = 6
"""The rows of the body below which the head scrolls with it."""
_COLUMNS_AROUND = 3
"""The columns beside the text: the frame, and the thumb that shows where it is scrolled to."""

T = TypeVar("T")


class ReadFirstPane(ReadingPane):
    """The text. It lets its prompt know what is on the screen, and names the key that shows what is not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown", "page(1)", "Page down", show=False, id="pane.page_down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="pane.page_up"),
        Binding("pagedown", "read_on(1)", "Read on", id="pane.page_down"),
        Binding("pageup", "read_on(-1)", "Read back", id="pane.page_up"),
    ]

    prompt: "ReadFirstPrompt[Any]"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether the key is named: it is while something unread lies in its direction."""
        if action not in ("page", "read_on"):
            return super().check_action(action, parameters)
        return (action == "read_on") == ((self.prompt.way_to_unread,) == parameters)

    def action_read_on(self, direction: int) -> None:
        """Scroll by one page."""
        self.action_page(direction)

    def on_resize(self) -> None:
        """Fit the head, and look at what is on the screen now."""
        self.prompt.redraw()

    def repaint(self) -> None:
        """Paint, and look at what is on the screen now."""
        super().repaint()
        if self.prompt.is_unread:
            self.prompt.look()

    @property
    def shown_rows(self) -> int:
        """The rows of it that are on the screen: a frame that is too low cuts it."""
        try:
            return self.screen.find_widget(self).visible_region.height
        except NoWidget:
            return 0

    @property
    def cursor_screen_offset(self) -> Offset:
        """The place of the hardware cursor: at the first line where the head is a part of the text."""
        return self.content_region.offset if self.prompt.is_joined else super().cursor_screen_offset


class ReadFirstPrompt(ReadingPrompt[T]):
    """Subclasses name the passages that must be read first, and do nothing while one `is_unread`.

    Where head and body have no room together, the head is the beginning of the body and scrolls with it.
    """

    is_joined = False
    """Says whether the head scrolls with the body."""

    way_to_unread = 0
    """The direction to scroll in to what must still be read: 1 or -1; 0 if nothing must."""

    pane: ReadFirstPane

    def __init__(self, venue: Venue) -> None:
        self._progress = Progress()
        self._unread: Passage | None = None
        self._whole_head = lru_cache(maxsize=1)(super()._fold_head)
        super().__init__(venue)

    # ------------------------------------------------------------ for subclasses

    def passages(self, width: int) -> Sequence[Passage]:
        """The passages of the body that must be read now, after the head; none unless a subclass has some."""
        return ()

    @property
    def must_be_read(self) -> bool:
        """Return whether the prompt waits until its passages have been on the screen."""
        raise NotImplementedError

    # ------------------------------------------------------------ what was read

    @property
    def is_unread(self) -> bool:
        """Return whether something must still be read."""
        return self._unread is not None

    @property
    def why_unread(self) -> str:
        """Words on what must be read first and the key that shows it; empty if nothing must."""
        if self._unread is None:
            return ""
        is_below = self.way_to_unread > 0
        key = key_of(self.pane, "pane.page_down" if is_below else "pane.page_up")
        where = "below" if is_below else "above"
        return f"{'scroll' if key == WITHOUT_KEY else f'press {key}'}, {self._unread.words} {where}"

    def look(self) -> None:
        """Note what is on the screen now, and name the keys that have an effect with it."""
        if not (self.pane.text_width and self.must_be_read):
            return
        wanted = self._wanted()
        self._progress.look(wanted, self.pane.top, self.pane.shown_rows)
        unread = self._unread = self._progress.unread(wanted)
        way_before = self.way_to_unread
        self.way_to_unread = 0 if unread is None else -1 if unread.first < self.pane.top else 1
        if self.way_to_unread != way_before:
            self.refresh_bindings()

    def _wanted(self) -> Sequence[Passage]:
        height, passages = self.joined_height, self.passages(self.pane.text_width)
        below = [each._replace(first=each.first + height) for each in passages]
        return [Passage("head", "more is", 0, height), *below]

    # ------------------------------------------------------------ the head

    @property
    def joined_height(self) -> int:
        """The number of lines of the head that scroll with the body."""
        return len(self._whole_head(self.pane.text_width)) if self.is_joined else 0

    def make_pane(self, fold: Fold, head: FoldedLines) -> ReadFirstPane:
        """Return a pane that lets this prompt know what is on the screen."""
        pane = ReadFirstPane(fold, head)
        pane.prompt = self
        return pane

    def on_mount(self) -> None:
        """Place the head before the first layout, by the width that is to be expected."""
        super().on_mount()
        self._place_head(self.app.size.width - _COLUMNS_AROUND)

    def redraw(self) -> None:
        """Redraw, with the head where there is room for it."""
        self._whole_head.cache_clear()
        if self.pane.text_width:
            self._place_head(self.pane.text_width)
        super().redraw()
        self.look()

    def _place_head(self, width: int) -> None:
        rows = self.app.size.height - self.pane.rows_around
        self.is_joined = rows - len(self._whole_head(width)) < _LEAST_BODY_ROWS
        self.set_class(self.is_joined, "-joined")

    def _fold_head(self, width: int) -> Sequence[Line]:
        return () if self.is_joined else self._whole_head(width)

    def _fold_body(self, width: int) -> Sequence[Line]:
        body = super()._fold_body(width)
        return [*self._whole_head(width), *body] if self.is_joined else body

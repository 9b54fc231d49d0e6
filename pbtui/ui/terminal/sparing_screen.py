"""A screen that sends only changes to the terminal, also while another screen covers it.

Private parts, each with what happens without it:

- `Screen._compositor_refresh`, overridden to paint a change below a prompt: Textual's own paints everything again.
- `Screen._refresh_layout`, overridden to paint all of a new layout: Textual's own can leave the old one on the screen.
- `Screen._screen_resized`, overridden, and `Screen._repaint_required`: a new screen is laid out and painted once more.
- `Screen._extend_compose`, overridden: each screen has two more widgets, which nothing uses.
- `Screen._compositor`, `Screen._dirty_widgets`, `Widget._set_dirty`, `Widget._exchange_repaint_regions`,
  `App._background_screens`, `App._batch_count`, and of the compositor `_dirty_regions`, `size` and `update_widgets`,
  which the override needs: Textual's own way, which paints everything again.
- `textual._context.visible_screen_stack`, with which a screen shows the one below: Textual's own list is used.
"""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from textual import on
from textual.color import Color
from textual.events import DescendantFocus, ScreenResume
from textual.geometry import Size
from textual.reactive import Reactive
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from pbtui.ui.terminal.closing import ClosesOnce
from pbtui.ui.terminal.delays import Delays
from pbtui.ui.terminal.private_parts import has_parts, report_missing

try:
    from textual._context import visible_screen_stack
except ImportError:
    visible_screen_stack = None  # type: ignore[assignment]

_ALL_IS_PAINTED = "a change below a prompt paints everything again"
_APP_PARTS = ("_background_screens", "_batch_count")
_SCREEN_PARTS = ("_compositor", "_dirty_widgets", "_set_dirty", "_exchange_repaint_regions")
_COMPOSITOR_PARTS = ("_dirty_regions", "size", "update_widgets")

T = TypeVar("T")
_NO_SHADE = Color(0, 0, 0, 0)


class ShadedScreen(BackgroundScreen):
    """The screen below a dialog, shaded except for rows at its top."""

    def __init__(self, screen: Screen[object], color: Color, bright_height: int) -> None:
        super().__init__(screen, color)
        self._bright_height = bright_height

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = Segment.split_lines(console.render(self.screen._compositor, options))
        for y, line in enumerate(lines):
            yield from self.process_segments(line, _NO_SHADE if y < self._bright_height else self.color)
            yield Segment.line()


class SparingScreen(Delays, ClosesOnce[T]):
    """The base of all screens of pbtui. It paints only what changed, also while a prompt covers it.

    Textual's own screen passes its changes to the covering screen for painting, but keeps the passed regions in its own
    list. So it paints the regions of all earlier changes again each time. It also loses the list of the widgets of the
    prompt that need painting. Measured with the demo behind a prompt, in 8 s: 500 kB sent; with this class 15 kB.
    Textual's own screen also paints everything when the focus moves, and lets the cursor of an input blink.
    """

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = ()
    """The kinds of widgets in it that the keys can go to; a kind stands for all with the same keys."""

    bright_height = 0
    """Number of rows at the top that no dialog over this screen shades."""

    _is_new = True

    @on(DescendantFocus)
    def steady_cursor(self, event: DescendantFocus) -> None:
        """Keep the cursor of an input from blinking: over SSH it would send bytes all day."""
        if isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    def _extend_compose(self, widgets: list[Widget]) -> None:
        """Add none of Textual's own widgets: they are for toasts and tooltips, and pbtui has its line of news."""

    @on(ScreenResume)
    def keep_first_styles(self, event: ScreenResume) -> None:
        """Keep the styles that the widgets of a new screen were just mounted with: to find them again takes as long."""
        if self._is_new:
            event.refresh_styles = False
        self._is_new = False

    def render(self) -> RenderableType:
        """Return the screen below, shaded but for its bright rows; Textual's own background if this screen is opaque.

        Textual finds the screen below in a list that is correct only while it paints all screens.
        """
        stack, background = self.app.screen_stack, self.styles.background
        place = stack.index(self) if self in stack else 0
        if visible_screen_stack is None:
            report_missing("textual._context.visible_screen_stack", "Textual chooses the screen shown below")
        if not place or background.a == 1 or visible_screen_stack is None:
            return super().render()
        visible_screen_stack.set(stack[: place - 1])
        bright_height = max(getattr(screen, "bright_height", 0) for screen in stack[:place])
        return ShadedScreen(stack[place - 1], background, bright_height)

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        # Textual paints what moved since the last layout. It lays out early if a place is asked for while a hidden
        # widget is to be repainted, and then finds that nothing moved. Only what differs is sent to the terminal.
        is_whole = not scroll and has_parts(self._compositor, *_COMPOSITOR_PARTS, instead=_ALL_IS_PAINTED)
        if is_whole:
            self._compositor._dirty_regions.add((self.outer_size if size is None else size).region)
        super()._refresh_layout(size, scroll)
        if is_whole and self.is_current:
            self._repaint_required = False  # all of it is painted by this

    def _screen_resized(self, size: Size) -> None:
        # A new screen learns its size after it was laid out for it. What changed since then is laid out anyway.
        if not has_parts(self._compositor, "size", instead=_ALL_IS_PAINTED) or self._compositor.size != size:
            super()._screen_resized(size)

    def _compositor_refresh(self) -> None:
        if has_parts(self._compositor, *_COMPOSITOR_PARTS, instead=_ALL_IS_PAINTED):
            self._drop_what_a_resize_cut_off()
        if self is self.app.screen or not self._can_paint_below() or self not in self.app._background_screens:
            super()._compositor_refresh()
            return
        *between, above = self.app.screen_stack[self.app.screen_stack.index(self) + 1 :]
        # A screen that has no layout yet paints this one when it paints itself.
        if (
            self._compositor._dirty_regions
            and not self.app._batch_count
            and above._compositor.size == self._compositor.size
        ):
            above._compositor.update_widgets(above._dirty_widgets)
            above._set_dirty(*self._compositor._dirty_regions)
            for screen in between:  # they hold an old picture of this one, and do not paint themselves
                if isinstance(screen, SparingScreen):
                    screen._set_dirty(*self._compositor._dirty_regions)
                    screen._exchange_repaint_regions()
            above._compositor._dirty_regions.update(above._exchange_repaint_regions())
            self._compositor._dirty_regions.clear()
            above._compositor_refresh()
        self._dirty_widgets.clear()

    def _drop_what_a_resize_cut_off(self) -> None:
        """Forget changes from before a resize that lie outside the screen now: painting them fails."""
        inside = (region.intersection(self._compositor.size.region) for region in self._compositor._dirty_regions)
        self._compositor._dirty_regions = {region for region in inside if region}

    def _can_paint_below(self) -> bool:
        return (
            has_parts(self.app, *_APP_PARTS, instead=_ALL_IS_PAINTED)
            and has_parts(self, *_SCREEN_PARTS, instead=_ALL_IS_PAINTED)
            and has_parts(self._compositor, *_COMPOSITOR_PARTS, instead=_ALL_IS_PAINTED)
        )

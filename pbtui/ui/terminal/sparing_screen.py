"""A screen that sends to the terminal only what changed, also while another screen lies over it.

Private parts, each with what happens without it:

- `Screen._compositor`, replaced by one that sends changed spans: Textual's own sends more.
- `Screen._compositor_refresh`, overridden to paint a change below a prompt: Textual's own paints everything again.
- `Screen._dirty_widgets`, `Widget._set_dirty`, `Widget._exchange_repaint_regions`, `App._background_screens`,
  `App._batch_count`, and of the compositor `_dirty_regions`, `size` and `update_widgets`, which the override needs:
  Textual's own way, which paints everything again.
- `textual._context.visible_screen_stack`, with which a screen shows the one below: Textual's own list is used.
"""

from typing import TypeVar

from rich.console import RenderableType
from textual.reactive import Reactive
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen
from textual.widget import Widget

from pbtui.ui.terminal.private_parts import has_parts, report_missing

try:
    from textual._context import visible_screen_stack
except ImportError:
    visible_screen_stack = None  # type: ignore[assignment]
try:
    from pbtui.ui.terminal.span_compositor import SpanCompositor
except ImportError:
    SpanCompositor = None  # type: ignore[assignment, misc]

_MORE_IS_SENT = "more is sent than changed"
_ALL_IS_PAINTED = "a change below a prompt paints everything again"
_APP_PARTS = ("_background_screens", "_batch_count")
_SCREEN_PARTS = ("_compositor", "_dirty_widgets", "_set_dirty", "_exchange_repaint_regions")
_COMPOSITOR_PARTS = ("_dirty_regions", "size", "update_widgets")

T = TypeVar("T")


class SparingScreen(Screen[T]):
    """A screen to build ours on.

    Textual's own, once a prompt lies over it, asks the prompt's screen to paint what changed here. That paints
    everything that was ever painted again, as it puts the regions it has just handed on among those that are still to
    be painted; and it forgets which widgets of the prompt were still to be painted. Measured with the demo behind a
    prompt, in 8 s: 500 kB; here 15 kB. Textual's own also paints everything whenever the focus moves.
    """

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        if SpanCompositor is None:
            report_missing("textual._compositor", _MORE_IS_SENT)
        elif has_parts(self, "_compositor", instead=_MORE_IS_SENT):
            self._compositor = SpanCompositor()

    def render(self) -> RenderableType:
        """The screen below, shaded, or nothing where this one is opaque.

        Textual's own takes what lies below from a list that is right only where all screens are painted anew at once.
        """
        stack, background = self.app.screen_stack, self.styles.background
        place = stack.index(self) if self in stack else 0
        if visible_screen_stack is None:
            report_missing("textual._context.visible_screen_stack", "Textual chooses the screen shown below")
        if not place or background.a == 1 or visible_screen_stack is None:
            return super().render()
        visible_screen_stack.set(stack[: place - 1])
        return BackgroundScreen(stack[place - 1], background)

    def _compositor_refresh(self) -> None:
        if self is self.app.screen or not self._can_paint_below() or self not in self.app._background_screens:
            super()._compositor_refresh()
            return
        *between, above = self.app.screen_stack[self.app.screen_stack.index(self) + 1 :]
        # A screen that was not laid out yet will paint this one with itself.
        if (
            self._compositor._dirty_regions
            and not self.app._batch_count
            and above._compositor.size == self._compositor.size
        ):
            above._compositor.update_widgets(above._dirty_widgets)
            above._set_dirty(*self._compositor._dirty_regions)
            for screen in between:  # what they have painted of this one is old; by themselves they paint nothing
                if isinstance(screen, SparingScreen):
                    screen._set_dirty(*self._compositor._dirty_regions)
                    screen._exchange_repaint_regions()
            above._compositor._dirty_regions.update(above._exchange_repaint_regions())
            self._compositor._dirty_regions.clear()
            above._compositor_refresh()
        self._dirty_widgets.clear()

    def _can_paint_below(self) -> bool:
        return (
            has_parts(self.app, *_APP_PARTS, instead=_ALL_IS_PAINTED)
            and has_parts(self, *_SCREEN_PARTS, instead=_ALL_IS_PAINTED)
            and has_parts(self._compositor, *_COMPOSITOR_PARTS, instead=_ALL_IS_PAINTED)
        )

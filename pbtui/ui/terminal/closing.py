"""Closing of screens: a screen closes itself only, and only once; what it needed is freed.

`Screen.dismiss` closes whatever is on top. A key that is pressed twice, faster than the screen is drawn, would also
close the screen below: a half-filled form, or the desk.

Widgets refer to each other, so that a closed screen stays in memory until garbage is collected: each form would keep
2 MB. With 100 000 orders, a collection of all objects blocks the keyboard for a third of a second, so the desk collects
among new objects only. All objects that are there at a collection of the second generation are old after it. So that
one is suspended while a prompt is open: the prompt is still new when it is closed.

Textual's private `StylesCache` remembers up to 1 024 widgets, those of closed screens too, with all their drawn lines.
"""

import gc
from typing import TypeVar

from textual.app import App, ReturnType
from textual.await_complete import AwaitComplete
from textual.screen import Screen
from textual.timer import Timer

from pbtui.ui.terminal.private_parts import report_missing

T = TypeVar("T")

_USUAL = (10_000, 5, 1_000)
"""Thresholds of Python's three generations of objects: a collection of the first two looks at 60 000 at most."""
_WHILE_OPEN = (10_000, 1_000, 1_000)
"""The same while a prompt is open."""
_FREED_AFTER_S = 1.0
"""The wait after the last screen was closed: what is still being removed would be kept for long."""


def collect_new_garbage_only() -> None:
    """Make Python collect garbage often among new objects, and hardly ever among old ones.

    Orders and their rows refer to nothing that refers to them, so they are freed without a collection.
    """
    gc.freeze()
    gc.set_threshold(*_USUAL)


class ClosesOnce(Screen[T]):
    """A screen that ignores `dismiss` while it is covered or after it was closed."""

    def on_mount(self) -> None:
        """Suspend the collection that would make a prompt old."""
        if self.is_modal and gc.get_threshold() == _USUAL:
            gc.set_threshold(*_WHILE_OPEN)

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close this screen and return the result to its caller."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class ClosingApp(App[ReturnType]):
    """An application that frees the memory of closed screens, once the one below has been on top for a while."""

    _freeing: Timer | None = None

    def pop_screen(self) -> AwaitComplete:
        """Close the screen on top."""
        if self._freeing is not None:
            self._freeing.stop()
        self._freeing = self.set_timer(_FREED_AFTER_S, self._free)
        return super().pop_screen()

    def _free(self) -> None:
        if not self.screen_stack or self.screen.is_modal:  # it ends, or another one was opened meanwhile
            return
        forget_drawn_lines()
        gc.collect(1)
        if gc.get_threshold() == _WHILE_OPEN:
            gc.set_threshold(*_USUAL)


def forget_drawn_lines() -> None:
    """Let Textual forget the widgets that it remembers with their lines."""
    try:
        from textual._styles_cache import StylesCache

        StylesCache.get_inner_outer.cache_clear()
    except (ImportError, AttributeError):
        report_missing("StylesCache.get_inner_outer", "closed dialogs need memory until 1 024 other widgets were drawn")

"""Timers that tick once, and always do.

A timer of Textual leaves out a tick whose time has passed before it begins to wait for it. A timer that ticks once has
no other: if another thread holds this one up for the whole delay just then, its callback is never called. A resize
waits for 8 ms and a new view of the desk for up to 50 ms, so the screen would keep its old size or its old orders.

Private part: `Timer._skip`. Without it a tick can be left out.
"""

from textual.message_pump import MessagePump
from textual.timer import Timer, TimerCallback

from pbtui.ui.terminal.private_parts import has_parts


class Delays(MessagePump):
    """An application or a screen whose timers of one tick always tick."""

    def set_timer(
        self, delay: float, callback: TimerCallback | None = None, *, name: str | None = None, pause: bool = False
    ) -> Timer:
        """Call a function once, after so many seconds."""
        timer = super().set_timer(delay, callback, name=name, pause=pause)
        if has_parts(timer, "_skip", instead="a tick can be left out"):
            timer._skip = False
        return timer

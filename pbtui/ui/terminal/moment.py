"""Keys that count only if they came alone: the mark on a key, and the application that waits until its moment is over.

A person who presses a key to send something presses nothing else within a tenth of a second. Text that was pasted or
typed ahead, and everything else that a terminal sends, has company: before it, after it, or in the same piece. A key
does not count either if it may still be held down since it opened or closed a screen: terminals report repeats as
presses.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from textual import on
from textual.app import App
from textual.events import Event, Key, Paste
from textual.message import Message

from pbtui.api.clock import steady_s
from pbtui.ui.terminal.input import LETTER_GAP_S, MOMENT_S, QUIET_S
from pbtui.ui.terminal.reading.key_table import Press

_SAY_AGAIN_AFTER_S = 3.0
_FIRST_REPEAT_WITHIN_S = 1.0
"""The time from the press of a key to its first repeat on the slowest keyboards."""
_REPEATS_WITHIN_S = 0.3
"""The time from one repeat to the next on slow keyboards and lines."""

T = TypeVar("T")


class TerminalKey(Key):
    """A key that a terminal sent. `gap_s` is the time without other input before it; 0 if other input came with it."""

    __slots__ = ["gap_s"]

    def __init__(self, key: str, character: str | None, gap_s: float = 0.0) -> None:
        super().__init__(key, character)
        self.gap_s = gap_s


class TypedAheadText(Paste):
    """Text that came in one piece: a paste that the terminal did not mark, or keys that a slow line collected.

    A widget with the attribute `takes_typed_ahead` gets it as keys, all others as a paste.
    """

    __slots__ = ["keys"]

    def __init__(self, text: str, keys: Sequence[Press]) -> None:
        super().__init__(text)
        self.keys = keys


class UnmarkedText(Paste):
    """Text typed ahead that no field takes as keys. It may be a part of a paste that the terminal did not mark."""

    __slots__ = ()


# Textual finds the handlers of a message by this name.
TerminalKey.handler_name = Key.handler_name
TypedAheadText.handler_name = UnmarkedText.handler_name = Paste.handler_name


class InputIgnored(Message):
    """Message: input was ignored, with a sentence for the trader; empty if there is nothing to say."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.text = text


class InputBegun(Message):
    """Message: the beginning of something was read, and not its end."""


def came_alone(key: Key, gap_s: float = MOMENT_S) -> bool:
    """Return whether no input came for `gap_s` before this key. True for a key that no terminal sent."""
    return not isinstance(key, TerminalKey) or key.gap_s >= gap_s


class MomentApp(App[T]):
    """An application that notes its newest key, and passes text typed ahead to fields as keys."""

    _newest_key: Key | None = None
    _place: object = None
    """The screen and the focus at the newest key."""
    _doubted: str | None = None
    """The name of the key whose repeats do not count: the screen or the focus has changed since it was pressed."""
    _repeats_within_s = _FIRST_REPEAT_WITHIN_S
    newest_may_be_repeat = False
    """Says whether the newest key may be a repeat of such a key."""
    _inputs = _inputs_at_key = 0
    _crowd_s = _said_s = -math.inf
    _said = ""

    async def on_event(self, event: Event) -> None:
        """Note a key, then handle it."""
        if isinstance(event, TypedAheadText) and not event.is_forwarded:
            await self._take_typed_ahead(event)
            return
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            self._inputs += 1
            if not isinstance(event, Key) or not came_alone(event, LETTER_GAP_S):
                self._crowd_s = steady_s()
            if isinstance(event, Key):
                self._note_repeat(event)
                self._newest_key, self._inputs_at_key = event, self._inputs
                self._doubt(event)
        await super().on_event(event)

    def _note_repeat(self, key: Key) -> None:
        place = self.screen, self.focused
        if place != self._place:
            self._doubted = None if self._newest_key is None else self._newest_key.key
            self._repeats_within_s = _FIRST_REPEAT_WITHIN_S
        self._place = place
        is_same = isinstance(key, TerminalKey) and key.key == self._doubted
        self.newest_may_be_repeat = is_same and not came_alone(key, self._repeats_within_s)
        self._repeats_within_s = _REPEATS_WITHIN_S
        if not self.newest_may_be_repeat:
            self._doubted = None

    def _doubt(self, key: Key) -> None:
        """Name a key with alt that does nothing: a slow line makes it of escape and the key after it."""
        modifiers, _, name = key.key.rpartition("+")
        if isinstance(key, TerminalKey) and modifiers == "alt" and key.key not in self.screen.active_bindings:
            self.show_ignored(f"alt+{name} does nothing. If you pressed escape and then {name}, press them again")

    async def _take_typed_ahead(self, event: TypedAheadText) -> None:
        for number, key in enumerate(event.keys):
            if not getattr(self.focused, "takes_typed_ahead", False):
                rest = "".join(each.text or "" for each in event.keys[number:])
                await self.on_event(UnmarkedText(rest))
                return
            await self.on_event(TerminalKey(key.name, key.text))

    def when_alone(self, act: Callable[[], object], refuse: Callable[[], object], gap_s: float = MOMENT_S) -> None:
        """Act once it is certain that the newest key came alone, with at least this gap before it; else refuse."""
        key = self._newest_key
        if not isinstance(key, TerminalKey):
            act()
        elif self.newest_may_be_repeat or not came_alone(key, gap_s) or steady_s() - self._crowd_s < MOMENT_S:
            refuse()
        else:
            inputs = self._inputs_at_key
            self.set_timer(QUIET_S, lambda: (act if self._inputs == inputs else refuse)())

    @on(InputBegun)
    def _note_begun(self) -> None:
        self._inputs += 1

    @on(InputIgnored)
    def _note_ignored(self, message: InputIgnored) -> None:
        self._inputs += 1
        self._crowd_s = steady_s()
        is_news = message.text != self._said or self._crowd_s - self._said_s > _SAY_AGAIN_AFTER_S
        if message.text and is_news:
            self._said, self._said_s = message.text, self._crowd_s
            self.show_ignored(message.text)

    def show_ignored(self, text: str) -> None:
        """Say that input was ignored. Subclasses choose the place for it."""
        raise NotImplementedError


def when_alone(app: App[Any], act: Callable[[], object], refuse: Callable[[], object], gap_s: float = MOMENT_S) -> None:
    """`MomentApp.when_alone`; an application of another kind acts at once."""
    if isinstance(app, MomentApp):
        app.when_alone(act, refuse, gap_s)
    else:
        act()

"""Driver of the terminal: Textual's, with our own thread for keys. Also ends a process whose terminal is stuck.

Private parts, each with what happens without it:

- `LinuxDriver._sigcont_application`, overridden, and `LinuxDriver._must_signal_resume`, which says that Ctrl+Z went
  before: Textual's own way, which sets up the terminal again on every SIGCONT.
- `LinuxDriver._sigtstp_application`, which stops the process: Textual's own handler interrupts any line. If this line
  holds the lock of the writer, the process stops and does not give the terminal back.
- `LinuxDriver._in_band_window_resize`, which says that the terminal reports its size: it is reported twice.
"""

import asyncio
import os
import selectors
import shutil
import signal
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any, Protocol, cast

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.geometry import Size
from textual.messages import TerminalSupportsSynchronizedOutput

from pbtui.api.clock import steady_s
from pbtui.api.structs import replace
from pbtui.ui.terminal.input import (
    NOISE,
    QUIET_S,
    TORN,
    Event,
    Expected,
    Input,
    Pasted,
    Pressed,
    TypedAhead,
    is_company,
)
from pbtui.ui.terminal.messages import messages_of
from pbtui.ui.terminal.moment import InputBegun, InputIgnored
from pbtui.ui.terminal.output.attention import Attention
from pbtui.ui.terminal.output.usage import Usage
from pbtui.ui.terminal.output.writer import Writer
from pbtui.ui.terminal.private_parts import has_parts
from pbtui.ui.terminal.reading.mouse import CLICKS_OFF, CLICKS_ON

EXIT_WITHIN_S = 3.0
_ANSWER_WITHIN_S = 0.3
"""Time that the end waits for an answer of the terminal."""

_TICK_S = 0.1
_SOON_S = QUIET_S + 0.005
"""Until the tick after a key, in which the key can fire."""
_SCREEN = 2
"""The descriptor of stderr, on which Textual draws."""
_PLAIN = "\x1b[m"
_ALL_KITTY_FLAGS = 0b11101
"""Textual asks for all flags but event types and alternate keys. The latter report a key by its position."""


def exit_even_if_stuck(return_code: int, finish: Callable[[], object], *, unless: Callable[[], bool]) -> None:
    """End the process in a few seconds whatever happens: a lost terminal can block its writer permanently.

    Before the end, `finish` does what the process still has to do. Nothing happens if `unless` is true before it, or
    after it: then the process goes on by itself.
    """

    def end() -> None:
        if unless():
            return
        finish()
        if not unless():
            os._exit(return_code)

    watchdog = threading.Timer(EXIT_WITHIN_S, end)
    watchdog.daemon = True
    with suppress(RuntimeError):  # no thread can be started: the process ends without it, unless it is stuck
        watchdog.start()


class KeyWatch(Protocol):
    """Receives every key on the thread that reads them, also while the screen does not respond."""

    kill_keys: Collection[str]
    """The names of the kill key."""

    def keys_read(self, keys: Sequence[str]) -> int:
        """Receive the keys of one read, with NOISE for other input, and TORN behind a kill key that came in pieces.

        Return how many to pass on to the screen.
        """

    def input_began(self) -> None:
        """Called when the beginning of something was read, and not its end."""

    def tick(self) -> None:
        """Called several times a second, and soon after a key."""

    def input_ended(self) -> None:
        """Called when no more keys can come."""


class Watched(Protocol):
    """An application whose keys are watched."""

    key_watch: KeyWatch

    def input_failed(self, error: Exception) -> None:
        """Called on the thread that reads the keys, after an error that ended it."""


class Drawing(Protocol):
    """An application that draws through the writer, while there is one."""

    writer: Writer | None
    attention: Attention | None
    usage: Usage


class TerminalDriver(LinuxDriver):
    """Textual's driver for a `Watched` application, with its own reading of keys and its own handlers of two signals.

    Textual's thread for keys ends the program on a byte that is not UTF-8. When the terminal is gone, it loops forever.
    Textual's own mouse would click on everything: with `mouse` the clicks are those of `pbtui.ui.terminal.pointing`.
    Textual's SIGCONT handler opens the terminal a second time if there was no Ctrl+Z before. Service managers send such
    a SIGCONT after SIGTERM. If a SIGWINCH interrupts the handling of another, Textual reports the older size last.
    """

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=False, size=size)
        self._reads_mouse = mouse
        self._desk = app
        self._drawing = cast(Drawing, app)
        self._writer: Writer | None = None
        self._watched = cast(Watched, app)
        self._watch = self._watched.key_watch

    def start_application_mode(self) -> None:
        """Take over the terminal."""
        if self._writer is None:
            self._writer = Writer(_SCREEN, self._drawing.usage)
            self._writer.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.write(f"\x1b[={_ALL_KITTY_FLAGS}u")
        if self._reads_mouse:
            self.write(CLICKS_ON)
        self._writer.ask()
        self._drawing.writer = self._writer
        self._drawing.attention = Attention(self._writer.write)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGWINCH, self._report_size)
        if has_parts(self, "_sigtstp_application", instead="a stop may leave the terminal as it is"):
            loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)

    def write(self, data: str) -> None:
        """Write to the terminal, before any picture."""
        if self._writer is not None:
            self._writer.write(data)

    def disable_input(self) -> None:
        """End the drawing, then the thread that reads the keys."""
        if self._writer is not None:
            self._writer.fall_silent(_ANSWER_WITHIN_S)
        super().disable_input()

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        self._drawing.writer = None
        if self._drawing.attention is not None:
            self._drawing.attention.restore_title()
            self._drawing.attention = None
        self.write(_PLAIN)
        if self._reads_mouse:
            self.write(CLICKS_OFF)
        super().stop_application_mode()

    def close(self) -> None:
        """Write what is left. A terminal that stands still does not keep the program from ending."""
        if self._writer is not None:
            self._writer.stop(EXIT_WITHIN_S)
            self._writer = None
        super().close()

    def _report_size(self) -> None:
        is_known = has_parts(self, "_in_band_window_resize", instead="a new size may be reported twice")
        if not is_known or not self._in_band_window_resize:
            size = Size(*shutil.get_terminal_size())
            self._desk.post_message(Resize(size, size))
            self._mistrust(size)

    def _mistrust(self, size: Size) -> None:
        """Draw everything again after the terminal changed its size, which it may have changed back meanwhile."""
        writer = self._drawing.writer
        if writer is not None and size == self._desk.size:
            writer.redraw()
        elif writer is not None:
            writer.forget()

    # ------------------------------------------------------------ the thread that reads the keys

    def run_input_thread(self) -> None:
        """Turn bytes into events until the driver stops or the terminal goes away."""
        try:
            is_gone = self._read_keys()
        except Exception as error:  # noqa: BLE001 - without keys the desk must not go on
            self._watched.input_failed(error)
            return
        if is_gone:
            os.kill(os.getpid(), signal.SIGHUP)

    def _read_keys(self) -> bool:
        """Read until the driver stops. Return whether the terminal went away."""
        reader = Input(reads_mouse=self._reads_mouse)
        wait_s = _TICK_S
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(wait_s):
                    typed = self._read()
                    if not typed:
                        self._watch.input_ended()
                        return True
                    reader.expects_answer = self._writer is not None and self._writer.expects_answer()
                    self._hand_on(reader.feed(typed, steady_s()))
                    if reader.is_open:
                        self._watch.input_began()
                        self.process_message(InputBegun())
                    wait_s = _SOON_S
                else:
                    wait_s = _TICK_S
                    self._hand_on(reader.tick(steady_s()))
                if not reader.is_escape_held:  # escape may stop a countdown
                    self._watch.tick()
                if reader.due_s is not None:
                    wait_s = min(wait_s, max(reader.due_s - steady_s(), 0))
        return False

    def _hand_on(self, events: Sequence[Event]) -> None:
        """Hand what came in one piece to the screen, after the watch has seen its keys."""
        events = [self._with_kill_key(event) if isinstance(event, Pressed) else event for event in events]
        names = [name for event in events if is_company(event) for name in self._names(event)]
        left = self._watch.keys_read(names) if names else 0
        is_cut = not {NOISE, TORN, *self._watch.kill_keys}.issuperset(names[left:])
        for event in events:
            left -= is_company(event)
            if left >= 0 or not is_company(event):
                self._pass_on(event)
        if is_cut:
            self.process_message(InputIgnored("Keys that came together with the kill key were ignored"))

    def _pass_on(self, event: Event) -> None:
        """Pass an event on to the screen, and what the terminal reports about itself to the writer."""
        if self._writer is not None and isinstance(event, Expected):
            self._writer.answered()
        for message in messages_of(event):
            if self._writer is not None and isinstance(message, TerminalSupportsSynchronizedOutput):
                self._writer.marks_frames = True
            self.process_message(message)

    def _with_kill_key(self, key: Pressed) -> Pressed:
        """The kill key is the kill key with any modifier."""
        bare = key.name.rpartition("+")[2]
        is_kill_key = bare in self._watch.kill_keys and key.name not in self._watch.kill_keys
        return replace(key, name=bare, text=None) if is_kill_key else key

    def _names(self, event: Event) -> Sequence[str]:
        name = _name(event)
        is_torn = isinstance(event, Pressed) and event.is_torn and name in self._watch.kill_keys
        return [name, TORN] if is_torn else [name]

    def _sigcont_application(self, *signal_and_frame: object) -> None:
        is_known = has_parts(self, "_must_signal_resume", instead="the terminal is set up again on every SIGCONT")
        if not is_known or self._must_signal_resume:
            super()._sigcont_application(*signal_and_frame)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:  # how a terminal that is gone reads on Linux
            return b""


def _name(event: Event) -> str:
    """The name for the watch."""
    if isinstance(event, Pressed):
        return event.name
    if isinstance(event, Pasted | TypedAhead):
        return "paste"
    return NOISE

"""Textual's driver, with a thread of ours that reads the keys, and the end of a process whose terminal is stuck.

Private parts, each with what happens without it:

- `textual._xterm_parser.XTermParser`, which makes events of bytes: Textual's own thread reads the keys. A paste that
  the terminal does not mark is then not recognised, and a byte that is not UTF-8 ends the program.
- `LinuxDriver._sigcont_application`, overridden, and `LinuxDriver._must_signal_resume`, which says that Ctrl+Z went
  before: Textual's own way, which sets up the terminal again on every SIGCONT.
- `LinuxDriver._in_band_window_resize`, which says that the terminal reports its size: it is reported twice.
"""

import asyncio
import os
import selectors
import shutil
import signal
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Protocol, cast

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key, Paste, Resize
from textual.geometry import Size
from textual.message import Message

from pbtui.api.clock import steady_s
from pbtui.ui.terminal.paste_watch import PasteWatch
from pbtui.ui.terminal.private_parts import has_parts, report_missing

try:
    from textual._xterm_parser import XTermParser
except ImportError:
    XTermParser = None  # type: ignore[assignment, misc]

EXIT_WITHIN_S = 3.0


def exit_even_if_stuck(return_code: int, finish: Callable[[], object]) -> None:
    """End the process in a few seconds whatever happens: a lost terminal can block its writer permanently.

    `finish` is waited for: it is what the process still has to do, and takes no longer than it must.
    """

    def end() -> None:
        finish()
        os._exit(return_code)

    watchdog = threading.Timer(EXIT_WITHIN_S, end)
    watchdog.daemon = True
    with suppress(RuntimeError):  # no thread can be started: the process ends without it, unless it is stuck
        watchdog.start()


_ALT_KEYS = {"\x1b+": "alt+plus", "\x1b-": "alt+minus"}
"""Keys that Textual's parser takes for something else."""


class KeyWatch(Protocol):
    """Receives every key on the thread that reads them, also while the screen does not respond."""

    def keys_read(self, keys: Sequence[str]) -> int:
        """Receive the keys of one read. Return how many of them to pass on to the screen."""

    def tick(self) -> None:
        """Called several times a second."""


class Watched(Protocol):
    """An application whose keys are watched."""

    key_watch: KeyWatch


class TerminalDriver(LinuxDriver):
    """Textual's driver for a `Watched` application, with its own reading of keys and its own handlers of two signals.

    Textual's thread for keys ends the program on a byte that is not UTF-8. When the terminal is gone, it loops forever.
    Textual's SIGCONT handler opens the terminal a second time if there was no Ctrl+Z before. Service managers send such
    a SIGCONT after SIGTERM. If a SIGWINCH interrupts the handling of another, Textual reports the older size last.
    """

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._watched = app
        self._watch = cast(Watched, app).key_watch

    def start_application_mode(self) -> None:
        """Take over the terminal."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._report_size)

    def _report_size(self) -> None:
        is_known = has_parts(self, "_in_band_window_resize", instead="a new size may be reported twice")
        if not is_known or not self._in_band_window_resize:
            size = Size(*shutil.get_terminal_size())
            self._watched.post_message(Resize(size, size))

    def run_input_thread(self) -> None:
        """Turn bytes into events until the driver stops or the terminal goes away."""
        if XTermParser is None:
            self._run_input_thread_of_textual()
            return
        parser = XTermParser()
        pastes = PasteWatch()
        decoder = getincrementaldecoder("utf-8")(errors="replace")
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    typed = self._read()
                    if not typed:
                        os.kill(os.getpid(), signal.SIGHUP)
                        return
                    text = decoder.decode(typed)
                    if pastes.is_pasted(text, steady_s()):
                        self._hand_on([Paste(text)])
                    elif text in _ALT_KEYS:
                        self._hand_on([Key(_ALT_KEYS[text], None)])
                    else:
                        self._hand_on(parser.feed(text))
                self._hand_on(parser.tick())
                self._watch.tick()

    def _hand_on(self, messages: Iterable[Message]) -> None:
        """Hand what came in one piece to the screen, after the watch has seen its keys."""
        piece = list(messages)
        keys = [event.key if isinstance(event, Key) else "paste" for event in piece if isinstance(event, Key | Paste)]
        left = self._watch.keys_read(keys) if keys else 0
        for message in piece:
            if isinstance(message, Key | Paste):
                left -= 1
                if left < 0:
                    continue
            super().process_message(message)

    def process_message(self, message: Message) -> None:
        """Take an event from Textual's own thread: the watch sees its keys one by one."""
        self._hand_on([message])

    def _run_input_thread_of_textual(self) -> None:
        report_missing(
            "textual._xterm_parser.XTermParser", "Textual reads the keys; unmarked pastes are taken for keys"
        )
        has_ended = threading.Event()
        threading.Thread(target=self._tick_until, args=(has_ended,), daemon=True).start()
        try:
            super().run_input_thread()
        finally:
            has_ended.set()

    def _tick_until(self, has_ended: threading.Event) -> None:
        while not has_ended.wait(0.1):
            self._watch.tick()

    def _sigcont_application(self, *signal_and_frame: object) -> None:
        is_known = has_parts(self, "_must_signal_resume", instead="the terminal is set up again on every SIGCONT")
        if not is_known or self._must_signal_resume:
            super()._sigcont_application(*signal_and_frame)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:  # how a terminal that is gone reads on Linux
            return b""

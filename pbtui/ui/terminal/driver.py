"""Textual's driver, with a thread of ours that reads the keys, and the end of a process whose terminal is stuck."""

import asyncio
import os
import selectors
import signal
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, cast

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key, Paste, Resize
from textual.geometry import Size
from textual.message import Message

from pbtui.api.clock import steady_s
from pbtui.ui.terminal.paste_watch import PasteWatch

EXIT_WITHIN_S = 3.0


def exit_even_if_stuck(return_code: int, finish: Callable[[], object]) -> None:
    """End the process in a few seconds whatever happens: a terminal that went away can block its writer for good.

    `finish` is waited for: it is what the process still has to do, and takes no longer than it must.
    """

    def end() -> None:
        finish()
        os._exit(return_code)

    watchdog = threading.Timer(EXIT_WITHIN_S, end)
    watchdog.daemon = True
    watchdog.start()


_ALT_KEYS = {"\x1b+": "alt+plus", "\x1b-": "alt+minus"}
"""Keys that Textual's parser takes for something else."""


class KeyWatch(Protocol):
    """Sees every key on the thread that reads them, however the screen is."""

    def keys_read(self, keys: Sequence[str]) -> int:
        """Keys that came in one piece; gives how many of them the screen is to have."""

    def tick(self) -> None:
        """Called several times a second."""


class Watched(Protocol):
    """An application whose keys are watched."""

    key_watch: KeyWatch


class TerminalDriver(LinuxDriver):
    """Textual's driver for a `Watched` application, but for the thread that reads keys and for two signals.

    Textual's ends the program on a byte that is not UTF-8, and spins for ever once the terminal is gone. It takes over
    the terminal a second time on a SIGCONT that no Ctrl+Z went before: service managers send one after SIGTERM. And
    where one SIGWINCH interrupts the handling of another, it tells the older size last.
    """

    def start_application_mode(self) -> None:
        """Take over the terminal."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._tell_size)

    def _tell_size(self) -> None:
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(Resize(size, size))

    def run_input_thread(self) -> None:
        """Turn bytes into events until the driver stops or the terminal goes away."""
        parser = XTermParser()
        pastes = PasteWatch()
        decoder = getincrementaldecoder("utf-8")(errors="replace")
        watch = cast(Watched, self._app).key_watch
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
                        self._hand_on(watch, [Paste(text)])
                    elif text in _ALT_KEYS:
                        self._hand_on(watch, [Key(_ALT_KEYS[text], None)])
                    else:
                        self._hand_on(watch, parser.feed(text))
                self._hand_on(watch, parser.tick())
                watch.tick()

    def _hand_on(self, watch: KeyWatch, messages: Iterable[Message]) -> None:
        """Hand what came in one piece to the screen, after the watch has seen its keys."""
        piece = list(messages)
        keys = [event.key if isinstance(event, Key) else "paste" for event in piece if isinstance(event, Key | Paste)]
        left = watch.keys_read(keys) if keys else 0
        for message in piece:
            if isinstance(message, Key | Paste):
                left -= 1
                if left < 0:
                    continue
            self.process_message(message)

    def _sigcont_application(self, *signal_and_frame: object) -> None:
        if self._must_signal_resume:
            super()._sigcont_application(*signal_and_frame)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:  # how a terminal that is gone reads on Linux
            return b""

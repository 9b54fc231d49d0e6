"""The terminal as a capability: what it must offer, what may be typed at it, what may be written to it."""

import asyncio
import math
import os
import selectors
import signal
import sys
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, cast

from rich.segment import Segment
from textual._xterm_parser import XTermParser
from textual.color import Color
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key, Paste, Resize
from textual.filter import LineFilter, NoColor
from textual.geometry import Size
from textual.message import Message

from pbtui.api.clock import steady_s
from pbtui.api.sanitize import safe_text

EXIT_WITHIN_S = 3.0

_PASTE_GOES_ON_S = 0.1
"""What comes so soon after a piece of a paste is the next piece of it."""
_LINE_ENDS = {ord(end): None for end in "\r\n\t"}
_MANY_KEYS, _MANY_KINDS = 8, 4
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"


def why_unusable() -> str | None:
    """Why the desk can't be drawn here, with what to do instead; None where it can.

    Textual draws on stderr and reads stdin, and draws even where nothing good comes of it.
    """
    if not sys.stdin.isatty():
        return "the desk needs a terminal to read keys from; for scripts there is `pbtui orders`"
    if not sys.stderr.isatty():
        return "the desk draws on stderr, which is redirected; leave it on the terminal"
    if os.environ.get("TERM", "dumb") == "dumb":
        return "this terminal (TERM=dumb) can't be drawn on; use `pbtui orders`"
    encoding = (sys.stderr.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        return f"the terminal's encoding is {sys.stderr.encoding}, and the desk needs UTF-8; set LANG=C.UTF-8"
    return None


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


class PasteWatch:
    """Tells text that was pasted from keys that were pressed, where the terminal does not mark a paste as one.

    Fingers do not press keys beyond an enter, nor many different ones, within one read, unless the line is very slow.
    Text that comes so is a paste, to be put into a field or to be dropped: its letters are never commands.
    """

    def __init__(self) -> None:
        self._is_marked = False
        self._pasted_s = -math.inf

    def is_pasted(self, text: str, now_s: float) -> bool:
        """Whether this text, read just now, is a piece of a paste that the terminal did not mark."""
        begins, ends = text.rfind(_PASTE_BEGINS), text.rfind(_PASTE_ENDS)
        was_marked = self._is_marked
        if begins != ends:
            self._is_marked = begins > ends
        if was_marked or not text.translate(_LINE_ENDS).isprintable():
            return False  # control keys and sequences are pressed
        kinds = len(set(text))
        has_more_lines = kinds > 1 and not {"\r", "\n"}.isdisjoint(text[:-1])
        is_pasted = (
            has_more_lines
            or (len(text) >= _MANY_KEYS and kinds >= _MANY_KINDS)
            or now_s - self._pasted_s < _PASTE_GOES_ON_S
        )
        if is_pasted:
            self._pasted_s = now_s
        return is_pasted


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


class SafeText(LineFilter):
    """The second wall: whatever a widget was given, no control or invisible character reaches the terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, with unsafe characters made visible."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.text.isprintable() else Segment(safe_text(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def terminal_filters(*, no_color: bool) -> Sequence[LineFilter]:
    """What every line passes on its way to the terminal; with NO_COLOR no colour is left, not even a grey."""
    return [SafeText(), NoColor()] if no_color else [SafeText()]

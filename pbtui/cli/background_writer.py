"""Writes texts to a stream that may block, such as a stopped terminal or a pipe without a reader."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from queue import SimpleQueue
from typing import NamedTuple, TextIO

from pbtui.cli.process import SpokenStream

TIMEOUT_S = 3.0
_PIECE_BYTES = 4096
_ROOM_BYTES = 256
"""A terminal that is ready takes so much without blocking."""


class DrawnLine:
    """The line of a terminal that the next text is written over. It remembers how wide the present one is."""

    def __init__(self) -> None:
        self._columns = 0

    def over(self, text: str, fd: int) -> bytes:
        """Return what draws a text over the present one; an empty text clears the line. Raises OSError."""
        shown = text[: (os.get_terminal_size(fd).columns or 80) - 1] if text else ""
        before, self._columns = self._columns, len(shown)
        drawn = f"\r{shown:<{before}}" + ("" if shown else "\r")
        return drawn.encode(errors="replace") if before or shown else b""


class _Text(NamedTuple):
    """Text that waits to be written: a line that stays, or one that the next text is written over."""

    text: str
    is_drawn: bool = False


class BackgroundWriter:
    """Writes on a daemon thread, so the caller never waits. A text that can't be written is lost.

    If no thread can be started, each call writes what the stream accepts without waiting, and `finish` the rest.

    It bypasses the stream's buffer: Python would try to flush that at exit, and a failure would change the exit code.
    `stream` is None if it was closed before the start.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._texts: SimpleQueue[_Text] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        self._queued = 0
        self._pieces = 0
        self._unwritten = b""
        """The texts that have to be written without a thread."""
        self._drawn = DrawnLine()
        """Used by the thread only."""

    def say(self, text: str) -> None:
        """Queue a text as one line, to be written as soon as the stream accepts it."""
        if self._stream is None:
            return
        if self._thread is None and not self._start():
            self._unwritten += self._line(text)
            self._write_here(0)
            return
        self._queue(_Text(text))

    def draw(self, text: str) -> None:
        """Draw a text on a line of a terminal that the next text is written over; an empty one clears it.

        It is left out while other texts wait to be written.
        """
        with self._changed:
            is_busy = self._queued > 0
        if self._thread is not None and not (text and is_busy):
            self._queue(_Text(text, is_drawn=True))

    def finish(self, timeout_s: float = TIMEOUT_S) -> None:
        """Wait until all texts are written, or until nothing was written for `timeout_s`."""
        self._write_here(timeout_s)
        with self._changed:
            pieces = -1
            while self._queued and pieces != self._pieces:
                pieces = self._pieces
                self._changed.wait(timeout_s)

    def _queue(self, text: _Text) -> None:
        with self._changed:
            self._queued += 1
        self._texts.put(text)

    def _start(self) -> bool:
        """Start the thread, unless an earlier text is still to be written without one. Returns whether it runs."""
        if self._unwritten:
            return False
        thread = threading.Thread(target=self._work, name="output", daemon=True)
        with contextlib.suppress(RuntimeError):
            thread.start()
            self._thread = thread
        return self._thread is not None

    def _write_here(self, timeout_s: float) -> None:
        """Write without a thread, until the stream accepts nothing for `timeout_s`."""
        try:
            while self._unwritten and select.select([], [self._fd], [], timeout_s)[1]:
                self._unwritten = self._unwritten[os.write(self._fd, self._unwritten[:_ROOM_BYTES]) :]
        except (OSError, ValueError):
            self._unwritten = b""

    def _work(self) -> None:
        while True:
            text = self._texts.get()
            with contextlib.suppress(OSError, ValueError):
                self._write(text)
            self._step(ended=1)

    def _write(self, text: _Text) -> None:
        fd = self._fd
        data = self._drawn.over(text.text, fd) if text.is_drawn else self._drawn.over("", fd) + self._line(text.text)
        while data:
            select.select([], [fd], [])
            data = data[os.write(fd, data[:_PIECE_BYTES]) :]
            self._step()

    @property
    def _fd(self) -> int:
        return -1 if self._stream is None else self._stream.fileno()

    def _line(self, text: str) -> bytes:
        encoding = "ascii" if self._stream is None else self._stream.encoding
        text = self._stream.spoken(text) if isinstance(self._stream, SpokenStream) else text
        return f"{text}\n".encode(encoding, "replace")

    def _step(self, ended: int = 0) -> None:
        with self._changed:
            self._queued -= ended
            self._pieces += 1
            self._changed.notify_all()

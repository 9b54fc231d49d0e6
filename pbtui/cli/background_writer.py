"""Writes texts to a stream that may block, such as a stopped terminal or a pipe without a reader."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from queue import SimpleQueue
from typing import TextIO

TIMEOUT_S = 3.0
_PIECE_BYTES = 4096


class BackgroundWriter:
    """Writes on a daemon thread, so the caller never waits. A text that can't be written is lost.

    It bypasses the stream's buffer: Python would try to flush that at exit, and a failure would change the exit code.
    `stream` is None if it was closed before the start.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._texts: SimpleQueue[str] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        self._queued = 0
        self._pieces = 0

    def say(self, text: str) -> None:
        """Queue a text as one line, to be written as soon as the stream accepts it."""
        if self._stream is None:
            return
        with self._changed:
            self._queued += 1
        self._texts.put(text)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="output", daemon=True)
            self._thread.start()

    def finish(self, timeout_s: float = TIMEOUT_S) -> None:
        """Wait until all texts are written, or until nothing was written for `timeout_s`."""
        with self._changed:
            pieces = -1
            while self._queued and pieces != self._pieces:
                pieces = self._pieces
                self._changed.wait(timeout_s)

    def _work(self) -> None:
        while True:
            text = self._texts.get()
            with contextlib.suppress(OSError, ValueError):
                self._write(text)
            self._step(ended=1)

    def _write(self, text: str) -> None:
        assert self._stream is not None  # noqa: S101 - see say
        fd, data = self._stream.fileno(), f"{text}\n".encode(self._stream.encoding, "replace")
        while data:
            select.select([], [fd], [])
            data = data[os.write(fd, data[:_PIECE_BYTES]) :]
            self._step()

    def _step(self, ended: int = 0) -> None:
        with self._changed:
            self._queued -= ended
            self._pieces += 1
            self._changed.notify_all()

"""The thread that writes to the terminal. It sends the newest picture only, as soon as the line takes it."""

import os
import select
import threading
from collections import deque
from contextlib import suppress

from pbtui.api.clock import steady_s
from pbtui.ui.terminal.output.flow import Flow
from pbtui.ui.terminal.output.painter import Painter
from pbtui.ui.terminal.output.picture import Picture
from pbtui.ui.terminal.output.usage import MARKS, MODES, QUESTIONS, Usage

_MARKED_FROM_BYTES = 1024
"""Smaller frames arrive in one piece, and their marks would be a large part of them."""
_FRAME_BEGIN, _FRAME_END = b"\x1b[?2026h", b"\x1b[?2026l"


class Writer:
    """Writes texts in sequence, and of pictures the newest: its difference to what the terminal shows."""

    def __init__(self, fileno: int, usage: Usage, *, erases_with_colour: bool = True) -> None:
        self._fileno = fileno
        self._usage = usage
        self._changed = threading.Condition()
        self._painter = Painter(erases_with_colour)
        self._flow = Flow()
        self._texts: deque[str] = deque()
        self._picture: Picture | None = None
        """The picture that is not sent whole."""
        self._last: Picture | None = None
        self._waiting_since_s: float | None = None
        self._is_forgotten = self._is_to_ask = self._is_silent = self._has_ended = self._is_lost = False
        self.marks_frames = False
        """Says whether the terminal knows synchronized updates."""
        self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)

    # ------------------------------------------------------------ for other threads

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def write(self, text: str) -> None:
        """Write this text, before any picture."""
        with self._changed:
            self._texts.append(text)
            self._changed.notify_all()

    def show(self, picture: Picture) -> None:
        """Show this picture instead of all that are not sent yet."""
        with self._changed:
            if self._is_silent:
                return
            self._usage.skipped += self._picture is not None
            self._picture = self._last = picture
            self._waiting_since_s = self._waiting_since_s or steady_s()
            self._changed.notify_all()

    def forget(self) -> None:
        """Send the next picture whole: the terminal may show anything."""
        with self._changed:
            self._is_forgotten = True

    def redraw(self) -> None:
        """Send the last picture again, whole."""
        with self._changed:
            self._is_forgotten, self._picture = True, self._last
            self._changed.notify_all()

    def fall_silent(self, within_s: float) -> None:
        """Send texts only from now on, and wait for an answer that is due: later, a shell would take it for keys."""
        with self._changed:
            self._is_silent, self._is_to_ask = True, False
            self._picture = self._last = self._waiting_since_s = None
            self._changed.wait_for(lambda: self._flow.late_since_s is None, within_s)

    def ask(self) -> None:
        """Measure the line with the question whether the terminal is there; send pictures again."""
        with self._changed:
            self._is_silent, self._is_to_ask = False, True
            self._changed.notify_all()

    def answered(self) -> None:
        """Note the answer to the question."""
        with self._changed:
            self._flow.answered(steady_s())
            self._changed.notify_all()

    def expects_answer(self) -> bool:
        """Return whether the terminal was asked, and has not answered."""
        with self._changed:
            return self._flow.expects_answer

    def behind_s(self) -> float:
        """The seconds for which the terminal may lack something that it is to show."""
        with self._changed:
            times = [time for time in (self._waiting_since_s, self._flow.late_since_s) if time is not None]
            return steady_s() - min(times) if times else 0.0

    def stop(self, within_s: float) -> None:
        """Write the texts that are left, drop the picture, and end the thread."""
        with self._changed:
            self._has_ended, self._picture = True, None
            self._changed.notify_all()
        self._thread.join(within_s)

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        while (data := self._next()) is not None:
            self._put(data)

    def _next(self) -> bytes | None:
        """Wait for something to write; None at the end."""
        with self._changed:
            while True:
                if self._texts or self._is_to_ask:
                    return self._next_texts()
                if self._has_ended:
                    return None
                now_s = steady_s()
                if self._picture is not None and (data := self._next_frame(self._picture, self._flow.room(now_s))):
                    return data
                due_s = self._flow.due_s() if self._picture is not None else None
                self._changed.wait(None if due_s is None else max(due_s - now_s, 0) + 0.01)

    def _next_texts(self) -> bytes:
        data = "".join(self._texts).encode(errors="replace")
        self._texts.clear()
        self._usage.add({MODES: len(data)})
        question = self._count(len(data))
        if self._is_to_ask and not question:
            question = self._flow.ask(steady_s()).encode()
        self._is_to_ask = False
        return data + question

    def _next_frame(self, picture: Picture, room: int) -> bytes:
        if not room:
            return b""
        if self._is_forgotten:
            self._painter.forget()
            self._is_forgotten = False
        painted = self._painter.paint(picture, room)
        if painted.is_all:
            self._picture = self._waiting_since_s = None
        if not painted.data:
            return b""
        self._usage.frames += painted.is_all
        self._usage.add(painted.sizes)
        data = painted.data
        if self.marks_frames and len(data) >= _MARKED_FROM_BYTES and painted.is_all:
            data = _FRAME_BEGIN + data + _FRAME_END
            self._usage.add({MARKS: len(data) - len(painted.data)})
        return data + self._count(len(data))

    def _count(self, size: int) -> bytes:
        if self._is_silent:
            return b""
        question = self._flow.sent(size, steady_s()).encode()
        self._usage.add({QUESTIONS: len(question)})
        return question

    def _put(self, data: bytes) -> None:
        """Write all of it, however long that takes. A terminal that is gone is noted where keys are read."""
        while data and not self._is_lost:
            try:
                data = data[os.write(self._fileno, data) :]
            except BlockingIOError:
                with suppress(OSError):
                    select.select([], [self._fileno], [])
            except OSError:
                self._is_lost = True

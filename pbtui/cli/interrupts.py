"""The signals that end a command: Ctrl+C, a lost terminal, and kill. One thread answers them, at any moment of the run.

Python handles a signal between two steps of the main thread. One that arrives right before a blocking read waits until
that read returns, and a KeyboardInterrupt inside an import or a clean-up is dropped or leaves a traceback. So here the
number of the signal goes through a pipe to a thread of its own, whatever the main thread does.
"""

import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import NoReturn

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NOTHING_SENT = 2


class Interrupts:
    """The answer to the next signal. The main thread changes it with each phase of a command; any thread may.

    A phase that has begun can't be answered with the text of the one before: the change waits for an answer under way.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._answer: Callable[[int], object] = partial(self._end, "interrupted; nothing was sent", NOTHING_SENT)
        self._is_session = False
        self._session_end: int | None = None
        self._wake_up: int | None = None
        """The end of the pipe that Python writes the numbers to."""
        self._handler: Callable[[int, object], object] = _leave_to_the_thread
        self._restore_terminal: Callable[[], object] = lambda: None

    def watch(self) -> None:
        """Answer the signals of this process from now on. Those that it was started to ignore stay ignored."""
        numbers, self._wake_up = os.pipe()
        os.set_blocking(self._wake_up, False)
        try:
            threading.Thread(target=self._work, args=(numbers,), name="signals", daemon=True).start()
        except RuntimeError:  # the limit of processes is reached; a kill does without its thread
            self._handler = lambda number, _frame: self._answer_to(number)
        self.watch_again()

    def watch_again(self) -> None:
        """Take the signals back from an event loop that had handlers of its own. Nothing if `watch` was not called."""
        if self._wake_up is None:
            return
        signal.set_wakeup_fd(self._wake_up, warn_on_full_buffer=False)
        for number in NUMBERS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._handler)

    @contextmanager
    def session(self) -> Iterator[None]:
        """Hold a session in this block, which outlives its commands: no phase of one ends the program at once.

        The first SIGTERM or SIGHUP asks the session to end, whatever phase answers it. Each phase that begins later is
        given that signal again, so none waits as if it had not come. Signals after the block are ignored.
        """
        self._is_session = True
        try:
            yield
        finally:
            self._is_session = False
            self.ignore()

    @property
    def ended_by(self) -> int:
        """The exit code of the signal that asked the session to end; 0 if none did."""
        return 0 if self._session_end is None else 128 + self._session_end

    def note_end(self, number: int) -> None:
        """Take the session to be ended by this signal, unless one came before. The signal itself may come later."""
        with self._lock:
            if self._session_end is None:
                self._session_end = number

    def end_with(self, text: str, exit_code: int | None = None) -> None:
        """At a signal end the program at once, with this text on stderr. Exit code None: 128 + number.

        In a session nothing changes.
        """
        if not self._is_session:
            self.pass_to(partial(self._end, text, exit_code))

    @contextmanager
    def ending_with(self, words: Callable[[], str]) -> Iterator[None]:
        """At a signal in this block end the program at once, with what `words` returns then on stderr.

        In a session nothing changes.
        """
        if self._is_session:
            yield
            return
        earlier = self._answer
        self.pass_to(lambda number: self._end(words(), None, number))
        try:
            yield
        finally:
            self.pass_to(earlier)

    def pass_to(self, answer: Callable[[int], object]) -> None:
        """Call this with the number of a signal, on the thread of the signals."""
        with self._lock:
            self._answer = answer
            if self._is_session and self._session_end is not None:
                answer(self._session_end)

    def pass_to_loop(self, answer: Callable[[int], object]) -> None:
        """Call this with the number of a signal, in the running loop. Signals after the loop's end are ignored."""
        from asyncio import get_running_loop  # 52 ms that a command without a loop does without

        loop = get_running_loop()

        def pass_on(number: int) -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(answer, number)

        self.pass_to(pass_on)

    def ignore(self) -> None:
        """Do nothing at a signal: what runs is short, and ends with a result that has to be printed."""
        self.pass_to(lambda _number: None)

    @contextmanager
    def terminal_restored(self) -> Iterator[None]:
        """Put the terminal's attributes back if a signal ends the program in this block."""
        self._restore_terminal = partial(_restore, sys.stdin.fileno(), termios.tcgetattr(sys.stdin))
        try:
            yield
        finally:
            self._restore_terminal = lambda: None

    def _work(self, numbers: int) -> None:
        while True:
            for number in os.read(numbers, 64):
                if number in NUMBERS:  # the pipe also brings the signals of others, such as a new window size
                    self._answer_to(number)

    def _answer_to(self, number: int) -> None:
        with self._lock:
            if self._is_session and number != signal.SIGINT:
                self.note_end(number)
            self._answer(number)

    def end(self, text: str, exit_code: int) -> NoReturn:
        """End the program at once, with this text on stderr."""
        with suppress(OSError, ValueError, termios.error):
            self._restore_terminal()
        with suppress(OSError, ValueError):
            _write(text)
        os._exit(exit_code)

    def _end(self, text: str, exit_code: int | None, number: int) -> NoReturn:
        self.end(text, 128 + number if exit_code is None else exit_code)


def at_end() -> None:
    """Ignore the signals while Python ends: the exit code is decided, and its clean-ups would print a traceback."""
    for number in NUMBERS:
        signal.signal(number, signal.SIG_IGN)


def _restore(terminal: int, attributes: list[int | list[bytes | int]]) -> None:
    if os.tcgetpgrp(terminal) == os.getpgrp():  # in the background the shell has it, with attributes of its own
        termios.tcsetattr(terminal, termios.TCSANOW, attributes)


def _write(text: str) -> None:
    """Write a line on stderr, unless that would block: a stopped terminal must not keep the program from ending."""
    if not text or sys.stderr is None:
        return
    fd = sys.stderr.fileno()
    if select.select([], [fd], [], 0)[1]:
        os.write(fd, f"{chr(10) if os.isatty(fd) else ''}{text}\n".encode())


def _leave_to_the_thread(_number: int, _frame: object) -> None:
    """Handle a signal in Python: nothing, because the number is in the pipe already."""


interrupts = Interrupts()

"""The terminal of a plain session: one question at a time, and nothing is written while an answer is typed.

The terminal itself echoes and edits the line. Ctrl+C ends a question, a lost terminal ends the session.
"""

import os
import select
import signal
import sys
import termios
from contextlib import suppress

import click

from pbtui.cli.interrupts import interrupts
from pbtui.cli.process import is_lost


class Interrupted(Exception):
    """Ctrl+C at a question: back."""


class InputEnded(Exception):
    """The input has ended, or the terminal is lost: no question is answered any more."""


class Terminal:
    """Asks questions on stderr and reads the answers from stdin, which is a terminal."""

    def __init__(self) -> None:
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)

    def listen(self) -> None:
        """Take the signals: from now on Ctrl+C ends the question that is or will be asked."""
        interrupts.pass_to(self.wake)

    def wake(self, _number: int) -> None:
        """Take one signal; on any thread."""
        os.write(self._wake, b"!")

    def forget(self) -> None:
        """Forget a Ctrl+C that came before a question was asked."""
        with suppress(BlockingIOError):
            os.read(self._woken, 64)

    def line(self, question: str) -> str:
        """Ask, and return the line that was typed, without the blanks around it. Raises Interrupted, InputEnded."""
        self.refuse_ended()
        with suppress(OSError):
            click.echo(f"{question} ", nl=False, err=True)
        typed = self._typed(None)
        if typed is None:
            self._end_line()  # after the ^C that the terminal shows
            raise Interrupted
        return typed.strip()

    def line_within(self, within_s: float) -> str | None:
        """Wait for a line and return it, empty after Ctrl+C; None if neither came in time. Raises InputEnded."""
        self.refuse_ended()
        try:
            return (self._typed(within_s) or "").strip()
        except TimeoutError:
            return None

    def _typed(self, within_s: float | None) -> str | None:
        """Wait for a line and return it; None after Ctrl+C. Raises InputEnded, or TimeoutError if nothing came."""
        ready, _, _ = select.select([sys.stdin, self._woken], [], [], within_s)
        if interrupts.ended_by:
            self._end_line()
        self.refuse_ended()
        if not ready:
            raise TimeoutError
        if self._woken in ready:
            self.forget()
            return None
        typed = ""
        with suppress(OSError):  # the terminal is gone
            typed = sys.stdin.readline()
        if not typed:
            if _is_hung_up():
                interrupts.note_end(signal.SIGHUP)
            self._end_line()
            raise InputEnded
        return typed

    def ring(self) -> None:
        """Ring the bell, unless that would wait: a stopped terminal must not keep the desk from reading."""
        with suppress(OSError, ValueError):
            if select.select([], [sys.stderr], [], 0)[1]:
                os.write(sys.stderr.fileno(), b"\a")

    def _end_line(self) -> None:
        with suppress(OSError):
            click.echo(err=True)

    def refuse_ended(self) -> None:
        """Raise InputEnded if the session was asked to end, by a lost terminal too, or nobody reads what it says."""
        if interrupts.ended_by or is_lost(sys.stdout):
            raise InputEnded

    def answer(self, question: str) -> str:
        """Ask as click does, for commands that ask in a session. Raises click.Abort after Ctrl+C.

        What was typed before the question is discarded: it can't be meant as its answer.
        """
        with suppress(termios.error):
            termios.tcflush(sys.stdin, termios.TCIFLUSH)
        self.listen()
        try:
            return self.line(f"{question}:")
        except (Interrupted, InputEnded):
            raise click.Abort from None


def _is_hung_up() -> bool:
    """Return whether the terminal is lost, which shows before its signal comes, and where that is ignored."""
    looking = select.poll()
    looking.register(sys.stdin, select.POLLIN)
    return any(seen & select.POLLHUP for _, seen in looking.poll(0))

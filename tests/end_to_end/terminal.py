"""A terminal for a program under test: a pseudo-terminal with a screen to read and keys to press."""

import fcntl
import os
import re
import selectors
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import Any, TypeVar

import pyte
from wcwidth import wcwidth

from tests.end_to_end.forked import Forked

WITHIN_S = 40.0
"""How long anything may take before a test fails. Long enough for any machine: nothing here is timed."""
AGAIN_AFTER_S = 8.0
REST_S = 0.5
"""Longer than the program wants a key that sends to be alone."""

LAUNCHER = """
import fcntl, os, sys, termios
terminal = os.open(sys.argv[1], os.O_RDWR)
fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
os.close(terminal)
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Makes the terminal the controlling one, so that signals and hang-ups reach the program as over SSH."""

_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KEYBOARD_PUSH, _KEYBOARD_POP = re.compile(rb"\x1b\[>[0-9]*u"), re.compile(rb"\x1b\[<[0-9]*u")
_ARE_YOU_THERE, _THERE = b"\x1b[5n", b"\x1b[0n"
_LAST = b"\0" * 8  # no terminal shows them
_ALWAYS_ON = {b"7": True, b"25": True}  # line wrap, cursor

Found = TypeVar("Found")
Running = Forked | subprocess.Popen[bytes]


def _text_of(line: Mapping[int, Any], columns: int) -> str:
    """The text of one line, as `pyte.Screen.display` has it."""
    cells = (line[x].data for x in range(columns))
    shown = []
    for cell in cells:
        shown.append(cell)
        if not cell.isascii() and wcwidth(cell[0]) == 2:
            next(cells, None)  # the second half of a wide character
    return "".join(shown)


def _says_ignored(lines: Sequence[str]) -> bool:
    return any("ignored" in line for line in lines)


def execute(command: Sequence[str], *, terminal: str = "", **given: Any) -> subprocess.Popen[bytes]:
    """Begin a program as the system does; `terminal` is the path of its controlling one, the rest as for Popen."""
    launcher = (sys.executable, "-S", "-c", LAUNCHER, terminal) if terminal else ()
    return subprocess.Popen([*launcher, *command], start_new_session=bool(terminal), **given)


class Terminal:
    """A program in a terminal of its own.

    `size` is columns and lines. Without `has_echo` the terminal itself shows nothing of what is typed. `raw` is every
    byte the program has written. Waits fail with the screen in the message.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        begin: Callable[..., Running],
        size: tuple[int, int],
        has_echo: bool = True,
        **streams: Any,
    ) -> None:
        self._master, self._slave = os.openpty()
        self.screen = pyte.Screen(*size)
        self._shown: list[str] = []
        self._stream = pyte.ByteStream(self.screen)
        self._output = bytearray()
        self._changed = Condition()
        self._answering = Lock()
        self._waker, self._wake = os.pipe()
        self._is_open = True
        self._sent, self._sent_s = b"", 0.0
        self._set_size(*size)
        if not has_echo:
            attributes = termios.tcgetattr(self._slave)
            attributes[3] &= ~termios.ECHO
            termios.tcsetattr(self._slave, termios.TCSANOW, attributes)
        self._attributes_before = termios.tcgetattr(self._slave)
        standard = {"stdin": self._slave, "stdout": self._slave, "stderr": self._slave}
        self.process = begin(command, env=env, cwd=cwd, terminal=os.ttyname(self._slave), **{**standard, **streams})
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    # ------------------------------------------------------------ hands

    def send(self, keys: str | bytes) -> None:
        """Type these characters. Behind ESC alone they follow as late as a finger does: together they mean Alt."""
        if self._sent == b"\x1b":
            self._rest()
        self._type(keys.encode() if isinstance(keys, str) else keys)

    def _type(self, keys: bytes) -> None:
        os.write(self._master, keys)
        self._sent, self._sent_s = keys, time.monotonic()

    def _rest(self) -> None:
        time.sleep(max(self._sent_s + REST_S - time.monotonic(), 0))

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size."""
        with self._changed:
            self.screen.resize(lines, columns)
        self._set_size(columns, lines)

    @contextmanager
    def unread(self) -> Iterator[None]:
        """Read nothing of what the program writes while the block lasts, as a terminal does that hangs."""
        with self._changed:
            yield

    def stand_still(self) -> None:
        """Take nothing from the program any more, as after Ctrl+S: whoever writes waits."""
        termios.tcflow(self._slave, termios.TCOOFF)

    def send_torn(self, first: str, rest: str, pause_s: float = 0.0) -> None:
        """Type one key that a slow line delivers in two pieces: no answer comes between them."""
        with self._answering:
            self.send(first)
            time.sleep(pause_s)
            self._type(rest.encode())

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal as a lost connection does."""
        os.close(self._wake)
        os.close(self._slave)
        self._let_go()

    def _let_go(self) -> None:
        self._is_open = False
        self._reader.join(WITHIN_S)
        assert not self._reader.is_alive(), "somebody still holds the terminal"
        for descriptor in (self._master, self._waker):
            os.close(descriptor)

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    # ------------------------------------------------------------ eyes

    @property
    def raw(self) -> bytes:
        """Every byte written so far."""
        with self._changed:
            return bytes(self._output)

    def drawn_since(self, moment: bytes) -> list[str]:
        """The screen, line by line, as it would be had it been empty when these bytes were written last."""
        screen = pyte.Screen(self.screen.columns, self.screen.lines)
        _, found, written = self.raw.rpartition(moment)
        pyte.ByteStream(screen).feed(written if found else b"")
        return list(screen.display)

    @property
    def echoes(self) -> bool:
        """Whether what is typed shows."""
        return bool(termios.tcgetattr(self._slave)[3] & termios.ECHO)

    def lines(self) -> list[str]:
        """The screen, line by line."""
        with self._changed:
            return self._lines()

    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines())

    def until(
        self, seen: Callable[[Sequence[str]], Found], what: str = "the condition", *, within_s: float = WITHIN_S
    ) -> Found:
        """Wait until this is true of the lines of the screen, and give what it gave."""
        deadline = time.monotonic() + within_s
        with self._changed:
            while not (found := seen(self._lines())):
                has_ended = self.process.poll() is not None
                has_changed = self._changed.wait(min(within_s, 1))
                if time.monotonic() > deadline or (has_ended and not has_changed):
                    raise AssertionError(f"{what} did not come about on this screen:\n" + "\n".join(self._lines()))
            return found

    def press_until(self, key: str, seen: Callable[[Sequence[str]], object]) -> None:
        """Press a key until this is seen: again when the program says that it ignored it, or when a long time passes.

        It follows other keys as late as a finger does: directly behind them it would be part of a paste.
        A key that was taken may be seen late on a busy machine. Pressed again, it would do what comes next.
        """
        deadline = time.monotonic() + WITHIN_S
        self._rest()
        while not self._takes(key, seen):
            assert time.monotonic() < deadline, f"{key!r} does nothing on this screen:\n{self.text()}"
            time.sleep(REST_S)

    def _takes(self, key: str, seen: Callable[[Sequence[str]], object]) -> bool:
        """Press a key; whether this is seen before the program says that it ignored the key."""
        is_old_news = _says_ignored(self.lines())
        self.send(key)
        with suppress(AssertionError):
            return (
                self.until(
                    lambda lines: (
                        "seen" if seen(lines) else "ignored" if not is_old_news and _says_ignored(lines) else ""
                    ),
                    within_s=AGAIN_AFTER_S,
                )
                == "seen"
            )
        return False

    def until_redrawn(self, seen_bytes: int) -> None:
        """Wait until the program has written more than these."""
        self.until(lambda _: len(self._output) > seen_bytes, "another frame")

    def until_shown(self, *texts: str) -> None:
        """Wait until all of these texts are on the screen."""
        self.until(lambda lines: all(any(text in line for line in lines) for text in texts), f"{texts}")

    def until_gone(self, *texts: str) -> None:
        """Wait until none of these texts is on the screen."""
        self.until(lambda lines: not any(text in line for line in lines for text in texts), f"the going of {texts}")

    def until_asked(self, question: str, times: int = 1) -> None:
        """Wait until this was asked so many times and the answer does not show: keys from before that are dropped."""
        self.until(
            lambda lines: sum(question in line for line in lines) == times and not self.echoes, f"{question!r} asked"
        )

    def _lines(self) -> list[str]:
        """Decode the lines that changed since the last look: a whole screen takes longer than all else in a wait."""
        if len(self._shown) != self.screen.lines:
            self._shown = [""] * self.screen.lines
            self.screen.dirty.update(range(self.screen.lines))
        for y in self.screen.dirty & set(range(self.screen.lines)):
            self._shown[y] = _text_of(self.screen.buffer[y], self.screen.columns)
        self.screen.dirty.clear()
        return list(self._shown)

    def _read(self) -> None:
        # A read that waits would keep the terminal open after it was closed, so it waits for a word from here as well.
        cut = b""
        with selectors.DefaultSelector() as selector, suppress(OSError):
            selector.register(self._master, selectors.EVENT_READ)
            selector.register(self._waker, selectors.EVENT_READ)
            while all(key.fd != self._waker for key, _ in selector.select()):
                # Fails on Linux, and is empty elsewhere, once nobody has the other side open any more.
                if not (piece := os.read(self._master, 65536)):
                    return
                # As every terminal does when it is asked whether it is there; a read may end inside the question.
                asked = (cut + piece).count(_ARE_YOU_THERE)
                cut = (cut + piece)[-len(_ARE_YOU_THERE) + 1 :]
                with self._answering:
                    os.write(self._master, _THERE * asked)
                with self._changed:
                    self._output += piece
                    self._stream.feed(piece)
                    self._changed.notify_all()

    # ------------------------------------------------------------ the end

    def end(self) -> int:
        """Wait until the program has ended and nobody holds the terminal any more; the exit code as a shell has it."""
        code = self.wait()
        self.attributes_restored = termios.tcgetattr(self._slave) == self._attributes_before
        os.close(self._slave)
        self._let_go()
        os.close(self._wake)
        return code

    def wait(self) -> int:
        """Wait until the program has ended, and all that it wrote is read; the exit code as a shell has it."""
        try:
            code = self.process.wait(WITHIN_S)
        except subprocess.TimeoutExpired:
            raise AssertionError("still running with this screen:\n" + self.text()) from None
        if self._is_open:
            self._read_to_end()
        return code if code >= 0 else 128 - code

    def _read_to_end(self) -> None:
        """What the program wrote last may be on its way. A mark that is written here comes behind it.

        The mark is written again until it is seen: with each Ctrl+C a terminal drops what nobody has read yet, and it
        may take a Ctrl+C that was sent before only after the mark.
        """
        deadline_s = time.monotonic() + WITHIN_S
        with self._changed:
            while _LAST not in self._output:
                assert time.monotonic() < deadline_s, "the mark behind the last output did not come"
                os.write(self._slave, _LAST)
                self._changed.wait_for(lambda: _LAST in self._output, 1.0)
            self._output = self._output.replace(_LAST, b"")

    def what_is_left(self) -> list[str]:
        """What the program changed about the terminal and did not put back; to be asked after `end`."""
        raw = self.raw
        modes: dict[bytes, bool] = {}
        for numbers, letter in _MODE.findall(raw):
            modes.update(dict.fromkeys(numbers.split(b";"), letter == b"h"))
        left = [f"mode {m.decode()}" for m, is_on in modes.items() if is_on != _ALWAYS_ON.get(m, False)]
        if len(_KEYBOARD_PUSH.findall(raw)) > len(_KEYBOARD_POP.findall(raw)):
            left.append("keyboard protocol")
        if not self.attributes_restored:
            left.append("line discipline")
        return left

    def close(self) -> None:
        """End whatever still runs."""
        self.process.kill()
        self.process.wait()
        if self._is_open:
            self.hang_up()


@contextmanager
def terminal(
    *command: str,
    env: Mapping[str, str],
    cwd: Path,
    begin: Callable[..., Running] = execute,
    size: tuple[int, int] = (160, 48),
    **streams: Any,
) -> Iterator[Terminal]:
    """Run a command in a terminal for as long as the block lasts; `streams` as for Popen, where one is redirected."""
    running = Terminal(command, env=env, cwd=cwd, begin=begin, size=size, **streams)
    try:
        yield running
    finally:
        running.close()

"""The process of a command: its standard streams, its core dumps, and its end after an internal error.

Nothing of pbtui is imported here before an error: every command runs this first.
"""

from __future__ import annotations

import errno
import gc
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import TYPE_CHECKING, NoReturn, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

NOTHING_SENT, NO_ANSWER = 2, 5
_NOT_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE, errno.EBADF)
"""Errors of a stream. Those of a file name it, or are turned into a sentence where they occur."""
_SPOKEN = {"▲ ": "", "▼ ": "", " → ": " to ", " -> ": " to ", "→": " to ", " · ": ", ", "…": "..."}
"""Words for symbols that a screen reader reads aloud, or that a dumb terminal can't show. A side is a word already."""


_OBJECTS_OF_IMPORTS = 100_000
"""New objects between two looks for garbage: with the 700 of Python each import would make it look."""


def prepare() -> None:
    """Open the standard streams that were closed before the start, and forbid core dumps: they would hold the key.

    From here on Python looks for garbage rarely. The desk sets its own thresholds once its modules are imported.
    """
    gc.set_threshold(_OBJECTS_OF_IMPORTS, *gc.get_threshold()[1:])
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(fd, "r" if fd == 0 else "w", closefd=False))  # noqa: SIM115 - a descriptor
    sys.stderr = _without_errors(sys.stderr)


class _Dispensable(FileIO):
    """A stream of messages. What it does not accept is discarded, and so is all that follows."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write the bytes, or discard them."""
        try:
            return super().write(data)
        except OSError:
            _discard(self.fileno())
            return memoryview(data).nbytes


def _without_errors(stream: TextIO) -> TextIO:
    """A stream with the same descriptor and encoding. A message that can't be written must not end a command."""
    raw = BufferedWriter(_Dispensable(stream.fileno(), "w", closefd=False))
    return TextIOWrapper(raw, encoding=stream.encoding, errors=stream.errors, line_buffering=True)


def _discard(descriptor: int) -> None:
    """Let a descriptor lead to nowhere from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def discard_lost_output() -> None:
    """Discard output that a stream does not accept; flushing it at exit would change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                _discard(stream.fileno())


def say(text: str, *, err: bool = False) -> bool:
    """Write a line of a command that writes: its exit code is that of the write, also if nobody can read the line.

    Return whether it was written. A stream that is closed, full or read by nobody is discarded, as the rest would fail
    too.
    """
    import click  # the other functions here run before it is imported

    stream = sys.stderr if err else sys.stdout
    try:
        click.echo(text, err=err)
    except OSError:
        _discard(stream.fileno())
        return False
    return not is_lost(stream)


def say_result(*lines: str) -> None:
    """Write the result of a write on stdout; if that can't be written, say on stderr where it is."""
    if not all(say(line) for line in lines):
        say("the result could not be written to stdout; it is in the journal of the profile", err=True)


def spoken(text: str) -> str:
    """Return a text with words in place of symbols."""
    for symbol, words in _SPOKEN.items():
        text = text.replace(symbol, words)
    return text


class SpokenStream(TextIOWrapper):
    """A standard stream that is listened to. What the terminal's own encoding lacks is replaced.

    A text that it does not accept is lost, and so are all after it: no command ends in its middle with the terminal.
    The stream itself has UTF-8: click would bypass one with ASCII.
    """

    def __init__(self, stream: TextIOWrapper) -> None:
        super().__init__(stream.buffer, encoding="utf-8", errors="replace", line_buffering=True)
        self._shown_in = stream.encoding
        self.is_lost = False
        """Says whether a text was lost."""

    def spoken(self, text: str) -> str:
        """Return a text as it is spoken, with the characters that the terminal has."""
        return spoken(text).encode(self._shown_in, "replace").decode(self._shown_in)

    def write(self, text: str) -> int:
        """Write a text as it is spoken."""
        try:
            return super().write(self.spoken(text))
        except OSError:
            self._lose()
            return len(text)

    def flush(self) -> None:
        """Write what waits to be written."""
        try:
            super().flush()
        except OSError:
            self._lose()

    def _lose(self) -> None:
        self.is_lost = True
        _discard(self.fileno())


def is_lost(stream: TextIO) -> bool:
    """Return whether a text was lost that was spoken on this stream."""
    return isinstance(stream, SpokenStream) and stream.is_lost


@contextmanager
def spoken_streams() -> Iterator[None]:
    """Let stdout and stderr be spoken for as long as the block lasts."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = streams = tuple(map(_spoken, before))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in streams:
            with suppress(OSError):
                stream.detach()


def _spoken(stream: object) -> SpokenStream:
    assert isinstance(stream, TextIOWrapper)  # noqa: S101 - the streams of the process
    stream.flush()
    return SpokenStream(stream)


def exit_code_of(end: SystemExit) -> int:
    """Return the exit code that Python would end with. Prints a text that is there in place of a code."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    with suppress(OSError, ValueError):
        print(end.code, file=sys.stderr)  # noqa: T201 - as Python does it
    return 1


def leave(code: int) -> NoReturn:
    """End the process with this exit code, once its output is written.

    Threads that still work end with it, such as a look-up of a name that gets no answer. Python's own end would stop
    them inside compiled code. That can abort the process, and its exit code is then 134 or 139 instead of this one.
    """
    discard_lost_output()
    os._exit(code)


class ReaderGone(Exception):
    """Nobody reads the output any more."""


@contextmanager
def reader_needed() -> Iterator[None]:
    """Turn the error of a pipe without a reader into ReaderGone: click would take it for an end with exit code 1."""
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGone from error


def end_after(error: Exception) -> int:
    """Say what ended the command, and return its exit code. No word for a reader that is gone."""
    if isinstance(error, ReaderGone):
        discard_lost_output()
        return NO_ANSWER
    text, code = _ending(error)
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - click may be what failed
    discard_lost_output()
    return code


def _ending(error: Exception) -> tuple[str, int]:
    from pbtui.desk.storage.crash_report import crash_notice
    from pbtui.desk.storage.places import NoStateFolder

    if isinstance(error, NoStateFolder):  # raised by commands that need the folder before they send
        return f"Error: {error.strerror}; nothing was sent", NOTHING_SENT
    if isinstance(error, OSError) and error.filename is None and error.errno in _NOT_WRITTEN:
        return f"the output can't be written: {error.strerror}", NO_ANSWER
    hint = "If this command sends something, look at the orders before you run it again."
    return f"{crash_notice(error)}\n{hint}", NO_ANSWER

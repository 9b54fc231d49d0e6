"""pbtui as a copy of a process that has imported it already: it starts in 20 ms instead of 400 ms.

It is a process of its own all the same, with its process id, signals, streams, environment and exit code. Only what
depends on how an interpreter starts or imports needs a new one.
"""

import fcntl
import gc
import os
import signal
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import forkserver, get_context, reduction
from pathlib import Path
from tempfile import gettempdir
from typing import IO, Any
from unittest.mock import patch

from pbtui.cli.main import COMMANDS

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        *("tests.end_to_end.forked", "pbtui.__main__", "pbtui.cli.desk", "pbtui.ui.app"),
        *(place.partition(":")[0] for place, _ in COMMANDS.values()),
    ]
)
Stream = int | IO[bytes]


@dataclass(frozen=True)
class _Passed:
    """A descriptor, which arrives in the new process as the number that it has there."""

    descriptor: int

    def __reduce__(self) -> tuple[object, ...]:
        return _arrived, (reduction.DupFd(self.descriptor),)


def _arrived(copy: Any) -> int:
    return int(copy.detach())


@dataclass(frozen=True)
class _Start:
    """All that the new process takes over."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    terminal: str
    first: str
    streams: Sequence[_Passed]


class Forked:
    """A program that began as a copy. What tests use of `subprocess.Popen`, with the same meaning.

    `terminal` is the path of its controlling terminal, and `first` is code that it runs before anything else.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdin: Stream,
        stdout: Stream,
        stderr: Stream,
        terminal: str = "",
        first: str = "",
    ) -> None:
        clean = {"PATH": env["PATH"], "LANG": env["LANG"], "TMPDIR": gettempdir(), "TEXTUAL_ANIMATIONS": "none"}
        with patch.dict(os.environ, clean, clear=True):  # some of it is read by imports
            forkserver.ensure_running()
        with Path(os.devnull).open("r+b") as nothing:
            streams = [_Passed(_number(stream, nothing)) for stream in (stdin, stdout, stderr)]
            start = _Start(arguments, env, cwd, terminal, first, streams)
            self._process = _CONTEXT.Process(target=_become, args=(start,), daemon=True)
            self._process.start()
        assert self._process.pid
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            assert timeout
            raise subprocess.TimeoutExpired("pbtui", timeout)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _number(stream: Stream, nothing: IO[bytes]) -> int:
    if stream == subprocess.DEVNULL:
        return nothing.fileno()
    return stream if isinstance(stream, int) else stream.fileno()


def _become(start: _Start) -> None:
    """Turn this copy into the program that was asked for, as it would be in an interpreter of its own."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if start.terminal:
        os.setsid()
        terminal = os.open(start.terminal, os.O_RDWR)
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        os.close(terminal)
    for number, given in enumerate(start.streams):
        assert isinstance(given, int)
        os.dup2(given, number)
        os.close(given)
    os.environ.clear()
    os.environ.update(start.environment)
    os.chdir(start.folder)
    _open("stdin", 0, "r", errors="surrogateescape")
    _open("stdout", 1, "w", errors="surrogateescape")
    _open("stderr", 2, "w", errors="backslashreplace", buffering=1)
    sys.argv = ["pbtui", *start.arguments]
    gc.freeze()
    exec(start.first, {})  # noqa: S102 - of a test
    from pbtui.__main__ import run

    run()


def _open(name: str, number: int, mode: str, **options: Any) -> None:
    """Open a standard stream as an interpreter does when the locale is C.UTF-8."""
    stream = open(number, mode, encoding="utf-8", closefd=False, **options)  # noqa: SIM115 - for good
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)

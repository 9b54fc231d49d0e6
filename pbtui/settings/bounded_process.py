"""Runs a program for its output, limited in time and size."""

import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic


class Slow(Exception):
    """The program did not end in time, or did not stop writing. The message says which, and follows its name."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a program: exit code, negative for a signal, and what it wrote, which may be a secret."""

    exit_code: int
    output: bytes = field(repr=False)


def output_of(
    command: Sequence[str],
    *,
    within_s: float,
    max_bytes: int | None,
    given: bytes = b"",
    environment: Mapping[str, str] | None = None,
    own_session: bool = False,
) -> Ended:
    """Run a program to its end. It reads `given` on its stdin; what it writes on stderr is dropped.

    What it writes on stdout is dropped too if `max_bytes` is None, however much that is. With `own_session` it has no
    terminal. Raises Slow, and OSError if the program can't be started. A program that is not waited for any longer is
    killed, and what it started too if it has a session of its own.
    """
    ends_s = monotonic() + within_s
    with subprocess.Popen(  # noqa: S603 - a list of arguments and no shell
        command,
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=own_session,
    ) as process:
        try:
            if process.stdin is not None:
                _write(process.stdin.fileno(), given, ends_s)
                process.stdin.close()
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            output = _read(process.stdout.fileno(), ends_s, max_bytes)
            return Ended(process.wait(max(ends_s - monotonic(), 0)), output)
        except (subprocess.TimeoutExpired, TimeoutError):
            _kill(process, with_its_children=own_session)
            if process.wait() == -signal.SIGKILL:
                raise Slow(f"did not end within {within_s:g} s") from None
            raise Slow(f"ended, but a program that it began held its output open for {within_s:g} s") from None
        finally:
            _kill(process, with_its_children=own_session)


def _kill(process: subprocess.Popen[bytes], *, with_its_children: bool) -> None:
    if process.returncode is not None:
        return
    if with_its_children:  # it may have ended before them; until it is waited for, no other group has its id
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _write(pipe: int, given: bytes, ends_s: float) -> None:
    os.set_blocking(pipe, False)  # a host that has many pipes gives them one page each
    with suppress(BrokenPipeError):  # it ended without reading; its exit code says more
        while given:
            if not select.select([], [pipe], [], max(ends_s - monotonic(), 0))[1]:
                raise TimeoutError
            given = given[os.write(pipe, given) :]


def _read(pipe: int, ends_s: float, max_bytes: int | None) -> bytes:
    output = b""
    while max_bytes is None or len(output) <= max_bytes:
        if not select.select([pipe], [], [], max(ends_s - monotonic(), 0))[0]:
            raise TimeoutError
        piece = os.read(pipe, 4096)
        if not piece:
            return output
        output += piece if max_bytes is not None else b""
    raise Slow(f"wrote more than {max_bytes} bytes")

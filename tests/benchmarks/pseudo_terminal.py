"""A program in a pseudo-terminal, with an emulator for what it writes."""

import os
import struct
import subprocess
from collections.abc import Mapping, Sequence
from fcntl import ioctl
from termios import TIOCSWINSZ
from typing import Self

import pyte

COLUMNS, LINES = 160, 48


class Emulator(pyte.Screen):
    """A terminal that answers questions, also those that arrive in pieces."""

    def __init__(self, terminal: int) -> None:
        super().__init__(COLUMNS, LINES)
        self._terminal = terminal

    def write_process_input(self, data: str) -> None:
        """Send the answer to the program."""
        os.write(self._terminal, data.encode())


class PseudoTerminal:
    """Starts the program, and ends it at the end of a `with` block."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._terminal, inside = os.openpty()
        ioctl(inside, TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment}
        self._process = subprocess.Popen(
            command, stdin=inside, stdout=inside, stderr=inside, env=environment, start_new_session=True
        )
        os.close(inside)
        self.screen = Emulator(self._terminal)
        self._stream = pyte.ByteStream(self.screen)

    def press(self, key: bytes) -> None:
        """Type a key."""
        os.write(self._terminal, key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the program."""
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)

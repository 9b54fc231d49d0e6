"""The machine a trader works at: a home of its own, a settings file, and an environment that holds nothing else."""

import gc
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from unittest.mock import patch

import pytest

from pbtui.cli.main import main
from tests.end_to_end.forked import Forked, Stream
from tests.end_to_end.terminal import Running, Terminal, execute, terminal

PBTUI = (sys.executable, "-m", "pbtui")
_READ_LATE = re.compile("ACCESSIBLE|COLORTERM|HOME|NO_COLOR|PYTHON_KEYRING_BACKEND|TERM|(PBTUI|XDG)_.*")
"""The names of the variables that no interpreter reads at its start, and no module when it is imported."""
POLL_S = 2.0
"""Orders that were not read for three polls are too old to be changed: a busy machine needs more than three seconds."""


def invoke(
    *arguments: str,
    environment: Mapping[str, str],
    program: Callable[[Sequence[str]], object] = main,
    stdin: bytes = b"",
) -> subprocess.CompletedProcess[bytes]:
    """Run pbtui to its end in this process. Its output goes to real files: a kill writes past Python's streams."""
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, environment, clear=True))
        given, out, err = (stack.enter_context(TemporaryFile("w+", encoding="utf-8")) for _ in range(3))
        given.buffer.write(stdin)
        given.seek(0)
        stack.enter_context(patch.multiple(sys, stdin=given, stdout=out, stderr=err))
        stack.callback(gc.enable)  # a kill leaves it off, as its process ends with it
        with pytest.raises(SystemExit) as ended:
            program(arguments)
        return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), written(out), written(err))


def written(file: IO[str] | IO[bytes]) -> bytes:
    """All that was written to a file."""
    file.flush()
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)


def read_terminal(master: int) -> bytes:
    """The next piece of what a terminal shows; empty once all of it was read and no program has the terminal open."""
    try:
        return os.read(master, 4096)
    except OSError:
        return b""


def read_closed_terminal(master: int) -> bytes:
    """All that is left of what a terminal shows. It comes in pieces, also if it was written at once."""
    return b"".join(iter(lambda: read_terminal(master), b""))


@contextmanager
def unread_pipe() -> Iterator[int]:
    """The descriptor of a pipe whose reader has ended."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


@dataclass
class Host:
    """A machine whose only user is the test. `variables` are set on top of a clean environment.

    `first` is code that each program of it runs before pbtui.
    `has_mouse` is what its settings say of the mouse.
    `team_store` is the store that its settings name, if any, and `needs_two_persons` their rule for a re-arm.
    """

    home: Path
    variables: dict[str, str] = field(default_factory=dict)
    team_store: str = ""
    needs_two_persons: bool = False
    has_mouse: bool = False
    first: str = ""

    @property
    def environment(self) -> dict[str, str]:
        places = {
            name: str(self.home / name.lower())
            for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")
        }
        (self.home / "xdg_runtime_dir").mkdir(exist_ok=True)
        if self.first:
            places["PYTHONPATH"] = str(self.home / "first")
            (self.home / "first").mkdir(exist_ok=True)
            (self.home / "first" / "sitecustomize.py").write_text(self.first)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            **places,
            **self.variables,
        }

    @property
    def crash_reports(self) -> list[str]:
        """What the program wrote about its own failures."""
        return [file.read_text() for file in (self.home / "xdg_state_home").rglob("crash-*")]

    def adopt(self, base_url: str, key: str, **profile: object) -> None:
        """Write settings with one profile, `desk`, for this exchange, and put its key where it is looked for."""
        settings = {"base_url": base_url, "environment": "test", "poll_seconds": POLL_S, **profile}
        team = ["[team]", f"store = {json.dumps(self.team_store)}"] if self.team_store else []
        team += ['rearm = "two-persons"'] if self.needs_two_persons else []
        mouse = ["mouse = true"] if self.has_mouse else []
        lines = [
            *mouse,
            *team,
            "[profiles.desk]",
            *(f"{name} = {json.dumps(value)}" for name, value in settings.items()),
        ]
        file = self.home / "xdg_config_home" / "pbtui" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines))
        file.chmod(0o600)
        self.variables["PBTUI_API_KEY_DESK"] = key

    @contextmanager
    def pbtui(
        self, *arguments: str, size: tuple[int, int] = (160, 48), command: Sequence[str] = (), **streams: Any
    ) -> Iterator[Terminal]:
        """Run pbtui in a terminal of this size; `command` as for `start`."""
        begin, words = self._beginning(command)
        given: Any = {"env": self.environment, "cwd": self.home, "begin": begin, "size": size, **streams}
        with terminal(*words, *arguments, **given) as running:
            yield running

    def shell(self, arguments: str) -> subprocess.Popen[bytes]:
        """Begin pbtui with these arguments and redirections, as a shell has them; the exit code is pbtui's."""
        command = f'{shlex.join(PBTUI)} {arguments}; exit "${{PIPESTATUS[0]}}"'
        return subprocess.Popen(
            ["bash", "-c", command],  # noqa: S607 - wherever it is
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
        )

    def invoke(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run pbtui to its end in this process and without a terminal, for what does not depend on the process."""
        return invoke(*arguments, environment=self.environment)

    def run(self, *arguments: str, command: Sequence[str] = ()) -> subprocess.CompletedProcess[bytes]:
        """Run pbtui to its end without a terminal; `command` as for `start`."""
        with TemporaryFile() as out, TemporaryFile() as err:
            code = self.start(*arguments, command=command, stdout=out, stderr=err).wait(60)
            return subprocess.CompletedProcess(arguments, code, written(out), written(err))

    def start(self, *arguments: str, command: Sequence[str] = (), **streams: Stream) -> Running:
        """Begin pbtui without a terminal; `streams` as for Popen, where they are not those of nothing.

        It is a copy of a process that has imported it, see `forked`. A `command`, such as `PBTUI`, begins as the system
        begins it; so does all of a host with variables that an interpreter or an import may read.
        """
        begin, words = self._beginning(command)
        given: Any = {**dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL), **streams}
        return begin([*words, *arguments], env=self.environment, cwd=self.home, **given)

    def _beginning(self, command: Sequence[str]) -> tuple[Callable[..., Running], Sequence[str]]:
        if not command and all(map(_READ_LATE.fullmatch, self.variables)):
            return partial(Forked, first=self.first), ()
        return execute, command or PBTUI

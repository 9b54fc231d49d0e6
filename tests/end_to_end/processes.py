"""The processes that run for one home folder, whoever started them, and the end of each."""

import os
import select
from pathlib import Path

import pytest

from tests.end_to_end.terminal import WITHIN_S

PROCESSES = Path("/proc")


class Process:
    """A process that need not be ours."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    @property
    def is_stopped(self) -> bool:
        """Whether a signal has stopped it."""
        return (PROCESSES / str(self.pid) / "stat").read_text().rpartition(") ")[2].startswith("T")

    def has_ended(self) -> bool:
        """Wait for its end; return whether it ended."""
        return bool(select.select([self._descriptor], [], [], WITHIN_S)[0])


def processes_at(home: Path) -> list[Process]:
    """The running processes whose environment has this home."""
    if not PROCESSES.is_dir():
        pytest.skip("processes are found in /proc, which this system has not")
    mark = f"HOME={home}".encode()
    found = [entry for entry in PROCESSES.iterdir() if entry.name.isdecimal() and mark in _environment(entry)]
    return [Process(int(entry.name)) for entry in found]


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:  # it has ended, or is somebody else's
        return []

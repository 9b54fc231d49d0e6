"""A disk in memory: it can be full, it can tear lines, and it outlives the processes that write to it."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

from pbtui.desk.storage.disk import MOST_BYTES, AppendedFile, Disk, SharedFile
from tests.simulation.process import PROCESS, Process, ProcessEnded, has_ended


class MemoryDisk(Disk):
    """Files by folder and name. While `is_full`, nothing more can be written; while `tears`, some lines only in part.

    What was written is on disk: the program under test syncs each write. A process that is killed leaves what it wrote
    so far, and its files are unlocked.
    """

    def __init__(self, now_s: Callable[[], float], lots: Random, happened: Callable[[str], None]) -> None:
        self._now_s = now_s
        self._lots = lots
        self.happened = happened
        self._files: dict[str, _File] = {}
        self._folders: dict[str, dict[str, _File]] = {}
        """The same files by folder and name."""
        self.is_full = False
        self.tears = False

    def read(self, path: Path, most_bytes: int = MOST_BYTES) -> bytes:
        """Return the whole content."""
        return bytes(self._file(path).content)

    def read_from(self, path: Path, start: int, most_bytes: int) -> tuple[bytes, int]:
        """Return the last bytes beyond `start`, and where they begin."""
        content = self._file(path).content
        begin = max(start if start <= len(content) else 0, len(content) - most_bytes)
        return bytes(content[begin:]), begin

    def has(self, path: Path) -> bool:
        """Return whether there is a file of that name, or one in a folder of that name."""
        return str(path) in self._files or bool(self._folders.get(str(path)))

    def make_private(self, folder: Path) -> None:
        """Nothing to do: a folder is there when it has a file."""

    def claim(self, folder: Path) -> bool:
        """Return True: this world has one user."""
        return True

    def is_private(self, folder: Path) -> bool:
        """Return True: this world has one user."""
        return True

    def write_whole(self, path: Path, content: bytes, *, is_synced: bool = True) -> None:
        """Replace the file, or leave the old one."""
        self.require_process()
        self.require_space()
        if self.is_torn():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._put(path, _File(self, path, bytearray(content)))

    def remove(self, path: Path) -> None:
        """Remove the file, if there is one."""
        self.require_process()
        file = self._files.pop(str(path), None)
        if file is not None:
            folder, name = _split(path)
            del self._folders[folder][name]
            file.is_deleted = True

    def files(self, folder: Path) -> list[Path]:
        """Return the content of a folder, by name."""
        found = self._folders.get(str(folder))
        if not found:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
        return [found[name].path for name in sorted(found)]

    def may_read(self, path: Path) -> bool:
        """Return whether the file is there."""
        return self._find(path) is not None

    def changed_at_s(self, path: Path) -> float:
        """Return when the file was last written to."""
        return self._file(path).changed_at_s

    def is_locked(self, path: Path) -> bool:
        """Return whether a process that runs has the file open for appending."""
        return self._file(path).is_open

    def create(self, path: Path) -> AppendedFile:
        """Create a new file."""
        self.require_process()
        self.require_space()
        if self._find(path) is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        return self._put(path, _File(self, path, bytearray())).open()

    def open_shared(self, path: Path, within_s: float) -> SharedFile:
        """Open a file, which is created if it is missing. It is always free: its users close it before they wait."""
        self.require_process()
        file = self._find(path)
        if file is None:
            self.require_space()
            file = self._put(path, _File(self, path, bytearray()))
        return file.open()

    def unlock(self, process: Process) -> None:
        """Close what a process has open that has ended."""
        for file in self._files.values():
            if file.opened_by is process:
                file.close()

    def require_space(self) -> None:
        """Raise OSError while the disk is full."""
        if self.is_full:
            self.happened("disk full")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def require_process(self) -> None:
        """Raise ProcessEnded for a process that has ended."""
        if has_ended():
            raise ProcessEnded

    def is_torn(self) -> bool:
        """Draw whether a write fails in the middle."""
        is_torn = self.tears and self._lots.random() < 0.5
        if is_torn:
            self.happened("disk torn")
        return is_torn

    def now_s(self) -> float:
        """Return the present time, in seconds since 1970."""
        return self._now_s()

    def _put(self, path: Path, file: "_File") -> "_File":
        folder, name = _split(path)
        self._files[str(path)] = self._folders.setdefault(folder, {})[name] = file
        return file

    def _find(self, path: Path) -> "_File | None":
        return self._files.get(str(path))

    def _file(self, path: Path) -> "_File":
        file = self._find(path)
        if file is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return file


def _split(path: Path) -> tuple[str, str]:
    folder, _, name = str(path).rpartition("/")
    return folder, name


class _File:
    """One file."""

    def __init__(self, disk: MemoryDisk, path: Path, content: bytearray) -> None:
        self._disk = disk
        self.path = path
        self.content = content
        self.changed_at_s = disk.now_s()
        self.is_open = False
        self.opened_by: Process | None = None
        self.is_deleted = False

    @property
    def size(self) -> int:
        return len(self.content)

    def open(self) -> "_File":
        self.is_open, self.opened_by = True, PROCESS.get()
        return self

    def append(self, data: bytes) -> None:
        self._disk.require_process()
        process = PROCESS.get()
        if process is not None and process.tears_line is not None:
            self.content += data[: int(len(data) * process.tears_line)]
            self._disk.happened("crash in a line")
            process.end()
            raise ProcessEnded
        if self._disk.is_full:
            self.content += data[: len(data) // 2]  # as a disk does that fills up in the middle of a line
        self._disk.require_space()
        if self._disk.is_torn():
            self.content += data[: len(data) // 3]
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self.content += data
        self.changed_at_s = self._disk.now_s()

    def sync(self) -> None:
        """Nothing to do: what was written is on disk."""

    def unlock(self) -> None:
        """Nothing to do: other programs run once this one waits."""

    def cut_back(self, size: int) -> None:
        self._disk.require_process()
        del self.content[size:]

    def close(self) -> None:
        self.is_open, self.opened_by = False, None

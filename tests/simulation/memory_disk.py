"""A disk in memory, which can be full."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from pbtui.desk.storage.disk import AppendedFile, Disk, SharedFile


class MemoryDisk(Disk):
    """Files by path. While `is_full`, nothing more can be written."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._files: dict[Path, _File] = {}
        self.is_full = False

    def read(self, path: Path) -> bytes:
        """Return the whole content."""
        return bytes(self._file(path).content)

    def read_end(self, path: Path, most_bytes: int) -> tuple[bytes, bool]:
        """Return the last bytes, and whether they are the whole content."""
        content = self._file(path).content
        return bytes(content[-most_bytes:]), len(content) <= most_bytes

    def write_whole(self, path: Path, content: bytes) -> None:
        """Replace the file."""
        self.require_space()
        self._files[path] = _File(self, bytearray(content), self._now_s())

    def remove(self, path: Path) -> None:
        """Remove the file, if there is one."""
        file = self._files.pop(path, None)
        if file is not None:
            file.is_deleted = True

    def files(self, folder: Path) -> list[Path]:
        """Return the content of a folder, by name."""
        found = sorted(path for path in self._files if path.parent == folder)
        if not found:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
        return found

    def may_read(self, path: Path) -> bool:
        """Return whether the file is there."""
        return path in self._files

    def changed_at_s(self, path: Path) -> float:
        """Return when the file was last written to."""
        return self._file(path).changed_at_s

    def is_locked(self, path: Path) -> bool:
        """Return whether the file is open for appending."""
        return self._file(path).is_open

    def create(self, path: Path) -> AppendedFile:
        """Create a new file."""
        self.require_space()
        if path in self._files:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        self._files[path] = _File(self, bytearray(), self._now_s(), is_open=True)
        return self._files[path]

    def open_shared(self, path: Path, within_s: float) -> SharedFile:
        """Open a file, which is created if it is missing. It is always free: its users close it before they wait."""
        if path not in self._files:
            self.require_space()
            self._files[path] = _File(self, bytearray(), self._now_s())
        self._files[path].is_open = True
        return self._files[path]

    def require_space(self) -> None:
        """Raise OSError while the disk is full."""
        if self.is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def now_s(self) -> float:
        """Return the present time, in seconds since 1970."""
        return self._now_s()

    def _file(self, path: Path) -> "_File":
        file = self._files.get(path)
        if file is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return file


class _File:
    """One file."""

    def __init__(self, disk: MemoryDisk, content: bytearray, changed_at_s: float, *, is_open: bool = False) -> None:
        self._disk = disk
        self.content = content
        self.changed_at_s = changed_at_s
        self.is_open = is_open
        self.is_deleted = False

    @property
    def size(self) -> int:
        return len(self.content)

    def append(self, data: bytes) -> None:
        if self._disk.is_full:
            self.content += data[: len(data) // 2]  # as a disk does that fills up in the middle of a line
        self._disk.require_space()
        self.content += data
        self.changed_at_s = self._disk.now_s()

    def cut_back(self, size: int) -> None:
        del self.content[size:]

    def close(self) -> None:
        self.is_open = False

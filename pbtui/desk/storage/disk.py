"""The disk: every file that the desk reads or writes goes through this module. Each call raises OSError.

Folders and files are for their owner only, whatever the umask. A folder of pbtui that others may enter is closed before
the next write: a user who may write to a folder can also move what is in it. Only regular files are opened: reading a
named pipe would never end. FileNotFoundError means that there is no such name: a link that leads nowhere, such as into
a file system that is not mounted, is another error. A simulation uses another disk, which can be torn, full or slow.
"""

import contextlib
import errno
import fcntl
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from pbtui.api.clock import steady_s
from pbtui.api.randomness import unique_id
from pbtui.desk.storage.lost_link import refuse_lost_link

_OPTIONS = os.O_CLOEXEC | os.O_NONBLOCK
"""Opening a named pipe waits for its other end without O_NONBLOCK."""
_TRY_AGAIN_AFTER_S = 0.002
MOST_BYTES = 2**30
"""The longest file that is read as a whole."""
_PBTUI = re.compile(r"pbtui(-\d+)?")
_NO_LOCKS_HERE = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)


class AppendedFile(Protocol):
    """A file that only grows. It stays locked until it is closed or its process ends."""

    @property
    def is_deleted(self) -> bool:
        """Return whether its name was removed from the disk."""

    def append(self, data: bytes) -> None:
        """Write all of it; `sync` puts it on disk. After an error a part of it may be in the file."""

    def sync(self) -> None:
        """Return when everything that was written is on disk."""

    def cut_back(self, size: int) -> None:
        """Remove what is beyond this size."""

    def close(self) -> None:
        """Close and unlock the file."""


class SharedFile(AppendedFile, Protocol):
    """A file that several programs append to, each while it has the file open and locked."""

    @property
    def size(self) -> int:
        """Its size in bytes."""

    def unlock(self) -> None:
        """Let others append. Call it before `sync`, so that they do not wait for the disk."""


class Disk:
    """The disk of this machine."""

    def read(self, path: Path, most_bytes: int = MOST_BYTES) -> bytes:
        """Return the whole content."""
        with _open(path) as file:
            if os.fstat(file.fileno()).st_size > most_bytes:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
            return file.read()

    def read_from(self, path: Path, start: int, most_bytes: int) -> tuple[bytes, int]:
        """Return the last bytes beyond `start`, and where they begin. A shorter file is read from its beginning."""
        with _open(path) as file:
            size = file.seek(0, os.SEEK_END)
            begin = max(start if start <= size else 0, size - most_bytes)
            file.seek(begin)
            return file.read(), begin

    def write_whole(self, path: Path, content: bytes, *, is_synced: bool = True) -> None:
        """Write and sync a temporary file, then rename it: a reader sees the old or the new content.

        Each call has a temporary file of its own: other threads, and programs of other hosts, may write the same file.
        """
        _make_private(path.parent)
        part = path.with_name(f".{path.name}.{unique_id()}")
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPTIONS, 0o600)
        try:
            with open(fd, "wb") as file:  # noqa: PTH123 - opens a descriptor
                file.write(content)
                file.flush()
                if is_synced:
                    os.fsync(fd)
            part.replace(path)
        except BaseException as error:
            part.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.filename is None:
                error.filename = str(path)
            raise
        if is_synced:
            _sync_folder(path.parent)

    def remove(self, path: Path) -> None:
        """Remove a file, or a link, if there is one."""
        try:
            path.unlink()
        except FileNotFoundError:
            refuse_lost_link(path)

    def has(self, path: Path) -> bool:
        """Return whether there is a file or folder of that name."""
        return os.path.lexists(path)

    def move(self, path: Path, to: Path) -> None:
        """Rename a file or folder within a file system; its new folder is created."""
        _make_private(to.parent)
        path.rename(to)
        for folder in (to.parent, path.parent):
            _sync_folder(folder)

    def make_private(self, folder: Path) -> None:
        """Create a folder that only this user can enter."""
        _make_private(folder)

    def claim(self, folder: Path) -> bool:
        """Create a private folder in one that exists and that others may write to. Returns whether it is private."""
        if not folder.parent.is_dir():
            return False
        _make_private(folder)
        return self.is_private(folder)

    def is_private(self, folder: Path) -> bool:
        """Return whether it is a folder of this user, and not a link to one."""
        try:
            status = os.lstat(folder)
        except OSError:
            return False
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()

    def files(self, folder: Path) -> list[Path]:
        """Return the content of a folder, by name."""
        try:
            return sorted(folder.iterdir())
        except FileNotFoundError:
            refuse_lost_link(folder)
            raise

    def may_read(self, path: Path) -> bool:
        """Return whether this user may read the file."""
        return os.access(path, os.R_OK)

    def changed_at_s(self, path: Path) -> float:
        """Return when the file was last written to, in seconds since 1970."""
        try:
            return path.stat().st_mtime
        except FileNotFoundError:
            refuse_lost_link(path)
            raise

    def is_locked(self, path: Path) -> bool:
        """Return whether a program has the file open for appending. False on a file system without locks."""
        with _open(path) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            except OSError:
                return False
        return False

    def create(self, path: Path) -> AppendedFile:
        """Create a new file and its folder, and lock it. A lock is safer than a process id, which can be reused."""
        _make_private(path.parent)
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            # On a file system without locks another run also reconciles the tickets of this run, which is harmless.
            # This call may wait: another run may be testing the lock of the new file right now.
            with contextlib.suppress(OSError):
                fcntl.flock(fd, fcntl.LOCK_EX)
            _sync_folder(path.parent)
        except OSError:
            os.close(fd)
            raise
        return _Descriptor(fd)

    def open_shared(self, path: Path, within_s: float) -> SharedFile:
        """Open a file for appending, and lock it. Create it and its folder if it is missing.

        Raises OSError also if it stays locked by others for longer than `within_s` and nothing is written meanwhile.
        """
        _make_private(path.parent)
        is_new = not path.exists()
        if is_new:
            refuse_lost_link(path)
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _OPTIONS, 0o600)
        try:
            _require_file(fd, path)
            _lock(fd, path, within_s)
            if is_new:
                _sync_folder(path.parent)
        except OSError:
            os.close(fd)
            raise
        return _Descriptor(fd)


class _Descriptor:
    """A file of this machine, open for appending."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @property
    def is_deleted(self) -> bool:
        return os.fstat(self._fd).st_nlink == 0

    @property
    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def append(self, data: bytes) -> None:
        if os.write(self._fd, data) < len(data):  # a short write to a file means that the disk is full
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def unlock(self) -> None:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def sync(self) -> None:
        getattr(os, "fdatasync", os.fsync)(self._fd)  # not every system has the faster one

    def cut_back(self, size: int) -> None:
        os.ftruncate(self._fd, size)

    def close(self) -> None:
        os.close(self._fd)


def _open(path: Path) -> BinaryIO:
    """Open a regular file for reading."""
    try:
        fd = os.open(path, os.O_RDONLY | _OPTIONS)
    except FileNotFoundError:
        refuse_lost_link(path)
        raise
    try:
        _require_file(fd, path)
    except OSError:
        os.close(fd)
        raise
    return open(fd, "rb")  # noqa: PTH123 - opens a descriptor


def _require_file(fd: int, path: Path) -> None:
    mode = os.fstat(fd).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))


def _lock(fd: int, path: Path, within_s: float) -> None:
    """Lock the file. A program that stopped while it holds the lock is an error; others that write in turn are not."""
    began_s, size = steady_s(), os.fstat(fd).st_size
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if (size_now := os.fstat(fd).st_size) != size:
                began_s, size = steady_s(), size_now
            if steady_s() - began_s > within_s:
                raise OSError(errno.EAGAIN, f"another program keeps {path.name} locked") from None
            time.sleep(_TRY_AGAIN_AFTER_S)
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                raise
            return
        else:
            return


def _make_private(folder: Path) -> None:
    """Create a folder; close it, and those above it up to the one named after pbtui, to other users."""
    line = [folder, *folder.parents]
    missing = [each for each in line if not each.exists()]
    if missing:
        refuse_lost_link(folder, names_it=True)
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    top = next((index for index, each in enumerate(line) if _PBTUI.fullmatch(each.name)), -1)
    for each in {*missing, *line[: top + 1]}:
        if stat.S_IMODE(each.stat().st_mode) != 0o700:
            with contextlib.suppress(OSError):  # another user's folder, which is still good enough for a halt
                each.chmod(0o700)


def _sync_folder(folder: Path) -> None:
    """Sync the folder, so that the names in it are on disk too."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


_present = Disk()


def disk() -> Disk:
    """Return the disk in use."""
    return _present


@contextmanager
def use(other: Disk) -> Iterator[None]:
    """Use another disk until the end of the block."""
    global _present
    earlier, _present = _present, other
    try:
        yield
    finally:
        _present = earlier

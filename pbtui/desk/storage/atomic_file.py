"""Atomic writing of files that only their owner may read."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write and sync a temporary file, then rename it to `path`: a reader sees the old or the new content.

    Raises OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with open(fd, "wb") as file:  # noqa: PTH123 - opens a descriptor
            file.write(content)
            file.flush()
            os.fsync(fd)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""The bytes and names that are on disk for certain, because the program synced them."""

import os
from pathlib import Path

import pytest


class Synced:
    """Notes each sync of a file or a folder, which is still made."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._sizes: dict[int, int] = {}
        self._names: dict[int, set[str]] = {}
        for name in {"fsync", "fdatasync"} & set(dir(os)):
            self._note(name, patch)

    def _note(self, name: str, patch: pytest.MonkeyPatch) -> None:
        sync = getattr(os, name)

        def noted(fd: int) -> None:
            sync(fd)
            found = os.fstat(fd)
            self._sizes[found.st_ino] = found.st_size
            if os.path.isdir(f"/dev/fd/{fd}"):  # noqa: PTH112 - a descriptor
                self._names[found.st_ino] = set(os.listdir(fd))

        patch.setattr(os, name, noted)

    def has_all_of(self, path: Path) -> bool:
        """Whether the whole content of the file is on disk, and its name."""
        found = path.stat()
        is_named = path.name in self._names.get(path.parent.stat().st_ino, ())
        return is_named and self._sizes.get(found.st_ino) == found.st_size

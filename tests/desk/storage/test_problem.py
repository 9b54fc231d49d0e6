"""Errors of the disk as a trader reads them: the reason and the path, without a number."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.storage.disk import Disk
from pbtui.desk.storage.problem import problem_of

DISK = Disk()


def full(_fd: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("use", "reason", "place"),
    [
        (DISK.read, "Is a directory", "folder"),
        (lambda path: DISK.read(path / "file"), "No such file or directory", "folder/file"),
        (lambda path: DISK.write_whole(path, b""), "", "folder"),
        (lambda path: DISK.open_shared(path, within_s=0), "Is a directory", "folder"),
        (lambda path: DISK.write_whole(path / "file" / "below", b""), "No space left on device", "folder/file/below"),
    ],
)
def test_an_error_names_its_reason_and_the_file_that_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: Callable[[Path], object], reason: str, place: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    if reason.startswith("No space"):
        monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError) as refusal:  # noqa: PT011 - which one depends on the system
        use(folder)
    words = problem_of(refusal.value)
    assert words.startswith(reason)
    assert words.endswith(f" ({tmp_path / place})")
    assert problem_of(refusal.value, Path("given")).endswith(" (given)")
    assert "Errno" not in words


def test_an_error_without_a_path_or_of_another_kind_is_said_as_it_is() -> None:
    assert problem_of(OSError(errno.ENOSPC, "No space left on device")) == "No space left on device"
    assert problem_of(OSError("odd")) == "odd"
    assert problem_of(JournalUnusable("the head can't be read")) == "the head can't be read"

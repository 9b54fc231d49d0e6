"""The disk of this machine: whole files, locks, and files that only grow."""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pbtui.desk.storage.disk import Disk
from tests.desk.storage.synced import Synced

DISK = Disk()


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> Synced:
    return Synced(monkeypatch)


def test_what_is_appended_can_be_synced_and_so_is_the_name_of_the_file(tmp_path: Path, synced: Synced) -> None:
    created, shared = tmp_path / "new" / "created", tmp_path / "other" / "shared"
    for path, file in ((created, DISK.create(created)), (shared, DISK.open_shared(shared, within_s=0))):
        for data in (b"one\n", b"two\n"):
            file.append(data)
            assert not synced.has_all_of(path)
            file.sync()
            assert synced.has_all_of(path)
        file.close()


def test_a_whole_file_is_synced(tmp_path: Path, synced: Synced) -> None:
    file = tmp_path / "halt.json"
    for content in (b"old", b"newer"):
        DISK.write_whole(file, content)
        assert synced.has_all_of(file)


def test_a_whole_file_replaces_the_old_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "halt.json"
    for content in (b"old", b"new"):
        DISK.write_whole(file, content)
        assert DISK.read(file) == content
    assert DISK.files(file.parent) == [file]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent)] == [0o600, 0o700]


def test_a_file_that_cannot_be_replaced_is_left_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    (folder / "inside").mkdir(parents=True)
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
        DISK.write_whole(folder, b"content")
    assert DISK.files(tmp_path) == [folder]


def test_the_end_of_a_file_is_read_and_said_to_be_all_of_it(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    DISK.write_whole(file, b"0123456789")
    assert DISK.read_from(file, 0, 4) == DISK.read_from(file, 3, 4) == (b"6789", 6)
    assert DISK.read_from(file, 0, 10) == DISK.read_from(file, 0, 99) == (b"0123456789", 0)
    assert DISK.read_from(file, 7, 99) == (b"789", 7)
    assert DISK.read_from(file, 10, 99) == (b"", 10)
    assert DISK.read_from(file, 11, 99) == (b"0123456789", 0), "it became shorter"


def test_a_created_file_is_locked_until_it_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    created = DISK.create(file)
    created.append(b"one\ntw")
    assert DISK.is_locked(file)
    with pytest.raises(FileExistsError):
        DISK.create(file)
    created.cut_back(4)
    assert (DISK.read(file), created.is_deleted) == (b"one\n", False)
    DISK.remove(file)
    assert created.is_deleted
    created.close()


def test_a_shared_file_is_waited_for_while_others_write_in_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, now_s = tmp_path / "shared", 0.0
    first = DISK.open_shared(file, within_s=0)

    def sleep(pause_s: float) -> None:
        nonlocal now_s
        now_s += 1.0
        if now_s < 20:
            first.append(b"one more\n")
        elif now_s == 20:
            first.close()

    monkeypatch.setattr("pbtui.desk.storage.disk.steady_s", lambda: now_s)
    monkeypatch.setattr("pbtui.desk.storage.disk.time.sleep", sleep)
    second = DISK.open_shared(file, within_s=2)
    assert now_s == 20
    second.close()


def test_a_shared_file_that_another_program_keeps_is_named(tmp_path: Path) -> None:
    file = tmp_path / "shared"
    first = DISK.open_shared(file, within_s=0)
    with pytest.raises(OSError, match="another program keeps shared locked"):
        DISK.open_shared(file, within_s=0)
    first.append(b"1234")
    first.close()
    second = DISK.open_shared(file, within_s=0)
    assert second.size == 4
    second.close()
    assert not DISK.is_locked(file)


def lost(link: Path) -> Path:
    """Make it a link to what is not there, as into a file system that is not mounted."""
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(link.parent / "not mounted" / "there")
    return link


USES: dict[str, Callable[[Path], object]] = {
    "read": DISK.read,
    "read_from": lambda path: DISK.read_from(path, 0, 10),
    "files": DISK.files,
    "changed_at_s": DISK.changed_at_s,
    "is_locked": DISK.is_locked,
    "open_shared": lambda path: DISK.open_shared(path, within_s=0),
}
IN_FOLDER: dict[str, Callable[[Path], object]] = {
    **USES,
    "remove": DISK.remove,
    "create": DISK.create,
    "write_whole": lambda path: DISK.write_whole(path, b""),
    "make_private": DISK.make_private,
}


@pytest.mark.parametrize("use", USES)
def test_a_link_that_leads_nowhere_is_no_missing_file(tmp_path: Path, use: str) -> None:
    link = lost(tmp_path / "halt.json")
    with pytest.raises(OSError, match="it is a link that leads nowhere") as refusal:
        USES[use](link)
    assert not isinstance(refusal.value, FileNotFoundError)
    assert refusal.value.filename == str(link)


@pytest.mark.parametrize("use", IN_FOLDER)
@pytest.mark.parametrize("name", ["halt.json", "halt/halt.json"])
def test_nothing_is_missing_in_a_folder_that_is_a_link_to_nowhere(tmp_path: Path, use: str, name: str) -> None:
    link = lost(tmp_path / "state" / "pbtui")
    with pytest.raises(OSError, match=f"{link} is a link that leads nowhere") as refusal:
        IN_FOLDER[use](link / name)
    assert not isinstance(refusal.value, FileNotFoundError | FileExistsError)


def test_a_name_that_is_not_there_is_missing_also_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "folder")
    for path in (tmp_path / "halt.json", link / "halt.json", link / "halt" / "halt.json"):
        with pytest.raises(FileNotFoundError):
            DISK.read(path)
        DISK.remove(path)
    DISK.write_whole(link / "halt" / "halt.json", b"content")
    assert DISK.read(tmp_path / "folder" / "halt" / "halt.json") == b"content"


def test_a_link_that_leads_nowhere_can_be_removed_and_replaced(tmp_path: Path) -> None:
    DISK.remove(lost(tmp_path / "removed"))
    DISK.write_whole(lost(tmp_path / "replaced"), b"content")
    assert DISK.files(tmp_path) == [tmp_path / "replaced"]
    assert DISK.read(tmp_path / "replaced") == b"content"


class Meeting:
    """Lets two threads sync at the same moment, and both before either goes on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._both = threading.Barrier(2, timeout=30)
        self._sync = os.fsync
        monkeypatch.setattr("os.fsync", self.sync)

    def sync(self, fd: int) -> None:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            self._both.wait()
        self._sync(fd)


def test_two_threads_that_write_one_file_leave_one_of_both_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, problems = tmp_path / "halt.json", list[Exception]()
    contents = b"by the kill" * 1000, b"by the desk"
    Meeting(monkeypatch)

    def write(content: bytes) -> None:
        try:
            DISK.write_whole(file, content)
        except Exception as error:  # noqa: BLE001 - shown by the test
            problems.append(error)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert DISK.read(file) in contents
    assert DISK.files(tmp_path) == [file]


def test_a_write_that_is_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_fd: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        DISK.write_whole(tmp_path / "halt.json", b"content")
    assert DISK.files(tmp_path) == []

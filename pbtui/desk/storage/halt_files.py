"""The files of halts: one in the state folder, and a copy in a folder shared by all programs of this user on this host.

A file is named after its owner, so a reader finds the halts of its server without reading the others.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import (
    NoStateFolder,
    Owner,
    earlier_owner,
    halt_file,
    halt_folder,
    owner_of,
    shared_folders,
)
from pbtui.desk.storage.problem import problem_of
from pbtui.settings.profiles import Environment, Profile

_MOST_BYTES = 2**20
_SUFFIX = ".json"


class HaltFile(NamedTuple):
    """A file that halts its owner. `problem` is the reason if it can't be read, otherwise empty."""

    owner: Owner
    path: Path
    content: bytes = b""
    problem: str = ""


class Written(NamedTuple):
    """Result of writing a halt. A problem is the reason why a file could not be written, otherwise empty."""

    problem: str = ""
    shared: Path | None = None
    shared_problem: str = ""

    @property
    def is_anywhere(self) -> bool:
        """Return whether at least one file was written."""
        return not self.problem or self.shared is not None


def halt_files(profile: Profile) -> Iterator[HaltFile]:
    """The halts of a profile, then those of the other profiles at its server.

    A file of an earlier version, under the profile's name alone, is one of the profile. The simulator of a demo shares
    no halts: each demo has another one.
    """
    own = owner_of(profile)
    found = [file for folder in _folders() for file in _listed(folder, own)]
    if not found:
        return
    server = f"@{own.partition('@')[2]}"
    for owner in (own, earlier_owner(profile)):
        yield from (read for file in found if file.owner == owner and (read := _read(file)))
    if profile.environment is not Environment.SIMULATION:
        others = (file for file in found if file.owner != own and file.owner.endswith(server))
        yield from (read for file in others if (read := _read(file)))


def is_there(owner: Owner, written: Written) -> bool:
    """Return whether a halt is still where it was written. True if that can't be determined."""
    path = halt_file(owner) if not written.problem else written.shared
    return path is None or _read(HaltFile(owner, path)) is not None


def write_halt(owner: Owner, content: bytes) -> Written:
    """Write the halt, first where it is quick: the state folder may be on a slow disk."""
    shared, shared_problem = _share(owner, content)
    file = halt_file(owner)
    try:
        disk().write_whole(file, content)
    except OSError as error:
        return Written(problem_of(error, file), shared, shared_problem)
    return Written("", shared, shared_problem)


def remove_halt(owner: Owner) -> None:
    """Remove the halt everywhere. Raises OSError."""
    for folder in _folders():
        disk().remove(folder / halt_file(owner).name)


def _folders() -> Iterator[Path]:
    with suppress(NoStateFolder):  # without a home, only the shared folders can hold a halt
        yield halt_folder()
    yield from (folder for folder in shared_folders() if disk().is_private(folder))


def _listed(folder: Path, own: Owner) -> Iterator[HaltFile]:
    """The files of a folder, not read yet. A folder that can't be read may hold a halt of the profile: it is one."""
    try:
        for path in disk().files(folder):
            if path.name.endswith(_SUFFIX):
                yield HaltFile(Owner(path.name.removesuffix(_SUFFIX)), path)
    except FileNotFoundError:
        return
    except OSError:
        yield HaltFile(own, folder)


def _read(file: HaltFile) -> HaltFile | None:
    """The file with its content or its problem; None if it was removed."""
    try:
        return file._replace(content=disk().read(file.path, _MOST_BYTES))
    except FileNotFoundError:
        return None
    except OSError as error:
        return file._replace(problem=error.strerror or str(error))


def _share(owner: Owner, content: bytes) -> tuple[Path | None, str]:
    """Write the copy into the first shared folder that can be used. Returns its path, or None and the reason."""
    problem = "there is no folder for it"
    for folder in shared_folders():
        file = folder / halt_file(owner).name
        try:
            if disk().claim(folder):
                disk().write_whole(file, content, is_synced=False)
                return file, ""
        except OSError as error:
            problem = problem_of(error, file)
    return None, problem

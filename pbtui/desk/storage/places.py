"""The paths of pbtui's files, in the platform's state folder. A copy of each halt is in a folder shared by this user.

State belongs to a profile at a server (`Owner`), not to a profile's name: two settings files may use one name for two
exchanges. Nothing is created here. Each function raises NoStateFolder if the home folder can't be determined.
"""

import errno
import os
import re
import socket
from datetime import datetime
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NewType

from platformdirs import user_state_path

from pbtui.settings.profiles import Profile

Owner = NewType("Owner", str)
"""A profile at a server, as the name of its files and folders: `test@staging.example.com_epex_0f8b6d2a91c4`.

It is valid on every file system: lower case ASCII, at most 120 characters, never a dot at either end. What is cut or
changed for that is in a hash. Earlier versions used the profile's name alone, which never has an `@`.
"""


class NoStateFolder(OSError, RuntimeError):
    """This user has no home folder. Like a disk that can't be used."""

    def __init__(self) -> None:
        super().__init__(errno.ENXIO, "this user has no home folder: set XDG_STATE_HOME to the path of a folder")


_LONGEST_PROFILE, _LONGEST_HOST, _LONGEST_EXCHANGE = 32, 40, 16
_PLAIN_PROFILE = re.compile(rf"[a-z0-9_-]{{1,{_LONGEST_PROFILE}}}")
_OTHER = re.compile(r"[^a-z0-9.-]")


def owner_of(profile: Profile) -> Owner:
    """The owner of a profile's state."""
    return Owner(f"{_profile_part(profile.name)}@{server_part(profile.server)}")


def profile_of(owner: Owner) -> str:
    """The profile's name, in lower case and without its hash where it was changed or cut."""
    return owner.partition("@")[0].partition(".")[0]


def earlier_owner(profile: Profile) -> Owner:
    """The owner of the state that earlier versions kept under a profile's name, whatever its server."""
    return Owner(profile.name)


@cache
def server_part(server: str) -> str:
    """The part of an owner's name that stands for the server, after the `@`."""
    host, _, path = server.partition("://")[2].partition("/")
    if not host:
        return server  # the simulator; every other part has a hash
    exchange = path.rpartition("/")[2].lower()
    return f"{_OTHER.sub('_', host)[:_LONGEST_HOST]}_{_OTHER.sub('_', exchange)[:_LONGEST_EXCHANGE]}_{_hash(server)}"


@cache
def _profile_part(name: str) -> str:
    if _PLAIN_PROFILE.fullmatch(name):
        return name
    return f"{name.lower()[:_LONGEST_PROFILE]}.{_hash(name)}"


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def state_folder() -> Path:
    """The folder of all files that pbtui writes, including crash reports."""
    try:
        return user_state_path("pbtui")
    except RuntimeError:
        raise NoStateFolder from None


@lru_cache(maxsize=64)
def _in(state: Path, *names: str) -> Path:
    return state.joinpath(*names)


def journal_folder(owner: Owner) -> Path:
    """The folder of a journal, with one file per run."""
    return _in(state_folder(), "journal", owner)


def journal_head(owner: Owner) -> Path:
    """The head of a journal, apart from the files that it protects."""
    return _in(state_folder(), "journal_heads", f"{owner}.jsonl")


def confirmed_file(owner: Owner) -> Path:
    """The file that says how far the team store has a journal."""
    return state_folder() / "journal_uploads" / f"{owner}.json"


def known_halts_folder() -> Path:
    """The folder of the halts of teams that this host knows, with one file per profile."""
    return state_folder() / "team_halts"


def known_halts_file(owner: Owner) -> Path:
    """The halts of the team that hold for a profile, as this host read them last."""
    return known_halts_folder() / f"{owner}.json"


def lone_file(owner: Owner) -> Path:
    """The file that exists while a profile is cut loose from its team at this host: hosts may share a home folder."""
    return state_folder() / "lone" / f"{owner}.{_hash(socket.gethostname())}.jsonl"


def halt_folder() -> Path:
    """The folder of the halt files."""
    return _in(state_folder(), "halt")


def halt_file(owner: Owner) -> Path:
    """The halt file of a profile; it exists while the profile is halted."""
    return halt_folder() / f"{owner}.json"


def report_folder(owner: Owner) -> Path:
    """The folder of a profile's kill reports."""
    return state_folder() / "kills" / owner


def report_file(owner: Owner, started_at: datetime) -> Path:
    """The JSON report of the kill that this process began at `started_at`; the Markdown report is beside it."""
    return report_folder(owner) / f"{started_at:%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.json"


def key_proof_file(owner: Owner) -> Path:
    """The file that exists once the kill key has been received by a desk of the profile."""
    return state_folder() / "kill_key" / owner


def known_addresses_file() -> Path:
    """The last known addresses of the servers' names."""
    return state_folder() / "known_addresses.json"


def theme_file() -> Path:
    """The file with the name of the theme that the trader chose."""
    return state_folder() / "theme"


def views_file(owner: Owner) -> Path:
    """The saved views of a profile."""
    return state_folder() / "views" / f"{owner}.json"


def views_lock(owner: Owner) -> Path:
    """The file that is locked while the saved views of a profile are changed."""
    return state_folder() / "views_locks" / owner


def apply_file(owner: Owner) -> Path:
    """The file that is locked while a file of orders is applied, so that no other program applies one meanwhile."""
    return state_folder() / "applying" / owner


def move_file(owner: Owner) -> Path:
    """The file that is locked, and says to whom, while the state of an earlier version is moved."""
    return state_folder() / "moving" / owner


def shared_folders() -> tuple[Path, ...]:
    """The folders that all programs of this user on this host read, whatever their home and settings.

    A program writes to the first one that it can use. They are emptied when the host restarts.
    """
    user, given = os.getuid(), os.environ.get
    runtime = (given("XDG_RUNTIME_DIR", ""), f"/run/user/{user}")
    temporary = (given("TMPDIR", ""), "/tmp")  # noqa: S108 - a folder there is used only if this user owns it
    folders = [Path(folder) / "pbtui" for folder in runtime if folder.startswith("/")]
    folders += [Path(folder) / f"pbtui-{user}" for folder in temporary if folder.startswith("/")]
    return tuple(dict.fromkeys(folders))

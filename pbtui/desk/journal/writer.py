"""The journal: what the trader wanted, what left this machine and what came of it, one line each, on disk at once.

One file a run of the program, JSON lines, at the platform's state place under `journal/<profile>/`. Each line has
`seq`, `at` (UTC), `kind`, its facts, and `prev`, the SHA-256 of the line before. The first line names the newest
earlier file of the profile and the last line it had then. So a line that is changed, taken out, put in or moved shows
(`pbtui.desk.journal.audit`). Lines cut off the end show only where a later file names one of them, and whoever may
write the files can write all of them anew: the journal is evidence of tampering, not proof against it.

It takes what it is given, and from the environment the SSH client's address alone: it has no way to know a key.

The facts of a ticket (`pbtui.desk.journal.unfinished` reads them after a crash):

    intent      ticket, action, options, lines [key, request, base]
    request     ticket, method, path, …
    outcome     ticket, results [key, outcome, reason, …]
    reconciliation  ticket, results [key, outcome, reconciliation, reason, …]
"""

import contextlib
import errno
import fcntl
import os
import pwd
import socket
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from threading import Lock
from types import TracebackType

from pbtui import __version__
from pbtui.api.clock import utc_now
from pbtui.desk.journal.line import RESERVED, Anchor, journal_line, line_hash, plain, plain_text
from pbtui.desk.storage.places import journal_folder
from pbtui.settings.profiles import Profile

_SUFFIX = ".jsonl"
_sync = getattr(os, "fdatasync", os.fsync)


class Kind(StrEnum):
    """What a line tells of."""

    OPENED = "opened"
    """A run began: who, where, on which exchange."""
    INTENT = "intent"
    """A ticket is about to be sent: everything needed to look for its orders after a crash."""
    CONFIRMATION = "confirmation"
    """The trader confirmed what was put to him."""
    ABORT = "abort"
    """The trader stepped back from it."""
    MODE = "mode"
    """Trading was switched on or off."""
    REQUEST = "request"
    """A request is about to leave."""
    OUTCOME = "outcome"
    """What is known of each order once the request ended."""
    RECONCILIATION = "reconciliation"
    """What a later read has shown of it."""
    KILL = "kill"
    """A kill was fired, and with it the profile halted: its plan, and the orders that were in the market."""
    KILL_CALL = "kill call"
    """A request of a kill ended."""
    KILL_END = "kill end"
    """What a kill has come to, and the hashes of its report."""
    STATUS = "status"
    """A change of every order at the exchange, other than a kill: what was wanted, and how the call ended."""
    REARM = "re-arm"
    """The halt was lifted, by whom and why."""
    CLOSED = "closed"
    """The run ended in good order."""


class JournalUnusable(Exception):
    """A line could not be put on disk, or a journal not be read; the message is the reason."""


def journal_files(profile_name: str) -> list[Path]:
    """The journal's files, one a run, oldest first. Raises JournalUnusable where their folder can't be read."""
    folder = journal_folder(profile_name)
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == _SUFFIX)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise JournalUnusable(f"{error.strerror} ({folder})") from error


class Journal:
    """The journal of one run; any thread may record.

    `trouble` says why the last line could not be written, and is None while all is well. A journal in trouble tries
    again with each line, so that it recovers when the disk does.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._file: _File | None = None
        self._lock = Lock()
        self.trouble: str | None = None

    @classmethod
    def open(cls, profile: Profile) -> "Journal":
        """Begin the journal of a run with its first line.

        It does not raise where that can't be written: the desk has to open all the same, and `trouble` says why.
        """
        journal = cls(profile)
        with contextlib.suppress(JournalUnusable):
            journal._write(None, {})
        return journal

    @property
    def path(self) -> Path | None:
        """The file of this run; None while there is none."""
        return self._file.path if self._file else None

    def record(self, kind: Kind, /, **facts: object) -> None:
        """Put one line on disk; when this returns it is there.

        Facts are what JSON can hold, and Decimals and aware datetimes. Raises JournalUnusable with the reason, and
        TypeError or ValueError for facts that JSON has no form for.
        """
        if taken := facts.keys() & set(RESERVED):
            raise ValueError(f"no fact can be called {', '.join(sorted(taken))}")
        self._write(kind, {name: plain(fact) for name, fact in facts.items()})

    def close(self) -> None:
        """End the run. Where its last line can't be written, it looks cut off."""
        with contextlib.suppress(JournalUnusable):
            self.record(Kind.CLOSED)
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, kind: Kind | None, facts: Mapping[str, object]) -> None:
        """Write a line, after the first line where that is not written yet; `kind` None: the first line alone."""
        with self._lock:
            try:
                file = self._opened_file()
                if kind is not None:
                    file.append(kind, facts)
            except OSError as error:
                self.trouble = f"{error.strerror or error} ({self.path or journal_folder(self._profile.name)})"
                raise JournalUnusable(self.trouble) from error
            except JournalUnusable as error:
                self.trouble = str(error)
                raise
            self.trouble = None

    def _opened_file(self) -> "_File":
        earlier: Anchor | None
        if self._file is None:
            earlier = _newest_line(self._profile.name)
        elif self._file.is_deleted:
            # What was in it is lost, but not unnoticed: the audit misses the file that the new one names.
            earlier = self._file.last_line
            self._file.close()
            self._file = None
        if self._file is None:
            self._file = _File.create(journal_folder(self._profile.name), earlier)
        if self._file.is_empty:
            self._file.append(Kind.OPENED, {**circumstances(self._profile), "earlier": self._file.last_line})
        return self._file


class _File:
    """The file of one run, open for appending; `last_line` is the one before that to come. Raises OSError."""

    def __init__(self, path: Path, fd: int, earlier: Anchor | None) -> None:
        self.path = path
        self.last_line = earlier
        self._fd = fd
        self._seq = 0
        self._size = 0
        self._is_torn = False

    @classmethod
    def create(cls, folder: Path, earlier: Anchor | None) -> "_File":
        """A file that no other run has. It stays locked while this process lives, which is how others see that it
        does (`pbtui.desk.journal.unfinished`): unlike a process id, a lock is never somebody else's later on."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{utc_now():%Y%m%dT%H%M%S.%fZ}-{os.getpid()}{_SUFFIX}"
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            # Where a file system has no locks, a living run's tickets are read by another one too, which is harmless.
            # It waits, as another run may be looking at the new file in this very moment.
            with contextlib.suppress(OSError):
                fcntl.flock(fd, fcntl.LOCK_EX)
            _sync_folder(folder)
        except OSError:
            os.close(fd)
            raise
        return cls(path, fd, earlier)

    @property
    def is_empty(self) -> bool:
        return self._seq == 0

    @property
    def is_deleted(self) -> bool:
        return os.fstat(self._fd).st_nlink == 0

    def append(self, kind: Kind, facts: Mapping[str, object]) -> None:
        seq = self._seq + 1
        line = journal_line(seq, utc_now(), kind, facts, self.last_line.hash if self.last_line else None)
        self._put(line + b"\n")
        self._seq = seq
        self.last_line = Anchor(self.path.name, seq, line_hash(line))

    def _put(self, data: bytes) -> None:
        """Put it on disk as a whole or leave nothing of it: no line may follow half of one."""
        if self._is_torn:
            self._cut_back()
        try:
            self._write_whole(data)
            _sync(self._fd)
        except OSError:
            self._is_torn = True
            with contextlib.suppress(OSError):  # it is tried again before the next line, and then has to work
                self._cut_back()
            raise
        self._size += len(data)

    def _write_whole(self, data: bytes) -> None:
        if os.write(self._fd, data) < len(data):  # of a file, only for want of space
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _cut_back(self) -> None:
        os.ftruncate(self._fd, self._size)
        self._is_torn = False

    def close(self) -> None:
        os.close(self._fd)


def _newest_line(profile_name: str) -> Anchor | None:
    """The last line of the newest file that has any; None for the first run of a profile."""
    for path in reversed(journal_files(profile_name)):
        if not os.access(path, os.R_OK):
            continue  # another user's: the audit tells
        lines = path.read_bytes().split(b"\n")[:-1]
        if lines:
            return Anchor(path.name, len(lines), line_hash(lines[-1]))
    return None


def circumstances(profile: Profile) -> Mapping[str, object]:
    """Who runs this, where, and on which exchange. The user is the one the system knows, not the environment."""
    try:
        operator = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        operator = f"uid {os.getuid()}"
    return {
        "operator": plain_text(operator),
        "host": plain_text(socket.gethostname()),
        "tty": next((os.ttyname(fd) for fd in (0, 1, 2) if os.isatty(fd)), None),
        "ssh_client": plain_text(os.environ.get("SSH_CONNECTION", "").partition(" ")[0]) or None,
        "profile": profile.name,
        "environment": profile.environment,
        "exchange": profile.exchange,
        "server": profile.host,
        "pid": os.getpid(),
        "version": __version__,
    }


def _sync_folder(folder: Path) -> None:
    """Put the file's name on disk as well."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

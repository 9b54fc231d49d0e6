"""Writes the journal: what the trader wanted, what was sent and what came of it. Each line is on disk at once.

Each run of the program has one file of JSON lines in the platform's state folder under `journal/<profile>/`. Each line
has `seq`, `at` (UTC), `kind`, its facts, and `prev`, the SHA-256 of the line before. The first line names the newest
earlier file of the profile and its last line. So changed, removed, inserted or moved lines are detected
(`pbtui.desk.journal.audit`). Lines removed from the end are detected only if a later file names one of them. A user who
can write the files can also rewrite all of them: the journal shows tampering, it does not prevent it.

The journal records the facts it is given, and from the environment only the SSH client's address. It never has the
API key.

The facts of a ticket (`pbtui.desk.journal.unfinished` reads them after a crash):

    intent      ticket, action, options, lines [key, request, base]
    request     ticket, method, path, …
    outcome         ticket, results [key, state, is_open, reason, order, order_ids, traded_mw]
    reconciliation  the same, after a read
"""

import contextlib
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
from pbtui.desk.storage.disk import AppendedFile, disk
from pbtui.desk.storage.places import journal_folder
from pbtui.settings.profiles import Profile

_SUFFIX = ".jsonl"


class Kind(StrEnum):
    """The kind of a journal line."""

    OPENED = "opened"
    """A run began: who, where, on which exchange."""
    INTENT = "intent"
    """A ticket is about to be sent: everything needed to find its orders after a crash."""
    CONFIRMATION = "confirmation"
    """The trader confirmed a prompt."""
    ABORT = "abort"
    """The trader cancelled a prompt."""
    MODE = "mode"
    """Trading was switched on or off."""
    REQUEST = "request"
    """A request is about to be sent."""
    OUTCOME = "outcome"
    """The outcome of each order when the request has ended."""
    RECONCILIATION = "reconciliation"
    """The result of a later read for each order."""
    KILL = "kill"
    """A kill was fired and the profile halted: the plan, and the orders that were live."""
    KILL_CALL = "kill call"
    """A request of a kill ended."""
    KILL_END = "kill end"
    """The present verdict of a kill, and the hashes of its report."""
    STATUS = "status"
    """A change of every order at the exchange, other than a kill: the request, and the result of the call."""
    REARM = "re-arm"
    """The halt was lifted: by whom and why."""
    CLOSED = "closed"
    """The run ended normally."""


class JournalUnusable(Exception):
    """A journal line could not be written, or the journal could not be read; the message is the reason."""


def journal_files(profile_name: str) -> list[Path]:
    """The journal's files, one per run, oldest first. Raises JournalUnusable if the folder can't be read."""
    folder = journal_folder(profile_name)
    try:
        return [path for path in disk().files(folder) if path.suffix == _SUFFIX]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise JournalUnusable(f"{error.strerror} ({folder})") from error


class Journal:
    """The journal of one run. Any thread may record.

    `trouble` is the reason why the last line could not be written, None if it was written. After an error the journal
    tries again with each new line, so it recovers when the disk does.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._file: _File | None = None
        self._lock = Lock()
        self.trouble: str | None = None

    @classmethod
    def open(cls, profile: Profile) -> "Journal":
        """Start the journal of a run and write its first line.

        Does not raise if the line can't be written, because the desk has to open anyway; `trouble` is then the reason.
        """
        journal = cls(profile)
        with contextlib.suppress(JournalUnusable):
            journal._write(None, {})
        return journal

    @property
    def path(self) -> Path | None:
        """The file of this run; None if nothing was written yet."""
        return self._file.path if self._file else None

    def record(self, kind: Kind, /, **facts: object) -> None:
        """Write one line; when this returns, the line is on disk.

        Facts are JSON values, Decimals and aware datetimes. Raises JournalUnusable if the line can't be written, and
        TypeError or ValueError for facts that JSON can't represent.
        """
        if taken := facts.keys() & set(RESERVED):
            raise ValueError(f"reserved field names can't be facts: {', '.join(sorted(taken))}")
        self._write(kind, {name: plain(fact) for name, fact in facts.items()})

    def close(self) -> None:
        """Write the last line of the run and close the file. Does not raise if the line can't be written."""
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
        """Write a line; the first line comes before it if it is missing. `kind` None writes only the first line."""
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
            # The deleted lines are lost, but the audit reports it: the new file names the missing one.
            earlier = self._file.last_line
            self._file.close()
            self._file = None
        if self._file is None:
            self._file = _File.create(journal_folder(self._profile.name), earlier)
        if self._file.is_empty:
            self._file.append(Kind.OPENED, {**circumstances(self._profile), "earlier": self._file.last_line})
        return self._file


class _File:
    """The file of one run, open for appending. `last_line` is the newest line. Methods raise OSError."""

    def __init__(self, path: Path, file: AppendedFile, earlier: Anchor | None) -> None:
        self.path = path
        self.last_line = earlier
        self._file = file
        self._seq = 0
        self._size = 0
        self._is_torn = False

    @classmethod
    def create(cls, folder: Path, earlier: Anchor | None) -> "_File":
        """Create a new file. It stays locked while this process runs, so other programs can see that it does.

        See `pbtui.desk.journal.unfinished`.
        """
        path = folder / f"{utc_now():%Y%m%dT%H%M%S.%fZ}-{os.getpid()}{_SUFFIX}"
        return cls(path, disk().create(path), earlier)

    @property
    def is_empty(self) -> bool:
        return self._seq == 0

    @property
    def is_deleted(self) -> bool:
        return self._file.is_deleted

    def append(self, kind: Kind, facts: Mapping[str, object]) -> None:
        seq = self._seq + 1
        line = journal_line(seq, utc_now(), kind, facts, self.last_line.hash if self.last_line else None)
        self._put(line + b"\n")
        self._seq = seq
        self.last_line = Anchor(self.path.name, seq, line_hash(line))

    def _put(self, data: bytes) -> None:
        """Write a whole line or nothing: no line may follow an incomplete one."""
        if self._is_torn:
            self._cut_back()
        try:
            self._file.append(data)
        except OSError:
            self._is_torn = True
            with contextlib.suppress(OSError):  # tried again before the next line, which needs it to succeed
                self._cut_back()
            raise
        self._size += len(data)

    def _cut_back(self) -> None:
        self._file.cut_back(self._size)
        self._is_torn = False

    def close(self) -> None:
        self._file.close()


def _newest_line(profile_name: str) -> Anchor | None:
    """The last line of the newest file that is not empty; None for the first run of a profile."""
    for path in reversed(journal_files(profile_name)):
        if not disk().may_read(path):
            continue  # another user's file; the audit reports it
        lines = disk().read(path).split(b"\n")[:-1]
        if lines:
            return Anchor(path.name, len(lines), line_hash(lines[-1]))
    return None


def circumstances(profile: Profile) -> Mapping[str, object]:
    """User, host, terminal, profile, exchange and version. The user comes from the system, not from the environment."""
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

"""Writes the journal: what the trader wanted, what was sent and what came of it. Each line is on disk at once.

Each run of the program has one file of JSON lines in the platform's state folder under `journal/<owner>/`. Each line
has `seq`, `at` (UTC), `kind`, its facts, and `prev`, the SHA-256 of the line before. The first line has the number of
the run, and names the newest line of all earlier runs. The number and hash of every line are also in the head
(`pbtui.desk.journal.head`), a file kept apart. So changed, removed, added or moved lines and files are detected
(`pbtui.desk.journal.audit`). A user who can write the journal and the head can also rewrite both: they show tampering,
they do not prevent it.

The journal records the facts it is given, and from the environment only the SSH client's address. It never has the
API key.

The facts of a ticket (`pbtui.desk.journal.unfinished` reads them after a crash):

    intent      ticket, action, options, lines [key, request, base, before]
    request     ticket, method, path, keys, …
    outcome     ticket, results [key, state, is_open, reason, order, order_ids, answered_ids, refusal, traded_mw]
    reconciliation  the same, after a read

Other facts with one text for each order:

    order event     events [order_id, what, side, traded_mw, quantity_mw, price, traded_price, contract, at]
    recall          trades [trade_id, kind, state, quantity_mw, price, contract, order_ids]

Facts of a hand-over:

    note            text
    take-over       name, from, since, report_sha256, summary
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
from pbtui.desk.journal.gap import Unwritten, gap_facts, gap_words
from pbtui.desk.journal.line import RESERVED, Anchor, plain, plain_text
from pbtui.desk.journal.run_file import SUFFIX, RunFile
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.earlier_state import move_earlier_state
from pbtui.desk.storage.places import NoStateFolder, Owner, journal_folder, owner_of
from pbtui.desk.storage.problem import problem_of
from pbtui.settings.profiles import Profile


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
    ORDER_EVENT = "order event"
    """Trades of own orders, and what market operations, the system or a check did to them: the events of one read."""
    RECALL = "recall"
    """Trades were recalled or cancelled after the desk had read them: each with its MW and price."""
    NOTIFICATION = "notification"
    """A new message of market operations: its severity, text and time."""
    SHOWN = "shown"
    """The desk showed the trader what earlier runs left: the tickets."""
    KILL = "kill"
    """A kill was fired and the profile halted: the plan, and the orders that were live."""
    KILL_CALL = "kill call"
    """A request of a kill ended."""
    KILL_END = "kill end"
    """The present verdict of a kill, and the hashes of the report that is written next."""
    REPORT_UNWRITTEN = "report not written"
    """The report of the line before could not be written: which files, and why."""
    STATUS = "status"
    """A change of every order at the exchange, other than a kill: the request, and the result of the call."""
    REARM = "re-arm"
    """The halt was lifted: by whom and why."""
    TEAM_REARM = "team re-arm"
    """A halt of the team is about to be lifted: its number, what it was, and why."""
    REARM_ASKED = "re-arm asked"
    """A second person is asked to lift halts of the team: their numbers, what they were, and why."""
    REARM_CONFIRMED = "re-arm confirmed"
    """The re-arm that another operator asks for is about to be confirmed: the request, its halts, who and why."""
    REARM_ENDED = "re-arm request ended"
    """A request to re-arm ended: confirmed, and by whom, or not."""
    LONE = "lone"
    """The profile is about to be cut loose from its team at this host: why."""
    LONE_ENDED = "lone ended"
    """The host has joined the team again: what it was, and the tokens of the sends that the team did not know."""
    HALT_VANISHED = "halt vanished"
    """A halt is gone from the disk or from the store, and nobody lifted it: what it was. It is put back."""
    NOTE = "note"
    """A note for whoever takes over the shift: its text."""
    TAKE_OVER = "take-over"
    """A shift was taken over: by whom, from whom, and the report that was shown."""
    GAP = "gap"
    """Lines before this one could not be written: which, and why."""
    CLOSED = "closed"
    """The run ended normally."""


class JournalUnusable(Exception):
    """A journal line could not be written, or the journal could not be read; the message is the reason."""


def journal_files(owner: Owner) -> list[Path]:
    """The journal's files, one per run, oldest first. Raises JournalUnusable if the folder can't be read."""
    folder = journal_folder(owner)
    try:
        return [path for path in disk().files(folder) if path.suffix == SUFFIX]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise JournalUnusable(problem_of(error, folder)) from error


class Journal:
    """The journal of one run. Any thread may record.

    `problem` is the reason why the last line could not be written, None if it was written. After an error the journal
    tries again with each new line, so it recovers when the disk does. `gap` names the lines of this run that could not
    be written, and the reason; it is empty if there are none. `moved` says what was done with the state that an earlier
    version left; it is empty if there was none.
    """

    def __init__(self, profile: Profile, owner: Owner | None = None) -> None:
        """Take the journal of the profile, or that of another owner, to record a run of the profile there."""
        self._profile = profile
        self._owner = owner or owner_of(profile)
        self._file: RunFile | None = None
        self._lock = Lock()
        self._unwritten: list[Unwritten] = []
        """Lines that the journal does not name as missing yet."""
        self._lost: list[Unwritten] = []
        self.problem: str | None = None
        self.gap = ""
        self.moved = ""

    @classmethod
    def open(cls, profile: Profile) -> "Journal":
        """Start the journal of a run and write its first line.

        Does not raise if the line can't be written, because the desk has to open anyway; `problem` is then the reason.
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
        """Write a line; what is missing before it comes first. `kind` None writes only the first line."""
        with self._lock:
            try:
                if self._file is None:
                    self.moved = move_earlier_state(self._profile) or self.moved
                file = self._opened_file()
                if self._unwritten:
                    file.append(Kind.GAP, gap_facts(self._unwritten, self.problem or ""))
                    self._unwritten = []
                if kind is not None:
                    file.append(kind, facts)
            except (OSError, JournalUnusable) as error:
                self._failed(kind, facts, error)
                raise JournalUnusable(self.problem) from error
            self.problem = None

    def _failed(self, kind: Kind | None, facts: Mapping[str, object], error: OSError | JournalUnusable) -> None:
        names_none = isinstance(error, OSError) and error.filename is None
        self.problem = reason = problem_of(error, self._place() if names_none else None)
        if kind is not None:
            line = Unwritten(utc_now(), kind, facts.get("ticket"))
            self._unwritten.append(line)
            self._lost.append(line)
            self.gap = gap_words(self._lost, reason)

    def _place(self) -> Path | None:
        """The file of this run, or the folder where it would be; None if this user has no home for one."""
        try:
            return self.path or journal_folder(self._owner)
        except NoStateFolder:
            return None

    def _opened_file(self) -> RunFile:
        if self._file is not None and self._file.is_deleted:
            # The deleted lines are lost, but the audit reports it: the head has them.
            self._file.close()
            self._file = None
        if self._file is None:
            self._file = RunFile.create(self._owner)
        if self._file.is_empty:
            self._file.begin(Kind.OPENED, self._first_facts)
        return self._file

    def _first_facts(self, run: int, earlier: Anchor | None) -> Mapping[str, object]:
        facts = {**circumstances(self._profile), "run": run, "earlier": earlier}
        return {**facts, "moved": self.moved} if self.moved else facts


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
        "address": profile.server,
        "pid": os.getpid(),
        "version": __version__,
    }

"""Verifies the lines of a profile in the team store by themselves: nothing was cut, changed, added or moved there.

Each line is hashed again. Two chains go through the lines, that of the profile and that of each run, and a line has to
continue both. Whoever can write all tables can make both chains anew; a head that was noted elsewhere finds that too.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec import Struct

from pbtui.desk.journal.line import JournalEntry, line_hash
from pbtui.desk.team.journal.searchable import as_stored, searchable
from pbtui.desk.team.journal.stored import StoredLine

KEPT = timedelta(days=5 * 365)
"""The time for which lines have to be in the store. Later, a DBA may take out their month."""


class StoredRun(Struct, frozen=True, kw_only=True):
    """A run as the store counts it: its newest line was stored at `stored_at`."""

    run: str
    operator: str
    host: str
    file: str
    lines: int
    stored_at: datetime


class StoredCounts(Struct, frozen=True, kw_only=True):
    """The counts of the store for a profile at one moment `at`: its lines, their head, and its runs."""

    at: datetime
    lines: int
    head: str
    runs: Sequence[StoredRun]


class NotedHead(Struct, frozen=True):
    """A head of a profile's lines that is known from elsewhere, and from where."""

    no: int
    chain: str
    origin: str


class StoreAudit:
    """Takes all lines of a profile in their order, then `end`.

    `problems` are what was found, `notes` what can't be proved. `hashes` are those of the lines of the `watched` runs,
    by run and number.
    """

    def __init__(self, counts: StoredCounts, noted: Iterable[NotedHead], watched: Iterable[str] = ()) -> None:
        self._counts = counts
        self._noted = list(noted)
        self.hashes: dict[str, dict[int, str]] = {run: {} for run in watched}
        self.problems: list[str] = []
        self.notes: list[str] = []
        self._first: StoredLine | None = None
        self._no = 0
        self._chain = ""
        self._runs: dict[str, tuple[int, str]] = {}
        """Number and hash of the newest line of each run."""
        self._has_gap = False

    def add(self, line: StoredLine) -> None:
        """Take the next line."""
        if self._first is None:
            self._first = line
            self._no, self._chain = line.no - 1, "" if line.no == 1 else "?"
        if line.no <= self._no:
            self._note(line, "it is there twice")
            return
        self._compare_number(line)
        if line_hash(line.content) != line.hash:
            self._note(line, "its content was changed")
        elif (entry := line.entry) is None:
            self._note(line, "it is not a journal line")
        else:
            self._compare_run(line, entry)
            self._compare_words(line, entry)
        self._compare_noted(line)
        self._no, self._chain = line.no, line.chain
        self._runs[line.run] = line.line, line.hash
        if line.run in self.hashes:
            self.hashes[line.run][line.line] = line.hash

    def end(self) -> None:
        """Compare with what the store counts."""
        counts = self._counts
        if self._first is None and all(run.stored_at <= counts.at - KEPT for run in counts.runs):
            self.notes.append(f"the store: all {counts.lines} lines are of months that were taken out")
        elif self._no < counts.lines:
            self._gap(self._no + 1, counts.lines)
        elif self._chain != counts.head:
            self.problems.append(f"the store: its head is not that of its newest line {self._no}")
        if self._first is not None and self._first.no > 1:
            self.notes.append(
                f"the store: lines 1 to {self._first.no - 1} are not there any more. The oldest one that is there was"
                f" stored {self._first.stored_at:%Y-%m-%d %H:%M:%S}Z: compare it with the months that were taken out"
            )
        if not self._has_gap:
            self._compare_counts(counts)
        for head in self._noted:
            if head.no > counts.lines:
                self.problems.append(f"the store: it counts {counts.lines} lines, but its head was {_words(head)}")
            elif self._first is None or head.no < self._first.no:
                self.notes.append(f"the store: the line of the head {_words(head)} is not there any more")

    def _compare_number(self, line: StoredLine) -> None:
        if line.no != self._no + 1:
            self._gap(self._no + 1, line.no - 1)
        elif self._chain != "?" and line.chain != _next_chain(self._chain, line):
            self._note(line, "it does not continue the chain of the profile: it, or its place, was changed")

    def _compare_run(self, line: StoredLine, entry: JournalEntry) -> None:
        number, known_hash = self._runs.get(line.run, (0, ""))
        if entry.seq != line.line or (line.line == 1 and line.run != line.hash):
            self._note(line, "it is at another place in its run than it says")
        elif line.line == number + 1:
            if number and entry.prev != known_hash:
                self._note(line, "it does not continue the line before it in its run")
        elif not self._has_gap and not (number == 0 and self._first is not None and self._first.no > 1):
            self._note(line, f"it is line {line.line} of its run, after line {number}")

    def _compare_words(self, line: StoredLine, entry: JournalEntry) -> None:
        words = searchable(entry)
        found = (line.at, line.kind, line.ticket, tuple(line.portfolios), tuple(line.orders))
        if found != (words.at, words.kind, words.ticket, words.portfolios, words.orders):
            self._note(line, "the words by which it is found are not those of its content")
        if line.line == 1:
            for name in ("operator", "host"):
                said = entry.facts.get(name)
                if isinstance(said, str) and as_stored(said) != as_stored(getattr(line, name)):
                    self._note(line, f"the {name} of its run is not the one that it names")

    def _compare_noted(self, line: StoredLine) -> None:
        for head in self._noted:
            if head.no == line.no and head.chain != line.chain:
                self._note(line, f"it is not the line of the head {_words(head)}")

    def _compare_counts(self, counts: StoredCounts) -> None:
        for run in counts.runs:
            number, _ = self._runs.get(run.run, (0, ""))
            if number != run.lines and run.stored_at > counts.at - KEPT:
                whose = f"{run.file}, written by {run.operator} on {run.host}"
                self.problems.append(f"the store: it counts {run.lines} lines of {whose}, but has them up to {number}")

    def _gap(self, first: int, last: int) -> None:
        self._has_gap = True
        lines = f"line {first} is" if first == last else f"lines {first} to {last} are"
        self.problems.append(f"the store: {lines} missing")

    def _note(self, line: StoredLine, reason: str) -> None:
        self.problems.append(f"the store, line {line.no}: {reason}")


def _words(head: NotedHead) -> str:
    return f"{head.no}:{head.chain} {head.origin}"


def _next_chain(chain: str, line: StoredLine) -> str:
    return sha256(f"{chain} {line.no} {line.run} {line.line} {line.hash}".encode()).hexdigest()

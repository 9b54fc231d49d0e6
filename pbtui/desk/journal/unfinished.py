"""Finds in the journal what ended runs left: tickets that are open or not shown, and those read elsewhere since."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pbtui.api.clock import utc_now
from pbtui.desk.journal.against_head import KnownHead, known_head
from pbtui.desk.journal.chain import JournalReading, read_journal
from pbtui.desk.journal.chronicle import in_order
from pbtui.desk.journal.line import JournalEntry, Results, dicts_of, keys_of, newest_results
from pbtui.desk.journal.open_writes import WITHDRAWALS, requests_of
from pbtui.desk.journal.recent import LOOK_BACK, RECENT, RecentRun
from pbtui.desk.journal.writer import JournalUnusable, Kind, journal_files
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import Owner, owner_of
from pbtui.settings.profiles import Environment, Profile

_ENTER = "add"
_STILL_OPEN = ("ACCEPTED", "UNKNOWN")
_NOT_SHOWN = ("NOT FOUND", "REJECTED", "CONFLICT")


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """An intent of a run that has ended.

    `open_keys` are the keys of its lines whose newest outcome or reconciliation, in any run, is not final, and of those
    that were not found but can still land. A later read can open a line again that was closed. `outcomes` are the
    results of its request by key, as far as it ended. `unsent_keys` are open lines of which no request left; of
    withdrawals there are none, which leave even if that can't be recorded. `not_shown` are the newest results of its
    new orders that were refused or not found so short a while ago that a read can still show them.
    """

    intent: JournalEntry
    open_keys: tuple[str, ...]
    file: str = ""
    outcomes: Results = field(default_factory=dict)
    unsent_keys: frozenset[str] = frozenset()
    not_shown: Results = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Its ticket, and where it is in the journal."""
        return f"ticket {self.intent.facts['ticket']} ({self.file}, line {self.intent.seq})"


@dataclass(frozen=True, slots=True)
class ResultElsewhere:
    """A ticket of an ended run whose results another run has read. `results` are its newest results, by key."""

    intent: JournalEntry
    results: Mapping[str, Mapping[str, Any]]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Tickets of ended runs, oldest first: those that are open, and those that ended elsewhere and were not shown.

    `tokens` are those of the orders that any run entered.
    """

    open: tuple[OpenIntent, ...] = ()
    ended: tuple[ResultElsewhere, ...] = ()
    tokens: frozenset[str] = frozenset()


def left_over(profile: Profile, now: datetime | None = None) -> LeftOver:
    """The tickets that earlier runs of a profile left. The next run has to reconcile the open ones.

    Tickets of running programs are left out: a run locks its file while its process exists. Unreadable files of other
    users, and runs at another server, are skipped. Raises JournalUnusable if the journal can't be read.
    """
    now = now or utc_now()
    since_s = (now - LOOK_BACK).timestamp()
    readings: dict[Path, JournalReading] = {}
    intents: list[tuple[JournalEntry, str]] = []
    for path in journal_files(owner_of(profile)):
        if disk().changed_at_s(path) < since_s or not disk().may_read(path):
            continue
        reading = read_journal(path)
        if not _is_here(reading.opening, profile):
            continue
        readings[path] = reading
        if not disk().is_locked(path):
            intents += [(entry, path.name) for entry in readings[path].entries if entry.kind == Kind.INTENT]
    entries = in_order(readings, head_of(owner_of(profile)))
    ended = ended_lines(entries)
    runs = (RecentRun(reading.entries, disk().is_locked(path)) for path, reading in readings.items())
    landing = requests_of(runs).unfinished(now)
    return LeftOver(
        tuple(_left(intents, ended - landing, entries, _not_shown(entries, now - RECENT))),
        tuple(_ended_elsewhere(intents, ended, readings)),
        _entered(readings.values()),
    )


def _entered(readings: Iterable[JournalReading]) -> frozenset[str]:
    """The tokens of the orders that were entered: the keys of the lines of their tickets."""
    return frozenset(
        key
        for reading in readings
        for entry in reading.entries
        if entry.kind == Kind.INTENT and entry.facts.get("action") == _ENTER
        for key in keys_of(entry.facts.get("lines"))
    )


def _ended_elsewhere(
    intents: Iterable[tuple[JournalEntry, str]], ended: set[tuple[str, str]], readings: Mapping[Path, JournalReading]
) -> Iterator[ResultElsewhere]:
    shown: set[object] = set()
    results: dict[str, dict[str, tuple[str, JournalEntry, dict[str, Any]]]] = {}
    for path, reading in readings.items():
        for entry in reading.entries:
            if entry.kind == Kind.SHOWN and isinstance(entry.facts.get("tickets"), list):
                shown |= set(map(str, entry.facts["tickets"]))
            elif entry.kind == Kind.RECONCILIATION:
                for result in dicts_of(entry.facts.get("results")):
                    of_ticket = results.setdefault(str(entry.facts.get("ticket")), {})
                    of_ticket[str(result.get("key"))] = path.name, entry, result
    for intent, file in intents:
        ticket = str(intent.facts.get("ticket"))
        elsewhere = {
            key: (entry, result)
            for key, (other, entry, result) in results.get(ticket, {}).items()
            if other != file and (ticket, key) in ended
        }
        if elsewhere and ticket not in shown:
            read_at = max(entry.at for entry, _ in elsewhere.values())
            yield ResultElsewhere(intent, {key: result for key, (_, result) in elsewhere.items()}, read_at)


def head_of(owner: Owner) -> KnownHead:
    """The head; without a readable one the order of the runs has to do."""
    try:
        return known_head(owner)
    except JournalUnusable:
        return KnownHead()


def ended_lines(entries: Iterable[JournalEntry]) -> set[tuple[str, str]]:
    """The tickets and keys of the lines whose newest result is final."""
    ended: set[tuple[str, str]] = set()
    for entry in entries:
        ticket, results = entry.facts.get("ticket"), entry.facts.get("results")
        if isinstance(ticket, str) and entry.kind in (Kind.OUTCOME, Kind.RECONCILIATION):
            ended -= {(ticket, key) for key in keys_of(results)}
            ended |= {(ticket, key) for key in _ended_keys(results)}
    return ended


def _is_here(opening: Mapping[str, Any], profile: Profile) -> bool:
    """Return whether a run was at the profile's server: a journal of an earlier version may hold runs at several."""
    here = {"server": profile.host, "exchange": profile.exchange, "environment": profile.environment}
    names = ("environment",) if profile.environment is Environment.SIMULATION else ("server", "exchange")
    return all(opening.get(name, here[name]) == here[name] for name in names)


def _not_shown(entries: Sequence[JournalEntry], since: datetime) -> Mapping[str, Results]:
    """The newest results of the new orders sent since then that are not shown to be there, by ticket and key."""
    results = newest_results(entries, Kind.OUTCOME, Kind.RECONCILIATION)
    recent = {
        str(entry.facts.get("ticket"))
        for entry in entries
        if entry.kind == Kind.INTENT and entry.facts.get("action") == _ENTER and entry.at >= since
    }
    return {
        ticket: {key: result for key, result in results.get(ticket, {}).items() if result.get("state") in _NOT_SHOWN}
        for ticket in recent
    }


def _left(
    intents: Iterable[tuple[JournalEntry, str]],
    ended: set[tuple[str, str]],
    entries: Sequence[JournalEntry],
    not_shown: Mapping[str, Results],
) -> Iterator[OpenIntent]:
    outcomes, requested = newest_results(entries, Kind.OUTCOME), _requested(entries)
    for intent, file in intents:
        ticket = intent.facts.get("ticket")
        if not isinstance(ticket, str):
            continue
        keys, known = keys_of(intent.facts.get("lines")), outcomes.get(ticket, {})
        open_keys = tuple(key for key in keys if (ticket, key) not in ended)
        absent = {key: each for key, each in not_shown.get(ticket, {}).items() if key in keys and key not in open_keys}
        sent = requested.get(ticket, frozenset())
        needs_record = intent.facts.get("action") not in WITHDRAWALS and sent is not None
        unsent = frozenset(open_keys).difference(sent or (), known) if needs_record else frozenset()
        if open_keys or absent:
            yield OpenIntent(intent, open_keys, file, known, unsent, absent)


def _requested(entries: Iterable[JournalEntry]) -> Mapping[str, frozenset[str] | None]:
    """The keys in the requests of each ticket; None if one of its requests does not name them."""
    requested: dict[str, frozenset[str] | None] = {}
    for entry in entries:
        if entry.kind == Kind.REQUEST:
            ticket, keys = str(entry.facts.get("ticket")), entry.facts.get("keys")
            known = requested.get(ticket, frozenset())
            requested[ticket] = known | set(map(str, keys)) if isinstance(keys, list) and known is not None else None
    return requested


def _ended_keys(results: Any) -> list[str]:
    return keys_of([result for result in dicts_of(results) if _is_end(result)])


def _is_end(result: dict[str, Any]) -> bool:
    if "is_open" in result:
        return result["is_open"] is False
    return result.get("reconciliation") is not None or result.get("outcome") not in (None, *_STILL_OPEN)

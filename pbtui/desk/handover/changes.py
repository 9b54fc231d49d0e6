"""Changes of a shift, and writes that have no known end, by the journal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from msgspec import Struct

from pbtui.api.structs import replace
from pbtui.desk.handover.shift import Recorded, Shift
from pbtui.desk.journal.describe import entry_words
from pbtui.desk.journal.line import JournalEntry, dicts_of
from pbtui.desk.journal.open_writes import requests_of
from pbtui.desk.journal.recent import RecentRun
from pbtui.desk.journal.unfinished import ended_lines
from pbtui.desk.journal.writer import Kind

NO_ANSWER = "no answer is recorded"

_PARTS_OF_A_TICKET = (Kind.CONFIRMATION, Kind.ABORT, Kind.REQUEST, Kind.OUTCOME, Kind.RECONCILIATION)
_NO_CHANGE = (*_PARTS_OF_A_TICKET, Kind.OPENED, Kind.CLOSED, Kind.SHOWN, Kind.KILL_CALL, Kind.NOTE)
"""Lines that are not shown by themselves. Lines of any other kind are, those of later versions too."""

_Key = tuple[str, str]
"""A ticket, and the key of one of its lines."""


class Change(Struct, frozen=True):
    """One change: when, who wrote it, the order, empty if it is none, and the words, safe to show."""

    at: datetime
    who: str
    order: str
    words: str


class Unfinished(Struct, frozen=True):
    """A line of a ticket of which it is not known how it ended. `state` is what the newest answer or read said."""

    at: datetime
    who: str
    ticket: str
    order: str
    words: str
    state: str


class _Result(Struct, frozen=True):
    at: datetime
    entry: JournalEntry
    result: Mapping[str, Any]

    @property
    def shown(self) -> tuple[str, str]:
        """Order and state."""
        only = replace(self.entry, facts={"results": [self.result]}, kind=Kind.RECONCILIATION)
        return entry_words(only)[0]


def changes_of(lines: Sequence[Recorded], shift: Shift) -> tuple[Change, ...]:
    """The changes of the shift, the oldest first: writes with their newest state, events of orders, kills, re-arms.

    Fills are left out: the trades show them.
    """
    results = _newest_results(lines)
    found = [change for line in lines for change in _changes_in(line, shift, results)]
    return tuple(sorted(found, key=lambda change: change.at))


def unfinished_of(lines: Sequence[Recorded], now: datetime) -> tuple[Unfinished, ...]:
    """The lines of tickets that have no known end, the oldest first, whenever they were sent."""
    results = _newest_results(lines)
    entries = [line.entry for line in lines]
    ended = ended_lines(entries) - requests_of(_runs(lines)).unfinished(now)
    return tuple(
        Unfinished(line.entry.at, line.who, key[0], *_words(line.entry, wanted), _state(results.get(key)))
        for line in lines
        for key, wanted in _wanted(line.entry)
        if key not in ended
    )


def _changes_in(line: Recorded, shift: Shift, results: Mapping[_Key, _Result]) -> Iterator[Change]:
    entry = line.entry
    if entry.kind == Kind.INTENT:
        for key, wanted in _wanted(entry):
            result = results.get(key)
            if shift.has(entry.at) or (result is not None and shift.has(result.at)):
                order, words = _words(entry, wanted)
                order = order if result is None else result.shown[0]
                yield Change(entry.at, line.who, order, f"{words}: {_state(result)}")
    elif not shift.has(entry.at) or entry.kind in _NO_CHANGE:
        return
    elif entry.kind == Kind.ORDER_EVENT:
        events = [event for event in dicts_of(entry.facts.get("events")) if event.get("traded_mw") is None]
        if events:
            yield from _as_changes(line, replace(entry, facts={"events": events}))
    else:
        yield from _as_changes(line, entry)


def _as_changes(line: Recorded, entry: JournalEntry) -> Iterator[Change]:
    for order, words in entry_words(entry):
        yield Change(entry.at, line.who, order, words)


def _wanted(entry: JournalEntry) -> Iterator[tuple[_Key, Mapping[str, Any]]]:
    """The lines of an intent, each with its key; none of another entry."""
    ticket = entry.facts.get("ticket")
    if entry.kind == Kind.INTENT and isinstance(ticket, str):
        for wanted in dicts_of(entry.facts.get("lines")):
            yield (ticket, str(wanted.get("key"))), wanted


def _words(entry: JournalEntry, wanted: Mapping[str, Any]) -> tuple[str, str]:
    """Order and words of one line of an intent."""
    only = replace(entry, facts={"action": entry.facts.get("action"), "lines": [wanted]})
    return entry_words(only)[0]


def _newest_results(lines: Iterable[Recorded]) -> dict[_Key, _Result]:
    found: dict[_Key, _Result] = {}
    for line in lines:
        ticket = line.entry.facts.get("ticket")
        if isinstance(ticket, str) and line.entry.kind in (Kind.OUTCOME, Kind.RECONCILIATION):
            for result in dicts_of(line.entry.facts.get("results")):
                found[ticket, str(result.get("key"))] = _Result(line.entry.at, line.entry, result)
    return found


def _state(result: _Result | None) -> str:
    return NO_ANSWER if result is None else result.shown[1]


def _runs(lines: Sequence[Recorded]) -> Iterator[RecentRun]:
    """The runs of the lines. Whether they are running is not known of other hosts: no answer is awaited of any."""
    by_run = sorted(lines, key=lambda line: line.run)
    for _, of_run in groupby(by_run, key=lambda line: line.run):
        yield RecentRun([line.entry for line in of_run], is_running=False)

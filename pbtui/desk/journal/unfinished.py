"""Finds what is unfinished in the journal: open tickets of ended runs, and requests under way of running programs.

A ticket is open if it has an intent but no final state for each of its orders. A request is under way if it has begun
but has no outcome.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pbtui.api.clock import utc_now
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.line import JournalEntry, LineUnreadable, read_line
from pbtui.desk.journal.writer import Kind, journal_files
from pbtui.desk.storage.disk import disk

LOOK_BACK = timedelta(days=14)
"""Files not written to for longer than this are ignored: their contracts have been delivered."""

_TAIL_BYTES = 2**20
"""The part of a file read to find requests under way; much more than is written during one request."""

_STILL_OPEN = ("ACCEPTED", "UNKNOWN")


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """An intent of a run that has ended.

    `open_keys` are the keys of its lines without a final state: neither a final outcome (NOT SENT, REJECTED, CONFLICT)
    nor a reconciliation, in any run.
    """

    intent: JournalEntry
    open_keys: tuple[str, ...]


def open_intents(profile_name: str, now: datetime | None = None) -> tuple[OpenIntent, ...]:
    """The open tickets of a profile, oldest first; the next run has to reconcile them.

    Tickets of running programs are left out: a run locks its file while its process exists. Unreadable files of other
    users are skipped. Raises JournalUnusable if the journal can't be read.
    """
    since_s = ((now or utc_now()) - LOOK_BACK).timestamp()
    intents: list[JournalEntry] = []
    ended: set[tuple[str, str]] = set()
    for path in journal_files(profile_name):
        if disk().changed_at_s(path) < since_s or not disk().may_read(path):
            continue
        is_running = disk().is_locked(path)
        for entry in read_journal(path).entries:
            ticket = entry.facts.get("ticket")
            if not isinstance(ticket, str):
                continue
            if entry.kind == Kind.INTENT and not is_running:
                intents.append(entry)
            elif entry.kind in (Kind.OUTCOME, Kind.RECONCILIATION):
                ended |= {(ticket, key) for key in _ended_keys(entry.facts.get("results"))}
    return tuple(_open(intents, ended))


def requests_under_way(profile_name: str) -> int:
    """The number of order-changing requests of all running programs that are sent, or about to be, without outcome.

    Raises JournalUnusable or OSError if the journal can't be read.
    """
    since_s = (utc_now() - LOOK_BACK).timestamp()
    paths = [path for path in journal_files(profile_name) if disk().changed_at_s(path) >= since_s]
    return sum(_under_way(path) for path in paths if disk().may_read(path) and disk().is_locked(path))


def _under_way(path: Path) -> int:
    requests: set[object] = set()
    for entry in _tail(path):
        name = entry.kind if entry.kind == Kind.STATUS else entry.facts.get("ticket")
        if entry.kind == Kind.REQUEST or "wanted" in entry.facts:
            requests.add(name)
        elif entry.kind in (Kind.OUTCOME, Kind.RECONCILIATION, Kind.STATUS):
            requests.discard(name)
    return len(requests)


def _tail(path: Path) -> Iterator[JournalEntry]:
    """The last entries of a file, oldest first, without unreadable lines."""
    content, is_whole = disk().read_end(path, _TAIL_BYTES)
    lines = content.split(b"\n")[:-1]
    for line in lines if is_whole else lines[1:]:
        with contextlib.suppress(LineUnreadable):
            yield read_line(line)


def _open(intents: Iterable[JournalEntry], ended: set[tuple[str, str]]) -> Iterable[OpenIntent]:
    for intent in intents:
        ticket = intent.facts["ticket"]
        open_keys = tuple(key for key in _keys(intent.facts.get("lines")) if (ticket, key) not in ended)
        if open_keys:
            yield OpenIntent(intent, open_keys)


def _keys(items: Any) -> list[str]:
    """The keys of lines or results. Other values have no keys: the journal may have been edited."""
    if not isinstance(items, list):
        return []
    return [item["key"] for item in items if isinstance(item, dict) and isinstance(item.get("key"), str)]


def _ended_keys(results: Any) -> list[str]:
    if not isinstance(results, list):
        return []
    return _keys([result for result in results if isinstance(result, dict) and _is_end(result)])


def _is_end(result: dict[str, Any]) -> bool:
    if "is_open" in result:
        return result["is_open"] is False
    return result.get("reconciliation") is not None or result.get("outcome") not in (None, *_STILL_OPEN)

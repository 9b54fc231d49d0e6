"""The registered writes of a profile that can still land at the exchange, by the journals of all its programs."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from pbtui.api.clock import utc_now
from pbtui.api.structs import replace
from pbtui.desk.journal.line import JournalEntry, dicts_of, keys_of
from pbtui.desk.journal.recent import RecentRun, recent_runs
from pbtui.desk.journal.writer import Kind
from pbtui.desk.storage.places import Owner

MAY_LAND_WITHIN = timedelta(minutes=2)
"""The time in which a write can still land whose answer was lost: six times as long as its sender waits."""

_MAY_LAND = ("UNKNOWN", "NOT FOUND", "SENDING", "WAITING", None)
_WITHDRAWALS = ("deactivate", "delete")


class OpenWrites(Struct, frozen=True):
    """The number of such writes.

    `under_way` counts the requests whose answer a running program waits for. `unanswered` counts the orders of those
    that left a short while ago and whose answer no one waits for any more: it was lost, or the program has ended.
    """

    under_way: int = 0
    unanswered: int = 0

    def at_least(self, under_way: int) -> "OpenWrites":
        """The same with at least so many requests under way: the journal shows those of the own desk a little later."""
        return replace(self, under_way=max(self.under_way, under_way))


def open_writes(owner: Owner, now: datetime | None = None) -> OpenWrites:
    """The writes that can still land. A withdrawal that was not answered enters nothing and does not count.

    Raises JournalUnusable or OSError if the journal can't be read.
    """
    return requests_of(recent_runs(owner)).still_open(now or utc_now())


def requests_of(runs: Iterable[RecentRun]) -> "Requests":
    """The requests of these runs."""
    requests = Requests()
    for run in runs:
        requests.add(run)
    return requests


_Line = tuple[object, str]
"""A ticket, or the run of a status change, and the key of one of its lines."""


class Requests:
    """The requests of all runs, each with the lines it may have brought to the exchange."""

    def __init__(self) -> None:
        self._under_way = 0
        self._lost: dict[_Line, datetime] = {}
        self._known: set[_Line] = set()
        """The lines of which a later read showed what became of them."""

    def add(self, run: RecentRun) -> None:
        """Add the requests of one run."""
        status_change = object()
        begun: dict[object, datetime] = {}
        lines: dict[object, list[str]] = {}
        for entry in run.entries:
            name = status_change if entry.kind == Kind.STATUS else entry.facts.get("ticket")
            if entry.kind == Kind.INTENT:
                lines[name] = [] if entry.facts.get("action") in _WITHDRAWALS else keys_of(entry.facts.get("lines"))
            elif entry.kind == Kind.REQUEST or "wanted" in entry.facts:
                begun[name] = entry.at
                if entry.kind == Kind.STATUS:
                    lines[name] = [""] if _activates(entry.facts["wanted"]) else []
            elif entry.kind in (Kind.OUTCOME, Kind.STATUS):
                self._end(name, entry, begun.pop(name, entry.at), lines.get(name))
            elif entry.kind == Kind.RECONCILIATION:
                self._known |= {(name, key) for key in _shown_keys(entry.facts.get("results"))}
        if run.is_running:
            self._under_way += len(begun)
            return
        for name, left_at in begun.items():
            self._lose(name, lines.get(name, [""]), left_at)

    def _end(self, name: object, entry: JournalEntry, left_at: datetime, lines: list[str] | None) -> None:
        if entry.kind == Kind.STATUS:
            self._lose(name, (lines or []) if entry.facts.get("is_unknown") is True else [], left_at)
        else:
            unknown = _unknown_keys(entry.facts.get("results"))
            self._lose(name, [key for key in unknown if lines is None or key in lines], left_at)

    def _lose(self, name: object, keys: Iterable[str], left_at: datetime) -> None:
        self._lost |= {(name, key): left_at for key in keys}

    def still_open(self, now: datetime) -> OpenWrites:
        """Those that can still land. After a while nothing lands any more."""
        lost = {line for line, left_at in self._lost.items() if left_at > now - MAY_LAND_WITHIN}
        return OpenWrites(self._under_way, len(lost - self._known))


def _activates(wanted: Any) -> bool:
    return not isinstance(wanted, dict) or wanted.get("orderModType") not in ("DEAC", "DELE")


def _unknown_keys(results: Any) -> list[str]:
    """The lines of a request of which no answer says whether it reached the exchange."""
    return keys_of([result for result in dicts_of(results) if _state(result) == "UNKNOWN"])


def _shown_keys(results: Any) -> list[str]:
    """The lines of which a read showed what became of them. One that was not found may still land."""
    return keys_of([result for result in dicts_of(results) if _state(result) not in _MAY_LAND])


def _state(result: dict[str, Any]) -> object:
    """The state of a line; journals of older versions have it in other fields."""
    return result.get("state") or result.get("reconciliation") or result.get("outcome")

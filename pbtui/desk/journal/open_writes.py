"""The registered writes of a profile that can still land at the exchange, by the journals of all its programs."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from math import floor
from typing import Any

from msgspec import Struct

from pbtui.api.clock import boot, steady_s, utc_now
from pbtui.desk.journal.line import JournalEntry, dicts_of, keys_of
from pbtui.desk.journal.recent import RecentRun, recent_runs
from pbtui.desk.journal.writer import Kind
from pbtui.desk.storage.places import Owner

MAY_LAND_WITHIN = timedelta(minutes=2)
"""Time in which a write without an answer can still land: six times as long as its sender waits."""
SHOWN_WITHIN = timedelta(seconds=20)
"""Time after its answer in which a write that the exchange did can still be missing from the lists of orders."""
_ANSWERED_WITHIN = timedelta(seconds=20)
"""The longest that a sender waits for an answer."""

_MAY_LAND = ("UNKNOWN", "NOT FOUND", "SENDING", "WAITING", None)
_REJECTED = ("REJECTED", "CONFLICT")
_SAID_NO = ("REFUSED", *_REJECTED)
_ACCEPTED = "accepted"
"""The end of a status change that the exchange took."""
EVERY_ORDER = 1_000_000
"""The number of orders of a write that may bring any number of them to the market."""
WITHDRAWALS = ("deactivate", "delete")
"""The actions of tickets that enter nothing. They are sent even if the journal can't be written."""


def leaving_now() -> Mapping[str, object]:
    """The facts of a request that leaves now, besides the time of its line: a clock can be set while it is away."""
    return {"boot": boot(), "steady_s": floor(steady_s() * 1000) / 1000}


def age_of(entry: JournalEntry) -> timedelta:
    """Return the time since a line was written, by the clock that never jumps if the line has it."""
    return _Leaving.of(entry).age(utc_now())


class OpenWrites(Struct, frozen=True):
    """The number of such writes.

    `under_way` counts the requests whose answer a running program waits for. `unanswered` counts the orders of those
    that left a short while ago and whose answer no one waits for any more: it was lost, or the program has ended. It
    also counts those that were accepted just now and that no read of their ticket has shown yet, and the orders of a
    list that was refused just now: the exchange may have entered some of them. A refused order that was alone in its
    request, or is named in the answer, enters nothing.

    `more_orders`: how many orders they can bring to the market beyond one for each of them. A list under way has one
    for each of its lines, a withdrawal under way none.
    """

    under_way: int = 0
    unanswered: int = 0
    more_orders: int = 0

    def at_least(self, under_way: int, unanswered: int = 0, *, orders_each: int = 1) -> "OpenWrites":
        """Raise the numbers to these. The journal shows the desk's own writes later, those of other hosts never.

        `orders_each`: how many orders each of the added writes can bring to the market.
        """
        added = max(under_way - self.under_way, 0) + max(unanswered - self.unanswered, 0)
        return OpenWrites(
            max(self.under_way, under_way),
            max(self.unanswered, unanswered),
            self.more_orders + added * (orders_each - 1),
        )


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


Line = tuple[object, str]
"""A ticket, or the run of a status change, and the key of one of its lines."""


class _Leaving(Struct, frozen=True):
    """The moment at which a request left, by the wall clock and by the clock that never jumps."""

    at: datetime
    boot: str = ""
    steady_s: Decimal = Decimal(0)

    @classmethod
    def of(cls, entry: JournalEntry) -> "_Leaving":
        """The moment of a journal line; journals of older versions have the time alone."""
        name, count_s = entry.facts.get("boot"), entry.facts.get("steady_s")
        if isinstance(name, str) and isinstance(count_s, Decimal | int):
            return cls(entry.at, name, Decimal(count_s))
        return cls(entry.at)

    def answered(self, at: datetime) -> "_Leaving":
        """The moment of its answer, whose line is of `at`. A clock that was set meanwhile makes it the latest."""
        took = at - self.at
        took = took if timedelta() <= took <= _ANSWERED_WITHIN else _ANSWERED_WITHIN
        return _Leaving(self.at + took, self.boot, self.steady_s + Decimal(took.total_seconds()))

    def age(self, now: datetime) -> timedelta:
        """Return the time since then, by the clock that never jumps; by the wall clock if the host has restarted."""
        since_s = steady_s() - float(self.steady_s)
        return timedelta(seconds=since_s) if self.boot and self.boot == boot() and since_s >= 0 else now - self.at


class Requests:
    """The requests of all runs, each with the lines it may have brought to the exchange."""

    def __init__(self) -> None:
        self._under_way = 0
        self._entering: set[Line] = set()
        """The lines under way that can bring an order to the market."""
        self._lost: dict[Line, tuple[tuple[_Leaving, timedelta], ...]] = {}
        """The lines that can land, each within that time of a moment. A status change can be sent several times."""
        self._known: set[Line] = set()
        """The lines of which a later read showed what became of them."""
        self._ended: set[Line] = set()
        """These, and those of refused lists that count as rejected: they may land, and the ticket has its end."""

    def add(self, run: RecentRun) -> None:
        """Add the requests of one run."""
        status_change = object()
        away: dict[Line, _Leaving] = {}
        entering: dict[object, list[str]] = {}
        for entry in run.entries:
            name = status_change if entry.kind == Kind.STATUS else entry.facts.get("ticket")
            if entry.kind == Kind.INTENT:
                withdraws = entry.facts.get("action") in WITHDRAWALS
                entering[name] = [] if withdraws else keys_of(entry.facts.get("lines"))
            elif entry.kind == Kind.REQUEST or "wanted" in entry.facts:
                if entry.kind == Kind.STATUS:
                    entering[name] = [""] if _activates(entry.facts["wanted"]) else []
                away |= dict.fromkeys(_sent(name, entry, entering.get(name)), _Leaving.of(entry))
            elif entry.kind in (Kind.OUTCOME, Kind.STATUS):
                self._end(name, entry, away, entering.get(name))
            elif entry.kind == Kind.RECONCILIATION:
                self._known |= {(name, key) for key in _shown_keys(entry.facts.get("results"))}
                self._ended |= {(name, key) for key in _ended_keys(entry.facts.get("results"))}
        if run.is_running:
            self._under_way += len({name for name, _ in away})
            self._entering |= {(name, key) for name, key in away if key in entering.get(name, [key])}
            return
        for (name, key), left in away.items():
            if key in entering.get(name, [key]):
                self._lose(name, [key], left, MAY_LAND_WITHIN)

    def _end(self, name: object, entry: JournalEntry, away: dict[Line, _Leaving], entering: list[str] | None) -> None:
        if entry.kind == Kind.STATUS:
            left = away.pop((name, ""), _Leaving.of(entry))
            if entry.facts.get("is_unknown") is True:
                self._lose(name, entering or [], left, MAY_LAND_WITHIN)
            elif entry.facts.get("end") == _ACCEPTED:
                self._lose(name, entering or [], left.answered(entry.at), SHOWN_WITHIN)
            return
        away.pop((name, ""), None)
        self._ended |= {(name, key) for key, state in _states_in(entry.facts.get("results")) if state in _REJECTED}
        for key, result in _by_key(entry.facts.get("results")):
            left, state = away.pop((name, key), _Leaving.of(entry)), _state(result)
            if entering is not None and key not in entering:
                continue
            if state == "UNKNOWN":
                self._lose(name, [key], left, MAY_LAND_WITHIN)
            elif state == "SENT" or _is_of_refused_list(result):
                self._lose(name, [key], left.answered(entry.at), SHOWN_WITHIN)

    def _lose(self, name: object, keys: Iterable[str], since: _Leaving, within: timedelta) -> None:
        for key in keys:
            self._lost[name, key] = (*self._lost.get((name, key), ()), (since, within))

    def still_open(self, now: datetime) -> OpenWrites:
        """Those that can still land. After a while nothing lands any more."""
        unanswered = self._landing(now) - self._known
        orders = sum(1 if key else EVERY_ORDER for _, key in self._entering | unanswered)
        return OpenWrites(self._under_way, len(unanswered), orders - self._under_way - len(unanswered))

    def unfinished(self, now: datetime) -> set[Line]:
        """The lines among those that can land whose ticket has to be read again: it has no end by a read."""
        return self._landing(now) - self._ended

    def _landing(self, now: datetime) -> set[Line]:
        return {line for line, times in self._lost.items() if any(since.age(now) < within for since, within in times)}


def _activates(wanted: Any) -> bool:
    return not isinstance(wanted, dict) or wanted.get("orderModType") not in ("DEAC", "DELE")


def _sent(name: object, entry: JournalEntry, entering: list[str] | None) -> Iterator[Line]:
    """The lines of a request. One that names none may have any of its ticket, or withdraws."""
    keys = entry.facts.get("keys")
    for key in keys if isinstance(keys, list) else entering or [""]:
        yield name, str(key)


def _shown_keys(results: Any) -> list[str]:
    """The lines of which a read showed what became of them. One that was not found may still land.

    An order of a refused list is rejected as soon as a read does not show it, and can be listed later.
    """
    found = _by_key(results)
    return [key for key, result in found if _state(result) not in _MAY_LAND and not _is_of_refused_list(result)]


def _ended_keys(results: Any) -> list[str]:
    """The lines that a read gave an end."""
    return [key for key, state in _states_in(results) if state not in _MAY_LAND and state != "REFUSED"]


def _states_in(results: Any) -> Iterator[tuple[str, object]]:
    """The lines in these results, each with its state."""
    yield from ((key, _state(result)) for key, result in _by_key(results))


def _by_key(results: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The lines in these results, each with its own."""
    for result in dicts_of(results):
        yield from ((key, result) for key in keys_of([result]))


def _is_of_refused_list(result: dict[str, Any]) -> bool:
    """Return whether the exchange refused a list with this line, and may have done a part of it."""
    state, refusal = _state(result), result.get("refusal")
    if isinstance(refusal, dict):
        return state in _SAID_NO and refusal.get("is_of_list") is True
    return state == "REFUSED"  # an earlier version did not record it


def _state(result: dict[str, Any]) -> object:
    """The state of a line; journals of older versions have it in other fields."""
    return result.get("state") or result.get("reconciliation") or result.get("outcome")

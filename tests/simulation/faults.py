"""Faults drawn from the seed: episodes, each with a few faults of the simulator, the network or the disk."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from random import Random
from typing import Any

from pbtui.simulator.http.faults import CallFaults, FaultPlan, Faults, read_plan
from tests.simulation.habits import PARTIAL_READS

EPISODES_END_S = 20.0
LATEST_COMMIT_S = 110.0
"""A write lands that late at most: a kill waits two minutes for one (`pbtui.desk.journal.open_writes`)."""
_WRITES = ["POST", "PUT", "DELETE"]
_LONGEST_READ_DELAY_S = 14.0


def _rate(lots: Random) -> float:
    return lots.choice([0.2, 0.5, 0.8])


def _errors(*statuses: str) -> Callable[[Random], dict[str, Any]]:
    def drawn(lots: Random) -> dict[str, Any]:
        status = lots.choice(statuses)
        return {"errors": {"value": {status: _rate(lots)}, "times": lots.randint(1, 6)}}

    return drawn


def _on_writes(name: str, value: Callable[[Random], float], most_times: int = 3) -> Callable[[Random], dict[str, Any]]:
    return lambda lots: {name: {"value": value(lots), "methods": _WRITES, "times": lots.randint(1, most_times)}}


def _garbage(kind: str) -> Callable[[Random], dict[str, Any]]:
    def drawn(lots: Random) -> dict[str, Any]:
        methods = [lots.choice(["GET", "PUT", "POST"])]
        return {"garbage": {"value": kind, "methods": methods, "times": lots.randint(1, 4)}}

    return drawn


def _none(_lots: Random) -> dict[str, Any]:
    return {}


_GARBAGE = {"html": "html answer", "truncated": "cut body", "not_json": "no json", "broken_order": "odd order"}
CLOCK_STEPS_S = (-3600, -90, -3, 3, 90, 3600)
KINDS: dict[str, Callable[[Random], dict[str, Any]]] = {
    "slow write": _on_writes("latency", lambda lots: lots.uniform(0.5, 12)),
    "late commit": _on_writes("latency", lambda lots: lots.uniform(21, LATEST_COMMIT_S), 1),
    "slow read": lambda lots: {
        "latency": {
            "value": lots.uniform(0.5, _LONGEST_READ_DELAY_S),
            "methods": ["GET"],
            "times": lots.randint(1, 4),
        }
    },
    "server error": _errors("500", "502", "503"),
    "rejection": _errors("400", "403"),
    "too many calls": _errors("429"),
    "not found": _errors("404"),
    "drop before commit": lambda lots: {"drop_before_commit": _rate(lots)},
    "drop after commit": lambda lots: {"drop_after_commit": _rate(lots)},
    **{name: _garbage(kind) for kind, name in _GARBAGE.items()},
    "slow drip": lambda lots: {"slow_drip": {"value": lots.uniform(500, 8000), "times": lots.randint(1, 4)}},
    "stale reads": lambda lots: {"stale_reads": lots.uniform(0.5, 5)},
    "spared on kill": lambda lots: {"spare_on_kill": {"value": _rate(lots), "times": lots.randint(1, 4)}},
    "return after kill": lambda lots: {"return_after_kill": lots.uniform(0.5, 5)},
    "key not accepted": lambda lots: {"unauthorized": {"value": True, "times": lots.randint(1, 3)}},
    **dict.fromkeys(("server away", "disk full", "disk torn", "disk slow", "disk stalled", "clock step"), _none),
    **dict.fromkeys(PARTIAL_READS, _none),
}
"""How each kind of fault is drawn. The last ones are not the simulator's."""

_WEIGHTS = {"spared on kill": 4, "return after kill": 4, "slow write": 3, "late commit": 3}
"""What happens only to a kill, or matters only if a kill meets it, is drawn more often."""


@dataclass(frozen=True)
class Episode:
    """A stretch of time with faults. `kinds` names them, `plan` is what the simulator does."""

    begins_s: float
    ends_s: float
    kinds: tuple[str, ...]
    plan: FaultPlan


def draw_episodes(lots: Random, without: Collection[str] = ()) -> list[Episode]:
    """Draw up to three episodes, one after the other, from the kinds that are not left out."""
    kinds = [kind for kind in KINDS if kind not in without]
    episodes = []
    begins_s = lots.uniform(1, 8)
    for _ in range(lots.choice([0, 1, 1, 2, 2, 2])):
        ends_s = begins_s + lots.uniform(2, 15)
        weights = [_WEIGHTS.get(kind, 1) for kind in kinds]
        chosen = tuple(dict.fromkeys(lots.choices(kinds, weights, k=lots.choice([1, 1, 2, 3]))))
        faults: dict[str, Any] = {}
        for kind in chosen:
            faults |= KINDS[kind](lots)
        if begins_s < EPISODES_END_S:
            episodes.append(Episode(begins_s, min(ends_s, EPISODES_END_S), chosen, read_plan(faults)))
        begins_s = ends_s + lots.uniform(0.5, 5)
    return episodes


class CountedFaults(Faults):
    """The simulator's faults, which reports those that happen."""

    def __init__(self, seed: int, happened: Callable[[str], None]) -> None:
        super().__init__(FaultPlan(), seed)
        self._happened = happened

    def draw(self, method: str, path: str, *, kills: bool) -> CallFaults:
        """Draw the faults of one call."""
        drawn = super().draw(method, path, kills=kills)
        for name in _names(drawn, method):
            self._happened(name)
        return drawn


def _names(drawn: CallFaults, method: str) -> list[str]:
    """The kinds of fault that a call meets."""
    slow = "slow read" if method == "GET" else "late commit" if drawn.latency_s > 20 else "slow write"
    status = drawn.error_status or 0
    error = {404: "not found", 429: "too many calls"}.get(status, "server error" if status >= 500 else "rejection")
    met = {
        slow: bool(drawn.latency_s),
        error: bool(status),
        "drop before commit": drawn.dropped_before_commit,
        "drop after commit": drawn.dropped_after_commit,
        _GARBAGE.get(drawn.garbage or "", ""): drawn.garbage is not None,
        "slow drip": drawn.drip_bytes_per_s is not None,
        "stale reads": drawn.stale_s is not None,
        "spared on kill": bool(drawn.spared_fraction),
        "return after kill": drawn.returns_every_s is not None,
        "key not accepted": drawn.unauthorized,
    }
    return [name for name, happened in met.items() if happened]

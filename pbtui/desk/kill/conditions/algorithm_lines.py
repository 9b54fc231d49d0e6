"""The algorithms in the scope of a kill in words, for the prompt, the screen, the command line and the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from pbtui.desk.formats.time_format import kept_time
from pbtui.desk.kill.certificate.fate import OrderFate
from pbtui.desk.kill.conditions.algorithms import Algorithm, AlgorithmsSeen, algorithms_of, comebacks, stopped
from pbtui.desk.kill.conditions.quota import OLD_AFTER_S, short_problem
from pbtui.desk.kill.plan import KillPlan

if TYPE_CHECKING:
    from pbtui.api.reads.algorithms import AlgoDetails
    from pbtui.desk.market.reading import Reading

MOST_NAMED = 4
_NONE_RUNS = "none runs in this scope"
_NONE_KNOWN = "none is known to run in this scope"


def before_lines(plan: KillPlan, reading: Reading[tuple[AlgoDetails, ...]], now_s: float) -> Iterator[str]:
    """Each algorithm that runs in the scope of the plan, with its last heartbeat; or why that is not known."""
    if reading.value is None:
        yield short_problem(reading.problem)
        return
    running = [each for each in algorithms_of(reading.value) if each.runs and each.is_in_scope(plan)]
    if not running:
        yield _NONE_KNOWN if reading.problem else _NONE_RUNS
    yield from (f"{each.title}: {_heartbeat(each, reading.read_at)}" for each in running[:MOST_NAMED])
    if len(running) > MOST_NAMED:
        yield f"and {len(running) - MOST_NAMED} more"
    if reading.problem or (reading.age_s(now_s) or 0.0) > OLD_AFTER_S:
        yield _as_of(reading.read_at, None, reading.problem)


def after_lines(
    seen: AlgorithmsSeen, plan: KillPlan, killed_at: datetime | None, newcomers: Iterable[OrderFate] = ()
) -> Iterator[str]:
    """Yield who brought orders back, and which algorithms run after the kill or stopped; or why that is not known."""
    known = (*(seen.after or ()), *(seen.before or ()))
    yield from (comeback.words for comeback in comebacks(newcomers, known))
    if seen.after is None or killed_at is None:
        yield f"algorithms after the kill: {short_problem(seen.problem)}"
        return
    running = [each for each in seen.after if each.runs and each.is_in_scope(plan)]
    running.sort(key=lambda each: not seen.is_alive(each, killed_at))
    if not running:
        yield f"algorithms after the kill: {_NONE_RUNS if seen.is_whole else _NONE_KNOWN}"
    yield from (_after(each, seen, killed_at) for each in running)
    yield from (f"stopped: {each.title}, which ran before the kill" for each in stopped(seen, plan))
    if seen.problem:
        yield f"algorithms {_as_of(seen.read_at, killed_at, seen.problem)}"


def shortened(lines: Iterable[str], most: int) -> Iterator[str]:
    """Yield the first lines, and how many more the report has."""
    left = iter(lines)
    yield from islice(left, most)
    more = sum(1 for _ in left)
    if more:
        yield f"and {more} more, see the report"


def _as_of(read_at: datetime | None, near: datetime | None, problem: str) -> str:
    """The time of what was read, and why newer or other algorithms are not known."""
    more = f", not all are known: {problem.partition(' (')[0]}" if problem else ""
    return f"as of {_clock(read_at, near)}{more}"


def _after(algorithm: Algorithm, seen: AlgorithmsSeen, killed_at: datetime) -> str:
    heartbeat = _heartbeat(algorithm, killed_at)
    if seen.has_started(algorithm, killed_at):
        return f"started after the kill: {algorithm.title}, {_clock(algorithm.started_at, killed_at)}, {heartbeat}"
    if seen.is_alive(algorithm, killed_at):
        return f"runs after the kill: {algorithm.title}, {heartbeat}"
    last = "last " if algorithm.last_heartbeat_at else ""
    return f"no heartbeat since the kill: {algorithm.title}, {last}{heartbeat}"


def _heartbeat(algorithm: Algorithm, near: datetime | None) -> str:
    words = f"heartbeat {_clock(algorithm.last_heartbeat_at, near)}" if algorithm.last_heartbeat_at else "no heartbeat"
    return f"{words}, reports {algorithm.failure}" if algorithm.failure else words


def _clock(at: datetime | None, near: datetime | None) -> str:
    return "not known" if at is None else kept_time(at, near)

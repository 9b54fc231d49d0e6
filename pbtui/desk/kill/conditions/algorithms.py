"""The algorithms in the scope of a kill: those that run before it, those that run after it, and whose orders came back.

A kill withdraws orders. It stops no algorithm, so one that runs can enter orders again. It is known to run after the
kill if its heartbeat changed between two reads after it; or if its heartbeat or its start is later than the kill, by
the clocks of the server and of this host, and another one than was read before the kill: these clocks can differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.kill.certificate.fate import OrderFate
from pbtui.desk.kill.plan import KillPlan

if TYPE_CHECKING:  # a kill does without the models of the reads until its verdict
    from pbtui.api.reads.algorithms import AlgoDetails

_NOT_RUNNING = ("IDLE", "FAILED")
_FAILURE = "FAILURE"


class Algorithm(Struct, frozen=True, kw_only=True):
    """One instance of an algorithm. `failure` is the one that it reports about itself."""

    algo_id: str
    instance_id: str
    name: str
    exchange: str | None = None
    portfolio_ids: tuple[str, ...] = ()
    status: str = ""
    started_at: datetime | None = None
    last_heartbeat_at: datetime | None = None
    failure: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """The identity of the instance."""
        return self.algo_id, self.instance_id

    @property
    def runs(self) -> bool:
        """Return whether it runs. An unknown status counts as running."""
        return self.status not in _NOT_RUNNING

    @property
    def names(self) -> frozenset[str]:
        """The names by which an order can name it, in lower case."""
        return frozenset(name.casefold() for name in (self.algo_id, self.instance_id, self.name) if name)

    @property
    def title(self) -> str:
        """Its name and portfolios: `Spread algo on DE1, DE2`."""
        name = self.name or self.algo_id or "an algorithm without a name"
        return f"{name} on {', '.join(self.portfolio_ids)}" if self.portfolio_ids else name

    def can_trade_in(self, portfolio_id: str | None) -> bool:
        """Return whether it may enter orders of this portfolio. What is not stated does not exclude it."""
        return portfolio_id is None or not self.portfolio_ids or portfolio_id in self.portfolio_ids

    def is_in_scope(self, plan: KillPlan) -> bool:
        """Return whether it trades in the scope of the plan. What is not stated does not exclude it."""
        if self.exchange is not None and self.exchange.casefold() != plan.exchange.casefold():
            return False
        if plan.action.is_account_wide or not plan.portfolios or not self.portfolio_ids:
            return True
        return not set(plan.portfolios).isdisjoint(self.portfolio_ids)


class AlgorithmsSeen(Struct, frozen=True, kw_only=True, dict=True):
    """The algorithms before a kill and after it; None as long as they were not read.

    `is_whole`: nothing is missing from those after it. `moved` are the keys of those whose heartbeat changed between
    two reads after the kill. `read_at` is the time of the newest read after it that brought something. `problem` says
    what the newest read lacks or why it failed; empty if nothing is missing.
    """

    before: tuple[Algorithm, ...] | None = None
    after: tuple[Algorithm, ...] | None = None
    read_at: datetime | None = None
    problem: str = ""
    is_whole: bool = True
    moved: frozenset[tuple[str, str]] = frozenset()

    def is_alive(self, algorithm: Algorithm, killed_at: datetime) -> bool:
        """Return whether an algorithm is known to run after the kill."""
        if not algorithm.runs:
            return False
        earlier = self._earlier.get(algorithm.key)
        at, known = algorithm.last_heartbeat_at, None if earlier is None else earlier.last_heartbeat_at
        is_newer = at is not None and at > killed_at and at != known
        return is_newer or algorithm.key in self.moved or self.has_started(algorithm, killed_at)

    def has_started(self, algorithm: Algorithm, killed_at: datetime) -> bool:
        """Return whether an algorithm is known to have started after the kill."""
        earlier = self._earlier.get(algorithm.key)
        at, known = algorithm.started_at, None if earlier is None else earlier.started_at
        return algorithm.runs and at is not None and at > killed_at and at != known

    @cached_property
    def _earlier(self) -> Mapping[tuple[str, str], Algorithm]:
        return {each.key: each for each in self.before or ()}

    def with_read(self, after: tuple[Algorithm, ...], read_at: datetime, gap: str) -> AlgorithmsSeen:
        """Add a read after the kill. `gap` says what it lacks; empty if nothing."""
        earlier = {each.key: each.last_heartbeat_at for each in self.after or ()}
        moved = {each.key for each in after if earlier.get(each.key, each.last_heartbeat_at) != each.last_heartbeat_at}
        return replace(self, after=after, read_at=read_at, problem=gap, is_whole=not gap, moved=self.moved.union(moved))

    def came_back(self, plan: KillPlan, killed_at: datetime) -> tuple[Algorithm, ...]:
        """The algorithms in scope that are known to run after the kill."""
        return tuple(each for each in self.after or () if each.is_in_scope(plan) and self.is_alive(each, killed_at))


def algorithms_of(found: Iterable[AlgoDetails]) -> tuple[Algorithm, ...]:
    """Return all instances of these algorithms, by name."""
    instances = (_instances(details) for details in found)
    return tuple(sorted((each for some in instances for each in some), key=lambda each: (each.name, each.key)))


def _instances(details: AlgoDetails) -> Iterator[Algorithm]:
    for instance in details.instances or ():
        heartbeat = instance.heartbeat
        has_failed = heartbeat is not None and heartbeat.status == _FAILURE
        yield Algorithm(
            algo_id=details.algo_id or "",
            instance_id=instance.instance_id or "",
            name=details.algo_name or "",
            exchange=instance.exchange,
            portfolio_ids=instance.portfolio_ids or (),
            status=instance.status or "",
            started_at=instance.started_at,
            last_heartbeat_at=instance.last_heartbeat_at,
            failure=((heartbeat and heartbeat.status_text) or _FAILURE) if has_failed else "",
        )


# ---------------------------------------------------------------- orders that came back


class Comeback(Struct, frozen=True, kw_only=True):
    """The orders that one author brought into the market after a kill. `algorithm` is None if none has that name."""

    author: str
    algorithm: Algorithm | None
    fates: tuple[OrderFate, ...]

    @property
    def words(self) -> str:
        """The orders and their author: `2 orders appeared or re-appeared after the kill, by algorithm Spread algo`."""
        count = len(self.fates)
        orders = f"{count} {'order' if count == 1 else 'orders'}"
        by = self.author if self.algorithm is None else f"algorithm {self.author}"
        return f"{orders} appeared or re-appeared after the kill, by {by}"


def comebacks(newcomers: Iterable[OrderFate], algorithms: Sequence[Algorithm]) -> tuple[Comeback, ...]:
    """Return the orders that appeared after a kill by their authors, as far as the orders name them."""
    found: dict[tuple[str, str], tuple[Algorithm | None, list[OrderFate]]] = {}
    for fate in newcomers:
        order = fate.author
        algorithm = None if order is None else _algorithm_of(order, algorithms)
        author = _author(order) if algorithm is None else algorithm.name or algorithm.algo_id
        key = ("", author) if algorithm is None else (algorithm.algo_id, author)
        found.setdefault(key, (algorithm, []))[1].append(fate)
    return tuple(
        Comeback(author=author, algorithm=algorithm, fates=tuple(fates))
        for (_, author), (algorithm, fates) in found.items()
    )


def _algorithm_of(order: Order, algorithms: Sequence[Algorithm]) -> Algorithm | None:
    """The algorithm that the order names, if it trades in its portfolio; None if several have that name."""
    found = _named((order.strategy_id, order.user_name, order.user_code), order.portfolio_id, algorithms)
    return found[0] if len({each.algo_id for each in found}) == 1 else None


def _named(
    names: Iterable[str | None], portfolio_id: str | None, algorithms: Sequence[Algorithm]
) -> Sequence[Algorithm]:
    named = {name.casefold() for name in names if name}
    return [each for each in algorithms if not named.isdisjoint(each.names) and each.can_trade_in(portfolio_id)]


class NamedAlgorithms(Struct, frozen=True):
    """Says whether the names of an order's author are those of one of these algorithms, in the order's portfolio."""

    algorithms: tuple[Algorithm, ...]

    def __call__(self, names: Iterable[str | None], portfolio_id: str | None) -> bool:
        """Return whether one of the names is."""
        return bool(_named(names, portfolio_id, self.algorithms))


def _author(order: Order | None) -> str:
    if order is None:
        return "an author that is not known"
    user = order.user_name or order.user_code
    parts = [f"user {user!r}" if user else "", f"strategy {order.strategy_id!r}" if order.strategy_id else ""]
    return ", ".join(filter(None, parts)) or "an author that is not named"


# ---------------------------------------------------------------- for JSON


def algorithm_facts(
    seen: AlgorithmsSeen, plan: KillPlan, killed_at: datetime | None, newcomers: Iterable[OrderFate]
) -> dict[str, Any]:
    """The algorithms in scope and the orders that came back, for JSON."""
    before = None if seen.before is None else {each.key: each for each in seen.before}
    in_scope = [each for each in seen.after or () if each.is_in_scope(plan)]
    return {
        "read_at": seen.read_at,
        "problem": seen.problem or ("" if seen.after is not None else "not read after the kill"),
        "instances": [_facts(each, seen, before, killed_at) for each in in_scope],
        "stopped": [each.title for each in stopped(seen, plan)],
        "orders": [
            {
                "author": comeback.author,
                "algo_id": None if comeback.algorithm is None else comeback.algorithm.algo_id,
                "orders": [fate.order.order_id or fate.order.key for fate in comeback.fates],
            }
            for comeback in comebacks(newcomers, (*(seen.after or ()), *(seen.before or ())))
        ],
    }


def _facts(
    algorithm: Algorithm,
    seen: AlgorithmsSeen,
    before: Mapping[tuple[str, str], Algorithm] | None,
    killed_at: datetime | None,
) -> dict[str, Any]:
    earlier = None if before is None else before.get(algorithm.key)
    return {
        "algo_id": algorithm.algo_id,
        "instance_id": algorithm.instance_id,
        "name": algorithm.name,
        "portfolio_ids": algorithm.portfolio_ids,
        "status": algorithm.status,
        "started_at": algorithm.started_at,
        "last_heartbeat_at": algorithm.last_heartbeat_at,
        "ran_before": None if before is None else earlier is not None and earlier.runs,
        "runs_after": None if killed_at is None else seen.is_alive(algorithm, killed_at),
    }


def stopped(seen: AlgorithmsSeen, plan: KillPlan) -> tuple[Algorithm, ...]:
    """Return the algorithms in scope that ran before the kill and do not run after it, as they were before."""
    if seen.after is None or not seen.is_whole:
        return ()
    running = {each.key for each in seen.after if each.runs}
    return tuple(each for each in seen.before or () if each.is_in_scope(plan) and each.runs and each.key not in running)

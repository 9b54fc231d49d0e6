"""Sees what the kills say and send, and checks invariants (f), (g), (h), (m) and (n) of docs/determinism.md.

A station is the name of a desk here, also where its kill switch is meant.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from pbtui.api.clock import steady_s
from pbtui.api.models import Order
from pbtui.desk.kill.certificate.balance import Certificate, Standing
from pbtui.desk.kill.certificate.words import summary
from pbtui.desk.kill.conditions.algorithms import comebacks
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.progress import Doubt, KillView, Phase
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.desk.kill.switch import KILL_TIMEOUTS
from pbtui.simulator.book.own_order import OwnOrder
from tests.simulation.habits import Lie
from tests.simulation.process import has_ended
from tests.simulation.story import Chronicler
from tests.simulation.team.observer import TeamObserver
from tests.simulation.truth import Truth, beyond, is_covered

_TIMING = Timing()
VERDICT_WITHIN_S = max(_TIMING.verify_within_s, _TIMING.first_batch_within_s) + _TIMING.snapshot_within_s + 1.0
"""A kill has its verdict that long after its last progress. One second of it is for the steps to the verdict, another
for a resumed kill: it reads first, and its time begins with the batch after that, which may find no connection.
"""


@dataclass
class KillSeen:
    """One kill, as far as it was seen. `progress_s` is the last moment from which its time may count.

    That is also the end of the first batch: for a request without an answer, when the client gives it up. `known` are
    the keys of the orders in scope that the desk knew, `named` the ids in the requests accepted so far.
    """

    station: str
    plans: Sequence[KillPlan]
    fired_s: float
    progress_s: float
    verified_s: float | None = None
    names_open_writes: bool = False
    is_over: bool = False
    has_sent: bool = False
    known: frozenset[str] = frozenset()
    named: set[str] = field(default_factory=set)


@dataclass
class Read:
    """The orders that were active when the exchange answered a read of a kill, and what it showed in place of them."""

    active: Sequence[OwnOrder]
    lie: Lie | None
    at_s: float

    def could_show(self, view: KillView) -> list[OwnOrder]:
        """The active orders that the kill could know of: by this read, or as it knew them and could look them up."""
        if self.lie is None:
            return list(self.active)
        known = set() if self.lie.is_old else {key.partition("/")[0] for key in view.fates}
        return [o for o in self.active if o.order_id in self.lie.shown or o.initial_order_id in known]


class KillObserver:
    """Checks the invariants of the kills of one run. `portfolios` are those that each desk's key reaches."""

    def __init__(
        self,
        story: Chronicler,
        truth: Truth,
        now_s: Callable[[], float],
        portfolios: Mapping[str, frozenset[str]],
        team: TeamObserver | None = None,
    ) -> None:
        self._story = story
        self._truth = truth
        self._now_s = now_s
        self._portfolios = portfolios
        self._team = team
        self._kills: list[KillSeen] = []
        self._reads: dict[str, list[Read]] = {}
        self._certificates: dict[str, Certificate] = {}
        self._phases: dict[str, tuple[int, Phase]] = {}

    def fires(self, station: str, plans: Sequence[KillPlan], known: Iterable[AnyOrder]) -> None:
        """A trader fires the kill of a station with this plan, or resumes those of the halt on disk.

        `known` are the orders that the desk shows as active, none for a resumed kill.
        """
        in_scope = frozenset(order.key for order in known if plans[0].covers(order))
        self._kills.append(KillSeen(station, plans, self._now_s(), self._now_s(), known=in_scope))
        self._story.note(station, f"fires or resumes the kill: {', '.join(plan.action for plan in plans)}")

    def rearms(self, stations: Collection[str]) -> None:
        """The profile is re-armed on the host of these stations, which ends their kills."""
        for kill in self._kills:
            kill.is_over |= kill.station in stations

    def leaves_desk(self, station: str) -> None:
        """The program of a station has ended."""
        self._phases.pop(station, None)
        self._certificates.pop(station, None)
        for kill in self._kills:
            kill.is_over |= kill.station == station and kill.verified_s is None

    # ------------------------------------------------------------ the wire

    def leaves(self, station: str, method: str, path: str, query: str, items: Sequence[Mapping[str, Any]]) -> None:
        """A kill request leaves: invariant (g), that it is not wider than the plan that the trader saw."""
        newest = self._newest(station)
        if newest is None:
            return
        if not newest.has_sent:
            newest.has_sent, newest.progress_s = True, self._now_s() + KILL_TIMEOUTS.deadline_s
        if newest.plans and all(any(self._beyond_plan(plan, method, path, query, items)) for plan in newest.plans):
            what = next(self._beyond_plan(newest.plans[0], method, path, query, items))
            call = f"{method} {path.partition('/v2/api')[2]}"
            self._story.violation("g", f"the kill of {station} sent {call} beyond its plan: {what}")

    def _beyond_plan(
        self, plan: KillPlan, method: str, path: str, query: str, items: Sequence[Mapping[str, Any]]
    ) -> Iterator[str]:
        yield from beyond(plan, method, path, parse_qs(query), items)
        ids = {item.get("order_id") for item in items}
        if not plan.action.is_account_wide:
            yield from (o.order_id for o in self._truth.live() if o.order_id in ids and not is_covered(o, plan))

    def accepted(self, station: str, items: Sequence[Mapping[str, Any]]) -> None:
        """A request is accepted: progress, if it names an order, or the account, for the first time."""
        ids = {str(item.get("order_id")) for item in items}
        for kill in self._running(station):
            if not ids <= kill.named:
                kill.progress_s = max(kill.progress_s, self._now_s())
            kill.named |= ids

    # ------------------------------------------------------------ the exchange

    def reads(self, station: str, lie: Lie | None) -> None:
        """The exchange has answered a read of a kill."""
        self._reads.setdefault(station, []).append(Read(self._truth.live(), lie, self._now_s()))

    def lands(self, station: str, left_s: float) -> None:
        """A write of a desk entered or changed an active order: invariant (f), that none can do so after VERIFIED."""
        for kill in self._kills:
            if kill.is_over or kill.verified_s is None or kill.names_open_writes:
                continue
            if left_s < kill.verified_s:
                waited_s = self._now_s() - kill.verified_s
                self._story.violation(
                    "f", f"a write that left {station} before the kill landed {waited_s:.1f} s after VERIFIED"
                )

    # ------------------------------------------------------------ what the kills say

    def view(self, station: str, view: KillView) -> None:
        """A kill publishes: invariants (f) and (m)."""
        if has_ended():
            return
        self._certifies(station, view)
        self._names_authors(station, view)
        before, now = self._phases.get(station), (view.attempt, view.phase)
        if before == now:
            return
        self._phases[station] = now
        self._story.note(f"{station} kill", f"kill {view.attempt}: {view.phase.name}")
        self._story.says(f"kill {view.phase.name}")
        running = self._running(station)
        if before is not None and before[1] is Phase.FIRING and running:
            running[-1].progress_s = max(running[-1].progress_s, self._now_s())  # the first batch has ended
        was_verified = before in ((view.attempt, Phase.VERIFIED), (view.attempt, Phase.REAPPEARED))
        if view.phase is Phase.VERIFIED and not was_verified:
            self._verified(station, view, running)

    def _certifies(self, station: str, view: KillView) -> None:
        """A certificate that is sealed adds up to what is inside the exchange, up to the revisions it rests on (m)."""
        before, now = self._certificates.get(station), view.certificate
        if now is None or now is before:
            return
        self._certificates[station] = now
        self._adds_apart(station, now)
        if before is None or before.standing is not now.standing:
            self._story.note(f"{station} kill", summary(now))
            self._story.says(f"certificate {now.standing}{' with fills' if now.traded else ''}")
        for balance in now.all if now.standing is Standing.SEALED else ():
            first, last = balance.fate.first_seen, balance.fate.order
            assert isinstance(first, Order)
            assert isinstance(last, Order)
            assert first.last_change_timestamp is not None
            assert last.last_change_timestamp is not None
            inside = self._truth.executed(last.order_id or "", first.last_change_timestamp, last.last_change_timestamp)
            shown = balance.traded_mw + balance.recalled_mw, balance.internal_mw
            is_recalled = balance.recalled_mw <= inside.recalled_mw
            if shown != (inside.external_mw, inside.internal_mw) or not is_recalled or balance.unknown_mw:
                self._story.violation("m", f"sealed, but inside {inside}, of order {last.order_id} it says {shown}")

    def _adds_apart(self, station: str, certificate: Certificate) -> None:
        """No order that the desk knew as active before counts as one that appeared after the kill (m)."""
        newest = self._newest(station)
        known = frozenset() if newest is None else newest.known
        wrong = known.intersection(balance.key for balance in certificate.arrivals)
        if wrong:
            self._story.violation("m", f"the kill of {station} says that these appeared after it: {sorted(wrong)}")

    def _names_authors(self, station: str, view: KillView) -> None:
        """An order that is said to be of an algorithm was entered or changed by it (n)."""
        seen = view.algorithms
        if seen is None or not view.newcomers:
            return
        for comeback in comebacks(view.reappeared, (*(seen.after or ()), *(seen.before or ()))):
            if comeback.algorithm is None:
                continue
            self._story.says("order of an algorithm")
            for order_id in filter(None, (fate.order.order_id for fate in comeback.fates)):
                if comeback.algorithm.name not in self._truth.users(order_id):
                    self._story.violation("n", f"{station} says that {order_id} is of {comeback.algorithm.name}")

    def _verified(self, station: str, view: KillView, running: Sequence[KillSeen]) -> None:
        for kill in running:
            if kill.verified_s is None:
                kill.verified_s = self._now_s()
                says = any("write" in note for note in (*view.notes, *view.problems))
                kill.names_open_writes = says or Doubt.WRITES_NOT_KNOWN in view.doubts
        newest = self._newest(station)
        if self._team is not None and newest is not None:
            self._team.verified(station, view, newest.fired_s, self._reads[station][-1].at_s)
        could_show = self._last_read(station, view).could_show(view)
        active = [order for order in could_show if self._is_in_scope(order, view, station)]
        if active:
            ids = ", ".join(order.order_id for order in active)
            self._story.violation("f", f"VERIFIED, but active at its last read: {ids}")

    def _last_read(self, station: str, view: KillView) -> Read:
        """Return the last read before the verdict, which is shown a moment later: the watch may have read again."""
        assert view.started_steady_s is not None
        assert view.verified_s is not None
        decided_s = self._now_s() - (steady_s() - view.started_steady_s - view.verified_s)
        return next(read for read in reversed(self._reads[station]) if read.at_s <= decided_s)

    def decided_by_s(self, station: str) -> float:
        """When the newest kill of a station has its verdict at the latest, if it makes no more progress: (h)."""
        newest = self._newest(station)
        assert newest is not None
        return newest.progress_s + VERDICT_WITHIN_S

    def verdict(self, station: str, view: KillView | None) -> None:
        """A kill has its verdict, or none in time: invariant (h), also that each order of before has one fate."""
        if view is None:
            self._story.violation("h", f"the kill of {station} has no verdict in its time since the last progress")
            return
        if view.phase in (Phase.READY, Phase.FIRING, Phase.VERIFYING):
            self._story.violation("h", f"the kill of {station} ended its wait as {view.phase.name}")
        newest = self._newest(station)
        assert newest is not None
        without = newest.known - {key.partition("/")[0] for key in view.fates}
        if without:
            self._story.violation("h", f"the kill of {station} names no fate of {', '.join(sorted(without))}")

    # ------------------------------------------------------------ inside

    def _newest(self, station: str) -> KillSeen | None:
        return next((kill for kill in reversed(self._kills) if kill.station == station), None)

    def _running(self, station: str) -> list[KillSeen]:
        return [kill for kill in self._kills if kill.station == station and not kill.is_over]

    def _is_in_scope(self, order: OwnOrder, view: KillView, station: str) -> bool:
        if order.terms.portfolio_id not in self._portfolios[station]:
            return False  # the key can't see it, as each kill of everything says
        return view.fired.action.is_account_wide or is_covered(order, view.fired)

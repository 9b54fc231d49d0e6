"""Sees what the desks say and what the exchange has inside, and checks after every event that they agree.

The letters of the invariants are those of docs/determinism.md.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import msgspec

from pbtui.api.models import OrderEntry
from pbtui.desk.journal.unfinished import open_intents
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.switch import KILL_TIMEOUTS
from pbtui.desk.kill.view import KillView, Phase
from pbtui.desk.tickets.evidence import Leaves
from pbtui.desk.tickets.ticket import Ticket, TicketLine
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile
from pbtui.simulator.book.own_order import OwnOrder
from tests.simulation.habits import Lie
from tests.simulation.process import PROCESS
from tests.simulation.story import Chronicler
from tests.simulation.truth import Truth, beyond, enters_more, is_covered, items_of, token_of

_JSON = msgspec.json.Encoder(decimal_format="number")
_SAYS_NOT_THERE = frozenset({"NOT SENT", "REJECTED", "NOT FOUND"})
_OLDEST_READ = timedelta(seconds=5)
_SEEN_WITHIN = timedelta(seconds=7)
"""The time a desk has to read an order that came late: one poll, and a slow read."""
DECIDED_WITHIN_S = 1.0
"""Time for the steps from the last progress' limit to the verdict."""


@dataclass
class Sent:
    """A write that left a desk."""

    station: str
    left_s: float
    enters: bool
    is_handled: bool = False


@dataclass
class KillSeen:
    """One kill, as far as it was seen. `progress_s` is the last moment from which its time may count.

    That is also the end of the first batch: for a request without an answer, when the client gives it up. `known` are
    the keys of the orders in scope that the desk knew, `named` the ids in the requests accepted so far.
    """

    station: str
    plans: Sequence[KillPlan]
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

    def could_show(self, view: KillView) -> list[OwnOrder]:
        """The active orders that the kill could know of: by this read, or as it knew them and could look them up."""
        if self.lie is None:
            return list(self.active)
        known = set() if self.lie.is_old else {key.partition("/")[0] for key in view.fates}
        return [o for o in self.active if o.order_id in self.lie.shown or o.initial_order_id in known]


@dataclass
class Submitted:
    """A ticket as the trader submitted it, and each of its lines as last published."""

    ticket: Ticket
    at: datetime
    lines: dict[str, TicketLine] = field(default_factory=dict)


class Observer:
    """Checks the invariants of one run.

    `profile` is the profile that all its desks share, `portfolios` are those that each desk's key reaches. `now`
    is the exchange's clock.
    """

    def __init__(
        self,
        story: Chronicler,
        truth: Truth,
        now: Callable[[], datetime],
        now_s: Callable[[], float],
        profile: Profile,
        portfolios: Mapping[str, frozenset[str]],
    ) -> None:
        self._story = story
        self._truth = truth
        self._now = now
        self._now_s = now_s
        self._profile = profile
        self._portfolios = portfolios
        self._submitted: dict[str, Submitted] = {}
        self._views: dict[str, DeskView] = {}
        self._may_leave: Counter[bytes] = Counter()
        self._left: Counter[bytes] = Counter()
        self._under_way: defaultdict[tuple[str, bytes], list[Sent]] = defaultdict(list)
        self._halted: set[str] = set()
        self._kills: list[KillSeen] = []
        self._reads: dict[str, Read] = {}
        self._phases: dict[str, tuple[int, Phase]] = {}
        self._lies: defaultdict[str, list[Lie]] = defaultdict(list)

    # ------------------------------------------------------------ what traders do

    def submits(self, station: str, ticket: Ticket) -> None:
        """A trader submits a ticket for the first time."""
        self._submitted[ticket.token] = Submitted(ticket, self._now())
        for line in ticket.lines:
            self._may_leave[self._truth.identity(msgspec.json.decode(_JSON.encode(line.request.wire())))] += 1
        self._story.note(station, f"submits {ticket.action} {', '.join(_words(line) for line in ticket.lines)}")

    def halts(self, station: str, plans: Sequence[KillPlan], known: Iterable[AnyOrder]) -> None:
        """A trader fires the kill of a station with this plan, or resumes those of the halt on disk.

        `known` are the orders that the desk shows as active, none for a resumed kill.
        """
        self._halted.add(station)
        in_scope = frozenset(order.key for order in known if plans[0].covers(order))
        self._kills.append(KillSeen(station, plans, self._now_s(), known=in_scope))
        self._story.note(station, f"fires or resumes the kill: {', '.join(plan.action for plan in plans)}")

    def rearms(self, station: str) -> None:
        """A trader re-armed the profile at a station."""
        self._halted.discard(station)
        for kill in self._kills:
            kill.is_over = True
        self._story.note(station, "re-arms")

    def leaves_desk(self, station: str, how: str) -> None:
        """The program of a station has ended: what it left open is in the journal, and nothing else (i)."""
        self._story.note(station, how)
        self._halted.discard(station)
        self._phases.pop(f"{station} kill", None)
        for kill in self._kills:
            kill.is_over |= kill.station == station and kill.verified_s is None
        view = self._views.pop(station, None)
        if view is None:
            return
        intents = open_intents(self._profile)
        found = {(intent.intent.facts["ticket"], key) for intent in intents for key in intent.open_keys}
        for ticket in view.tickets:
            for line in ticket.lines:
                name = f"{_words(line)} of ticket {ticket.token}"
                is_found = (ticket.token, line.key) in found
                if is_found and not line.is_open and not view.unrecorded:
                    self._story.violation("i", f"by the journal it is open, but {station} said {line.state}: {name}")
                has_left = line.is_open and any(isinstance(item, Leaves) for item in line.evidence)
                if not is_found and has_left and (ticket.action.increases_risk or not view.unrecorded):
                    self._story.violation("i", f"{station} left it {line.state}, by the journal it is not: {name}")

    # ------------------------------------------------------------ the wire

    def leaves(self, station: str, method: str, target: str, body: bytes) -> None:
        """The first byte of a request leaves: invariants (e), (g) and (j)."""
        if method == "GET":
            return
        path, _, query = target.partition("?")
        self._story.note(station, f"sends {method} {target.partition('/v2/api')[2]} {body.decode()}")
        items = items_of(path, body)
        if station.endswith("kill"):
            self._reaches(station, method, path, query, items)
            return
        enters = enters_more(method, items)
        self._under_way[station, body].append(Sent(station, self._now_s(), enters))
        if enters and station in self._halted:
            self._story.violation("e", f"{station} sent {method} although its desk is halted")
        if enters and read_halt(self._profile) is not None:
            self._story.violation("e", f"{station} sent {method} although the halt is on disk")
        for item in items:
            identity = self._truth.identity(item)
            self._left[identity] += 1
            if self._left[identity] > self._may_leave[identity]:
                self._story.violation("j", f"{station} sent one write {self._left[identity]} times: {identity!r}")

    def _reaches(self, station: str, method: str, path: str, query: str, items: Sequence[Mapping[str, Any]]) -> None:
        """A kill request leaves: invariant (g), that it is not wider than the plan that the trader saw."""
        newest = next((kill for kill in reversed(self._kills) if f"{kill.station} kill" == station), None)
        if newest is not None and not newest.has_sent:
            newest.has_sent, newest.progress_s = True, self._now_s() + KILL_TIMEOUTS.deadline_s
        plans = () if newest is None else newest.plans
        if plans and all(any(self._beyond_plan(plan, method, path, query, items)) for plan in plans):
            what = next(self._beyond_plan(plans[0], method, path, query, items))
            call = f"{method} {path.partition('/v2/api')[2]}"
            self._story.violation("g", f"{station} sent {call} beyond its plan: {what}")

    def _beyond_plan(
        self, plan: KillPlan, method: str, path: str, query: str, items: Sequence[Mapping[str, Any]]
    ) -> Iterator[str]:
        yield from beyond(plan, method, path, parse_qs(query), items)
        ids = {item.get("order_id") for item in items}
        if not plan.action.is_account_wide:
            yield from (o.order_id for o in self._truth.live() if o.order_id in ids and not is_covered(o, plan))

    def answered(self, station: str, method: str, target: str, body: bytes, status: int) -> None:
        """A request is answered. A withdrawal may be sent again once it was refused: in a shorter list."""
        if method == "GET":
            return
        path = target.partition("?")[0]
        if status >= 400:
            self._story.note("exchange", f"answers {station}: {status}")
        items = items_of(path, body)
        if station.endswith("kill"):
            self._kill_answered(station, items, status)
        elif status >= 400 and not enters_more(method, items):
            self._left.subtract(self._truth.identity(item) for item in items)

    def _kill_answered(self, station: str, items: Sequence[Mapping[str, Any]], status: int) -> None:
        """An accepted request that names an order for the first time is progress, and so is a call without names."""
        for kill in self._kills:
            if f"{kill.station} kill" == station and not kill.is_over and status < 300:
                ids = {str(item.get("order_id")) for item in items}
                if not ids <= kill.named:
                    kill.progress_s = max(kill.progress_s, self._now_s())
                kill.named |= ids

    # ------------------------------------------------------------ the exchange

    def handled(self, station: str, method: str, path: str, body: bytes, status: int, lie: Lie | None) -> None:
        """The exchange has handled a request: invariant (b), and what a kill's reads rest on."""
        if method == "GET":
            if lie is not None:
                self._lies[station.removesuffix(" kill")].append(lie)
            if station.endswith("kill") and path.endswith("/orders"):
                self._reads[station] = Read(self._truth.live(), lie)
            return
        self._story.note("exchange", f"handled {method} of {station}: {status}")
        waiting = [sent for sent in self._under_way.get((station, body), ()) if not sent.is_handled]
        if waiting:
            waiting[0].is_handled = True
            if any(order.latest.api_timestamp >= self._now() for order in self._truth.live()):
                self._landed(waiting[0])
        self.exchange_changed()

    def exchange_changed(self) -> None:
        """Something may have changed inside the exchange: invariant (b)."""
        for token, count in self._truth.live_tokens().items():
            if count > 1:
                self._story.violation("b", f"the entry {token} is live {count} times")

    def _landed(self, sent: Sent) -> None:
        """A write of a desk entered or changed an active order: invariant (f), that none could do so after VERIFIED."""
        for kill in self._kills:
            if kill.is_over or kill.verified_s is None or kill.names_open_writes or not sent.enters:
                continue
            if sent.left_s < kill.verified_s:
                waited_s = self._now_s() - kill.verified_s
                self._story.violation(
                    "f", f"a write that left {sent.station} before the kill landed {waited_s:.1f} s after VERIFIED"
                )

    # ------------------------------------------------------------ what the desks say

    def desk_view(self, station: str, view: DeskView) -> None:
        """A desk publishes: invariant (a)."""
        if _is_dead():
            return
        self._views[station] = view
        for ticket in view.tickets:
            submitted = self._submitted.get(ticket.token)
            if submitted is None:
                continue
            for line in ticket.lines:
                earlier = submitted.lines.get(line.key)
                if earlier is line:
                    continue
                submitted.lines[line.key] = line
                if earlier is None or earlier.state is not line.state:
                    self._says(station, line, submitted)

    def _says(self, station: str, line: TicketLine, submitted: Submitted) -> None:
        state = str(line.state)
        self._story.note(station, f"says {state} of {_words(line)} {line.reason}".rstrip())
        self._story.says(state)
        if state != "CONFIRMED":
            return
        since = submitted.at - (_OLDEST_READ if self._lies[station] else timedelta(0))
        hidden = any(self._truth.is_hidden(line, lie.shown) for lie in self._lies[station])
        if not hidden and not self._truth.is_true(line, since):
            self._story.violation("a", f"CONFIRMED, but it was never so: {_words(line)}")

    def kill_view(self, station: str, view: KillView) -> None:
        """A kill publishes: invariants (f), (g) and (h)."""
        if _is_dead():
            return
        before, now = self._phases.get(station), (view.attempt, view.phase)
        if before == now:
            return
        self._phases[station] = now
        self._story.note(station, f"kill {view.attempt}: {view.phase.name}")
        self._story.says(f"kill {view.phase.name}")
        seen = [kill for kill in self._kills if f"{kill.station} kill" == station and not kill.is_over]
        if before is not None and before[1] is Phase.FIRING and seen:
            seen[-1].progress_s = max(seen[-1].progress_s, self._now_s())  # the first batch has ended
        if view.phase is not Phase.VERIFIED or (
            before is not None and before[0] == view.attempt and _was_verified(before)
        ):
            return
        for kill in seen:
            if kill.verified_s is None:
                kill.verified_s = self._now_s()
                kill.names_open_writes = any("write" in note for note in (*view.notes, *view.problems))
        read = self._reads[station]
        active = [order for order in read.could_show(view) if self._is_in_scope(order, view, station)]
        if active:
            ids = ", ".join(order.order_id for order in active)
            self._story.violation("f", f"VERIFIED, but active at its last read: {ids}")

    def decided_by_s(self, station: str, within_s: float) -> float:
        """When the newest kill of a station has its verdict at the latest, if it makes no more progress: (h)."""
        newest = next(kill for kill in reversed(self._kills) if kill.station == station)
        return newest.progress_s + within_s + DECIDED_WITHIN_S

    def verdict(self, station: str, view: KillView | None) -> None:
        """A kill has its verdict, or none in time: invariant (h), also that each order of before has one fate."""
        if view is None:
            self._story.violation("h", f"the kill of {station} has no verdict in its time since the last progress")
            return
        if view.phase in (Phase.READY, Phase.FIRING, Phase.VERIFYING):
            self._story.violation("h", f"the kill of {station} ended its wait as {view.phase.name}")
        newest = next(kill for kill in reversed(self._kills) if kill.station == station)
        without = newest.known - {key.partition("/")[0] for key in view.fates}
        if without:
            self._story.violation("h", f"the kill of {station} names no fate of {', '.join(sorted(without))}")

    def ends(self) -> None:
        """The run ends: invariants (c) and (d)."""
        seen_since = self._now() - _SEEN_WITHIN
        live = {
            token: order
            for order in self._truth.live()
            if (token := token_of(order.terms.txt)) and self._truth.came_at(order) < seen_since
        }
        for submitted in self._submitted.values():
            for line in submitted.lines.values():
                order = live.get(token_of(line.request.txt)) if isinstance(line.request, OrderEntry) else None
                if order is None or line.is_open:
                    continue
                if line.state in _SAYS_NOT_THERE:
                    self._story.violation("d", f"{line.state}, but order {order.order_id} is live: {_words(line)}")
                elif order.initial_order_id not in map(self._truth.first_id, line.verdict.order_ids):
                    self._story.violation("c", f"{line.state} does not name order {order.order_id}: {_words(line)}")

    # ------------------------------------------------------------ inside

    def _is_in_scope(self, order: OwnOrder, view: KillView, station: str) -> bool:
        if view.fired.action.is_account_wide:
            return True
        reached = self._portfolios[station.removesuffix(" kill")]
        return order.terms.portfolio_id in reached and is_covered(order, view.fired)


def _is_dead() -> bool:
    """Whether the code that runs belongs to a process that was killed: nobody sees what it says."""
    process = PROCESS.get()
    return process is not None and process.is_ended


def _was_verified(before: tuple[int, Phase]) -> bool:
    return before[1] in (Phase.VERIFIED, Phase.REAPPEARED)


def _words(line: TicketLine) -> str:
    request = line.request
    if isinstance(request, OrderEntry):
        return f"{request.side} {request.quantity} MW at {request.price} ({request.txt})"
    changes = request.changes
    values = [f"{value}" for value in (changes.quantity, changes.price, changes.txt) if value is not None]
    return f"{changes.action} {request.order_id} {' '.join(values)}".rstrip()

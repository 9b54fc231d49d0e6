"""A tiny exchange in virtual time, and a kill that runs on it: everything that goes wrong comes from one seed.

No asyncio: the protocol is driven event by event from a heap of moments.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import count
from random import Random

from pbtui.api.models import Order
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.protocol.events import (
    BatchEnded,
    CheckHalt,
    CountWrites,
    Event,
    HaltChecked,
    Halted,
    KillBegan,
    KillEnded,
    Latch,
    LookedUp,
    LookUp,
    Publish,
    Read,
    ReadEnded,
    ReadFailed,
    SendBatch,
    TimePassed,
    WaitUntil,
    Wish,
    WritesCounted,
)
from pbtui.desk.kill.protocol.state import first_state
from pbtui.desk.kill.protocol.step import is_decided, step
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.settings.kill import KillAction
from tests.orders import an_order

TIMING = Timing(verify_within_s=30.0, watch_s=10.0, count_writes_every_s=0.3, then_every_s=5.0)
GIVE_UP_S = 8.0
MAY_LAND_S = 30.0
IDS_A_REQUEST = 3
_START_S = 100.0


@dataclass
class Faults:
    """How often what goes wrong, drawn once per seed: most seeds have a few kinds of trouble, not all of them."""

    lost_answer: float
    lost_request: float
    spared: float
    refused: float
    failed_read: float
    partial_read: float
    cached_read: float
    failed_lookup: float
    unreadable_registry: float
    slow: float
    bots_until_s: float
    key_refused_until_s: float
    paged_until_s: float
    rearmed: float

    @classmethod
    def drawn(cls, random: Random) -> "Faults":
        """The faults of one schedule."""

        def some(share: float = 0.4, most: float = 0.6) -> float:
            return random.uniform(0.0, most) if random.random() < share else 0.0

        return cls(
            lost_answer=some(),
            lost_request=some(),
            spared=some(),
            refused=some(0.2),
            failed_read=some(),
            partial_read=some(),
            cached_read=some(),
            failed_lookup=some(0.3),
            unreadable_registry=some(0.2, 1.0),
            slow=some(0.3, 1.0),
            bots_until_s=random.choice((0.0, 0.0, 5.0, 40.0, 1e9)),
            key_refused_until_s=random.choice((0.0, 0.0, 0.0, 3.0, 15.0, 1e9)) if random.random() < 0.3 else 0.0,
            paged_until_s=random.choice((2.0, 15.0, 1e9)) if random.random() < 0.2 else 0.0,
            rearmed=random.choice((0.0, 0.0, 0.0, 0.1)),
        )


@dataclass
class Write:
    """A registered write: lands at `lands_s` (None: never), its client gives up at `gives_up_s`."""

    lands_s: float | None
    gives_up_s: float
    reconciled_s: float

    @property
    def is_answered(self) -> bool:
        """Whether it lands while its client still waits."""
        return self.lands_s is not None and self.lands_s <= self.gives_up_s

    @property
    def ended_s(self) -> float:
        """When it can't land any more, as far as anybody knows."""
        return self.gives_up_s if self.is_answered else self.reconciled_s


@dataclass(frozen=True)
class SeenRead:
    """A read as an observer saw it; `active` are the ids it listed as active, None where it proves nothing."""

    as_of_s: float
    active: frozenset[str] | None


@dataclass
class Schedule:
    """One kill on the model, from its seed. All faults end `calm_after_s` after its start."""

    seed: int
    calm_after_s: float | None = None
    random: Random = field(init=False)
    faults: Faults = field(init=False)
    now_s: float = _START_S
    orders: dict[str, Order] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    sent: list[SendBatch] = field(default_factory=list)
    answered_calls: int = 0
    """How many one-call requests the exchange received and answered."""
    sampled_s: float = 0.0
    """When the newest read looked at the orders."""
    active_at_sample: tuple[Order, ...] = ()
    reads: list[SeenRead] = field(default_factory=list)
    kills_under_way: int = 0
    last_kill_end_s: float = float("-inf")
    steps: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - replays a schedule
        self.faults = Faults.drawn(self.random)
        self._ids = count(1)
        self._moments: list[tuple[float, int, Callable[[], None]]] = []
        self._sequence = count()
        self._wait_until_s = self.now_s
        for _ in range(self.random.choice((0, 1, 3, 8))):
            self._enter()
        plan = self._plan()
        known = [order for order in self.orders.values() if self.random.random() < 0.8]
        self._register_writes()
        self.state = first_state(
            plan,
            known if self.random.random() < 0.8 else (),
            TIMING,
            self.now_s,
            portfolios=("P1",),
            resumes=self.random.random() < 0.2,
            spread=self.random.uniform(0.9, 1.1),
        )
        self._later(self._delay_s(0.02), lambda: self._feed(Halted(at_s=self.now_s)))
        self._feed(TimePassed(at_s=self.now_s))
        if self.faults.bots_until_s:
            self._later(self._delay_s(3.0), self._bot)
        if self.calm_after_s is not None:
            self._later(self.calm_after_s, self._calm_down)

    def _plan(self) -> KillPlan:
        action = self.random.choice(list(KillAction))
        portfolios = self.random.choice(((), ("P1",), ("P1", "P2"), ("p1",)))
        areas = self.random.choice(((), (), ("A1",)))
        products = ("H",) if action.is_account_wide and self.random.random() < 0.1 else ()
        return KillPlan(
            action=action,
            exchange="epex",
            portfolios=portfolios,
            delivery_areas=areas,
            products=products,
            includes_pre_arranged=self.random.random() < 0.8,
        )

    def _register_writes(self) -> None:
        for _ in range(self.random.choice((0, 0, 0, 1, 2))):
            lands_s = self.now_s + self.random.uniform(0.0, MAY_LAND_S) if self.random.random() < 0.7 else None
            gives_up_s = self.now_s + self.random.uniform(0.0, 12.0)
            if lands_s is not None:
                self._later(lands_s - self.now_s, self._enter)
            self.writes.append(Write(lands_s, gives_up_s, self.now_s + MAY_LAND_S + 1.0))

    def _calm_down(self) -> None:
        self.faults = Faults(**dict.fromkeys((each.name for each in fields(Faults)), 0.0))

    # ------------------------------------------------------------ the exchange

    def _enter(self) -> None:
        order_id = str(next(self._ids))
        self.orders[order_id] = an_order(
            order_id,
            portfolio_id=self.random.choice(("P1", "P1", "P2")),
            delivery_area=self.random.choice(("A1", "A1", "A2")),
            pre_arranged=self.random.random() < 0.2,
        )

    def _bot(self) -> None:
        if self.now_s > _START_S + self.faults.bots_until_s:
            return
        out = [order for order in self.orders.values() if order.state == "HIBE"]
        if out and self.random.random() < 0.5:
            order = self.random.choice(out)
            self.orders[order.order_id or ""] = replace(order, state="ACTI", action="UACT")
        else:
            self._enter()
        self._later(self.random.uniform(0.2, 6.0), self._bot)

    def _withdraw(self, plan: KillPlan, orders: Sequence[AnyOrder] | None) -> None:
        ids = list(self.orders) if orders is None else [order.order_id or "" for order in orders]
        for order_id in ids:
            order = self.orders[order_id]
            if not order.is_live or (orders is None and not plan.covers(order)):
                continue
            if self.random.random() >= self.faults.spared:
                state, action = ("IACT", "UDEL") if plan.action.deletes else ("HIBE", "UHIB")
                self.orders[order_id] = replace(order, state=state, action=action)

    def active(self, plan: KillPlan) -> tuple[Order, ...]:
        """What is active now in the scope of this plan."""
        return tuple(order for order in self.orders.values() if order.is_live and plan.covers(order))

    @property
    def may_still_land(self) -> bool:
        """Whether a registered write has still to reach the exchange."""
        return any(write.lands_s is not None and write.lands_s > self.now_s for write in self.writes)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return self.now_s - _START_S

    # ------------------------------------------------------------ the kill on it

    def run(self, until_s: float) -> None:
        """Run until the kill is over, or until so many seconds after its start."""
        while not self.state.is_over and self.now_s < _START_S + until_s:
            if self._moments and self._moments[0][0] <= self._wait_until_s:
                self.now_s, _, act = heapq.heappop(self._moments)
                act()
            else:
                self.now_s = max(self.now_s, self._wait_until_s)
                self._feed(TimePassed(at_s=self.now_s))

    def decide(self, until_s: float) -> None:
        """Run until there is a verdict, or until so many seconds after its start."""
        while not is_decided(self.state) and self.now_s < _START_S + until_s:
            self.run(self.elapsed_s + 0.1)

    def _feed(self, event: Event) -> None:
        self._observe(event)
        self.state, wishes = step(self.state, event)
        self.steps += 1
        for wish in wishes:
            self._do(wish)

    def _observe(self, event: Event) -> None:
        """Keep by other means than the protocol what it has to know."""
        match event:
            case KillBegan():
                self.kills_under_way += 1
            case KillEnded():
                self.kills_under_way -= 1
                self.last_kill_end_s = event.at_s
            case ReadFailed():
                self.reads.append(SeenRead(event.at_s, None))
            case ReadEnded():
                is_proof = not event.gap and not self.kills_under_way
                listed = frozenset(order.order_id or "" for order in event.orders if self.state.fired.covers(order))
                self.reads.append(SeenRead(event.as_of_s, listed if is_proof else None))

    @property
    def writes_ended_s(self) -> float:
        """When the last registered write had ended."""
        return max((write.ended_s for write in self.writes), default=float("-inf"))

    def _do(self, wish: Wish) -> None:
        match wish:
            case SendBatch():
                self.sent.append(wish)
                self._later(0.001, lambda: _Batch(self, wish).begin())
            case Read():
                self._read(wish)
            case LookUp():
                self._look_up(wish)
            case CountWrites():
                self._feed_later(0.0, self._counted)
            case CheckHalt():
                latch = self._latch()
                self._feed_later(self._delay_s(0.05), lambda: HaltChecked(at_s=self.now_s, latch=latch))
            case WaitUntil():
                assert wish.at_s > self.state.now_s, "it would turn in circles"
                self._wait_until_s = wish.at_s
            case Publish():
                pass

    def _latch(self) -> Latch:
        if self.random.random() >= self.faults.rearmed:
            return Latch.HELD
        return self.random.choice((Latch.REARMED, Latch.VANISHED))

    def _counted(self) -> WritesCounted:
        if self.random.random() < self.faults.unreadable_registry:
            return WritesCounted(at_s=self.now_s, under_way=None)
        under_way = sum(write.gives_up_s > self.now_s for write in self.writes)
        unanswered = sum(write.gives_up_s <= self.now_s < write.ended_s for write in self.writes)
        return WritesCounted(at_s=self.now_s, under_way=under_way, unanswered=unanswered)

    def _read(self, wish: Read) -> None:
        requested_s, took_s = self.now_s, self._delay_s(0.2)
        if self.random.random() < self.faults.failed_read or took_s > GIVE_UP_S:
            self._feed_later(min(took_s, GIVE_UP_S), lambda: ReadFailed(at_s=self.now_s, reason="no answer"))
            return
        if self._key_is_refused:
            self._feed_later(took_s, lambda: ReadFailed(at_s=self.now_s, reason="401", no_rights=True))
            return
        if wish.within_s is not None and took_s > wish.within_s:
            self._feed_later(wish.within_s, lambda: ReadFailed(at_s=self.now_s, reason=""))
            return
        age_s = self.random.uniform(0.0, 5.0) if self.random.random() < self.faults.cached_read else 0.0
        is_partial = self.random.random() < self.faults.partial_read
        seen: list[Order] = []
        active: list[Order] = []

        def sample() -> None:
            self.sampled_s = self.now_s
            active.extend(order for order in self.orders.values() if order.is_live)
            seen.extend(order for order in active if not is_partial or self.random.random() < 0.5)
            if age_s:
                seen.clear()  # what a cache has may be of any time since
                seen.extend(order for order in active if self.random.random() < 0.5)

        def end() -> ReadEnded:
            self.active_at_sample = tuple(active)
            return ReadEnded(
                at_s=self.now_s,
                as_of_s=requested_s - (age_s + 1.0 if age_s else 0.0),
                orders=tuple(seen),
                gap="a part" if is_partial else "",
                age_s=age_s,
            )

        if age_s and requested_s - age_s - 1.0 > self.state.sending.last_end_s:
            age_s = 0.0  # then it would be true of that moment
        self._later(self.random.uniform(0.0, took_s), sample)
        self._feed_later(took_s, end)

    def _look_up(self, wish: LookUp) -> None:
        def end() -> LookedUp:
            asked = tuple(key for key in wish.departed if self.random.random() >= self.faults.failed_lookup)
            return LookedUp(at_s=self.now_s, asked=asked, found=tuple(self.orders[key] for key in asked))

        self._feed_later(self._delay_s(0.2), end)

    @property
    def _key_is_refused(self) -> bool:
        return self.now_s < _START_S + self.faults.key_refused_until_s

    # ------------------------------------------------------------ virtual time

    def _delay_s(self, usual_s: float) -> float:
        return usual_s * self.random.expovariate(1.0) * (20.0 if self.random.random() < self.faults.slow else 1.0)

    def _later(self, after_s: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._moments, (self.now_s + after_s, next(self._sequence), act))

    def _feed_later(self, after_s: float, make: Callable[[], Event]) -> None:
        self._later(after_s, lambda: self._feed(make()))


class _Batch:
    """One batch under way: its requests leave one after the other, and each may be lost, refused or spare orders."""

    def __init__(self, schedule: Schedule, wish: SendBatch) -> None:
        self._schedule = schedule
        self._plan = wish.plan
        self._meanwhile: KillPlan | None = None
        self._takes_pages = wish.takes_pages
        self._makes_call = wish.makes_call
        self._targets = wish.targets
        self._chunks = [wish.targets[i : i + IDS_A_REQUEST] for i in range(0, len(wish.targets), IDS_A_REQUEST)]
        self._accepted = self._unanswered = 0
        self._refusal = ""
        self._has_call_succeeded = False

    def begin(self) -> None:
        """Send the next request, or end."""
        if self._makes_call:
            self._send(None)
        elif self._chunks:
            self._send(self._chunks.pop(0))
        else:
            self._end()

    def _send(self, orders: Sequence[AnyOrder] | None) -> None:
        schedule, random, faults = self._schedule, self._schedule.random, self._schedule.faults
        schedule._feed(KillBegan(at_s=schedule.now_s))
        took_s = min(schedule._delay_s(0.3), GIVE_UP_S)
        plan = self._meanwhile or self._plan
        if orders is None and schedule.now_s < _START_S + faults.paged_until_s:
            schedule._later(took_s, lambda: self._answered(orders, "refused" if self._takes_pages else "paged"))
        elif random.random() < faults.lost_request:
            schedule._later(GIVE_UP_S, lambda: self._answered(orders, "lost"))
        elif schedule._key_is_refused or random.random() < faults.refused:
            schedule._later(took_s, lambda: self._answered(orders, "refused"))
        elif random.random() < faults.lost_answer:
            schedule._later(random.uniform(0.0, 20.0), lambda: schedule._withdraw(plan, orders))
            schedule._later(GIVE_UP_S, lambda: self._answered(orders, "lost"))
        else:
            schedule._later(random.uniform(0.0, took_s), lambda: schedule._withdraw(plan, orders))
            schedule._later(took_s, lambda: self._answered(orders, "accepted"))

    def _answered(self, orders: Sequence[AnyOrder] | None, how: str) -> None:
        schedule = self._schedule
        is_accepted = how == "accepted"
        ids = frozenset(order.order_id or "" for order in orders or () if is_accepted)
        self._accepted += is_accepted
        self._unanswered += how == "lost"
        schedule._feed(KillEnded(at_s=schedule.now_s, accepted=ids))
        if orders is not None or how == "lost":
            self._refusal = self._refusal or ("refused" if how == "refused" else "")
            self._makes_call = False
            if orders is None:
                self._chunks = []
            self.begin()
            return
        self._makes_call = False
        if is_accepted:
            self._has_call_succeeded, self._chunks = True, []
            schedule.answered_calls += 1
        elif self._plan.narrower is not None and how == "paged":
            self._meanwhile = self._plan.narrower
            self._unanswered += 1
        elif self._plan.narrower is not None:
            self._plan = self._plan.narrower
        else:
            self._refusal, self._chunks = "refused", []
        self.begin()

    def _end(self) -> None:
        schedule = self._schedule
        refusal = "" if self._accepted or self._unanswered else self._refusal
        schedule._feed(
            BatchEnded(
                at_s=schedule.now_s,
                plan=self._plan,
                has_call_succeeded=self._has_call_succeeded,
                is_blocked=self._meanwhile is not None,
                accepted=self._accepted,
                unanswered=self._unanswered,
                refusal=refusal,
            )
        )

"""The state of a kill as the protocol sees it: one frozen value, and what follows from it alone."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct, field

from pbtui.api.structs import replace
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.protocol.events import ReadEnded
from pbtui.desk.kill.protocol.fates import KillBook
from pbtui.desk.kill.protocol.timing import Timing

CLEAN_READS = 2
NEVER_S = float("-inf")


class Halting(Struct, frozen=True, kw_only=True):
    """The halt: `at_s` is when the first request may leave. The disk was last asked for it at `checked_s`."""

    at_s: float | None = None
    is_checking: bool = False
    checked_s: float = NEVER_S
    is_lifted: bool = False
    has_vanished: bool = False


class Sending(Struct, frozen=True, kw_only=True):
    """The kill requests.

    `waits_for_first`: the first kill request has to leave before the first read. `next_s`: when remaining orders are
    fired at again. `has_news`: something is to be fired at before that. `needs_read`: a read has to show first what the
    last batch did. `refused_since_s`: from when on the server refuses everything, for the reason `refusal`.
    `blocked_since_s`: from when on a gateway turns the one call away.
    """

    waits_for_first: bool
    next_s: float
    next_news_s: float
    is_sending: bool = False
    under_way: int = 0
    last_end_s: float = NEVER_S
    batches: int = 0
    has_sent: bool = False
    has_news: bool = False
    needs_read: bool = True
    has_call_succeeded: bool = False
    first_accepted_s: float | None = None
    unanswered_in_a_row: int = 0
    targeted: frozenset[str | None] = frozenset()
    accepted: frozenset[str] = frozenset()
    refused_alone: frozenset[str] = frozenset()
    refusal: str = ""
    refused_since_s: float | None = None
    blocked_since_s: float | None = None
    notes: tuple[str, ...] = ()
    problem: str = ""


class Writes(Struct, frozen=True, kw_only=True):
    """The registered writes of the profile.

    `are_awaited`: some can still land, or their number is not known yet. `had_some`: there was one at some time.
    `ended_s`: when the last of them had ended. `arrivals`: how many orders had come until their end was read.
    `most_orders`: the most orders that they could enter or activate; they explain as many of these.
    """

    are_awaited: bool = True
    are_unknown: bool = False
    unknown_since_s: float | None = None
    next_count_s: float = NEVER_S
    under_way: int = 0
    unanswered: int = 0
    had_some: bool = False
    ended_s: float = NEVER_S
    arrivals: int | None = None
    most_orders: int = 0


class Reading(Struct, frozen=True, kw_only=True):
    """The reads. `judged` is a read whose departed orders are still being looked up.

    `look_up_problem` says why final states could not be looked up the last time.
    `clean` counts the reads in a row that showed no active order, the last of them as of `last_clean_s`. `wake_s`: the
    next read does not wait for its time if the last one began before this.
    """

    is_reading: bool = False
    is_looking_up: bool = False
    judged: ReadEnded | None = None
    begun_s: float = NEVER_S
    next_s: float = NEVER_S
    wake_s: float = NEVER_S
    clean: int = 0
    last_clean_s: float = NEVER_S
    last_complete_s: float | None = None
    problem: str = ""
    look_up_problem: str = ""


class KillState(Struct, frozen=True, kw_only=True):
    """All that is known of one kill.

    `attempt` is its number, `started_at` the wall clock at `started_s`. `plan` is what was confirmed; the plan in use,
    which the server may have made narrower, is that of the `book`. `portfolios` are all known by name.
    `knows_deactivated`: the deactivated orders in scope were all read before, and their portfolios are among these.
    `resumes`: an earlier run began this kill. `spread` varies the pauses from kill to kill, so that two do not stay in
    step.
    """

    plan: KillPlan
    timing: Timing
    started_s: float
    now_s: float
    progress_s: float
    book: KillBook
    sending: Sending
    halting: Halting = field(default_factory=Halting)
    writes: Writes = field(default_factory=Writes)
    reading: Reading = field(default_factory=Reading)
    attempt: int = 0
    started_at: datetime | None = None
    portfolios: tuple[str, ...] = ()
    knows_deactivated: bool = False
    resumes: bool = False
    spread: float = 1.0
    verified_s: float | None = None
    watch_ends_s: float | None = None
    is_over: bool = False

    @property
    def is_watching(self) -> bool:
        """Return whether it is verified, and read on for orders that re-appear."""
        return self.verified_s is not None and self.timing.watch_s > 0 and not self.is_over

    # ------------------------------------------------------------ scope

    @property
    def fired(self) -> KillPlan:
        """The plan in use."""
        return self.book.plan

    @property
    def named_portfolios(self) -> tuple[str, ...]:
        """The portfolios for a call that must name them: those of the plan, else all known by name or seen in scope."""
        return tuple(sorted(set(self.fired.portfolios) or {*self.portfolios, *self.book.portfolios}))

    # ------------------------------------------------------------ what is owed

    @property
    def goes_by_one_call(self) -> bool:
        """Return whether the plan is one call that also reaches orders this key can't see."""
        action = self.fired.action
        return action.is_account_wide or (action.deletes and bool(self.named_portfolios))

    @property
    def owes_call(self) -> bool:
        """Return whether that call has not been answered with a success yet."""
        return self.goes_by_one_call and not self.sending.has_call_succeeded

    @property
    def has_work(self) -> bool:
        """Return whether there is anything to send."""
        return bool(self.book.targets) or self.owes_call

    @property
    def open_writes(self) -> int:
        """The number of registered writes can still land, as far as known."""
        return self.writes.under_way + self.writes.unanswered

    # ------------------------------------------------------------ time

    @property
    def is_late(self) -> bool:
        """Return whether the kill has had its time since the last progress."""
        return self.now_s >= self.late_s

    @property
    def late_s(self) -> float:
        """The time at which that is so, if nothing more is achieved."""
        timing = self.timing
        first_s = timing.verify_within_s if self.sending.batches else timing.first_batch_within_s
        return self.progress_s + max(timing.verify_within_s, first_s)

    @property
    def read_problem(self) -> str:
        """Return why the active orders are not known; empty if nothing is wrong."""
        reading, timeout_s = self.reading, self.timing.unknown_after_s
        if not reading.problem and reading.is_reading and self.now_s - reading.begun_s > timeout_s:
            return f"active orders can't be read yet: no complete answer for {timeout_s:g} s"
        return reading.problem

    @property
    def is_refused(self) -> bool:
        """Return whether the server has refused everything, for long enough to be its verdict."""
        since_s = self.sending.refused_since_s
        if since_s is None or not (self.book.targets or self.owes_call or self.reading.problem):
            return False
        return self.now_s >= since_s + self.timing.refused_after_s or self.is_late or self.is_over

    # ------------------------------------------------------------ what limits a verdict

    @property
    def may_leave_deactivated(self) -> bool:
        """Return whether deactivated orders may be left that the plan deletes.

        Its call names portfolios. One that has deactivated orders alone is in no list of active orders.
        """
        plan = self.fired
        names_all = plan.action.is_account_wide or bool(plan.portfolios)
        return plan.action.deletes and not names_all and not self.knows_deactivated

    @property
    def came(self) -> int:
        """The number of times an order came or came back that no registered write of the profile explains."""
        while_open = self.book.arrivals if self.writes.arrivals is None else self.writes.arrivals
        return self.book.arrivals - min(while_open, self.writes.most_orders)


def first_state(
    plan: KillPlan,
    known: Iterable[AnyOrder],
    timing: Timing,
    now_s: float,
    *,
    asked_s: float | None = None,
    attempt: int = 0,
    started_at: datetime | None = None,
    portfolios: Iterable[str] = (),
    deactivated: Iterable[AnyOrder] = (),
    knows_deactivated: bool = False,
    resumes: bool = False,
    knows_all: bool = True,
    has_call_succeeded: bool = False,
    spread: float = 1.0,
) -> KillState:
    """The state of a kill that begins now.

    `known` are the live orders as last read; `knows_all`: if there are any, no other one in scope is live. A plan that
    deletes also names the portfolios of `deactivated`; `knows_deactivated`: there are no others in scope.
    `has_call_succeeded`: an earlier run saw its one call answered. `asked_s` is when the trader asked for it, if that
    was earlier: its verdict is due from then on.
    """
    known = tuple(known)
    state = KillState(
        plan=plan,
        timing=timing,
        started_s=now_s,
        now_s=now_s,
        progress_s=now_s if asked_s is None else asked_s,
        book=KillBook(plan=plan).add_known(known, are_all=knows_all),
        sending=Sending(
            waits_for_first=False,
            next_s=now_s + timing.next_fire_s(0.0),
            next_news_s=now_s,
            has_call_succeeded=has_call_succeeded,
            first_accepted_s=now_s if resumes and known else None,
        ),
        attempt=attempt,
        started_at=started_at,
        portfolios=tuple(dict.fromkeys((*portfolios, *_portfolios_of(deactivated, plan)))),
        knows_deactivated=knows_deactivated,
        resumes=resumes,
        spread=spread,
    )
    fires_first = state.owes_call or (bool(state.book.targets) and not resumes)
    return replace(state, sending=replace(state.sending, waits_for_first=fires_first))


def _portfolios_of(deactivated: Iterable[AnyOrder], plan: KillPlan) -> Iterator[str]:
    """The portfolios of the deactivated orders that the plan deletes."""
    for order in deactivated if plan.action.deletes else ():
        if order.portfolio_id and plan.covers(order):
            yield order.portfolio_id


def has_untargeted(state: KillState) -> bool:
    """Return whether something is active that may be fired at by its id and never was."""
    targeted = state.sending.targeted
    return state.fired.goes_by_id and any(order.order_id not in targeted for order in state.book.targets)


def with_refusal(state: KillState, reason: str, at_s: float) -> KillState:
    """The state once the server has refused everything: from the first time on."""
    since_s = state.sending.refused_since_s
    since_s = at_s if since_s is None else since_s
    return replace(state, sending=replace(state.sending, refusal=reason, refused_since_s=since_s))

"""The kill as a pure protocol: `step(state, event)` gives the next state and what is wished done.

No clock, no thread, no socket: all of it comes as events (`events`). The rules stand in tables: what events change
(`attempts`, `proof`), and here what is wished and what phase it is. `docs/kill-protocol.md` shows both.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from pbtui.api.structs import replace
from pbtui.desk.kill.progress import Phase
from pbtui.desk.kill.protocol import attempts, proof
from pbtui.desk.kill.protocol.events import (
    CheckHalt,
    CountWrites,
    Event,
    LookUp,
    Publish,
    Read,
    SendBatch,
    TimePassed,
    WaitUntil,
    Wish,
    WritesCounted,
)
from pbtui.desk.kill.protocol.state import KillState

TRANSITIONS = (*attempts.ROWS, *proof.ROWS)
ROWS_OF = {kind: [row for row in TRANSITIONS if row.event is kind] for kind in {row.event for row in TRANSITIONS}}
"""The rows by event."""
_QUIET = (TimePassed, WritesCounted)
"""The events that are not shown unless the phase changes."""
_CHECK_HOLDS_S = 0.5


def step(state: KillState, event: Event) -> tuple[KillState, tuple[Wish, ...]]:
    """Take in an event; give the new state and the wishes, which the caller does in this order."""
    earlier_phase = phase_of(state) if isinstance(event, _QUIET) else None
    state = replace(state, now_s=max(state.now_s, event.at_s))
    for row in ROWS_OF[type(event)]:
        if row.holds(state, event):
            state = row.apply(state, event)
    wishes: list[Wish] = []
    for demand in DEMANDS:
        if not state.is_over and demand.holds(state):
            state, wish = demand.make(state)
            wishes.append(wish)
    if phase_of(state) is not earlier_phase:
        wishes.append(Publish())
    if not state.is_over:
        wishes.append(WaitUntil(at_s=min(_deadlines(state))))
    return state, tuple(wishes)


def _deadlines(state: KillState) -> Iterator[float]:
    """Yield when each thing is due that no other event brings about, and the next view: time alone changes phases."""
    times_s = (
        state.late_s,
        state.writes.next_count_s,
        state.sending.next_s,
        state.sending.next_news_s,
        state.reading.next_s,
        *(() if state.watch_ends_s is None else (state.watch_ends_s,)),
        *(() if state.halting.at_s is None else (state.halting.at_s + state.timing.first_request_within_s,)),
    )
    yield state.now_s + state.timing.read_every_s
    yield from (at_s for at_s in times_s if at_s > state.now_s)


# ------------------------------------------------------------ what is wished


class Demand(Struct, frozen=True):
    """A row: `when` this holds, the wish `then` is made, and `why`."""

    when: str
    then: str
    why: str
    holds: Callable[[KillState], bool]
    make: Callable[[KillState], tuple[KillState, Wish]]


def _is_due(state: KillState) -> bool:
    """Return whether a batch is to be sent now."""
    sending, now_s = state.sending, state.now_s
    if state.halting.at_s is None or sending.is_sending or state.verified_s is not None or not state.has_work:
        return False
    is_news = sending.has_news and now_s >= sending.next_news_s
    is_time = now_s >= sending.next_s and (bool(sending.unanswered_in_a_row) or not sending.needs_read)
    return sending.waits_for_first or is_news or is_time


def _needs_check(state: KillState) -> bool:
    return state.sending.has_sent and state.now_s > state.halting.checked_s + _CHECK_HOLDS_S


def _check_halt(state: KillState) -> tuple[KillState, Wish]:
    return replace(state, halting=replace(state.halting, is_checking=True)), CheckHalt()


def _send(state: KillState) -> tuple[KillState, Wish]:
    targets, sending = state.book.targets, state.sending
    blocked_s = sending.blocked_since_s
    wish = SendBatch(
        plan=state.fired,
        makes_call=state.owes_call or not state.fired.goes_by_id,
        targets=targets,
        portfolios=state.named_portfolios,
        refused_alone=sending.refused_alone,
        takes_pages=blocked_s is not None and state.now_s >= blocked_s + state.timing.refused_after_s,
    )
    sending = replace(
        sending,
        is_sending=True,
        has_sent=True,
        has_news=False,
        next_news_s=state.now_s + state.timing.news_every_s,
        targeted=sending.targeted | {order.order_id for order in targets},
    )
    return replace(state, sending=sending, halting=replace(state.halting, checked_s=float("-inf"))), wish


def _may_read(state: KillState) -> bool:
    reading = state.reading
    if reading.is_reading or reading.judged is not None or state.sending.waits_for_first:
        return False
    return state.now_s >= reading.next_s or reading.wake_s >= reading.begun_s


def _read(state: KillState) -> tuple[KillState, Wish]:
    is_first = state.reading.begun_s == float("-inf")
    is_snapshot = is_first and bool(state.book.targets) and not state.resumes
    reading = replace(state.reading, is_reading=True, begun_s=state.now_s)
    return replace(state, reading=reading), Read(within_s=state.timing.snapshot_within_s if is_snapshot else None)


def _look_up(state: KillState) -> tuple[KillState, Wish]:
    reading = replace(state.reading, is_looking_up=True)
    return replace(state, reading=reading), LookUp(plan=state.fired, departed=state.book.departed)


def _may_count(state: KillState) -> bool:
    halted_s = state.halting.at_s
    if halted_s is None or state.verified_s is not None or state.now_s < state.writes.next_count_s:
        return False
    return not state.sending.waits_for_first or state.now_s >= halted_s + state.timing.first_request_within_s


def _count(state: KillState) -> tuple[KillState, Wish]:
    next_s = state.now_s + state.timing.count_writes_every_s
    return replace(state, writes=replace(state.writes, next_count_s=next_s)), CountWrites()


DEMANDS = (
    Demand(
        "a batch is due, it is not the first, and the disk was not asked just now",
        "ask the disk for the halt",
        "The profile may have been re-armed in the meantime; then nothing more is sent.",
        lambda state: _is_due(state) and _needs_check(state) and not state.halting.is_checking,
        _check_halt,
    ),
    Demand(
        "a batch is due: it is the first; or orders are active that none has named; or its time has come and a read "
        "has shown what the last one did, or the last one was not answered. Never after a clean read",
        "send the one call of the plan while it is owed, else name each order in scope that may be active",
        "The first leaves right after the halt. A request after a clean read would only delay the proof.",
        lambda state: _is_due(state) and not _needs_check(state),
        _send,
    ),
    Demand(
        "orders in scope left the list of active orders",
        "look up how they ended, by id and by history",
        "An order that is not listed may still be active.",
        lambda state: (
            state.reading.judged is not None and not state.reading.is_looking_up and bool(state.book.departed)
        ),
        _look_up,
    ),
    Demand(
        "no read is under way, and its time has come or a batch has ended; the first one once a kill request has begun",
        "read all active orders this key sees",
        "A read must not delay the first request. The verdict also names the orders outside the scope.",
        _may_read,
        _read,
    ),
    Demand(
        "the halt is on and the first request has begun, or had its time",
        "count the registered writes that can still land",
        "No write is sent once the halt is on disk. A read that may be clean is followed by a count of its own.",
        _may_count,
        _count,
    ),
)


# ------------------------------------------------------------ phases


class PhaseRow(Struct, frozen=True):
    """A row: the first one that holds says the phase."""

    phase: Phase
    when: str
    holds: Callable[[KillState], bool]


def _is_active(state: KillState) -> bool:
    return state.book.has_read and bool(state.book.targets)


def _is_blind(state: KillState) -> bool:
    since_s = state.reading.last_complete_s
    since_s = state.started_s if since_s is None else since_s
    return bool(state.read_problem) and state.now_s - since_s > state.timing.unknown_after_s


def _may_fire(state: KillState) -> bool:
    return state.has_work or not state.book.has_read


PHASES = (
    PhaseRow(
        Phase.REAPPEARED,
        "it was verified, and orders in scope are active",
        lambda state: state.verified_s is not None and bool(state.book.targets),
    ),
    PhaseRow(Phase.VERIFIED, "it was verified", lambda state: state.verified_s is not None),
    PhaseRow(
        Phase.REFUSED,
        "the server has refused everything for a while, or until the time was over, and orders may be active",
        lambda state: state.is_refused,
    ),
    PhaseRow(Phase.UNKNOWN, "no complete read has come for a while", _is_blind),
    PhaseRow(
        Phase.INCOMPLETE, "it was ended, and orders were active", lambda state: state.is_over and _is_active(state)
    ),
    PhaseRow(Phase.UNKNOWN, "it was ended", lambda state: state.is_over),
    PhaseRow(
        Phase.FIRING,
        "the first batch has not ended, there is something to send or nothing was read yet, and there is time left",
        lambda state: not state.sending.batches and not state.resumes and not state.is_late and _may_fire(state),
    ),
    PhaseRow(
        Phase.INCOMPLETE,
        "orders are active, and the time since the last progress is over or the batches of the first seconds were sent",
        lambda state: (
            _is_active(state) and (state.is_late or state.sending.batches > len(state.timing.fire_again_after_s))
        ),
    ),
    PhaseRow(Phase.UNKNOWN, "the time since the last progress is over", lambda state: state.is_late),
    PhaseRow(Phase.VERIFYING, "otherwise", lambda state: True),
)

DECIDED = frozenset({Phase.VERIFIED, Phase.REAPPEARED, Phase.REFUSED})


def phase_of(state: KillState) -> Phase:
    """The phase of a kill."""
    for row in PHASES:
        if row.holds(state):
            return row.phase
    raise AssertionError("the last row always holds")


def is_decided(state: KillState) -> bool:
    """Return whether there is a verdict: for good, or as far as the time since the last progress allowed."""
    return state.is_over or state.is_late or phase_of(state) in DECIDED

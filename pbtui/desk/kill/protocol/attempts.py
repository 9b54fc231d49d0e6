"""The rows of what a kill sends: the halt before it, the requests, and the end of the watch."""

from pbtui.api.structs import replace
from pbtui.desk.kill.protocol.events import BatchEnded, HaltChecked, Halted, KillBegan, KillEnded, Latch, TimePassed
from pbtui.desk.kill.protocol.state import KillState, has_untargeted, with_refusal
from pbtui.desk.kill.protocol.table import Table

ROWS = Table()
on = ROWS.on


# ------------------------------------------------------------ the halt


@on(
    Halted,
    "",
    "requests may leave",
    "The halt comes first, so that no order enters behind the kill. A disk that hangs delays it for a moment only.",
)
def _halt(state: KillState, event: Halted) -> KillState:
    return replace(state, halting=replace(state.halting, at_s=event.at_s))


@on(HaltChecked, "", "the batch that waits for this answer may be sent", "A re-arm by another program ends the kill.")
def _check(state: KillState, event: HaltChecked) -> KillState:
    return replace(state, halting=replace(state.halting, is_checking=False, checked_s=event.at_s))


@on(
    HaltChecked,
    "the journal has a record of a re-arm",
    "the kill ends; nothing more is sent",
    "Somebody decided that it is safe to trade again.",
    lambda state, event: event.latch is Latch.REARMED,
)
def _lift(state: KillState, event: HaltChecked) -> KillState:
    return replace(state, halting=replace(state.halting, is_lifted=True), is_over=True)


@on(
    HaltChecked,
    "the halt is gone and there is no such record",
    "an alarm; the kill goes on",
    "A re-arm has a record. A deleted file alone is no decision of anybody.",
    lambda state, event: event.latch is Latch.VANISHED,
)
def _vanish(state: KillState, event: HaltChecked) -> KillState:
    return replace(state, halting=replace(state.halting, has_vanished=True))


# ------------------------------------------------------------ kill requests


@on(KillBegan, "", "clean reads count from zero; the first read may begin", "What was read before proves nothing now.")
def _kill_begins(state: KillState, event: KillBegan) -> KillState:
    sending = replace(state.sending, under_way=state.sending.under_way + 1, waits_for_first=False)
    return replace(state, sending=sending, reading=replace(state.reading, clean=0))


@on(
    KillEnded,
    "",
    "clean reads count from zero",
    "The verdict needs reads requested after the last answer. No answer is no failure: reads decide.",
)
def _kill_ends(state: KillState, event: KillEnded) -> KillState:
    sending = replace(state.sending, under_way=state.sending.under_way - 1, last_end_s=event.at_s)
    return replace(state, sending=sending, reading=replace(state.reading, clean=0))


@on(
    KillEnded,
    "the server accepted it for orders it was not accepted for before",
    "that is progress; the server no longer refuses everything",
    "The kill does not give up while orders leave the market. Orders that re-appear do not count, so that it ends.",
    lambda state, event: bool(_newly_accepted(state, event)),
)
def _progress(state: KillState, event: KillEnded) -> KillState:
    sending = replace(
        state.sending,
        accepted=state.sending.accepted | _newly_accepted(state, event),
        refusal="",
        refused_since_s=None,
        first_accepted_s=state.sending.first_accepted_s or event.at_s,
    )
    return replace(state, sending=sending, progress_s=event.at_s)


def _newly_accepted(state: KillState, event: KillEnded) -> frozenset[str]:
    before = {order.order_id for order in state.book.before} if event.accepted else set()
    return frozenset(event.accepted & before) - state.sending.accepted


@on(
    BatchEnded,
    "",
    "the plan, refusals and problems are noted; a read follows at once, and has to show what the batch did",
    "An answer is no proof. Another batch before the read would only delay the proof.",
)
def _batch_ends(state: KillState, event: BatchEnded) -> KillState:
    earlier = state.sending
    failed = bool(event.unanswered or event.problem)
    sending = replace(
        earlier,
        is_sending=False,
        waits_for_first=False,
        batches=earlier.batches + (not event.problem),
        has_call_succeeded=earlier.has_call_succeeded or event.has_call_succeeded,
        blocked_since_s=None if event.has_call_succeeded else earlier.blocked_since_s,
        unanswered_in_a_row=earlier.unanswered_in_a_row + 1 if failed else 0,
        needs_read=True,
        refused_alone=earlier.refused_alone | event.refused_alone,
        notes=tuple(dict.fromkeys(earlier.notes + event.notes)),
        problem=event.problem or earlier.problem,
    )
    book = state.book.narrowed(event.plan).note_refusals(event.refused)
    state = replace(state, book=book, sending=sending, reading=replace(state.reading, wake_s=event.at_s))
    return replace(state, sending=replace(sending, next_s=_next_fire_s(state)))


def _next_fire_s(state: KillState) -> float:
    timing, failures = state.timing, state.sending.unanswered_in_a_row
    if failures:
        return state.now_s + timing.retry_pause_s(failures) * state.spread
    return state.started_s + timing.next_fire_s(state.now_s - state.started_s)


@on(
    BatchEnded,
    "a gateway turned the one call away with a page",
    "the call stays owed, and the narrower plan is for this batch alone; once that has gone on for a while, a page "
    "counts as a refusal",
    "A page is no answer of the exchange, and may be gone a second later. Own orders do not wait for that.",
    lambda state, event: event.is_blocked,
)
def _blocked(state: KillState, event: BatchEnded) -> KillState:
    since_s = state.sending.blocked_since_s
    since_s = event.at_s if since_s is None else since_s
    return replace(state, sending=replace(state.sending, blocked_since_s=since_s))


@on(
    BatchEnded,
    "it is the first batch",
    "that is progress",
    "However long the first batch takes, the reads after it get their time.",
    lambda state, event: state.sending.batches == 1 and not event.problem,
)
def _first_batch(state: KillState, event: BatchEnded) -> KillState:
    return replace(state, progress_s=event.at_s)


@on(
    BatchEnded,
    "the server accepted a request",
    "the server no longer refuses everything; what is read from now on and was not known before came after the kill",
    "Refusals of some orders say nothing about the others.",
    lambda state, event: event.accepted > 0,
)
def _accepted(state: KillState, event: BatchEnded) -> KillState:
    first_s = state.sending.first_accepted_s
    sending = replace(
        state.sending,
        refusal="",
        refused_since_s=None,
        first_accepted_s=event.at_s if first_s is None else first_s,
    )
    return replace(state, sending=sending)


@on(
    BatchEnded,
    "the server refused everything",
    "it refuses the kill from the first such batch on",
    "It becomes the verdict only after a while: a key store or a gateway that fails for seconds refuses, too.",
    lambda state, event: bool(event.refusal) and not event.accepted,
)
def _refuse(state: KillState, event: BatchEnded) -> KillState:
    return with_refusal(state, event.refusal, event.at_s)


@on(
    BatchEnded,
    "the plan goes by ids, and orders are active that no batch has named",
    "they are fired at without waiting for the next time",
    "They came while the batch was under way.",
    lambda state, event: not state.goes_by_one_call and has_untargeted(state),
)
def _news_of_batch(state: KillState, event: BatchEnded) -> KillState:
    return replace(state, sending=replace(state.sending, has_news=True))


# ------------------------------------------------------------ time


@on(
    TimePassed,
    "the watch is over",
    "the kill ends",
    "Another program may bring orders back. After ten minutes that has nothing to do with this kill.",
    lambda state, event: state.watch_ends_s is not None and event.at_s >= state.watch_ends_s,
)
def _end(state: KillState, event: TimePassed) -> KillState:
    return replace(state, is_over=True)

"""The rows of what a kill knows: registered writes, reads, look-ups, and what makes them a proof."""

from pbtui.api.answer import cache_words
from pbtui.api.structs import replace
from pbtui.desk.kill.protocol.events import Event, LookedUp, ReadEnded, ReadFailed, WritesCounted
from pbtui.desk.kill.protocol.fates import ReadEvidence
from pbtui.desk.kill.protocol.state import CLEAN_READS, KillState, has_untargeted, with_refusal
from pbtui.desk.kill.protocol.table import Table

ROWS = Table()
on = ROWS.on


# ------------------------------------------------------------ registered writes


@on(
    WritesCounted,
    "it is the first count that finds none",
    "clean reads count from zero and begin after it; the next read follows at once",
    "What was read before may lack an order that one of them entered.",
    lambda state, event: _have_ended(state, event),
)
def _writes_end(state: KillState, event: WritesCounted) -> KillState:
    return replace(
        state,
        writes=replace(state.writes, ended_s=event.at_s, arrivals=None),
        reading=replace(state.reading, clean=0, wake_s=event.at_s),
    )


@on(
    WritesCounted,
    "it is the first count that finds none, and there were some, or their number was not known",
    "the one call of the plan is owed once more, and what is active is fired at without waiting for the next time",
    "What they entered is active now, and the one call may have come before it.",
    lambda state, event: _have_ended(state, event) and (state.writes.had_some or state.writes.are_unknown),
)
def _fire_at_writes(state: KillState, event: WritesCounted) -> KillState:
    return replace(state, sending=replace(state.sending, has_call_succeeded=False, has_news=True))


@on(
    WritesCounted,
    "their number is known",
    "the kill waits for them as long as one can still land",
    "An order that is entered after the last read is in no read. A write whose answer was lost may land late, and one "
    "that was accepted may be listed late.",
    lambda state, event: event.under_way is not None,
)
def _count(state: KillState, event: WritesCounted) -> KillState:
    under_way = event.under_way or 0
    is_open = under_way + event.unanswered > 0
    writes = replace(
        state.writes,
        under_way=under_way,
        unanswered=event.unanswered,
        are_awaited=is_open,
        are_unknown=False,
        unknown_since_s=None,
        had_some=state.writes.had_some or is_open,
        most_orders=max(state.writes.most_orders, under_way + event.unanswered + event.more_orders),
    )
    return _at_next_count(replace(state, writes=writes), event)


def _have_ended(state: KillState, event: WritesCounted) -> bool:
    """Return whether this count is the first one to find none open."""
    writes = state.writes
    return event.under_way == 0 and not event.unanswered and (writes.are_awaited or writes.are_unknown)


@on(
    WritesCounted,
    "their number can't be read, for too long",
    "the kill goes on without; the verdict says that it is not known",
    "A broken disk must not delay the kill, and must not count as a proof.",
    lambda state, event: event.under_way is None,
)
def _count_unknown(state: KillState, event: WritesCounted) -> KillState:
    since_s = state.writes.unknown_since_s
    since_s = event.at_s if since_s is None else since_s
    is_unknown = event.at_s >= since_s + state.timing.writes_known_within_s
    writes = replace(
        state.writes,
        unknown_since_s=since_s,
        are_unknown=is_unknown,
        are_awaited=state.writes.are_awaited and not is_unknown,
    )
    is_news = is_unknown and not state.writes.are_unknown
    wake_s = event.at_s if is_news else state.reading.wake_s
    state = replace(state, writes=writes, reading=replace(state.reading, wake_s=wake_s))
    return _at_next_count(state, event)


def _is_missing(state: KillState) -> bool:
    """Return whether the last count failed, and not yet for so long that the kill goes on without."""
    return state.writes.unknown_since_s is not None and not state.writes.are_unknown


def _at_next_count(state: KillState, event: WritesCounted) -> KillState:
    is_soon = state.writes.are_awaited or _is_missing(state)
    pause_s = state.timing.count_writes_every_s if is_soon else state.timing.read_every_s
    return replace(state, writes=replace(state.writes, next_count_s=event.at_s + pause_s))


# ------------------------------------------------------------ reads


def evidence(state: KillState, read: ReadEnded) -> ReadEvidence:
    """The proof that a read gives which ends now."""
    sending = state.sending
    is_after_answers = not sending.under_way and read.as_of_s > sending.last_end_s
    is_before_kill = sending.first_accepted_s is None or read.as_of_s < sending.first_accepted_s
    # The server may answer a read after it has done what one call asked for. A request by ids takes out known orders.
    can_hide = state.goes_by_one_call and sending.has_sent
    return ReadEvidence(
        is_complete=not read.gap,
        is_before_kill=is_before_kill,
        shows_all_before=is_before_kill and not read.gap and not can_hide,
        is_after_kill=is_after_answers and (sending.batches > 0 or state.resumes),
        proves_absence=not read.gap and is_after_answers,
    )


@on(
    ReadEnded,
    "",
    "its orders are taken in; it is judged once the orders that are missing from it have been looked up",
    "A missing order may be active under another id, or the server may have left it out.",
)
def _read_ends(state: KillState, event: ReadEnded) -> KillState:
    proof = evidence(state, event)
    reading = replace(state.reading, is_reading=False, judged=event, problem="")
    if event.gap:
        reading = replace(reading, problem=f"active orders can't be read completely: {event.gap}")
    elif event.age_s and not proof.proves_absence:
        reading = replace(reading, problem=f"active orders can't be read: {cache_words(event.age_s)}")
    else:
        reading = replace(reading, last_complete_s=event.as_of_s)
    has_result = proof.proves_absence or bool(reading.problem)
    return replace(
        state,
        book=state.book.apply_read(event.orders, proof),
        reading=reading,
        sending=replace(state.sending, needs_read=state.sending.needs_read and not has_result),
    )


@on(
    ReadEnded,
    "orders are active that no batch has named, and the one call of the plan has been answered or not been made",
    "they are fired at without waiting for the next time",
    "While the one call is unanswered it is made again instead, in its own time.",
    lambda state, event: (
        has_untargeted(state)
        and not (evidence(state, event).is_before_kill and state.goes_by_one_call and state.sending.has_sent)
    ),
)
def _news_of_read(state: KillState, event: ReadEnded) -> KillState:
    return replace(state, sending=replace(state.sending, has_news=True))


@on(
    ReadEnded,
    "it is the first one that shows what the ended writes entered",
    "what has come until now may be of these writes: at most one order for each line that could enter or activate one",
    "Orders beyond these, or that come later, were entered by somebody else, and the verdict says so.",
    lambda state, event: (
        state.writes.had_some
        and state.writes.arrivals is None
        and not state.writes.are_awaited
        and event.as_of_s > state.writes.ended_s
        and not event.gap
    ),
)
def _explain(state: KillState, event: ReadEnded) -> KillState:
    return replace(state, writes=replace(state.writes, arrivals=state.book.arrivals))


@on(
    LookedUp,
    "",
    "the final states are taken in",
    "An order that was not found is gone. If no final state was seen at all, nothing is proved.",
)
def _looked_up(state: KillState, event: LookedUp) -> KillState:
    asked = [key for key in event.asked if key in state.book.departed]
    return replace(
        state,
        book=state.book.apply_lookup(asked, event.found),
        reading=replace(state.reading, is_looking_up=False, look_up_problem=event.problem),
    )


def is_clean(state: KillState, read: ReadEnded) -> bool:
    """Return whether a read proves by itself that nothing in scope is active and nothing can land any more."""
    return (
        evidence(state, read).proves_absence
        and not state.sending.is_sending
        and not state.writes.are_awaited
        and not _is_missing(state)
        and read.as_of_s > state.writes.ended_s
        and not state.book.targets
        and not state.book.departed
        and not state.book.is_unproven
        and not state.owes_call
    )


def _judge(state: KillState, event: Event) -> KillState:
    read, reading = state.reading.judged, state.reading
    if read is None:
        return state
    pause_s = state.timing.read_every_s * state.spread if state.verified_s is None else state.timing.watch_every_s
    reading = replace(reading, judged=None, next_s=event.at_s + pause_s)
    if not is_clean(state, read):
        reading = replace(reading, clean=0)
    elif not reading.clean or read.as_of_s > reading.last_clean_s + state.timing.read_every_s / 2:
        reading = replace(reading, clean=reading.clean + 1, last_clean_s=read.as_of_s)
    return replace(state, reading=reading)


_CLEAN_WHEN = "nothing is left to look up"
_CLEAN_THEN = (
    "it is a clean read, or clean reads count from zero. Clean: complete, requested after the last kill answer and "
    "after the last registered write ended, their last count not missing, no active order in scope, one final state "
    "seen, the one call answered. Two reads of one moment count once"
)
_CLEAN_WHY = "Only such reads prove that no order is active and that no earlier request can enter one."
on(ReadEnded, _CLEAN_WHEN, _CLEAN_THEN, _CLEAN_WHY, lambda state, event: not state.book.departed)(_judge)
on(LookedUp, "", "the read before it is judged as above", _CLEAN_WHY)(_judge)


@on(
    ReadEnded,
    "two clean reads in a row, a moment apart",
    "the verdict is VERIFIED; the watch begins, and nothing more is sent until the trader fires again",
    "One read may fall between the end of one order and the entry of its successor.",
    lambda state, event: state.verified_s is None and state.reading.clean >= CLEAN_READS,
)
def _verify(state: KillState, event: ReadEnded) -> KillState:
    return replace(state, verified_s=event.at_s - state.started_s, watch_ends_s=event.at_s + state.timing.watch_s)


@on(
    ReadFailed,
    "",
    "clean reads count from zero; the next batch need not wait for a read",
    "An order may have been active between two reads. Firing continues without a read.",
)
def _read_fails(state: KillState, event: ReadFailed) -> KillState:
    pause_s = state.timing.read_every_s * state.spread if state.verified_s is None else state.timing.watch_every_s
    reading = replace(
        state.reading,
        is_reading=False,
        judged=None,
        clean=0,
        next_s=event.at_s + pause_s,
        problem=f"active orders can't be read: {event.reason}" if event.reason else state.reading.problem,
    )
    return replace(state, reading=reading, sending=replace(state.sending, needs_read=False))


@on(
    ReadFailed,
    "the server refuses the key, and no order is known to be fired at",
    "it refuses the kill",
    "There is nothing that could be sent and accepted.",
    lambda state, event: event.no_rights and not state.book.targets,
)
def _read_refused(state: KillState, event: ReadFailed) -> KillState:
    return with_refusal(state, state.sending.refusal or event.reason, event.at_s)

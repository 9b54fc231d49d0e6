"""Each rule of the kill's protocol by itself: what an event changes, and what is wished for then.

Times are seconds from the start of the kill. `test_protocol` holds the promises over whole schedules.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.journal.open_writes import EVERY_ORDER
from pbtui.desk.kill.certificate.fate import Fate
from pbtui.desk.kill.describe import problems
from pbtui.desk.kill.plan import KillPlan
from pbtui.desk.kill.progress import KillCall, Phase
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
from pbtui.desk.kill.protocol.step import is_decided, phase_of, step
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.settings.kill import KillAction
from tests.orders import an_order

MINE = KillPlan(action=KillAction.DEACTIVATE_MINE, exchange="epex")
ALL = KillPlan(action=KillAction.DEACTIVATE_ALL, exchange="epex")
USUAL = Timing()
ONE, TWO = an_order("1"), an_order("2")
ONE_OUT, TWO_OUT = (an_order(order_id, state="HIBE", action="UHIB") for order_id in "12")


class Kill:
    """A kill, fed event by event. `wishes` are those of the newest event."""

    def __init__(self, *known: Order, plan: KillPlan = MINE, timing: Timing = USUAL, **more: Any) -> None:
        self.state = first_state(plan, known, timing, 0.0, **more)
        self.wishes: tuple[Wish, ...] = ()

    def feed(self, *events: Event) -> "Kill":
        for event in events:
            self.state, self.wishes = step(self.state, event)
            assert all(wish.at_s > self.state.now_s for wish in self.wishes if isinstance(wish, WaitUntil))
        return self

    def wish(self, kind: type[Wish]) -> Any:
        """The wish of this kind, or None."""
        return next((wish for wish in self.wishes if isinstance(wish, kind)), None)

    @property
    def kinds(self) -> set[type[Wish]]:
        """What is wished but for waiting, showing and counting."""
        return {type(wish) for wish in self.wishes} - {WaitUntil, Publish, CountWrites}

    @property
    def wakes_s(self) -> float:
        return float(self.wish(WaitUntil).at_s)

    def refusal(self) -> tuple[str, float | None]:
        return self.state.sending.refusal, self.state.sending.refused_since_s

    def arrivals(self) -> int | None:
        return self.state.writes.arrivals

    # ------------------------------------------------------------ what happens

    def begin(self, *, writes: int = 0) -> "Kill":
        """The first request leaves at 0 s, registered writes are counted at 0.01 s, no read is under way then."""
        given_up = (ReadFailed(at_s=0.02, reason=""), ReadFailed(at_s=0.03, reason=""))
        return self.feed(Halted(at_s=0.0), KillBegan(at_s=0.0), WritesCounted(at_s=0.01, under_way=writes), *given_up)

    def answer(self, at_s: float, *ids: str, **more: Any) -> "Kill":
        """One request was accepted for these orders, and with it the batch ended."""
        ended = {"plan": self.state.fired, "accepted": 1, **more}
        return self.feed(KillEnded(at_s=at_s, accepted=frozenset(ids)), BatchEnded(at_s=at_s, **ended))

    def again(self, at_s: float) -> "Kill":
        """One more batch begins: the halt is checked, and its request leaves."""
        return self.feed(TimePassed(at_s=at_s), HaltChecked(at_s=at_s, latch=Latch.HELD), KillBegan(at_s=at_s))

    def read(self, at_s: float, *orders: Order, as_of_s: float | None = None, **more: Any) -> "Kill":
        return self.feed(
            ReadEnded(at_s=at_s, as_of_s=at_s - 0.1 if as_of_s is None else as_of_s, orders=orders, **more)
        )

    def look_up(self, at_s: float, *found: Order, **more: Any) -> "Kill":
        return self.feed(LookedUp(at_s=at_s, asked=tuple(self.state.book.departed), found=found, **more))

    def almost_verified(self) -> "Kill":
        """One clean read, as of 0.3 s."""
        return self.begin().answer(0.2, "1").read(0.4, as_of_s=0.3).look_up(0.5, ONE_OUT)


# ---------------------------------------------------------------- the proof


def test_two_clean_reads_are_the_proof() -> None:
    kill = Kill(ONE).begin().answer(0.2, "1")
    assert kill.kinds == {Read}
    kill.read(0.4, as_of_s=0.3)
    assert kill.kinds == {LookUp}
    assert kill.wish(LookUp) == LookUp(plan=MINE, departed={"1": ONE})
    kill.look_up(0.5, ONE_OUT)
    assert (kill.state.reading.clean, kill.state.reading.next_s, phase_of(kill.state)) == (1, 1.5, Phase.VERIFYING)
    kill.read(1.7, as_of_s=1.5)
    assert (kill.state.verified_s, kill.state.watch_ends_s, phase_of(kill.state)) == (1.7, 601.7, Phase.VERIFIED)
    assert kill.state.is_watching


@pytest.mark.parametrize(("as_of_s", "is_proof"), [(0.1, False), (0.2, False), (0.21, True)])
def test_a_read_proves_something_only_if_it_was_requested_after_the_last_answer(as_of_s: float, is_proof: bool) -> None:
    kill = Kill(ONE).begin().answer(0.2, "1").read(0.4, as_of_s=as_of_s)
    assert (LookUp in kill.kinds, "1" in kill.state.book.departed) == (is_proof, is_proof)
    assert kill.state.book.active == (1 if is_proof else None)
    assert kill.state.reading.clean == 0


def test_a_read_proves_nothing_while_a_kill_request_is_under_way() -> None:
    kill = Kill(ONE).begin().feed(KillBegan(at_s=0.1), KillEnded(at_s=0.2, accepted=frozenset({"1"})))
    kill.read(0.4, as_of_s=0.3)
    assert (kill.state.book.departed, kill.state.reading.clean, kill.state.sending.under_way) == ({}, 0, 1)


def test_no_read_is_clean_before_all_requests_of_the_batch_have_ended() -> None:
    kill = Kill(ONE).begin().feed(KillEnded(at_s=0.2, accepted=frozenset({"1"}))).read(0.4).look_up(0.5, ONE_OUT)
    assert kill.state.reading.clean == 0
    kill.feed(BatchEnded(at_s=0.6, plan=MINE, accepted=1)).read(0.9, as_of_s=0.7)
    assert kill.state.reading.clean == 1


def test_a_look_up_after_a_failed_read_makes_nothing_clean() -> None:
    kill = Kill(ONE).begin().answer(0.2, "1").read(0.4).feed(ReadFailed(at_s=0.5, reason="no answer"))
    assert kill.look_up(0.6, ONE_OUT).state.reading.clean == 0


@pytest.mark.parametrize("event", [KillBegan(at_s=0.6), KillEnded(at_s=0.6), ReadFailed(at_s=0.6, reason="no answer")])
def test_what_ends_a_row_of_clean_reads(event: Event) -> None:
    kill = Kill(ONE).almost_verified()
    assert kill.state.reading.clean == 1
    assert kill.feed(event).state.reading.clean == 0


@pytest.mark.parametrize(("as_of_s", "is_verified"), [(0.7, False), (0.8, False), (0.81, True)])
def test_two_reads_of_one_moment_count_once(as_of_s: float, is_verified: bool) -> None:
    kill = Kill(ONE).almost_verified().read(1.5, as_of_s=as_of_s)
    assert (kill.state.verified_s is not None) == is_verified
    assert kill.read(2.6, as_of_s=2.5).state.verified_s is not None


def test_the_first_clean_read_after_a_new_request_counts_at_once() -> None:
    kill = Kill(ONE).almost_verified().feed(KillBegan(at_s=0.55), KillEnded(at_s=0.6))
    assert kill.read(0.75, as_of_s=0.7).state.reading.clean == 1


def test_a_read_that_is_not_clean_ends_the_row() -> None:
    assert Kill(ONE).almost_verified().read(1.5, gap="a part").state.reading.clean == 0
    assert Kill(ONE).almost_verified().read(1.5, ONE).state.reading.clean == 0
    assert Kill(ONE).almost_verified().read(1.5, as_of_s=0.2).state.reading.clean == 0


def test_no_read_is_clean_while_a_write_can_still_land_and_none_that_was_requested_before_its_end() -> None:
    kill = Kill(ONE).begin(writes=1).answer(0.2, "1").read(0.4).look_up(0.5, ONE_OUT)
    assert kill.state.reading.clean == 0
    assert kill.read(1.6).state.reading.clean == 0
    kill.feed(WritesCounted(at_s=2.0, under_way=0))
    assert kill.read(2.5, as_of_s=2.0).state.reading.clean == 0
    assert kill.read(2.6, as_of_s=2.01).state.reading.clean == 1


def test_no_read_is_clean_before_one_final_state_was_seen() -> None:
    kill = Kill(ONE).begin().answer(0.2, "1").read(0.4).look_up(0.5)
    assert (kill.state.reading.clean, kill.state.book.fates["1"].fate) == (0, Fate.GONE)
    kill.read(1.6).look_up(1.7, ONE_OUT)
    assert (kill.state.reading.clean, kill.state.book.fates["1"].fate) == (1, Fate.DEACTIVATED)


def test_no_read_is_clean_while_orders_are_still_to_be_looked_up() -> None:
    kill = Kill(ONE, TWO).begin().answer(0.2, "1", "2").read(0.4)
    kill.feed(LookedUp(at_s=0.5, asked=("1",), found=(ONE_OUT,), problem="no answer"))
    assert (kill.state.reading.clean, set(kill.state.book.departed)) == (0, {"2"})
    assert kill.state.reading.look_up_problem == "no answer"
    kill.read(1.6)
    assert kill.kinds == {LookUp}
    kill.look_up(1.7, TWO_OUT)
    assert (kill.state.reading.clean, kill.state.reading.look_up_problem) == (1, "")


def test_no_read_is_clean_while_the_one_call_is_owed() -> None:
    kill = Kill(plan=ALL).begin().answer(0.2, accepted=0, unanswered=1).read(0.4, as_of_s=0.3)
    assert (kill.state.owes_call, kill.state.reading.clean) == (True, 0)
    kill.again(1.3).answer(1.4, has_call_succeeded=True).read(1.6)
    assert (kill.state.owes_call, kill.state.reading.clean) == (False, 1)
    assert not kill.feed(BatchEnded(at_s=1.7, plan=ALL, unanswered=1)).state.owes_call


# ---------------------------------------------------------------- the halt


def test_before_each_later_batch_the_disk_is_asked_for_the_halt() -> None:
    kill = Kill(ONE).begin().answer(0.2, "1").read(0.4, ONE).feed(TimePassed(at_s=0.9))
    assert kill.kinds == set()
    assert kill.feed(TimePassed(at_s=1.0)).kinds == {CheckHalt}
    assert kill.feed(TimePassed(at_s=1.01)).kinds & {CheckHalt, SendBatch} == set()
    kill.feed(HaltChecked(at_s=1.1, latch=Latch.HELD))
    assert kill.wish(SendBatch).targets == (ONE,)
    kill.feed(KillBegan(at_s=1.1)).answer(1.2, "1").read(1.5, ONE).feed(TimePassed(at_s=2.0))
    assert CheckHalt in kill.kinds
    kill = Kill(ONE).begin().answer(0.2, "1").read(0.4, ONE).again(1.1).answer(1.2, "1").read(1.3, ONE, TWO)
    assert CheckHalt in kill.feed(TimePassed(at_s=1.6)).kinds, "an answer is for one batch, however new it is"


def test_an_answer_about_the_halt_holds_for_half_a_second() -> None:
    for elapsed_s, is_asked in ((0.5, False), (0.6, True)):
        kill = Kill(ONE).begin().answer(0.2, "1").read(0.4, ONE)
        kill.feed(HaltChecked(at_s=1.0 - elapsed_s, latch=Latch.HELD), TimePassed(at_s=1.0))
        assert (CheckHalt in kill.kinds, SendBatch in kill.kinds) == (is_asked, not is_asked)


def test_a_re_arm_ends_the_kill_and_a_vanished_halt_does_not() -> None:
    kill = Kill(ONE).begin().answer(0.2, "1").read(0.4, ONE).feed(TimePassed(at_s=1.0))
    state, wishes = step(kill.state, HaltChecked(at_s=1.1, latch=Latch.REARMED))
    assert (state.halting.is_lifted, state.is_over, wishes) == (True, True, (Publish(),))
    assert phase_of(state) is Phase.INCOMPLETE
    kill.feed(HaltChecked(at_s=1.1, latch=Latch.VANISHED))
    assert (kill.state.halting.has_vanished, kill.state.halting.is_lifted, kill.state.is_over) == (True, False, False)
    assert SendBatch in kill.kinds
    kill.feed(HaltChecked(at_s=1.2, latch=Latch.HELD))
    assert (kill.state.halting.has_vanished, kill.state.halting.is_lifted) == (True, False)


# ---------------------------------------------------------------- the requests


def test_the_first_batch_names_every_order_and_leaves_with_the_halt() -> None:
    kill = Kill(ONE, TWO, portfolios=("P9",))
    assert kill.feed(TimePassed(at_s=0.0)).kinds == set()
    kill.feed(Halted(at_s=0.01))
    assert kill.kinds == {SendBatch}
    batch = kill.wish(SendBatch)
    assert (batch.plan, batch.makes_call, batch.targets) == (MINE, False, (ONE, TWO))
    assert (batch.portfolios, batch.refused_alone) == (("P1", "P9"), frozenset())
    assert kill.feed(TimePassed(at_s=0.02)).kinds == set(), "it is under way"
    assert kill.feed(KillBegan(at_s=0.03)).kinds == {Read}
    assert kill.wish(Read).within_s == 1.0, "the orders as they were, if they come in time"


def test_the_one_call_is_sent_until_it_was_answered_then_the_rest_by_id() -> None:
    kill = Kill(ONE, plan=ALL).feed(Halted(at_s=0.0))
    assert kill.wish(SendBatch).makes_call
    kill.feed(KillBegan(at_s=0.0)).answer(0.2, accepted=0, unanswered=1)
    kill.feed(TimePassed(at_s=1.2), HaltChecked(at_s=1.2, latch=Latch.HELD))
    assert kill.wish(SendBatch).makes_call
    kill.feed(KillBegan(at_s=1.2)).answer(1.3, has_call_succeeded=True).read(1.5, ONE, as_of_s=1.4)
    kill.feed(TimePassed(at_s=2.0), HaltChecked(at_s=2.0, latch=Latch.HELD))
    assert (kill.wish(SendBatch).makes_call, kill.wish(SendBatch).targets) == (False, (ONE,))


def test_a_plan_for_some_products_makes_its_call_again_and_names_no_order() -> None:
    plan = KillPlan(action=KillAction.DEACTIVATE_ALL, exchange="epex", products=("H",))
    kill = Kill(ONE, plan=plan).begin().answer(0.2, has_call_succeeded=True).read(0.4, ONE, TWO)
    assert not kill.state.sending.has_news
    kill.feed(TimePassed(at_s=1.0), HaltChecked(at_s=1.0, latch=Latch.HELD))
    assert kill.wish(SendBatch).makes_call


def test_a_batch_is_noted() -> None:
    kill = Kill(ONE, TWO, plan=ALL).begin()
    kill.answer(0.2, accepted=0, plan=MINE, notes=("narrower",), refused={"1": "no"}, refused_alone=frozenset({"1"}))
    sending = kill.state.sending
    assert (kill.state.fired, sending.notes, sending.refused_alone) == (MINE, ("narrower",), frozenset("1"))
    assert (sending.batches, sending.is_sending, sending.needs_read, sending.problem) == (1, False, True, "")
    assert kill.state.book.fates["1"].note == "refused: no"
    assert kill.kinds == {Read}, "a read follows at once"
    kill.again(1.0).answer(1.1, notes=("more",), refused_alone=frozenset({"2"}), problem="no disk")
    sending = kill.state.sending
    assert (sending.notes, sending.refused_alone, sending.batches) == (("narrower", "more"), frozenset("12"), 1)
    kill.again(2.2).answer(2.3)
    assert (kill.state.sending.problem, kill.state.sending.batches) == ("no disk", 2)


def test_another_batch_waits_for_a_read_unless_the_last_one_was_not_answered() -> None:
    kill = Kill(ONE).begin().answer(0.2, "1")
    assert kill.feed(TimePassed(at_s=1.0)).kinds & {CheckHalt, SendBatch} == set()
    assert CheckHalt in kill.read(1.1, ONE, as_of_s=0.9).kinds
    kill = Kill(ONE).begin().answer(0.2, accepted=0, unanswered=1)
    assert kill.state.sending.next_s == 1.2
    assert CheckHalt in kill.feed(TimePassed(at_s=1.2)).kinds
    kill = Kill(ONE).begin().answer(0.2, "1").feed(ReadFailed(at_s=0.5, reason="no answer"))
    assert not kill.read(0.7, ONE, as_of_s=0.1).state.sending.needs_read
    kill.feed(TimePassed(at_s=1.0))
    assert CheckHalt in kill.kinds, "firing goes on without a read"


def test_the_pause_after_unanswered_batches_doubles_and_varies() -> None:
    kill, pauses_s = Kill(ONE, spread=1.1).begin(), []
    at_s = 0.2
    for _ in range(4):
        kill.answer(at_s, accepted=0, unanswered=1)
        pauses_s.append(round(kill.state.sending.next_s - at_s, 3))
        at_s = kill.state.sending.next_s
        kill.again(at_s)
    assert pauses_s == [1.1, 2.2, 4.4, 5.5]
    kill.answer(at_s + 0.1, "1")
    assert (kill.state.sending.unanswered_in_a_row, kill.state.sending.next_s) == (0, 23.0)


@pytest.mark.parametrize(
    ("elapsed_s", "next_s"), [(0.0, 1.0), (0.99, 1.0), (1.0, 2.0), (5.0, 8.0), (8.0, 23.0), (22.9, 23.0), (23.0, 38.0)]
)
def test_remaining_orders_are_fired_at_after_1_2_4_and_8_seconds_then_every_15(elapsed_s: float, next_s: float) -> None:
    assert Timing().next_fire_s(elapsed_s) == next_s


def test_a_new_order_is_fired_at_at_once_but_not_more_than_twice_a_second() -> None:
    kill = Kill(ONE).begin().answer(0.1, "1").read(0.4, ONE, TWO, as_of_s=0.2)
    assert kill.kinds & {CheckHalt, SendBatch} == set()
    assert kill.wakes_s == 0.5
    kill.feed(TimePassed(at_s=0.5), HaltChecked(at_s=0.5, latch=Latch.HELD))
    assert kill.wish(SendBatch).targets == (ONE, TWO)
    kill.feed(KillBegan(at_s=0.5)).answer(0.6, "1").read(0.8, ONE, TWO, as_of_s=0.7).feed(TimePassed(at_s=1.0))
    assert not kill.state.sending.has_news, "both were named"


def test_an_order_that_came_while_the_batch_was_under_way_is_fired_at_without_a_read() -> None:
    kill = Kill(ONE).begin().read(0.4, ONE, TWO, as_of_s=0.3).answer(0.6, "1")
    assert kill.state.sending.has_news
    assert CheckHalt in kill.kinds
    kill = Kill(ONE, plan=ALL).begin().read(0.4, ONE, TWO, as_of_s=0.3)
    assert not kill.state.sending.has_news, "the one call includes it"
    narrower, _ = step(kill.state, BatchEnded(at_s=0.6, plan=MINE))
    assert narrower.sending.has_news, "the one call was refused"
    assert not kill.answer(0.6, has_call_succeeded=True).state.sending.has_news


def test_a_batch_that_could_not_be_made_does_not_keep_reads_from_beginning() -> None:
    kill = Kill(ONE).feed(Halted(at_s=0.0), BatchEnded(at_s=0.1, plan=MINE, problem="no disk"))
    assert kill.kinds == {Read}


def test_nothing_is_sent_after_a_clean_read() -> None:
    kill = Kill(ONE).almost_verified()
    assert kill.feed(TimePassed(at_s=1.0)).kinds & {CheckHalt, SendBatch} == set()


# ---------------------------------------------------------------- progress and refusals


def test_an_order_that_is_accepted_for_the_first_time_is_progress() -> None:
    kill = Kill(ONE, TWO).begin().answer(0.2, "1").again(30.0)
    kill.feed(KillEnded(at_s=31.0, accepted=frozenset({"1"})))
    assert (kill.state.progress_s, kill.state.late_s) == (0.2, 60.2)
    kill.feed(KillEnded(at_s=32.0, accepted=frozenset({"1", "2"})))
    assert (kill.state.progress_s, kill.state.late_s) == (32.0, 92.0)
    assert kill.feed(BatchEnded(at_s=32.0, plan=MINE, accepted=2)).state.sending.first_accepted_s == 0.2


def test_the_end_of_the_first_batch_is_progress_if_it_was_made() -> None:
    kill = Kill(ONE).begin().answer(5.0, accepted=0, problem="no disk")
    assert kill.state.progress_s == 0.0
    assert (kill.state.sending.unanswered_in_a_row, kill.state.sending.next_s) == (1, 6.0)
    kill.again(6.0).answer(7.0, accepted=0)
    assert kill.state.progress_s == 7.0
    kill.again(8.0).answer(9.0, accepted=0)
    assert kill.state.progress_s == 7.0


def refused(at_s: float) -> Kill:
    """A kill whose first batch was refused at that time."""
    return Kill(ONE).begin().answer(at_s, accepted=0, refusal="403: no")


def test_a_refusal_becomes_the_verdict_after_ten_seconds() -> None:
    kill = refused(0.2).read(0.5, ONE).again(2.0).answer(2.1, accepted=0, refusal="still no")
    assert kill.refusal() == ("still no", 0.2)
    assert not kill.feed(TimePassed(at_s=10.1)).state.is_refused
    assert kill.feed(TimePassed(at_s=10.2)).state.is_refused
    assert (phase_of(kill.state), is_decided(kill.state)) == (Phase.REFUSED, True)


def test_a_refusal_is_the_verdict_at_once_when_the_time_is_over_or_the_kill_ended() -> None:
    kill = Kill(ONE, timing=Timing(verify_within_s=3.0)).begin().answer(0.2, accepted=0, refusal="403: no")
    assert not kill.feed(TimePassed(at_s=3.1)).state.is_refused
    assert kill.feed(TimePassed(at_s=3.2)).state.is_refused
    assert refused(0.2).feed(HaltChecked(at_s=1.0, latch=Latch.REARMED)).state.is_refused


def test_the_refusal_of_the_one_call_is_a_verdict_although_no_order_is_known() -> None:
    kill = Kill(plan=ALL).begin().answer(0.2, accepted=0, refusal="403: no").feed(TimePassed(at_s=10.2))
    assert kill.state.is_refused


@pytest.mark.parametrize(("at_s", "takes_pages"), [(10.1, False), (10.2, True)])
def test_a_page_counts_as_a_refusal_of_the_one_call_after_ten_seconds(at_s: float, *, takes_pages: bool) -> None:
    blocked = {"accepted": 0, "unanswered": 1, "is_blocked": True}
    kill = Kill(plan=ALL).begin().answer(0.2, **blocked)
    assert (kill.state.owes_call, kill.refusal()) == (True, ("", None))
    kill.feed(TimePassed(at_s=at_s), HaltChecked(at_s=at_s, latch=Latch.HELD))
    assert kill.wish(SendBatch).takes_pages is takes_pages
    kill.feed(KillBegan(at_s=at_s)).answer(at_s, **blocked)
    assert kill.state.sending.blocked_since_s == 0.2
    assert kill.again(20.0).answer(20.1, has_call_succeeded=True).state.sending.blocked_since_s is None


def test_the_first_batch_has_ten_seconds_however_short_the_time_is() -> None:
    kill = Kill(ONE, timing=Timing(verify_within_s=3.0)).begin()
    assert kill.state.late_s == 10.0
    assert kill.answer(5.0, "1").state.late_s == 8.0


def test_the_time_of_a_kill_counts_from_when_it_was_asked_for() -> None:
    kill = Kill(asked_s=-4.8)
    assert (kill.state.started_s, kill.state.late_s) == (0.0, 55.2)


@pytest.mark.parametrize("more", [{"accepted": 1}, {"accepted": 1, "refusal": "of another order"}])
def test_one_accepted_request_lifts_a_refusal(more: dict[str, Any]) -> None:
    kill = refused(0.2).again(2.0).feed(BatchEnded(at_s=2.1, plan=MINE, **more))
    assert kill.refusal() == ("", None)
    assert kill.state.sending.first_accepted_s == 2.1
    kill = refused(0.2).again(2.0).feed(KillEnded(at_s=2.1, accepted=frozenset({"1"})))
    assert kill.refusal() == ("", None)
    assert kill.state.sending.first_accepted_s == 2.1


def test_a_key_that_is_refused_refuses_the_kill_only_if_no_order_is_known() -> None:
    refused_read = ReadFailed(at_s=0.5, reason="401", no_rights=True)
    assert Kill(ONE).begin().answer(0.2, "1").feed(refused_read).refusal() == ("", None)
    kill = Kill().begin().feed(ReadFailed(at_s=0.4, reason="no answer"))
    assert kill.refusal() == ("", None)
    kill.feed(refused_read, ReadFailed(at_s=1.6, reason="401 again", no_rights=True))
    assert kill.refusal() == ("401", 0.5)
    assert kill.feed(TimePassed(at_s=10.5)).state.is_refused
    assert not kill.read(11.0).state.is_refused, "there is nothing that it could refuse"


# ---------------------------------------------------------------- registered writes


def test_after_the_end_of_writes_what_they_entered_is_fired_at_and_read_at_once() -> None:
    kill = Kill(ONE, plan=ALL).begin(writes=1).answer(0.2, has_call_succeeded=True).read(0.4).look_up(0.5, ONE_OUT)
    assert not kill.state.owes_call
    kill.feed(ReadFailed(at_s=0.6, reason=""), WritesCounted(at_s=0.9, under_way=0))
    assert (kill.state.owes_call, kill.state.writes.ended_s) == (True, 0.9)
    assert {CheckHalt, Read} <= kill.kinds
    before = kill.state
    kill.feed(WritesCounted(at_s=1.95, under_way=0))
    assert kill.state.writes.ended_s == before.writes.ended_s, "only the first count that finds none"


def test_the_first_count_that_finds_none_wakes_a_read_and_sends_nothing() -> None:
    kill = Kill(ONE).begin(writes=0)
    assert not kill.state.writes.had_some
    assert not kill.state.sending.has_news
    assert (kill.state.writes.ended_s, kill.state.reading.wake_s, kill.state.writes.next_count_s) == (0.01, 0.01, 1.01)


def test_open_writes_are_counted_often() -> None:
    kill = Kill(ONE).begin(writes=2).feed(WritesCounted(at_s=0.2, under_way=2, unanswered=3))
    assert kill.state.open_writes == 5
    assert kill.state.writes.next_count_s == pytest.approx(0.22)
    kill.feed(WritesCounted(at_s=0.3, under_way=0, unanswered=1))
    assert (kill.state.open_writes, kill.state.writes.are_awaited, kill.state.writes.had_some) == (1, True, True)
    assert kill.state.writes.ended_s < 0.0, "they have not ended"
    assert CountWrites() in kill.feed(TimePassed(at_s=0.32)).wishes


def test_writes_that_cannot_be_counted_for_a_second_are_not_waited_for() -> None:
    kill = Kill(ONE).feed(Halted(at_s=0.0), KillBegan(at_s=0.0), WritesCounted(at_s=0.1, under_way=None))
    assert (kill.state.writes.are_awaited, kill.state.writes.are_unknown) == (True, False)
    assert kill.state.writes.next_count_s == pytest.approx(0.12)
    assert kill.state.reading.wake_s < 0.0
    kill.feed(WritesCounted(at_s=1.09, under_way=None))
    assert kill.state.writes.are_awaited
    kill.feed(WritesCounted(at_s=1.1, under_way=None))
    assert (kill.state.writes.are_awaited, kill.state.writes.are_unknown) == (False, True)
    assert (kill.state.reading.wake_s, kill.state.writes.next_count_s) == (1.1, 2.1)
    kill.feed(WritesCounted(at_s=2.1, under_way=None))
    assert kill.state.reading.wake_s == 1.1, "news only once"
    kill.feed(WritesCounted(at_s=3.1, under_way=0))
    assert (kill.state.writes.are_unknown, kill.state.writes.unknown_since_s) == (False, None)
    assert (kill.state.writes.ended_s, kill.state.sending.has_news) == (3.1, True)


def test_a_count_that_is_missing_once_after_the_end_of_the_writes_changes_nothing() -> None:
    kill = Kill(ONE).begin().feed(WritesCounted(at_s=1.0, under_way=None))
    assert not kill.state.writes.are_awaited
    assert kill.state.writes.next_count_s == pytest.approx(1.02)


def test_clean_reads_do_not_count_from_before_the_writes_were_known_to_have_ended() -> None:
    missing = [WritesCounted(at_s=at_s, under_way=None) for at_s in (0.0, 1.1)]
    kill = Kill(ONE).feed(Halted(at_s=0.0), KillBegan(at_s=0.0), *missing).answer(1.2, "1").read(1.4)
    assert kill.look_up(1.5, ONE_OUT).state.reading.clean == 1
    assert kill.feed(WritesCounted(at_s=1.6, under_way=0)).state.reading.clean == 0


def test_writes_are_counted_once_the_first_request_has_begun_or_had_its_time() -> None:
    assert CountWrites() not in Kill(ONE).feed(Halted(at_s=0.0)).wishes
    assert CountWrites() in Kill(ONE).feed(Halted(at_s=0.0), TimePassed(at_s=0.3)).wishes
    assert CountWrites() not in Kill(ONE).feed(Halted(at_s=0.0), TimePassed(at_s=0.29)).wishes
    assert Kill(ONE).feed(Halted(at_s=0.0)).wakes_s == 0.3
    assert CountWrites() in Kill().feed(Halted(at_s=0.0)).wishes
    assert CountWrites() not in Kill().feed(Halted(at_s=0.0), TimePassed(at_s=0.01)).wishes
    assert CountWrites() in Kill().feed(Halted(at_s=0.0), TimePassed(at_s=0.02)).wishes
    assert Kill().feed(Halted(at_s=0.0)).wish(Read).within_s is None, "there is nothing that a quick read could name"
    assert CountWrites() not in Kill().feed(TimePassed(at_s=0.0)).wishes


def test_orders_of_registered_writes_did_not_come_back_and_later_ones_did() -> None:
    kill = Kill(ONE).begin(writes=2).answer(0.2, "1").read(0.4, TWO, as_of_s=0.3).look_up(0.5, ONE_OUT)
    assert kill.state.came == 0, "it may be of the writes that are under way"
    kill.feed(WritesCounted(at_s=0.9, under_way=0)).read(1.0, TWO, as_of_s=0.9)
    assert kill.arrivals() is None, "requested before the end of the write"
    kill.read(1.2, TWO, as_of_s=0.95, gap="a part")
    assert kill.arrivals() is None, "incomplete"
    kill.read(1.4, TWO, an_order("3"), as_of_s=0.95)
    assert (kill.arrivals(), kill.state.came) == (2, 0)
    kill.read(1.6, TWO, an_order("3"), an_order("4"), as_of_s=1.5)
    assert (kill.arrivals(), kill.state.came) == (2, 1)
    kill.feed(*(WritesCounted(at_s=at_s, under_way=None) for at_s in (2.0, 3.0)), WritesCounted(at_s=4.0, under_way=0))
    assert (kill.arrivals(), kill.state.came) == (None, 1), "writes only end while the profile is halted"
    assert Kill(ONE).begin().answer(0.2, "1").read(0.4, TWO).state.came == 1


def test_writes_explain_no_more_orders_than_they_can_enter() -> None:
    others = [an_order(f"{number}") for number in range(2, 7)]

    def came(**counted: int) -> int:
        kill = Kill(ONE).begin().feed(WritesCounted(at_s=0.1, **counted)).answer(0.2, "1")
        kill.read(0.4, *others, as_of_s=0.3).look_up(0.5, ONE_OUT)
        before = kill.state.came
        kill.feed(WritesCounted(at_s=0.9, under_way=0)).read(1.4, *others, as_of_s=0.95)
        assert kill.state.came == before
        return kill.state.came

    assert came(under_way=1) == 4
    assert came(under_way=1, unanswered=2) == 2
    assert came(under_way=1, more_orders=3) == 1
    assert came(under_way=1, more_orders=-1) == 5, "a withdrawal"
    assert came(under_way=0, unanswered=1, more_orders=EVERY_ORDER) == 0


# ---------------------------------------------------------------- reads


def test_a_problem_of_a_read_is_noted_until_a_read_has_none() -> None:
    kill = Kill(ONE).begin().answer(0.2, "1").read(0.4, ONE, gap="100 of 120")
    assert kill.state.reading.problem == "active orders can't be read completely: 100 of 120"
    assert (kill.state.reading.last_complete_s, kill.state.sending.needs_read) == (None, False)
    kill.read(1.4, ONE, as_of_s=0.1, age_s=2.6)
    cache = "active orders can't be read: a cache between here and the server answers with data 3 s old"
    assert (kill.state.reading.problem, kill.state.reading.last_complete_s) == (cache, None)
    kill.feed(ReadFailed(at_s=2.0, reason="timeout"))
    assert kill.state.reading.problem == "active orders can't be read: timeout"
    kill.feed(ReadFailed(at_s=3.0, reason=""))
    assert kill.state.reading.problem == "active orders can't be read: timeout", "that one was given up"
    kill.read(4.0, ONE, as_of_s=3.5, age_s=0.5)
    assert (kill.state.reading.problem, kill.state.reading.last_complete_s) == ("", 3.5)


def test_a_read_that_takes_longer_than_five_seconds_is_a_problem() -> None:
    kill = Kill(ONE).begin()
    assert kill.feed(TimePassed(at_s=1.0)).state.read_problem == "", "no read is under way"
    assert Read in kill.feed(TimePassed(at_s=1.5)).kinds
    assert kill.feed(TimePassed(at_s=6.5)).state.read_problem == ""
    late = "active orders can't be read yet: no complete answer for 5 s"
    assert kill.feed(TimePassed(at_s=6.6)).state.read_problem == late
    kill.feed(ReadFailed(at_s=7.0, reason="no answer"), TimePassed(at_s=8.0), TimePassed(at_s=14.0))
    assert kill.state.reading.is_reading
    assert kill.state.read_problem == "active orders can't be read: no answer"


def test_a_read_that_began_in_the_moment_of_the_last_answer_is_made_again() -> None:
    assert Read in Kill(ONE).begin().answer(0.2, "1").read(0.4, ONE, as_of_s=0.2).kinds


@pytest.mark.parametrize(("as_of_s", "needs_read"), [(0.1, True), (0.3, False)])
def test_only_a_read_after_the_batch_shows_what_it_did(as_of_s: float, needs_read: bool) -> None:
    kill = Kill(ONE).begin().answer(0.2, "1").read(0.4, ONE, as_of_s=as_of_s)
    assert kill.state.sending.needs_read == needs_read


def test_the_next_read_follows_after_a_pause_which_varies() -> None:
    kill = Kill(ONE, spread=1.1).begin().answer(0.2, "1").read(0.4, ONE)
    assert kill.state.reading.next_s == pytest.approx(1.5)
    assert kill.feed(ReadFailed(at_s=2.0, reason="x")).state.reading.next_s == pytest.approx(3.1)
    kill = Kill(ONE, spread=1.1).almost_verified().read(1.7)
    assert kill.state.verified_s is not None
    assert kill.read(3.0).state.reading.next_s == 5.0
    assert kill.feed(ReadFailed(at_s=6.0, reason="x")).state.reading.next_s == 8.0


def test_a_read_begins_when_its_time_has_come() -> None:
    kill = Kill(ONE).begin()
    assert kill.feed(TimePassed(at_s=1.02)).kinds == set()
    assert kill.feed(TimePassed(at_s=1.03)).kinds == {Read}
    assert kill.wish(Read).within_s is None, "only the first one may be given up early"


def test_one_read_at_a_time() -> None:
    kill = Kill(ONE).feed(Halted(at_s=0.0), KillBegan(at_s=0.0))
    assert Read in kill.kinds
    assert Read not in kill.feed(TimePassed(at_s=0.5)).kinds
    kill.answer(0.6, "1").read(0.8, as_of_s=0.7)
    assert Read not in kill.feed(TimePassed(at_s=5.0)).kinds, "its orders are being looked up"
    assert LookUp not in kill.kinds
    assert phase_of(kill.feed(TimePassed(at_s=6.0)).state) is Phase.VERIFYING, "nothing is wrong with the read"
    assert Read in kill.look_up(6.1, ONE_OUT).kinds


def test_a_read_before_the_kill_shows_what_was_active_then() -> None:
    kill = Kill(ONE).begin().read(0.1, ONE, TWO, as_of_s=0.05)
    assert (kill.state.book.initial, kill.state.came) == (2, 0)
    kill = Kill(ONE).begin().answer(0.2, "1").read(0.4, ONE, TWO, as_of_s=0.1)
    assert (len(kill.state.book.before), kill.state.came) == (2, 0)
    kill = Kill(ONE).begin().answer(0.2, "1").read(0.4, ONE, TWO, as_of_s=0.2)
    assert (len(kill.state.book.before), kill.state.came) == (1, 1)


def test_an_order_is_still_active_only_if_a_read_after_the_first_batch_says_so() -> None:
    kill = Kill(ONE).begin().read(0.1, ONE, as_of_s=0.05)
    fates = [kill.state.book.fates["1"].fate]
    fates.append(kill.feed(KillEnded(at_s=0.2)).read(0.4, ONE, as_of_s=0.3).state.book.fates["1"].fate)
    kill.feed(BatchEnded(at_s=0.5, plan=MINE))
    fates.append(kill.read(0.6, ONE, as_of_s=0.2).state.book.fates["1"].fate)
    fates.append(kill.read(0.8, ONE, as_of_s=0.7).state.book.fates["1"].fate)
    assert fates == [Fate.UNKNOWN, Fate.UNKNOWN, Fate.UNKNOWN, Fate.STILL_ACTIVE]
    resumed = Kill(ONE, resumes=True).feed(Halted(at_s=0.0)).read(0.2, ONE, as_of_s=0.1)
    assert resumed.state.book.fates["1"].fate is Fate.STILL_ACTIVE


def test_a_part_of_a_list_before_the_kill_does_not_say_how_many_there_were() -> None:
    assert Kill().begin().read(0.1, as_of_s=0.05).state.book.initial == 0
    assert Kill().begin().read(0.1, as_of_s=0.05, gap="a part").state.book.initial is None


def test_a_read_that_is_answered_beside_one_call_for_all_orders_does_not_say_how_many_there_were() -> None:
    beside = Kill(plan=ALL).begin().read(0.1, ONE, as_of_s=0.05)
    assert (beside.state.book.before, beside.state.book.initial) == ((ONE,), None)
    by_ids = Kill(ONE, knows_all=False).begin().read(0.1, as_of_s=0.05)
    assert by_ids.state.book.initial == 1, "a request by ids takes out only orders that are known"


def test_a_call_that_was_answered_is_no_problem_while_its_batch_goes_on() -> None:
    state = Kill(plan=ALL).begin().feed(KillEnded(at_s=0.1)).state
    call = KillCall("PUT", "/orders/status", "", datetime(2026, 11, 22, 12, tzinfo=UTC), 0.0, 0.1, 204, "answered 204")
    assert list(problems(state, call)) == []
    refused = replace(call, status=503, end="REFUSED: the server is not available (503)")
    assert len(list(problems(state, refused))) == 1


def test_a_look_up_of_an_order_that_is_listed_again_says_nothing() -> None:
    kill = Kill(ONE).begin().answer(0.2, "1").read(0.4).read(0.6, ONE)
    kill.feed(LookedUp(at_s=0.7, asked=("1", "7"), found=()))
    assert (kill.state.book.fates["1"].fate, kill.state.book.targets) == (Fate.STILL_ACTIVE, (ONE,))


# ---------------------------------------------------------------- phases and ends


def test_times_count_from_the_start() -> None:
    kill = Kill(ONE).almost_verified()
    kill.state = replace(kill.state, started_s=-5.0)
    assert kill.read(1.7).state.verified_s == pytest.approx(6.7)
    kill = Kill(ONE).begin()
    kill.state = replace(kill.state, started_s=-5.0)
    assert kill.answer(0.2, "1").state.sending.next_s == 3.0, "eight seconds after the start"


def test_orders_that_come_back_after_the_proof_are_shown_and_not_fired_at() -> None:
    kill = Kill(ONE).almost_verified().read(1.7).read(3.0, ONE)
    assert (phase_of(kill.state), kill.kinds) == (Phase.REAPPEARED, set())
    assert kill.wakes_s == 4.0, "a view each second, as phases change with time alone"
    assert kill.feed(TimePassed(at_s=5.0)).kinds == {Read}


def test_the_watch_ends_the_kill() -> None:
    kill = Kill(ONE).almost_verified().read(1.7)
    assert not kill.feed(TimePassed(at_s=601.6)).state.is_over
    assert kill.wakes_s == pytest.approx(601.7)
    assert kill.feed(TimePassed(at_s=601.7)).state.is_over
    assert (kill.wishes, kill.state.is_watching) == ((), False)


@pytest.mark.parametrize(("watch_s", "is_watching"), [(0.0, False), (0.5, True)])
def test_a_kill_watches_once_it_is_verified(watch_s: float, is_watching: bool) -> None:
    kill = Kill(ONE, timing=Timing(watch_s=watch_s)).almost_verified()
    assert not kill.state.is_watching
    assert kill.read(1.7).state.is_watching == is_watching


def test_what_is_shown_and_when() -> None:
    kill = Kill(ONE).begin()
    assert Publish() not in kill.feed(TimePassed(at_s=0.15)).wishes
    assert Publish() not in kill.feed(WritesCounted(at_s=0.2, under_way=0)).wishes
    assert Publish() in kill.feed(KillEnded(at_s=0.3)).wishes
    assert Publish() in kill.feed(TimePassed(at_s=60.0)).wishes, "the phase has changed"


def test_a_kill_that_no_read_reaches_is_unknown_after_five_seconds() -> None:
    kill = Kill(ONE).begin().answer(0.2, "1").feed(ReadFailed(at_s=0.5, reason="no answer"))
    assert phase_of(kill.feed(TimePassed(at_s=5.0)).state) is Phase.VERIFYING
    assert phase_of(kill.feed(TimePassed(at_s=5.01)).state) is Phase.UNKNOWN
    kill.read(6.0, ONE, as_of_s=5.5).feed(ReadFailed(at_s=7.0, reason="no answer"), TimePassed(at_s=10.5))
    assert phase_of(kill.state) is Phase.VERIFYING
    assert phase_of(kill.feed(TimePassed(at_s=10.6)).state) is Phase.UNKNOWN


def test_a_kill_is_firing_while_its_one_call_is_owed_and_its_first_batch_has_not_ended() -> None:
    kill = Kill(plan=ALL).begin().feed(KillEnded(at_s=0.2)).read(0.4)
    assert kill.state.book.has_read
    assert phase_of(kill.state) is Phase.FIRING
    assert phase_of(kill.feed(BatchEnded(at_s=0.5, plan=ALL)).state) is Phase.VERIFYING


def test_orders_that_stay_active_make_it_incomplete() -> None:
    kill = Kill(ONE)
    assert phase_of(kill.begin().state) is Phase.FIRING
    kill.answer(0.2, "1").read(0.4, ONE)
    for at_s in (1.0, 2.0, 4.0):
        kill.again(at_s).answer(at_s + 0.1, "1").read(at_s + 0.3, ONE)
        assert phase_of(kill.state) is Phase.VERIFYING
    kill.again(8.0).answer(8.1, "1").read(8.3, ONE)
    assert (phase_of(kill.state), is_decided(kill.state)) == (Phase.INCOMPLETE, False)
    assert is_decided(kill.feed(TimePassed(at_s=60.2)).state)
    kill = Kill(ONE).begin().answer(0.2, "1").read(60.0, ONE)
    assert phase_of(kill.state) is Phase.VERIFYING
    assert phase_of(kill.feed(TimePassed(at_s=60.2)).state) is Phase.INCOMPLETE


def test_a_kill_that_ends_before_its_proof_is_unknown_unless_orders_are_active() -> None:
    lift = HaltChecked(at_s=1.0, latch=Latch.REARMED)
    assert phase_of(Kill(ONE).begin().answer(0.2, "1").feed(lift).state) is Phase.UNKNOWN
    assert phase_of(Kill(ONE).begin().answer(0.2, "1").read(0.4, ONE).feed(lift).state) is Phase.INCOMPLETE
    assert phase_of(Kill(ONE).almost_verified().feed(lift).state) is Phase.UNKNOWN
    assert is_decided(Kill(ONE).almost_verified().feed(lift).state)


def test_a_kill_knows_its_number_and_its_time() -> None:
    at = datetime(2026, 11, 22, 14, tzinfo=UTC)
    state = Kill(ONE, attempt=3, started_at=at).state
    assert (state.attempt, state.started_at, state.sending.next_s) == (3, at, 1.0)


def test_a_resumed_kill_that_knows_no_order_reads_what_there_was_before_it() -> None:
    kill = Kill(resumes=True).feed(Halted(at_s=0.0)).read(0.2, ONE, as_of_s=0.1)
    assert (kill.state.came, kill.state.book.initial) == (0, 1)


def test_a_resumed_kill_reads_before_it_fires() -> None:
    kill = Kill(ONE, resumes=True).feed(Halted(at_s=0.0))
    assert kill.kinds == {Read}
    assert (kill.wish(Read).within_s, phase_of(kill.state)) == (None, Phase.VERIFYING)
    kill.read(0.2, ONE, TWO, as_of_s=0.1)
    assert (kill.state.came, kill.state.book.initial) == (1, 1), "its orders are those the earlier run had"
    resumed = Kill(ONE, plan=ALL, resumes=True).feed(Halted(at_s=0.0))
    assert resumed.kinds == {SendBatch}, "the one call is owed"
    assert not Kill(plan=ALL, resumes=True, has_call_succeeded=True).state.owes_call


def test_a_kill_that_goes_by_one_call() -> None:
    for action, portfolios, goes in (
        (KillAction.DEACTIVATE_MINE, ("P1",), False),
        (KillAction.DELETE_MINE, ("P1",), True),
        (KillAction.DELETE_MINE, (), False),
        (KillAction.DEACTIVATE_ALL, (), True),
        (KillAction.DELETE_ALL, (), True),
    ):
        plan = KillPlan(action=action, exchange="epex", portfolios=portfolios)
        assert Kill(plan=plan).state.goes_by_one_call == goes
    named = KillPlan(action=KillAction.DELETE_MINE, exchange="epex")
    assert Kill(ONE, plan=named).state.named_portfolios == ("P1",)
    assert Kill(plan=named, portfolios=("P7", "P2")).state.named_portfolios == ("P2", "P7")

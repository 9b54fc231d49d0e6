"""The timers of the reads: one call of a lane at a time, a place kept free, pauses that grow."""

from math import inf

from pbtui.desk.market.polling.schedule import EVERY_S, LONGEST_BACKOFF_S, NOT_OFFERED_AGAIN_S, End, Read, Schedule


def all_done(at_s: float = 0.0) -> Schedule:
    """Every read made once."""
    schedule = Schedule()
    for read in Read:
        schedule = schedule.started(read).ended(read, End.DONE, at_s)
    return schedule


def test_the_rights_and_the_trades_are_read_first_one_call_of_a_lane_at_a_time() -> None:
    schedule = Schedule()
    assert schedule.startable(0.0, 0) == (Read.KEY, Read.TRADES, Read.POSITIONS)
    schedule = schedule.started(Read.KEY).started(Read.TRADES)
    assert schedule.startable(0.0, 3) == ()
    assert schedule.startable(0.0, 2) == (Read.POSITIONS,)
    schedule = schedule.started(Read.POSITIONS)
    assert schedule.startable(0.0, 0) == ()
    assert schedule.ended(Read.KEY, End.DONE, 1.0).startable(1.0, 1) == (Read.STATUS,)
    assert schedule.ended(Read.TRADES, End.DONE, 1.0).startable(1.0, 1) == (Read.INTERNAL_TRADES,)


def test_a_place_is_kept_free() -> None:
    assert len(Schedule().startable(0.0, 1)) == 2
    assert Schedule().startable(0.0, 2) == (Read.KEY,)
    assert Schedule().startable(0.0, 3) == ()
    assert Schedule().startable(0.0, 9) == ()


def test_each_read_has_its_own_timer_and_some_are_made_once() -> None:
    schedule = all_done()
    assert {read: schedule.turns[read].due_s for read in Read} == {read: EVERY_S.get(read, inf) for read in Read}
    assert schedule.next_s(0.5) == EVERY_S[Read.TRADES]
    assert schedule.next_s(3.0) == 3.0


def test_a_read_under_way_that_is_asked_for_is_made_again_at_once() -> None:
    schedule = all_done().started(Read.TRADES).asked(5.0, Read.TRADES, Read.KEY)
    assert schedule.turns[Read.KEY].due_s == 5.0
    assert schedule.ended(Read.TRADES, End.DONE, 6.0).turns[Read.TRADES].due_s == 6.0


def test_the_next_page_is_due_at_once() -> None:
    assert all_done().ended(Read.TRADES, End.MORE, 6.0).turns[Read.TRADES].due_s == 6.0


def test_a_read_that_is_not_offered_waits_five_minutes_even_if_it_is_asked_for() -> None:
    schedule = Schedule().ended(Read.TRADES, End.NOT_OFFERED, 10.0).asked(20.0, Read.TRADES)
    assert schedule.turns[Read.TRADES].due_s == 10.0 + NOT_OFFERED_AGAIN_S
    assert schedule.anew().turns[Read.TRADES].due_s == -inf


def test_a_read_that_worked_is_tried_again_after_half_a_minute_and_then_waits() -> None:
    schedule = all_done().ended(Read.STATUS, End.FAILED, 0.0).ended(Read.STATUS, End.NOT_OFFERED, 10.0)
    assert schedule.turns[Read.STATUS].due_s == 10.0 + LONGEST_BACKOFF_S
    schedule = schedule.ended(Read.STATUS, End.NOT_OFFERED, 40.0)
    assert schedule.turns[Read.STATUS].due_s == 40.0 + NOT_OFFERED_AGAIN_S


def test_pauses_between_failures_grow_up_to_half_a_minute_and_end_with_a_success() -> None:
    schedule, pauses_s = all_done(), []
    for _ in range(7):
        schedule = schedule.ended(Read.TRADES, End.FAILED, 0.0).asked(0.0, Read.TRADES)
        pauses_s.append(schedule.turns[Read.TRADES].due_s)
    assert pauses_s == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert schedule.ended(Read.TRADES, End.DONE, 0.0).turns[Read.TRADES].due_s == EVERY_S[Read.TRADES]
    assert all_done().ended(Read.KEY, End.FAILED, 0.0).turns[Read.KEY].due_s == 5.0


def test_a_server_can_ask_for_a_longer_pause_but_not_for_ever() -> None:
    ended = all_done().ended(Read.STATUS, End.FAILED, 0.0, asked_pause_s=60.0)
    assert ended.turns[Read.STATUS].due_s == 60.0
    assert all_done().ended(Read.STATUS, End.FAILED, 0.0, asked_pause_s=9e9).turns[Read.STATUS].due_s == 120.0


def test_a_read_that_was_stopped_is_due_at_once() -> None:
    schedule = all_done().started(Read.STATUS).stopped(Read.STATUS)
    assert schedule.startable(1.0, 0) == (Read.STATUS,)

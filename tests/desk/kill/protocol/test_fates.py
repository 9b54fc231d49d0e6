"""The book of a kill: the fate of each order in scope, by what reads and look-ups show."""

from typing import Any

import pytest

from pbtui.api.decoding.snapshot import UnreadableOrder, decode
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.kill.certificate.fate import Fate
from pbtui.desk.kill.plan import AnyOrder, KillPlan
from pbtui.desk.kill.protocol.fates import MOST_LOOKED_UP_AGAIN, KillBook, ReadEvidence
from pbtui.settings.kill import KillAction
from tests.orders import an_order

P1 = KillPlan(action=KillAction.DEACTIVATE_MINE, exchange="epex", portfolios=("P1",))
BETWEEN = ReadEvidence(
    is_complete=True, is_before_kill=False, shows_all_before=False, is_after_kill=False, proves_absence=False
)
BEFORE = replace(BETWEEN, is_before_kill=True, shows_all_before=True)
PARTIAL = replace(BETWEEN, is_complete=False, is_after_kill=True)
AFTER = replace(BETWEEN, is_after_kill=True, proves_absence=True)
ONE, TWO, THREE = (an_order(order_id) for order_id in "123")
ELSEWHERE = an_order("9", portfolio_id="P9")
EMPTY = KillBook(plan=P1)
KNOWN = EMPTY.add_known([ONE, TWO])


def unreadable(**fields: Any) -> UnreadableOrder:
    """An order of which a part can't be read."""
    return UnreadableOrder("odd", "{}", **{"order_id": "1", "initial_order_id": "1", "state": "", **fields})


def shown(book: KillBook) -> dict[str, tuple[Fate, str]]:
    """Each fate with its note, by key."""
    return {key: (fate.fate, fate.note) for key, fate in book.fates.items()}


def after(order: AnyOrder) -> tuple[Fate, str]:
    """The fate of order 1 once the kill has a read that shows this of it."""
    return shown(KNOWN.apply_read([order, TWO], AFTER))["1"]


# ---------------------------------------------------------------- live orders


def test_an_order_is_not_known_until_it_is_read_after_the_kill() -> None:
    assert shown(KNOWN) == dict.fromkeys("12", (Fate.UNKNOWN, "not read since the kill"))
    for evidence in (BEFORE, BETWEEN):
        book = KNOWN.apply_read([ONE], evidence)
        assert shown(book)["1"] == (Fate.UNKNOWN, "last read before the kill")
        assert shown(book.apply_read([ONE], evidence))["1"] == (Fate.UNKNOWN, "last read before the kill")
        assert shown(book.apply_read([ONE], AFTER))["1"] == (Fate.STILL_ACTIVE, "")
    still = KNOWN.apply_read([ONE], AFTER)
    assert shown(still)["1"] == (Fate.STILL_ACTIVE, "")
    assert shown(still.apply_read([ONE], BETWEEN))["1"] == (Fate.STILL_ACTIVE, "")


@pytest.mark.parametrize(
    ("order", "note"),
    [
        (an_order("1", state="UNKW"), "state UNKW"),
        (an_order("1", state=""), "state unreadable"),
        (unreadable(), "unreadable: odd"),
        (unreadable(state="ACTI"), "unreadable: odd"),
    ],
)
def test_an_order_in_an_odd_state_counts_as_possibly_live(order: AnyOrder, note: str) -> None:
    assert after(order) == (Fate.UNKNOWN, note)
    assert KNOWN.apply_read([order], AFTER).targets == (order,)
    refused = KNOWN.note_refusals({"1": "no"}).apply_read([order], AFTER)
    assert shown(refused)["1"] == (Fate.UNKNOWN, "refused: no")


def test_an_order_that_is_new_is_a_newcomer() -> None:
    book = KNOWN.apply_read([ONE, TWO, THREE], AFTER)
    assert shown(book)["3"] == (Fate.NEW_AFTER_KILL, "")
    assert (book.newcomers, book.arrivals, book.targets) == (("3",), 1, (ONE, TWO, THREE))
    assert book.apply_read([ONE, TWO, THREE], AFTER).arrivals == 1
    odd = KNOWN.apply_read([an_order("3", state="UNKW")], AFTER)
    assert (odd.fates["3"].fate, odd.newcomers, odd.arrivals) == (Fate.UNKNOWN, ("3",), 1)
    between = KNOWN.apply_read([THREE, an_order("4")], BETWEEN)
    assert (between.fates["3"].fate, between.arrivals) == (Fate.NEW_AFTER_KILL, 2)
    before = KNOWN.apply_read([ONE, THREE], BEFORE)
    assert (before.newcomers, before.arrivals, before.initial) == ((), 0, 3)


def test_an_order_that_was_out_and_is_active_again_is_a_newcomer() -> None:
    out = KNOWN.apply_read([TWO], AFTER).apply_lookup(["1"], [an_order("1", state="HIBE", action="UHIB")])
    for evidence in (AFTER, BETWEEN, PARTIAL):
        again = out.apply_read([ONE, TWO], evidence)
        assert (again.fates["1"].fate, again.newcomers, again.arrivals) == (Fate.ACTIVE_AGAIN, ("1",), 1)
        still = again.apply_read([ONE, TWO], AFTER)
        assert (still.fates["1"].fate, still.arrivals) == (Fate.ACTIVE_AGAIN, 1)
    odd = out.apply_read([an_order("1", state="UNKW")], AFTER)
    assert (odd.fates["1"].fate, odd.newcomers) == (Fate.UNKNOWN, ("1",))
    assert shown(out.apply_read([ONE], AFTER))["1"][1] == "", "the note about its end is gone"


def test_a_refusal_is_noted_at_live_orders_until_they_end() -> None:
    book = KNOWN.note_refusals({"1": "too late", "7": "no such order"})
    assert shown(book) == {"1": (Fate.UNKNOWN, "refused: too late"), "2": (Fate.UNKNOWN, "not read since the kill")}
    assert shown(book.apply_read([ONE], BETWEEN))["1"] == (Fate.UNKNOWN, "refused: too late")
    assert shown(book.apply_read([ONE], AFTER))["1"] == (Fate.STILL_ACTIVE, "refused: too late")
    out = book.apply_read([TWO], AFTER).apply_lookup(["1"], [an_order("1", state="IACT", action="UDEL")])
    assert shown(out.note_refusals({"1": "again"}))["1"] == (Fate.DELETED, "deleted by user (UDEL)")


# ---------------------------------------------------------------- ended orders


@pytest.mark.parametrize(
    ("state", "action", "fate", "note"),
    [
        ("HIBE", "UHIB", Fate.DEACTIVATED, "deactivated by user (UHIB)"),
        ("IACT", "FEXE", Fate.FILLED, None),
        ("IACT", "AFEX", Fate.FILLED, None),
        ("IACT", "QFEX", Fate.FILLED, None),
        ("IACT", "SDEL", Fate.EXPIRED, None),
        ("IACT", "UDEL", Fate.DELETED, "deleted by user (UDEL)"),
        ("IACT", "ADEL", Fate.DELETED, None),
        ("IACT", "PEXE", Fate.GONE, None),
    ],
)
def test_how_an_order_ended(state: str, action: str, fate: Fate, note: str | None) -> None:
    ended = an_order("1", state=state, action=action)
    for book in (
        KNOWN.apply_read([ended, TWO], AFTER),
        KNOWN.apply_read([TWO], AFTER).apply_lookup(["1"], [ended]),
    ):
        assert book.fates["1"].fate is fate
        assert f"({action})" in book.fates["1"].note
        assert note in (None, book.fates["1"].note)
        assert (book.fates["1"].order, book.fates["1"].first_seen) == (ended, ONE)
    assert KNOWN.apply_read([TWO], AFTER).apply_lookup(["1"], [ended]).departed == {}


def test_an_ended_order_that_is_unreadable_is_gone() -> None:
    ended = unreadable(state="IACT")
    assert shown(KNOWN.apply_read([TWO], AFTER).apply_lookup(["1"], [ended]))["1"] == (Fate.GONE, "unreadable")


def test_an_ended_order_that_was_never_live_here_is_left_out() -> None:
    assert set(KNOWN.apply_read([an_order("3", state="HIBE", action="UHIB")], AFTER).fates) == {"1", "2"}
    assert EMPTY.add_known([an_order("3", state="HIBE", action="UHIB")]).fates == {}


# ---------------------------------------------------------------- orders that are not listed any more


def test_only_a_complete_read_after_the_last_answer_shows_that_an_order_has_left() -> None:
    for evidence in (BEFORE, BETWEEN, PARTIAL):
        assert KNOWN.apply_read([TWO], evidence).departed == {}
    book = KNOWN.apply_read([TWO], AFTER)
    assert (book.departed, book.targets) == ({"1": ONE}, (TWO,))
    assert book.fates["1"].fate is Fate.UNKNOWN
    assert KNOWN.apply_read([], AFTER).departed == {"1": ONE, "2": TWO}
    listed = book.apply_read([ONE], PARTIAL)
    assert (listed.departed, listed.targets) == ({}, (ONE, TWO))


def test_an_order_that_is_not_found_is_gone() -> None:
    book = KNOWN.apply_read([], AFTER).apply_lookup(["1"], [])
    assert (shown(book)["1"], book.departed) == ((Fate.GONE, "final state not reported by the server"), {"2": TWO})
    nameless = unreadable(order_id=None, initial_order_id="1")
    book = EMPTY.add_known([nameless]).apply_read([], AFTER).apply_lookup(["1"], [])
    assert shown(book)["1"] == (Fate.GONE, "final state not known: the order has no id to look up")
    out = an_order("1", state="IACT", action="UDEL")
    assert book.apply_lookup(["1"], [out]).fates["1"].fate is Fate.DELETED


@pytest.mark.parametrize(
    ("found", "fate"),
    [
        (unreadable(order_id=None, initial_order_id=None), Fate.UNKNOWN),
        (unreadable(order_id=None, initial_order_id=None, state="IACT"), Fate.GONE),
        (unreadable(order_id="7", initial_order_id="7"), Fate.GONE),
    ],
)
def test_a_record_without_an_id_may_be_any_order(found: UnreadableOrder, fate: Fate) -> None:
    book = KNOWN.apply_read([TWO], AFTER).apply_lookup(["1"], [found])
    note = (
        "the server's record of it is unreadable" if fate is Fate.UNKNOWN else "final state not reported by the server"
    )
    assert (shown(book)["1"], book.departed) == ((fate, note), {})
    out = an_order("1", state="IACT", action="UDEL")
    assert KNOWN.apply_read([TWO], AFTER).apply_lookup(["1"], [found, out]).fates["1"].fate is Fate.DELETED


def test_a_look_up_that_finds_an_order_live_fires_at_it_again() -> None:
    moved = an_order("8", initial_order_id="1", parent_order_id="1")
    book = KNOWN.apply_read([TWO], AFTER).apply_lookup(["1"], [moved])
    assert (shown(book)["1"], book.targets) == ((Fate.STILL_ACTIVE, ""), (moved, TWO))


def test_of_several_records_one_that_may_be_live_counts() -> None:
    out = an_order("1", state="IACT", action="UDEL", revision_no=2)
    book = KNOWN.apply_read([TWO], AFTER)
    assert book.apply_lookup(["1"], [out, ONE]).fates["1"].fate is Fate.STILL_ACTIVE
    assert book.apply_lookup(["1"], [THREE, out]).fates["1"].fate is Fate.DELETED
    replaced_by = an_order("8", initial_order_id="1", parent_order_id="1", state="IACT", action="UDEL")
    assert book.apply_lookup(["1"], [ONE, replaced_by]).fates["1"].fate is Fate.DELETED
    assert shown(book.apply_lookup(["1"], [out, unreadable()]))["1"] == (Fate.UNKNOWN, "unreadable: odd")
    assert book.apply_lookup(["1"], [out, unreadable(state="IACT")]).fates["1"].fate is Fate.DELETED
    odd = [unreadable(state="IACT"), unreadable(state="ACTI")]
    assert book.apply_lookup(["1"], odd).fates["1"].fate is Fate.UNKNOWN
    other = unreadable(order_id="7", initial_order_id="7")
    assert book.apply_lookup(["1"], [other, out]).fates["1"].fate is Fate.DELETED


def test_a_book_in_which_no_final_state_was_seen_proves_nothing() -> None:
    gone = KNOWN.apply_read([], AFTER).apply_lookup(["1"], [])
    assert gone.is_unproven
    assert gone.apply_read([], AFTER).departed == {"2": TWO, "1": ONE}, "it is looked up again"
    seen = gone.apply_lookup(["2"], [an_order("2", state="HIBE", action="UHIB")])
    assert not seen.is_unproven
    assert seen.apply_read([], AFTER).departed == {}
    assert not KNOWN.is_unproven
    elsewhere = KillBook(plan=KillPlan(action=KillAction.DEACTIVATE_MINE, exchange="epex")).add_known([ELSEWHERE])
    elsewhere = elsewhere.apply_read([], AFTER).apply_lookup(["9"], [])
    assert elsewhere.is_unproven
    assert not elsewhere.narrowed(P1).is_unproven, "it is out of the scope"


def test_not_more_than_100_orders_are_looked_up_again_at_a_time() -> None:
    known = [an_order(str(number)) for number in range(MOST_LOOKED_UP_AGAIN + 5)]
    gone = EMPTY.add_known(known).apply_read([], AFTER)
    assert len(gone.departed) == len(known)
    gone = gone.apply_lookup(list(gone.departed), [])
    assert list(gone.apply_read([], AFTER).departed) == list(map(str, range(100)))


# ---------------------------------------------------------------- scope and sums


def test_the_orders_before_the_kill_are_counted_once_they_were_read() -> None:
    assert (EMPTY.initial, EMPTY.active, KNOWN.initial, KNOWN.active) == (None, None, 2, None)
    assert EMPTY.add_known([ELSEWHERE]).initial == 0, "there are orders, and none in scope"
    assert KNOWN.add_known([]).initial == 2
    assert EMPTY.apply_read([], BEFORE).initial == 0
    beside = replace(BEFORE, shows_all_before=False)
    assert EMPTY.apply_read([], beside).initial is None
    assert EMPTY.apply_read([ONE], beside).before == (ONE,)
    assert EMPTY.apply_read([ONE], beside).initial is None, "others may have left before it was answered"
    assert EMPTY.add_known([ONE], are_all=False).initial is None
    assert EMPTY.apply_read([], AFTER).initial is None
    assert KNOWN.apply_read([], AFTER).initial == 2


def test_active_orders_are_counted_once_a_complete_read_came_after_the_kill() -> None:
    for evidence in (BEFORE, BETWEEN, PARTIAL):
        assert KNOWN.apply_read([ONE], evidence).active is None
    book = KNOWN.apply_read([ONE], AFTER).apply_lookup(["2"], [an_order("2", state="IACT", action="UDEL")])
    assert book.active == 1
    assert book.apply_read([], BETWEEN).active == 1
    assert list(book.fates) == ["1", "2"]
    nothing_sent = replace(BEFORE, proves_absence=True)
    assert (KNOWN.apply_read([ONE], nothing_sent).active, EMPTY.apply_read([], nothing_sent).active) == (None, 0)


def test_live_orders_come_first() -> None:
    book = KNOWN.apply_read([TWO], AFTER).apply_lookup(["1"], [an_order("1", state="IACT", action="UDEL")])
    assert list(book.fates) == ["2", "1"]


def test_orders_outside_the_scope_are_kept_apart() -> None:
    out = an_order("8", portfolio_id="P9", state="HIBE")
    book = KNOWN.add_known([ELSEWHERE]).apply_read([ONE, ELSEWHERE, out], AFTER)
    assert (set(book.fates), book.outside, book.portfolios) == ({"1", "2"}, (ELSEWHERE,), frozenset({"P1"}))
    assert book.apply_read([], PARTIAL).outside == (ELSEWHERE,)
    assert book.apply_read([ONE], AFTER).outside == ()
    assert not book.matches_nothing
    assert EMPTY.apply_read([ELSEWHERE], AFTER).matches_nothing
    assert not EMPTY.apply_read([], AFTER).matches_nothing


def test_portfolios_are_those_of_the_orders_in_scope() -> None:
    everything = KillBook(plan=KillPlan(action=KillAction.DEACTIVATE_ALL, exchange="epex"))
    assert everything.add_known([ONE, an_order("2", portfolio_id=None)]).portfolios == {"P1"}
    assert everything.apply_read([ONE, ELSEWHERE], AFTER).portfolios == {"P1", "P9"}
    assert everything.add_known([ELSEWHERE]).apply_read([ONE], AFTER).portfolios == {"P1", "P9"}
    assert everything.add_known([an_order("3", portfolio_id="P3", state="HIBE")]).portfolios == frozenset()


def test_orders_that_a_narrower_plan_leaves_out_are_in_no_result() -> None:
    everything = KillPlan(action=KillAction.DEACTIVATE_ALL, exchange="epex")
    book = KillBook(plan=everything).add_known([ONE, ELSEWHERE])
    narrow = book.narrowed(P1)
    assert (narrow.before, set(narrow.fates), narrow.targets, narrow.initial) == ((ONE,), {"1"}, (ONE,), 1)
    assert narrow.apply_read([], AFTER).departed == {"1": ONE}
    assert book.narrowed(everything) is book
    assert set(narrow.narrowed(everything).fates) == {"1", "9"}
    assert EMPTY.add_known([ELSEWHERE]).narrowed(everything).fates == {}, "only orders in scope are kept"


def test_a_book_never_changes() -> None:
    book = KNOWN.apply_read([TWO, THREE], AFTER)
    earlier = (book.before, dict(book.fates), book.newcomers, dict(book.departed))
    book.apply_read([ONE, an_order("5")], BEFORE)
    book.apply_read([ONE, an_order("6")], AFTER).apply_lookup(["2"], [])
    book.apply_lookup(["1"], [])
    book.note_refusals({"2": "no"})
    fresh = KillBook(
        plan=P1, **{name: getattr(book, name) for name in ("_before", "_fates", "_newcomers", "_departed")}
    )
    assert (fresh.before, dict(fresh.fates), fresh.newcomers, dict(fresh.departed)) == earlier


# ---------------------------------------------------------------- two orders of one chain

FIRST, SECOND = an_order("1"), an_order("5", initial_order_id="1")


def test_two_live_orders_of_one_chain_are_two_orders() -> None:
    book = EMPTY.add_known([FIRST, SECOND])
    assert [(key, fate.order) for key, fate in book.fates.items()] == [("1", FIRST), ("1/5", SECOND)]
    assert (book.initial, book.targets) == (2, (FIRST, SECOND))
    alone = book.apply_read([SECOND], AFTER)
    assert (alone.departed, alone.fates["1/5"].fate) == ({"1": FIRST}, Fate.STILL_ACTIVE), "it keeps its key"
    assert set(EMPTY.apply_read([FIRST, SECOND], AFTER).fates) == {"1", "1/5"}


def test_a_copy_of_an_order_is_not_another_one() -> None:
    newer = an_order("1", revision_no=2)
    assert EMPTY.add_known([ONE, newer]).targets == (newer,)
    assert EMPTY.apply_read([ONE, newer], AFTER).arrivals == 1


def test_the_second_order_of_a_chain_is_looked_up_by_its_own_id() -> None:
    book = EMPTY.add_known([FIRST, SECOND]).apply_read([FIRST], AFTER)
    assert book.departed == {"1/5": SECOND}
    out = an_order("5", initial_order_id="1", state="IACT", action="UDEL")
    assert book.apply_lookup(["1/5"], [FIRST, out]).fates["1/5"].fate is Fate.DELETED
    assert book.apply_lookup(["1/5"], [FIRST]).fates["1/5"].fate is Fate.GONE
    odd = unreadable(order_id="5", initial_order_id="1")
    assert book.apply_lookup(["1/5"], [unreadable(order_id="1"), odd, out]).fates["1/5"].order == odd
    assert book.apply_lookup(["1/5"], [unreadable(order_id="1"), out]).fates["1/5"].order == out


def test_an_unreadable_order_of_the_wire_has_the_key_of_its_chain() -> None:
    (order,) = decode(b'[{"order_id": {}, "initial_order_id": "1"}]').orders
    assert not isinstance(order, Order)
    assert after(order)[0] is Fate.UNKNOWN

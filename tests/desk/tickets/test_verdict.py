"""The verdict on a write is a table: what was wanted, the evidence, and what may be said of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbtui.api import errors
from pbtui.api.codes import EntryState, ExecutionRestriction, ModifyAction, OrderSide
from pbtui.api.decoding.snapshot import UnreadableOrder, decode
from pbtui.api.models import Order, OrderProblem
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.blotter.history import history_of
from pbtui.desk.market.fills import Fill, Fills
from pbtui.desk.tickets.evidence import (
    Answer,
    AnyOrder,
    Evidence,
    HistoryRead,
    Leaves,
    NothingLeft,
    Read,
    Refusal,
    Silence,
    TradesRead,
    Waits,
    of_error,
    with_more,
)
from pbtui.desk.tickets.judging.candidates import OrderIndex, attributed
from pbtui.desk.tickets.state import OPEN_STATES, State, Verdict
from pbtui.desk.tickets.ticket import TicketLine, change_line, entry_line
from pbtui.desk.tickets.verdict import judged, verdict
from tests.orders import an_order

KEY = "K7QX2A"
TEXT = f"hedge pb#{KEY}"
SILENCE = Silence(10, "no complete answer within 20 s")
REFUSAL = Refusal(10, "refused (400): price")
STALE = Refusal(10, "the order was changed meanwhile (409)", is_conflict=True)
LATE_S, SOON_S = 31.0, 11.0


def an_entry(**fields: Any) -> TicketLine:
    terms = {"portfolio_id": "P1", "side": OrderSide.BUY, "quantity": Decimal(5), "price": Decimal("45.10")}
    return entry_line(OrderEntry.model_validate({**terms, "txt": "hedge", "contract_id": "c14", **fields}), KEY)


def booked(order_id: str | None = "7", **fields: Any) -> Order:
    """The order that the entry above makes."""
    return an_order(**{"order_id": order_id, "initial_order_id": None, "txt": TEXT, **fields})


def a_change(base: Order | None = None, action: ModifyAction = ModifyAction.MODI, **changes: Any) -> TicketLine:
    return change_line(base or an_order("1"), OrderModify(action=action, **changes))


def answer(*orders: AnyOrder) -> Answer:
    return Answer(10, orders)


def read(
    *orders: AnyOrder, at_s: float = SOON_S, live: bool = True, ended: bool = True, names_first_ids: bool = True
) -> Read:
    return Read(at_s, orders, covers_live=live, covers_ended=ended, names_first_ids=names_first_ids)


def history(*revisions: Order, at_s: float = SOON_S) -> HistoryRead:
    return HistoryRead(at_s, history_of(revisions[-1].order_id or "", revisions))


def at(minute: int) -> datetime:
    return datetime(2026, 11, 22, 12, minute, tzinfo=UTC)


def state_of(line: TicketLine, *evidence: Evidence) -> State:
    return verdict(line, evidence).state


def unreadable(raw: str) -> UnreadableOrder:
    (order,) = decode(f"[{raw}]".encode()).orders
    assert isinstance(order, UnreadableOrder)
    return order


GONE = {"state": "IACT"}
FILLED: dict[str, Any] = {"state": "IACT", "action": "FEXE", "quantity": Decimal(0)}


# ---------------------------------------------------------------- before and without a request


def test_until_a_request_ends_nothing_is_concluded() -> None:
    line, before = an_entry(), read(booked(), at_s=1)
    assert state_of(line) is State.SENDING
    assert verdict(line, [Waits(1, "behind ticket AB")]) == Verdict(State.WAITING, "behind ticket AB")
    assert state_of(line, Waits(1, "x"), Leaves(2), before) is State.SENDING
    assert state_of(line, Waits(1, "x"), before) is State.WAITING
    assert state_of(line, NothingLeft(1, "no connection")) is State.NOT_SENT


def test_an_order_that_a_read_shows_is_reported_although_nothing_was_sent() -> None:
    assert state_of(an_entry(), NothingLeft(1, "no connection"), read(booked())) is State.CONFIRMED
    line = a_change(price=Decimal(46))
    assert state_of(line, NothingLeft(1, "no connection"), read(changed(price=46))) is State.NOT_SENT


# ---------------------------------------------------------------- a new order


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        ({}, State.CONFIRMED),
        ({"state": "HIBE", "action": "UHIB"}, State.DIFFERENT),
        ({"state": "IACT", "action": "SERR"}, State.REJECTED),
        ({"state": "IACT", "action": "SDEL"}, State.REJECTED),
        ({"state": "IACT", "action": "RLVI"}, State.REJECTED),
        ({"state": "IACT", "action": "SREJ"}, State.REJECTED),
        ({"state": "IACT", "action": "UDEL"}, State.DIFFERENT),
        ({"state": "IACT", "action": "SDEL", "quantity": 0}, State.UNKNOWN),
        ({"state": "UNKW", "action": "SNAV"}, State.UNKNOWN),
        ({"state": "UKNW", "action": "SNAV"}, State.UNKNOWN),
        ({"state": "FOO"}, State.UNKNOWN),
        ({"side": "SELL"}, State.DIFFERENT),
        ({"price": Decimal(451)}, State.DIFFERENT),
        ({"price": None}, State.DIFFERENT),
        ({"quantity": 50}, State.DIFFERENT),
        ({"quantity": 4}, State.DIFFERENT),
        ({"quantity": None}, State.DIFFERENT),
        ({"quantity": 1, "hidden_quantity": 4}, State.CONFIRMED),
        ({"quantity": 1, "hidden_quantity": 5}, State.DIFFERENT),
        ({"contract_id": "c15"}, State.DIFFERENT),
        ({"portfolio_id": "P2"}, State.DIFFERENT),
        ({"quantity": 3, "action": "PEXE"}, State.UNKNOWN),
        ({"quantity": 8, "action": "PEXE"}, State.DIFFERENT),
        ({"quantity": 3, "action": "PEXE", "initial_quantity": 5}, State.PART_FILLED),
        ({"quantity": 3, "action": "PEXE", "initial_quantity": 4}, State.DIFFERENT),
        ({**FILLED, "initial_quantity": 5}, State.FILLED),
        ({**FILLED, "initial_quantity": 50}, State.DIFFERENT),
        ({**FILLED, "initial_quantity": 5, "price": 46}, State.DIFFERENT),
        (FILLED, State.UNKNOWN),
        ({"txt": TEXT.upper()}, State.CONFIRMED),
        ({"txt": f"{TEXT} (web)"}, State.DIFFERENT),
        ({"txt": "another pb#BBBBBB"}, State.UNKNOWN),
        ({"error_message": "odd, but live"}, State.CONFIRMED),
    ],
)
@pytest.mark.parametrize("end", [answer(booked()), SILENCE, answer()])
def test_a_read_confirms_a_new_order(shown: dict[str, Any], state: State, end: Answer | Silence) -> None:
    if "txt" in shown and "BBBBBB" in shown["txt"] and end == answer():
        state = State.SENT
    if end == answer(booked()) and "txt" in shown and "BBBBBB" in shown["txt"]:
        state = State.DIFFERENT  # the answer named its id
    if end == answer(booked()) and shown == {"quantity": 3, "action": "PEXE"}:
        state = State.PART_FILLED  # the answer showed its quantity
    assert state_of(an_entry(), end, read(booked(**shown))) is state


def test_each_difference_is_named() -> None:
    found = verdict(an_entry(), [answer(), read(booked(side="SELL", price=451, quantity=50))])
    assert found.state is State.DIFFERENT
    assert found.reason == ("side ▼ SELL, wanted ▲ BUY; price 451.00, wanted 45.10; quantity 50.0 MW, wanted 5.0 MW")
    assert (found.order_ids, found.is_done) == (("7",), False)


def test_what_traded_is_reported_with_mw_and_price() -> None:
    part = verdict(an_entry(), [answer(), read(booked(quantity=3, action="PEXE", initial_quantity=5))])
    assert (part.traded_mw, part.reason) == (Decimal(2), "2.0 MW traded at 45.10 or better, 3.0 MW open")
    whole = verdict(an_entry(), [answer(), read(booked(**FILLED, initial_quantity=5))])
    assert (whole.traded_mw, whole.reason, whole.is_done) == (Decimal(5), "5.0 MW traded at 45.10 or better", True)


@pytest.mark.parametrize(("entered", "state"), [(5, State.FILLED), (50, State.DIFFERENT)])
def test_a_history_shows_how_much_traded(entered: int, state: State) -> None:
    revisions = (
        booked(quantity=entered, api_timestamp=at(0)),
        booked(quantity=2, action="PEXE", revision_no=2, api_timestamp=at(1)),
        booked(**FILLED, revision_no=3, api_timestamp=at(2)),
    )
    found = verdict(an_entry(), [SILENCE, read(revisions[-1]), history(*revisions)])
    assert (found.state, found.traded_mw) == (state, Decimal(entered))


@pytest.mark.parametrize("restriction", [ExecutionRestriction.FOK, ExecutionRestriction.IOC])
@pytest.mark.parametrize("end", [answer(booked(state="IACT", action="SDEL")), SILENCE])
def test_an_immediate_order_that_did_not_trade_is_reported(
    restriction: ExecutionRestriction, end: Answer | Silence
) -> None:
    line = an_entry(ordr_exe_restriction=restriction)
    found = verdict(line, [end, read(booked(state="IACT", action="SDEL"))])
    assert (found.state, found.is_done) == (State.NOT_FILLED, False)
    assert "nothing traded" in found.reason
    assert state_of(line, end, read(booked())) is State.SENT
    assert state_of(line, end, read(booked(), at_s=LATE_S)) is State.DIFFERENT
    assert state_of(line, end, read(booked(**FILLED, initial_quantity=5))) is State.FILLED


def test_the_part_of_an_order_that_traded_at_once() -> None:
    line = an_entry(ordr_exe_restriction=ExecutionRestriction.IOC)
    revisions = (
        booked(api_timestamp=at(0)),
        booked(quantity=2, action="PEXE", revision_no=2, api_timestamp=at(1)),
        booked(quantity=0, state="IACT", action="SDEL", revision_no=3, api_timestamp=at(2)),
    )
    found = verdict(line, [answer(booked()), read(revisions[-1]), history(*revisions)])
    assert (found.state, found.traded_mw, found.is_done) == (State.PART_FILLED, Decimal(3), True)


def test_a_new_deactivated_order_is_confirmed() -> None:
    line = an_entry(state=EntryState.HIBE)
    assert state_of(line, answer(), read(booked(state="HIBE", action="UADD"))) is State.CONFIRMED
    assert state_of(line, answer(), read(booked())) is State.DIFFERENT


@pytest.mark.parametrize(
    "others",
    [
        [booked("8")],
        [booked("8", state="HIBE")],
        [booked("8", **FILLED)],
        [booked("8", txt=TEXT.lower()), booked("9", state="UNKW")],
    ],
)
def test_more_than_one_order_is_reported_with_each_id(others: list[Order]) -> None:
    found = verdict(an_entry(), [answer(booked()), read(booked(), *others)])
    assert found.state is State.TWICE
    assert found.order_ids == ("7", *(order.order_id or "" for order in others))
    assert all(order_id in found.reason for order_id in found.order_ids)


def test_a_second_order_that_comes_later_changes_the_verdict() -> None:
    evidence: list[Evidence] = [answer(booked()), read(booked()), read(booked(), booked("8"), at_s=60)]
    assert [state_of(an_entry(), *evidence[:count]) for count in (2, 3)] == [State.CONFIRMED, State.TWICE]


def test_an_order_that_changed_its_id_is_counted_once() -> None:
    moved = booked("8", parent_order_id="7", price=46)
    evidence: list[Evidence] = [SILENCE, read(booked()), read(moved, at_s=60, live=False)]
    assert state_of(an_entry(), *evidence) is State.CONFIRMED


def test_later_events_do_not_change_a_confirmed_order() -> None:
    evidence: list[Evidence] = [answer(booked()), read(booked())]
    for later in ({"price": 46}, {"state": "IACT", "action": "UDEL"}, {"state": "HIBE"}, FILLED):
        assert state_of(an_entry(), *evidence, read(booked(**later), at_s=60)) is State.CONFIRMED
    refused_later = read(booked(state="IACT", action="SERR"), at_s=60)
    assert state_of(an_entry(), *evidence, refused_later) is State.REJECTED


def test_absence_counts_only_in_a_read_that_would_show_the_order() -> None:
    line = an_entry()
    assert state_of(line, SILENCE, read()) is State.UNKNOWN
    assert state_of(line, answer(), read()) is State.SENT
    assert state_of(line, SILENCE, read(at_s=LATE_S, ended=False)) is State.UNKNOWN
    assert state_of(line, SILENCE, read(at_s=LATE_S, live=False)) is State.UNKNOWN
    assert state_of(line, SILENCE, read(at_s=9)) is State.UNKNOWN
    assert [state_of(line, SILENCE, read(at_s=at_s)) for at_s in (29.9, 30)] == [State.UNKNOWN, State.NOT_FOUND]
    assert state_of(line, SILENCE, read(at_s=LATE_S)) is State.NOT_FOUND
    assert state_of(line, answer(), read(at_s=LATE_S)) is State.NOT_FOUND
    both = read(at_s=LATE_S, ended=False), read(at_s=LATE_S, live=False)
    assert state_of(line, SILENCE, *both) is State.NOT_FOUND


def test_a_read_that_was_requested_before_the_end_confirms_nothing() -> None:
    assert state_of(an_entry(), answer(booked()), read(booked(), at_s=9)) is State.SENT


def test_an_order_that_appears_after_it_was_not_found_is_confirmed() -> None:
    assert state_of(an_entry(), SILENCE, read(at_s=LATE_S), read(booked(), at_s=40)) is State.CONFIRMED


@pytest.mark.parametrize("text", [TEXT[:10], TEXT.upper(), "", None])
def test_the_id_in_the_answer_is_evidence_whatever_became_of_the_text(text: str | None) -> None:
    assert state_of(an_entry(), answer(booked(txt=text)), read(booked(txt=text))) in (State.CONFIRMED, State.DIFFERENT)
    if text:
        assert state_of(an_entry(), answer(booked(txt=text)), read(booked(txt=text))) is State.CONFIRMED


@pytest.mark.parametrize("text", [TEXT[:11], "hedge", "", None])
def test_a_similar_order_is_named_but_not_confirmed(text: str | None) -> None:
    found = verdict(an_entry(), [SILENCE, read(booked(txt=text), at_s=LATE_S)])
    assert found.state is State.UNKNOWN
    assert "order 7 looks like it" in found.reason


def test_an_earlier_order_does_not_count_as_similar() -> None:
    alike = booked(txt="hedge")
    evidence = read(alike, at_s=1), Leaves(2), SILENCE, read(alike, at_s=LATE_S)
    assert state_of(an_entry(), *evidence) is State.NOT_FOUND


def test_an_order_in_a_read_that_was_under_way_when_the_request_left_is_not_lost() -> None:
    under_way = read(booked(), at_s=1)
    evidence: list[Evidence] = [read(at_s=0), Leaves(2), answer(booked()), read(booked()), under_way]
    later = read(booked(quantity=3, action="PEXE", initial_quantity=5), at_s=60)
    assert state_of(an_entry(), *evidence) is State.CONFIRMED
    assert state_of(an_entry(), *evidence, later) is State.CONFIRMED
    assert state_of(an_entry(), *evidence[:2], SILENCE, under_way, later) is State.PART_FILLED


@pytest.mark.parametrize("end", [REFUSAL, STALE, answer(booked(None, error_message="no", state="IACT"))])
def test_a_refusal_holds_only_when_a_read_does_not_show_the_order(end: Refusal | Answer) -> None:
    assert state_of(an_entry(), end) is State.REFUSED
    assert state_of(an_entry(), end, read(ended=False)) is State.REFUSED
    assert state_of(an_entry(), end, read()) is State.REJECTED
    assert state_of(an_entry(), end, read(booked())) is State.CONFIRMED
    assert state_of(an_entry(), end, read(), read(booked(), at_s=40)) is State.CONFIRMED


@pytest.mark.parametrize("code", ["PX_COMMUNICATION_ERROR", "PB_INTERNAL_ERROR"])
def test_an_error_on_the_way_to_the_exchange_refuses_nothing(code: str) -> None:
    failed = booked(None, state="IACT", errors=[{"code": code, "message": "lost"}])
    assert state_of(an_entry(), answer(failed), read()) is State.UNKNOWN
    assert state_of(an_entry(), answer(failed), read(at_s=LATE_S)) is State.NOT_FOUND


@pytest.mark.parametrize(
    "raw",
    [
        f'{{"order_id": [], "initial_order_id": "7", "state": "ACTI", "txt": "{TEXT}"}}',
        f'{{"order_id": [], "initial_order_id": "7", "txt": "{TEXT.upper()}"}}',
    ],
)
@pytest.mark.parametrize("end", [answer(booked()), SILENCE, REFUSAL])
def test_an_order_that_cannot_be_read_is_found(raw: str, end: Answer | Silence | Refusal) -> None:
    found = verdict(an_entry(), [end, read(unreadable(raw), at_s=LATE_S)])
    assert (found.state, found.order_ids) == (State.DIFFERENT, ("7",))
    assert "can't be compared" in found.reason


# ---------------------------------------------------------------- a change


def changed(**fields: Any) -> Order:
    return an_order("1", **{"revision_no": 2, "action": "UMOD", **fields})


@pytest.mark.parametrize("end", [answer(changed(price=46)), SILENCE])
@pytest.mark.parametrize(
    "shown",
    [
        changed(price=46),
        an_order("9", initial_order_id="1", parent_order_id="1", price=46),
        an_order("9", initial_order_id=None, parent_order_id="1", price=46),
        changed(price=46, quantity=4, action="PEXE"),
        changed(price=46, **FILLED),
    ],
)
def test_a_change_is_made_when_a_read_shows_it(end: Answer | Silence | Refusal, shown: Order) -> None:
    found = verdict(a_change(price=Decimal(46)), [end, read(shown)])
    assert found.state in (State.CONFIRMED, State.PART_FILLED, State.FILLED)
    assert (found.is_done, found.order) == (True, shown)


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (changed(price=46, action="AMOD"), "modified by market operations (AMOD)"),
        (changed(price=46, quantity=4, action="PEXE"), "partly filled by the market (PEXE)"),
    ],
)
def test_a_change_that_the_server_refused_is_not_made_by_somebody_elses_that_looks_the_same(
    shown: Order, words: str
) -> None:
    line, base = a_change(price=Decimal(46)), an_order("1")
    words = f"but the order shows what was wanted: {words}"
    for histories in ([], [history(base, shown)]):
        for end, state in ((REFUSAL, State.REJECTED), (STALE, State.CONFLICT)):
            assert verdict(line, [end, read(shown), *histories]) == Verdict(state, f"{end.why}; {words}", shown, ("1",))
    failed_in_list = an_order("1", errors=[{"code": "X", "message": "limit"}])
    assert state_of(line, answer(failed_in_list), read(shown)) is State.CONFLICT


def test_a_refused_change_whose_order_filled_says_so() -> None:
    line = a_change(price=Decimal(46))
    shown = verdict(line, [REFUSAL, read(changed(price=46, **FILLED))])
    assert (shown.state, shown.is_done) == (State.FILLED, False)
    assert shown.reason == f"{REFUSAL.why}; filled: it traded at 46.00 or better"


@pytest.mark.parametrize("end", [REFUSAL, STALE])
def test_a_refused_change_was_made_if_its_own_text_is_there(end: Refusal) -> None:
    base = an_order("1", txt="before", api_timestamp=at(0))
    line = a_change(base, price=Decimal(46), txt="mine")
    made = changed(price=46, txt="mine", api_timestamp=at(1))
    theirs = an_order("1", price=47, txt="mine", revision_no=3, api_timestamp=at(2))
    assert state_of(line, end, read(base), read(made, at_s=40)) is State.CONFIRMED
    assert state_of(line, end, read(theirs), history(base, made, theirs)) is State.CONFIRMED
    kept = a_change(an_order("1", txt="mine"), price=Decimal(46), txt="mine")
    assert state_of(kept, end, read(made)) in (State.REJECTED, State.CONFLICT)


@pytest.mark.parametrize("end", [REFUSAL, STALE])
def test_an_activation_that_the_server_refused_is_not_made_by_somebody_elses(end: Refusal) -> None:
    line = a_change(an_order("1", state="HIBE", action="UHIB"), ModifyAction.ACTI)
    assert state_of(line, end, read(an_order("2", parent_order_id="1"))) is State.CONFLICT


def test_a_chain_of_parents_is_followed_from_the_id_in_the_answer() -> None:
    answered = an_order("9", initial_order_id=None, price=46)
    last = an_order("10", initial_order_id=None, parent_order_id="9", price=46)
    old = an_order("1", revision_no=2, state="IACT", action="UDEL")
    assert state_of(a_change(price=Decimal(46)), answer(answered), read(old, answered)) is State.CONFIRMED
    assert state_of(a_change(price=Decimal(46)), answer(answered), read(old, last)) is State.CONFIRMED


@pytest.mark.parametrize(
    ("end", "shown", "state"),
    [
        (answer(changed(price=46)), changed(price=64), State.DIFFERENT),
        (answer(changed(price=46)), changed(price=46, side="SELL"), State.DIFFERENT),
        (answer(changed(price=46)), changed(price=46, quantity=9), State.DIFFERENT),
        (answer(changed(price=46)), changed(price=46, state="HIBE"), State.DIFFERENT),
        (answer(changed(price=46)), changed(price=46, state="UNKW", action="SNAV"), State.UNKNOWN),
        (answer(changed(price=46)), changed(price=46, state="IACT", action="SERR"), State.REJECTED),
        (answer(changed(price=46)), changed(price=46, state="IACT", action="UDEL"), State.SENT),
        (SILENCE, changed(price=47), State.UNKNOWN),
        (SILENCE, changed(quantity=4, action="PEXE"), State.UNKNOWN),
        (SILENCE, changed(state="IACT", action="UDEL"), State.UNKNOWN),
        (STALE, changed(price=47), State.CONFLICT),
        (STALE, changed(quantity=4, action="PEXE"), State.CONFLICT),
        (REFUSAL, changed(price=47), State.REJECTED),
        (STALE, an_order("1"), State.REJECTED),
        (REFUSAL, an_order("1"), State.REJECTED),
        (SILENCE, an_order("1"), State.UNKNOWN),
        (answer(changed(price=46)), an_order("1"), State.SENT),
    ],
)
def test_a_change_that_no_read_shows(end: Answer | Silence | Refusal, shown: Order, state: State) -> None:
    assert state_of(a_change(price=Decimal(46)), end, read(shown)) is state


def test_an_order_that_stays_unchanged_is_reported_after_a_while() -> None:
    line = a_change(price=Decimal(46))
    assert state_of(line, SILENCE, read(an_order("1"), at_s=LATE_S)) is State.NOT_FOUND
    found = verdict(line, [answer(changed(price=46)), read(an_order("1"), at_s=LATE_S)])
    assert found.state is State.DIFFERENT
    assert "price 45.10, wanted 46.00" in found.reason


def test_an_activation_in_the_history_is_ours_only_if_the_server_took_ours() -> None:
    base = an_order("1", state="HIBE", action="UHIB", api_timestamp=at(0))
    activated = an_order("2", parent_order_id="1", initial_order_id="1", action="UADD", api_timestamp=at(1))
    back = an_order("2", initial_order_id="1", state="HIBE", action="UHIB", revision_no=2, api_timestamp=at(2))
    line = a_change(base, ModifyAction.ACTI)
    shown = read(back), history(base, activated, back)
    assert state_of(line, answer(activated), *shown) is State.CONFIRMED
    assert state_of(line, STALE, *shown) is State.CONFLICT
    found = verdict(line, [SILENCE, *shown])
    assert found.state is State.UNKNOWN
    assert "by this request or somebody else's" in found.reason
    assert state_of(line, SILENCE, read(activated)) is State.CONFIRMED


def test_a_change_that_the_server_refused_is_not_confirmed_by_a_revision_of_somebody_else() -> None:
    base = an_order("1", api_timestamp=at(0))
    same = an_order("1", price=Decimal(46), revision_no=2, api_timestamp=at(1))
    later = an_order("1", price=Decimal(47), revision_no=3, api_timestamp=at(2))
    line = a_change(base, price=Decimal(46))
    assert state_of(line, STALE, read(later), history(base, same, later)) is State.CONFLICT


def test_the_longest_history_counts_in_whatever_sequence_they_are_read() -> None:
    base = an_order("1", api_timestamp=at(0))
    left = an_order("1", state="IACT", action="UDEL", revision_no=2, api_timestamp=at(1))
    ours = an_order("2", parent_order_id="1", initial_order_id="1", price=Decimal(46), api_timestamp=at(1))
    ended = an_order(
        "2", parent_order_id="1", initial_order_id="1", revision_no=2, api_timestamp=at(2), state="IACT", action="UDEL"
    )
    line = a_change(base, price=Decimal(46))
    short, whole = history(base, left), history(base, left, ours, ended)
    for histories in ([short, whole], [whole, short]):
        assert state_of(line, answer(ours), read(left, ended), *histories) is State.CONFIRMED


def test_related_orders_keep_their_sequence() -> None:
    orders = [an_order(str(number), initial_order_id="1") for number in range(2, 30)]
    index = OrderIndex(orders)
    assert index.related(a_change(), {order.order_id or "" for order in orders}) == tuple(orders)


def test_a_history_shows_whether_the_change_was_made_before_another_one() -> None:
    base = an_order("1", api_timestamp=at(0))
    ours = changed(price=46, api_timestamp=at(1))
    theirs = an_order("1", revision_no=3, price=47, action="AMOD", api_timestamp=at(2))
    line = a_change(base, price=Decimal(46))
    assert state_of(line, answer(ours), read(theirs), history(base, ours, theirs)) is State.CONFIRMED
    assert state_of(line, SILENCE, read(theirs), history(base, ours, theirs)) is State.UNKNOWN
    assert state_of(line, SILENCE, read(theirs), history(base, theirs)) is State.CONFLICT
    assert state_of(line, SILENCE, read(theirs), history(theirs)) is State.UNKNOWN


@pytest.mark.parametrize(("wanted_mw", "shown_mw", "state"), [(8, 7, State.UNKNOWN), (3, 2, State.UNKNOWN)])
def test_a_quantity_after_a_fill_is_not_somebody_elses_change(wanted_mw: int, shown_mw: Any, state: State) -> None:
    line = a_change(quantity=Decimal(wanted_mw))
    filled = changed(quantity=shown_mw, action="PEXE")
    assert state_of(line, SILENCE, read(filled)) is state
    assert state_of(line, answer(changed(quantity=wanted_mw)), read(filled)) is State.PART_FILLED


def test_an_order_that_filled_before_the_change_is_reported() -> None:
    line, filled = a_change(quantity=Decimal(8)), changed(**FILLED)
    assert state_of(line, SILENCE, read(filled)) is State.UNKNOWN
    found = verdict(line, [SILENCE, read(filled), history(an_order("1"), filled)])
    assert (found.state, found.traded_mw, found.is_done) == (State.FILLED, Decimal(5), False)
    assert state_of(line, answer(changed(quantity=8)), read(filled)) is State.FILLED


def test_two_live_orders_after_a_change() -> None:
    new = an_order("9", parent_order_id="1", price=46)
    found = verdict(a_change(price=Decimal(46)), [SILENCE, read(an_order("1"), new)])
    assert (found.state, set(found.order_ids)) == (State.TWICE, {"1", "9"})


def test_an_earlier_twin_does_not_belong_to_the_change() -> None:
    base, twin = an_order("5", initial_order_id="1"), an_order("6", initial_order_id="1")
    evidence = read(base, twin, at_s=1), Leaves(2), SILENCE
    made = an_order("5", initial_order_id="1", revision_no=2, price=46, action="UMOD")
    assert state_of(a_change(base, price=Decimal(46)), *evidence, read(made, twin)) is State.CONFIRMED


@pytest.mark.parametrize("end", [STALE, REFUSAL])
def test_a_change_of_an_order_that_had_moved_on_before_it_left_is_a_conflict(end: Refusal) -> None:
    moved = an_order("9", initial_order_id="1", parent_order_id="1", price=47)
    old = an_order("1", revision_no=2, state="IACT", action="UDEL")
    evidence = read(moved, at_s=1), Leaves(2), end, read(old, moved)
    assert state_of(a_change(price=Decimal(46)), *evidence) is State.CONFLICT


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        ({"state": "ACTI"}, State.CONFIRMED),
        ({"state": "ACTI", "price": 46}, State.DIFFERENT),
        ({"state": "ACTI", "quantity": 4, "action": "PEXE"}, State.PART_FILLED),
        ({**FILLED}, State.FILLED),
        ({"state": "UNKW"}, State.UNKNOWN),
        ({"state": "IACT", "action": "RLVI"}, State.REJECTED),
    ],
)
def test_an_activation(shown: dict[str, Any], state: State) -> None:
    asleep = an_order("1", state="HIBE", action="UHIB")
    line = a_change(asleep, ModifyAction.ACTI)
    active = an_order("9", **{"parent_order_id": "1", "revision_no": 1, **shown})
    assert state_of(line, answer(active), read(active)) is state
    assert state_of(line, REFUSAL, read(asleep)) is State.REJECTED
    assert state_of(line, answer(), read(asleep, at_s=LATE_S)) is State.DIFFERENT


@pytest.mark.parametrize(
    ("entered_mw", "state"), [(5, State.PART_FILLED), (4, State.UNKNOWN), (None, State.PART_FILLED)]
)
def test_what_somebody_took_off_an_order_after_its_activation_has_not_traded(
    entered_mw: int | None, state: State
) -> None:
    line = a_change(an_order("1", state="HIBE", action="UHIB"), ModifyAction.ACTI)
    shown = an_order("9", parent_order_id="1", action="PEXE", quantity=3, initial_quantity=entered_mw)
    assert state_of(line, SILENCE, read(shown)) is state


def test_a_change_that_no_order_shows_rests_on_the_answer() -> None:
    line = a_change(expected_net_pos=Decimal(0))
    assert state_of(line, answer(changed()), read(changed())) is State.CONFIRMED
    assert state_of(line, SILENCE, read(changed())) is State.UNKNOWN


def test_a_refusal_because_of_the_position_is_a_conflict_of_the_orders_that_have_a_guard() -> None:
    mismatch = OrderProblem("expectedNetPos is 5 MW, 3 MW was expected", "PB_ORDER_EXPECTED_VALUE_MISMATCH")
    base, refused = an_order("1"), booked(None, state="IACT", action="SDEL", errors=[mismatch])
    failed = an_order("1", errors=[mismatch])
    guarded, plain = a_change(price=Decimal(46), expected_net_pos=Decimal(3)), a_change(price=Decimal(46))
    why = "refused because the position has changed: expectedNetPos is 5 MW, 3 MW was expected"
    whole = Refusal(10, mismatch.message, is_of_position=True)
    for end in (answer(failed), whole):
        assert verdict(guarded, [end, read(base)]) == Verdict(State.CONFLICT, why, base, ("1",))
    changed_before = verdict(guarded, [whole, read(an_order("1", revision_no=2, action="PEXE"))])
    assert (changed_before.state, changed_before.reason[: len(why)]) == (State.CONFLICT, why)
    assert state_of(plain, whole, read(base)) is State.REJECTED
    entry = an_entry(expected_net_pos=Decimal(3))
    for end in (answer(refused), whole):
        assert (verdict(entry, [end, read()]).state, verdict(entry, [end, read()]).reason) == (State.CONFLICT, why)
    assert state_of(an_entry(), whole, read()) is State.REJECTED


# ---------------------------------------------------------------- a withdrawal

DEACTIVATED = an_order("1", state="HIBE", action="UHIB", revision_no=2)
DELETED = an_order("1", state="IACT", action="UDEL", revision_no=2)


@pytest.mark.parametrize(
    ("action", "shown", "accepted", "lost"),
    [
        (ModifyAction.DEAC, DEACTIVATED, State.CONFIRMED, State.CONFIRMED),
        (ModifyAction.DELE, DELETED, State.CONFIRMED, State.CONFIRMED),
        (ModifyAction.DEAC, DELETED, State.CONFIRMED, State.CONFIRMED),
        (ModifyAction.DELE, DEACTIVATED, State.SENT, State.UNKNOWN),
        (ModifyAction.DELE, an_order("1"), State.SENT, State.UNKNOWN),
        (ModifyAction.DELE, changed(quantity=4, action="PEXE"), State.SENT, State.UNKNOWN),
        (ModifyAction.DELE, changed(state="UNKW", action="SNAV"), State.SENT, State.UNKNOWN),
        (ModifyAction.DELE, changed(**FILLED), State.FILLED, State.FILLED),
        (ModifyAction.DEAC, an_order("9", parent_order_id="1"), State.SENT, State.UNKNOWN),
    ],
)
def test_a_withdrawal_is_made_when_the_order_is_seen_out(
    action: ModifyAction, shown: Order, accepted: State, lost: State
) -> None:
    line = a_change(action=action)
    assert state_of(line, answer(DELETED), read(shown)) is accepted
    assert state_of(line, SILENCE, read(shown)) is lost
    late = {State.SENT: State.DIFFERENT, State.UNKNOWN: State.NOT_FOUND}
    assert state_of(line, answer(DELETED), read(shown, at_s=LATE_S)) is late.get(accepted, accepted)
    assert state_of(line, SILENCE, read(shown, at_s=LATE_S)) is late.get(lost, lost)


def test_a_withdrawal_that_lost_to_a_fill_says_what_traded() -> None:
    found = verdict(a_change(action=ModifyAction.DELE), [answer(DELETED), read(changed(**FILLED))])
    assert (found.state, found.traded_mw, found.is_done) == (State.FILLED, Decimal(5), False)
    assert found.reason == "filled before it could be taken out: 5.0 MW traded at 45.10 or better"


def test_what_traded_before_a_withdrawal_is_reported() -> None:
    part = changed(quantity=4, action="PEXE", api_timestamp=at(1))
    gone = an_order("1", state="IACT", action="UDEL", revision_no=3, quantity=4, api_timestamp=at(2))
    evidence = answer(gone), read(gone), history(an_order("1", api_timestamp=at(0)), part, gone)
    found = verdict(a_change(action=ModifyAction.DELE), evidence)
    assert (found.state, found.traded_mw, found.is_done) == (State.CONFIRMED, Decimal(1), True)


def test_each_of_two_twins_is_seen_out_by_itself() -> None:
    one, two = an_order("5", initial_order_id="1"), an_order("6", initial_order_id="1")
    gone = an_order("5", initial_order_id="1", state="IACT", action="UDEL", revision_no=2)
    lines = [a_change(order, ModifyAction.DELE) for order in (one, two)]
    assert len({line.key for line in lines}) == 2
    evidence = read(one, two, at_s=1), Leaves(2), answer(gone), read(gone, two, at_s=LATE_S)
    assert [state_of(line, *evidence) for line in lines] == [State.CONFIRMED, State.DIFFERENT]


def test_an_order_in_no_read_is_withdrawn_only_if_an_answer_says_so() -> None:
    line = a_change(action=ModifyAction.DELE)
    assert state_of(line, answer(DELETED), read(ended=False)) is State.SENT
    assert state_of(line, answer(DELETED), read()) is State.CONFIRMED
    assert state_of(line, answer(), read(ended=False)) is State.SENT
    assert state_of(line, answer(), read(at_s=LATE_S)) is State.CONFIRMED
    assert state_of(line, SILENCE, read(at_s=LATE_S)) is State.NOT_FOUND
    assert state_of(line, REFUSAL, read()) is State.REJECTED
    assert state_of(line, REFUSAL, read(an_order("1"))) is State.REJECTED


def test_an_order_that_cannot_be_read_can_be_seen_out() -> None:
    line = a_change(action=ModifyAction.DELE)
    live, gone = (unreadable(f'{{"initial_order_id": "1", "state": "{state}"}}') for state in ("ACTI", "IACT"))
    assert state_of(line, answer(DELETED), read(live)) is State.SENT
    assert state_of(line, answer(DELETED), read(gone)) is State.CONFIRMED


# ---------------------------------------------------------------- whose orders an answer has


def test_an_answer_is_divided_among_its_lines() -> None:
    one, two = an_entry(), entry_line(an_entry().request.model_copy(update={"txt": "x"}), "BBBBBB")  # type: ignore[arg-type]
    counter = an_order("3", side="SELL", price=1)
    mine, yours = booked("7", txt=TEXT.upper()), booked("8", txt="x pb#bbbbbb")
    assert attributed([one, two], [counter, yours, mine]) == [(mine,), (yours,)]
    cut = booked("9", txt="hed")
    assert attributed([one, two], [counter, yours, cut]) == [(cut,), (yours,)]
    assert attributed([one], [booked("7", txt=None, side="SELL")]) == [(booked("7", txt=None, side="SELL"),)]
    assert attributed([one], [counter, booked("7", txt=None, side="SELL")]) == [()]


def failed(kind: type[errors.OrdersApiError], *codes: str, is_own: bool = True) -> errors.OrdersApiError:
    problems = [OrderProblem(message="no", code=code) for code in codes]
    return kind("POST /orders/list", "why", problems=problems, is_own=is_own)


@pytest.mark.parametrize(
    ("error", "evidence"),
    [
        (failed(errors.NotSent), NothingLeft(1, "why")),
        (failed(errors.RefusedHere), NothingLeft(1, "why")),
        (failed(errors.Rejected), Refusal(1, "why")),
        (failed(errors.Forbidden), Refusal(1, "why")),
        (failed(errors.RateLimited), Refusal(1, "why")),
        (failed(errors.RevisionConflict), Refusal(1, "why", is_conflict=True)),
        (failed(errors.Rejected, "PB_ORDER_EXPECTED_VALUE_MISMATCH"), Refusal(1, "why", is_of_position=True)),
        (failed(errors.Rejected, "PX_COMMUNICATION_ERROR"), Silence(1, "why")),
        (failed(errors.Rejected, "PB_ORDER_REVISION_MISMATCH", "PB_INTERNAL_ERROR"), Silence(1, "why")),
        (failed(errors.UnknownOutcome), Silence(1, "why")),
        (failed(errors.UnreadableReply), Silence(1, "why")),
        (failed(errors.Rejected, is_own=False), Silence(1, "why")),
        (failed(errors.Unauthorized, is_own=False), Silence(1, "why")),
        (failed(errors.Forbidden, is_own=False), Silence(1, "why")),
        (failed(errors.RateLimited, is_own=False), Silence(1, "why")),
        (failed(errors.RevisionConflict, is_own=False), Silence(1, "why")),
        (failed(errors.NotSent, is_own=False), NothingLeft(1, "why")),
    ],
)
def test_each_error_proves_only_its_own_statement(error: errors.OrdersApiError, evidence: Evidence) -> None:
    assert of_error(error, 1) == evidence


def test_reads_that_repeat_themselves_are_kept_once() -> None:
    evidence: tuple[Evidence, ...] = (SILENCE,)
    for at_s in (11, 12, 13):
        evidence = with_more(evidence, read(booked(), at_s=at_s))
    assert evidence == (SILENCE, read(booked(), at_s=13))
    evidence = with_more(with_more(evidence, read(at_s=14)), read(booked(), at_s=15))
    assert evidence == (SILENCE, read(at_s=14), read(booked(), at_s=15))


# ---------------------------------------------------------------- whatever the evidence is

_ids = st.sampled_from(["1", "2", "3", None])
_texts = st.sampled_from([TEXT, TEXT.lower(), TEXT[:9], "", None, "pb#BBBBBB"])
_states = st.sampled_from(["ACTI", "HIBE", "IACT", "UNKW", "FOO"])
_odd: dict[str, st.SearchStrategy[Any]] = {
    "order_id": _ids,
    "initial_order_id": _ids,
    "parent_order_id": _ids,
    "revision_no": st.sampled_from([1, 3, None]),
    "state": _states,
    "action": st.sampled_from(["UMOD", "AMOD", "PEXE", "FEXE", "UDEL", "SDEL", "SERR", "RLVI", "UHIB", "???"]),
    "txt": _texts,
    "side": st.just("SELL"),
    "price": st.sampled_from([Decimal(46), None]),
    "quantity": st.sampled_from([Decimal(3), Decimal(8), Decimal(0), None]),
    "initial_quantity": st.sampled_from([Decimal(5), Decimal(8)]),
    "error_message": st.just("no"),
}
_orders = st.lists(st.sampled_from(sorted(_odd)), max_size=4, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: _odd[name] for name in names}).map(
        lambda fields: booked(**{"order_id": "1", "revision_no": 2, **fields})
    )
)
"""The order as it was wanted, but for a few of its fields."""
_unreadable = st.builds(UnreadableOrder, st.just("odd"), _texts.map(str), order_id=_ids, state=_states)
_some = st.lists(_orders | _unreadable, max_size=3).map(tuple)
_moments = st.sampled_from([5.0, 11.0, 31.0, 60.0])
_reads = st.builds(Read, _moments, _some, st.booleans(), st.booleans())
_histories = st.lists(_orders, max_size=3).map(lambda orders: HistoryRead(12.0, history_of("1", orders)))
_fills = st.builds(
    Fill,
    st.just("9"),
    st.booleans(),
    st.just("BUY"),
    st.sampled_from([Decimal(2), Decimal(5), None]),
    st.sampled_from([Decimal(44), None]),
    st.sampled_from([at(0), None]),
    st.booleans(),
    order_id=_ids,
)
_trades = st.lists(_fills, max_size=3).map(lambda fills: TradesRead(12.0, Fills(tuple(fills))))
_ends = (
    st.builds(Answer, st.just(10.0), _some, st.booleans())
    | st.builds(Refusal, st.just(10.0), st.just("no"), st.booleans())
    | st.sampled_from([SILENCE, NothingLeft(10, "no")])
)
_evidence = st.tuples(
    st.lists(_reads | st.just(Waits(1, "x")) | st.just(Leaves(2)), max_size=2),
    st.lists(_ends, min_size=1, max_size=1),
    st.lists(_reads | _histories | _trades, max_size=4),
).map(lambda parts: [*parts[0], *parts[1], *parts[2]])
_restrictions = st.sampled_from([None, ExecutionRestriction.FOK])
_entries = _restrictions.map(lambda restriction: an_entry(ordr_exe_restriction=restriction))
_changes = st.sampled_from(
    [
        a_change(price=Decimal(46)),
        a_change(quantity=Decimal(8)),
        a_change(txt="x"),
        a_change(action=ModifyAction.ACTI),
        a_change(an_order("1", state="HIBE"), ModifyAction.ACTI),
    ]
)
_withdrawals = st.sampled_from([a_change(action=ModifyAction.DEAC), a_change(action=ModifyAction.DELE)])


def shown_after(evidence: Sequence[Evidence]) -> list[Order]:
    """Every order in a read or a history that was requested after the request had ended."""
    reads = [item for item in evidence if isinstance(item, Read) and item.requested_s > 10]
    in_histories = [
        revision.order for item in evidence if isinstance(item, HistoryRead) for revision in item.history.revisions
    ]
    return [order for item in reads for order in item.orders if isinstance(order, Order)] + in_histories


def last_live(evidence: Sequence[Evidence]) -> list[AnyOrder]:
    """The orders that the newest read after the end shows as live."""
    reads = sorted(
        (item for item in evidence if isinstance(item, Read) and item.requested_s > 10), key=lambda r: r.requested_s
    )
    return [order for order in reads[-1].orders if order.is_live] if reads else []


def total_verdict(line: TicketLine, evidence: Sequence[Evidence]) -> State:
    """The state of a verdict that says all of its parts."""
    found = verdict(line, evidence)
    assert found.is_open == (found.state in OPEN_STATES)
    assert not (found.is_done and found.state not in (State.CONFIRMED, State.PART_FILLED, State.FILLED))
    return found.state


AS_WANTED = ("ACTI", "BUY", Decimal("45.10"), Decimal(5))


@settings(max_examples=200)
@given(_entries, _evidence)
def test_only_the_wanted_order_confirms_a_new_order_and_it_is_never_called_absent_while_it_is_live(
    line: TicketLine, evidence: list[Evidence]
) -> None:
    state = total_verdict(line, evidence)
    if state is State.CONFIRMED:
        assert any(
            (order.state, order.side, order.price, order.open_quantity_mw) == AS_WANTED
            for order in shown_after(evidence)
        )
    if state in (State.REJECTED, State.NOT_FOUND):
        before = {
            o.order_id for item in evidence if isinstance(item, Read) and item.requested_s < 10 for o in item.orders
        }
        live = [o for o in last_live(evidence) if o.order_id not in before and isinstance(o, Order)]
        assert not any(KEY in (order.txt or "").upper() for order in live)


@settings(max_examples=200)
@given(_changes, _evidence)
def test_only_the_wanted_change_confirms_a_change(line: TicketLine, evidence: list[Evidence]) -> None:
    changes = line.request.changes  # type: ignore[union-attr]
    if total_verdict(line, evidence) is State.CONFIRMED:
        assert any(
            order.state == "ACTI"
            and order.side == "BUY"
            and order.price == (changes.price or Decimal("45.10"))
            and (order.open_quantity_mw or 0) <= (changes.quantity or 5)
            for order in shown_after(evidence)
        )


@settings(max_examples=200)
@given(_withdrawals, _evidence)
def test_a_withdrawal_is_confirmed_only_while_no_candidate_is_live(line: TicketLine, evidence: list[Evidence]) -> None:
    if total_verdict(line, evidence) is State.CONFIRMED:
        assert not any(order.order_id == "1" for order in last_live(evidence))


def test_a_revision_of_somebody_else_after_ours_is_no_difference() -> None:
    base = an_order("1", txt="before")
    line = a_change(base, txt="ours")
    ours, theirs = (an_order("1", revision_no=no, txt=txt, action="UMOD") for no, txt in ((2, "ours"), (3, "theirs")))
    assert state_of(line, answer(ours), read(theirs)) in OPEN_STATES
    assert state_of(line, answer(ours), read(theirs), history(base, ours, theirs)) is State.CONFIRMED
    assert state_of(line, answer(ours), read(theirs), history(base, theirs)) is State.DIFFERENT
    assert state_of(line, answer(ours), read(theirs, at_s=LATE_S)) is State.DIFFERENT
    assert state_of(line, answer(theirs), read(theirs)) is State.DIFFERENT


def test_a_line_keeps_its_evidence() -> None:
    line = an_entry()
    sent = judged(line, SILENCE)
    shown = judged(sent, read(), read(booked()))
    assert (sent.evidence, sent.verdict.state) == ((SILENCE,), State.UNKNOWN)
    assert (shown.evidence, shown.verdict.state) == ((SILENCE, read(), read(booked())), State.CONFIRMED)
    assert isinstance(shown.request, OrderEntry)
    assert judged(sent, read(), not_found_after_s=1.0).verdict.state is State.NOT_FOUND

"""Trades as evidence of a write: they name MW and price, never a fill that did not happen."""

from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.codes import ExecutionRestriction, ModifyAction
from pbtui.api.models import Order
from pbtui.api.reads.trades import Trade
from pbtui.api.structs import replace
from pbtui.desk.market.fills import Fill, FillIndex, Fills, OwnSides
from pbtui.desk.tickets.evidence import Evidence, TradesRead, with_more
from pbtui.desk.tickets.read_back import trace_of_line
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import TicketLine
from pbtui.desk.tickets.verdict import verdict
from tests.desk.tickets.test_verdict import (
    LATE_S,
    REFUSAL,
    SILENCE,
    SOON_S,
    a_change,
    an_entry,
    answer,
    at,
    booked,
    history,
    read,
)
from tests.orders import an_order


def fill(minute: int, mw: str, price: str, order_id: str | None = "7", **fields: Any) -> Fill:
    return Fill(f"9{minute}", False, "BUY", Decimal(mw), Decimal(price), at(minute), order_id=order_id, **fields)


def trades(*fills: Fill, at_s: float = SOON_S) -> TradesRead:
    return TradesRead(at_s, Fills(fills))


def figures(found: Verdict) -> tuple[State, str, float | None]:
    return found.state, found.reason, None if found.traded_mw is None else float(found.traded_mw)


def judged(line: TicketLine, *evidence: Evidence) -> tuple[State, str, float | None]:
    return figures(verdict(line, evidence))


FILLED = booked(state="IACT", action="FEXE", quantity=Decimal(0), initial_quantity=Decimal(5))
PART = booked(action="PEXE", quantity=Decimal(3), initial_quantity=Decimal(5))


def test_the_price_is_the_limit_until_the_trades_show_all_that_traded() -> None:
    evidence: list[Evidence] = [answer(booked()), read(FILLED)]
    assert judged(an_entry(), *evidence) == (State.FILLED, "5.0 MW traded at 45.10 or better", 5)
    late = trades(fill(1, "2", "44.00"))
    assert judged(an_entry(), *evidence, late) == (State.FILLED, "5.0 MW traded at 45.10 or better", 5)
    whole = trades(fill(1, "2", "44.00"), fill(2, "3", "45.00"))
    assert judged(an_entry(), *evidence, late, whole) == (State.FILLED, "5.0 MW traded at 44.60 on average", 5)
    same = trades(fill(1, "5", "44.00"))
    assert judged(an_entry(), *evidence, same) == (State.FILLED, "5.0 MW traded at 44.00", 5)


def test_a_later_fill_does_not_change_the_price_of_the_first() -> None:
    found = judged(an_entry(), answer(booked()), read(PART), trades(fill(1, "2", "44"), fill(2, "3", "45")))
    assert found == (State.PART_FILLED, "2.0 MW traded at 44.00, 3.0 MW open", 2)


def test_a_recalled_trade_makes_a_fill_different() -> None:
    evidence: list[Evidence] = [answer(booked()), read(FILLED)]
    recalled = trades(fill(1, "2", "44.00", counts=False), fill(2, "3", "44.00"))
    found = verdict(an_entry(), [*evidence, recalled])
    assert figures(found) == (
        State.DIFFERENT,
        "5.0 MW traded at 44.00; 2.0 MW of it no longer count: trade 91 was recalled or cancelled",
        3,
    )
    assert not found.is_done
    every = trades(fill(1, "2", "44.00", counts=False), fill(2, "3", "44.00", counts=False))
    assert judged(an_entry(), *evidence, every)[2] == 0


def test_a_recall_is_known_before_the_other_reports_have_come() -> None:
    found = judged(an_entry(), answer(booked()), read(FILLED), trades(fill(1, "2", "44", counts=False)))
    assert found[0] is State.DIFFERENT
    assert found[2] == 3


@pytest.mark.parametrize("end", [SILENCE, REFUSAL])
def test_an_entry_that_no_read_shows_has_traded_if_trades_carry_its_token(end: Evidence) -> None:
    whole = trades(fill(1, "5", "44.00"))
    found = verdict(an_entry(ordr_exe_restriction=ExecutionRestriction.IOC), [end, read(at_s=LATE_S), whole])
    assert figures(found) == (State.FILLED, "5.0 MW traded at 44.00", 5)
    assert found.order_ids == ("7",)
    part = trades(fill(1, "2", "44.00"))
    words = "2.0 MW traded at 44.00; no read shows the rest"
    assert judged(an_entry(), end, read(), part) == (State.UNKNOWN, words, 2)
    assert judged(an_entry(), end, read(at_s=LATE_S), part) == (State.PART_FILLED, words, 2)


def test_an_ioc_order_that_traded_is_not_called_unfilled() -> None:
    """The exchange shows it deleted, with the whole quantity."""
    line = an_entry(ordr_exe_restriction=ExecutionRestriction.IOC)
    gone = booked(state="IACT", action="SDEL")
    assert judged(line, answer(booked()), read(gone))[0] is State.NOT_FILLED
    found = judged(line, answer(booked()), read(gone), trades(fill(1, "2", "44.00")))
    assert found[0] is State.PART_FILLED
    assert found[2] == 2


def test_of_a_filled_order_that_hides_how_much_traded_all_trades_have_to_come() -> None:
    hidden = booked(state="IACT", action="FEXE", quantity=None, initial_quantity=None)
    assert judged(an_entry(), answer(booked()), read(hidden), trades(fill(1, "2", "44")))[0] is State.UNKNOWN
    found = judged(an_entry(), answer(booked()), read(hidden), trades(fill(1, "5", "44")))
    assert found == (State.FILLED, "5.0 MW traded at 44.00", 5)


SEEN = an_order("1", last_change_timestamp=at(5))


def of_a_change(after: Order, *fills: Fill) -> tuple[State, str, float | None]:
    line = a_change(SEEN, price=Decimal(46))
    return judged(line, answer(after), read(after), trades(*fills))


def test_a_change_counts_the_fills_of_the_id_it_made() -> None:
    moved = an_order("2", parent_order_id="1", price=Decimal(46), action="PEXE", quantity=Decimal(3))
    before, first = fill(6, "2", "45.00", "1"), fill(7, "2", "45.90", "2")
    assert of_a_change(moved, before, first)[1] == "2.0 MW traded at 45.90, 3.0 MW open"
    assert of_a_change(moved, before)[1] == "2.0 MW traded at 46.00 or better, 3.0 MW open"


def test_a_change_that_keeps_the_id_names_a_price_only_if_all_fills_since_make_up_what_traded() -> None:
    kept = an_order("1", revision_no=2, price=Decimal(46), action="PEXE", quantity=Decimal(3))
    seen_before, since = fill(5, "1", "44.00", "1"), fill(7, "2", "45.90", "1")
    assert of_a_change(kept, seen_before, since)[1] == "2.0 MW traded at 45.90, 3.0 MW open"
    assert of_a_change(kept, fill(6, "2", "44.00", "1"), since)[1] == "2.0 MW traded at 46.00 or better, 3.0 MW open"


def test_a_withdrawal_names_what_traded_before_it() -> None:
    line = a_change(SEEN, ModifyAction.DELE)
    gone = an_order("1", state="IACT", action="UDEL", quantity=Decimal(3))
    earlier, since = fill(5, "1", "44.00", "1"), fill(6, "2", "45.00", "1")
    assert judged(line, answer(gone), read(gone), trades(earlier)) == (State.CONFIRMED, "", None)
    found = judged(line, answer(gone), read(gone), trades(earlier, since))
    assert found == (State.CONFIRMED, "2.0 MW traded at 45.00 before", 2)
    recalled = trades(earlier, fill(6, "2", "45.00", "1", counts=False))
    state, reason, traded_mw = judged(line, answer(gone), read(gone), recalled)
    assert (state, traded_mw) == (State.CONFIRMED, 0)
    assert "2.0 MW of it no longer count: trade 96 was recalled" in reason


def test_a_withdrawal_does_not_name_the_trade_of_an_order_with_a_copied_text() -> None:
    text = "hedge pb#K7QX2A"
    line = a_change(an_order("1", txt=text, last_change_timestamp=at(5)), ModifyAction.DELE)
    copied = Trade(
        trade_id="96", exec_time=at(6), quantity=Decimal(2), price=Decimal(45), buy_order_id="8", buy_txt=text
    )
    gone = an_order("1", txt=text, state="IACT", action="UDEL", quantity=Decimal(5))
    found = TradesRead(SOON_S, FillIndex(OwnSides.of([copied])).of(trace_of_line(line)))
    assert judged(line, answer(gone), read(gone), found) == (State.CONFIRMED, "", None)


def test_an_entry_does_not_take_the_trade_of_a_copy_of_it_and_says_so() -> None:
    line = an_entry()
    text = f"hedge pb#{line.key}"
    copied = Trade(
        trade_id="96", exec_time=at(6), quantity=Decimal(2), buy_order_id="8", buy_txt=text, price=Decimal(45)
    )
    gone = booked(txt=text, state="IACT", action="UDEL", quantity=Decimal(0))
    known = replace(line, evidence=(answer(booked()), read(gone)))
    found = TradesRead(SOON_S, FillIndex(OwnSides.of([copied]), [gone]).of(trace_of_line(known)))
    state, reason, traded_mw = judged(line, *known.evidence, found)
    assert (state, traded_mw) == (State.UNKNOWN, None)
    assert "2.0 MW of order 8 with the same text cannot be attributed" in reason
    copy = an_order("8", txt=text)
    seen_both = replace(line, evidence=(answer(booked()), read(gone, copy)))
    assert not FillIndex(OwnSides.of([copied]), [gone, copy]).of(trace_of_line(seen_both)), (
        "the copy's id is not the entry's"
    )


def test_a_filled_order_that_was_to_be_taken_out_names_the_price() -> None:
    full = an_order("1", revision_no=2, state="IACT", action="FEXE", quantity=Decimal(0))
    revisions = history(SEEN, full)
    found = judged(a_change(SEEN, ModifyAction.DELE), REFUSAL, read(full), revisions, trades(fill(6, "5", "44", "1")))
    assert found[:2] == (State.FILLED, "filled before it could be taken out: 5.0 MW traded at 44.00")


def test_only_the_newest_trades_are_kept_and_reads_are_still_kept_once() -> None:
    evidence: tuple[Evidence, ...] = (SILENCE, read(booked()))
    for item in (trades(fill(1, "1", "44")), trades(fill(2, "1", "44")), read(booked(), at_s=12)):
        evidence = with_more(evidence, item)
    assert evidence == (SILENCE, trades(fill(2, "1", "44")), read(booked(), at_s=12))

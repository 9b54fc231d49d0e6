"""The difference between a file and what stands, row by row."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.desk.plan.difference import Plan, Planned, plan
from pbtui.desk.plan.sent_before import Sent
from pbtui.desk.plan.standing import AnyOrder, Standing
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Action
from tests.desk.plan.reading import BERLIN, ENTRY, H18, NOW, wanted
from tests.orders import an_order

START, END = datetime(2026, 11, 22, 16, tzinfo=UTC), datetime(2026, 11, 22, 17, tzinfo=UTC)
OLD = "CONFLICT: the file is of revision 1, the order is at 2"
MARK = next(iter(wanted(f"{ENTRY}\n{H18}\n").marks))


def planned(text: str, *orders: AnyOrder, gap: str = "", inactive_gap: str = "", **sent: Any) -> Plan:
    """The difference between a CSV and these orders; `sent` is the state of an entry of H18 that was sent before."""
    before = {MARK: Sent("T1", NOW, **sent)} if sent else {}
    return plan(wanted(text), Standing(orders, before, gap, inactive_gap), BERLIN, NOW)


def only(text: str, *orders: AnyOrder, **more: Any) -> Planned:
    (row,) = planned(text, *orders, **more).rows
    assert (row.line is None) == (row.action is None)
    return row


def entered(**fields: Any) -> AnyOrder:
    """The order that was entered for H18."""
    usual = {"price": Decimal("62.5"), "delivery_start": START, "delivery_end": END, "txt": f"x pb#{MARK}"}
    return an_order(**{"order_id": "9", "initial_order_id": "9", **usual, **fields})


# ---------------------------------------------------------------- orders that stand


def test_two_ids_of_one_order_are_refused_as_they_could_want_different_things() -> None:
    order = an_order("2", initial_order_id="1", revision_no=4)
    rows = planned("order_id,revision_no,state,price\n1,,deleted,\n2,4,,46.00\n", order).rows
    assert [row.what for row in rows] == ["refused", "refused"]
    assert rows[0].reason == "order 2 is meant by line 2 and line 3: keep one of them"


def test_what_differs_is_a_change_at_the_revision_of_the_file() -> None:
    row = only("order_id,revision_no,price,quantity,side\n1,1,46.00,5,BUY\n", an_order("1"))
    assert row.action is Action.MODIFY
    assert row.line is not None
    assert row.line.request.wire() == {
        "order_id": "1",
        "revision_no": 1,
        "changes": {"action": "MODI", "price": Decimal("46.00")},
    }


@pytest.mark.parametrize("text", ["order_id\n1\n", "order_id,revision_no,price,state\n1,9,45.1,active\n"])
def test_an_order_that_is_as_wanted_is_unchanged_whatever_its_revision(text: str) -> None:
    row = only(text, an_order("1"))
    assert (row.what, row.reason) == ("unchanged", "")


@pytest.mark.parametrize(
    ("state", "wanted_state", "action"),
    [
        ("ACTI", "deactivated", Action.DEACTIVATE),
        ("ACTI", "deleted", Action.DELETE),
        ("HIBE", "deleted", Action.DELETE),
        ("HIBE", "active", Action.ACTIVATE),
        ("UNKW", "deactivated", Action.DEACTIVATE),
        ("ACTI", "active", None),
        ("HIBE", "deactivated", None),
    ],
)
def test_the_state_that_is_wanted(state: str, wanted_state: str, action: Action | None) -> None:
    assert only(f"order_id,revision_no,state\n1,1,{wanted_state}\n", an_order("1", state=state)).action is action


def test_a_withdrawal_is_meant_for_the_order_however_it_has_changed() -> None:
    later = an_order("2", initial_order_id="1", parent_order_id="1", revision_no=4, price=Decimal(50))
    row = only("order_id,revision_no,price,state\n1,1,45.10,deleted\n", later)
    assert row.line is not None
    assert row.line.request.wire() == {"order_id": "2", "changes": {"action": "DELE"}}
    unreadable = UnreadableOrder("price: is odd", "{}", order_id="1", state="ACTI")
    assert only("order_id,state\n1,deactivated\n", unreadable).action is Action.DEACTIVATE


@pytest.mark.parametrize(
    ("text", "order", "reason"),
    [
        ("revision_no,price\n1,46", {"revision_no": 2, "price": Decimal(47)}, f"{OLD}; price is 47.00, in the file"),
        ("revision_no,quantity\n1,5", {"revision_no": 2, "quantity": Decimal(3)}, f"{OLD}; quantity is 3.0, in"),
        (
            "revision_no,price\n1,46",
            {"order_id": "2", "parent_order_id": "1", "price": Decimal(47)},
            "order 1 (now order 2): CONFLICT: it has been replaced by order 2; price is 47.00, in the file 46.00",
        ),
        ("revision_no,state\n1,active", {"revision_no": 2, "state": "HIBE"}, OLD),
        ("price\n46", {}, "revision_no is missing: it says for which revision the row is written; now it is 1"),
        ("revision_no,side\n1,SELL", {}, "side is BUY, in the file SELL, which can't be changed"),
        ("revision_no,state,side\n1,deleted,SELL", {}, "side is BUY, in the file SELL"),
        ("revision_no,portfolio_id\n1,P1", {"portfolio_id": None}, "portfolio is not known, in the file P1"),
        ("revision_no,price,state\n1,46,active", {"state": "HIBE"}, "it would be changed and activated"),
        ("revision_no,display_qty\n1,2", {}, "display quantity is only allowed for icebergs"),
        ("revision_no,price\n1,46", {"state": "IACT", "action": "FEXE"}, "order 1 has ended: filled by the market"),
    ],
)  # fmt: skip
def test_a_row_that_can_not_be_sent_as_things_stand(text: str, order: dict[str, Any], reason: str) -> None:
    header, _, cells = text.partition("\n")
    row = only(f"order_id,{header}\n1,{cells}\n", an_order(**{"order_id": "1", "initial_order_id": "1", **order}))
    assert row.is_refused
    assert reason in row.reason


def test_an_order_that_is_not_there_or_there_twice() -> None:
    assert "it is not among your orders" in only("order_id,state\n1,deleted\n", an_order("2")).reason
    heirs = [an_order(each, initial_order_id="1") for each in ("2", "3")]
    assert "2 orders have taken its place" in only("order_id,state\n1,deleted\n", *heirs).reason
    ended = an_order("1", state="IACT", action="UDEL")
    assert (only("order_id,state\n1,deleted\n", ended).is_refused, only("order_id\n1\n", ended).is_refused) == (
        False,
        True,
    )


def test_orders_that_stand_and_are_not_in_the_file_are_only_counted() -> None:
    found = planned("order_id,state\n1,deleted\n", an_order("1"), an_order("2"), an_order("3", state="HIBE"))
    assert [line.request.wire()["order_id"] for ticket in found.tickets(NOW) for line in ticket.lines] == ["1"]
    assert found.not_named == 2


def test_a_new_date_is_sent_with_its_validity_and_the_same_one_is_no_change() -> None:
    order = an_order("1", valid_until=START)
    text = "order_id,revision_no,validity_date,validity_res\n1,1,{},GTD\n"
    assert only(text.format("2026-11-22T16:00Z"), order).what == "unchanged"
    row = only(text.format("2026-11-22T15:30Z"), order)
    assert row.line is not None
    assert row.line.request.wire()["changes"]["validityRes"] == "GTD"


# ---------------------------------------------------------------- new orders


def test_a_new_order_carries_the_token_of_its_row() -> None:
    row = only(f"{ENTRY}\n{H18}\n")
    assert row.action is Action.ADD
    assert row.line is not None
    assert (row.line.key, row.line.request.wire()["txt"]) == (MARK, f"pb#{MARK}")


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({}, "entered already: order 9, active"),
        ({"state": "HIBE"}, "entered already: order 9, deactivated"),
        ({"quantity": Decimal(2)}, "entered already: order 9, active"),
        ({"txt": f"X PB#{MARK}".lower()}, "entered already: order 9, active"),
    ],
)  # fmt: skip
def test_a_row_that_was_entered_already_is_not_entered_again(order: dict[str, Any], reason: str) -> None:
    row = only(f"{ENTRY}\n{H18}\n", entered(**order))
    assert (row.what, row.reason) == ("unchanged", reason)


@pytest.mark.parametrize(
    ("action", "words"), [("FEXE", "filled by the market (FEXE)"), ("UDEL", "deleted by user (UDEL)")]
)
def test_a_row_whose_order_has_ended_is_ended_and_not_entered_again(action: str, words: str) -> None:
    row = only(f"{ENTRY}\n{H18}\n", entered(state="IACT", action=action))
    assert (row.what, row.reason, row.is_refused) == ("ended", f"entered already: order 9, {words}", False)
    row = only("order_id,state\n1,deleted\n", an_order("1", state="IACT", action=action))
    assert (row.what, row.is_refused) == ("ended", False)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"price": Decimal(63)}, "entered already as order 9: price is 63.00, in the file 62.50; to change it"),
        ({"quantity": Decimal(7)}, "quantity is 7.0, in the file 5.0"),
        ({"side": "SELL"}, "side is SELL, in the file BUY"),
        ({"state": "IACT", "error_message": "no cash"}, "which failed: no cash"),
    ],
)  # fmt: skip
def test_an_order_with_the_token_that_is_another_one_stops_the_row(order: dict[str, Any], reason: str) -> None:
    row = only(f"{ENTRY}\n{H18}\n", entered(**order))
    assert row.is_refused
    assert reason in row.reason


def test_two_orders_with_the_token_of_a_row() -> None:
    row = only(f"{ENTRY}\n{H18}\n", entered(), entered(order_id="10", initial_order_id="10"))
    assert "several orders have its token: 9, 10" in row.reason


@pytest.mark.parametrize(
    ("sent", "what"),
    [
        ({"state": State.NOT_SENT}, "add"),
        ({"state": State.REJECTED}, "add"),
        ({"state": State.CONFIRMED, "is_done": True}, "ended"),
        ({"state": State.CONFIRMED, "is_done": True, "order_ids": ("9",)}, "ended"),
        ({"state": State.FILLED}, "ended"),
        ({"state": State.NOT_FILLED}, "ended"),
        ({"state": State.DIFFERENT}, "ended"),
        ({"state": State.UNKNOWN}, "refused"),
        ({"state": State.SENT}, "refused"),
        ({"state": State.NOT_FOUND}, "refused"),
        ({"state": "of a later version"}, "refused"),
    ],
)
def test_the_journal_says_whether_a_row_was_sent_before(sent: dict[str, Any], what: str) -> None:
    row = only(f"{ENTRY}\n{H18}\n", **sent)
    assert row.what == what
    assert what == "add" or "(ticket T1)" in row.reason


def test_an_entry_whose_order_stands_or_may_be_a_deactivated_one_has_not_ended() -> None:
    sent = {"state": State.CONFIRMED, "is_done": True, "order_ids": ("9",)}
    row = f"{ENTRY}\n{H18}\n"
    assert only(row, an_order("9"), **sent).what == "unchanged"
    assert only(row, an_order("9", state="IACT"), an_order("10", parent_order_id="9"), **sent).what == "unchanged"
    assert only(row, an_order("9", state="IACT"), **sent).what == "ended"
    assert only(row, inactive_gap="a page is missing", **sent).what == "unchanged"


def test_without_all_orders_it_is_not_known_whether_a_row_was_entered() -> None:
    assert (
        "not all orders could be read: a page is missing" in only(f"{ENTRY}\n{H18}\n", gap="a page is missing").reason
    )


def test_what_leaves_the_market_is_sent_first_and_new_orders_last() -> None:
    rows = ("1,1,deleted,,,,,,", "2,1,,,,50,,,", "3,1,active,,,,,,", f",,,{H18}", "4,,deactivated,,,,,,")
    text = "".join(f"{row}\n" for row in (f"order_id,revision_no,state,{ENTRY}", *rows))
    orders = [an_order(each, state="HIBE" if each == "3" else "ACTI") for each in ("1", "2", "3", "4")]
    assert [ticket.action for ticket in planned(text, *orders).tickets(NOW)] == [
        Action.DEACTIVATE,
        Action.DELETE,
        Action.MODIFY,
        Action.ACTIVATE,
        Action.ADD,
    ]

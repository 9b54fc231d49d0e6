"""The orders that a line may be about: by id, by token, by the ids they came from, and by their looks."""

import json
from typing import Any

import pytest

from pbtui.api.codes import ModifyAction
from pbtui.api.decoding.snapshot import decode
from pbtui.api.models import Order
from pbtui.desk.tickets.evidence import Answer, AnyOrder, Leaves, Silence, StoodBefore
from pbtui.desk.tickets.judging.candidates import (
    OrderIndex,
    attributed,
    first_ids,
    ids_before,
    looks_like,
    may_be,
    tokens,
)
from pbtui.desk.tickets.ticket import Action, TicketLine, entry_line, withdrawal_line
from tests.desk.tickets.test_verdict import KEY, TEXT, a_change, an_entry, booked, read, unreadable
from tests.orders import DELIVERY_START, an_order

ENTRY, CHANGE = an_entry(), a_change(price=46)
CUT: dict[str, Any] = {"txt": "hedge"}


def received(**fields: Any) -> Order:
    """The order of the entry as it came over the wire, its text cut, with some odd fields."""
    known = {"order_id": "7", "state": "ACTI", "action": "UADD", "side": "BUY", "price": 45.1, "quantity": 5}
    whose = {"portfolio_id": "P1", "contract_id": "c14", "delivery_area": "A1", "txt": "hedge"}
    (order,) = decode(json.dumps([{**known, **whose, **fields}]).encode()).orders
    assert isinstance(order, Order)
    return order


def cut(order_id: str) -> Order:
    """An order that looks like the entry's, without its token."""
    return booked(order_id, **CUT)


# ---------------------------------------------------------------- tokens


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (booked(), {KEY}),
        (booked(txt="pb#k7qx2a and pb#BBBBBB"), {KEY, "BBBBBB"}),
        (booked(txt="pb#K7QX2"), set()),
        (booked(txt=None), set()),
        (received(txt=["pb#K7QX2A"]), {KEY}),
        (received(price="pb#K7QX2A"), set()),
        (received(price="pb#K7QX2A", txt=None), set()),
        (unreadable(f'{{"order_id": [], "txt": "{TEXT}"}}'), {KEY}),
    ],
)
def test_the_tokens_in_a_text(order: AnyOrder, found: set[str]) -> None:
    assert tokens(order) == found


# ---------------------------------------------------------------- by id and by descent


def test_every_order_that_came_after_is_related() -> None:
    chain = [an_order(str(no), initial_order_id=None, parent_order_id=str(no - 1)) for no in (8, 9, 10)]
    circle = [an_order("20", initial_order_id=None, parent_order_id="21"), an_order("21", parent_order_id="20")]
    nameless = unreadable('{"order_id": [], "initial_order_id": "8"}')
    index = OrderIndex([*chain, nameless, *circle, an_order("30")])
    found = index.related(CHANGE, ["7"])
    assert {order.order_id for order in found} == {"8", "9", "10", None}
    assert len(index.related(CHANGE, ["20"])) == 2
    assert index.related(CHANGE, ["99"]) == ()


def test_a_token_relates_only_to_a_new_order() -> None:
    moved = an_order("8", initial_order_id=None, parent_order_id="7", txt="")
    index = OrderIndex([booked(txt=TEXT.lower()), moved])
    assert {order.order_id for order in index.related(ENTRY, [])} == {"7", "8"}
    changed = entry_line(ENTRY.request, "1")  # type: ignore[arg-type]
    assert OrderIndex([booked(txt="pb#000001")]).related(a_change(an_order("000001")), []) == ()
    assert index.related(changed, []) == ()


def test_the_ids_to_start_from() -> None:
    ended = Answer(10, (booked("7"), booked(None)))
    assert first_ids(ENTRY, [ended, Silence(10, "x")]) == {"7"}
    line = a_change(an_order("5", initial_order_id="1"), ModifyAction.DELE)
    assert first_ids(line, [ended]) == {"7", "5", "1"}


def test_the_ids_that_were_there_before() -> None:
    first, second = read(cut("3"), booked(None), at_s=1), read(cut("4"), at_s=2)
    assert ids_before(ENTRY, [first, second, read(cut("5"), at_s=3), Leaves(3), read(cut("6"), at_s=4)]) == {"3", "4"}
    assert ids_before(ENTRY, [first]) == {"3"}
    assert ids_before(ENTRY, [Silence(1, "x"), first]) == frozenset()


def test_a_read_that_was_answered_after_the_request_left_does_not_show_what_was_there_before() -> None:
    requested_before = read(cut("3"), at_s=1)
    assert ids_before(ENTRY, [Leaves(3), Answer(5, ()), requested_before]) == frozenset()
    assert ids_before(CHANGE, [Leaves(3), Silence(5, "x"), read(an_order("1"), an_order("6"), at_s=1)]) == frozenset()


def test_an_order_that_the_answer_names_or_that_has_the_token_was_not_there_before() -> None:
    shown = read(cut("3"), booked("4"), cut("5"), at_s=1)
    assert ids_before(ENTRY, [shown, Leaves(3), Answer(5, (cut("3"),))]) == {"5"}


@pytest.mark.parametrize(
    ("shown", "before"),
    [
        ([an_order("1"), an_order("6")], {"6"}),
        ([an_order("1", state="HIBE"), an_order("6")], set()),
        ([an_order("6")], set()),
    ],
)
def test_orders_beside_a_changed_one_were_there_before(shown: list[Order], before: set[str]) -> None:
    assert ids_before(CHANGE, [read(*shown, at_s=1), Leaves(2)]) == before


def test_orders_that_an_earlier_run_recorded_were_there_before() -> None:
    recorded = StoodBefore(frozenset({"1", "3", "4"}))
    assert ids_before(CHANGE, [recorded, Silence(5, "x")]) == {"3", "4"}
    assert ids_before(ENTRY, [recorded, Answer(5, (cut("3"),))]) == {"1", "4"}


def test_of_an_order_of_which_only_the_id_was_known_a_read_shows_the_first_id() -> None:
    line = withdrawal_line("5", Action.DELETE)
    fifth, other = an_order("5", initial_order_id="1"), an_order("6", initial_order_id="2")
    assert first_ids(line, [read(fifth, other)]) == {"5", "1"}
    assert first_ids(line, [Answer(10, (fifth,))]) == {"5", "1"}


# ---------------------------------------------------------------- by looks


@pytest.mark.parametrize(
    ("fields", "is_alike"),
    [
        ({}, True),
        ({"txt": None}, True),
        ({"txt": "HEDGE PB#K7"}, True),
        ({"txt": "other"}, False),
        ({"side": "SELL"}, False),
        ({"price": 46}, False),
        ({"portfolio_id": "P2"}, False),
        ({"delivery_area": "A2"}, False),
        ({"contract_id": "c15"}, False),
        ({"contract_name": "other"}, False),
        ({"delivery_start": "2026-11-22T15:00:00Z"}, False),
        ({"quantity": 6}, False),
        ({"quantity": 5}, True),
        ({"quantity": 3}, True),
        ({"quantity": None}, True),
    ],
)
def test_an_order_that_looks_like_a_new_one(fields: dict[str, Any], is_alike: bool) -> None:
    line = an_entry(
        delivery_area="10YDE-RWENET---I",
        contract_name="20261122 15:00-20261122 16:00",
        dlvry_start=DELIVERY_START,
    )
    assert may_be(booked(**{**CUT, **fields}), line.request) == is_alike  # type: ignore[arg-type]
    assert looks_like(booked(**{**CUT, **fields}), line.request) == is_alike  # type: ignore[arg-type]


def test_an_order_without_a_text_looks_like_a_new_one_without_a_text() -> None:
    entry = ENTRY.request.model_copy(update={"txt": None})
    assert may_be(booked(txt=None), entry)  # type: ignore[arg-type]
    assert not may_be(booked(txt="x"), entry)  # type: ignore[arg-type]


def test_an_order_of_which_a_part_cannot_be_read_may_be_the_new_one_but_does_not_look_like_it() -> None:
    odd = received(side={})
    assert may_be(odd, ENTRY.request)  # type: ignore[arg-type]
    assert not looks_like(odd, ENTRY.request)  # type: ignore[arg-type]
    assert looks_like(received(), ENTRY.request)  # type: ignore[arg-type]
    assert not may_be(unreadable('{"order_id": [], "txt": "hedge"}'), ENTRY.request)  # type: ignore[arg-type]


def test_look_alikes_have_no_token_and_the_price_or_none_that_can_be_read() -> None:
    cut, priceless = booked("8", **CUT), received(order_id="9", price={})
    others = [booked(), booked("10", txt="hedge", price=46), booked("11", txt="hedge", side="SELL")]
    index = OrderIndex([cut, priceless, *others, unreadable('{"order_id": []}')])
    assert index.look_alikes(ENTRY) == (cut, priceless)
    assert index.look_alikes(CHANGE) == ()


# ---------------------------------------------------------------- whose orders an answer has


SECOND = entry_line(ENTRY.request.model_copy(update={"txt": "hedge"}), "BBBBBB")  # type: ignore[arg-type]


FIFTH, SIXTH = (a_change(an_order(order_id, initial_order_id="1"), price=46) for order_id in ("5", "6"))


def of_one(order_id: str, **fields: Any) -> Order:
    """An order whose chain began with order 1, as those of two lines did."""
    return an_order(order_id, **{"initial_order_id": "1", "price": 46, **fields})


@pytest.mark.parametrize(
    ("lines", "orders", "shares"),
    [
        ([ENTRY, SECOND], [cut("7"), cut("8")], ["7", "8"]),
        ([ENTRY, SECOND], [cut("7"), booked("8")], ["8", "7"]),
        ([ENTRY], [booked("8"), cut("7")], ["8"]),
        ([CHANGE, ENTRY], [cut("7"), an_order("1", price=46)], ["1", "7"]),
        ([CHANGE], [cut("7")], [""]),
        ([CHANGE, ENTRY], [an_order("1"), booked("9", side="SELL", txt="")], ["1", ""]),
        ([ENTRY, SECOND], [booked("8"), booked("9", side="SELL", txt="")], ["8", ""]),
        ([ENTRY], [booked("9", side="SELL", txt="")], ["9"]),
        ([ENTRY], [booked("9", side="SELL", txt=""), cut("7")], ["7"]),
        ([ENTRY], [], [""]),
        ([FIFTH, SIXTH], [of_one("5"), of_one("6")], ["5", "6"]),
        ([FIFTH, SIXTH], [of_one("6"), of_one("5")], ["5", "6"]),
        ([FIFTH, SIXTH], [of_one("8", parent_order_id="6"), of_one("7", parent_order_id="5")], ["7", "8"]),
        ([FIFTH, SIXTH], [of_one("5", state="IACT"), of_one("7", parent_order_id="5"), of_one("6")], ["5 7", "6"]),
        ([FIFTH], [of_one("8", parent_order_id="6"), of_one("5")], ["8 5"]),
    ],
)
def test_an_order_of_an_answer_belongs_to_one_line(
    lines: list[TicketLine], orders: list[AnyOrder], shares: list[str]
) -> None:
    groups = attributed(lines, orders)
    assert [" ".join(order.order_id or "" for order in group) for group in groups] == shares

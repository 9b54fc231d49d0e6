"""Conflicts: the three versions that are shown, and the request that re-applying would send."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.codes import ExecutionRestriction, ModifyAction, OrderType, ValidityRestriction
from pbtui.api.models import Order
from pbtui.api.requests import OrderModify, OrderModifyItem
from pbtui.desk.blotter.history import history_of
from pbtui.desk.formats import order_fields
from pbtui.desk.position_guard import position_of_order
from pbtui.desk.tickets.conflict import Conflict, Difference
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import Action
from tests.canned import a_wire_order, canned_exchange
from tests.desk.tickets.test_executor import TradingDesk, a_ticket, away, limit_orders, states, trader, trading, writes
from tests.exchange import RunningExchange
from tests.orders import DELIVERY_START, an_order
from tests.raw_server import reply


@pytest.fixture
def order(exchange: RunningExchange) -> Iterator[Order]:
    exchange.forget_requests()
    plain = [order for order in limit_orders(exchange) if order.revision_no == 1 and order.parent_order_id is None]
    yield next(order for order in plain if (order.quantity or 0) > 2)
    exchange.faults()


async def conflict_of(desk: TradingDesk, order: Order, **changes: Any) -> Conflict:
    """Send a change that must meet another one, and read what it met."""
    ticket = await desk.reconcile(await desk.change(order, **changes))
    assert states(ticket) == [State.CONFLICT]
    return await desk.desk.lookups.conflict(ticket.lines[0])


async def apply_again(desk: TradingDesk, conflict: Conflict) -> Order:
    """The order as it is after the trader's own changes were applied to it."""
    ticket = await desk.reconcile(await desk.desk.submit(a_ticket(Action.MODIFY, conflict.reapplied())))
    assert states(ticket) == [State.CONFIRMED]
    assert ticket.lines[0].order is not None
    return ticket.lines[0].order


# ---------------------------------------------------------------- against the exchange


@pytest.mark.parametrize("by", ["colleague", "market_operations"])
async def test_a_price_that_somebody_else_changed(exchange: RunningExchange, order: Order, by: str) -> None:
    """A colleague's new price gives the order another id; market operations keep it."""
    theirs = away(order)
    mine = away(replace(order, price=theirs))
    async with trader(exchange) as desk:
        moved = exchange.touch(order.order_id or "", by=by, price=str(theirs))
        assert (moved["order_id"] == order.order_id) == (by == "market_operations")
        ticket = await desk.reconcile(await desk.change(order, price=mine))
        # Of an id that is gone the server says so with a 400, which is no conflict in its own words.
        assert states(ticket) == [State.CONFLICT]
        conflict = await desk.desk.lookups.conflict(ticket.lines[0])
        assert conflict.differences == (Difference("price", order.price, theirs, mine),)
        assert conflict.differences[0].overlaps
        assert [revision.event.actor for revision in conflict.since if not revision.replaced_by] == [
            "user" if by == "colleague" else "market operations"
        ]
        assert (await apply_again(desk, conflict)).price == mine


async def test_a_traded_part_is_not_entered_again(exchange: RunningExchange, order: Order) -> None:
    async with trader(exchange) as desk:
        exchange.fill(order.order_id or "", 0.3)
        exchange.fill(order.order_id or "", 0.4)
        conflict = await conflict_of(desk, order, price=away(order))
        assert conflict.executed_mw == Decimal("0.7")
        assert [difference.name for difference in conflict.differences] == ["price", "quantity"]
        again = await apply_again(desk, conflict)
        assert (again.price, again.quantity) == (away(order), (order.open_quantity_mw or 0) - Decimal("0.7"))


async def test_a_conflict_says_that_the_order_was_deactivated(exchange: RunningExchange, order: Order) -> None:
    async with trader(exchange) as desk:
        exchange.touch(order.order_id or "", action="DEAC")
        conflict = await conflict_of(desk, order, txt="mine")
        assert conflict.ended is None
        assert conflict.differences[0] == Difference("state", "ACTI", "HIBE", None)
        assert (await apply_again(desk, conflict)).state == "HIBE"


async def test_a_change_whose_answer_was_lost_can_conflict(exchange: RunningExchange, order: Order) -> None:
    async with trader(exchange) as desk:
        exchange.touch(order.order_id or "", txt="theirs")
        exchange.faults(drop_after_commit={"value": 1, "methods": ["PUT"], "times": 1})
        ticket = await desk.reconcile(await desk.change(order, quantity=Decimal("1.1")))
        assert states(ticket) == [State.CONFLICT]
        conflict = await desk.desk.lookups.conflict(ticket.lines[0])
        assert [difference.name for difference in conflict.differences if difference.is_theirs] == ["txt"]
        again = await apply_again(desk, conflict)
        assert (again.quantity, again.txt) == (Decimal("1.1"), "theirs")
        assert len(writes(exchange)) == 2


async def test_a_confirmed_change_resets_the_number_of_conflicts(exchange: RunningExchange, order: Order) -> None:
    async with trader(exchange) as desk:
        in_a_row = []
        for n in range(4):
            exchange.touch(order.order_id or "", txt=f"theirs {n}")
            conflict = await conflict_of(desk, order, txt="mine")
            in_a_row.append((conflict.in_a_row, conflict.is_hot))
            assert conflict.theirs is not None
            order = await apply_again(desk, conflict) if n == 1 else conflict.theirs
        assert in_a_row == [(1, False), (2, False), (1, False), (2, False)]


async def test_a_position_that_changed_is_a_conflict_and_is_expected_as_it_is_now(
    exchange: RunningExchange, order: Order
) -> None:
    async with trader(exchange) as desk:
        ref = position_of_order(order)
        assert ref is not None
        now_mw = (await desk.desk.lookups.net_position(ref)).value
        conflict = await conflict_of(desk, order, txt="mine", expected_net_pos=Decimal(99))
        assert conflict.position is not None
        assert (conflict.position.expected_mw, conflict.position.now.value) == (Decimal(99), now_mw)
        assert not conflict.has_changed
        assert (await apply_again(desk, conflict)).txt == "mine"
        assert exchange.writes()[-1]["body"][0]["changes"]["expectedNetPos"] == now_mw


async def test_without_a_history_the_order_itself_shows_what_traded() -> None:
    wire = a_wire_order("1", quantity=5)
    with canned_exchange(wire) as canned:
        async with trading(canned.base_url, "a-key") as desk:
            base = desk.find("1")
            canned.orders = [a_wire_order("1", quantity=3.5, action="PEXE", revision_no=2)]
            canned.trouble, canned.trouble_at = reply(b'{"message": "stale"}', "409 Conflict"), "/orders/list"
            conflict = await conflict_of(desk, base, price=Decimal(46))
            assert (conflict.since, conflict.executed_mw) == ((), Decimal("1.5"))


async def test_a_change_that_the_trader_had_seen_is_not_reported() -> None:
    """The history lacks the revision the trader saw: the earlier ones are recognised by their time."""

    def revision(number: int, minute: int, **fields: Any) -> dict[str, Any]:
        return a_wire_order("1", revision_no=number, api_timestamp=f"2026-11-22T12:{minute:02}:00Z", **fields)

    with canned_exchange(revision(3, 20, quantity=4)) as canned:
        async with trading(canned.base_url, "a-key") as desk:
            base = desk.find("1")
            canned.orders = [revision(4, 30, quantity=3, action="PEXE")]
            canned.history["1"] = [revision(1, 0), revision(2, 10, quantity=2, action="PEXE"), *canned.orders]
            canned.trouble, canned.trouble_at = reply(b'{"message": "stale"}', "409 Conflict"), "/orders/list"
            conflict = await conflict_of(desk, base, price=Decimal(46))
            assert [revision.order.revision_no for revision in conflict.since] == [4]
            assert conflict.executed_mw == 1


# ---------------------------------------------------------------- any three versions

PRICES = st.sampled_from([Decimal("45.10"), Decimal("45.1"), Decimal(-3), Decimal(0)])
MW = st.sampled_from([Decimal("0.1"), Decimal(2), Decimal("2.0"), Decimal(7)])
SHOWN = {
    "price": PRICES,
    "quantity": MW,
    "hidden_quantity": st.sampled_from([None, Decimal(0), Decimal(5)]),
    "display_quantity": st.none() | MW,
    "peak_price_delta": st.none() | PRICES,
    "type": st.sampled_from(["O", "I", "X"]),
    "txt": st.sampled_from([None, "", "a", "b"]),
    "location": st.sampled_from([None, "L1", "L2"]),
    "valid_until": st.sampled_from([None, DELIVERY_START]),
    "state": st.sampled_from(["ACTI", "HIBE", "UNKW", "IACT", "NEW"]),
    "action": st.sampled_from(["UADD", "UMOD", "PEXE", "FEXE", "UDEL", "NEW"]),
}
CHANGES = {
    "price": PRICES,
    "quantity": MW,
    "display_qty": MW,
    "ppd": PRICES,
    "type": st.sampled_from(OrderType),
    "txt": st.sampled_from(["a", "b"]),
    "location": st.sampled_from(["L1", "L2"]),
    "validity_res": st.sampled_from(ValidityRestriction),
    "validity_date": st.just(DELIVERY_START),
    "ordr_exe_restriction": st.sampled_from(ExecutionRestriction),
    **{name: PRICES for name in OrderModify.model_fields if name.startswith("expected_")},
}


@st.composite
def conflicts(draw: st.DrawFn) -> Conflict:
    base, *later = (
        an_order(order_id, initial_order_id="1", revision_no=revision_no, **draw(st.fixed_dictionaries(SHOWN)))
        for order_id, revision_no in (("1", 4), *draw(st.lists(versions, max_size=3)))
    )
    mine = OrderModify(action=draw(st.sampled_from(ModifyAction)), **draw(st.fixed_dictionaries({}, optional=CHANGES)))
    theirs = draw(st.none() | st.just(later[-1])) if later else None
    return Conflict(base.key, base, mine, theirs, history_of("1", later).revisions, draw(st.integers(1, 5)))


versions = st.tuples(st.sampled_from(["1", "2", "3"]), st.integers(1, 9)).filter(lambda version: version != ("1", 4))


def test_the_generator_covers_every_field_of_a_change() -> None:
    assert {"action", *CHANGES} == set(OrderModify.model_fields)


@given(conflicts())
def test_reapplying_sends_only_the_traders_change_at_the_newest_revision(
    conflict: Conflict,
) -> None:
    if conflict.theirs is None or conflict.theirs.state == "IACT":
        with pytest.raises(ValueError, match="order"):
            conflict.reapplied()
        return
    line = conflict.reapplied()
    assert isinstance(line.request, OrderModifyItem)
    is_withdrawal = conflict.mine.action in ("DEAC", "DELE")  # which names no revision
    revision_no = None if is_withdrawal else conflict.theirs.revision_no
    assert (line.request.order_id, line.request.revision_no) == (conflict.theirs.order_id, revision_no)
    assert (line.request.order_id, line.request.revision_no) != (conflict.base.order_id, conflict.base.revision_no)
    assert line.request.wire()["changes"] == conflict.mine.wire()
    assert line.base is conflict.theirs
    assert line.order_key == conflict.theirs.key
    assert line.state is State.SENDING


@given(conflicts())
def test_every_change_of_either_side_is_shown(conflict: Conflict) -> None:
    shown = {difference.name: difference for difference in conflict.differences}
    assert len(shown) == len(conflict.differences)
    wanted = {name for name, value in conflict.mine if value is not None} - {"action"}
    assert len([difference for difference in shown.values() if difference.is_mine]) == len(wanted)
    if conflict.theirs is not None:
        for name in SHOWN.keys() - {"action", "quantity", "hidden_quantity"}:
            before, after = getattr(conflict.base, name), getattr(conflict.theirs, name)
            changed = (before or 0) != (after or 0) if name == "peak_price_delta" else before != after
            field = order_fields.SHOWN[name].name
            assert changed == (field in shown and shown[field].is_theirs), name
        changed = conflict.base.open_quantity_mw != conflict.theirs.open_quantity_mw
        assert changed == ("quantity" in shown and shown["quantity"].is_theirs)
    assert all(difference.is_theirs or difference.is_mine for difference in shown.values())
    assert (conflict.executed_mw or 0) >= 0

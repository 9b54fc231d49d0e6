"""Undo: what puts an order back, what can't be put back, and what somebody else has changed since."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.codes import ModifyAction, OrderType, ValidityRestriction
from pbtui.api.models import Order
from pbtui.api.requests import OrderModify, OrderModifyItem
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.tickets.evidence import Refusal, Silence
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine
from pbtui.desk.tickets.undo import Undo, inverse, last_change
from pbtui.desk.tickets.verdict import judged
from tests.desk.tickets.test_verdict import a_change, an_entry, answer, at, booked, read
from tests.orders import an_order

NOW = at(30)
BASE = an_order("1")
NEWS_AT_80_COLUMNS = 60
"""The letters of news that fit beside their time."""


def a_ticket(action: Action, *lines: TicketLine, name: str = "T00001") -> Ticket:
    return Ticket(name, action, lines, at(0))


def confirmed(line: TicketLine, *shown: Order) -> TicketLine:
    """The line after a read that shows what was wanted."""
    line = judged(line, answer(*shown), read(*shown))
    assert line.is_done, line.verdict
    return line


def after(base: Order = BASE, **fields: Any) -> Order:
    """The next revision of an order."""
    return an_order(**{"revision_no": 2, "action": "UMOD", "price": base.price, "quantity": base.quantity, **fields})


def undo_of(action: Action, line: TicketLine, *stands: Order) -> Undo:
    return inverse(a_ticket(action, line), Blotter().apply(stands).find, NOW)


def undo_change(changed: Order, stands: Order, base: Order = BASE, **changes: Any) -> Undo:
    return undo_of(Action.MODIFY, confirmed(a_change(base, **changes), changed), stands)


def sent(undo: Undo) -> OrderModify:
    """What the one line of an undo would send."""
    (line,) = undo.lines
    assert isinstance(line.request, OrderModifyItem)
    return line.request.changes


def test_a_lower_quantity_of_which_nothing_is_known_to_have_traded_is_named_as_such() -> None:
    out = after(state="HIBE", action="UHIB", quantity=Decimal(4))
    line = confirmed(a_change(BASE, ModifyAction.DEAC), out)
    assert line.verdict.traded_mw is None
    assert "quantity 4.0 MW, wanted 5.0 MW" in undo_of(Action.DEACTIVATE, line, out).since[0]


@given(old=st.decimals(-500, 500, places=2), new=st.decimals(-500, 500, places=2))
def test_the_inverse_of_the_inverse_is_the_change(old: Decimal, new: Decimal) -> None:
    base = an_order("1", price=old)
    first = after(price=new)
    undo = undo_change(first, first, base, price=new)
    assert (undo.action, sent(undo).price, undo.since, undo.why_not) == (Action.MODIFY, old, (), ())
    back = after(revision_no=3, price=old)
    again = undo_of(Action.MODIFY, confirmed(undo.lines[0], back), back)
    assert sent(again).price == new


def test_it_names_the_revision_that_stands_and_every_field_that_was_changed() -> None:
    base = an_order("1", txt="hedge", valid_until=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    changes = {"txt": "new", "validity_res": ValidityRestriction.GTD, "validity_date": later, "quantity": Decimal(7)}
    changed = after(txt="new", valid_until=later, quantity=Decimal(7))
    undo = undo_change(changed, changed, base, **changes)
    assert sent(undo) == OrderModify(
        action=ModifyAction.MODI,
        txt="hedge",
        quantity=Decimal(5),
        validity_res=ValidityRestriction.GTD,
        validity_date=NOW + timedelta(hours=1),
    )
    assert undo.lines[0].request.wire()["revision_no"] == 2


def test_a_limit_order_that_became_an_iceberg_is_one_again_without_a_slice() -> None:
    changed = after(type="I", quantity=Decimal(2), hidden_quantity=Decimal(3), display_quantity=Decimal(2))
    undo = undo_change(changed, changed, type=OrderType.I, display_qty=Decimal(2))
    assert sent(undo) == OrderModify(action=ModifyAction.MODI, type=OrderType.O)


@pytest.mark.parametrize(("new_mw", "open_mw", "wanted_mw"), [(3, 2, 4), (9, 6, 2), (9, 5, 1)])
def test_what_traded_since_counts_towards_the_former_quantity(new_mw: int, open_mw: int, wanted_mw: int) -> None:
    changed = after(quantity=Decimal(new_mw))
    stands = after(revision_no=3, action="PEXE", quantity=Decimal(open_mw))
    undo = undo_change(changed, stands, quantity=Decimal(new_mw))
    assert sent(undo).quantity == wanted_mw
    assert f"{new_mw - open_mw}.0 MW have traded since, {open_mw}.0 MW are open" in undo.since[0]


def test_what_somebody_else_changed_is_named_with_both_values() -> None:
    stands = after(revision_no=3, price=Decimal(47))
    undo = undo_change(after(price=Decimal(46)), stands, price=Decimal(46))
    assert undo.since == ("order 1 is not as you left it: price 47.00, wanted 46.00 (modified by user (UMOD))",)
    assert sent(undo).price == Decimal("45.10")
    assert undo.lines[0].base == stands


def test_a_list_that_is_older_than_the_read_back_counts_as_the_read_back() -> None:
    changed = after(price=Decimal(46))
    undo = undo_change(changed, BASE, price=Decimal(46))
    assert undo.lines[0].base == changed
    assert undo.since == ()


HIBERNATED = after(state="HIBE", action="UHIB")


def test_a_deactivation_is_activated_and_an_activation_deactivated() -> None:
    off = confirmed(a_change(BASE, ModifyAction.DEAC), HIBERNATED)
    undo = undo_of(Action.DEACTIVATE, off, HIBERNATED)
    assert (undo.action, sent(undo).action, undo.since) == (Action.ACTIVATE, ModifyAction.ACTI, ())
    active = after(revision_no=3)
    on = confirmed(undo.lines[0], active)
    undo = undo_of(Action.ACTIVATE, on, active)
    assert (undo.action, sent(undo).action) == (Action.DEACTIVATE, ModifyAction.DEAC)


def test_an_order_that_was_changed_while_it_was_deactivated_is_not_activated_silently() -> None:
    off = confirmed(a_change(BASE, ModifyAction.DEAC), HIBERNATED)
    undo = undo_of(Action.DEACTIVATE, off, after(revision_no=3, state="HIBE", price=Decimal(90)))
    assert undo.since[0].startswith("order 1 is not as you left it: price 90.00, wanted 45.10")


@pytest.mark.parametrize("action", [Action.DEACTIVATE, Action.MODIFY])
def test_what_came_before_a_kill_is_not_put_into_the_market_again(action: Action) -> None:
    line = confirmed(a_change(BASE, ModifyAction.DEAC), HIBERNATED)
    ticket, find = a_ticket(action, line), Blotter().apply([HIBERNATED]).find
    undo = inverse(ticket, find, NOW, at(10))
    assert undo.lines == ()
    [reason] = undo.why_not
    assert reason.startswith("a kill came since. Restore after a kill… (in the palette), ")
    assert reason.endswith(" The kill was at 12:10:00Z; your last change is of 12:00:00Z")
    [of_yesterday] = inverse(ticket, find, NOW + timedelta(days=1), at(10)).why_not
    assert "at 2026-11-22 12:10:00Z; your" in of_yesterday
    assert inverse(ticket, find, NOW, at(0)) == inverse(ticket, find, NOW)


def test_an_entry_is_withdrawn_after_a_kill_with_a_word_of_it() -> None:
    ticket = a_ticket(Action.ADD, confirmed(an_entry(), booked()))
    undo = inverse(ticket, Blotter().apply([booked(revision_no=2, state="HIBE")]).find, NOW, at(10))
    assert sent(undo).action is ModifyAction.DELE
    assert undo.since[0].startswith("a kill came since, at 12:10:00Z; your last change is of ")


def test_an_entry_is_deleted_whatever_became_of_it() -> None:
    line = confirmed(an_entry(), booked())
    undo = undo_of(Action.ADD, line, booked(revision_no=4, price=Decimal(50)))
    assert (undo.action, sent(undo).action, undo.since) == (Action.DELETE, ModifyAction.DELE, ())


FILLED = after(revision_no=3, state="IACT", action="FEXE", quantity=Decimal(0))
MOVED = after(price=Decimal(46))


@pytest.mark.parametrize(
    ("action", "line", "stands", "why"),
    [
        (Action.DELETE, confirmed(a_change(BASE, ModifyAction.DELE), after(state="IACT", action="UDEL")), BASE, "copy"),
        (Action.MODIFY, confirmed(a_change(price=Decimal(46)), MOVED), FILLED, "no longer in the market: filled"),
        (Action.MODIFY, confirmed(a_change(price=Decimal(46)), MOVED), None, "does not show it"),
        (Action.MODIFY, judged(a_change(price=Decimal(46)), Silence(10, "no answer")), BASE, "not known yet (UNKNOWN)"),
        (Action.MODIFY, judged(a_change(price=Decimal(46)), Refusal(10, "no"), read(BASE)), BASE, "REJECTED"),
        (
            Action.MODIFY,
            confirmed(a_change(quantity=Decimal(3)), after(quantity=Decimal(3))),
            after(revision_no=3, quantity=Decimal(4)),
            "4.0 MW now, 3.0 MW after your change, 5.0 MW before it",
        ),
        (
            Action.MODIFY,
            confirmed(a_change(quantity=Decimal(9)), after(quantity=Decimal(9))),
            after(revision_no=3, action="PEXE", quantity=Decimal(4)),
            "too much has traded",
        ),
        (
            Action.MODIFY,
            confirmed(a_change(price=Decimal(46), validity_res=ValidityRestriction.GFS), after(price=Decimal(46))),
            after(price=Decimal(46)),
            "its valid until was not shown",
        ),
        (
            Action.MODIFY,
            confirmed(a_change(quantity=Decimal(9)), after(quantity=Decimal(9), order_id="2", initial_order_id="1")),
            after(order_id="3", initial_order_id="1", action="PEXE", initial_quantity=Decimal(8), quantity=Decimal(7)),
            "7.0 MW now, 9.0 MW after your change",
        ),
        (Action.DEACTIVATE, confirmed(a_change(BASE, ModifyAction.DEAC), HIBERNATED), after(revision_no=3), "active"),
        (
            Action.ACTIVATE,
            confirmed(a_change(HIBERNATED, ModifyAction.ACTI), after(revision_no=3)),
            after(revision_no=4, state="HIBE", action="UHIB"),
            "deactivated again",
        ),
    ],
)
def test_what_can_not_be_put_back_says_why(action: Action, line: TicketLine, stands: Order | None, why: str) -> None:
    undo = undo_of(action, line, *([] if stands is None else [stands]))
    assert undo.lines == ()
    assert why in undo.why_not[0]
    assert undo.why_not[0].endswith(" (order 1)")
    first_words = re.split(r"[;:,(]", undo.why_not[0])[0]
    assert len(f"no undo: {first_words}") <= NEWS_AT_80_COLUMNS


def test_one_order_that_can_not_be_put_back_does_not_hold_the_others() -> None:
    lines = [
        confirmed(a_change(an_order(n), price=Decimal(46)), after(order_id=n, initial_order_id=n, price=Decimal(46)))
        for n in "12"
    ]
    stands = after(order_id="2", initial_order_id="2", price=Decimal(46))
    undo = inverse(a_ticket(Action.MODIFY, *lines), Blotter().apply([stands]).find, NOW)
    assert [line.order_key for line in undo.lines] == ["2"]
    assert undo.why_not == ("the last read does not show it (order 1)",)


def test_the_last_change_is_the_newest_that_may_have_done_something_in_this_run() -> None:
    done = a_ticket(Action.MODIFY, confirmed(a_change(price=Decimal(46)), MOVED), name="DONE22")
    refused = a_ticket(Action.MODIFY, judged(a_change(price=Decimal(1)), Refusal(10, "no"), read(BASE)))
    earlier = a_ticket(Action.MODIFY, judged(a_change(price=Decimal(1)), Silence(10, "ended", is_left_over=True)))
    unknown = a_ticket(Action.MODIFY, judged(a_change(price=Decimal(1)), Silence(10, "no answer")))
    assert last_change([earlier, done, refused]) is done
    assert last_change([done, unknown]) is unknown
    assert last_change([earlier, refused]) is None


@pytest.mark.parametrize(("revision_no", "is_known"), [(3, True), (4, False)])
def test_a_quantity_after_more_than_one_revision_may_be_somebody_elses_cut(revision_no: int, is_known: bool) -> None:
    base = an_order("1", initial_quantity=Decimal(5))
    changed = after(quantity=Decimal(8), initial_quantity=Decimal(5))
    stands = after(revision_no=revision_no, action="PEXE", quantity=Decimal(5), initial_quantity=Decimal(5))
    undo = undo_change(changed, stands, base, quantity=Decimal(8))
    assert ("3.0 MW have traded" in undo.since[0] if undo.since else False) is is_known
    if is_known:
        assert sent(undo).quantity == 2
    else:
        assert "it traded, or its quantity was changed since: 5.0 MW now, 8.0 MW after" in undo.why_not[0]

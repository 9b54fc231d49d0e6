"""Verdicts on a withdrawal in full: the reason, the order, every id and the MW that traded."""

from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.codes import ModifyAction
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.tickets.evidence import Leaves, Silence
from pbtui.desk.tickets.judging.withdrawal import is_by_absence, shows_undone
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import TicketLine
from pbtui.desk.tickets.verdict import judged, verdict
from tests.desk.tickets.judging.rows import (
    ACTIVE,
    BEFORE,
    BOTH_OUT,
    NO_ANSWER,
    ODD_ACTIVE,
    ODD_ENDED,
    ODD_OUT,
    REFUSED,
    SUCCESSOR,
    Row,
    found,
)
from tests.desk.tickets.judging.test_traded import fill, trades
from tests.desk.tickets.test_verdict import (
    DEACTIVATED,
    DELETED,
    FILLED,
    LATE_S,
    REFUSAL,
    SILENCE,
    a_change,
    answer,
    at,
    changed,
    history,
    read,
)
from tests.orders import an_order

DELETE, DEACTIVATE = a_change(action=ModifyAction.DELE), a_change(action=ModifyAction.DEAC)
PART = changed(quantity=4, action="PEXE", api_timestamp=at(1))
REST_DELETED = an_order("1", state="IACT", action="UDEL", revision_no=3, quantity=4, api_timestamp=at(2))
IT_IS_OUT = "it is out: deleted by user (UDEL)"
IT_TRADED = "filled before it could be taken out: it traded at 45.10 or better"
STILL_IN = "order 1 is still in the market"
ONLY_OUT = "order 1 is deactivated, not deleted"
WENT_ON = "whether it traded or went on under another id is not shown"
ONLY_WENT_ON = "whether it went on under another id is not shown"
WAS_THERE = "order 1 was there and is not listed now"
NOT_LISTED = "it is not among the active orders any more"


def neighbour(order_id: str, **fields: Any) -> Order:
    """An order of a chain that others are of too."""
    return an_order(order_id, **{"initial_order_id": "0", **fields})


CUT_AND_FILLED = an_order("9", **FILLED, initial_order_id="1", parent_order_id="1", initial_quantity=1)

WITHDRAWALS: dict[str, Row] = {
    "filled, and a revision before it was not shown": (
        DELETE,
        [REFUSAL, read(filled_later := an_order("1", **{**FILLED, "revision_no": 3}))],
        found(State.FILLED, IT_TRADED, filled_later),
    ),
    "cut by somebody, then filled": (
        DELETE,
        [REFUSAL, read(CUT_AND_FILLED)],
        found(State.FILLED, IT_TRADED, CUT_AND_FILLED),
    ),
    "listed again": (
        DELETE,
        [SILENCE, read(ACTIVE), read(at_s=12), read(ACTIVE, at_s=LATE_S)],
        found(State.NOT_FOUND, f"{NO_ANSWER}; 21 s later {STILL_IN}", ACTIVE),
    ),
    "listed again, in a part of a list": (
        DELETE,
        [SILENCE, read(ACTIVE), read(at_s=LATE_S), read(ACTIVE, at_s=40, live=False)],
        found(State.NOT_FOUND, f"{NO_ANSWER}; 21 s later {STILL_IN}", ACTIVE),
    ),
    "deleted, by the newest read, which came first": (
        DELETE,
        [SILENCE, read(DELETED, at_s=40), read(ACTIVE, at_s=LATE_S)],
        found(State.CONFIRMED, IT_IS_OUT, DELETED, done=True),
    ),
    "a part traded by an order that does not show how much": (
        DELETE,
        [
            SILENCE,
            read(REST_DELETED),
            history(BEFORE, changed(quantity=None, action="PEXE", api_timestamp=at(1)), REST_DELETED),
        ],
        found(State.CONFIRMED, IT_IS_OUT, REST_DELETED, mw=0, done=True),
    ),
    "out after a fill": (
        DEACTIVATE,
        [answer(), read(out_part := changed(state="HIBE", action="PEXE", quantity=4))],
        found(State.CONFIRMED, "1.0 MW traded at 45.10 or better before", out_part, mw=1, done=True),
    ),
    "it went on under a second new id": (
        DELETE,
        [
            SILENCE,
            read(an_order("9", initial_order_id=None, parent_order_id="1")),
            read(tenth := an_order("10", initial_order_id=None, parent_order_id="9"), at_s=LATE_S),
        ],
        found(State.NOT_FOUND, f"{NO_ANSWER}; 21 s later order 10 is still in the market", tenth),
    ),
    "refused and deleted, one of the active orders may have come after it": (
        DELETE,
        [REFUSAL, read(DELETED, ended=False, names_first_ids=False)],
        found(State.REFUSED, REFUSED, DELETED),
    ),
    "refused and deleted, none of the active orders can have come after it": (
        DELETE,
        [REFUSAL, read(DELETED, ended=False)],
        found(State.CONFIRMED, IT_IS_OUT, DELETED, done=True),
    ),
    "refused and deleted, by a list that would show an order between": (
        DELETE,
        [REFUSAL, read(DELETED, names_first_ids=False)],
        found(State.CONFIRMED, IT_IS_OUT, DELETED, done=True),
    ),
    "refused and deleted, of a server that names first ids": (
        DELETE,
        [
            REFUSAL,
            read(
                later := changed(initial_order_id="0", state="IACT", action="UDEL"), ended=False, names_first_ids=False
            ),
        ],
        found(State.CONFIRMED, IT_IS_OUT, later, done=True),
    ),
    "deleted since the last list that would show an order between": (
        DELETE,
        [REFUSAL, read(ACTIVE, names_first_ids=False), read(DELETED, at_s=12, ended=False, names_first_ids=False)],
        found(State.REFUSED, REFUSED, DELETED),
    ),
    "deleted before a list that would show an order between, and shown again": (
        DELETE,
        [
            SILENCE,
            read(DELETED, at_s=12, ended=False, names_first_ids=False),
            read(DELETED, at_s=13),
            read(DELETED, at_s=14, live=False, ended=False),
        ],
        found(State.CONFIRMED, IT_IS_OUT, DELETED, done=True),
    ),
    "accepted and left as it was, deleted since the last list that would show an order between": (
        DELETE,
        [answer(ACTIVE), read(ACTIVE), read(DELETED, at_s=12, ended=False, names_first_ids=False)],
        found(State.SENT, "", DELETED),
    ),
    "accepted and answered as out, deleted since the last list that would show an order between": (
        DELETE,
        [answer(DELETED), read(ACTIVE), read(DELETED, at_s=12, ended=False, names_first_ids=False)],
        found(State.CONFIRMED, "", DELETED, done=True),
    ),
    "deleted since the last list of the active orders, of a server that names first ids": (
        DELETE,
        [REFUSAL, read(at_s=11), read(later, at_s=12, live=False, ended=False)],
        found(State.REFUSED, REFUSED, later),
    ),
    "deleted, and in a later list of the active orders, of a server that names first ids": (
        DELETE,
        [REFUSAL, read(later, at_s=12, live=False, ended=False), read(at_s=13, ended=False)],
        found(State.CONFIRMED, IT_IS_OUT, later, done=True),
    ),
    "answered as out, with an order that took its place": (
        DELETE,
        [answer(DELETED, SUCCESSOR), read(DELETED, live=False, ended=False)],
        found(State.SENT, "", DELETED),
    ),
    "refused and deleted, and no list can show for long whether it went on": (
        DELETE,
        [
            REFUSAL,
            read(DELETED, at_s=12, live=False, ended=False),
            read(ended=False, names_first_ids=False, at_s=LATE_S),
        ],
        found(State.UNKNOWN, f"{REFUSED}; order 1 has ended: deleted by user (UDEL); {WENT_ON}", DELETED),
    ),
    "deleted after a part traded, and no list can show for long whether it went on": (
        DELETE,
        [
            SILENCE,
            read(REST_DELETED, ended=False, names_first_ids=False, at_s=LATE_S),
            history(BEFORE, PART, REST_DELETED),
        ],
        found(
            State.UNKNOWN,
            f"1.0 MW traded at 45.10 or better; order 1 has ended: deleted by user (UDEL); {ONLY_WENT_ON}",
            REST_DELETED,
            mw=1,
        ),
    ),
    "deleted after a part traded, and the next list may show whether it went on": (
        DELETE,
        [SILENCE, read(REST_DELETED, ended=False, names_first_ids=False), history(BEFORE, PART, REST_DELETED)],
        found(State.UNKNOWN, f"{NO_ANSWER}; 1.0 MW traded at 45.10 or better", REST_DELETED, mw=1),
    ),
    "seen ended after the last list of the active orders": (
        DELETE,
        [SILENCE, read(ended=False, at_s=LATE_S), read(DELETED, at_s=40, live=False, ended=False)],
        found(State.UNKNOWN, NO_ANSWER, DELETED),
    ),
    "only its id was known, and it went on under an id that names its first one alone": (
        replace(DELETE, base=None),
        [
            SILENCE,
            read(
                changed(initial_order_id="0", state="IACT", action="UDEL"),
                on_nine := an_order("9", initial_order_id="0"),
                at_s=LATE_S,
            ),
        ],
        found(State.NOT_FOUND, f"{NO_ANSWER}; 21 s later order 9 is still in the market", on_nine),
    ),
    "accepted, listed by the first read alone": (
        DELETE,
        [answer(DELETED), read(ACTIVE), read(at_s=LATE_S)],
        Verdict(State.CONFIRMED, NOT_LISTED, DELETED, is_done=True),
    ),
    "accepted, listed by the first read, and not for a while": (
        DELETE,
        [answer(DELETED), read(ACTIVE), read(at_s=12)],
        found(State.SENT),
    ),
    "accepted, listed under another id by the first read alone": (
        DELETE,
        [answer(DELETED), read(SUCCESSOR), read(at_s=LATE_S)],
        found(State.UNKNOWN, "the server accepted it, but 21 s later order 9 was there and is not listed now"),
    ),
    "accepted in an earlier run, and in no read": (
        DELETE,
        [Silence(9, "pbtui ended", is_left_over=True), answer(DELETED), read(at_s=LATE_S)],
        Verdict(State.NOT_FOUND, "the server accepted it, but 21 s later no read shows the order, active or not"),
    ),
    "accepted in an earlier run, and deleted": (
        DELETE,
        [Silence(9, "pbtui ended", is_left_over=True), answer(DELETED), read(DELETED)],
        found(State.CONFIRMED, "", DELETED, done=True),
    ),
    "filled, the price is not shown": (
        DELETE,
        [SILENCE, read(priceless := changed(**FILLED, price=None))],
        found(State.FILLED, "filled before it could be taken out: 5.0 MW traded", priceless, mw=5),
    ),
    "refused, and active": (DELETE, [REFUSAL, read(ACTIVE)], found(State.REJECTED, f"{REFUSED}; {STILL_IN}", ACTIVE)),
    "accepted, and active": (
        DELETE,
        [answer(DELETED), read(ACTIVE, at_s=LATE_S)],
        found(State.DIFFERENT, f"the server accepted it, but 21 s later {STILL_IN}", ACTIVE),
    ),
    "not answered, and active": (
        DELETE,
        [SILENCE, read(ACTIVE, at_s=LATE_S)],
        found(State.NOT_FOUND, f"{NO_ANSWER}; 21 s later {STILL_IN}", ACTIVE),
    ),
    "two are active, one is unreadable": (
        DELETE,
        [REFUSAL, read(ODD_ACTIVE, SUCCESSOR)],
        found(State.REJECTED, f"{REFUSED}; orders 1, 9 are still in the market", SUCCESSOR, "1", "9"),
    ),
    "refused, and deactivated": (
        DELETE,
        [REFUSAL, read(DEACTIVATED)],
        found(State.REJECTED, f"{REFUSED}; {ONLY_OUT}", DEACTIVATED),
    ),
    "refused, and two are deactivated": (
        DELETE,
        [REFUSAL, read(ODD_OUT, BOTH_OUT[1])],
        found(State.REJECTED, f"{REFUSED}; orders 1, 9 are deactivated, not deleted", BOTH_OUT[1], "1", "9"),
    ),
    "accepted, and deactivated so far": (
        DELETE,
        [answer(DELETED), read(DEACTIVATED)],
        found(State.SENT, "", DEACTIVATED),
    ),
    "accepted, and deactivated": (
        DELETE,
        [answer(DELETED), read(DEACTIVATED, at_s=LATE_S)],
        found(State.DIFFERENT, f"the server accepted it, but 21 s later {ONLY_OUT}", DEACTIVATED),
    ),
    "not answered, and deactivated": (
        DELETE,
        [SILENCE, read(DEACTIVATED, at_s=LATE_S)],
        found(State.NOT_FOUND, f"{NO_ANSWER}; 21 s later {ONLY_OUT}", DEACTIVATED),
    ),
    "listed, then not": (
        DELETE,
        [SILENCE, read(ACTIVE), read(at_s=LATE_S)],
        found(State.UNKNOWN, f"{NO_ANSWER}; 21 s later {WAS_THERE}"),
    ),
    "listed, then not for a while": (DELETE, [SILENCE, read(ACTIVE), read(at_s=12)], found(State.UNKNOWN, NO_ANSWER)),
    "accepted, listed for long, then not": (
        DELETE,
        [answer(DELETED), read(ACTIVE, at_s=30, ended=False), read(at_s=LATE_S)],
        found(State.UNKNOWN, f"the server accepted it, but 21 s later {WAS_THERE}"),
    ),
    "accepted, listed for long, then not for long": (
        DELETE,
        [answer(DELETED), read(ACTIVE, at_s=30, ended=False), read(at_s=50)],
        Verdict(State.CONFIRMED, NOT_LISTED, DELETED, is_done=True),
    ),
    "accepted in an earlier run, listed, then not": (
        DELETE,
        [Silence(9, "pbtui ended", is_left_over=True), answer(DELETED), read(ACTIVE), read(at_s=LATE_S)],
        found(State.UNKNOWN, f"the server accepted it, but 21 s later {WAS_THERE}"),
    ),
    "answered with the revision before and the one that is out": (
        DELETE,
        [answer(DELETED, ACTIVE), read(DELETED, live=False, ended=False)],
        found(State.CONFIRMED, "", DELETED, done=True),
    ),
    "a neighbour with the same first id was changed by somebody else": (
        replace(DELETE, base=neighbour("1")),
        [
            read(neighbour("1"), neighbour("6"), at_s=1),
            Leaves(2),
            SILENCE,
            read(
                fifth := neighbour("1", state="IACT", action="UDEL", revision_no=2),
                neighbour("8", parent_order_id="6"),
                neighbour("10", parent_order_id="8"),
            ),
        ],
        found(State.CONFIRMED, IT_IS_OUT, fifth, done=True),
    ),
    "not answered, and deleted": (
        DELETE,
        [SILENCE, read(DELETED)],
        found(State.CONFIRMED, IT_IS_OUT, DELETED, done=True),
    ),
    "deleted": (DELETE, [answer(DELETED), read(DELETED)], found(State.CONFIRMED, "", DELETED, done=True)),
    "deleted, and unreadable": (
        DELETE,
        [SILENCE, read(ODD_ENDED)],
        found(State.CONFIRMED, "", None, "1", done=True),
    ),
    "deleted after a part traded": (
        DELETE,
        [SILENCE, read(REST_DELETED), history(BEFORE, PART, REST_DELETED)],
        found(State.CONFIRMED, f"1.0 MW traded at 45.10 or better before; {IT_IS_OUT}", REST_DELETED, mw=1, done=True),
    ),
    "a part had traded before the trader saw it": (
        replace(DELETE, base=PART),
        [answer(), read(REST_DELETED), history(BEFORE, PART, REST_DELETED)],
        found(State.CONFIRMED, "", REST_DELETED, mw=0, done=True),
    ),
    "the history begins too late": (
        DELETE,
        [SILENCE, read(REST_DELETED), history(PART, REST_DELETED)],
        found(State.CONFIRMED, IT_IS_OUT, REST_DELETED, done=True),
    ),
    "the history ends too early": (
        DELETE,
        [SILENCE, read(REST_DELETED), history(BEFORE, PART)],
        found(State.CONFIRMED, IT_IS_OUT, REST_DELETED, done=True),
    ),
    "somebody lowered the quantity": (
        DEACTIVATE,
        [answer(), read(lower := changed(state="HIBE", action="UHIB", quantity=4))],
        found(State.CONFIRMED, "", lower, done=True),
    ),
    "filled, the quantity before is not known": (
        a_change(an_order("1", quantity=None), ModifyAction.DELE),
        [SILENCE, read(filled := changed(**FILLED))],
        found(State.FILLED, IT_TRADED, filled),
    ),
    "filled, the order before is not known": (
        replace(DELETE, base=None),
        [SILENCE, read(filled)],
        found(State.FILLED, IT_TRADED, filled),
    ),
    "filled, the quantity is not shown": (
        DELETE,
        [SILENCE, read(bare := changed(**{**FILLED, "quantity": None}))],
        found(State.FILLED, IT_TRADED, bare),
    ),
    "deleted, and another one filled": (
        DELETE,
        [
            SILENCE,
            read(
                an_order("9", initial_order_id="1", state="IACT", action="UDEL"),
                other := an_order("8", initial_order_id="1", **FILLED),
            ),
        ],
        found(
            State.FILLED,
            "filled before it could be taken out: 5.0 MW traded at 45.10 or better",
            other,
            *("9", "8"),
            mw=5,
        ),
    ),
    "accepted, no read yet": (DELETE, [answer(DELETED)], found(State.SENT)),
    "refused, no read yet": (DELETE, [REFUSAL], found(State.REFUSED, REFUSED)),
    "accepted, and not listed": (
        DELETE,
        [answer(ODD_ENDED, DELETED), read(ended=False)],
        found(State.SENT),
    ),
    "accepted, and neither listed nor found by its id": (
        DELETE,
        [answer(ODD_ENDED, DELETED), read(ended=False), read(live=False)],
        Verdict(State.CONFIRMED, NOT_LISTED, DELETED, is_done=True),
    ),
    "accepted, and not listed for long, and the server can't be asked for it": (
        DELETE,
        [answer(DELETED), read(ended=False), read(ended=False, at_s=LATE_S)],
        Verdict(State.CONFIRMED, NOT_LISTED, DELETED, is_done=True),
    ),
    "deletion answered as deactivated, and neither listed nor found": (
        DELETE,
        [answer(DEACTIVATED), read()],
        found(State.SENT),
    ),
    "deactivation answered, and neither listed nor found": (
        DEACTIVATE,
        [answer(DEACTIVATED), read()],
        Verdict(State.CONFIRMED, NOT_LISTED, DEACTIVATED, is_done=True),
    ),
    "not listed, and trades show that a part traded before": (
        DELETE,
        [answer(DELETED), read(), trades(fill(1, "2", "45.10", "1"))],
        Verdict(
            State.CONFIRMED, f"{NOT_LISTED}; 2.0 MW traded at 45.10 before", DELETED, traded_mw=Decimal(2), is_done=True
        ),
    ),
    "not listed, then active again": (
        DEACTIVATE,
        [answer(DEACTIVATED), read(), read(ACTIVE, at_s=LATE_S)],
        found(State.DIFFERENT, f"the server accepted it, but 21 s later {STILL_IN}", ACTIVE),
    ),
    "refused, and in no read": (
        DELETE,
        [REFUSAL, read()],
        found(State.REJECTED, f"{REFUSED}; no read shows the order"),
    ),
    "not answered, and in no read": (
        DELETE,
        [SILENCE, read(at_s=LATE_S)],
        found(State.NOT_FOUND, f"{NO_ANSWER}; 21 s later no read shows the order, active or not"),
    ),
}


@pytest.mark.parametrize("row", WITHDRAWALS.values(), ids=WITHDRAWALS)
def test_a_withdrawal(row: Row) -> None:
    line, evidence, expected = row
    assert verdict(line, evidence) == expected


@pytest.mark.parametrize(
    ("line", "shown", "is_undone"),
    [
        (DEACTIVATE, ACTIVE, True),
        (DEACTIVATE, changed(quantity=4, action="PEXE"), True),
        (DEACTIVATE, changed(revision_no=None), True),
        (DEACTIVATE, changed(revision_no=3), False),
        (DEACTIVATE, SUCCESSOR, False),
        (DELETE, changed(revision_no=3), True),
        (DELETE, SUCCESSOR, True),
    ],
)
def test_an_order_that_may_have_been_activated_since_was_deactivated(
    line: TicketLine, shown: Order, is_undone: bool
) -> None:
    out = DEACTIVATED if line is DEACTIVATE else DELETED
    absent = judged(line, answer(out), read())
    assert is_by_absence(absent)
    assert shows_undone(absent, shown) is is_undone
    assert not is_by_absence(judged(line, answer(out), read(out)))
    assert not is_by_absence(judged(line, answer(out)))

"""Verdicts in full: the reason that the trader reads, the order and every id, and the MW that traded.

The states that each piece of evidence allows are in `test_verdict`.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.models import ModifyAction, Order, OrderEntry
from pbtui.api.snapshot import decode
from pbtui.api.structs import replace
from pbtui.desk.tickets.evidence import Evidence, Read
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import TicketLine
from pbtui.desk.tickets.verdict import judged, verdict
from tests.desk.tickets.test_verdict import (
    DEACTIVATED,
    DELETED,
    FILLED,
    LATE_S,
    REFUSAL,
    SILENCE,
    TEXT,
    a_change,
    an_entry,
    answer,
    at,
    booked,
    changed,
    history,
    read,
    unreadable,
)
from tests.orders import an_order

NO_ANSWER, REFUSED = SILENCE.why, REFUSAL.why
Row = tuple[TicketLine, list[Evidence], Verdict]


def found(
    state: State, reason: str = "", order: Order | None = None, *ids: str, mw: Any = None, done: bool = False
) -> Verdict:
    """A verdict; its ids are those of the order, unless they are given."""
    own = () if order is None else (order.order_id or "",)
    return Verdict(state, reason, order, ids or own, None if mw is None else Decimal(mw), done)


# ---------------------------------------------------------------- a withdrawal

DELETE, DEACTIVATE = a_change(action=ModifyAction.DELE), a_change(action=ModifyAction.DEAC)
ACTIVE, SUCCESSOR = an_order("1"), an_order("9", parent_order_id="1")
BOTH_OUT = (DEACTIVATED, an_order("9", parent_order_id="1", state="HIBE", action="UHIB"))
ODD_ACTIVE, ODD_OUT, ODD_ENDED = (
    unreadable(f'{{"initial_order_id": "1", "state": "{state}"}}') for state in ("ACTI", "HIBE", "IACT")
)
BEFORE = an_order("1", api_timestamp=at(0))
PART = changed(quantity=4, action="PEXE", api_timestamp=at(1))
REST_DELETED = an_order("1", state="IACT", action="UDEL", revision_no=3, quantity=4, api_timestamp=at(2))
IT_IS_OUT = "it is out: deleted by user (UDEL)"
IT_TRADED = "filled before it could be taken out: it traded at 45.10 or better"
STILL_IN = "order 1 is still in the market"
ONLY_OUT = "order 1 is deactivated, not deleted"
NOT_LISTED = "it is not among the active orders any more"

WITHDRAWALS: dict[str, Row] = {
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
        found(State.REJECTED, f"{REFUSED}; order 1, 9 is still in the market", SUCCESSOR, "1", "9"),
    ),
    "refused, and deactivated": (
        DELETE,
        [REFUSAL, read(DEACTIVATED)],
        found(State.REJECTED, f"{REFUSED}; {ONLY_OUT}", DEACTIVATED),
    ),
    "refused, and two are deactivated": (
        DELETE,
        [REFUSAL, read(ODD_OUT, BOTH_OUT[1])],
        found(State.REJECTED, f"{REFUSED}; order 1, 9 is deactivated, not deleted", BOTH_OUT[1], "1", "9"),
    ),
    "accepted, and deactivated so far": (
        DELETE,
        [answer(DELETED), read(DEACTIVATED)],
        found(State.SENT, "", DEACTIVATED),
    ),
    "accepted, and deactivated": (
        DELETE,
        [answer(DELETED), read(DEACTIVATED, at_s=LATE_S)],
        found(State.DIFFERENT, ONLY_OUT, DEACTIVATED),
    ),
    "not answered, and deactivated": (
        DELETE,
        [SILENCE, read(DEACTIVATED, at_s=LATE_S)],
        found(State.NOT_FOUND, ONLY_OUT, DEACTIVATED),
    ),
    "listed, then not": (DELETE, [SILENCE, read(ACTIVE), read(at_s=LATE_S)], found(State.UNKNOWN, NO_ANSWER)),
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
        Verdict(State.CONFIRMED, NOT_LISTED, DELETED, is_done=True),
    ),
    "refused, and in no read": (
        DELETE,
        [REFUSAL, read()],
        found(State.REJECTED, f"{REFUSED}; no read shows the order"),
    ),
    "not answered, and in no read": (
        DELETE,
        [SILENCE, read(at_s=LATE_S)],
        found(State.NOT_FOUND, f"{NO_ANSWER}; no read shows the order, active or not"),
    ),
}


@pytest.mark.parametrize("row", WITHDRAWALS.values(), ids=WITHDRAWALS)
def test_a_withdrawal(row: Row) -> None:
    line, evidence, expected = row
    assert verdict(line, evidence) == expected


# ---------------------------------------------------------------- a new order

ENTRY = an_entry()
FOK, IOC = (an_entry(ordr_exe_restriction=restriction) for restriction in ("FOK", "IOC"))
SHOWN, SHOWN_TOO = booked(), booked("8")
ODD_ENTRY, ODD_SLEEPING, ODD_GONE = (
    unreadable(f'{{"order_id": [], "initial_order_id": "7", "state": "{state}", "txt": "{TEXT}"}}')
    for state in ("ACTI", "HIBE", "IACT")
)
CANNOT_COMPARE = f"order 7 is there, but it can't be compared: {ODD_ENTRY.reason}"
FIRST, ENTRY_PART = booked(api_timestamp=at(0)), booked(quantity=3, action="PEXE", revision_no=2, api_timestamp=at(1))
ENTRY_FILLED = booked(**FILLED, revision_no=2, api_timestamp=at(1))
TAKEN_OUT = booked(state="IACT", action="UDEL")
NOT_ON_THE_WAY = booked(None, state="IACT", errors=[{"code": "PX_COMMUNICATION_ERROR", "message": "lost"}])
LEFT_IN_PART = "2.0 MW traded at 45.10 or better, the rest ended: deleted by user (UDEL)"
LATE_NOT_SHOWN = "21 s later no read shows it"


def ended_in_part(**fields: Any) -> list[Evidence]:
    """The order after 2 MW of it traded and the rest was deleted, with its history."""
    end = booked(
        **{"quantity": 3, "state": "IACT", "action": "UDEL", "revision_no": 3, "api_timestamp": at(2), **fields}
    )
    return [answer(), read(end), history(FIRST, ENTRY_PART, end)]


def of(evidence: list[Evidence]) -> Order:
    """The order of the first read."""
    (order,) = next(item.orders for item in evidence if isinstance(item, Read))
    assert isinstance(order, Order)
    return order


def refused(**fields: Any) -> Order:
    """An order of an answer that the server refused; it has an id."""
    return booked(**{"state": "IACT", "action": "SREJ", **fields})


ENTRIES: dict[str, Row] = {
    "two are there": (
        ENTRY,
        [SILENCE, read(unreadable(f'{{"order_id": [], "initial_order_id": "8", "txt": "{TEXT}"}}'), SHOWN)],
        found(State.TWICE, "2 orders are there instead of one: 8, 7. Take out what is too much", SHOWN, "8", "7"),
    ),
    "its successor is there beside it, without a text": (
        ENTRY,
        [SILENCE, read(SHOWN), read(SHOWN, booked("8", parent_order_id="7", txt=""), at_s=60)],
        found(State.TWICE, "2 orders are there instead of one: 7, 8. Take out what is too much", SHOWN, "7", "8"),
    ),
    "active, and unreadable": (ENTRY, [SILENCE, read(ODD_ENTRY)], found(State.DIFFERENT, CANNOT_COMPARE, None, "7")),
    "deactivated, and unreadable": (
        ENTRY,
        [SILENCE, read(ODD_SLEEPING)],
        found(State.DIFFERENT, CANNOT_COMPARE, None, "7"),
    ),
    "ended, and unreadable": (ENTRY, [SILENCE, read(ODD_GONE)], found(State.UNKNOWN, CANNOT_COMPARE, None, "7")),
    "in a state that is not known": (
        ENTRY,
        [SILENCE, read(odd := booked(state="", action="SNAV"))],
        found(
            State.UNKNOWN,
            "the state of order 7 is unreadable: marked unknown (order book not reachable) by system (SNAV)",
            odd,
        ),
    ),
    "FOK, and active": (
        FOK,
        [answer(SHOWN), read(SHOWN)],
        found(State.SENT, "it is still active, and should end at once", SHOWN),
    ),
    "FOK, and active for long": (
        FOK,
        [answer(SHOWN), read(dear := booked(price=46), at_s=LATE_S)],
        found(State.DIFFERENT, "still active, wanted to trade at once or end; price 46.00, wanted 45.10", dear, mw=0),
    ),
    "a part traded": (
        ENTRY,
        [answer(), read(ENTRY_PART)],
        found(State.PART_FILLED, "2.0 MW traded at 45.10 or better, 3.0 MW open", ENTRY_PART, mw=2, done=True),
    ),
    "a part traded, at another price": (
        ENTRY,
        [answer(), read(dear_part := booked(quantity=3, action="PEXE", price=46))],
        found(State.DIFFERENT, "price 46.00, wanted 45.10", dear_part, mw=2),
    ),
    "a part of a smaller order traded": (
        ENTRY,
        [answer(), read(small := booked(quantity=3, action="PEXE", initial_quantity=4))],
        found(State.DIFFERENT, "quantity 3.0 MW, wanted 5.0 MW", small, mw=1),
    ),
    "odd figures": (
        ENTRY,
        [answer(), read(more := booked(quantity=8, action="PEXE", initial_quantity=3))],
        found(State.DIFFERENT, "quantity 8.0 MW, wanted 5.0 MW", more, mw=0),
    ),
    "active after a fill in full": (
        ENTRY,
        [SILENCE, read(active := booked(action="FEXE"))],
        found(State.CONFIRMED, "", active, mw=0, done=True),
    ),
    "active after a refusal": (
        ENTRY,
        [SILENCE, read(alive := booked(action="SERR"))],
        found(State.CONFIRMED, "", alive, mw=0, done=True),
    ),
    "the quantity is not shown": (
        ENTRY,
        [answer(), read(bare := booked(quantity=None))],
        found(State.DIFFERENT, "quantity not shown, wanted 5.0 MW", bare),
    ),
    "too much was filled": (
        ENTRY,
        [answer(), read(much := booked(**FILLED, initial_quantity=50))],
        found(State.DIFFERENT, "filled, but traded 50.0 MW, wanted 5.0 MW", much, mw=50),
    ),
    "too much was filled, at another price": (
        ENTRY,
        [answer(), read(dear_much := booked(**FILLED, initial_quantity=50, price=46))],
        found(
            State.DIFFERENT,
            "filled, but price 46.00, wanted 45.10; traded 50.0 MW, wanted 5.0 MW",
            dear_much,
            mw=50,
        ),
    ),
    "filled, by its history": (
        ENTRY,
        [answer(), read(ENTRY_FILLED), history(FIRST, ENTRY_FILLED)],
        found(State.FILLED, "5.0 MW traded at 45.10 or better", ENTRY_FILLED, mw=5, done=True),
    ),
    "filled, not shown how much": (
        ENTRY,
        [answer(), read(ENTRY_FILLED)],
        found(State.UNKNOWN, "filled; how much traded is not shown", ENTRY_FILLED),
    ),
    "filled, not shown how much for long": (
        ENTRY,
        [answer(), read(ENTRY_FILLED, at_s=LATE_S)],
        found(State.FILLED, "filled; how much traded is not shown", ENTRY_FILLED),
    ),
    "filled, by the answer and a history": (
        ENTRY,
        [answer(ENTRY_FILLED), history(FIRST, ENTRY_FILLED)],
        found(State.FILLED, "5.0 MW traded at 45.10 or better", ENTRY_FILLED, mw=5, done=True),
    ),
    "filled, by the answer": (ENTRY, [answer(ENTRY_FILLED)], found(State.SENT, "", ENTRY_FILLED)),
    "a part traded, the rest was deleted": (
        ENTRY,
        rest := ended_in_part(),
        found(State.PART_FILLED, LEFT_IN_PART, of(rest), mw=2),
    ),
    "IOC, a part traded": (
        IOC,
        rest,
        found(State.PART_FILLED, LEFT_IN_PART, of(rest), mw=2, done=True),
    ),
    "IOC, a part traded at another price": (
        IOC,
        dear_rest := ended_in_part(price=46),
        found(
            State.DIFFERENT,
            "2.0 MW traded at 46.00 or better, the rest ended: deleted by user (UDEL); price 46.00, wanted 45.10",
            of(dear_rest),
            mw=2,
        ),
    ),
    "refused after it was taken in": (
        ENTRY,
        [SILENCE, read(broken := booked(state="IACT", action="SERR"))],
        found(State.REJECTED, "refused in remote validation by system (SERR)", broken, mw=0),
    ),
    "refused, and seen so": (ENTRY, [REFUSAL, read(broken)], found(State.REJECTED, REFUSED, broken, mw=0)),
    "FOK, refused": (
        FOK,
        [SILENCE, read(broken)],
        found(State.REJECTED, "refused in remote validation by system (SERR)", broken, mw=0),
    ),
    "confirmed, then refused": (
        ENTRY,
        [answer(), read(SHOWN), read(broken, at_s=60)],
        found(State.REJECTED, "refused in remote validation by system (SERR)", broken, mw=0),
    ),
    "one was refused, another is there": (
        ENTRY,
        [answer(), read(SHOWN, booked("8", state="IACT", action="SERR"))],
        found(State.CONFIRMED, "", SHOWN, mw=0, done=True),
    ),
    "deleted by the system": (
        ENTRY,
        [SILENCE, read(dropped := booked(state="IACT", action="SDEL"))],
        found(State.REJECTED, "deleted by system (SDEL)", dropped, mw=0),
    ),
    "refused, and deleted by the system": (
        ENTRY,
        [REFUSAL, read(dropped)],
        found(State.REJECTED, REFUSED, dropped, mw=0),
    ),
    "FOK, and deleted by the system": (
        FOK,
        [SILENCE, read(dropped)],
        found(State.NOT_FILLED, "nothing traded: deleted by system (SDEL)", dropped, mw=0),
    ),
    "FOK, it ended, and something else is there": (
        FOK,
        [SILENCE, read(dropped), read(booked(state="HIBE"), at_s=60)],
        found(State.NOT_FILLED, "nothing traded: deleted by system (SDEL)", dropped, mw=0),
    ),
    "deleted": (
        ENTRY,
        [SILENCE, read(TAKEN_OUT)],
        found(State.DIFFERENT, "it has ended: deleted by user (UDEL)", TAKEN_OUT, mw=0),
    ),
    "deleted, it may have traded": (
        ENTRY,
        [SILENCE, read(less := booked(state="IACT", action="UDEL", quantity=3))],
        found(State.UNKNOWN, "it ended (deleted by user (UDEL)); whether it traded is not shown", less),
    ),
    "two look like it": (
        ENTRY,
        [SILENCE, read(cut := booked("7", txt="hedge"), booked("8", txt=None)), read(at_s=LATE_S)],
        found(
            State.UNKNOWN,
            "order 7, 8 looks like it, but its text has no token: check it before sending again",
            cut,
            *("7", "8"),
        ),
    ),
    "two were there, and are not listed": (
        an_entry(price=46),
        [SILENCE, read(SHOWN_TOO, SHOWN), read(at_s=LATE_S)],
        found(State.UNKNOWN, "order 7, 8 was there and is not listed now"),
    ),
    "refused, and in no read": (ENTRY, [REFUSAL, read()], found(State.REJECTED, REFUSED)),
    "refused by its answer": (
        ENTRY,
        [answer(turned := booked(None, error_message="limit")), read()],
        Verdict(State.REJECTED, "limit", turned),
    ),
    "not answered, and in no read": (
        ENTRY,
        [SILENCE, read(at_s=LATE_S)],
        found(State.NOT_FOUND, f"{NO_ANSWER}; {LATE_NOT_SHOWN}"),
    ),
    "accepted, and in no read": (
        ENTRY,
        [answer(SHOWN), read(at_s=LATE_S)],
        Verdict(State.NOT_FOUND, f"the server accepted it, but {LATE_NOT_SHOWN}", SHOWN),
    ),
    "an error on the way, and in no read": (
        ENTRY,
        [answer(NOT_ON_THE_WAY), read(at_s=LATE_S)],
        Verdict(State.NOT_FOUND, f"lost; {LATE_NOT_SHOWN}", NOT_ON_THE_WAY),
    ),
    "a part of the answer was lost": (
        ENTRY,
        [replace(answer(SHOWN), is_whole=False)],
        found(State.UNKNOWN, "the part of the answer about it could not be read", SHOWN),
    ),
    "accepted": (ENTRY, [answer(SHOWN)], found(State.SENT, "", SHOWN)),
    "accepted, not named": (ENTRY, [answer()], found(State.SENT, "the answer does not name this order")),
    "not answered": (ENTRY, [SILENCE], found(State.UNKNOWN, NO_ANSWER)),
    "refused": (ENTRY, [REFUSAL], found(State.REFUSED, REFUSED)),
    "an error in the answer": (
        ENTRY,
        [answer(error := booked(errors=[{"code": "X", "message": "limit"}]))],
        found(State.REFUSED, "limit", error),
    ),
    "turned away in the answer": (
        ENTRY,
        [answer(turned_away := refused())],
        found(State.REFUSED, "rejected (pre-arranged) by system (SREJ)", turned_away),
    ),
    "gone in the answer": (
        ENTRY,
        [answer(TAKEN_OUT)],
        found(State.REFUSED, "deleted by user (UDEL)", TAKEN_OUT),
    ),
    "FOK, gone in the answer": (FOK, [answer(dropped)], found(State.SENT, "", dropped)),
    "FOK, turned away in the answer": (
        FOK,
        [answer(turned_away)],
        found(State.REFUSED, "rejected (pre-arranged) by system (SREJ)", turned_away),
    ),
}


@pytest.mark.parametrize("row", ENTRIES.values(), ids=ENTRIES)
def test_a_new_order(row: Row) -> None:
    line, evidence, expected = row
    assert verdict(line, evidence) == expected


# ---------------------------------------------------------------- what a new order must show

HALF_A_SECOND = timedelta(milliseconds=500)


@pytest.mark.parametrize(
    ("wanted", "shown", "difference"),
    [
        ({}, {"state": "HIBE", "action": "UHIB"}, "state deactivated, wanted active"),
        ({}, {"price": None}, "price not shown, wanted 45.10"),
        ({}, {"portfolio_id": None}, ""),
        ({}, {"portfolio_id": None, "contract_id": "c15"}, "contract id c15, wanted c14"),
        ({}, {"txt": None}, ""),
        ({}, {"txt": " "}, f"text  , wanted {TEXT}"),
        ({}, {"txt": ""}, f"text not shown, wanted {TEXT}"),
        ({"validity_date": at(30)}, {"valid_until": at(30) + HALF_A_SECOND}, ""),
        ({"validity_date": at(30) + HALF_A_SECOND}, {"valid_until": at(30)}, ""),
        (
            {"validity_date": at(30)},
            {"valid_until": at(31)},
            "valid until 2026-11-22 12:31:00 UTC, wanted 2026-11-22 12:30:00 UTC",
        ),
        ({"type": "O", "display_qty": 1, "ppd": 1}, {"display_quantity": 2, "peak_price_delta": 2}, ""),
        ({"display_qty": 1}, {"display_quantity": 2}, "display quantity 2.0 MW, wanted 1.0 MW"),
        (
            {"type": "I", "display_qty": 1, "ppd": Decimal("0.5")},
            {"type": "I", "display_quantity": 2},
            "display quantity 2.0 MW, wanted 1.0 MW; peak price delta 0.00, wanted 0.50",
        ),
    ],
)
def test_a_difference(wanted: dict[str, Any], shown: dict[str, Any], difference: str) -> None:
    order = booked(**shown)
    judgement = verdict(an_entry(**wanted), [answer(order), read(order)])
    assert judgement.reason == difference
    assert judgement.state is (State.DIFFERENT if difference else State.CONFIRMED)


@pytest.mark.parametrize(
    ("field", "difference"),
    [
        ('"side": {}, "contract_id": "c14"', "side not shown, wanted ▲ BUY"),
        ('"side": "BUY", "contract_id": {}', "contract id not shown, wanted c14"),
    ],
)
def test_a_field_that_cannot_be_read_is_a_difference(field: str, difference: str) -> None:
    known = f'"order_id": "7", "state": "ACTI", "action": "UADD", "price": 45.1, "quantity": 5, "txt": "{TEXT}"'
    (order,) = decode(f"[{{{known}, {field}}}]".encode()).orders
    assert verdict(an_entry(), [SILENCE, read(order)]).reason == difference


# ---------------------------------------------------------------- what a changed order must show

SLEEPING = an_order("1", state="HIBE", action="UHIB")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (a_change(SLEEPING, price=Decimal(46)), changed(state="HIBE", price=46)),
        (a_change(an_order("1", state="UNKW"), price=Decimal(46)), changed(price=46)),
        (a_change(an_order("1", type=None), price=Decimal(46)), changed(price=46)),
        (replace(a_change(price=Decimal(46)), base=None), changed(price=46, quantity=3)),
        (a_change(an_order("1", txt="x"), txt=""), changed(txt="")),
    ],
    ids=["deactivated", "in an unknown state", "of an unknown type", "not known before", "without its text"],
)
def test_a_change_of_an_order(line: TicketLine, shown: Order) -> None:
    assert verdict(line, [answer(shown), read(shown)]) == found(State.CONFIRMED, "", shown, mw=0, done=True)


@pytest.mark.parametrize(
    ("shown", "difference"), [("x", "text x, wanted y"), ("", "text not shown, wanted y"), ("Y", "")]
)
def test_a_text_that_was_changed(shown: str, difference: str) -> None:
    order = changed(txt=shown)
    judgement = verdict(a_change(an_order("1", txt="x"), txt="y"), [answer(changed(txt="y")), read(order, at_s=LATE_S)])
    assert judgement.reason == difference


# ---------------------------------------------------------------- the evidence of a line


def test_a_line_keeps_its_evidence() -> None:
    line = an_entry()
    sent = judged(line, SILENCE)
    shown = judged(sent, read(), read(booked()))
    assert (sent.evidence, sent.verdict.state) == ((SILENCE,), State.UNKNOWN)
    assert (shown.evidence, shown.verdict.state) == ((SILENCE, read(), read(booked())), State.CONFIRMED)
    assert isinstance(shown.request, OrderEntry)
    assert judged(sent, read(), not_found_after_s=1.0).verdict.state is State.NOT_FOUND

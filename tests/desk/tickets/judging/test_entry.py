"""Verdicts on a new order in full: the reason, the order, every id and the MW that traded."""

from typing import Any

import pytest

from pbtui.api.decoding.snapshot import decode
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.tickets.evidence import Evidence, Leaves, Read
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.verdict import verdict
from tests.desk.tickets.judging.rows import NO_ANSWER, REFUSED, Row, found
from tests.desk.tickets.judging.test_traded import fill, trades
from tests.desk.tickets.test_verdict import (
    FILLED,
    LATE_S,
    REFUSAL,
    SILENCE,
    TEXT,
    an_entry,
    answer,
    at,
    booked,
    history,
    read,
    unreadable,
)

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
CUT = booked(txt="he")
WENT_ON = "whether it went on under another id is not shown"
TRADED_OR_WENT_ON = "whether it traded or went on under another id is not shown"
LIKE_ENDED = "looks like it and has ended, but its text has no token: check it before sending again"
LIKE_TWO_ENDED = (
    "orders 7, 8 look like it and have ended, but their texts have no token: check them before sending again"
)
TAKEN_OUT = booked(state="IACT", action="UDEL")
NOT_ON_THE_WAY = booked(None, state="IACT", errors=[{"code": "PX_COMMUNICATION_ERROR", "message": "lost"}])
LEFT_IN_PART = "2.0 MW traded at 45.10 or better, the rest ended: deleted by user (UDEL)"
LATE_NOT_SHOWN = "21 s later no read shows it"
PART_OF_FIVE = "2.0 MW traded at 45.10 or better, 3.0 MW open"
HOW_MUCH, WHETHER = "how much traded is not shown", "whether the rest traded is not shown"


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


(ODD_ERRORS,) = decode(b'[{"order_id": "7", "state": "ACTI", "action": "UADD", "side": "BUY", "errors": 5}]').readable
IOC_PART = booked(state="IACT", action="PEXE", quantity=2, initial_quantity=5)
TWIN = booked("8", api_timestamp=at(0)), booked("8", quantity=3, action="PEXE", revision_no=2, api_timestamp=at(1))
TWIN_END = booked("8", quantity=3, state="IACT", action="UDEL", revision_no=3, api_timestamp=at(2))
TRADED_TWICE = "2 orders are there, or have traded, instead of one: 7, 8. Take out what is too much"
MAY_BE_ONE = "have its token; one may be an earlier id of the other: together they are not more than was wanted"
MAY_BE_SOME = "have its token; one may be an earlier id of the other: how much traded is not shown"
MAY_BE_TWICE = "orders 7, 8 have its token; whether the one that ended traded is not shown"
CUT_AND_PART = booked(quantity=2, initial_quantity=5, action="PEXE", revision_no=3, api_timestamp=at(2))

ENTRIES: dict[str, Row] = {
    "the errors of the answer can't be read": (
        ENTRY,
        [answer(ODD_ERRORS), read(at_s=LATE_S)],
        Verdict(State.NOT_FOUND, LATE_NOT_SHOWN, ODD_ERRORS),
    ),
    "accepted, a part of the answer is unreadable, and in no read": (
        ENTRY,
        [answer(ODD_ENTRY, SHOWN), read(at_s=LATE_S)],
        Verdict(State.NOT_FOUND, f"the server accepted it, but {LATE_NOT_SHOWN}", SHOWN),
    ),
    "in the state UNKW": (
        ENTRY,
        [SILENCE, read(unknown := booked(state="UNKW", action="SNAV"))],
        found(
            State.UNKNOWN,
            "the state of order 7 is UNKW: marked unknown (order book not reachable) by system (SNAV)",
            unknown,
        ),
    ),
    "listed before the end of its request, and in no list since": (
        ENTRY,
        [SILENCE, read(SHOWN, at_s=10), read(at_s=LATE_S)],
        Verdict(State.UNKNOWN, "order 7 was there and is not listed now"),
    ),
    "listed before the end of its request, and changed since": (
        ENTRY,
        [
            SILENCE,
            read(SHOWN, at_s=10),
            read(moved := booked("8", parent_order_id="7", txt="hed", price=46), at_s=LATE_S),
        ],
        found(State.DIFFERENT, "price 46.00, wanted 45.10", moved, mw=0),
    ),
    "one that looks like it was listed before the end of its request, and changed since": (
        ENTRY,
        [SILENCE, read(CUT, at_s=10), read(booked("8", parent_order_id="7", txt="", price=46), at_s=LATE_S)],
        found(State.UNKNOWN, "order 7 looks like it, but its text has no token: check it before sending again", CUT),
    ),
    "one that looks like it has ended": (
        ENTRY,
        [SILENCE, read(cut_end := booked(txt="he", state="IACT", action="UDEL"), at_s=LATE_S)],
        found(State.UNKNOWN, f"order 7 {LIKE_ENDED}", cut_end),
    ),
    "two that look like it have ended": (
        ENTRY,
        [SILENCE, read(cut_end, cut_filled := booked("8", txt="he", **FILLED), at_s=LATE_S)],
        found(State.UNKNOWN, LIKE_TWO_ENDED, cut_end, "7", "8"),
    ),
    "one that looks like it was refused": (
        ENTRY,
        [SILENCE, read(booked(txt="he", state="IACT", action="SERR"), at_s=LATE_S)],
        Verdict(State.NOT_FOUND, f"{SILENCE.why}; {LATE_NOT_SHOWN}"),
    ),
    "one that looks like it was listed before it left": (
        ENTRY,
        [read(CUT, at_s=1), Leaves(2), SILENCE, read(cut_end, at_s=LATE_S)],
        Verdict(State.NOT_FOUND, f"{SILENCE.why}; {LATE_NOT_SHOWN}"),
    ),
    "one with its token was listed before it left": (
        ENTRY,
        [read(SHOWN, at_s=1), Leaves(2), SILENCE, read(at_s=LATE_S)],
        Verdict(State.NOT_FOUND, f"{SILENCE.why}; {LATE_NOT_SHOWN}"),
    ),
    "FOK, deleted, by a list of the active orders": (
        FOK,
        [answer(SHOWN), read(killed := booked(state="IACT", action="SDEL"), ended=False)],
        found(State.NOT_FILLED, "nothing traded: deleted by system (SDEL)", killed, mw=0),
    ),
    "deleted, by a read that shows no order it became": (
        ENTRY,
        [answer(SHOWN), read(at_s=11), read(TAKEN_OUT, at_s=12, ended=False)],
        found(State.SENT, "", TAKEN_OUT),
    ),
    "deleted, and no list can show for long whether it went on": (
        ENTRY,
        [answer(SHOWN), read(TAKEN_OUT, at_s=12, ended=False), read(ended=False, at_s=LATE_S)],
        found(State.UNKNOWN, f"order 7 has ended: deleted by user (UDEL); {WENT_ON}", TAKEN_OUT),
    ),
    "less was open when it was deleted, and no list can show for long whether it went on": (
        ENTRY,
        [answer(), read(two_open := booked(quantity=2, state="IACT", action="UDEL"), ended=False, at_s=LATE_S)],
        found(State.UNKNOWN, f"order 7 has ended: deleted by user (UDEL); {TRADED_OR_WENT_ON}", two_open),
    ),
    "refused and deleted by the system, and no list can show for long whether it went on": (
        ENTRY,
        [REFUSAL, read(sdel := booked(state="IACT", action="SDEL"), ended=False, at_s=LATE_S)],
        found(State.UNKNOWN, f"{REFUSED}; order 7 has ended: deleted by system (SDEL); {WENT_ON}", sdel),
    ),
    "a part traded, the rest was deleted, and perhaps went on": (
        ENTRY,
        [
            answer(),
            read(left := booked(quantity=3, state="IACT", action="UDEL", revision_no=3), ended=False),
            *ended_in_part()[2:],
        ],
        found(State.SENT, "the answer does not name this order; 2.0 MW traded at 45.10 or better", left, mw=2),
    ),
    "deleted, and in a later list": (
        ENTRY,
        [answer(SHOWN), read(TAKEN_OUT, at_s=12, ended=False), read(at_s=13)],
        found(State.DIFFERENT, "it has ended: deleted by user (UDEL)", TAKEN_OUT, mw=0),
    ),
    "accepted, with a history": (ENTRY, [answer(SHOWN), history(FIRST)], found(State.SENT, "", SHOWN)),
    "filled, by a part of an answer": (
        ENTRY,
        [replace(answer(ENTRY_FILLED), is_whole=False), history(FIRST, ENTRY_FILLED)],
        found(State.UNKNOWN, "the part of the answer about it could not be read", ENTRY_FILLED),
    ),
    "active, with a lower quantity": (
        ENTRY,
        [answer(), read(lower := booked(quantity=3))],
        found(State.DIFFERENT, "quantity 3.0 MW, wanted 5.0 MW", lower, mw=0),
    ),
    "active, entered with another quantity": (
        ENTRY,
        [answer(), read(from_eight := booked(initial_quantity=8))],
        found(State.CONFIRMED, "", from_eight, mw=0, done=True),
    ),
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
    "one is there, another one traded and was deleted": (
        ENTRY,
        [answer(SHOWN), read(SHOWN, TWIN_END), history(*TWIN, TWIN_END)],
        found(State.TWICE, TRADED_TWICE, SHOWN, "7", "8"),
    ),
    "one is there, another one was deleted and may have traded": (
        ENTRY,
        [answer(SHOWN), read(SHOWN, TWIN_END)],
        found(State.UNKNOWN, MAY_BE_TWICE, SHOWN, "7", "8"),
    ),
    "one is there, another one was deleted and may have traded, for long": (
        ENTRY,
        [answer(SHOWN), read(SHOWN, TWIN_END, at_s=LATE_S)],
        found(State.TWICE, TRADED_TWICE, SHOWN, "7", "8"),
    ),
    "two are there, a third one was deleted and may have traded": (
        ENTRY,
        [answer(SHOWN), read(SHOWN, booked("9"), TWIN_END, at_s=LATE_S)],
        found(State.TWICE, "2 orders are there instead of one: 7, 9. Take out what is too much", SHOWN, "7", "9"),
    ),
    "one is there, another one was deleted and did not trade": (
        ENTRY,
        [answer(SHOWN), read(SHOWN, booked("8", state="IACT", action="UDEL"))],
        found(State.CONFIRMED, "", SHOWN, mw=0, done=True),
    ),
    "one is there, trades of another one that was deleted are known": (
        ENTRY,
        [
            answer(SHOWN),
            read(SHOWN, booked("8", state="IACT", action="UDEL")),
            trades(fill(1, "2", "44.00", "8")),
        ],
        found(State.TWICE, TRADED_TWICE, SHOWN, "7", "8"),
    ),
    "one is there, which traded in part under an earlier id": (
        ENTRY,
        [
            answer(SHOWN),
            read(
                booked("8", initial_order_id="7", state="IACT", action="UDEL", quantity=3),
                on_nine := booked("9", initial_order_id="7", quantity=5),
            ),
        ],
        found(State.CONFIRMED, "", on_nine, mw=0, done=True),
    ),
    "it traded in part under an earlier id, which only its parent names": (
        ENTRY,
        [answer(SHOWN), read(TWIN_END, on_ten := booked("10", parent_order_id="8", quantity=3)), history(*TWIN)],
        found(State.UNKNOWN, f"3.0 MW open; {WHETHER}", on_ten),
    ),
    "one traded in part and was deleted, one has the rest, and no id links them": (
        ENTRY,
        [SILENCE, read(TWIN_END, on_ten := booked("10", quantity=3), at_s=LATE_S), history(*TWIN, TWIN_END)],
        found(State.UNKNOWN, f"orders 10, 8 {MAY_BE_ONE}", on_ten, "10", "8"),
    ),
    "one may have traded and was deleted, one has the rest, and no id links them": (
        ENTRY,
        [SILENCE, read(TWIN_END, on_ten, at_s=LATE_S)],
        found(State.UNKNOWN, f"orders 10, 8 {MAY_BE_ONE}", on_ten, "10", "8"),
    ),
    "one was deleted and did not trade, one has the rest of a part that traded, and no id links them": (
        ENTRY,
        [
            SILENCE,
            read(
                booked("8", state="IACT", action="UDEL", quantity=4),
                on_ten_part := booked("10", quantity=3, action="PEXE"),
                at_s=LATE_S,
            ),
        ],
        found(State.UNKNOWN, f"orders 10, 8 {MAY_BE_SOME}", on_ten_part, "10", "8"),
    ),
    "one traded in part and was deleted, one has more than the rest": (
        ENTRY,
        [SILENCE, read(TWIN_END, four := booked("10", quantity=4), at_s=LATE_S), history(*TWIN, TWIN_END)],
        found(State.TWICE, TRADED_TWICE.replace("7, 8", "10, 8"), four, "10", "8"),
    ),
    "one traded in part and was deleted, one has the rest, and more traded by the trades": (
        ENTRY,
        [SILENCE, read(TWIN_END, on_ten, at_s=LATE_S), history(*TWIN, TWIN_END), trades(fill(1, "3", "44.00"))],
        found(State.TWICE, TRADED_TWICE.replace("7, 8", "10, 8"), on_ten, "10", "8"),
    ),
    "one traded in part and was deleted, one has the rest, and each has a first id": (
        ENTRY,
        [SILENCE, read(TWIN_END, apart := booked("10", initial_order_id="10", quantity=3)), history(*TWIN, TWIN_END)],
        found(State.TWICE, TRADED_TWICE.replace("7, 8", "10, 8"), apart, "10", "8"),
    ),
    "one was filled, one has a part": (
        ENTRY,
        [SILENCE, read(booked("8", **FILLED), on_ten, at_s=LATE_S)],
        found(State.TWICE, TRADED_TWICE.replace("7, 8", "10, 8"), on_ten, "10", "8"),
    ),
    "IOC, two traded in part": (
        IOC,
        [answer(IOC_PART), read(IOC_PART, booked("8", state="IACT", action="PEXE", quantity=3, initial_quantity=5))],
        found(State.TWICE, TRADED_TWICE, IOC_PART, "7", "8"),
    ),
    "IOC, one traded in part, another one was refused": (
        IOC,
        [answer(IOC_PART), read(booked("8", state="IACT", action="SERR"), IOC_PART)],
        found(
            State.PART_FILLED,
            "3.0 MW traded at 45.10 or better, the rest ended: partly filled by the market (PEXE)",
            IOC_PART,
            mw=3,
            done=True,
        ),
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
    "a part traded, and a revision before it was not shown": (
        ENTRY,
        [answer(booked(initial_quantity=5)), read(CUT_AND_PART)],
        found(State.UNKNOWN, "a part traded, 2.0 MW open; how much traded is not shown", CUT_AND_PART),
    ),
    "a part traded, and the history shows that somebody cut it before": (
        ENTRY,
        [
            answer(whole := booked(initial_quantity=5, api_timestamp=at(0))),
            read(CUT_AND_PART),
            history(
                whole,
                booked(initial_quantity=5, quantity=3, revision_no=2, action="UMOD", api_timestamp=at(1)),
                CUT_AND_PART,
            ),
        ],
        found(State.DIFFERENT, "quantity 2.0 MW, wanted 5.0 MW", CUT_AND_PART, mw=1),
    ),
    "a part traded": (
        ENTRY,
        [answer(), read(part_of_five := booked(quantity=3, action="PEXE", initial_quantity=5))],
        found(State.PART_FILLED, PART_OF_FIVE, part_of_five, mw=2, done=True),
    ),
    "a part traded, by the quantity of the answer": (
        ENTRY,
        [answer(SHOWN), read(ENTRY_PART)],
        found(State.PART_FILLED, PART_OF_FIVE, ENTRY_PART, mw=2, done=True),
    ),
    "a part traded, by its history": (
        ENTRY,
        [answer(), read(ENTRY_PART), history(FIRST, ENTRY_PART)],
        found(State.PART_FILLED, PART_OF_FIVE, ENTRY_PART, mw=2, done=True),
    ),
    "a part traded, by the trades": (
        ENTRY,
        [answer(), read(ENTRY_PART), trades(fill(1, "2", "44.00"))],
        found(State.PART_FILLED, "2.0 MW traded at 44.00, 3.0 MW open", ENTRY_PART, mw=2, done=True),
    ),
    "a part traded, and not all trades have come": (
        ENTRY,
        [answer(), read(ENTRY_PART), trades(fill(1, "1", "44.00"))],
        found(State.UNKNOWN, f"a part traded, 3.0 MW open; {HOW_MUCH}", ENTRY_PART),
    ),
    "a part traded, not shown how much": (
        ENTRY,
        [SILENCE, read(ENTRY_PART)],
        found(State.UNKNOWN, f"a part traded, 3.0 MW open; {HOW_MUCH}", ENTRY_PART),
    ),
    "a part traded, not shown how much for long": (
        ENTRY,
        [SILENCE, read(ENTRY_PART, at_s=LATE_S)],
        found(State.PART_FILLED, f"a part traded, 3.0 MW open; {HOW_MUCH}", ENTRY_PART),
    ),
    "a part traded, and the history begins with it": (
        ENTRY,
        [SILENCE, read(ENTRY_PART), history(ENTRY_PART)],
        found(State.UNKNOWN, f"a part traded, 3.0 MW open; {HOW_MUCH}", ENTRY_PART),
    ),
    "a part traded of less than was wanted, by the answer": (
        ENTRY,
        [answer(booked(quantity=3)), read(two_left := booked(quantity=2, action="PEXE", revision_no=2))],
        found(State.DIFFERENT, "quantity 2.0 MW, wanted 5.0 MW", two_left, mw=1),
    ),
    "a part traded of less than was wanted, by its history": (
        ENTRY,
        [SILENCE, read(two_left), history(booked(quantity=3, api_timestamp=at(0)), two_left)],
        found(State.DIFFERENT, "quantity 2.0 MW, wanted 5.0 MW", two_left, mw=1),
    ),
    "less is open after a change by somebody": (
        ENTRY,
        [SILENCE, read(cut_to_three := booked(quantity=3, action="UMOD", revision_no=2))],
        found(State.UNKNOWN, f"3.0 MW open; {WHETHER}", cut_to_three),
    ),
    "less is open after a change by somebody, for long": (
        ENTRY,
        [SILENCE, read(cut_to_three, at_s=LATE_S)],
        found(State.DIFFERENT, f"3.0 MW open; {WHETHER}", cut_to_three),
    ),
    "an iceberg's next slice": (
        ENTRY,
        [SILENCE, read(slice_two := booked(quantity=1, hidden_quantity=3, action="IADD", initial_quantity=5))],
        found(State.PART_FILLED, "1.0 MW traded at 45.10 or better, 4.0 MW open", slice_two, mw=1, done=True),
    ),
    "IOC, a part traded, not shown how much": (
        IOC,
        [SILENCE, read(ioc_part := booked(quantity=3, state="IACT", action="PEXE"))],
        found(State.UNKNOWN, f"a part traded, and it ended; {HOW_MUCH}", ioc_part),
    ),
    "IOC, a part traded, not shown how much for long": (
        IOC,
        [SILENCE, read(ioc_part, at_s=LATE_S)],
        found(State.PART_FILLED, f"a part traded, and it ended; {HOW_MUCH}", ioc_part),
    ),
    "a part traded, at another price": (
        ENTRY,
        [answer(), read(dear_part := booked(quantity=3, action="PEXE", price=46))],
        found(State.DIFFERENT, "price 46.00, wanted 45.10", dear_part),
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
        found(State.UNKNOWN, f"a part traded, 5.0 MW open; {HOW_MUCH}", active),
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
            "orders 7, 8 look like it, but their texts have no token: check them before sending again",
            cut,
            *("7", "8"),
        ),
    ),
    "two were there, and are not listed": (
        an_entry(price=46),
        [SILENCE, read(SHOWN_TOO, SHOWN), read(at_s=LATE_S)],
        found(State.UNKNOWN, "orders 7, 8 were there and are not listed now"),
    ),
    "refused, and in no read": (ENTRY, [REFUSAL, read()], found(State.REJECTED, REFUSED)),
    "refused by its answer, without an id": (
        ENTRY,
        [answer(nameless := booked(None, error_message="limit"))],
        Verdict(State.REFUSED, "limit", nameless),
    ),
    "in the state UNKW, without an id": (
        ENTRY,
        [SILENCE, read(odd_nameless := booked(None, state="UNKW", action="SNAV"))],
        Verdict(
            State.UNKNOWN,
            "the state of an order without an id is UNKW: marked unknown (order book not reachable) by system (SNAV)",
            odd_nameless,
        ),
    ),
    "one was there, and is not listed": (
        an_entry(price=46),
        [SILENCE, read(SHOWN), read(at_s=LATE_S)],
        found(State.UNKNOWN, "order 7 was there and is not listed now"),
    ),
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

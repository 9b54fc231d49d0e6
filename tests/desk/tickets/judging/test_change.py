"""Verdicts on a change in full: the reason, the order, every id and the MW that traded."""

from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.codes import ModifyAction
from pbtui.api.decoding.snapshot import decode
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.tickets.judging.case import executed_mw
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.verdict import verdict
from tests.desk.tickets.judging.rows import (
    ACTIVE,
    BEFORE,
    BOTH_OUT,
    NO_ANSWER,
    ODD_ACTIVE,
    ODD_ENDED,
    REFUSED,
    Row,
    found,
)
from tests.desk.tickets.test_verdict import (
    FILLED,
    LATE_S,
    REFUSAL,
    SILENCE,
    STALE,
    a_change,
    answer,
    at,
    changed,
    history,
    read,
)
from tests.orders import an_order

PRICE, MORE, LESS = a_change(price=Decimal(46)), a_change(quantity=Decimal(8)), a_change(quantity=Decimal(3))
NO_TERMS = a_change(expected_net_pos=Decimal(0))
MADE, MADE_MORE, PLAIN = changed(price=46), changed(quantity=8), changed()
OTHER_PRICE, LATER_PRICE = changed(price=47), an_order("1", revision_no=3, price=47, action="AMOD", api_timestamp=at(2))
OURS = changed(price=46, api_timestamp=at(1))
TRADED_LATER = an_order("1", revision_no=3, price=47, quantity=3, action="PEXE", api_timestamp=at(2))
SOLD, SOLD_AT_46 = changed(**FILLED), changed(price=46, **FILLED)
PART_AT_4 = an_order("1", revision_no=4, price=46, quantity=4, action="PEXE", api_timestamp=at(2))
DELETED_FIELDS = {"state": "IACT", "action": "UDEL"}
DELETED_1 = changed(**DELETED_FIELDS)
MAY_BE = "whether the change was made is not shown"
PART = changed(quantity=4, action="PEXE", api_timestamp=at(1))
ASLEEP = an_order("1", state="HIBE", action="UHIB", api_timestamp=at(0))
AWAKE = an_order("2", parent_order_id="1", initial_order_id="1", action="UADD", api_timestamp=at(1))
ASLEEP_AGAIN = an_order("2", initial_order_id="1", state="HIBE", action="UHIB", revision_no=2, api_timestamp=at(2))
LIMIT = an_order("1", errors=[{"code": "X", "message": "limit"}])

IT_IS_NOT_SHOWN = "partly filled: the open quantity does not show whether the change was made"
TWO_MW, THREE_MW = (changed(quantity=mw, action="PEXE", api_timestamp=at(1)) for mw in (2, 3))
LOST = [{"code": "PX_COMMUNICATION_ERROR", "message": "lost"}]
PRICE_AND_MORE = a_change(price=Decimal(46), quantity=Decimal(8))
BOTH_DIFFER = "price 45.10, wanted 46.00; quantity 5.0 MW, wanted 8.0 MW"
(ODD_ERRORS,) = decode(b'[{"order_id": "1", "state": "ACTI", "action": "UMOD", "side": "BUY", "errors": 5}]').orders


def third_revision(**fields: Any) -> Order:
    return an_order("1", **{"revision_no": 3, "action": "UMOD", "api_timestamp": at(2), **fields})


def fourth_revision(**fields: Any) -> Order:
    return an_order("1", **{"revision_no": 4, "action": "UMOD", "api_timestamp": at(3), **fields})


def following(**fields: Any) -> Order:
    """The order under the id that a change gave it."""
    return an_order("9", **{"parent_order_id": "1", "initial_order_id": "1", "api_timestamp": at(3), **fields})


MADE_EIGHT = changed(quantity=8, api_timestamp=at(1))
PRICE_ONLY, THREE_LEFT = changed(price=46, api_timestamp=at(1)), third_revision(price=46, quantity=3, action="PEXE")
AS_WANTED_ONCE = "it was as wanted, by this request or somebody else's, and has changed since: modified by user (UMOD)"
ONLY_THE_PRICE = "2.0 MW traded at 46.00 or better; quantity 3.0 MW, wanted 8.0 MW"

CHANGES: dict[str, Row] = {
    "made, and active after a refusal": (
        PRICE,
        [SILENCE, read(active_after := changed(price=46, action="SERR"))],
        found(State.CONFIRMED, "", active_after, mw=0, done=True),
    ),
    "an error in the answer behind what can't be read": (
        PRICE,
        [answer(ODD_ACTIVE, LIMIT)],
        found(State.REFUSED, "limit"),
    ),
    "deleted since the last list that would show the order it became": (
        PRICE,
        [SILENCE, read(ACTIVE), read(DELETED_1, at_s=12, ended=False)],
        found(State.UNKNOWN, SILENCE.why, DELETED_1),
    ),
    "made after somebody else's and before another": (
        PRICE,
        [
            SILENCE,
            read(last := fourth_revision(price=47)),
            history(BEFORE, changed(price=47, api_timestamp=at(1)), third_revision(price=46), last),
        ],
        found(State.UNKNOWN, AS_WANTED_ONCE, last),
    ),
    "made between two fills": (
        a_change(price=Decimal(46), quantity=Decimal(5)),
        [
            SILENCE,
            read(last_fill := fourth_revision(price=46, quantity=3, action="PEXE")),
            history(BEFORE, PART, third_revision(price=46), last_fill),
        ],
        found(State.PART_FILLED, "2.0 MW traded at 46.00 or better, 3.0 MW open", last_fill, mw=2, done=True),
    ),
    "no terms of its own, answered, and in the history": (
        NO_TERMS,
        [answer(PLAIN), read(ACTIVE), history(BEFORE, in_history := changed(api_timestamp=at(1)))],
        found(State.CONFIRMED, "", in_history, mw=0, done=True),
    ),
    "made, after a fill of nothing": (
        PRICE,
        [SILENCE, read(five_left := changed(price=46, quantity=5, action="PEXE"))],
        found(State.CONFIRMED, "", five_left, mw=0, done=True),
    ),
    "made, the quantity is not shown after a fill": (
        PRICE,
        [SILENCE, read(none_left := changed(price=46, quantity=None, action="PEXE"))],
        found(State.UNKNOWN, IT_IS_NOT_SHOWN, none_left),
    ),
    "a lower quantity, or as much traded": (
        LESS,
        [SILENCE, read(THREE_MW)],
        found(State.UNKNOWN, IT_IS_NOT_SHOWN, THREE_MW),
    ),
    "a lower quantity, traded before it": (
        LESS,
        [SILENCE, read(TWO_MW), history(BEFORE, TWO_MW)],
        found(State.CONFLICT, "changed before it: partly filled by the market (PEXE)", TWO_MW),
    ),
    "a lower quantity, and an error on the way": (
        LESS,
        [answer(changed(quantity=3, errors=LOST)), read(TWO_MW)],
        found(State.UNKNOWN, IT_IS_NOT_SHOWN, TWO_MW),
    ),
    "a lower quantity, accepted but not named": (
        LESS,
        [answer(), read(TWO_MW)],
        found(State.UNKNOWN, IT_IS_NOT_SHOWN, TWO_MW),
    ),
    "a higher quantity, and it is as it was after a fill": (
        MORE,
        [SILENCE, read(as_before := changed(quantity=5, action="PEXE"))],
        found(State.UNKNOWN, IT_IS_NOT_SHOWN, as_before),
    ),
    "a quantity that was not known before": (
        a_change(an_order("1", quantity=None), quantity=Decimal(8)),
        [SILENCE, read(from_none := changed(quantity=7, action="PEXE"))],
        found(State.UNKNOWN, IT_IS_NOT_SHOWN, from_none),
    ),
    "accepted, and unchanged in two terms": (
        PRICE_AND_MORE,
        [answer(changed(price=46, quantity=8)), read(ACTIVE, at_s=LATE_S)],
        found(State.DIFFERENT, f"the server accepted it, but 21 s later {BOTH_DIFFER}", ACTIVE),
    ),
    "accepted, and other than wanted in two terms": (
        PRICE_AND_MORE,
        [answer(changed(price=46, quantity=8)), read(PLAIN, at_s=LATE_S)],
        found(State.DIFFERENT, BOTH_DIFFER, PLAIN),
    ),
    "answered by what can't be read": (
        PRICE,
        [answer(ODD_ACTIVE), read(OTHER_PRICE)],
        found(State.DIFFERENT, "price 47.00, wanted 46.00", OTHER_PRICE),
    ),
    "the errors of the answer can't be read": (
        PRICE,
        [answer(ODD_ERRORS), read(at_s=LATE_S)],
        found(State.NOT_FOUND, "21 s later no read shows the order"),
    ),
    "activated, a part traded, and deactivated again": (
        a_change(ASLEEP, ModifyAction.ACTI),
        [
            SILENCE,
            read(again := an_order("2", initial_order_id="1", state="HIBE", action="UHIB", revision_no=3, quantity=4)),
            history(
                ASLEEP, AWAKE, an_order("2", initial_order_id="1", action="PEXE", revision_no=2, quantity=4), again
            ),
        ],
        found(
            State.UNKNOWN,
            "1.0 MW traded at 45.10 or better; it was activated, by this request or somebody else's, "
            "and has changed since: deactivated by user (UHIB)",
            again,
            mw=1,
        ),
    ),
    "in the state UNKW": (
        PRICE,
        [SILENCE, read(unknown := changed(state="UNKW", action="SNAV"))],
        found(
            State.UNKNOWN,
            "the state of order 1 is UNKW: marked unknown (order book not reachable) by system (SNAV)",
            unknown,
        ),
    ),
    "made": (PRICE, [SILENCE, read(MADE)], found(State.CONFIRMED, "", MADE, mw=0, done=True)),
    "made, and a part traded": (
        PRICE,
        [SILENCE, read(made_part := changed(price=46, quantity=4, action="PEXE"))],
        found(State.PART_FILLED, "1.0 MW traded at 46.00 or better, 4.0 MW open", made_part, mw=1, done=True),
    ),
    "made, and filled": (
        PRICE,
        [SILENCE, read(SOLD_AT_46)],
        found(State.FILLED, "5.0 MW traded at 46.00 or better", SOLD_AT_46, mw=5, done=True),
    ),
    "made, then refused": (
        PRICE,
        [answer(MADE), read(late_error := changed(price=46, state="IACT", action="SERR"))],
        found(State.REJECTED, "the order ended: refused in remote validation by system (SERR)", late_error),
    ),
    "made before somebody else's": (
        PRICE,
        [SILENCE, read(LATER_PRICE), history(BEFORE, OURS, LATER_PRICE)],
        found(State.UNKNOWN, AS_WANTED_ONCE.replace("user (UMOD)", "market operations (AMOD)"), LATER_PRICE),
    ),
    "made before somebody else's, and answered": (
        PRICE,
        [answer(OURS), read(LATER_PRICE), history(BEFORE, OURS, LATER_PRICE)],
        found(State.CONFIRMED, "", LATER_PRICE, mw=0, done=True),
    ),
    "made before somebody else's, with a text of its own": (
        a_change(price=Decimal(46), txt="mine"),
        [
            SILENCE,
            read(theirs := third_revision(price=47, txt="theirs")),
            history(BEFORE, changed(price=46, txt="mine", api_timestamp=at(1)), theirs),
        ],
        found(State.CONFIRMED, "", theirs, mw=0, done=True),
    ),
    "as wanted, then another price, and the history ends with the id that it left": (
        PRICE,
        [
            SILENCE,
            read(moved := following(price=47, api_timestamp=at(1))),
            history(
                BEFORE,
                an_order("8", parent_order_id="1", initial_order_id="1", price=46, api_timestamp=at(1)),
                moved,
                an_order(
                    "8", initial_order_id="1", price=46, revision_no=2, state="IACT", action="UDEL", api_timestamp=at(1)
                ),
            ),
        ],
        found(
            State.UNKNOWN,
            "it was as wanted, by this request or somebody else's, and has changed since: added by user (UADD)",
            moved,
        ),
    ),
    "made before a part traded": (
        PRICE,
        [SILENCE, read(TRADED_LATER), history(BEFORE, OURS, TRADED_LATER)],
        found(
            State.UNKNOWN,
            "2.0 MW traded at 47.00 or better; it was as wanted, by this request or somebody else's, "
            "and has changed since: partly filled by the market (PEXE)",
            TRADED_LATER,
            mw=2,
        ),
    ),
    "made, a part traded, and a revision between was not shown": (
        PRICE,
        [
            answer(changed(price=46, initial_quantity=5)),
            read(cut_and_part := fourth_revision(price=46, quantity=2, initial_quantity=5, action="PEXE")),
        ],
        found(State.UNKNOWN, "a part traded, 2.0 MW open; how much traded is not shown", cut_and_part),
    ),
    "a higher quantity, made": (
        MORE,
        [SILENCE, read(MADE_MORE)],
        found(State.CONFIRMED, "", MADE_MORE, mw=0, done=True),
    ),
    "a higher quantity, of which a part traded": (
        MORE,
        [answer(MADE_MORE), read(seven := changed(quantity=7, action="PEXE"))],
        found(State.PART_FILLED, "1.0 MW traded at 45.10 or better, 7.0 MW open", seven, mw=1, done=True),
    ),
    "a higher quantity, of which a part traded, by its history": (
        MORE,
        [
            SILENCE,
            read(seven_left := third_revision(quantity=7, action="PEXE")),
            history(BEFORE, MADE_EIGHT, seven_left),
        ],
        found(State.PART_FILLED, "1.0 MW traded at 45.10 or better, 7.0 MW open", seven_left, mw=1, done=True),
    ),
    "a higher quantity, of which a part traded, by the quantity it was entered with": (
        MORE,
        [SILENCE, read(of_eight := an_order("9", parent_order_id="1", quantity=7, initial_quantity=8, action="PEXE"))],
        found(State.PART_FILLED, "1.0 MW traded at 45.10 or better, 7.0 MW open", of_eight, mw=1, done=True),
    ),
    "a higher quantity under the same id, of which a part traded": (
        a_change(an_order("1", initial_quantity=5), quantity=Decimal(8)),
        [SILENCE, read(same_id := changed(quantity=7, initial_quantity=8, action="PEXE"))],
        found(State.PART_FILLED, "1.0 MW traded at 45.10 or better, 7.0 MW open", same_id, mw=1, done=True),
    ),
    "a higher quantity, or somebody else's higher one, and a part traded": (
        MORE,
        [SILENCE, read(seven)],
        found(State.UNKNOWN, IT_IS_NOT_SHOWN, seven),
    ),
    "a higher quantity, or somebody else's higher one, and a part traded, for long": (
        MORE,
        [SILENCE, read(seven, at_s=LATE_S)],
        found(State.PART_FILLED, "a part traded, 7.0 MW open; how much traded is not shown", seven),
    ),
    "somebody else's higher quantity, of which a part traded": (
        MORE,
        [
            SILENCE,
            read(seven_left),
            history(BEFORE, changed(quantity=10, action="AMOD", api_timestamp=at(1)), seven_left),
        ],
        found(State.CONFLICT, "changed before it: partly filled by the market (PEXE)", seven_left),
    ),
    "accepted, the price taken and not the quantity, and a part traded": (
        PRICE_AND_MORE,
        [answer(PRICE_ONLY), read(THREE_LEFT), history(BEFORE, PRICE_ONLY, THREE_LEFT)],
        found(State.DIFFERENT, ONLY_THE_PRICE, THREE_LEFT, mw=2),
    ),
    "not answered, the price taken and not the quantity, and a part traded": (
        PRICE_AND_MORE,
        [SILENCE, read(THREE_LEFT), history(BEFORE, PRICE_ONLY, THREE_LEFT)],
        found(State.DIFFERENT, ONLY_THE_PRICE, THREE_LEFT, mw=2),
    ),
    "the price taken, a part traded, and the quantity is not shown": (
        PRICE_AND_MORE,
        [answer(PRICE_ONLY), read(THREE_LEFT)],
        found(State.UNKNOWN, IT_IS_NOT_SHOWN, THREE_LEFT),
    ),
    "the price taken, then filled, and the quantity is not shown": (
        PRICE_AND_MORE,
        [SILENCE, read(SOLD_AT_46)],
        found(State.UNKNOWN, "filled; whether before or after the change is not shown", SOLD_AT_46),
    ),
    "made, cut by somebody, and a part traded": (
        MORE,
        [
            answer(MADE_EIGHT),
            read(of_six := fourth_revision(quantity=4, action="PEXE")),
            history(BEFORE, MADE_EIGHT, third_revision(quantity=6, action="AMOD"), of_six),
        ],
        found(State.PART_FILLED, "2.0 MW traded at 45.10 or better, 4.0 MW open", of_six, mw=2, done=True),
    ),
    "a higher quantity, not shown": (
        MORE,
        [SILENCE, read(bare_part := changed(quantity=None, action="PEXE"))],
        found(State.UNKNOWN, "partly filled: the open quantity does not show whether the change was made", bare_part),
    ),
    "a higher quantity, and another one is shown": (
        MORE,
        [SILENCE, read(nine := changed(quantity=9, action="PEXE"))],
        found(State.UNKNOWN, f"the order is at revision 2 now (partly filled by the market (PEXE)); {MAY_BE}", nine),
    ),
    "a higher quantity, filled": (
        MORE,
        [answer(MADE_MORE), read(SOLD)],
        found(State.FILLED, "8.0 MW traded at 45.10 or better", SOLD, mw=8, done=True),
    ),
    "a lower quantity, of which a part traded": (
        LESS,
        [answer(changed(quantity=3)), read(two_mw := changed(quantity=2, action="PEXE"))],
        found(State.PART_FILLED, "1.0 MW traded at 45.10 or better, 2.0 MW open", two_mw, mw=1, done=True),
    ),
    "a lower quantity, or a part traded": (
        LESS,
        [SILENCE, read(two_mw)],
        found(State.UNKNOWN, "partly filled: the open quantity does not show whether the change was made", two_mw),
    ),
    "filled, before or after": (
        MORE,
        [SILENCE, read(SOLD)],
        found(State.UNKNOWN, "filled; whether before or after the change is not shown", SOLD),
    ),
    "filled, before or after, for long": (
        MORE,
        [SILENCE, read(SOLD, at_s=LATE_S)],
        found(State.FILLED, "filled, before or after the change: it traded at 45.10 or better", SOLD),
    ),
    "filled before": (
        MORE,
        [SILENCE, read(SOLD), history(an_order("1"), SOLD)],
        found(State.FILLED, "filled before the change: 5.0 MW traded at 45.10 or better", SOLD, mw=5),
    ),
    "filled at another price": (
        PRICE,
        [answer(MADE), read(sold_at_47 := changed(price=47, **FILLED))],
        found(State.UNKNOWN, "filled; whether before or after the change is not shown", sold_at_47),
    ),
    "no terms of its own, answered": (
        NO_TERMS,
        [answer(PLAIN), read(PLAIN)],
        found(State.CONFIRMED, "", PLAIN, mw=0, done=True),
    ),
    "no terms of its own, not answered": (
        NO_TERMS,
        [SILENCE, read(PLAIN)],
        found(State.UNKNOWN, f"the order is at revision 2 now (modified by user (UMOD)); {MAY_BE}", PLAIN),
    ),
    "no terms of its own, no new revision": (
        NO_TERMS,
        [answer(PLAIN), read(ACTIVE, at_s=LATE_S)],
        found(State.DIFFERENT, "the server accepted it, but 21 s later the order has no new revision", ACTIVE),
    ),
    "activated, and deactivated again": (
        a_change(ASLEEP, ModifyAction.ACTI),
        [SILENCE, read(ASLEEP_AGAIN), history(ASLEEP, AWAKE, ASLEEP_AGAIN)],
        found(
            State.UNKNOWN,
            "it was activated, by this request or somebody else's, and has changed since: deactivated by user (UHIB)",
            ASLEEP_AGAIN,
        ),
    ),
    "activated under the same revision": (
        a_change(ASLEEP, ModifyAction.ACTI),
        [SILENCE, read(ACTIVE)],
        found(State.CONFIRMED, "", ACTIVE, mw=0, done=True),
    ),
    "refused, and in no read": (PRICE, [REFUSAL, read()], found(State.REJECTED, REFUSED)),
    "refused, no read yet": (PRICE, [REFUSAL], found(State.REFUSED, REFUSED)),
    "not answered, and in no read": (
        PRICE,
        [SILENCE, read(at_s=LATE_S)],
        found(State.NOT_FOUND, f"{NO_ANSWER}; 21 s later no read shows the order"),
    ),
    "accepted, and in no read": (
        PRICE,
        [answer(MADE), read(at_s=LATE_S)],
        found(State.NOT_FOUND, "the server accepted it, but 21 s later no read shows the order"),
    ),
    "accepted, and in no read so far": (PRICE, [answer(MADE), read()], found(State.SENT)),
    "active, and unreadable": (
        PRICE,
        [SILENCE, read(ODD_ACTIVE)],
        found(State.DIFFERENT, f"order 1 is there, but it can't be compared: {ODD_ACTIVE.reason}", None, "1"),
    ),
    "ended, and unreadable": (
        PRICE,
        [SILENCE, read(ODD_ENDED)],
        found(State.UNKNOWN, f"order 1 is there, but it can't be compared: {ODD_ENDED.reason}", None, "1"),
    ),
    "in a state that is not known": (
        PRICE,
        [SILENCE, read(stateless := changed(state="", action="SNAV"))],
        found(
            State.UNKNOWN,
            "the state of order 1 is unreadable: marked unknown (order book not reachable) by system (SNAV)",
            stateless,
        ),
    ),
    "refused, and unchanged": (PRICE, [REFUSAL, read(ACTIVE)], found(State.REJECTED, REFUSED, ACTIVE)),
    "not answered, and unchanged so far": (PRICE, [SILENCE, read(ACTIVE)], found(State.UNKNOWN, NO_ANSWER, ACTIVE)),
    "not answered, and unchanged": (
        PRICE,
        [SILENCE, read(ACTIVE, at_s=LATE_S)],
        found(State.NOT_FOUND, f"{NO_ANSWER}; 21 s later the order is as it was", ACTIVE),
    ),
    "accepted, and unchanged": (
        PRICE,
        [answer(MADE), read(ACTIVE, at_s=LATE_S)],
        found(State.DIFFERENT, "the server accepted it, but 21 s later price 45.10, wanted 46.00", ACTIVE),
    ),
    "not answered, and deleted": (PRICE, [SILENCE, read(DELETED_1)], found(State.UNKNOWN, NO_ANSWER, DELETED_1)),
    "not answered, and deleted for long": (
        PRICE,
        [SILENCE, read(DELETED_1, at_s=LATE_S)],
        found(State.DIFFERENT, f"the order ended: deleted by user (UDEL); {MAY_BE}", DELETED_1),
    ),
    "not answered, and deleted for long, by its history": (
        PRICE,
        [SILENCE, read(DELETED_1, at_s=LATE_S), history(BEFORE, DELETED_1)],
        found(State.DIFFERENT, f"the order ended: deleted by user (UDEL); {MAY_BE}", DELETED_1),
    ),
    "not answered, changed by somebody else and deleted": (
        PRICE,
        [
            SILENCE,
            read(third_end := fourth_revision(**DELETED_FIELDS), at_s=LATE_S),
            history(BEFORE, LATER_PRICE, third_end),
        ],
        found(State.CONFLICT, "changed before it, and ended: deleted by user (UDEL)", third_end),
    ),
    "not answered, and deleted with the price that was wanted": (
        PRICE,
        [SILENCE, read(made_end := fourth_revision(**DELETED_FIELDS, price=46), at_s=LATE_S)],
        found(State.DIFFERENT, f"the order ended: deleted by user (UDEL); {MAY_BE}", made_end),
    ),
    "not answered, and deleted with the price that was wanted, the history comes late": (
        PRICE,
        [SILENCE, read(made_end, at_s=LATE_S), history(BEFORE, changed(price=47, api_timestamp=at(1)), LATER_PRICE)],
        found(State.DIFFERENT, f"the order ended: deleted by user (UDEL); {MAY_BE}", made_end),
    ),
    "refused, and deleted": (
        PRICE,
        [REFUSAL, read(DELETED_1)],
        found(State.REJECTED, f"{REFUSED}; the order ended: deleted by user (UDEL)", DELETED_1),
    ),
    "refused for a conflict, and deleted": (
        PRICE,
        [STALE, read(DELETED_1)],
        found(State.CONFLICT, f"{STALE.why}; before it: deleted by user (UDEL)", DELETED_1),
    ),
    "refused, and deleted with the price that was wanted": (
        PRICE,
        [REFUSAL, read(made_end)],
        found(State.REJECTED, f"{REFUSED}; but the order shows what was wanted: deleted by user (UDEL)", made_end),
    ),
    "its list refused, and deleted with the price that was wanted": (
        PRICE,
        [replace(REFUSAL, is_of_list=True), read(made_end)],
        found(State.DIFFERENT, f"{REFUSED}; but the order shows what was wanted: deleted by user (UDEL)", made_end),
    ),
    "its list refused, and deleted": (
        PRICE,
        [replace(REFUSAL, is_of_list=True), read(DELETED_1)],
        found(State.REJECTED, f"{REFUSED}; the order ended: deleted by user (UDEL)", DELETED_1),
    ),
    "deleted, and no list can show for long whether it went on": (
        PRICE,
        [SILENCE, read(DELETED_1, ended=False, at_s=LATE_S)],
        found(
            State.UNKNOWN,
            "order 1 has ended: deleted by user (UDEL); whether it traded or went on under another id is not shown",
            DELETED_1,
        ),
    ),
    "accepted, and deleted": (PRICE, [answer(MADE), read(DELETED_1)], found(State.SENT, "", DELETED_1)),
    "accepted, and deleted for long": (
        PRICE,
        [answer(MADE), read(DELETED_1, at_s=LATE_S)],
        found(State.DIFFERENT, "the order ended: deleted by user (UDEL)", DELETED_1),
    ),
    "traded in part under the next id, of which there is no history": (
        MORE,
        [SILENCE, read(DELETED_1, next_part := following(quantity=6, action="PEXE")), history(BEFORE, DELETED_1)],
        found(State.UNKNOWN, "partly filled: the open quantity does not show whether the change was made", next_part),
    ),
    "filled under the next id, of which there is no history": (
        MORE,
        [SILENCE, read(DELETED_1, next_filled := following(**FILLED), at_s=LATE_S), history(BEFORE, DELETED_1)],
        found(State.FILLED, "filled, before or after the change: it traded at 45.10 or better", next_filled),
    ),
    "deleted, and perhaps there under another id": (
        PRICE,
        [SILENCE, read(DELETED_1, ended=False)],
        found(State.UNKNOWN, NO_ANSWER, DELETED_1),
    ),
    "ended, and nowhere else": (
        PRICE,
        [SILENCE, read(odd_end := changed(state="IACT", action="PEXE", quantity=3), ended=False)],
        found(State.DIFFERENT, f"the order ended: partly filled by the market (PEXE); {MAY_BE}", odd_end),
    ),
    "accepted, and changed by somebody else since": (
        PRICE,
        [answer(MADE), read(third := changed(price=47, revision_no=3))],
        found(State.SENT, "", third),
    ),
    "accepted, and not as wanted for long": (
        PRICE,
        [answer(MADE), read(third, at_s=LATE_S)],
        found(State.DIFFERENT, "price 47.00, wanted 46.00", third),
    ),
    "accepted as a later revision than the next one, and traded right after it": (
        PRICE,
        [answer(changed(price=46, revision_no=3)), read(PART_AT_4)],
        found(State.PART_FILLED, "1.0 MW traded at 46.00 or better, 4.0 MW open", PART_AT_4, mw=1, done=True),
    ),
    "accepted as the next revision, and traded after another one that is not shown": (
        PRICE,
        [answer(MADE), read(PART_AT_4)],
        found(State.UNKNOWN, "a part traded, 4.0 MW open; how much traded is not shown", PART_AT_4),
    ),
    "accepted, and its own revision is not as wanted": (
        PRICE,
        [answer(MADE), read(OTHER_PRICE)],
        found(State.DIFFERENT, "price 47.00, wanted 46.00", OTHER_PRICE),
    ),
    "refused for a conflict": (
        PRICE,
        [STALE, read(OTHER_PRICE)],
        found(State.CONFLICT, f"{STALE.why}; before it: modified by user (UMOD)", OTHER_PRICE),
    ),
    "refused, and changed by somebody else": (
        PRICE,
        [REFUSAL, read(OTHER_PRICE)],
        found(State.REJECTED, f"{REFUSED}; the order has changed: modified by user (UMOD)", OTHER_PRICE),
    ),
    "refused, then shown as it was, and changed later under another id": (
        PRICE,
        [REFUSAL, read(ACTIVE), read(later := an_order("9", parent_order_id="1", price=47))],
        found(State.REJECTED, f"{REFUSED}; the order has changed since: added by user (UADD)", later),
    ),
    "refused, then shown as it was, and changed later as wanted": (
        PRICE,
        [REFUSAL, read(ACTIVE), read(later_made := an_order("9", parent_order_id="1", price=46))],
        found(State.REJECTED, f"{REFUSED}; but the order shows what was wanted: added by user (UADD)", later_made),
    ),
    "refused, then shown as it was, changed under another id, and deleted": (
        PRICE,
        [REFUSAL, read(ACTIVE), read(gone := an_order("9", parent_order_id="1", price=47, **DELETED_FIELDS))],
        found(State.REJECTED, f"{REFUSED}; the order ended since: deleted by user (UDEL)", gone),
    ),
    "refused in the answer, then shown as it was, and changed later": (
        PRICE,
        [answer(LIMIT), read(ACTIVE), read(OTHER_PRICE)],
        found(State.REJECTED, "limit; the order has changed since: modified by user (UMOD)", OTHER_PRICE),
    ),
    "refused for a conflict, and shown as it was all the same": (
        PRICE,
        [STALE, read(ACTIVE), read(OTHER_PRICE)],
        found(State.CONFLICT, f"{STALE.why}; before it: modified by user (UMOD)", OTHER_PRICE),
    ),
    "refused, and moved to another id": (
        PRICE,
        [REFUSAL, read(moved := an_order("9", parent_order_id="1", price=47))],
        found(State.CONFLICT, f"{REFUSED}; the order has changed: added by user (UADD)", moved),
    ),
    "an error in the answer": (
        PRICE,
        [answer(LIMIT), read(OTHER_PRICE)],
        found(State.CONFLICT, "limit; the order has changed: modified by user (UMOD)", OTHER_PRICE),
    ),
    "not answered, and changed by somebody else": (
        PRICE,
        [SILENCE, read(LATER_PRICE), history(BEFORE, LATER_PRICE)],
        found(State.CONFLICT, "changed before it: modified by market operations (AMOD)", LATER_PRICE),
    ),
    "not answered, and at another revision": (
        PRICE,
        [SILENCE, read(OTHER_PRICE)],
        found(State.UNKNOWN, f"the order is at revision 2 now (modified by user (UMOD)); {MAY_BE}", OTHER_PRICE),
    ),
    "two are active": (
        PRICE,
        [SILENCE, read(ACTIVE, an_order("9", parent_order_id="1", price=46))],
        found(State.TWICE, "2 orders are there instead of one: 1, 9. Take out what is too much", ACTIVE, "1", "9"),
    ),
    "deactivated under another id": (
        PRICE,
        [SILENCE, read(BOTH_OUT[1], DELETED_1)],
        found(State.UNKNOWN, f"the order is at revision 1 now (deactivated by user (UHIB)); {MAY_BE}", BOTH_OUT[1]),
    ),
    "of a revision that the request names": (
        replace(PRICE, request=PRICE.request.model_copy(update={"revision_no": 2})),
        [SILENCE, read(MADE)],
        found(State.UNKNOWN, NO_ANSWER, MADE),
    ),
}


@pytest.mark.parametrize("row", CHANGES.values(), ids=CHANGES)
def test_a_change(row: Row) -> None:
    line, evidence, expected = row
    assert verdict(line, evidence) == expected


def test_the_end_of_an_earlier_id_that_is_listed_late_is_no_quantity_that_traded() -> None:
    """A history without parents has it after the order of the same moment that took its place, which was cut."""
    base = an_order("2", quantity=3, initial_quantity=3, api_timestamp=at(0))
    earlier = an_order("1", state="IACT", action="UDEL", revision_no=2, initial_quantity=5, api_timestamp=at(0))
    sold = an_order("2", **FILLED, revision_no=2, initial_quantity=3, api_timestamp=at(1))
    line = a_change(base, price=Decimal(46))
    shown = verdict(line, [REFUSAL, history(base, earlier, sold), read(sold)])
    assert (shown.state, shown.traded_mw) == (State.FILLED, None)


def test_a_conflict_with_an_order_of_another_quantity_does_not_say_what_traded() -> None:
    base = an_order("1", quantity=5, initial_quantity=5)
    cut = an_order("1", revision_no=3, quantity=1, initial_quantity=2, action="PEXE")
    assert executed_mw([cut], base.open_quantity_mw, base) is None

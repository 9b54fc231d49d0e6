"""History: for each revision what changed, across ids, in any sequence of the server."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.desk.blotter.history import FieldChange, history_of
from tests.orders import an_order

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def at(seconds: int) -> dict[str, datetime]:
    moment = NOON + timedelta(seconds=seconds)
    return {"api_timestamp": moment, "last_change_timestamp": moment}


MOVED: dict[str, Any] = {
    "quantity": Decimal(4),
    "price": Decimal("46.00"),
    "initial_order_id": "1",
    "parent_order_id": "1",
}
CHAIN = [
    an_order("1", revision_no=1, **at(0)),
    an_order("1", revision_no=2, action="PEXE", quantity=Decimal(4), **at(1)),
    an_order("1", revision_no=3, action="UDEL", state="IACT", quantity=Decimal(4), **at(2)),
    an_order("2", revision_no=1, **MOVED, **at(2)),
    an_order("2", revision_no=2, action="AHIB", state="HIBE", **MOVED, **at(3)),
]


@given(st.permutations(CHAIN))
def test_a_chain_of_ids_is_one_history(orders: list[Order]) -> None:
    history = history_of("2", orders)
    assert [revision.order for revision in history.revisions] == CHAIN
    assert [str(revision.event) for revision in history.revisions] == [
        "added by user (UADD)",
        "partly filled by the market (PEXE)",
        "deleted by user (UDEL)",
        "added by user (UADD)",
        "deactivated by market operations (AHIB)",
    ]
    assert [revision.changes for revision in history.revisions] == [
        (),
        (FieldChange("open_quantity_mw", Decimal(5), Decimal(4)),),
        (),
        (FieldChange("order_id", "1", "2"), FieldChange("price", Decimal("45.10"), Decimal("46.00"))),
        (FieldChange("state", "ACTI", "HIBE"),),
    ]
    assert [revision.replaced_by for revision in history.revisions] == [None, None, "2", None, None]


def test_a_slice_is_compared_as_long_as_something_is_hidden() -> None:
    sizes = ((5, 24), (3, 24), (5, 19), (4, 0))
    orders = [
        an_order("1", revision_no=number, quantity=Decimal(shown), hidden_quantity=Decimal(hidden), **at(number))
        for number, (shown, hidden) in enumerate(sizes)
    ]
    changes = [{c.name: (c.before, c.after) for c in each.changes} for each in history_of("1", orders).revisions]
    assert changes == [
        {},
        {"open_quantity_mw": (29, 27), "slice_mw": (5, 3)},
        {"open_quantity_mw": (27, 24), "slice_mw": (3, 5), "hidden_quantity": (24, 19)},
        {"open_quantity_mw": (24, 4), "hidden_quantity": (19, 0)},
    ]


def test_a_deletion_without_a_following_order_is_a_deletion() -> None:
    history = history_of("1", CHAIN[:3])
    assert history.revisions[-1].replaced_by is None
    assert history.revisions[-1].changes == (FieldChange("state", "ACTI", "IACT"),)


def test_revisions_that_cannot_be_read_are_counted() -> None:
    history = history_of("1", [CHAIN[0], UnreadableOrder(reason="no object", raw="null")])
    assert (len(history.revisions), history.unreadable) == (1, 1)


def test_a_circular_chain_of_parents_is_read_once() -> None:
    orders = [an_order("1", parent_order_id="2"), an_order("2", parent_order_id="1")]
    assert len(history_of("1", orders).revisions) == 2

"""Events of own orders between two reads: trades, and what others than the trader did."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pbtui.api.models import Order
from pbtui.desk.blotter.events import OrderNews, order_news
from pbtui.desk.blotter.own_orders import Blotter
from tests.orders import an_order

ORDER = an_order("1", quantity=Decimal(5), price=Decimal("45.10"))


def after_reads(*reads: Order) -> tuple[Blotter, list[OrderNews]]:
    """The blotter after these states of one order, and the events of the last."""
    blotter = Blotter()
    for order in reads:
        blotter = blotter.apply([order] if order.is_live else [])
        if not order.is_live:
            blotter = blotter.resolve_departures([order], [order.key])
    return blotter, list(order_news(blotter.changes))


def changed(order: Order, action: str, **fields: object) -> Order:
    return replace(order, action=action, revision_no=(order.revision_no or 0) + 1, **fields)  # type: ignore[arg-type]


PARTLY = changed(ORDER, "PEXE", quantity=Decimal(3))
FILLED = changed(PARTLY, "FEXE", quantity=Decimal(0), state="IACT")


@pytest.mark.parametrize(
    ("reads", "event_mw", "row_mw"),
    [((ORDER, PARTLY), 2, 2), ((ORDER, PARTLY, FILLED), 3, 5), ((ORDER, FILLED), 5, 5)],
)
def test_a_trade_is_an_event_with_what_traded(reads: tuple[Order, ...], event_mw: int, row_mw: int) -> None:
    blotter, (event,) = after_reads(*reads)
    row = blotter.find("1")
    assert row is not None
    assert event.is_trade
    assert event.traded_mw == event_mw
    assert row.traded_mw == row_mw


@pytest.mark.parametrize("fields", [{}, {"order_id": "2"}])
def test_a_trade_after_a_change_of_the_quantity_is_an_event_without_mw(fields: dict[str, object]) -> None:
    entered = replace(ORDER, initial_quantity=Decimal(5))
    last = changed(entered, "FEXE", quantity=Decimal(0), initial_quantity=Decimal(1), state="IACT", **fields)
    blotter, (event,) = after_reads(entered, last)
    row = blotter.find("1")
    assert row is not None
    assert (event.is_trade, event.traded_mw, row.traded_mw) == (True, None, None)


@pytest.mark.parametrize(("action", "state"), [("AHIB", "HIBE"), ("SHIB", "HIBE"), ("ADEL", "IACT"), ("SERR", "IACT")])
def test_what_others_did_is_an_event_with_the_quantity_before_it(action: str, state: str) -> None:
    _, (event,) = after_reads(ORDER, changed(ORDER, action, state=state, quantity=Decimal(0)))
    assert (event.is_trade, event.order.action) == (False, action)
    assert event.quantity_mw == 5


@pytest.mark.parametrize(("action", "state"), [("UHIB", "HIBE"), ("UMOD", "ACTI"), ("UDEL", "IACT"), ("ODD", "ACTI")])
def test_what_a_user_did_is_no_event(action: str, state: str) -> None:
    assert after_reads(ORDER, changed(ORDER, action, state=state))[1] == []


def test_a_state_read_twice_and_the_first_read_are_no_events() -> None:
    assert after_reads(PARTLY)[1] == []
    assert after_reads(ORDER, PARTLY, replace(PARTLY, txt="new text"))[1] == []


def test_an_order_first_seen_after_a_trade_counts_from_its_initial_quantity() -> None:
    new = replace(PARTLY, initial_quantity=Decimal(5))
    blotter = Blotter().apply([]).apply([new])
    (event,) = order_news(blotter.changes)
    assert event.traded_mw == 2

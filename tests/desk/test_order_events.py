"""Events that no ticket explains: in the view, in the journal, and as a sentence with MW and price."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.codes import ModifyAction
from pbtui.api.models import Order
from pbtui.api.reads.trades import Trade
from pbtui.api.requests import OrderModify
from pbtui.desk.blotter.events import OrderNews
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.formats.news import Weight
from pbtui.desk.market.fills import FillIndex, OwnSides
from pbtui.desk.market.reading import Reading
from pbtui.desk.market.trades import Trades, recalled_since
from pbtui.desk.news_sentences import order_event_news, recall_news
from pbtui.desk.order_events import OrderEvents
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, change_line
from tests.orders import an_order

BERLIN = ZoneInfo("Europe/Berlin")
ORDER = an_order("1", quantity=Decimal(5), price=Decimal("45.10"), delivery_area="10YDE-RWENET---I")
PARTLY = replace(ORDER, action="PEXE", revision_no=(ORDER.revision_no or 0) + 1, quantity=Decimal(3))
HALTED = replace(ORDER, action="AHIB", revision_no=(ORDER.revision_no or 0) + 1)
PLACE = "22 Nov 15:00-16:00, AMP"


def a_ticket(verdict: Verdict) -> Ticket:
    line = change_line(ORDER, OrderModify(action=ModifyAction.MODI, price=Decimal(46)))
    return Ticket("7K3QX2", Action.MODIFY, (replace(line, verdict=verdict),), datetime(2026, 11, 22, tzinfo=UTC))


def followed(*tickets: Ticket) -> tuple[OrderEvents, list[Any]]:
    """The events after a part of the order traded, while these tickets are known."""
    recorded: list[Any] = []
    events = OrderEvents(recorded.append)
    first = Blotter().apply([ORDER])
    for blotter in (first, first.apply([PARTLY])):
        events.follow(blotter, tickets)
        events.follow(blotter, tickets)
    return events, recorded


def test_a_trade_is_recorded_once_with_mw_and_price() -> None:
    events, (facts,) = followed()
    ((event,), (fact,)) = events.newest, facts["events"]
    assert event.number == 1
    assert event.traded_mw == 2
    assert (fact["order_id"], fact["traded_mw"], fact["price"]) == ("1", 2, Decimal("45.10"))
    assert fact["what"] == "partly filled by the market (PEXE)"


def a_trade(order_id: str, mw: str, price: str, minute: int = 1, state: str = "ACTI") -> Trade:
    at = datetime(2026, 11, 22, 12, minute, tzinfo=UTC)
    side: dict[str, Any] = {
        "buy_order_id": order_id,
        "buy_portfolio_id": "P1",
        "buy_delivery_area": ORDER.delivery_area,
    }
    when: dict[str, Any] = {"delivery_start": ORDER.delivery_start, "delivery_end": ORDER.delivery_end, "exec_time": at}
    return Trade(trade_id="94", price=Decimal(price), quantity=Decimal(mw), state=state, **side, **when)


def test_an_event_is_repeated_with_its_price_once_the_trades_show_it() -> None:
    events, recorded = followed()
    events.learn_fills(FillIndex(OwnSides.of([a_trade("1", "1", "44")])))
    assert len(recorded) == 1, "a report is missing"
    trades = [a_trade("1", "1", "44"), a_trade("1", "1", "44", 2)]
    events.learn_fills(FillIndex(OwnSides.of(trades)))
    events.learn_fills(FillIndex(OwnSides.of(trades)))
    assert [fact["traded_price"] for facts in recorded for fact in facts["events"]] == [None, 44]
    first, again = events.newest
    assert (again.number, again.repeats, again.traded_price) == (2, 1, Decimal(44))
    pieces = [piece for event in (first, again) for piece in order_event_news([event])]
    assert pieces[0].about == pieces[1].about
    assert pieces[1].text(BERLIN) == f"PART FILLED ▲ BUY 2.0 MW at 44.00, {PLACE}: 3.0 MW still open, order 1"


def test_an_event_whose_trades_are_known_already_has_its_price_at_once() -> None:
    recorded: list[Any] = []
    events = OrderEvents(recorded.append)
    events.learn_fills(FillIndex(OwnSides.of([a_trade("1", "2", "44")])))
    first = Blotter().apply([ORDER])
    for blotter in (first, first.apply([PARTLY])):
        events.follow(blotter, ())
    assert [event.traded_price for event in events.newest] == [44]


def test_a_fill_of_before_the_state_that_was_read_is_no_price_of_this_one() -> None:
    seen = replace(ORDER, last_change_timestamp=datetime(2026, 11, 22, 12, 5, tzinfo=UTC))
    events = OrderEvents(lambda facts: None)
    events.learn_fills(FillIndex(OwnSides.of([a_trade("1", "2", "44", minute=4)])))
    first = Blotter().apply([seen])
    for blotter in (first, first.apply([PARTLY])):
        events.follow(blotter, ())
    assert [event.traded_price for event in events.newest] == [None]


def test_a_trade_that_was_recalled_is_grave_news_and_only_once() -> None:
    counted = Trades().with_read([a_trade("1", "2", "44")], "")
    recalled = counted.with_read([a_trade("1", "2", "44", state="RGRA")], "")
    found = recalled_since(Reading(counted), Reading(recalled))
    (piece,) = recall_news(found)
    assert piece.weight is Weight.GRAVE
    assert piece.text(BERLIN) == (
        f"RECALLED ▲ BUY 2.0 MW at 44.00, {PLACE}: the trade no longer counts, check your position, trade 94, order 1"
    )
    assert recalled_since(Reading(recalled), Reading(recalled.with_read([], "a page is missing"))) == ()
    assert recalled_since(Reading(), Reading(recalled)) == (), "it was recalled before the desk was opened"


@pytest.mark.parametrize(
    "verdict", [Verdict(State.SENT), Verdict(State.PART_FILLED, order=PARTLY, traded_mw=Decimal(2), is_done=True)]
)
def test_what_a_ticket_says_is_not_said_twice(verdict: Verdict) -> None:
    events, recorded = followed(a_ticket(verdict))
    assert (events.newest, recorded) == ((), [])


def test_a_trade_after_the_ticket_of_its_order_ended_is_an_event() -> None:
    events, _ = followed(a_ticket(Verdict(State.CONFIRMED, order=ORDER, is_done=True)))
    assert len(events.newest) == 1


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            OrderNews("1", PARTLY, Decimal(2), Decimal(5)),
            f"PART FILLED ▲ BUY 2.0 MW at 45.10 or better, {PLACE}: 3.0 MW still open, order 1",
        ),
        (
            OrderNews("1", replace(PARTLY, action="FEXE", quantity=Decimal(0)), Decimal(3), Decimal(3)),
            f"FILLED ▲ BUY 3.0 MW at 45.10 or better, {PLACE}, order 1",
        ),
        (
            OrderNews("1", HALTED, None, Decimal(5)),
            f"DEACTIVATED by market operations ▲ BUY 5.0 MW at 45.10, {PLACE}, order 1",
        ),
    ],
)
def test_an_event_is_a_sentence_with_mw_and_price(event: OrderNews, text: str) -> None:
    assert [news.text(BERLIN) for news in order_event_news([event])] == [text]


def test_several_events_end_in_one_sentence_that_counts_them() -> None:
    order: Order = HALTED
    events = [OrderNews("1", PARTLY, Decimal(2), Decimal(5)), *[OrderNews("1", order, None, Decimal(5))] * 2]
    *each, last = order_event_news(events)
    assert len(each) == 3
    assert last.text(BERLIN).startswith(
        "1 order traded, 2 orders changed by others: DEACTIVATED by market operations ▲ BUY 5.0"
    )
    assert last.weight is Weight.GRAVE

"""Trades of an order as texts, and the price of each revision that traded."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.api.reads.trades import Trade
from pbtui.desk.blotter.history import history_of
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.market.fills import Fill, Fills
from pbtui.desk.market.reading import Reading
from pbtui.desk.market.trades import Trades
from pbtui.ui.order.fill_lines import OrderTrades, revision_prices, trade_texts
from tests.orders import an_order

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def fill(minute: int, mw: str, price: str, order_id: str | None = "1", **fields: Any) -> Fill:
    at = NOON + timedelta(minutes=minute)
    values = {"is_internal": False, "side": "BUY", **fields}
    return Fill(
        f"9{minute}", quantity_mw=Decimal(mw), price=Decimal(price), executed_at=at, order_id=order_id, **values
    )


def revision(number: int, mw: str, action: str, order_id: str = "1", **fields: Any) -> Order:
    at = NOON + timedelta(minutes=number)
    values = {"revision_no": number, "quantity": Decimal(mw), "action": action, "initial_quantity": Decimal(5)}
    return an_order(order_id, **{**values, "api_timestamp": at, **fields})


def test_each_trade_has_its_time_with_the_zone_and_its_price() -> None:
    fills = Fills((fill(1, "2", "44"), fill(2, "1", "47", is_internal=True), fill(3, "1", "45", counts=False)))
    assert list(trade_texts(fills, BERLIN)) == [
        "3.0 MW at 45.00 on average",
        "22 Nov 13:03:00.000 (Europe/Berlin): 1.0 MW at 45.00, RECALLED, does not count",
        "22 Nov 13:02:00.000 (Europe/Berlin): 1.0 MW at 47.00, internal",
        "22 Nov 13:01:00.000 (Europe/Berlin): 2.0 MW at 44.00",
    ]


def test_the_trades_of_an_order_are_found_in_the_newest_reading() -> None:
    trade = Trade(trade_id="94", quantity=Decimal(2), price=Decimal(44), buy_order_id="1", buy_portfolio_id="P1")
    trades = OrderTrades()
    assert not trades.take(Reading(), Blotter())
    reading = Reading(Trades().with_read([trade], ""), NOON, 1.0)
    assert [trades.take(reading, Blotter()), trades.take(reading, Blotter())] == [True, False]
    assert [each.trade_id for each in trades.of([an_order("1")]).each] == ["94"]
    assert trades.take(Reading(reading.value, NOON, 1.0, "no answer"), Blotter())
    assert trades.problem == "no answer"


def test_each_revision_that_traded_shows_the_price_of_its_own_trades() -> None:
    revisions = history_of(
        "2",
        [
            revision(1, "5", "UADD"),
            revision(2, "3", "PEXE"),
            revision(3, "3", "UDEL", state="IACT"),
            revision(4, "4", "UADD", "2", parent_order_id="1", initial_quantity=Decimal(4)),
            revision(5, "0", "FEXE", "2", parent_order_id="1", initial_quantity=Decimal(4), state="IACT"),
        ],
    ).revisions
    fills = Fills((fill(2, "1", "44"), fill(2, "1", "46"), fill(5, "4", "50", "2")))
    assert revision_prices(revisions, fills) == {1: "2.0 MW at 45.00 on average", 4: "4.0 MW at 50.00"}
    late = Fills(fills.each[1:])
    assert revision_prices(revisions, late) == {4: "4.0 MW at 50.00"}, "a report is missing under the first id"
    unnamed = Fills((fill(1, "1", "44", None), *fills.each))
    assert revision_prices(revisions, unnamed) == {}, "the trade without an id may be of either"


def test_a_missing_report_hides_the_prices_that_follow_under_the_same_id() -> None:
    revisions = history_of(
        "1", [revision(1, "5", "UADD"), revision(2, "3", "PEXE"), revision(3, "1", "PEXE")]
    ).revisions
    assert revision_prices(revisions, Fills((fill(2, "1", "44"), fill(3, "2", "46")))) == {}
    assert revision_prices(revisions, Fills((fill(2, "2", "44"),))) == {1: "2.0 MW at 44.00"}

"""Totals of trades by contract."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pbtui.api.reads.trades import InternalTrade, Trade
from pbtui.desk.market.totals import sides_of, totals_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def sold(price: str | None, quantity: str, contract: str = "c", **more: str) -> Trade:
    return Trade(
        contract_id=contract,
        delivery_start=AT if contract == "c" else AT - timedelta(hours=1),
        price=None if price is None else Decimal(price),
        quantity=Decimal(quantity),
        sell_portfolio_id="DE1",
        **more,  # type: ignore[arg-type]
    )


def test_prices_are_weighted_by_quantity_and_recalled_trades_are_left_out() -> None:
    (total,) = totals_of(sides_of([sold("10", "1"), sold("20", "3"), sold("99", "9", state="RGRA"), sold("-1", "0")]))
    assert (total.sold.quantity_mw, total.sold.average_price, total.net_mw) == (
        Decimal(4),
        Decimal("17.50"),
        Decimal(-4),
    )
    assert total.bought.average_price is None


def test_both_sides_of_an_internal_trade_count_and_cancel_out() -> None:
    both = InternalTrade(
        contract_id="c", price=Decimal(5), quantity=Decimal(2), buy_portfolio_id="A", sell_portfolio_id="B"
    )
    (total,) = totals_of(sides_of([both]))
    assert (total.bought.quantity_mw, total.sold.quantity_mw, total.net_mw) == (Decimal(2), Decimal(2), Decimal(0))


def test_only_the_sides_that_are_asked_for_count() -> None:
    both = InternalTrade(
        contract_id="c", price=Decimal(5), quantity=Decimal(2), buy_portfolio_id="A", sell_portfolio_id="B"
    )
    (total,) = totals_of(sides_of([both], lambda leg: leg.portfolio_id == "B"))
    assert (total.bought.quantity_mw, total.net_mw) == (Decimal(0), Decimal(-2))


def test_the_flags_of_the_server_decide_which_side_is_own() -> None:
    named: dict[str, Any] = {"contract_id": "c", "price": Decimal(5), "quantity": Decimal(2)}
    bought = Trade(buy=True, sell=False, buy_order_id="1", sell_order_id="0", **named)
    without_ids = Trade(buy=True, **named)
    (total,) = totals_of(sides_of([bought, without_ids]))
    assert (total.bought.quantity_mw, total.sold.quantity_mw, total.not_counted) == (Decimal(4), Decimal(0), 0)


def test_delivery_areas_are_apart() -> None:
    def traded(area: str, **side: Any) -> Trade:
        return Trade(contract_id="c", price=Decimal(5), quantity=Decimal(10), delivery_area=area, **side)

    totals = totals_of(sides_of([traded("BE", buy=True), traded("FR", sell=True)]))
    assert [(total.delivery_area, total.net_mw) for total in totals] == [("BE", Decimal(10)), ("FR", Decimal(-10))]


def test_contracts_are_apart_and_unknown_prices_are_counted_as_such() -> None:
    later, earlier = sold(None, "2"), sold("10", "1", contract="b")
    nobody = Trade(contract_id="c", price=Decimal(1), quantity=Decimal(1))
    totals = totals_of(sides_of([later, earlier, nobody]))
    assert [(total.contract, total.not_counted) for total in totals] == [("b", 0), ("c", 2)]

"""Positions, exposures and cash of a portfolio: by hand for a few trades and orders, as the document defines them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pbtui.simulator.book.figures import PositionSheet
from pbtui.simulator.rejections import CallRefused
from tests.simulator.day import AREA, NOON, Day, item


class Traded:
    """The scenario of the API document: two trades in quarter-hours, one in the hour, one order in the hour."""

    def __init__(self) -> None:
        self.day = day = Day()
        self.hour = day.contract
        self.quarters = [each for each in day.contracts(timedelta(minutes=15)) if self.is_inside(each)]
        for contract, side, quantity_mw in (
            (self.quarters[0], "BUY", "8"),
            (self.quarters[1], "SELL", "10"),
            (self.hour, "SELL", "10"),
        ):
            self.trade(contract, side, quantity_mw)
        day.contract = self.hour

    def is_inside(self, contract: Any) -> bool:
        start: bool = self.hour.delivery_start <= contract.delivery_start < self.hour.delivery_end
        return start

    def trade(self, contract: Any, side: str, quantity_mw: str, price: str = "40") -> None:
        """Trade at a price with somebody who was there first."""
        self.day.contract = contract
        self.day.clear_book()
        self.day.crowd("SELL" if side == "BUY" else "BUY", price, quantity_mw)
        self.day.enter(side, price, quantity_mw)
        self.day.contract = self.hour

    def figures(self, contract: Any) -> dict[str, Any]:
        return PositionSheet(self.day.exchange.market).figures("DE1", contract, AREA)


def test_exposures_are_those_of_the_document_s_example() -> None:
    traded = Traded()
    order = traded.day.enter("BUY", "-9", "5")
    found = traded.figures(traded.hour)
    assert (found["max_net_pos_exposure"], found["min_net_pos_exposure"]) == (3, -20)
    traded.day.change(order, "DELE")
    traded.day.enter("SELL", "900", "5")
    assert traded.figures(traded.hour)["min_net_pos_exposure"] == -25
    assert [traded.figures(each)["min_net_pos_exposure"] for each in traded.quarters] == [-7, -25, -15, -15]


def test_a_position_counts_its_own_contract_and_its_own_orders() -> None:
    traded = Traded()
    traded.day.enter("BUY", "-9", "5")
    traded.day.enter("SELL", "900", "2", state="HIBE")
    hour, quarter = traded.figures(traded.hour), traded.figures(traded.quarters[0])
    names = ("net_pos", "net_pos_aggregate", "max_net_pos_buy_with_orders", "min_net_pos_sell_with_orders")
    assert [hour[name] for name in names] == [-10, -10, -5, -10]
    assert [quarter[name] for name in names] == [8, -2, 8, 8]
    assert [hour[name] for name in ("abs_pos", "buy_abs_pos", "sell_abs_pos")] == [10, 15, 10]
    other = PositionSheet(traded.day.exchange.market).figures("DE2", traded.hour, AREA)
    assert not any(value for name, value in other.items() if name not in ("portfolio_id", "currency"))


def test_cash_is_price_times_mwh_of_one_day() -> None:
    traded = Traded()
    traded.trade(traded.hour, "BUY", "3", price="-20")
    found = traded.figures(traded.hour)
    # Spent: 8 MW for a quarter of an hour. Earned: 10 MW for a quarter, 10 MW for an hour, 3 MW taken for 20 each.
    assert (found["trades_spending"], found["trades_earnings"]) == (80, 100 + 400 + 60)
    assert found["net_cash_pos"] == 480
    traded.day.enter("BUY", "-9", "5")
    traded.day.enter("SELL", "900", "2")
    found = traded.figures(traded.hour)
    assert (found["orders_spending"], found["orders_earnings"]) == (0, 45 + 1800)
    assert found["net_cash_pos"] == 480


def test_a_recalled_trade_leaves_position_and_cash() -> None:
    traded = Traded()
    market = traded.day.exchange.market
    before = traded.figures(traded.hour)
    traded.trade(traded.hour, "BUY", "3")
    newest = list(market.trades.external(frozenset({"DE1"})))[-1]
    market.set_trade_state(market.trades.get(newest.trade_id), newest.state.RGRA)  # type: ignore[arg-type]
    assert traded.figures(traded.hour) == before


def test_a_cash_limit_counts_what_was_spent_and_what_orders_may_spend() -> None:
    day = Day()
    market = day.exchange.market
    market.limits["DE1"] = market.limits_of("DE1").__class__(cash_eur=Decimal(1000))
    day.crowd("SELL", "100", "4")
    day.enter("BUY", "100", "4")
    first = day.enter("BUY", "50", "10")
    with pytest.raises(CallRefused) as refused:
        day.enter("BUY", "50", "2.1")
    assert [error.code for error in refused.value.errors] == ["PB_ORDER_CASH_LIMIT_BREACH"]
    assert "spend 1005.00 EUR, the limit is 1000 EUR" in refused.value.message
    assert "CASH_LIMIT" in refused.value.headers["X-Limit-Violations"]
    day.enter("SELL", "900", "20")
    with pytest.raises(CallRefused, match="spend 1010"):
        day.modify(item(first, "MODI", price=Decimal("61.00")))
    changed = day.change(first, "MODI", price=Decimal("60.00"))
    assert changed.price == 60
    outcome = day.add(day.entry("SELL", "-1", "1"), day.entry("BUY", "-5", "1"), fail_on_limit_violations=False)
    assert [each.violation_type for each in outcome.violations] == ["CASH_LIMIT"]
    assert len(outcome.orders) == 1


def test_orders_entered_and_changed_are_counted_in_both_windows() -> None:
    day = Day()
    counts = day.exchange.market.order_counts
    order = day.enter("BUY", "1", "1")
    day.pass_by(minutes=2)
    day.change(order, "MODI", price=Decimal(2))
    now = NOON + timedelta(minutes=2)
    assert [counts.within("DE1", timedelta(minutes=m), now) for m in (1, 15)] == [1, 2]
    assert counts.within("DE2", timedelta(minutes=15), now) == 0
    assert counts.within("DE1", timedelta(minutes=15), now + timedelta(minutes=14)) == 1

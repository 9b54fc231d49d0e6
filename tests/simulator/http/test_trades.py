"""`GET /trades` and `GET /internal-trades` over real HTTP: filters, pages, late reports, recalls."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.exchange import RunningExchange, running_exchange


class Traded:
    """A simulator where the trader sold three times in one contract, once with a text, and traded internally once."""

    def __init__(self, exchange: RunningExchange) -> None:
        self.exchange = exchange
        exchange.faults(late_trades=0)
        self.contract = exchange.free_contract()["contract_id"]
        first = self.enter(side="SELL", price=9000, quantity=5, txt="one")
        second = self.enter(side="SELL", price=9001, quantity=5, txt="one and two", portfolio_id="DE2")
        for order, quantity_mw in ((first, 1.0), (first, 0.5), (second, 2.0)):
            exchange.fill(order["order_id"], quantity_mw)
        self.first, self.second = first["order_id"], second["order_id"]
        self.sent = self.enter(side="BUY", price=9000.5, quantity=1, internal_trading=True)

    def enter(self, *, internal_trading: bool = False, **terms: Any) -> dict[str, Any]:
        area = self.exchange.free_contract()["delivery_areas"][0]
        body = [{"portfolio_id": "DE1", "contractId": self.contract, "delivery_area": area, **terms}]
        answer = self.exchange.call(
            "POST", "/orders/list", params={"internal_trading": internal_trading}, json=body
        ).json()
        order: dict[str, Any] = answer[0]
        return order

    def trades(self, **params: Any) -> list[tuple[str, float]]:
        """Order and quantity of the trades that are found, the oldest first."""
        found = self.exchange.trades(**{"contract_id": self.contract, "sort_by": "exec_time ASC", **params})
        return [(trade["sell_order_id"], trade["quantity"]) for trade in found]


@pytest.fixture(scope="module")
def traded() -> Iterator[Traded]:
    with running_exchange(orders=0) as running:
        yield Traded(running)


def test_every_filter_finds_its_trades(traded: Traded) -> None:
    one, half, two = (traded.first, 1.0), (traded.first, 0.5), (traded.second, 2.0)
    whole = traded.exchange.trades(contract_id=traded.contract, sort_by="exec_time ASC")
    second_at = whole[1]["exec_time"]
    for wanted, filters in (
        ([one, half, two], {}),
        ([two], {"portfolio_id": "DE2"}),
        ([one, half], {"ordId": traded.first}),
        ([two], {"order_id": traded.second}),
        ([one, half], {"txt": "one"}),
        ([one, half, two], {"txt": "one", "txt_matching_mode": "SUBSTRING"}),
        ([two], {"txt": "t.o$", "txt_matching_mode": "REGEX"}),
        ([half, two], {"from_execution_time": second_at}),
        ([one], {"to_execution_time": second_at}),
        ([half], {"trade_id": whole[1]["trade_id"]}),
        ([], {"self_trades": "EXCLUSIVELY"}),
        ([], {"delivery_area": "10YFR-RTE------C"}),
        ([], {"contract_id": "1"}),
        ([half, two], {"offset": 1}),
        ([half], {"offset": 1, "limit": 1}),
        ([two, one, half], {"sort_by": "price DESC,exec_time"}),
    ):
        assert traded.trades(**filters) == wanted, filters
    page = traded.exchange.call("GET", "/trades", params={"contract_id": traded.contract, "limit": 2})
    assert (len(page.json()), page.headers["X-Total-Count"]) == (2, "3")
    assert [trade["exec_time"] for trade in page.json()] == [whole[2]["exec_time"], second_at]


@pytest.mark.parametrize(
    "query",
    [
        "sort_by=colour",
        "from_execution_time=yesterday",
        "delivery_within_start=2026-11-22T12:00:00Z",
        "txt=(&txt_matching_mode=REGEX",
        "limit=501",
    ],
)
def test_a_query_that_is_not_valid_is_refused(traded: Traded, query: str) -> None:
    assert traded.exchange.call("GET", f"/trades?{query}").status_code == 400


def test_an_internal_trade_is_in_its_own_list(traded: Traded) -> None:
    (trade,) = traded.exchange.trades(internal=True, contract_id=traded.contract)
    assert (trade["price"], trade["quantity"], trade["sell_order_id"]) == (9000, 1, traded.first)
    assert "buy_order_id" not in trade
    assert (trade["buy_clOrderId"], trade["buy_aggressor_indicator"]) == (traded.sent["clOrdrId"], "Y")
    found = {
        key: [each["internal_trade_id"] for each in traded.exchange.trades(internal=True, **{key: value})]
        for key, value in (("internal_trade_id", trade["internal_trade_id"]), ("txt", "one"), ("txt", "nothing"))
    }
    assert found == {"internal_trade_id": [trade["internal_trade_id"]], "txt": []}


def test_keys_see_their_own_trades_alone(traded: Traded) -> None:
    assert traded.exchange.trades(key="reader", portfolio_id="DE2", contract_id=traded.contract)
    assert traded.exchange.call("GET", "/trades", key="reader", params={"portfolio_id": "FLEX"}).status_code == 403
    assert traded.exchange.call("GET", "/trades", key=None).status_code == 401


def test_a_report_that_is_late_is_not_there_yet(traded: Traded) -> None:
    traded.exchange.faults(late_trades={"value": 3600, "paths": ["/trades"]})
    assert traded.trades() == []
    assert len(traded.exchange.trades(internal=True)) == 1
    traded.exchange.faults(late_trades=0)
    assert len(traded.trades()) == 3


def test_a_recalled_trade_is_shown_only_on_request(traded: Traded) -> None:
    (trade,) = traded.exchange.trades(ordId=traded.second)
    recalled = traded.exchange.set_trade(trade["trade_id"])
    assert recalled["state"] == "RGRA"
    assert traded.exchange.trades(ordId=traded.second) == []
    (shown,) = traded.exchange.trades(ordId=traded.second, active_only=False)
    assert (shown["state"], shown["exec_time"]) == ("RGRA", trade["exec_time"])
    assert shown["api_timestamp"] > trade["api_timestamp"]
    traded.exchange.set_trade(trade["trade_id"], "RREJ")
    assert traded.trades(ordId=traded.second) == [(traded.second, 2.0)]

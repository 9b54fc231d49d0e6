"""Trades and the other reads are read field by field: what is odd hides itself only, what is hostile is made safe."""

import json
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.codes import OrderSide
from pbtui.api.decoding.field_by_field import FieldReader
from pbtui.api.reads.decode import decode_list
from pbtui.api.reads.depth import OrderBooks
from pbtui.api.reads.identity import ApiKeyDetails
from pbtui.api.reads.limits import CashLimit
from pbtui.api.reads.market import MarketStatus
from pbtui.api.reads.positions import PortfolioInformation
from pbtui.api.reads.trades import InternalTrade, Trade

HOSTILE = "\x1b]52;c;ZXZpbA==\x07[/]\u202e01.54"
WIRE: dict[str, Any] = {
    "trade_id": "94",
    "state": "ACTI",
    "exec_time": "2026-11-22T12:00:00.25Z",
    "price": 45.10,
    "quantity": 0.3,
    "buy": False,
    "sell": True,
    "buy_delivery_area": "10YFR-RTE------C",
    "sell_order_id": "61",
    "sell_clOrderId": "pb-61",
    "sell_txt": "leg A",
    "sell_portfolio_id": "DE1",
    "sell_aggressor_indicator": "N",
    "contract_id": "6123",
}
TRADES = FieldReader(Trade)


def read(**fields: Any) -> Trade:
    """The trade with these fields on the wire."""
    trade = TRADES.read(json.dumps({**WIRE, **fields}).encode())
    assert isinstance(trade, Trade)
    return trade


def test_a_trade_is_exact_and_has_its_own_side_only() -> None:
    trade = TRADES.read(json.dumps(WIRE).replace("45.1", "45.10").encode())
    assert isinstance(trade, Trade)
    assert (str(trade.price), trade.quantity) == ("45.10", Decimal("0.3"))
    assert trade.exec_time is not None
    assert trade.exec_time.isoformat() == "2026-11-22T12:00:00.250000+00:00"
    (leg,) = trade.legs
    assert (leg.side, leg.order_id, leg.cl_order_id, leg.portfolio_id) == (OrderSide.SELL, "61", "pb-61", "DE1")
    assert trade.unreadable == ()


def test_a_cross_trade_has_both_sides_and_a_just_sent_order_no_id() -> None:
    assert [leg.order_id for leg in read(buy=True, buy_portfolio_id="DE2", buy_order_id="").legs] == [None, "61"]
    internal = FieldReader(InternalTrade).read(b'{"internal_trade_id": "7", "buy_clOrderId": "pb-9"}')
    assert isinstance(internal, InternalTrade)
    assert [leg.cl_order_id for leg in internal.legs] == ["pb-9"]
    assert (internal.id, internal.is_internal) == ("7", True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("price", "45.1"),
        ("quantity", True),
        ("exec_time", 1_700_000_000),
        ("exec_time", "2026-11-22T12:00:00"),
        ("sell_txt", {"a": 1}),
        ("buy", "yes"),
        ("state", []),
    ],
)
def test_an_odd_field_hides_itself_only(name: str, value: object) -> None:
    trade = read(**{name: value})
    assert getattr(trade, name) is None
    assert [field.name for field in trade.unreadable] == [name]
    assert trade.trade_id == "94"
    assert trade.why_unreadable(name)


def test_a_name_that_occurs_twice_with_different_values_is_not_read() -> None:
    trade = TRADES.read(b'{"trade_id": "1", "sell_clOrderId": "a", "sell_clOrderId": "b"}')
    assert isinstance(trade, Trade)
    assert [field.name for field in trade.unreadable] == ["sell_cl_order_id"]


def test_an_odd_element_does_not_lose_the_others() -> None:
    body = b'[{"trade_id": "1"}, 7, null, {"trade_id": {}}, {"trade_id": "2", "price": NaN, "new_field": [1]}]'
    elements = decode_list(body, TRADES)
    assert [trade.trade_id for trade in elements.readable] == ["1", None, "2"]
    assert [element.reason for element in elements.unreadable] == ["it is no JSON object"] * 2
    assert elements.received == 5


def test_unknown_words_are_kept_and_count_as_active() -> None:
    assert (read(state="NEW1").state, read(state="NEW1").is_active) == ("NEW1", True)
    assert [read(state=state).is_active for state in ("RGRA", "CNCL", "RREQ")] == [False, False, True]


def test_hostile_texts_are_made_safe() -> None:
    trade = read(sell_txt=HOSTILE, sell_portfolio_id=HOSTILE, contract_name=HOSTILE)
    for shown in (trade.sell_txt, trade.sell_portfolio_id, trade.contract_name):
        assert shown is not None
        assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    status = FieldReader(MarketStatus).read(json.dumps({"status": "OK", "messages": [HOSTILE]}).encode())
    assert isinstance(status, MarketStatus)
    assert status.messages is not None
    assert "\x1b" not in status.messages[0]


def test_rights_are_true_or_false_or_not_known() -> None:
    details = FieldReader(ApiKeyDetails).read(
        b'{"name": "k", "can_read": true, "can_trade": 1, "portfolios": [{"id": "DE1", "risk_management": {}}]}'
    )
    assert isinstance(details, ApiKeyDetails)
    assert (details.can_read, details.can_trade, details.can_signal) == (True, None, None)
    assert [portfolio.id for portfolio in details.portfolios or ()] == ["DE1"]


def test_an_odd_field_inside_a_list_hides_itself_only() -> None:
    wire = {
        "delivery_area": "10YFR",
        "contracts": [
            {
                "contract_id": 7,
                "best_bid_price": "45",
                "portfolio_information": [{"portfolio_id": "DE1", "net_pos": True}],
            },
            {"contract_id": "8", "best_bid_price": 45.5, "portfolio_information": [{"net_pos": -1.5}]},
        ],
        "orders": [7],
        "tenant_risk_settings": {"id": "DESK", "position_limits": "none", "cash_limits": [{"limit": 5}]},
    }
    books = FieldReader(OrderBooks).read(json.dumps(wire).encode())
    assert isinstance(books, OrderBooks)
    assert books.contracts is not None
    assert [(each.contract_id, each.best_bid_price) for each in books.contracts] == [
        ("7", None),
        ("8", Decimal("45.5")),
    ]
    assert books.contracts[1].portfolio_information == (PortfolioInformation(net_pos=Decimal("-1.5")),)
    assert books.orders is None
    assert books.tenant_risk_settings is not None
    assert books.tenant_risk_settings.cash_limits == (CashLimit(limit=Decimal(5)),)
    assert sorted(field.name for field in books.unreadable) == [
        "contracts[0].best_bid_price",
        "contracts[0].portfolio_information[0].net_pos",
        "orders",
        "tenant_risk_settings.position_limits",
    ]


def test_open_orders_are_what_positions_with_them_add() -> None:
    known = PortfolioInformation(
        net_pos=Decimal(-2), max_net_pos_buy_with_orders=Decimal(3), min_net_pos_sell_with_orders=Decimal(-2)
    )
    assert (known.open_buy_mw, known.open_sell_mw) == (Decimal(5), Decimal(0))
    assert PortfolioInformation(net_pos=Decimal(1)).open_buy_mw is None
    no_sums = PortfolioInformation(
        net_pos=Decimal(1), max_net_pos_buy_with_orders=Decimal(0), min_net_pos_sell_with_orders=Decimal(2)
    )
    assert no_sums.open_buy_mw is no_sums.open_sell_mw is None

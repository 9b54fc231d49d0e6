"""The trades that the simulator keeps: both sides as they were, prices, aggressors, recalls."""

from decimal import Decimal

from pbtui.api.reads.trades import TradeState
from pbtui.simulator.book.positions import PositionKey
from pbtui.simulator.book.trades import OwnTrades, Trade, TradeSide
from pbtui.simulator.rights import ADMIN, TRADER
from tests.simulator.day import Day


def seen(trade: Trade) -> tuple[str, str, list[str | None]]:
    """Price, quantity, and each side: its order and whether it was the aggressor."""
    sides = [None if side is None else words(side) for side in (trade.buy, trade.sell)]
    return str(trade.price), str(trade.quantity_mw), sides


def words(side: TradeSide) -> str:
    return f"{side.order_id or 'no id'} {side.terms.portfolio_id} {'Y' if side.was_aggressor else 'N'}"


def external(day: Day) -> list[Trade]:
    return list(day.exchange.market.trades.external(TRADER.portfolio_ids))


def internal(day: Day) -> list[Trade]:
    return list(day.exchange.market.trades.internal(TRADER.portfolio_ids))


def test_each_side_knows_price_quantity_and_aggressor() -> None:
    day = Day()
    day.crowd("SELL", "44.00", "1.0")
    day.crowd("SELL", "45.00", "2.0")
    buyer = day.enter("BUY", "45.10", "5.0", txt="mine")
    day.crowd("SELL", "45.00", "0.5")
    assert [seen(trade) for trade in external(day)] == [
        ("44.00", "1.0", [f"{buyer.order_id} DE1 Y", None]),
        ("45.00", "2.0", [f"{buyer.order_id} DE1 Y", None]),
        ("45.10", "0.5", [f"{buyer.order_id} DE1 N", None]),
    ]
    assert internal(day) == []


def test_the_slices_of_a_sliding_iceberg_trade_at_their_own_prices() -> None:
    day = Day()
    iceberg = day.enter("SELL", "50.00", "6.0", type="I", display_qty=Decimal(2), ppd=Decimal("0.5"))
    day.crowd("BUY", "52.00", "5.0")
    assert [seen(trade) for trade in external(day)] == [
        (price, quantity, [None, f"{iceberg.order_id} DE1 N"])
        for price, quantity in (("50.00", "2.0"), ("50.50", "2.0"), ("51.00", "1.0"))
    ]


def test_a_trade_keeps_the_id_that_the_order_had_then() -> None:
    day = Day()
    first = day.enter("BUY", "45.00", "5.0")
    day.crowd("SELL", "45.00", "1.0")
    second = day.change(day.now(first), price=Decimal("46.00"))
    day.crowd("SELL", "46.00", "1.0")
    sides = [trade.buy for trade in external(day)]
    assert [side and side.order_id for side in sides] == [first.order_id, second.order_id]


def test_an_internal_trade_has_no_id_for_the_order_that_was_just_sent() -> None:
    day = Day()
    resting = day.enter("SELL", "44.00", "2.0", portfolio_id="DE2")
    entered = day.add(day.entry("BUY", "45.00", "3.0"), internal_trading=True).orders[0]
    (trade,) = internal(day)
    assert seen(trade) == ("44.00", "2.0", ["no id DE1 Y", f"{resting.order_id} DE2 N"])
    assert trade.buy is not None
    assert trade.buy.cl_ordr_id == entered.cl_ordr_id
    assert external(day) == []


def test_a_key_sees_only_the_side_in_its_portfolios() -> None:
    day = Day()
    day.enter("SELL", "44.00", "2.0", portfolio_id="HYDRO", key=ADMIN)
    day.enter("BUY", "45.00", "2.0")
    trades = day.exchange.market.trades
    (whole,), (half,) = trades.external(ADMIN.portfolio_ids), trades.external(TRADER.portfolio_ids)
    assert (len(whole.sides), len(half.sides), half.is_self_trade) == (2, 1, True)
    assert [trade.sides for trade in trades.external(frozenset({"FLEX"}))] == [[]]


def test_a_recalled_trade_leaves_the_position_and_returns_to_it() -> None:
    day = Day()
    order = day.enter("BUY", "45.00", "5.0")
    day.crowd("SELL", "45.00", "2.0")
    market = day.exchange.market
    key = PositionKey.of(day.found(order).terms)
    (trade,) = external(day)
    assert market.positions.at(key).net_mw == 2
    for state, net_mw in ((TradeState.RREQ, 2), (TradeState.RGRA, 0), (TradeState.RGRA, 0), (TradeState.RREJ, 2)):
        market.set_trade_state(trade, state)
        assert market.positions.at(key).net_mw == net_mw, state
    assert day.now(order).quantity == 3


def test_trades_between_others_are_not_recorded() -> None:
    day = Day()
    day.crowd("SELL", "44.00", "2.0")
    day.crowd("BUY", "45.00", "2.0")
    assert external(day) == []
    assert OwnTrades().get("1") is None

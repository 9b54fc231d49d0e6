"""The merge of trades: each once, in its newest state, the newest first."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from pbtui.api.reads.trades import InternalTrade, Trade
from pbtui.desk.market.fills import OwnSides
from pbtui.desk.market.trades import Trades

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def trade(number: int, *, state: str = "ACTI", reported_s: float = 1.0) -> Trade:
    at = NOON + timedelta(minutes=number)
    return Trade(
        trade_id=f"{number}",
        exec_time=at,
        api_timestamp=at + timedelta(seconds=reported_s),
        state=state,
        price=Decimal(50),
        quantity=Decimal(1),
    )


def internal(number: int) -> InternalTrade:
    return InternalTrade(internal_trade_id=f"{number}", exec_time=NOON + timedelta(minutes=number))


def test_a_trade_that_two_windows_found_is_there_once_and_the_newest_trade_is_first() -> None:
    trades = Trades().with_read([trade(2), trade(1)], "").with_read([trade(3), trade(2)], "")
    assert trades.newest_first == (trade(3), trade(2), trade(1))


def test_an_internal_trade_with_the_id_of_a_trade_is_another_one() -> None:
    trades = Trades().with_read([trade(1)], "").with_read([internal(1)], "")
    assert set(trades.newest_first) == {trade(1), internal(1)}


def test_a_newer_state_of_a_trade_replaces_the_older() -> None:
    recalled = trade(1, state="RGRA", reported_s=9)
    trades = Trades().with_read([trade(1)], "").with_read([recalled], "")
    assert trades.newest_first == (recalled,)
    assert trades.with_read([trade(1)], "") is trades


def test_two_states_of_a_trade_in_one_read_count_as_the_newer() -> None:
    recalled = trade(1, state="RGRA", reported_s=9)
    assert Trades().with_read([recalled, trade(1)], "").newest_first == (recalled,)


def test_a_read_without_anything_new_keeps_the_object() -> None:
    trades = Trades().with_read([trade(1)], "")
    assert trades.with_read([trade(1)], "") is trades


def test_trades_without_an_id_and_a_time_are_kept_last() -> None:
    odd, other = Trade(price=Decimal(1)), Trade(price=Decimal(2))
    trades = Trades().with_read([odd, trade(1)], "").with_read([odd, other], "")
    assert trades.newest_first == (trade(1), odd, other)


def test_a_gap_stays_until_a_read_without_one() -> None:
    trades = Trades().with_read([trade(1)], "page 2 is missing")
    assert trades.gap == "page 2 is missing"
    assert not trades.with_read([trade(1)], "").gap


TRADES = st.builds(
    Trade,
    trade_id=st.sampled_from(["1", "2", "3", ""]),
    api_timestamp=st.sampled_from([NOON, NOON + timedelta(seconds=1)]),
    buy_order_id=st.sampled_from(["7", "8", None]),
    buy_txt=st.sampled_from(["hedge", "pb#K7QX2A", "pb#K7QX2A pb#B3QX2A"]),
    sell_order_id=st.sampled_from(["7", "9", None]),
)


@given(st.lists(st.lists(TRADES, max_size=4), max_size=4))
def test_the_own_sides_are_those_of_the_newest_states_whatever_the_reads_were(
    reads: Sequence[list[Trade]],
) -> None:
    trades = Trades()
    for found in reads:
        trades = trades.with_read(found, "")
    anew = OwnSides.of(trades.newest_first)
    for kept, made in ((trades.sides.by_order_id, anew.by_order_id), (trades.sides.by_token, anew.by_token)):
        assert {name: set(sides) for name, sides in kept.items() if sides} == {
            name: set(sides) for name, sides in made.items()
        }
        assert sum(map(len, kept.values())) == sum(map(len, made.values()))

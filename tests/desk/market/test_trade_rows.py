"""Rows of trades: one for each own side, marked while they are news, and found by the filter."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pbtui.api.reads.trades import AnyTrade, InternalTrade, Trade
from pbtui.api.structs import replace
from pbtui.desk.formats.filters.language import FilterError
from pbtui.desk.formats.filters.terms import Scene
from pbtui.desk.formats.time_format import UTC_ZONE
from pbtui.desk.market.reading import Reading
from pbtui.desk.market.trade_rows import TradeRow, TradeRows
from pbtui.desk.market.trade_terms import TRADE_FILTER
from pbtui.desk.market.trades import Trades

AT = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)
SOLD = Trade(
    trade_id="1",
    exec_time=AT,
    state="ACTI",
    sell=True,
    price=Decimal("45.10"),
    quantity=Decimal(2),
    sell_order_id="101",
    sell_portfolio_id="DE1",
    sell_delivery_area="10YFR-RTE------C",
    sell_txt="Algo 7",
    sell_user_code="TRD001",
)
CROSS = Trade(trade_id="2", exec_time=AT, buy=True, sell=True, buy_portfolio_id="DE1", sell_portfolio_id="DE2")
INTERNAL = InternalTrade(internal_trade_id="1", exec_time=AT, price=Decimal(-3), buy_portfolio_id="DE2")
NOBODY = Trade(trade_id="3", exec_time=AT)


class Desk:
    """Reads trades, one read a second."""

    def __init__(self, *found: AnyTrade) -> None:
        self.trades = Trades().with_read(found, "")
        self.second = 0.0
        self.rows = TradeRows()
        self.read()

    def read(self, *found: AnyTrade) -> dict[str, TradeRow]:
        self.second += 1
        self.trades = self.trades.with_read(found, "")
        self.rows = self.rows.following(Reading(self.trades, AT, self.second))
        return {row.key: row for row in self.rows.rows.values() if self.rows.is_marked(row)}


def test_each_own_side_is_a_row() -> None:
    rows = Desk(SOLD, CROSS, INTERNAL, NOBODY).rows.rows.values()
    assert sorted((row.trade.id, row.trade.is_internal, row.side) for row in rows) == [
        ("1", False, "SELL"),
        ("1", True, "BUY"),
        ("2", False, "BUY"),
        ("2", False, "SELL"),
        ("3", False, ""),
    ]
    assert len({row.key for row in rows}) == 5


@pytest.mark.parametrize(
    ("portfolios", "areas", "found"),
    [
        (("DE1",), (), ["1 SELL", "2 BUY", "3 "]),
        (("DE2",), (), ["1 BUY", "2 SELL", "3 "]),
        ((), ("10YFR-RTE------C",), ["1 BUY", "1 SELL", "2 BUY", "2 SELL", "3 "]),
        ((), ("10YDE-VE-------2",), ["1 BUY", "2 BUY", "2 SELL", "3 "]),
    ],
)
def test_a_side_outside_the_portfolios_or_areas_is_no_row(
    portfolios: tuple[str, ...], areas: tuple[str, ...], found: list[str]
) -> None:
    trades = Trades().with_read([SOLD, CROSS, INTERNAL, NOBODY], "")
    rows = TradeRows(portfolios, areas).following(Reading(trades, AT, 1.0)).rows.values()
    assert sorted(f"{row.trade.id} {row.side}" for row in rows) == found


def test_a_trade_is_news_in_two_reads_but_not_what_the_first_read_found() -> None:
    desk = Desk(SOLD)
    assert not any(map(desk.rows.is_marked, desk.rows.rows.values()))
    (row,) = desk.read(INTERNAL).values()
    assert row.is_new
    assert row.trade is INTERNAL
    assert len(desk.read()) == 1
    assert not desk.read()


def test_trades_that_come_page_by_page_before_the_first_read_has_ended_are_no_news() -> None:
    one = Trades().with_read([SOLD], "")
    both = one.with_read([CROSS], "")
    rows = TradeRows().following(Reading(one)).following(Reading(both)).following(Reading(both, AT, 1.0))
    assert len(rows.rows) == 3
    assert not any(map(rows.is_marked, rows.rows.values()))
    more = rows.following(Reading(both.with_read([NOBODY], ""), AT, 1.0))
    assert [row.trade.id for row in more.rows.values() if more.is_marked(row)] == ["3"]


def test_a_recalled_trade_is_a_change_of_its_state() -> None:
    desk = Desk(SOLD, CROSS)
    (row,) = desk.read(replace(SOLD, state="RGRA")).values()
    assert row.changed == {"state"}
    assert not row.is_new


def test_a_read_without_changes_keeps_every_row() -> None:
    desk = Desk(SOLD, CROSS)
    before = desk.rows.rows
    desk.read(replace(SOLD))
    assert desk.rows.rows is before
    desk.read(NOBODY)
    assert all(desk.rows.rows[key] is row for key, row in before.items())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "SOLD INTERNAL"),
        ("side:sell", "SOLD"),
        ("kind:internal", "INTERNAL"),
        ("!kind:internal", "SOLD"),
        ("price>45", "SOLD"),
        ("mw=2", "SOLD"),
        ("area:fr txt~algo portfolio=DE1", "SOLD"),
        ("id=101", "SOLD"),
        ("user:trd", "SOLD"),
        ("de2", "INTERNAL"),
    ],
)
def test_trades_are_found_in_the_language_of_orders(text: str, found: str) -> None:
    holds = TRADE_FILTER.parse(text, Scene(zone=UTC_ZONE, now=AT)).test
    named: dict[str, AnyTrade] = {"SOLD": SOLD, "INTERNAL": INTERNAL}
    rows = Desk(*named.values()).rows.rows.values()
    shown = [row.trade for row in rows if holds(row)]
    assert " ".join(name for name, trade in named.items() if trade in shown) == found


@pytest.mark.parametrize(
    ("text", "holds"), [("area:at", False), ("at", False), ("area:rs", True), ("area:10ycs", True)]
)
def test_an_area_is_found_by_its_name_or_the_beginning_of_its_code(text: str, holds: bool) -> None:
    (row,) = Desk(replace(SOLD, sell_delivery_area="10YCS-SERBIATSOV")).rows.rows.values()
    assert TRADE_FILTER.parse(text, Scene(zone=UTC_ZONE, now=AT)).test(row) == holds


def test_a_field_that_trades_do_not_have_is_named() -> None:
    with pytest.raises(FilterError, match="unknown field 'action'; known are id, kind"):
        TRADE_FILTER.parse("action:mod", Scene(zone=UTC_ZONE, now=AT))

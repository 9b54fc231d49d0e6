"""The tab of trades: what its lines say, the order of a trade, the totals, and the words where there are none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

import pbtui.ui
from pbtui.api import clock
from pbtui.api.reads.trades import AnyTrade
from pbtui.api.structs import replace
from pbtui.api.values import UnreadableField
from pbtui.desk.blotter.link import Link
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.reading import Reading
from pbtui.desk.market.trade_rows import TradeRows
from pbtui.desk.market.trades import Trades
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile
from pbtui.ui.screens.tabs.trades import TradesTab
from pbtui.ui.table.columns import Moment
from pbtui.ui.table.filters.typed import FilterText
from pbtui.ui.table.trade_columns import TIME
from pbtui.ui.themes import load_themes
from tests.orders import DELIVERY_END, an_order
from tests.trades import EXECUTED_AT, a_trade, an_internal_trade
from tests.ui.terminal.screen_text import screen_lines

BERLIN = ZoneInfo("Europe/Berlin")
PROFILE = Profile(name="desk", base_url="https://host.example/acme/epex/v2/api")


class _StillDatetime(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return EXECUTED_AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the day of the trades."""
    monkeypatch.setattr(clock, "datetime", _StillDatetime)


class TabApp(App[None]):
    """The tab alone; `read` shows what a desk would have read."""

    CSS_PATH = Path(pbtui.ui.__file__).parent / "app.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(load_themes()["night"])
        self.theme = "night"
        self.reads = 0
        self.trades = Trades()

    def compose(self) -> ComposeResult:
        yield TradesTab(PROFILE, BERLIN)

    def read(self, *trades: AnyTrade, blotter: Blotter | None = None, problem: str = "", gap: str = "") -> None:
        """Show the tab after one more read."""
        self.reads += 1
        self.trades = self.trades.with_read(trades, gap)
        reading = Reading(self.trades, EXECUTED_AT, float(self.reads), problem)
        self.show(DeskView(Link(2.0), blotter or Blotter(), exchange=ExchangeView(reading)))

    def show(self, view: DeskView) -> None:
        self.tab.show(view)
        self.tab.explain(float(self.reads))

    @property
    def tab(self) -> TradesTab:
        return self.query_one(TradesTab)

    def text(self) -> str:
        return "\n".join(screen_lines(self))


@asynccontextmanager
async def tab_at(size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[TabApp, Pilot[None]]]:
    app = TabApp()
    async with app.run_test(size=size) as pilot:
        app.tab.table.focus()
        yield app, pilot


async def lines_of(*trades: AnyTrade, width: int = 80) -> list[str]:
    async with tab_at((width, 24)) as (app, pilot):
        app.tab.panes.display = False
        app.read(*trades)
        await pilot.pause()
        return screen_lines(app)


@pytest.mark.parametrize(
    "other",
    [
        a_trade("2", exec_time=EXECUTED_AT + timedelta(seconds=1)),
        a_trade("2", buy=True, sell=False, buy_portfolio_id="P1"),
        a_trade("2", delivery_end=DELIVERY_END - timedelta(minutes=45)),
        a_trade("2", sell_delivery_area="10YDE-VE-------2"),
        a_trade("2", sell_portfolio_id="TRADING-DESK-NORTH-2"),
        a_trade("2", price=Decimal("-1045.11")),
        a_trade("2", quantity=Decimal("1999.9")),
        a_trade("2", state="RGRA"),
        a_trade("2", state="CNCL"),
        an_internal_trade("2"),
        a_trade("2", price=None, unreadable=(UnreadableField("price", "x", "is no number"),)),
    ],
)
async def test_two_trades_that_differ_look_different_in_80_columns(other: AnyTrade) -> None:
    one = a_trade("1", sell_portfolio_id="TRADING-DESK-NORTH-1" if other.sell_portfolio_id != "P1" else "P1")
    _, first, second, *_ = await lines_of(one, other)
    assert first[2:] != second[2:]


async def test_a_line_says_what_traded_and_what_became_of_it() -> None:
    recalled = a_trade("2", state="RGRA", exec_time=EXECUTED_AT - timedelta(minutes=1), sell_txt="algo 7")
    _, first, second, *_ = await lines_of(a_trade("1"), recalled)
    assert first[2:].split() == ["13:00:05", "▼", "SELL", "22", "Nov", "15:00-16:00", "45.10", "2.0"]
    assert "recalled" in second
    assert "recalled" not in first
    _, _, second, *_ = await lines_of(a_trade("1"), recalled, width=160)
    assert "algo 7" in second


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (EXECUTED_AT, "13:00:05"),
        (EXECUTED_AT - timedelta(hours=14), "Sat 23:00"),
        (EXECUTED_AT - timedelta(days=7), "15 Nov"),
        (None, ""),
    ],
)
def test_the_time_of_another_day_says_so(at: datetime | None, text: str) -> None:
    trades = Trades().with_read([a_trade("1", exec_time=at)], "")
    (row,) = TradeRows().following(Reading(trades, EXECUTED_AT, 1.0)).rows.values()
    assert TIME.text(row, Moment(BERLIN, EXECUTED_AT)) == text


async def test_a_new_trade_is_marked_and_a_recall_marks_its_cell() -> None:
    async with tab_at() as (app, pilot):
        app.read(a_trade("1"))
        await pilot.pause()
        assert not any("+" in line for line in screen_lines(app)[1:3])
        app.read(a_trade("2", exec_time=EXECUTED_AT + timedelta(minutes=1)), a_trade("1", state="RGRA"))
        await pilot.pause()
        new, recalled = screen_lines(app)[1:3]
        assert new[2] == "+"
        assert "•recalled" in recalled
        app.read()
        app.read()
        await pilot.pause()
        assert not {"+", "•"} & set("".join(screen_lines(app)[1:3]).replace("+2", ""))


async def test_nothing_is_arranged_again_where_nothing_changed() -> None:
    async with tab_at() as (app, pilot):
        app.read(a_trade("1"), a_trade("2"))
        await pilot.pause()
        before = app.tab.table.arrangement
        app.read(replace(a_trade("1")))
        await pilot.pause()
        assert app.tab.table.arrangement is before


async def test_the_trade_under_the_cursor_shows_its_order_and_the_totals_of_what_is_shown() -> None:
    order = an_order("205", initial_order_id="99", parent_order_id="101", side="SELL", txt="the order's text")
    traded: list[AnyTrade] = [
        a_trade("1", price=Decimal(40)),
        a_trade("2", price=Decimal(50), sell_order_id="777", exec_time=EXECUTED_AT - timedelta(minutes=1)),
        a_trade("3", state="RGRA", price=Decimal(900), exec_time=EXECUTED_AT - timedelta(minutes=2)),
        an_internal_trade("4", price=Decimal(60), exec_time=EXECUTED_AT - timedelta(minutes=3)),
    ]
    async with tab_at((160, 90)) as (app, pilot):
        app.read(*traded, blotter=Blotter().apply([order]))
        await pilot.pause()
        for text in ("executed at", "22 Nov 13:00:05.000 (Europe/Berlin)", "Its order:", "the order's text"):
            assert text in app.text(), text
        assert "› 22 Nov 15:00-16:00 AMP net -6.0 MW  ▼ 6.0 at 50.00" in app.text()
        await pilot.press("j")
        await pilot.pause()
        assert "Order 777 is not among the orders that the desk has read" in app.text()
        app.tab.table.filter_by(FilterText("kind:internal"))
        await pilot.pause()
        assert "net -2.0 MW  ▼ 2.0 at 60.00" in app.text()


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (Reading(), "The trades have not been read yet."),
        (
            Reading(problem="this server does not offer GET /trades (404)"),
            "The trades are not known: this server does not offer GET /trades (404).",
        ),
        (
            Reading(Trades(gap="the server sent 1 of 2"), EXECUTED_AT, 1.0),
            "No trades since the start of the trading day. The list is not complete: the server sent 1 of 2.",
        ),
    ],
)
async def test_a_tab_without_trades_says_why(view: Reading[Trades], words: str) -> None:
    async with tab_at() as (app, pilot):
        app.show(DeskView(Link(2.0), exchange=ExchangeView(view)))
        await pilot.pause()
        assert words in " ".join(app.text().split())
        assert app.tab.count == ("?" if view.value is None else "0")


async def test_old_trades_say_how_old_and_why() -> None:
    async with tab_at() as (app, _):
        app.read(a_trade("1"), problem="GET /trades: no complete answer", gap="the server sent 1 of 2")

        def words(now_s: float) -> list[Any]:
            app.tab.explain(now_s)
            return [text.strip() for _, line in app.tab.age(now_s) for text, _ in line]

        assert words(5.0)[0] == "read <10 s ago"
        assert not app.tab.table.has_class("-stale")
        assert words(36.0) == [
            "read 30 s ago",
            "not complete",
            "GET /trades: no complete answer",
            "the server sent 1 of 2",
        ]
        assert app.tab.table.has_class("-stale")
        app.show(
            DeskView(Link(2.0), exchange=ExchangeView(Reading(app.trades, problem="GET /internal-trades: no answer")))
        )
        assert words(36.0)[:2] == ["not complete", "GET /internal-trades: no answer"]

"""The tab of trades: the table, and below it the trade under the cursor and the totals of what is shown."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.getters import query_one

from pbtui.api.clock import utc_now
from pbtui.desk.blotter.command_lines import trades_command
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.order_fields import SHOWN
from pbtui.desk.formats.time_format import age_text, start_of_day
from pbtui.desk.market.reading import Reading
from pbtui.desk.market.trade_rows import TradeRow, TradeRows
from pbtui.desk.market.trades import Trades
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.copy_prompt import Copy
from pbtui.ui.market.subjects import DepthSubject, ExposureSubject, depth_of_trade, exposure_of_trade
from pbtui.ui.order.trade_detail import TradeDetail
from pbtui.ui.table.emptiness import why_no_trades
from pbtui.ui.table.rows import RowTable
from pbtui.ui.table.totals_pane import TotalsPane
from pbtui.ui.table.trades import TradeTable
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.lines import Line
from pbtui.ui.widgets.titled_pane import TitledPane

NAME = "Trades"
_STEP_S = 10
"""Step in which the age is shown. Below the first step the trades count as live."""


class TradesTab(Vertical):
    """Shows the trades of the newest view, also while another tab is on the screen."""

    table = query_one(TradeTable)
    detail = query_one(TradeDetail)
    totals = query_one(TotalsPane)
    panes = query_one("#trade-panes", Horizontal)

    def __init__(self, profile: Profile, zone: ZoneInfo) -> None:
        super().__init__(id="trades-tab")
        self._profile = profile
        self._since = start_of_day(utc_now(), ZoneInfo(profile.market_timezone))
        self._zone = zone
        self._view: DeskView | None = None

    def compose(self) -> ComposeResult:
        """Lay out the table above the panes."""
        none_yet = TradeRows(self._profile.portfolios, self._profile.delivery_areas)
        yield TradeTable(self._zone, none_yet, id="trades")
        with Horizontal(id="trade-panes", classes="panes"):
            yield TitledPane("Trade", TradeDetail(self._zone))
            yield TitledPane("Totals of what is shown", TotalsPane(self._zone))

    @property
    def reading(self) -> Reading[Trades]:
        """The newest reading of trades."""
        return Reading() if self._view is None else self._view.exchange.trades

    @property
    def count(self) -> str:
        """Number of rows, ? before the first read."""
        return "?" if self.reading.value is None else str(len(self.table.arrangement.rows))

    def show(self, view: DeskView) -> None:
        """Show the trades of this view. The order of a trade is looked up again when an order changed."""
        self._view = view
        self.table.exchange_clock = view.link.exchange_clock
        self.table.show(view.exchange.trades)
        if view.blotter.changes:
            self.show_trade()

    def show_zone(self, zone: ZoneInfo) -> None:
        """Show all times in this zone."""
        self._zone = zone
        self.table.show_zone(zone)
        self.show_trade()

    def explain(self, now_s: float) -> None:
        """Say why there are no rows, and grey the rows that are old."""
        filter_text = self.table.filter.in_force.text
        self.table.explain(why_no_trades(self.reading, filter_text, key_of(self, "desk.drop_filter")))
        self.table.set_class(bool(self._old_s(now_s)), "-stale")

    def age(self, now_s: float) -> Sequence[tuple[int, Line]]:
        """Return sections with the age of the trades and with what is missing; none before the first read."""
        trades = self.reading.value
        if trades is None:
            return ()
        old_s = self._old_s(now_s)
        if self.reading.requested_s is None:
            sections: list[tuple[int, Line]] = []
            if not self.reading.problem:
                sections.append((0, [("   still reading", "warning")]))
        elif old_s:
            sections = [(0, [(f"   read {age_text(old_s)} ago", "warning")])]
        else:
            sections = [(8, [(f"   read <{_STEP_S} s ago", "dim")])]
        reasons = [reason for reason in (self.reading.problem, trades.gap) if reason]
        if reasons:  # these are long, and left out on a narrow screen
            sections.append((0, [("   not complete", "warning")]))
        return [*sections, *((1, [(f"   {reason}", "warning")]) for reason in reasons)]

    def _old_s(self, now_s: float) -> int:
        """Return the age in whole steps."""
        return int((self.reading.age_s(now_s) or 0) // _STEP_S) * _STEP_S

    @on(RowTable.Arranged)
    @on(RowTable.CursorMoved)
    def show_trade(self) -> None:
        """Show the trade under the cursor, its order, and the totals, if the panes are on the screen."""
        if not (self.display and self.panes.display):
            return
        row = self.table.under_cursor
        self.detail.show_trade(row, None if row is None else self.order_of(row), self._zone)
        self.totals.show_totals(self.table.arrangement, row, self._zone)

    def order_of(self, row: TradeRow) -> Row | None:
        """Return the order that traded; None if it is not among the orders that the desk has read."""
        order_id = row.of_side("order_id")
        return None if self._view is None or not order_id else self._view.blotter.with_id(order_id)

    @property
    def depth_subject(self) -> DepthSubject | None:
        """The contract of the trade under the cursor; None if it is not known."""
        row = self.table.under_cursor
        return None if row is None else depth_of_trade(row, self.order_of(row))

    @property
    def exposure_subject(self) -> ExposureSubject:
        """Portfolio, area and delivery of the trade under the cursor."""
        return exposure_of_trade(self.table.under_cursor)

    @property
    def copies(self) -> Sequence[Copy]:
        """The ids of the trade under the cursor and of its order."""
        row = self.table.under_cursor
        if row is None:
            return ()
        copies = (
            Copy("Trade id", row.trade.id or ""),
            Copy(SHOWN["order_id"].label.capitalize(), str(row.of_side("order_id") or "")),
        )
        return [copy for copy in copies if copy.text]

    def commands(self, text: str) -> Sequence[Copy]:
        """The command line that lists the trades shown; `text` is the filter. None for the demo."""
        command = trades_command(self._profile, self._since, text, self.table.filter.in_force.contract)
        return [Copy("Command that lists these trades", command)] if command else []

    @property
    def copied_id(self) -> tuple[str, str | None]:
        """The kind of what is under the cursor, and its id."""
        row = self.table.under_cursor
        return "Trade", None if row is None else row.trade.id

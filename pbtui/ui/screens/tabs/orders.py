"""The tabs of orders: the table, and below it the order under the cursor and its history."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from textual.containers import Horizontal

from pbtui.api.clock import steady_s
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.desk.blotter.command_lines import export_command, list_command
from pbtui.desk.blotter.history import History
from pbtui.desk.blotter.order_json import order_json
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.desk.formats.order_fields import SHOWN
from pbtui.desk.tickets.describe import order_figures_text
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.copy_prompt import Copy
from pbtui.ui.market.subjects import DepthSubject, ExposureSubject, depth_of_order, exposure_of_order
from pbtui.ui.order.detail import OrderDetail
from pbtui.ui.order.fill_lines import OrderTrades
from pbtui.ui.order.history_pane import HistoryPane
from pbtui.ui.table.emptiness import past_text, why_empty
from pbtui.ui.table.orders import OrderTable
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.lines import Line
from pbtui.ui.widgets.titled_pane import TitledPane

_ORDER_ID = SHOWN["order_id"].label.capitalize()


class OrdersTab:
    """Shows the orders of one tab in the newest view, also while the tab of trades is on the screen.

    Its widgets lie on the screen itself, because the height of the panes is a share of the screen's. `step_words` says
    what the staged step of the order under the cursor does.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        profile: Profile,
        read_history: Callable[[str], Awaitable[History]],
        step_words: Callable[[], str],
    ) -> None:
        self._zone = zone
        self._profile = profile
        self._step_words = step_words
        self._view: DeskView | None = None
        self._order_trades = OrderTrades()
        self._detail = OrderDetail(zone, self._order_trades)
        self._history = HistoryPane(read_history, zone, self._order_trades)
        self.tab = Tab.ACTIVE
        """The list that is shown: active, deactivated or recent orders."""
        self.table = OrderTable(zone, id="orders")
        self.panes = Horizontal(
            TitledPane("Order", self._detail), TitledPane("History", self._history), id="panes", classes="panes"
        )

    @property
    def counts(self) -> Mapping[str, object]:
        """Number of rows of each tab, by its name."""
        return {} if self._view is None else {tab.value: len(self._view.blotter.rows(tab)) for tab in Tab}

    def show(self, view: DeskView) -> None:
        """Show the orders of the present tab in this view."""
        self._view = view
        states = {line.key: line.state for ticket in view.tickets for line in ticket.lines if line.is_open}
        others = view.others or ()
        self.table.exchange_clock = view.link.exchange_clock
        self.table.show(view.blotter, self.tab, states, view.exchange.contracts.value or (), others)
        if self._order_trades.take(view.exchange.trades, view.blotter):
            self.show_order()

    def show_zone(self, zone: ZoneInfo) -> None:
        """Show all times in this zone."""
        self._zone = zone
        self.table.show_zone(zone)
        self.show_order()

    def explain(self, arrived: str, *, is_stale: bool) -> None:
        """Say why there are no rows, and grey the rows if they are old.

        `arrived` says how much of the first read has come.
        """
        arrived = self._past_arrived or arrived
        clear_key, filter_text = key_of(self.table, "desk.drop_filter"), self.table.filter.in_force.text
        self.table.explain(why_empty(self._view, self._profile, self.tab, filter_text, clear_key, arrived))
        self.table.set_class(is_stale, "-stale")

    @property
    def _past_arrived(self) -> str:
        """Count of the orders from before the start that were read. Their read follows that of the active ones."""
        view = self._view
        age_s = None if view is None else view.link.age_s(steady_s())
        return "" if view is None or age_s is None else past_text(view.past_count or 0, age_s)

    def progress(self) -> Sequence[tuple[int, Line]]:
        """Return sections that say how much of the tab was read; none once all of it was."""
        if self.tab is Tab.ACTIVE or self._view is None or self._view.past_count is None:
            return ()
        still = [("   still reading", "warning")]
        return [(0, still), (1, [(f" {self._past_arrived}", "warning")])] if self._past_arrived else [(0, still)]

    def show_order(self) -> None:
        """Show the order under the cursor, what its staged step does, and its history."""
        row = self.under_cursor
        gate, editors = ("", "") if row is None else (self.table.gate_words(row), self.table.editors(row))
        self._detail.show_row(row, self._zone, self.table.why_no_target, gate, self._step_words(), editors)
        self._history.follow(row, self._zone)

    @property
    def under_cursor(self) -> Row | None:
        """The order that the cursor is on, as it is now, in whichever tab; None if the desk does not know it."""
        key = self.table.cursor
        return None if key is None or self._view is None else self._view.blotter.find(key)

    # ------------------------------------------------------------ what keys are about

    @property
    def copies(self) -> Sequence[Copy]:
        """The texts of the order under the cursor: id, one line, JSON. None if no key acts on it."""
        row = self.table.under_cursor
        if row is None:
            return ()
        order = row.order
        copies = [Copy(_ORDER_ID, order.order_id or ""), Copy("JSON", order_json(order))]
        if not isinstance(order, UnreadableOrder):
            figures = f"{order_figures_text(order, self._zone)}, {order.portfolio_id}, order {order.order_id}"
            copies.insert(1, Copy("Line", figures))
        return [copy for copy in copies if copy.text]

    def commands(self, text: str) -> Sequence[Copy]:
        """The command lines that list and export the orders shown; `text` is the filter. None for the demo."""
        contract = self.table.filter.in_force.contract
        copies = [
            Copy("Command that lists these orders", list_command(self._profile, self.tab, text, contract)),
            Copy("Command that exports these orders", export_command(self._profile, self.tab, text, contract)),
        ]
        return [copy for copy in copies if copy.text]

    @property
    def copied_id(self) -> tuple[str, str | None]:
        """The kind of what is under the cursor, and its id; no id if no key acts on it."""
        row = self.table.under_cursor
        return "Order", None if row is None else row.order.order_id

    @property
    def depth_subject(self) -> DepthSubject | None:
        """The contract of the order under the cursor; None if it is not known."""
        return depth_of_order(self.table.under_cursor)

    @property
    def exposure_subject(self) -> ExposureSubject:
        """Portfolio, area and delivery of the order under the cursor."""
        return exposure_of_order(self.table.under_cursor)

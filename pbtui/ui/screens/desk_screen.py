"""Main screen of the desk: status, tabs, the table of orders, and the selected order with its history."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Input

from pbtui.api.clock import steady_s
from pbtui.api.reads.algorithms import AlgoDetails
from pbtui.api.reads.depth import Orders
from pbtui.desk.blotter.link import LinkState
from pbtui.desk.blotter.own_orders import Tab
from pbtui.desk.kill.conditions.algorithms import NamedAlgorithms, algorithms_of
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Environment, Profile
from pbtui.ui.dialogs.command_prompt import NO_COMMAND
from pbtui.ui.dialogs.copy_prompt import Copy, CopyPrompt
from pbtui.ui.market.depth_pane import DepthPane, own_keys_in
from pbtui.ui.market.exposure_pane import ExposurePane
from pbtui.ui.market.subjects import DepthSubject
from pbtui.ui.screens.alerting import Alerting
from pbtui.ui.screens.arranging_screen import ArrangingScreen
from pbtui.ui.screens.key_renewal import KeyRenewal
from pbtui.ui.screens.message_line import MessageLine
from pbtui.ui.screens.news_board import NewsBoard
from pbtui.ui.screens.status_bar import StatusBar
from pbtui.ui.screens.tabs.blotter_head import BlotterHead, Marks
from pbtui.ui.screens.tabs.orders import OrdersTab
from pbtui.ui.screens.tabs.trades import NAME as TRADES
from pbtui.ui.screens.tabs.trades import TradesTab
from pbtui.ui.screens.too_small import TooSmall
from pbtui.ui.table.emptiness import arrived_text
from pbtui.ui.table.filters.help_line import FilterHelp
from pbtui.ui.table.filters.typed import why_no_command
from pbtui.ui.table.orders import OrderTable
from pbtui.ui.terminal.drawing import DrawingApp
from pbtui.ui.terminal.output.attention import Attention
from pbtui.ui.threads.desk_thread import DeskThread, NewView
from pbtui.ui.views.layout import LONGEST_FILTER
from pbtui.ui.widgets.key_hints import KeyHints
from pbtui.ui.widgets.lines import TextLines
from pbtui.ui.widgets.news_line import NewsLine
from pbtui.ui.widgets.one_line_input import OneLineInput

TICK_S = 1.0
"""Interval at which displayed ages are updated."""

VIEW_REST_S = 0.05
"""Time from one view to the next: those of a start or a batch come closer together than anybody can look."""

ROOM_FOR_PANES = 30
"""Screen height from which the order under the cursor is shown permanently."""


class DeskScreen(ArrangingScreen):
    """Shows the latest view of the desk and handles the trader's keys. `kill_key` is the name of the kill key."""

    FOCUSABLE: ClassVar[Sequence[type[Widget]]] = (OrderTable, TextLines, Input)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "tab('Active')", "Active", show=False, id="desk.active"),
        Binding("2", "tab('Deactivated')", "Deactivated", show=False, id="desk.deactivated"),
        Binding("3", "tab('Recent')", "Recent", show=False, id="desk.recent"),
        Binding("4", "tab('Trades')", "Trades", show=False, id="desk.trades"),
        Binding("enter", "enter", "Send staged, or show order", show=False, id="desk.detail"),
        Binding("escape", "escape", "Discard staged, then clear filter", show=False, id="desk.drop_filter"),
        Binding("r", "read_now", "Read now", show=False, id="desk.read"),
        Binding("u", "app.toggle_utc", "Times in UTC, or as the market", show=False, id="desk.utc"),
        Binding("tab", "app.focus_next", "Next pane", show=False, id="desk.next_pane"),
        Binding("shift+tab", "app.focus_previous", "Previous pane", show=False, id="desk.previous_pane"),
        Binding("y", "copy_id", "Copy the id", show=False, id="desk.copy"),
        Binding("Y", "copy", "Copy: id, row, JSON", show=False, id="desk.copy_more"),
        Binding("t", "tickets", "Tickets", show=False, id="desk.tickets"),
        Binding("K", "new_key", "New API key", show=False, id="desk.new_key"),
        Binding("J", "journal", "Journal", show=False, id="desk.journal"),
        Binding("D", "depth", "Depth: the order book of the contract", show=False, id="desk.depth"),
        Binding("X", "exposure", "Exposure: positions and orders by quarter-hour", show=False, id="desk.exposure"),
    ]

    status = query_one(StatusBar)
    message = query_one(MessageLine)
    head = query_one(BlotterHead)

    def __init__(self, profile: Profile, desk_thread: DeskThread, board: NewsBoard, kill_key: str) -> None:
        super().__init__(profile, desk_thread, board)
        self._kill_key = kill_key
        self._view: DeskView | None = None
        self._taken_at_s = -VIEW_REST_S
        self._opened_at_s = steady_s()
        self._algorithms: Sequence[AlgoDetails] | None = None
        self._named_algorithms: NamedAlgorithms | None = None
        self.orders_tab = OrdersTab(self.zone, profile, desk_thread.history, lambda: self.step_words)
        self.alerting = Alerting(profile, board, self._attention)
        self._key = KeyRenewal(profile, desk_thread, self.dialogue)

    @property
    def bright_height(self) -> int:  # type: ignore[override]
        """The status bar and what is above it."""
        return self.status.region.bottom

    def compose(self) -> ComposeResult:
        """Lay out the status on top, the orders in the middle, the selected order and the keys below."""
        yield StatusBar(self._profile, self._kill_key)
        yield MessageLine()
        yield BlotterHead()
        yield self.orders_tab.table
        yield TradesTab(self._profile, self.zone)
        yield self.orders_tab.panes
        yield OneLineInput(
            id="filter",
            placeholder="side:buy price>50 area:amp,tng !mine or gate<30m",
            max_length=LONGEST_FILTER,
            select_on_focus=False,
            compact=True,
        )
        yield FilterHelp()
        yield NewsLine(is_permanent=True)
        yield KeyHints()
        yield TooSmall(self._kill_key)

    def on_resize(self, event: Resize) -> None:
        """Cover the desk with a card where nothing of it can be read."""
        self.query_one(TooSmall).follow(event.size)

    def on_mount(self) -> None:
        """Adapt to the screen height and start to update the ages."""
        self.set_class(self._profile.environment is Environment.PRODUCTION, "-production")
        self.trades.display = False
        self._show_panes(are_shown=self.app.size.height >= ROOM_FOR_PANES)
        self.filter_input.display = self.filter_help.display = False
        self.table.focus()
        self.watch(self.filter_input, "cursor_position", self.help_with_filter)
        self.set_interval(TICK_S, self._tick)
        self.run_worker(self.restore_last())

    def _attention(self) -> Attention | None:
        return self.app.attention if isinstance(self.app, DrawingApp) else None

    # ------------------------------------------------------------ what the desk publishes

    @on(NewView)
    def _await_view(self) -> None:
        """Show the new view, at once or as soon as VIEW_REST_S have passed since the last one."""
        rest_s = self._taken_at_s + VIEW_REST_S - steady_s()
        if rest_s > 0:
            self.set_timer(rest_s, self._take_view)
        else:
            self._take_view()

    def _take_view(self) -> None:
        """Show the latest view, if there is a new one."""
        view = self._desk_thread.take()
        if view is not None:
            self._taken_at_s = steady_s()
            self._view = view
            self._know(view)
            self.orders_tab.show(view)
            self.trades.show(view)
            self.dialogue.follow(view)
            self.steps.follow(view.blotter.find)
            self.steps.read_missing(self.table.cursor)
            if self._key.follow(view) and self.is_active:  # not over another dialog
                self.action_new_key()
        self._tick()

    def action_new_key(self) -> None:
        """Ask for a new API key."""
        self.begin(self._ask_for_key())

    async def _ask_for_key(self) -> None:
        if (news := await self._key.ask()) is not None:
            self.show_news(news)

    def _show_panes(self, *, are_shown: bool) -> None:
        self.orders_tab.panes.display = are_shown and not self.trades.display
        self.trades.panes.display = are_shown
        self.trades.show_trade()

    def _know(self, view: DeskView) -> None:
        """Give the filters what `mine` and `algo` mean now."""
        algorithms = view.exchange.algorithms.value
        if algorithms is not self._algorithms:
            self._algorithms = algorithms
            named = None if algorithms is None else NamedAlgorithms(algorithms_of(algorithms))
            self._named_algorithms = named if named != self._named_algorithms else self._named_algorithms
        for table in (self.table, self.trades.table):
            table.know(view.own_tokens, self._named_algorithms)

    def _tick(self) -> None:
        if self._view is not None:
            self.alerting.follow(self._view)
        for table in (self.table, self.trades.table):
            table.follow_time()
        self.status.show_view(self._view, has_stopped=self._desk_thread.failure is not None)
        self.message.show_problem(self._view, self._desk_thread.failure, self.zone)
        self._explain()

    @on(OrderTable.Arranged)
    def _rows_arranged(self) -> None:
        self.orders_tab.show_order()
        self._explain()

    def _explain(self) -> None:
        state = None if self._view is None else self._view.link.state(steady_s())
        is_stale = state not in (None, LinkState.LIVE, LinkState.FAILING) or self._desk_thread.failure is not None
        arrived = arrived_text(self._desk_thread.received_bytes, steady_s() - self._opened_at_s)
        self.orders_tab.explain(arrived, is_stale=is_stale)
        self.trades.explain(steady_s())
        self._show_head()

    def _show_head(self) -> None:
        if self._view is None:
            return
        counts = {**self.orders_tab.counts, TRADES: self.trades.count}
        if self.trades.display:
            age = self.trades.age(steady_s())
            self.head.show_table(counts, TRADES, self.trades.table, Marks(), self.zone, age)
        else:
            marks = Marks(self.table.marked, self.table.hidden_marks, len(self.steps), self.table.gone_marks)
            tab, progress = self.orders_tab.tab, self.orders_tab.progress()
            self.head.show_table(counts, tab.value, self.table, marks, self.zone, progress)

    def show_step(self) -> None:
        """Show what the staged step of the order under the cursor does, in the order's detail."""
        self.orders_tab.show_order()

    @on(OrderTable.CursorMoved)
    def _follow_cursor(self) -> None:
        self.say_step()
        self.steps.read_missing(self.table.cursor)

    # ------------------------------------------------------------ keys

    def action_tab(self, name: str) -> None:
        """Show another tab. Each keeps its place."""
        are_panes_shown = self.trades.panes.display
        was_at_trades, self.trades.display = self.trades.display, name == TRADES
        self.table.display = not self.trades.display
        if self.trades.display is not was_at_trades:
            self._show_panes(are_shown=are_panes_shown)
            self.shown_tab.table.focus()
        if not self.trades.display:
            self.orders_tab.tab = Tab(name)
        if self._view is not None:
            self.orders_tab.show(self._view)
            self.trades.show(self._view)
        self._explain()
        self.remember()

    @on(BlotterHead.TabChosen)
    def _choose_tab(self, message: BlotterHead.TabChosen) -> None:
        self.action_tab(message.name)

    def action_enter(self) -> None:
        """Send the staged steps; if there are none, show or hide the order or the trade under the cursor."""
        if not self.steps or self.trades.display:
            self.shown_tab.table.focus()
            self._show_panes(are_shown=not self.trades.panes.display)
        elif self.is_at_orders():
            self.send_staged()

    def action_escape(self) -> None:
        """Return to the table; in that of orders, discard the staged steps; if there are none, clear the filter."""
        if self.focused not in (self.shown_tab.table, self.filter_input):
            self.shown_tab.table.focus()
        elif self.steps and not self.trades.display:
            self.steps.drop()
        else:
            self.use_filter("")

    def action_read_now(self) -> None:
        """Read the orders now."""
        self._desk_thread.read_now()

    def follow_zone(self) -> None:
        """Show all times in the zone of the board, because that has changed."""
        self.orders_tab.show_zone(self.zone)
        self.trades.show_zone(self.zone)
        self._show_head()
        self._tick()

    def action_copy_id(self) -> None:
        """Copy the id of the order or the trade under the cursor."""
        what, copied = self.shown_tab.copied_id
        if copied:
            self.app.copy_to_clipboard(copied)
            self.note(f"{what} id {copied} copied, if your terminal supports it")
        else:
            self._note_no_copy()

    def action_copy(self) -> None:
        """Show what can be copied of the order or the trade under the cursor."""
        copies = self.shown_tab.copies
        if copies:
            self.begin(self._copy(copies))
        else:
            self._note_no_copy()

    def _note_no_copy(self) -> None:
        table = self.shown_tab.table
        self.note(f"nothing to copy: {table.why_no_target or f'this {table.WHAT} has no id'}")

    def copy_as_command(self) -> None:
        """Show the command lines that list and export what is shown, to be copied."""
        tab = self.shown_tab
        if reason := why_no_command(tab.table.filter, ZoneInfo(self._profile.market_timezone)):
            self.note(f"no command: {reason}")
        elif copies := tab.commands(tab.table.filter.in_force.text.strip()):
            self.begin(self._copy(copies))
        else:
            self.note(NO_COMMAND)

    def commands(self) -> Iterator[SystemCommand]:
        """Yield the commands of the palette that have no key."""
        about = "The command lines that list and export what is shown"
        yield SystemCommand("Copy as command…", about, self.copy_as_command)
        yield from super().commands()

    async def _copy(self, copies: Sequence[Copy]) -> None:
        if (copy := await self.dialogue.ask(CopyPrompt(self.dialogue.venue, copies))) is not None:
            self.app.copy_to_clipboard(copy.text)
            self.note(f"{copy.what} copied, if your terminal supports it")

    def action_depth(self) -> None:
        """Show the order book of the contract under the cursor."""
        subject = self.shown_tab.depth_subject
        if subject is None:
            self.note("no order book to show: the line under the cursor does not name one contract and its area")
        else:
            self.begin(self._show_depth(subject))

    async def _show_depth(self, subject: DepthSubject) -> None:
        def own_keys() -> Mapping[str, str]:
            return {} if self._view is None else own_keys_in(subject.contract_id, self._view.blotter)

        def step_words(book: Orders) -> str:
            staged = self.steps.by_order.get(subject.order_key or "")
            return "" if staged is None else staged.place_words(book)

        pane = DepthPane(self.dialogue.venue, subject, self._desk_thread.depth, own_keys, self.zone, step_words)
        await self.dialogue.ask(pane)

    def action_exposure(self) -> None:
        """Show the exposure of the portfolio and area under the cursor by quarter-hour."""
        self.begin(self._show_exposure())

    async def _show_exposure(self) -> None:
        subject, view, read = self.shown_tab.exposure_subject, self.dialogue.view, self._desk_thread.read_positions
        pane = ExposurePane(self.dialogue.venue, self._profile, view, subject, read, self.zone)
        if (chosen := await self.dialogue.ask(pane)) is not None:
            self.use_filter(chosen)

    def action_tickets(self) -> None:
        """Show the tickets of this run; a failed ticket can be opened again as a draft."""
        self.begin(self.orders.show_tickets())

    def action_journal(self) -> None:
        """Show the journal of this run."""
        self.begin(self.orders.show_journal())

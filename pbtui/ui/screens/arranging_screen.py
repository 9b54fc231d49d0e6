"""Keys that arrange the tables: filter, sort, columns, and saved views. The main screen extends this screen."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.widgets import Input

from pbtui.api.structs import replace
from pbtui.desk.blotter.groups import GroupBy
from pbtui.desk.blotter.own_orders import Tab
from pbtui.desk.formats.filters.cursor_word import without_cursor
from pbtui.desk.formats.filters.hints import overview
from pbtui.desk.formats.filters.language import FilterError
from pbtui.desk.formats.time_format import UTC_ZONE
from pbtui.settings.profiles import Profile
from pbtui.ui.screens.news_board import NewsBoard
from pbtui.ui.screens.stepping_screen import SteppingScreen
from pbtui.ui.screens.tabs.orders import OrdersTab
from pbtui.ui.screens.tabs.trades import NAME as TRADES
from pbtui.ui.screens.tabs.trades import TradesTab
from pbtui.ui.table.filters.help_line import FilterHelp
from pbtui.ui.table.filters.typed import FilterText, zone_of_times
from pbtui.ui.table.orders import OrderTable
from pbtui.ui.table.sorting.sort_prompt import SortPrompt
from pbtui.ui.table.trades import TradeTable
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.views.choice_prompt import Chosen, ViewsPrompt, Wish
from pbtui.ui.views.columns_prompt import ColumnsPrompt
from pbtui.ui.views.keeper import ViewKeeper
from pbtui.ui.views.layout import ColumnChoice, Layout, Sorting, can_keep, completed
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.one_line_input import OneLineInput

_ORDERS = "Orders"


class ArrangingScreen(SteppingScreen):
    """Arranges the tables, and keeps the present layout for the next start, and others under names."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="desk.filter"),
        Binding("s", "sort", "Sort", show=False, id="desk.sort"),
        Binding("S", "reverse", "Reverse the sort", show=False, id="desk.reverse"),
        Binding("C", "columns", "Columns: show, move, size", show=False, id="desk.columns"),
        Binding("B", "group", "Group by contract, area, portfolio, or not", show=False, id="desk.group"),
        Binding("V", "views", "Views: switch, save, delete", show=False, id="desk.views"),
    ]

    trades = query_one(TradesTab)
    filter_input = query_one("#filter", Input)
    filter_help = query_one(FilterHelp)
    orders_tab: OrdersTab

    def __init__(self, profile: Profile, desk_thread: DeskThread, board: NewsBoard) -> None:
        super().__init__(profile, desk_thread, board)
        self._columns: dict[str, tuple[ColumnChoice, ...]] = {}
        self._views = ViewKeeper(profile, self.refuse, self.run_worker)

    def action_tab(self, name: str) -> None:
        """Show another tab."""
        raise NotImplementedError

    @property
    def shown_tab(self) -> OrdersTab | TradesTab:
        """The tab on the screen."""
        return self.trades if self.trades.display else self.orders_tab

    @property
    def _tables(self) -> Mapping[str, OrderTable | TradeTable]:
        return {_ORDERS: self.table, TRADES: self.trades.table}

    # ------------------------------------------------------------ filter

    def action_filter(self) -> None:
        """Open the filter input."""
        self.filter_input.display = self.filter_help.display = True
        self.filter_input.focus()
        self.help_with_filter()

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        before = self.shown_tab.table.filter.typed
        self._filter(before.zone if before.text.strip() else self.zone)
        self.help_with_filter()

    @on(OneLineInput.LinesIgnored)
    def _paste_was_cut(self, cut: OneLineInput.LinesIgnored) -> None:
        lines = "1 more line" if cut.number == 1 else f"{cut.number} more lines"
        self.note(f"{lines} of the paste were ignored: a filter is one line")

    def filter_overview(self) -> Sequence[tuple[str, str]]:
        """Return the whole filter language of the table on the screen: pieces of a filter, and what they mean."""
        return overview(self.shown_tab.table.filter.fields)

    def _filter(self, zone: ZoneInfo) -> None:
        """Filter by the text in the input, whose times are in this zone: that in which it was begun."""
        typed = FilterText(self.filter_input.value, self.shown_tab.table.contract, zone)
        for table in self._tables.values():
            table.filter_by(typed)

    def help_with_filter(self) -> None:
        """Show the terms that fit the word at the cursor of the filter, or what is wrong."""
        if self.filter_help.display:
            table, typed = self.shown_tab.table, self.filter_input
            self.filter_help.explain(table.filter.fields, typed.value, typed.cursor_position, table.filter.error)

    @on(Input.Submitted, "#filter")
    def _filter_entered(self) -> None:
        typed = self.shown_tab.table.filter
        if typed.error is None or typed.error.waits:
            self._filter_done()
        else:
            kept = typed.in_force.text.strip()
            self.note(f"{typed.error}; {f'the filter {kept} stays in force' if kept else 'no filter is in force'}")

    def _filter_done(self) -> None:
        self.filter_input.display = self.filter_help.display = False
        self.shown_tab.table.focus()
        self.remember()

    def use_filter(self, text: str, zone: ZoneInfo | None = None) -> None:
        """Filter all tables by this text; its times are in this zone, by default the shown one."""
        with self.prevent(Input.Changed):
            self.filter_input.value = text
        self._filter(zone or self.zone)
        self._filter_done()

    # ------------------------------------------------------------ sort

    def action_sort(self) -> None:
        """Choose the column to sort by."""
        if self.is_active:  # the key may have been pressed again before the prompt was shown
            present = self.shown_tab.table.arrangement
            titles = [column.title for column in present.columns if column.sort_value is not None]
            self.app.push_screen(SortPrompt(titles, present.column.title), self._sort_by)

    def _sort_by(self, title: str | None) -> None:
        if title is not None:
            self.shown_tab.table.sort_by(title)
            self.remember()

    def action_reverse(self) -> None:
        """Reverse the sort order."""
        self._sort_by(self.shown_tab.table.arrangement.column.title)

    # ------------------------------------------------------------ groups

    def action_group(self) -> None:
        """Group the orders by the next of contract, area and portfolio, or by nothing."""
        if self.trades.display:
            self.note(f"only orders are grouped; {key_of(self, 'desk.detail')} shows the totals of trades by contract")
        else:
            choices = (None, *GroupBy)
            self._group_by(choices[(choices.index(self.table.grouped_by) + 1) % len(choices)])

    def _group_by(self, by: GroupBy | None) -> None:
        self.table.group_by(by)
        self.remember()
        self.note("orders are not grouped" if by is None else f"orders are grouped by {by}, below their sums")

    # ------------------------------------------------------------ columns

    def action_columns(self) -> None:
        """Choose the columns of the table on the screen."""
        if not self.is_active:
            return
        name = TRADES if self.trades.display else _ORDERS
        table = self._tables[name]
        choices = completed(self._columns.get(name, ()), [column.title for column in table.arrangement.columns])
        self.app.push_screen(ColumnsPrompt(choices, dict(table.widths)), partial(self._take_columns, name))

    def _take_columns(self, name: str, chosen: tuple[ColumnChoice, ...] | None) -> None:
        if chosen is not None:
            self._columns = {**self._columns, name: chosen}
            self._offer_columns()
            self.remember()

    def _offer_columns(self) -> None:
        for name, table in self._tables.items():
            titles = [column.title for column in table.arrangement.columns]
            choices = completed(self._columns.get(name, ()), titles)
            table.offer_columns([(choice.title, choice.width) for choice in choices if choice.is_shown])

    # ------------------------------------------------------------ views

    @property
    def layout_now(self) -> Layout:
        """The present arrangement."""
        trades = self.trades.table.arrangement
        sorts = {tab.value: Sorting(*sort) for tab, sort in self.table.sorts.items()}
        typed, text = self.shown_tab.table.filter, self._filter_text
        return Layout(
            tab=TRADES if self.trades.display else self.orders_tab.tab.value,
            filter=text if can_keep(text) else "",
            sortings={**sorts, TRADES: Sorting(trades.column.title, trades.is_descending)},
            columns={name: chosen for name, chosen in self._columns.items() if chosen},
            group=self.table.grouped_by or "",
            in_utc=zone_of_times(typed.fields, typed.lasting) == UTC_ZONE.key,
        )

    @property
    def _filter_text(self) -> str:
        """The filter, with the contract in place of the word for that under the cursor."""
        lasting = self.shown_tab.table.filter.lasting
        return without_cursor(lasting.text, lasting.contract)

    def remember(self) -> None:
        """Keep the present arrangement for the next start."""
        self._views.remember(self.layout_now)

    async def restore_last(self) -> None:
        """Arrange the tables as the last desk of the profile had them."""
        layout = await self._views.read()
        if layout is None:
            return
        error = self._filter_problem(layout)
        if error is not None and not error.waits:
            self.refuse(f"the filter of the last desk can't be used, so none is in force: {error}")
            layout = replace(layout, filter="")
        self._arrange(layout)

    def action_views(self) -> None:
        """Show the saved views."""
        if self.is_active:
            self.app.push_screen(ViewsPrompt(self._views.named, self.layout_now, self._views.read_again), self._follow)

    def _follow(self, chosen: Chosen | None) -> None:
        if chosen is None:
            return
        if chosen.wish is Wish.SWITCH:
            self.switch_to(chosen.name)
        elif chosen.wish is Wish.SAVE:
            self._save(chosen.name)
        else:
            self._views.delete(chosen.name)
            self.note(f"view {chosen.name} deleted")

    def _save(self, name: str) -> None:
        if can_keep(self._filter_text):
            self._views.save(name, self.layout_now)
            self.note(f"view {name} saved")
        else:
            self.refuse(f"view {name} is not saved: its filter is too long, or has a character that does not print")

    def switch_to(self, name: str) -> None:
        """Arrange the tables as the view of this name has them."""
        layout = self._views.named.get(name)
        if layout is None:
            return
        if (error := self._filter_problem(layout)) is not None:
            self.refuse(f"view {name} is not shown, its filter can't be used: {error}")
            return
        self._arrange(layout)
        self.remember()
        self.note(f"view {name}")

    def _filter_problem(self, layout: Layout) -> FilterError | None:
        """Return why the filter of a layout is none of its tab now; None if it is one."""
        table = self.trades.table if layout.tab == TRADES else self.table
        return table.filter_problem(FilterText(layout.filter, self.shown_tab.table.contract, self._zone_of(layout)))

    def _zone_of(self, layout: Layout) -> ZoneInfo:
        return UTC_ZONE if layout.in_utc else ZoneInfo(self._profile.market_timezone)

    def _arrange(self, layout: Layout) -> None:
        sorts = {name: (sorting.title, sorting.is_descending) for name, sorting in layout.sortings.items()}
        self.table.take_sorts({tab: sorts[tab.value] for tab in Tab if tab.value in sorts})
        if TRADES in sorts:
            title, is_descending = sorts[TRADES]
            self.trades.table.take_sort(title, is_descending=is_descending)
        self._columns = dict(layout.columns)
        self._offer_columns()
        self.table.group_by(GroupBy(layout.group) if layout.group in tuple(GroupBy) else None)
        self.use_filter(layout.filter, self._zone_of(layout))
        if layout.tab in (TRADES, *Tab):
            self.action_tab(layout.tab)

    def commands(self) -> Iterator[SystemCommand]:
        """Yield the commands of the palette that group the orders, or switch to a saved view."""
        for by in GroupBy:
            yield SystemCommand(f"Group by {by}", "Orders below a line with their sums", partial(self._group_by, by))
        yield SystemCommand("No groups", "Show the orders one by one", partial(self._group_by, None))
        for name, layout in self._views.named.items():
            yield SystemCommand(f"View: {name}", layout.words, partial(self.switch_to, name))

"""Table of own trades: one line for each own side of a trade, the newest first."""

from zoneinfo import ZoneInfo

from pbtui.api.structs import replace
from pbtui.desk.market.reading import Reading
from pbtui.desk.market.trade_rows import TradeRow, TradeRows
from pbtui.desk.market.trade_terms import TRADE_FILTER, contract_of
from pbtui.desk.market.trades import Trades
from pbtui.ui.table.emptiness import TRADES_NOT_READ
from pbtui.ui.table.rows import RowTable
from pbtui.ui.table.trade_columns import COLUMNS, SAID_IF_SHARED, TIME


class TradeTable(RowTable[TradeRow]):
    """Shows the trades of a reading; `none_yet` has the scope of the sides to show, and no trade."""

    WHAT = "trade"

    def __init__(self, zone: ZoneInfo, none_yet: TradeRows, *, id: str | None = None) -> None:  # noqa: A002 - as Textual
        super().__init__(zone, COLUMNS, TIME, TRADES_NOT_READ, SAID_IF_SHARED, TRADE_FILTER, id=id)
        self._arranger.sort(TIME, is_descending=True)
        self._known = none_yet

    def show(self, reading: Reading[Trades]) -> None:
        """Show the trades of this reading. Only rows that changed are arranged again."""
        before, self._known = self._known, self._known.following(reading)
        if self._known.rows is not before.rows:
            self._follow_rows(self._known.rows)
        elif self._known is not before and self.display:  # marks end, and at midnight today's trades become yesterday's
            self._moment = replace(self._moment, now=self.exchange_clock.now())
            self.repaint()

    def take_sort(self, title: str, *, is_descending: bool) -> None:
        """Sort by the column with this title, if there is one."""
        found = [column for column in COLUMNS if column.title == title and column.sort_value is not None]
        self.sort(found[0] if found else TIME, is_descending=is_descending)

    def _contract_of(self, row: TradeRow) -> str:
        return contract_of(row)

    def _is_marked(self, row: TradeRow) -> bool:
        return self._known.is_marked(row)

"""The pane with the totals and average prices of the trades that the table shows, by contract."""

from zoneinfo import ZoneInfo

from rich.cells import cell_len

from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.market.totals import ContractTotal, totals_of
from pbtui.desk.market.trade_rows import TradeRow
from pbtui.ui.table.sorting.arrangement import Arrangement
from pbtui.ui.widgets.lines import Line, TextLines


class TotalsPane(TextLines, can_focus=True):
    """Shows the totals, the earliest delivery first, and marks the contract of the trade under the cursor."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__(id="totals")
        self._zone = zone
        self._summed: Arrangement[TradeRow] | None = None
        self._totals: list[ContractTotal] = []
        self._current: object = None

    def show_totals(self, arrangement: Arrangement[TradeRow], cursor: TradeRow | None, zone: ZoneInfo) -> None:
        """Show the totals of the visible rows; they are added up only if the arrangement is another one."""
        if arrangement is not self._summed:
            self._summed = arrangement
            rows = (arrangement.rows[arrangement.key_at(index)] for index in range(len(arrangement)))
            self._totals = totals_of((row.trade, row.leg) for row in rows)
        current = None if cursor is None else cursor.contract_key
        has_moved, self._current, self._zone = current != self._current, current, zone
        self.lay_out()
        if has_moved:
            self._reveal_current()
        self.repaint()

    def lay_out(self) -> None:
        """Show each contract on one line, or on two if one is too short."""
        lines = [_total_lines(total, self._zone, is_current=total.key == self._current) for total in self._totals]
        fits = all(sum(cell_len(text) for text, _ in [*name, *sums]) <= self.text_width for name, sums in lines)
        if fits:
            self._lines = [[*name, *sums] for name, sums in lines]
        else:
            self._lines = [line for name, sums in lines for line in (name, [("   ", "text"), *sums])]
        if not lines:
            self._lines = [[(" no trade is shown", "dim")]]

    def _reveal_current(self) -> None:
        keys = [total.key for total in self._totals]
        if self._current in keys:
            height = len(self._lines) // len(keys)
            first = keys.index(self._current) * height
            self.reveal(first + height - 1)
            self.reveal(first)


def _total_lines(total: ContractTotal, zone: ZoneInfo, *, is_current: bool) -> tuple[Line, Line]:
    """Return the contract with its net quantity, and the sums of both sides."""
    delivery = delivery_text(total.delivery_start, total.delivery_end, zone) or total.contract or "unknown contract"
    name = f"{'›' if is_current else ' '} {delivery} {area_name(total.delivery_area or '')}"
    net = f" net {'+' if total.net_mw > 0 else ''}{quantity_text(total.net_mw)} MW "
    sums = [
        (f" {arrow} {quantity_text(side.quantity_mw)} at {price_text(side.average_price)} ", role)
        for arrow, side, role in (("▲", total.bought, "buy"), ("▼", total.sold, "sell"))
        if side.quantity_mw
    ]
    if total.not_counted:
        sums.append((f" {total.not_counted} not counted: side, price or MW unknown", "warning"))
    return [(name, "title" if is_current else "text"), (net, "label")], sums or [(" no MW counted", "dim")]

"""The pane with the history of the order under the cursor: what each revision changed, when, and who did it."""

from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from textual import work
from textual.timer import Timer

from pbtui.api.errors import OrdersApiError
from pbtui.desk.blotter.history import History, Revision
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.order_fields import SHOWN
from pbtui.desk.formats.time_format import moment_text
from pbtui.ui.order.field_values import field_text
from pbtui.ui.order.fill_lines import OrderTrades, revision_prices
from pbtui.ui.threads.desk_thread import DeskClosed
from pbtui.ui.widgets.folded_lines import field_lines
from pbtui.ui.widgets.lines import Line, TextLines

REST_S = 0.3
"""Seconds the cursor must rest on an order before its history is read."""

_INDENT = 6


class HistoryPane(TextLines, can_focus=True):
    """Reads and shows the history of an order, again whenever its id or revision changes."""

    def __init__(self, read: Callable[[str], Awaitable[History]], zone: ZoneInfo, trades: OrderTrades) -> None:
        super().__init__(id="history")
        self._trades = trades
        self._read = read
        self._row: Row | None = None
        self._zone = zone
        self._history: History | None = None
        self._problem = ""
        self._rest: Timer | None = None

    def follow(self, row: Row | None, zone: ZoneInfo) -> None:
        """Show the history of an order, with times in this zone."""
        before, self._row, self._zone = self._row, row, zone
        if (row.key if row else None) != (before.key if before else None):
            self._history, self._problem, self.top = None, "", 0
        if _version(row) != _version(before):
            self._read_after_rest()
        self.lay_out()
        self.repaint()

    def _read_after_rest(self) -> None:
        if self._rest is not None:
            self._rest.stop()
        if self._row is not None and self._row.order.order_id is not None:
            self._rest = self.set_timer(REST_S, self._read_history)

    @work(exclusive=True, group="history")
    async def _read_history(self) -> None:
        row = self._row
        if row is None or row.order.order_id is None:
            return
        try:
            history: History | None = await self._read(row.order.order_id)
            problem = ""
        except (OrdersApiError, DeskClosed) as error:
            history, problem = self._history, str(error)
        # The cursor may have moved before the answer arrived.
        if self._row is not None and self._row.key == row.key:
            self._history, self._problem = history, problem
            self.lay_out()
            self.repaint()

    def lay_out(self) -> None:
        """Lay out the revisions for the width, newest first."""
        lines: list[Line] = []
        if self._problem:
            lines += field_lines(
                " history not read: ", self._problem, label_width=20, width=self.text_width, role="bad"
            )
        if self._history is not None:
            if not self._history.revisions:
                lines.append([(" the server has no history of this order", "dim")])
            revisions = self._history.revisions
            prices = revision_prices(revisions, self._trades.of([revision.order for revision in revisions]))
            for place in range(len(revisions) - 1, -1, -1):
                lines += revision_lines(revisions[place], self._zone, self.text_width, prices.get(place, ""))
            if self._history.unreadable:
                lines.append([(f" {self._history.unreadable} revisions could not be read", "bad")])
        elif self._row is not None and not self._problem:
            lines.append([(" reading …", "dim")])
        self._lines = lines


def revision_lines(revision: Revision, zone: ZoneInfo, width: int, traded: str = "") -> list[Line]:
    """Return the lines of a revision: number, time, event and user, then each change, folded to the width.

    `traded` is what it traded, with the price by the trades; empty if it did not, or if they do not show it.
    """
    order = revision.order
    number = "" if order.revision_no is None else str(order.revision_no)
    at = moment_text(order.api_timestamp or order.last_change_timestamp, zone, fraction=True)
    user = f" · {order.user_name or order.user_code}" if order.user_name or order.user_code else ""
    what = f"replaced by order {revision.replaced_by}" if revision.replaced_by else str(revision.event)
    what += f": {traded}" if traded else ""
    when: Line = [(f"{number:>4}  ", "title"), (f"{at}  ", "label")]
    lines: list[Line] = [[*when, (what, "text"), (user, "dim")]]
    if sum(cell_len(text) for text, _ in lines[0]) > width:
        lines = [when, *field_lines("", what + user, label_width=_INDENT, width=width)]
    for change in revision.changes:
        field = SHOWN[change.name]
        label = f"{' ' * _INDENT}{field.label} "
        before, after = (field_text(field, v, zone) for v in (change.before, change.after))
        lines += field_lines(label, f"{before} → {after}", label_width=len(label), width=width, role="changed")
    return lines


def _version(row: Row | None) -> tuple[object, ...]:
    if row is None:
        return ()
    return (row.key, row.order.order_id, row.order.revision_no, row.order.state, row.final_state)

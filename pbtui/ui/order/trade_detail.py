"""The pane with the trade under the cursor, and the order that traded."""

from zoneinfo import ZoneInfo

from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.areas import area_words
from pbtui.desk.formats.market_words import trade_kind
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import delivery_text, moment_text
from pbtui.desk.formats.vocabulary import side_word
from pbtui.desk.market.trade_rows import TradeRow
from pbtui.ui.order.detail import detail_lines, order_lines
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.lines import TextLines

_ROLES = {"Y": "aggressor: this side took the other order", "N": "passive: this order was in the book"}


class TradeDetail(TextLines, can_focus=True):
    """Shows one own side of a trade field by field, then its order as the desk knows it."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__(id="trade-detail")
        self._zone = zone
        self._row: TradeRow | None = None
        self._order: Row | None = None

    def show_trade(self, row: TradeRow | None, order: Row | None, zone: ZoneInfo) -> None:
        """Show a trade, and the order of its own side; None if that is not among the orders that the desk read."""
        if row is None or self._row is None or row.key != self._row.key:
            self.top = 0
        self._row, self._order, self._zone = row, order, zone
        self.lay_out()
        self.repaint()

    def lay_out(self) -> None:
        """Fold the fields to the width."""
        row, width = self._row, self.text_width
        if row is None:
            self._lines = [[(" no trade is under the cursor", "dim")]]
            return
        lines = [line for label, text in _fields(row, self._zone) if text for line in detail_lines(label, text, width)]
        for field in row.trade.unreadable:
            lines += detail_lines("unreadable", str(field), width, "bad")
        if self._order is not None:
            lines.append([(" Its order:", "title")])
            lines += order_lines(self._order, self._zone, width)
        else:
            why = _why_no_order(row)
            lines += [[(f" {part}", "warning")] for part in folded(why, max(width - 1, 1))]
        self._lines = lines


def _fields(row: TradeRow, zone: ZoneInfo) -> list[tuple[str, str]]:
    trade = row.trade
    delivery = delivery_text(trade.delivery_start, trade.delivery_end, zone)
    at = moment_text(trade.exec_time, zone, fraction=True)
    return [
        ("price", f"{price_text(trade.price)} per MWh" if trade.price is not None else ""),
        ("quantity", f"{quantity_text(trade.quantity)} MW" if trade.quantity is not None else ""),
        ("delivery", delivery and f"{delivery} ({zone.key})"),
        ("side", side_word(row.side) or "not stated by this server"),
        ("matched by", trade_kind(trade)),
        ("executed at", at and f"{at} ({zone.key})"),
        ("delivery area", row.delivery_area and area_words(row.delivery_area)),
        ("portfolio", row.of_side("portfolio_id") or ""),
        ("text", row.of_side("txt") or ""),
        ("order id", row.of_side("order_id") or ""),
        ("trade id", trade.id),
        ("role", _ROLES.get(row.of_side("aggressor_indicator") or "", "")),
        ("contract", " ".join(part for part in (trade.contract_id, trade.contract_name) if part)),
    ]


def _why_no_order(row: TradeRow) -> str:
    order_id = row.of_side("order_id")
    if not order_id:
        return "Its order is not known: the trade names no order id of the own side."
    return f"Order {order_id} is not among the orders that the desk has read. It may have another id now."

"""The pane with every field of the order under the cursor."""

from zoneinfo import ZoneInfo

from pbtui.api.snapshot import UnreadableOrder
from pbtui.api.values import UnreadableField
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.order_fields import SHOWN
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import UNREADABLE
from pbtui.ui.order.field_values import field_text
from pbtui.ui.widgets.folded_lines import field_lines, folded
from pbtui.ui.widgets.lines import Line, TextLines

_LABEL_WIDTH = 24
_NARROW_LABEL_WIDTH = 15
_FIRST = (
    "price",
    "quantity",
    "delivery_start",
    "delivery_end",
    "side",
    "delivery_area",
    "portfolio_id",
    "state",
    "action",
    "hidden_quantity",
    "type",
    "txt",
)
"""Fields that matter most: the first of them are visible in the smallest pane."""


class OrderDetail(TextLines, can_focus=True):
    """Shows one order field by field, and last the names of the fields that the server did not send."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__(id="detail")
        self._zone = zone
        self._row: Row | None = None
        self._why_no_target = ""

    def show_row(self, row: Row | None, zone: ZoneInfo, why_no_target: str = "") -> None:
        """Show an order, with times in this zone; and first, if no key acts on it, why."""
        if row is None or self._row is None or row.key != self._row.key:
            self.top = 0
        self._row, self._zone, self._why_no_target = row, zone, why_no_target
        self.lay_out()
        self.repaint()

    def lay_out(self) -> None:
        """Fold the fields to the width."""
        self._lines = self._fields()

    def _fields(self) -> list[Line]:
        row = self._row
        if row is None:
            return [[(" no order is under the cursor", "dim")]]
        why = self._why_no_target
        lines: list[Line] = [[(f" {part}", "warning")] for part in folded(why, self.text_width - 1) if part]
        if row.final_state is not None:
            lines.append([(f" {row.final_state.value}; last known values:", "warning")])
        if isinstance(row.order, UnreadableOrder):
            lines += self._field("unreadable", row.order.reason, "bad")
            return lines + self._field("as received", row.order.raw)
        lines += [line for field in row.order.unreadable for line in self._unreadable(field)]
        absent, unreadable = [], {field.name for field in row.order.unreadable}
        delivery = delivery_text(row.order.delivery_start, row.order.delivery_end, self._zone)
        has_period = row.order.delivery_start is not None and row.order.delivery_end is not None
        for attribute in (*_FIRST, *(name for name in SHOWN if name not in _FIRST)):
            field, value = SHOWN[attribute], getattr(row.order, attribute)
            if attribute in unreadable or (has_period and attribute == "delivery_end"):
                continue
            if has_period and attribute == "delivery_start":
                lines += self._field("delivery", f"{delivery} ({self._zone.key})")
                continue
            if value is None:
                absent.append(field.label)
            else:
                lines += self._field(field.label, field_text(field, value, self._zone))
        return lines + self._field("not reported", ", ".join(absent), "dim")

    def _unreadable(self, field: UnreadableField) -> list[Line]:
        label = SHOWN[field.name].label if field.name in SHOWN else field.name
        return self._field(label, f"{UNREADABLE}: {field.value or 'nothing'} ({field.reason})", "bad")

    def _field(self, label: str, text: str, role: str = "text") -> list[Line]:
        is_narrow = self.text_width < 2 * _LABEL_WIDTH
        label_width = max(_NARROW_LABEL_WIDTH, len(label) + 2) if is_narrow else _LABEL_WIDTH
        return field_lines(f" {label}", text, label_width=label_width, width=self.text_width, role=role)

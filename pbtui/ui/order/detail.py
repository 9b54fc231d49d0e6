"""The pane with every field of the order under the cursor."""

from collections.abc import Sequence
from itertools import chain, repeat
from zoneinfo import ZoneInfo

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.values import UnreadableField
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.order_fields import SHOWN
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import UNREADABLE
from pbtui.ui.order.field_values import field_text
from pbtui.ui.order.fill_lines import OrderTrades, trade_texts
from pbtui.ui.widgets.folded_lines import field_lines, folded
from pbtui.ui.widgets.lines import Line, TextLines

_LABEL_WIDTH = 24
_NARROW_LABEL_WIDTH = 15
_FIRST = (
    "price",
    "open_quantity_mw",
    "slice_mw",
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

    def __init__(self, zone: ZoneInfo, trades: OrderTrades) -> None:
        super().__init__(id="detail")
        self._trades = trades
        self._zone = zone
        self._row: Row | None = None
        self._why_no_target = self._gate = self._step = self._editors = ""

    def show_row(
        self,
        row: Row | None,
        zone: ZoneInfo,
        why_no_target: str = "",
        gate: str = "",
        step: str = "",
        editors: str = "",
    ) -> None:
        """Show an order, with times in this zone and its gate closure; and first, if no key acts on it, why.

        `step` says what its staged step does, `editors` who else has it open in a form.
        """
        if row is None or self._row is None or row.key != self._row.key:
            self.top = 0
        self._row, self._zone, self._why_no_target, self._gate, self._step = row, zone, why_no_target, gate, step
        self._editors = editors
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
        lines += detail_lines("staged step", self._step, self.text_width, "staged") if self._step else []
        lines += detail_lines("open in a form of", self._editors, self.text_width, "staged") if self._editors else []
        traded = [] if isinstance(row.order, UnreadableOrder) else self._traded(row.order)
        return lines + order_lines(row, self._zone, self.text_width, self._gate, traded)

    def _traded(self, order: Order) -> list[Line]:
        """The trades of the order, and why some may be missing. The tab of the trades says why there are none."""
        fills, width = self._trades.of([order]), self.text_width
        if not fills:
            return []
        labelled = zip(chain(["traded"], repeat("")), trade_texts(fills, self._zone), strict=False)
        lines = [line for label, text in labelled for line in detail_lines(label, text, width)]
        problem = self._trades.problem
        return lines + (detail_lines("more may be missing", problem, width, "bad") if problem else [])


def order_lines(row: Row, zone: ZoneInfo, width: int, gate: str = "", traded: Sequence[Line] = ()) -> list[Line]:
    """Return the fields of an order, folded to the width; times are in this zone.

    `gate` is its gate closure, `traded` are lines on its trades, which follow the fields that matter most.
    """
    lines: list[Line] = []
    if row.final_state is not None:
        lines.append([(f" {row.final_state.value}; last known values:", "warning")])
    if isinstance(row.order, UnreadableOrder):
        lines += detail_lines("unreadable", row.order.reason, width, "bad")
        return lines + detail_lines("as received", row.order.raw, width)
    lines += [line for field in row.order.unreadable for line in _unreadable(field, width)]
    absent, unreadable = [], {field.name for field in row.order.unreadable}
    delivery = delivery_text(row.order.delivery_start, row.order.delivery_end, zone)
    has_period = row.order.delivery_start is not None and row.order.delivery_end is not None
    for attribute in (*_FIRST, *(name for name in SHOWN if name not in _FIRST)):
        field, value = SHOWN[attribute], getattr(row.order, attribute)
        if not unreadable.isdisjoint(field.parts) or (has_period and attribute == "delivery_end"):
            continue
        if has_period and attribute == "delivery_start":
            lines += detail_lines("delivery", f"{delivery} ({zone.key})", width)
            lines += detail_lines("gate", gate, width) if gate else []
            continue
        if value is None and attribute != "slice_mw":
            absent.append(field.label)
        elif value is not None:
            lines += detail_lines(field.label, field_text(field, value, zone), width)
        lines += traded if attribute == _FIRST[-1] else ()
    return lines + detail_lines("not reported", ", ".join(absent), width, "dim")


def detail_lines(label: str, text: str, width: int, role: str = "text") -> list[Line]:
    """Return a label and its text, folded to the width. A narrow pane has a narrow column of labels."""
    is_narrow = width < 2 * _LABEL_WIDTH
    label_width = max(_NARROW_LABEL_WIDTH, len(label) + 2) if is_narrow else _LABEL_WIDTH
    return field_lines(f" {label}", text, label_width=label_width, width=width, role=role)


def _unreadable(field: UnreadableField, width: int) -> list[Line]:
    label = SHOWN[field.name].label if field.name in SHOWN else field.name
    return detail_lines(label, f"{UNREADABLE}: {field.value or 'nothing'} ({field.reason})", width, "bad")

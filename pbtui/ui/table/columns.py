"""Columns of the order table: content, sort value, and which ones are hidden if space is short."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size, split_graphemes

from pbtui.api.models import Order, OrderSide, OrderState
from pbtui.api.snapshot import UnreadableOrder
from pbtui.api.structs import replace
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.order_fields import FIELDS, Kind, OrderField
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import UNREADABLE, order_event
from pbtui.ui.widgets.lines import Piece

CHANGED = "•"
NEW = "+"
"""Mark of a new order, in front of its first cell in place of a bullet in every cell."""

SortKey = tuple[bool, str | float]
"""Return whether the value is missing (those sort last), then the value."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Context of a cell besides its order: the time zone of the screen, and the present time."""

    zone: ZoneInfo
    now: datetime


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `rank` decides which columns are hidden if the table is too narrow; rank 0 is hidden last.

    `text` and `sort_value` are used for readable orders, `unreadable` for the others.
    """

    title: str
    width: int
    rank: int
    text: Callable[[Order, Moment], str]
    sort_value: Callable[[Order], str | float | None]
    fields: frozenset[str] = frozenset()
    """Names of the fields whose change marks the cell."""
    align: Literal["left", "right"] = "left"
    role: Callable[[Order], str] = lambda order: "text"
    unreadable: Callable[[UnreadableOrder], str] = lambda order: ""
    gives_way: bool = False
    """Whether it is hidden before other columns while its text is the same in every row. Its text uses no moment."""
    grows_to: int = 0
    """Width up to which the column grows with its texts."""
    of_row: Callable[[Row], str] | None = None
    """The text, where it depends on more than the order."""
    is_id: bool = False
    """Whether a text that is too long is cut in its middle, because its end differs from that of others."""

    def content(self, order: Order | UnreadableOrder, moment: Moment) -> str:
        """Return the whole text of an order."""
        if isinstance(order, UnreadableOrder):
            return self.unreadable(order)
        if order.unreadable and order.why_unreadable(*self.fields):
            return UNREADABLE
        return self.text(order, moment)

    def cell(self, row: Row, moment: Moment, *, is_marked: bool) -> Piece:
        """Return the cell of an order, padded to the column's width; a bullet marks a value that changed."""
        order = row.order
        if isinstance(order, UnreadableOrder) or (order.unreadable and order.why_unreadable(*self.fields)):
            role = "bad"
        else:
            role = "dim" if row.final_state else self.role(order)
        text = self._fitted(self.content(order, moment) if self.of_row is None else self.of_row(row))
        is_changed = is_marked and not row.is_new and not self.fields.isdisjoint(row.changed)
        return (CHANGED if is_changed else " ") + text, "changed" if is_changed else role

    def note(self, text: str) -> Piece:
        """Return a cell with a staged value or the state of a ticket."""
        return " " + self._fitted(text), "staged"

    def heading(self, arrow: str) -> str:
        """Return the title, with the arrow of the sort direction."""
        return " " + self._fitted(self.title + arrow)

    def sort_key(self, row: Row) -> SortKey:
        """Return the sort value of the row in this column; orders that cannot be read sort last."""
        value = None if isinstance(row.order, UnreadableOrder) else self.sort_value(row.order)
        return (value is None, "" if value is None else value)

    def _fitted(self, text: str) -> str:
        room = self.width - 1
        length = cell_len(text)
        if length > room and self.is_id:
            return middle_cut(text, room)
        if length > room:
            return set_cell_size(text, room - 1) + "…"
        padding = " " * (room - length)
        return padding + text if self.align == "right" else text + padding


def middle_cut(text: str, room: int) -> str:
    """Return the beginning and the end of a text, in so many cells."""
    start, width = len(text), 0
    for first, _, cells in reversed(split_graphemes(text)[0]):
        if width + cells > (room - 1) // 2:
            break
        start, width = first, width + cells
    return set_cell_size(text, room - 1 - width) + "…" + text[start:]


def columns_for(
    width: int, widths: Mapping[str, int] | None = None, shared: Mapping[str, str] | None = None
) -> tuple[Column, ...]:
    """Return the columns that fit into the width in cells, in their usual sequence.

    `widths` holds the widths that columns need for their texts, by title. `shared` holds the texts that are the same in
    every row: such columns are hidden before all others, and always if the text is empty. The text column is given the
    rest of the width, as far as it needs it.
    """
    needed, same = widths or {}, shared or {}
    kept: dict[str, Column] = {}
    room = width
    for column in sorted(COLUMNS, key=lambda column: (column.title in same, column.rank)):
        grown = max(column.width, min(needed.get(column.title, 0), column.grows_to))
        if grown <= room and same.get(column.title) != "":
            kept[column.title] = replace(column, width=grown)
            room -= grown
    title = FIELDS["txt"].heading
    if title in kept:
        text = kept[title]
        kept[title] = replace(text, width=min(text.width + room, max(needed.get(title, 0), text.width)))
    return tuple(kept[column.title] for column in COLUMNS if column.title in kept)


def _side_role(order: Order) -> str:
    return {OrderSide.BUY.value: "buy", OrderSide.SELL.value: "sell"}.get(order.side, "text")


def _state_role(order: Order) -> str:
    dim = OrderState.HIBE.value, OrderState.IACT.value
    return "dim" if order.state in dim else "good" if order.state == OrderState.ACTI else "warning"


def _changed_at(order: Order) -> datetime | None:
    return order.last_change_timestamp or order.api_timestamp


def _age(order: Order, moment: Moment) -> str:
    # Whole minutes: a column that changes every second would send more bytes than all changes of the market.
    at = _changed_at(order)
    if at is None:
        return ""
    minutes = max(int((moment.now - at).total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes}m" if minutes else "<1m"
    return f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // (24 * 60)}d"


def _action(order: Order) -> str:
    known = order_event(order.action)
    return f"{known.what} {known.code}" if known.actor else known.code


def _hidden(order: Order) -> str:
    return FIELDS["hidden_quantity"].text(order) if order.hidden_quantity else ""


def _timestamp(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _sort_value(field: OrderField, order: Order) -> str | float | None:
    value = field.shown(order)
    if value is None or value == "":
        return None
    return float(value) if isinstance(value, Decimal | int) else field.text(order)


def _field_column(
    name: str,
    *,
    width: int,
    rank: int,
    text: Callable[[Order], str] | None = None,
    role: Callable[[Order], str] = lambda order: "text",
    unreadable: Callable[[UnreadableOrder], str] = lambda order: "",
    gives_way: bool = True,
    grows_to: int = 0,
    is_id: bool = False,
) -> Column:
    """Return the column of one field, by its name; `text` replaces the field's own text. Numbers are aligned right."""
    field = FIELDS[name]
    shown = text or field.text
    return Column(
        field.heading,
        width,
        rank,
        text=lambda order, moment: shown(order),
        sort_value=lambda order: _sort_value(field, order),
        fields=frozenset({field.attribute or name}),
        align="right" if field.kind in (Kind.PRICE, Kind.QUANTITY, Kind.NUMBER) else "left",
        role=role,
        unreadable=unreadable,
        gives_way=gives_way,
        grows_to=grows_to,
        is_id=is_id,
    )


# A staged step shows two prices or quantities in one cell.
_STEP_WIDTH = 24

COLUMNS: Sequence[Column] = (
    _field_column("side", width=7, rank=0, role=_side_role, gives_way=False),
    Column(
        FIELDS["dlvry_start"].heading,
        width=21,
        rank=0,
        text=lambda order, moment: delivery_text(order.delivery_start, order.delivery_end, moment.zone),
        sort_value=lambda order: _timestamp(order.delivery_start),
        fields=frozenset({"delivery_start", "delivery_end"}),
    ),
    _field_column("delivery_area", width=5, rank=1, grows_to=17, is_id=True),
    _field_column(
        "portfolio_id",
        width=7,
        rank=1,
        grows_to=14,
        is_id=True,
        unreadable=lambda order: order.portfolio_id or "",
    ),
    _field_column("price", width=10, rank=0, role=_side_role, gives_way=False, grows_to=_STEP_WIDTH),
    _field_column("quantity", width=9, rank=0, role=_side_role, gives_way=False, grows_to=_STEP_WIDTH),
    _field_column("state", width=12, rank=2, role=_state_role, unreadable=lambda order: "unreadable"),
    _field_column("hidden_quantity", width=8, rank=7, text=_hidden),
    _field_column("type", width=9, rank=8),
    _field_column("action", width=13, rank=6, text=_action, grows_to=24),
    _field_column(
        "revision_no",
        width=5,
        rank=7,
        unreadable=lambda order: "" if order.revision_no is None else str(order.revision_no),
    ),
    Column(
        "Age",
        width=5,
        rank=4,
        text=_age,
        sort_value=lambda order: _timestamp(_changed_at(order)),
        align="right",
    ),
    _field_column("txt", width=7, rank=3, grows_to=16, unreadable=lambda order: order.reason),
    _field_column("user_code", width=10, rank=9, is_id=True),
    _field_column("order_id", width=14, rank=9, is_id=True, unreadable=lambda order: order.order_id or ""),
    _field_column("contract_name", width=30, rank=10, is_id=True),
)

QUANTITY = next(column for column in COLUMNS if column.title == FIELDS["quantity"].heading)
TRADED = replace(QUANTITY, title="Traded", fields=frozenset(), of_row=lambda row: quantity_text(row.traded_mw))
"""Quantity traded, in MW, in place of the open quantity, which is 0 for an order that ended by a trade."""
AGE = next(column for column in COLUMNS if column.title == "Age")

SAID_IF_SHARED = frozenset(FIELDS[name].heading for name in ("state", "delivery_area", "portfolio_id"))
"""Titles of the columns whose shared text is said wherever the column is hidden, even if there is no room for it."""

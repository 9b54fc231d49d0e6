"""Columns of the order table: content, sort value, and which ones are hidden if space is short."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size

from pbtui.api.models import Order, OrderSide, OrderState
from pbtui.api.snapshot import UnreadableOrder
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import order_event, side_word, state_word, type_word
from pbtui.ui.widgets.lines import Piece

CHANGED = "•"

SortKey = tuple[bool, str | float]
"""Return whether the value is missing (those sort last), then the value."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Context of a cell besides its order: the market's time zone, and the present time."""

    market_zone: ZoneInfo
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

    def cell(self, row: Row, moment: Moment, *, is_marked: bool) -> Piece:
        """Return the cell of an order, padded to the column's width; a bullet marks a value that changed."""
        order = row.order
        text, role = (
            (self.unreadable(order), "bad")
            if isinstance(order, UnreadableOrder)
            else (self.text(order, moment), "dim" if row.final_state else self.role(order))
        )
        is_changed = is_marked and not self.fields.isdisjoint(row.changed)
        return (CHANGED if is_changed else " ") + self._fitted(text), "changed" if is_changed else role

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
        if length > room:
            return set_cell_size(text, room - 1) + "…"
        padding = " " * (room - length)
        return padding + text if self.align == "right" else text + padding


def columns_for(width: int, widths: Mapping[str, int] | None = None) -> tuple[Column, ...]:
    """Return the columns that fit into the width in cells, in their usual sequence. The text column gets the rest.

    `widths` holds the minimum widths that some columns need at present, by title.
    """
    needed = widths or {}
    columns = [replace(column, width=max(column.width, needed.get(column.title, 0))) for column in COLUMNS]
    kept: list[Column] = []
    room = width
    for column in sorted(columns, key=lambda column: column.rank):
        if column.width > room:
            break
        kept.append(column)
        room -= column.width
    return tuple(
        replace(column, width=column.width + room) if column.title == "Text" else column
        for column in columns
        if column in kept
    )


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


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _timestamp(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


COLUMNS: Sequence[Column] = (
    Column(
        "State",
        width=12,
        rank=1,
        text=lambda order, moment: state_word(order.state),
        sort_value=lambda order: state_word(order.state),
        fields=frozenset({"state"}),
        role=_state_role,
        unreadable=lambda order: "unreadable",
    ),
    Column(
        "Side",
        width=7,
        rank=0,
        text=lambda order, moment: side_word(order.side),
        sort_value=lambda order: order.side,
        fields=frozenset({"side"}),
        role=_side_role,
    ),
    Column(
        "Delivery",
        width=21,
        rank=0,
        text=lambda order, moment: delivery_text(order.delivery_start, order.delivery_end, moment.market_zone),
        sort_value=lambda order: _timestamp(order.delivery_start),
        fields=frozenset({"delivery_start", "delivery_end"}),
    ),
    Column(
        "Area",
        width=5,
        rank=4,
        text=lambda order, moment: area_name(order.delivery_area),
        sort_value=lambda order: area_name(order.delivery_area),
        fields=frozenset({"delivery_area"}),
    ),
    Column(
        "Portf",
        width=7,
        rank=5,
        text=lambda order, moment: order.portfolio_id or "",
        sort_value=lambda order: order.portfolio_id,
        fields=frozenset({"portfolio_id"}),
        unreadable=lambda order: order.portfolio_id or "",
    ),
    Column(
        "Price",
        width=10,
        rank=0,
        text=lambda order, moment: price_text(order.price),
        sort_value=lambda order: _number(order.price),
        fields=frozenset({"price"}),
        align="right",
        role=_side_role,
    ),
    Column(
        "MW",
        width=9,
        rank=0,
        text=lambda order, moment: quantity_text(order.quantity),
        sort_value=lambda order: _number(order.quantity),
        fields=frozenset({"quantity"}),
        align="right",
        role=_side_role,
    ),
    Column(
        "Hidden",
        width=8,
        rank=7,
        text=lambda order, moment: quantity_text(order.hidden_quantity) if order.hidden_quantity else "",
        sort_value=lambda order: _number(order.hidden_quantity),
        fields=frozenset({"hidden_quantity"}),
        align="right",
    ),
    Column(
        "Type",
        width=9,
        rank=8,
        text=lambda order, moment: type_word(order.type or ""),
        sort_value=lambda order: order.type,
        fields=frozenset({"type"}),
    ),
    Column(
        "Last action",
        width=24,
        rank=6,
        text=lambda order, moment: _action(order),
        sort_value=_action,
        fields=frozenset({"action"}),
    ),
    Column(
        "Rev",
        width=5,
        rank=7,
        text=lambda order, moment: "" if order.revision_no is None else str(order.revision_no),
        sort_value=lambda order: order.revision_no,
        fields=frozenset({"revision_no"}),
        align="right",
        unreadable=lambda order: "" if order.revision_no is None else str(order.revision_no),
    ),
    Column(
        "Age",
        width=5,
        rank=3,
        text=_age,
        sort_value=lambda order: _timestamp(_changed_at(order)),
        align="right",
    ),
    Column(
        "Text",
        width=16,
        rank=2,
        text=lambda order, moment: order.txt or "",
        sort_value=lambda order: order.txt,
        fields=frozenset({"txt"}),
        unreadable=lambda order: order.reason,
    ),
    Column(
        "User",
        width=10,
        rank=9,
        text=lambda order, moment: order.user_code or "",
        sort_value=lambda order: order.user_code,
        fields=frozenset({"user_code"}),
    ),
    Column(
        "Order id",
        width=14,
        rank=9,
        text=lambda order, moment: order.order_id or "",
        sort_value=lambda order: order.order_id,
        fields=frozenset({"order_id"}),
        unreadable=lambda order: order.order_id or "",
    ),
    Column(
        "Contract",
        width=30,
        rank=10,
        text=lambda order, moment: order.contract_name or "",
        sort_value=lambda order: order.contract_name,
        fields=frozenset({"contract_name"}),
    ),
)

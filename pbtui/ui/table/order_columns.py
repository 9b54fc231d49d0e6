"""Columns of the table of orders."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pbtui.api.codes import OrderSide, OrderState
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.api.structs import replace
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.order_fields import FIELDS, Kind, OrderField
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import UNREADABLE, order_event
from pbtui.desk.market.gates import gate_text
from pbtui.ui.table.columns import NOT_COMPARED, PERIOD_WIDTH, Column, Moment


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


def _period(row: Row) -> object:
    order = row.order
    if type(order) is not Order or order.unreadable:
        return NOT_COMPARED
    return order.delivery_start, order.delivery_end


_NUMBERS = (Decimal, int)


def _sort_value(field: OrderField, order: Order) -> str | float | None:
    value = field.shown(order)
    if isinstance(value, _NUMBERS):
        return float(value)
    return None if value is None or value == "" else field.text(order)


def _order_column(
    title: str,
    *,
    width: int,
    rank: int,
    text: Callable[[Order, Moment], str],
    sort_value: Callable[[Order], str | float | None] | None = None,
    fields: frozenset[str] = frozenset(),
    align: Literal["left", "right"] = "left",
    role: Callable[[Order], str] = lambda order: "text",
    unreadable: Callable[[UnreadableOrder], str] = lambda order: "",
    compared: Callable[[Row], object] | None = None,
    gives_way: bool = True,
    grows_to: int = 0,
    takes_rest: bool = False,
    is_id: bool = False,
) -> Column[Row]:
    """Return a column of what an order says. `unreadable` is used for an order that could not be read."""

    def has_odd_field(order: Order) -> bool:
        return bool(order.unreadable and order.why_unreadable(*fields))

    def row_text(row: Row, moment: Moment) -> str:
        order = row.order
        if isinstance(order, UnreadableOrder):
            return unreadable(order)
        return UNREADABLE if has_odd_field(order) else text(order, moment)

    def row_sort_value(row: Row) -> str | float | None:
        return sort_value(order) if sort_value is not None and type(order := row.order) is Order else None

    def row_role(row: Row) -> str:
        order = row.order
        if isinstance(order, UnreadableOrder) or has_odd_field(order):
            return "bad"
        return "dim" if row.final_state else role(order)

    return Column(
        title,
        width,
        rank,
        text=row_text,
        sort_value=None if sort_value is None else row_sort_value,
        role=row_role,
        fields=fields,
        align=align,
        compared=compared,
        gives_way=gives_way,
        grows_to=grows_to,
        takes_rest=takes_rest,
        is_id=is_id,
    )


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
    takes_rest: bool = False,
    is_id: bool = False,
) -> Column[Row]:
    """Return the column of one field, by its name; `text` replaces the field's own text. Numbers are aligned right."""
    field = FIELDS[name]
    attribute, shown = field.attribute or name, text or field.text

    def compared(row: Row) -> object:
        order = row.order
        if type(order) is not Order or order.unreadable:
            return NOT_COMPARED
        return getattr(order, attribute)

    return _order_column(
        field.heading,
        width=width,
        rank=rank,
        text=lambda order, moment: shown(order),
        sort_value=lambda order: _sort_value(field, order),
        fields=frozenset(field.parts),
        align="right" if field.kind in (Kind.PRICE, Kind.QUANTITY, Kind.NUMBER) else "left",
        role=role,
        unreadable=unreadable,
        compared=compared if gives_way or grows_to else None,
        gives_way=gives_way,
        grows_to=grows_to,
        takes_rest=takes_rest,
        is_id=is_id,
    )


# A staged step shows two prices or quantities in one cell.
_STEP_WIDTH = 24
_NUMBER_WIDTH = 14

COLUMNS: Sequence[Column[Row]] = (
    _field_column("side", width=7, rank=0, role=_side_role, gives_way=False),
    _order_column(
        FIELDS["dlvry_start"].heading,
        width=21,
        rank=0,
        text=lambda order, moment: delivery_text(order.delivery_start, order.delivery_end, moment.zone),
        sort_value=lambda order: _timestamp(order.delivery_start),
        fields=frozenset({"delivery_start", "delivery_end"}),
        compared=_period,
        gives_way=False,
        grows_to=PERIOD_WIDTH,
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
    _order_column(
        "Gate",
        width=6,
        rank=2,
        text=lambda order, moment: gate_text(moment.gates.closes_at(order), moment.now),
        align="right",
    ),
    _field_column("shown_quantity", width=8, rank=7, grows_to=_NUMBER_WIDTH),
    _field_column("hidden_quantity", width=8, rank=8, text=_hidden, grows_to=_NUMBER_WIDTH),
    _field_column("type", width=9, rank=8),
    _field_column("action", width=13, rank=6, text=_action, grows_to=24),
    _field_column(
        "revision_no",
        width=5,
        rank=7,
        grows_to=_NUMBER_WIDTH,
        unreadable=lambda order: "" if order.revision_no is None else str(order.revision_no),
    ),
    _order_column(
        "Age",
        width=5,
        rank=4,
        text=_age,
        sort_value=lambda order: _timestamp(_changed_at(order)),
        align="right",
    ),
    _field_column("txt", width=7, rank=3, grows_to=16, takes_rest=True, unreadable=lambda order: order.reason),
    _field_column("user_code", width=10, rank=9, is_id=True),
    _field_column("order_id", width=14, rank=9, is_id=True, unreadable=lambda order: order.order_id or ""),
    _field_column("contract_name", width=30, rank=10, is_id=True),
)

DELIVERY, STATE, QUANTITY = (
    next(column for column in COLUMNS if column.title == FIELDS[name].heading)
    for name in ("dlvry_start", "state", "quantity")
)
TRADED = replace(QUANTITY, title="Traded", fields=frozenset(), text=lambda row, moment: quantity_text(row.traded_mw))
"""Quantity traded, in MW, in place of the open quantity, which is 0 for an order that ended by a trade."""
AGE, GATE = (next(column for column in COLUMNS if column.title == title) for title in ("Age", "Gate"))

SAID_IF_SHARED = frozenset(FIELDS[name].heading for name in ("state", "delivery_area", "portfolio_id"))
"""Titles of the columns whose shared text is said wherever the column is hidden, even if there is no room for it."""

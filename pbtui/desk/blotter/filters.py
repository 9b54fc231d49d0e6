"""The fields that a filter of orders can name."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.filter_language import Delivery, FilterFields
from pbtui.desk.formats.order_fields import ORDER_FIELDS, Kind, OrderField

_IS_NUMBER = (Kind.PRICE, Kind.QUANTITY)
_NAMES = tuple(
    dict.fromkeys(field.filter_name for field in ORDER_FIELDS if field.filter_name and field.kind not in _IS_NUMBER)
)


def _everything(row: Row) -> Iterable[str]:
    order = row.order
    if isinstance(order, UnreadableOrder):
        return (order.raw,)
    return (_word_and_code(field, order) for field in _TEXT_FIELDS)


_TEXT_FIELDS = tuple(field for field in ORDER_FIELDS if field.filter_name in _NAMES)


def _text_of(fields: Sequence[OrderField]) -> Callable[[Row], str | None]:
    """Return a function to the words that are on the screen, and the codes as the API has them."""

    def text(row: Row) -> str | None:
        order = row.order
        return " ".join(_word_and_code(field, order) for field in fields) if isinstance(order, Order) else None

    return text


def _number_of(field: OrderField) -> Callable[[Row], Decimal | None]:
    return lambda row: field.shown(row.order) if isinstance(row.order, Order) else None


def _deliveries(row: Row) -> Iterable[Delivery]:
    """Return the delivery of an order, or those of the contracts of a block."""
    order = row.order
    if not isinstance(order, Order):
        return ()
    if order.delivery_start is not None:
        return ((order.delivery_start, order.delivery_end),)
    return ((each.delivery_start, each.delivery_end) for each in order.contracts or ())


def _word_and_code(field: OrderField, order: Order) -> str:
    code, word = str(field.shown(order) or ""), field.text(order)
    return word if code in word else f"{code} {word}"


ORDER_FILTER: FilterFields[Row] = FilterFields(
    texts={name: _text_of([field for field in ORDER_FIELDS if field.filter_name == name]) for name in _NAMES},
    numbers={
        field.filter_name: _number_of(field) for field in ORDER_FIELDS if field.kind in _IS_NUMBER and field.filter_name
    },
    deliveries={"delivery": _deliveries},
    everything=_everything,
)

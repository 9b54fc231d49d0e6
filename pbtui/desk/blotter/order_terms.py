"""The terms that a filter of orders can have."""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.filters.area_field import AreaField, words_of_area
from pbtui.desk.formats.filters.language import FilterFields
from pbtui.desk.formats.filters.terms import (
    Field,
    NotKnownYet,
    NumberField,
    Results,
    Scene,
    Term,
    TermRefused,
    TextField,
    Typed,
    Word,
    kept,
    text_test,
)
from pbtui.desk.formats.filters.times import Delivery, DeliveryField, SpanField
from pbtui.desk.formats.order_fields import ORDER_FIELDS, Kind, OrderField
from pbtui.desk.formats.order_token import tokens_in


def _is_number(field: OrderField) -> bool:
    return field.kind in (Kind.PRICE, Kind.QUANTITY)


_TEXT_FIELDS = tuple(field for field in ORDER_FIELDS if field.filter_name and not _is_number(field))
_ONE_OF_A_KIND = ("txt", "order_id", "initial_order_id", "cl_ordr_id")
"""Attributes whose values do not repeat from order to order."""


def _value_of(fields: Sequence[OrderField]) -> Callable[[Row], Hashable]:
    """Return a function to the attributes of an order; None for one that could not be read."""
    get: Callable[[Order], Hashable] = attrgetter(*(str(field.attribute) for field in fields))
    return lambda row: get(order) if type(order := row.order) is Order else None


def _words_of(fields: Sequence[OrderField]) -> Callable[[Any], Sequence[str]]:
    """Return a function from these attributes to the words on the screen, and the codes as the API has them."""
    if len(fields) == 1:
        return lambda value: _word_and_code(fields[0], value)
    return lambda values: [
        word for field, value in zip(fields, values, strict=True) for word in _word_and_code(field, value)
    ]


def _word_and_code(field: OrderField, value: object) -> Sequence[str]:
    code = "" if value is None else str(value)
    word = field.word(code) if field.word is not None and code else code
    return (word,) if code in word else (code, word)


def _text_field(name: str) -> TextField[Row]:
    fields = [field for field in _TEXT_FIELDS if field.filter_name == name]
    about = ", ".join(field.label for field in fields)
    repeats = fields[0].attribute not in _ONE_OF_A_KIND
    if fields[0].kind is Kind.AREA:
        return AreaField(fields[0].filter_example, about, _value_of(fields), words_of_area)
    return TextField(fields[0].filter_example, about, _value_of(fields), _words_of(fields), repeats)


_REPEATED = [field for field in _TEXT_FIELDS if field.attribute not in _ONE_OF_A_KIND and field.kind is not Kind.AREA]
_repeated: Callable[[Order], tuple[Any, ...]] = attrgetter(
    "delivery_area", *(str(each.attribute) for each in _REPEATED)
)
_area_code: AreaField[str] = AreaField("", "", lambda code: code, words_of_area)


def _any_text(typed: Typed, scene: Scene) -> Term[Row]:
    """Return the term of a bare word: one of the texts of an order, or what was received of one that can't be read.

    One function reads the order, in half the time that one for each field takes.
    """
    holds, is_area, words = text_test(typed), _area_code.term(typed, scene).test, _words_of(_REPEATED)
    repeated = Results(lambda values: is_area(values[0]) or holds(words(values[1:])))

    def test(row: Row) -> bool:
        order = row.order
        if not isinstance(order, Order):
            return holds((order.raw,))
        if repeated[_repeated(order)]:
            return True
        # The other texts are searched as one, which is faster; nobody can type what is between them.
        return holds(
            (f"{order.txt or ''}\n{order.order_id or ''}\n{order.initial_order_id or ''}\n{order.cl_ordr_id or ''}",)
        )

    return Term(test)


# ---------------------------------------------------------------- numbers and times


def _number_field(field: OrderField) -> NumberField[Row]:
    get: Callable[[Order], Decimal | None] = attrgetter(str(field.attribute))
    return NumberField(
        field.filter_example,
        field.with_unit(field.label),
        lambda row: get(order) if type(order := row.order) is Order else None,
    )


def _deliveries(row: Row) -> Sequence[Delivery]:
    """Return the delivery of an order, or those of the contracts of a block."""
    order = row.order
    if not isinstance(order, Order):
        return ()
    if order.delivery_start is not None:
        return ((order.delivery_start, order.delivery_end),)
    return [(each.delivery_start, each.delivery_end) for each in order.contracts or ()]


def _changed_at(row: Row) -> datetime | None:
    order = row.order
    return (order.last_change_timestamp or order.api_timestamp) if isinstance(order, Order) else None


def _gate_reader(scene: Scene) -> Callable[[Row], datetime | None] | None:
    closes_at = scene.closes_at
    if closes_at is None:
        return None
    return lambda row: closes_at(row.order) if isinstance(row.order, Order) else None


# ---------------------------------------------------------------- words


def contract_of(order: Order | UnreadableOrder) -> str:
    """Return the contract of an order as `contract` in a filter knows it; empty if it is not known, as of a block."""
    return (order.contract_id or order.contract_name or "") if isinstance(order, Order) else ""


def _is_of_contract(scene: Scene) -> Term[Row]:
    wanted = scene.contract
    if not wanted:
        raise TermRefused("the contract under the cursor is not known")
    return Term(lambda row: wanted == contract_of(row.order))


def _is_mine(scene: Scene) -> Term[Row]:
    own = scene.tokens
    if own is None:
        raise NotKnownYet("the journal of this profile was not read yet")
    return Term(lambda row: type(order := row.order) is Order and not own.isdisjoint(tokens_in(order.txt)), (own,))


_author = attrgetter("strategy_id", "user_name", "user_code", "portfolio_id")


def _is_of_algorithm(scene: Scene) -> Term[Row]:
    is_algorithm = scene.is_algorithm
    if is_algorithm is None:
        raise NotKnownYet("the algorithms of the server are not known")

    def author(row: Row) -> Hashable:
        return _author(row.order) if isinstance(row.order, Order) else None

    return Term(kept(lambda names: is_algorithm(names[:3], names[3]), author), (is_algorithm,))


_COMMON = ("side", "area", "portfolio", "price", "mw", "delivery", "gate", "age", "txt")
"""The fields that the help names first."""
_FIELDS: dict[str, Field[Row]] = {
    **{name: _text_field(name) for name in dict.fromkeys(field.filter_name for field in _TEXT_FIELDS)},
    **{field.filter_name: _number_field(field) for field in ORDER_FIELDS if field.filter_name and _is_number(field)},
    "delivery": DeliveryField("delivery:14:15", "delivers then; < and > compare its start", _deliveries),
    "gate": SpanField("gate<30m", "time to gate closure; gate:past", _gate_reader, is_ahead=True),
    "age": SpanField("age>5m", "time since the last change", lambda scene: _changed_at),
}
ORDER_FILTER: FilterFields[Row] = FilterFields(
    fields={name: _FIELDS[name] for name in dict.fromkeys((*_COMMON, *_FIELDS))},
    words={
        "mine": Word("entered by this profile on this host", _is_mine),
        "algo": Word("its strategy or user names an algorithm of the server", _is_of_algorithm),
        "contract": Word("the contract under the cursor", _is_of_contract),
    },
    any_text=_any_text,
)

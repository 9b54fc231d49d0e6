"""Filter language of the order table: `side:buy price>50 txt~algo !area:fr tso`.

Terms are separated by spaces; an order must match all of them. A leading ! negates a term. `field:text` matches if the
field contains the text, `field=text` if it equals the text, `field~pattern` if the regular expression matches. `price`
and `mw` also accept < <= > >=. A bare word matches if any field contains it. Case is ignored.
"""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from pbtui.api.models import Order
from pbtui.api.snapshot import UnreadableOrder
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.vocabulary import order_event, side_word, state_word, type_word

Predicate = Callable[[Row], bool]


class FilterError(ValueError):
    """A filter that is not valid; the message names the term and the reason."""


_TEXTS: Mapping[str, Callable[[Order], str]] = {
    "state": lambda order: f"{order.state} {state_word(order.state)}",
    "side": lambda order: side_word(order.side),
    "contract": lambda order: f"{order.contract_name or ''} {order.contract_id or ''}",
    "area": lambda order: f"{area_name(order.delivery_area)} {order.delivery_area}",
    "portfolio": lambda order: order.portfolio_id or "",
    "type": lambda order: type_word(order.type or ""),
    "action": lambda order: str(order_event(order.action)),
    "txt": lambda order: order.txt or "",
    "user": lambda order: f"{order.user_code or ''} {order.user_name or ''}",
    "strategy": lambda order: order.strategy_id or "",
    "id": lambda order: f"{order.order_id or ''} {order.initial_order_id or ''} {order.cl_ordr_id or ''}",
}
_NUMBERS: Mapping[str, Callable[[Order], Decimal | None]] = {
    "price": lambda order: order.price,
    "mw": lambda order: order.quantity,
}
_COMPARISONS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    ":": operator.eq,
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TERM = re.compile(r"(?P<not>!?)(?:(?P<field>[A-Za-z]+)(?P<operator>[:=~]|[<>]=?))?(?P<value>.*)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def parse_filter(text: str) -> Predicate:
    """Return the filter as a test of rows; an empty text matches every row. Raises FilterError."""
    terms = [_parse_term(word) for word in text.split()]
    return lambda row: all(term(row) for term in terms)


def _parse_term(word: str) -> Predicate:
    match = _TERM.fullmatch(word)
    assert match is not None  # noqa: S101 - the pattern takes any text
    field, comparison, value = match["field"], match["operator"], match["value"]
    if not value:
        raise FilterError(f"{word}: the value is missing")
    if field is None:
        term = _contains_anywhere(value)
    elif field.lower() in _NUMBERS:
        term = _compares(word, field.lower(), comparison, value)
    elif field.lower() in _TEXTS:
        term = _matches(word, field.lower(), comparison, value)
    else:
        raise FilterError(f"{word}: unknown field {field!r}; known are {', '.join([*_TEXTS, *_NUMBERS])}")
    return (lambda row: not term(row)) if match["not"] else term


def _contains_anywhere(value: str) -> Predicate:
    wanted = value.casefold()

    def term(row: Row) -> bool:
        if isinstance(row.order, UnreadableOrder):
            return wanted in row.order.raw.casefold()
        order = row.order
        return any(wanted in text(order).casefold() for text in _TEXTS.values())

    return term


def _matches(word: str, field: str, comparison: str, value: str) -> Predicate:
    text_of, wanted = _TEXTS[field], value.casefold()
    holds: Callable[[str], bool]
    if comparison == ":":
        holds = lambda text: wanted in text.casefold()  # noqa: E731 - one of three ways to hold
    elif comparison == "=":
        holds = lambda text: wanted in (text.casefold(), *text.casefold().split())  # noqa: E731
    elif comparison == "~":
        try:
            pattern = re.compile(value, re.IGNORECASE)
        except re.error as error:
            raise FilterError(f"{word}: {value!r} is not a valid pattern: {error}") from None
        holds = lambda text: pattern.search(text) is not None  # noqa: E731
    else:
        raise FilterError(f"{word}: {field} is a text field, it can't be compared with {comparison}")
    return lambda row: isinstance(row.order, Order) and holds(text_of(row.order))


def _compares(word: str, field: str, comparison: str, value: str) -> Predicate:
    number_of = _NUMBERS[field]
    if comparison not in _COMPARISONS or not _NUMBER.fullmatch(value):
        raise FilterError(f"{word}: {field} needs a number after one of {' '.join(_COMPARISONS)}, such as {field}>50.5")
    compare, limit = _COMPARISONS[comparison], Decimal(value)

    def term(row: Row) -> bool:
        number = number_of(row.order) if isinstance(row.order, Order) else None
        return number is not None and compare(number, limit)

    return term

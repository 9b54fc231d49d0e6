"""Filter language of the order table: `side:buy price>50 txt~algo !area:fr tso`.

Terms are separated by spaces; an order must match all of them. A leading ! negates a term. `field:text` matches if the
field contains the text, `field=text` if it equals the text, `field~pattern` if the regular expression matches. `price`
and `mw` also accept < <= > >=. A bare word matches if any field contains it. Case is ignored.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from pbtui.api.models import Order
from pbtui.api.snapshot import UnreadableOrder
from pbtui.desk.blotter.own_orders import Row
from pbtui.desk.formats.order_fields import ORDER_FIELDS, Kind, OrderField

Predicate = Callable[[Row], bool]


class FilterError(ValueError):
    """A filter that is not valid; the message names the term and the reason."""


_IS_NUMBER = (Kind.PRICE, Kind.QUANTITY)
_TEXTS: Mapping[str, Sequence[OrderField]] = {
    name: [field for field in ORDER_FIELDS if field.filter_name == name]
    for name in (field.filter_name for field in ORDER_FIELDS if field.filter_name and field.kind not in _IS_NUMBER)
}
_NUMBERS: Mapping[str, OrderField] = {
    field.filter_name: field for field in ORDER_FIELDS if field.filter_name and field.kind in _IS_NUMBER
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
        return any(wanted in _text(fields, order).casefold() for fields in _TEXTS.values())

    return term


def _matches(word: str, field: str, comparison: str, value: str) -> Predicate:
    fields, wanted = _TEXTS[field], value.casefold()
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
    return lambda row: isinstance(row.order, Order) and holds(_text(fields, row.order))


def _compares(word: str, field: str, comparison: str, value: str) -> Predicate:
    if comparison not in _COMPARISONS or not _NUMBER.fullmatch(value):
        raise FilterError(f"{word}: {field} needs a number after one of {' '.join(_COMPARISONS)}, such as {field}>50.5")
    compare, limit = _COMPARISONS[comparison], Decimal(value)

    def term(row: Row) -> bool:
        number = _NUMBERS[field].shown(row.order) if isinstance(row.order, Order) else None
        return number is not None and compare(number, limit)

    return term


def _text(fields: Sequence[OrderField], order: Order) -> str:
    """Return what a filter searches: the words that are on the screen, and the codes as the API has them."""
    return " ".join(_word_and_code(field, order) for field in fields)


def _word_and_code(field: OrderField, order: Order) -> str:
    code, word = str(field.shown(order) or ""), field.text(order)
    return word if code in word else f"{code} {word}"

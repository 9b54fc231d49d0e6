"""Filter language of the tables: `side:buy price>50 txt~algo !area:fr tso`.

Terms are separated by spaces; a row must match all of them. A leading ! negates a term. `field:text` matches if the
field contains the text, `field=text` if it equals the text, `field~pattern` if the regular expression matches. Fields
with numbers also accept < <= > >=. A bare word matches if any field contains it. Case is ignored.

Fields with deliveries take a time, as in `parse_moment`: `delivery:14:15` matches if that time is in the delivery,
`delivery<14:15` if the delivery starts before it.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from pbtui.desk.formats.time_input import MomentRefused, parse_moment

AnyRow = TypeVar("AnyRow")
Delivery = tuple[datetime | None, datetime | None]
"""Start and end of a delivery; None if it is not known."""


class FilterError(ValueError):
    """A filter that is not valid; the message names the term and the reason."""


@dataclass(frozen=True, slots=True)
class FilterFields(Generic[AnyRow]):
    """The fields that a filter of these rows can name, and how they are read. None matches no term with the field.

    `deliveries` are those of the row, such as of the contracts of a block. `everything` returns the texts that a bare
    word is searched in.
    """

    texts: Mapping[str, Callable[[AnyRow], str | None]]
    numbers: Mapping[str, Callable[[AnyRow], Decimal | None]]
    deliveries: Mapping[str, Callable[[AnyRow], Iterable[Delivery]]]
    everything: Callable[[AnyRow], Iterable[str]]

    def parse(self, text: str, zone: ZoneInfo, now: datetime) -> Callable[[AnyRow], bool]:
        """Return the filter as a test of rows; an empty text matches every row. Raises FilterError.

        A time in it is in this zone; without a date it is the next one after `now`.
        """
        terms = [self._term(word, zone, now) for word in text.split()]
        return lambda row: all(term(row) for term in terms)

    def _term(self, word: str, zone: ZoneInfo, now: datetime) -> Callable[[AnyRow], bool]:
        match = _TERM.fullmatch(word)
        assert match is not None  # noqa: S101 - the pattern takes any text
        field, comparison, value = (match["field"] or "").lower(), match["operator"], match["value"]
        if not value:
            raise FilterError(f"{word}: the value is missing")
        if match["field"] is None:
            term = _contains(self.everything, value)
        elif field in self.numbers:
            term = _compares(word, field, self.numbers[field], comparison, value)
        elif field in self.deliveries:
            moment = _moment(word, field, value, zone, now)
            term = _delivers(word, field, self.deliveries[field], comparison, moment)
        elif field in self.texts:
            term = _matches(self.texts[field], _holds(word, field, comparison, value))
        else:
            known = ", ".join([*self.texts, *self.numbers, *self.deliveries])
            raise FilterError(f"{word}: unknown field {match['field']!r}; known are {known}")
        return (lambda row: not term(row)) if match["not"] else term


_COMPARISONS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    ":": operator.eq,
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TIME_COMPARISONS: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TERM = re.compile(r"(?P<not>!?)(?:(?P<field>[A-Za-z]+)(?P<operator>[:=~]|[<>]=?))?(?P<value>.*)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def _contains(everything: Callable[[AnyRow], Iterable[str]], value: str) -> Callable[[AnyRow], bool]:
    wanted = value.casefold()
    return lambda row: any(wanted in text.casefold() for text in everything(row))


def _matches(read: Callable[[AnyRow], str | None], holds: Callable[[str], bool]) -> Callable[[AnyRow], bool]:
    def term(row: AnyRow) -> bool:
        text = read(row)
        return text is not None and holds(text)

    return term


def _holds(word: str, field: str, comparison: str, value: str) -> Callable[[str], bool]:
    wanted = value.casefold()
    if comparison == ":":
        return lambda text: wanted in text.casefold()
    if comparison == "=":
        return lambda text: wanted in (text.casefold(), *text.casefold().split())
    if comparison == "~":
        try:
            pattern = re.compile(value, re.IGNORECASE)
        except re.error as error:
            raise FilterError(f"{word}: {value!r} is not a valid pattern: {error}") from None
        return lambda text: pattern.search(text) is not None
    raise FilterError(f"{word}: {field} is a text field, it can't be compared with {comparison}")


def _compares(
    word: str, field: str, read: Callable[[AnyRow], Decimal | None], comparison: str, value: str
) -> Callable[[AnyRow], bool]:
    if comparison not in _COMPARISONS or not _NUMBER.fullmatch(value):
        raise FilterError(f"{word}: {field} needs a number after one of {' '.join(_COMPARISONS)}, such as {field}>50.5")
    compare, limit = _COMPARISONS[comparison], Decimal(value)

    def term(row: AnyRow) -> bool:
        number = read(row)
        return number is not None and compare(number, limit)

    return term


def _moment(word: str, field: str, value: str, zone: ZoneInfo, now: datetime) -> datetime:
    try:
        return parse_moment(value, zone, now)
    except MomentRefused as refused:
        example = f"{field}:14:15 or {field}:2026-11-22T14:15"
        raise FilterError(f"{word}: {field} needs a time, such as {example}: {refused}") from None


def _delivers(
    word: str, field: str, read: Callable[[AnyRow], Iterable[Delivery]], comparison: str, moment: datetime
) -> Callable[[AnyRow], bool]:
    if comparison in (":", "="):
        return lambda row: any(
            start is not None and end is not None and start <= moment < end for start, end in read(row)
        )
    if comparison not in _TIME_COMPARISONS:
        raise FilterError(f"{word}: {field} can't be compared with {comparison}")
    compare = _TIME_COMPARISONS[comparison]
    return lambda row: any(start is not None and compare(start, moment) for start, _ in read(row))

"""The kinds of terms of the filter language: texts, numbers, deliveries, spans of time, and words that stand alone.

A term is made of the operator and the values of a typed word. It reads a row and says whether the row matches; a value
that is not known matches no term. Values repeat in thousands of rows, so the result for a text is kept by its value.
"""

import operator
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.desk.formats.time_input import MomentRefused, parse_moment

AnyRow = TypeVar("AnyRow")
Test = Callable[[AnyRow], bool]
IsAlgorithm = Callable[[Iterable[str | None], str | None], bool]
"""Return whether one of these names is that of an algorithm that trades in the portfolio."""
Delivery = tuple[datetime | None, datetime | None]
"""Start and end of a delivery; None if it is not known."""


class TermRefused(ValueError):
    """A term that is not valid; the message is a short reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Facts that a filter refers to besides the row: the market's zone, the present time, and what the desk knows.

    `contract` is the id or name of the contract under the cursor. `closes_at` returns the gate closure of an order.
    `tokens` are those of the orders that this profile entered. What is None or empty is not known here.
    """

    zone: ZoneInfo
    now: datetime
    contract: str = ""
    closes_at: Callable[[Order], datetime | None] | None = None
    tokens: frozenset[str] | None = None
    is_algorithm: IsAlgorithm | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """The operator and the values of one typed term; `values` are those of a list."""

    operator: str
    values: Sequence[str]

    @property
    def value(self) -> str:
        """The only value. Raises TermRefused if there are several."""
        if len(self.values) > 1:
            raise TermRefused("takes one value, not a list")
        return self.values[0]


@dataclass(frozen=True, slots=True)
class Term(Generic[AnyRow]):
    """A test of rows. `bounds` are the times and other facts of the scene that it was made with."""

    test: Test[AnyRow]
    bounds: tuple[object, ...] = ()


class Field(ABC, Generic[AnyRow]):
    """A field that a term can name. `example` is a whole term, `about` says in a few words what it selects."""

    example: str
    about: str

    @abstractmethod
    def term(self, typed: Typed, scene: Scene) -> Term[AnyRow]:
        """Return the term. Raises TermRefused."""


# ---------------------------------------------------------------- texts

_KEPT_RESULTS = 10_000


def kept(test: Callable[[Any], bool], read: Callable[[AnyRow], Hashable]) -> Test[AnyRow]:
    """Return the test of what `read` returns of a row, made once for each value. None matches nothing."""
    known: dict[Hashable, bool] = {None: False}

    def holds(row: AnyRow) -> bool:
        value = read(row)
        result = known.get(value)
        if result is None:
            if len(known) > _KEPT_RESULTS:
                known.clear()
                known[None] = False
            result = known[value] = test(value)
        return result

    return holds


@dataclass(frozen=True, slots=True)
class TextField(Field[AnyRow]):
    """A field with texts. `read` returns a value of the row, `words` the texts that the value is found by.

    `repeats` says whether many rows have the same value.
    """

    example: str
    about: str
    read: Callable[[AnyRow], Hashable]
    words: Callable[[Any], Sequence[str]]
    repeats: bool = True

    def term(self, typed: Typed, scene: Scene) -> Term[AnyRow]:
        """Return the term: `:` a text is contained, `=` it is a whole text or word, `~` a pattern is found."""
        holds, words, read = _text_test(typed), self.words, self.read
        if self.repeats:
            return Term(kept(lambda value: holds(words(value)), read))
        return Term(lambda row: (value := read(row)) is not None and holds(words(value)))


def _text_test(typed: Typed) -> Callable[[Sequence[str]], bool]:
    wanted = [value.casefold() for value in typed.values]
    if typed.operator == ":" and len(wanted) == 1:
        only = wanted[0]

        def contains(texts: Sequence[str]) -> bool:
            for text in texts:  # noqa: SIM110 - a loop takes a third of the time of any() over a generator
                if only in text.casefold():
                    return True
            return False

        return contains
    if typed.operator == ":":
        return lambda texts: any(value in text.casefold() for text in texts for value in wanted)
    if typed.operator == "=":
        return lambda texts: any(
            value in (text.casefold(), *text.casefold().split()) for text in texts for value in wanted
        )
    if typed.operator == "~":
        try:
            pattern = re.compile(typed.value, re.IGNORECASE)
        except re.error as error:
            raise TermRefused(f"{typed.value!r} is not a valid pattern: {error}") from None
        return lambda texts: pattern.search(" ".join(texts)) is not None
    raise TermRefused(f"is a text: it can't be compared with {typed.operator}")


# ---------------------------------------------------------------- numbers

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class NumberField(Field[AnyRow]):
    """A field with numbers."""

    example: str
    about: str
    read: Callable[[AnyRow], Decimal | None]

    def term(self, typed: Typed, scene: Scene) -> Term[AnyRow]:
        """Return the comparison with one number: in a list, 4,5 could be two numbers or one."""
        comparisons = {":": operator.eq, "=": operator.eq, **_COMPARISONS}
        if typed.operator not in comparisons or len(typed.values) > 1 or not _NUMBER.fullmatch(typed.value):
            raise TermRefused(f"needs a number after one of {' '.join(comparisons)}, such as {self.example}")
        compare, limit, read = comparisons[typed.operator], Decimal(typed.value), self.read

        def test(row: AnyRow) -> bool:
            number = read(row)
            return number is not None and compare(number, limit)

        return Term(test)


# ---------------------------------------------------------------- times

DAYS: Mapping[str, timedelta] = {"today": timedelta(), "tomorrow": timedelta(days=1)}
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)


def is_day(word: str) -> bool:
    """Return whether the word is a day: `today`, `tomorrow`, or a date."""
    return word.casefold() in DAYS or _DATE.fullmatch(word) is not None


@dataclass(frozen=True, slots=True)
class DeliveryField(Field[AnyRow]):
    """The deliveries of a row, such as those of the contracts of a block."""

    example: str
    about: str
    read: Callable[[AnyRow], Iterable[Delivery]]

    def term(self, typed: Typed, scene: Scene) -> Term[AnyRow]:
        """Return the term: `:` and `=` a time in the delivery, or a day it starts on; the others compare its start.

        A time without a day is today's, in the zone.
        """
        read = self.read
        if typed.operator in (":", "="):
            spans = [_span(value, scene) for value in typed.values]
            return Term(
                lambda row: any(_is_in(delivery, span) for delivery in read(row) for span in spans),
                tuple(span[0] for span in spans),
            )
        start, end = _span(typed.value, scene)
        if typed.operator not in _COMPARISONS:
            raise TermRefused(f"can't be compared with {typed.operator}")
        compare, bound = _COMPARISONS[typed.operator], start
        if end is not None and typed.operator in ("<=", ">"):  # up to the end of a day, or after it
            compare, bound = _COMPARISONS["<" if typed.operator == "<=" else ">="], end

        def test(row: AnyRow) -> bool:
            for at, _ in read(row):  # noqa: SIM110 - a loop takes a third of the time of any() over a generator
                if at is not None and compare(at, bound):
                    return True
            return False

        return Term(test, (bound,))


_Span = tuple[datetime, datetime | None]
"""A moment alone, or a day from its start to its end."""


def _span(value: str, scene: Scene) -> _Span:
    day, _, clock = value.partition(" ")
    try:
        if not is_day(day):
            has_day = "T" in value.upper()
            today = scene.now.astimezone(scene.zone).date()
            return parse_moment(value if has_day else f"{today} {value}", scene.zone, scene.now), None
        date = str(scene.now.astimezone(scene.zone).date() + DAYS[day.casefold()]) if day.casefold() in DAYS else day
        start = parse_moment(f"{date} {clock or '00:00'}", scene.zone, scene.now)
        if clock:
            return start, None
        following = (start.astimezone(scene.zone) + timedelta(days=1)).date()
        return start, parse_moment(f"{following} 00:00", scene.zone, scene.now)
    except MomentRefused as refused:
        raise TermRefused(f"needs a time, such as 14:15 or tomorrow 14:15: {refused}") from None


def _is_in(delivery: Delivery, span: _Span) -> bool:
    start, end = delivery
    if start is None:
        return False
    if span[1] is not None:
        return span[0] <= start < span[1]
    return end is not None and start <= span[0] < end


_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}
_LENGTH = re.compile(r"(?P<count>[0-9]{1,6})(?P<unit>[smh])", re.ASCII | re.IGNORECASE)
PAST = "past"


@dataclass(frozen=True, slots=True)
class SpanField(Field[AnyRow]):
    """A field with a length of time up to now, such as an age, or from now on if `is_ahead`, such as up to the gate.

    `reader` returns how the time at the other end is read; None if it is not known here. A time ahead that has passed
    matches no comparison, only `:past`.
    """

    example: str
    about: str
    reader: Callable[[Scene], Callable[[AnyRow], datetime | None] | None]
    is_ahead: bool = False

    def term(self, typed: Typed, scene: Scene) -> Term[AnyRow]:
        """Return the comparison of the length."""
        is_past = self.is_ahead and typed.operator in (":", "=") and typed.value.casefold() == PAST
        length = _LENGTH.fullmatch(typed.value)
        if not is_past and (length is None or typed.operator not in _COMPARISONS):
            also = f" or {self.example.partition('<')[0]}:{PAST}" if self.is_ahead else ""
            raise TermRefused(f"needs < or > and a number of s, m or h, such as {self.example}{also}")
        read = self.reader(scene)
        if read is None:
            raise TermRefused("is not known here")
        if is_past or length is None:
            return Term(lambda row: (at := read(row)) is not None and at <= scene.now, (scene.now,))
        limit = int(length["count"]) * _UNITS[length["unit"].lower()]
        return Term(self._comparison(read, _COMPARISONS[typed.operator], limit, scene.now), (scene.now,))

    def _comparison(
        self,
        read: Callable[[AnyRow], datetime | None],
        compare: Callable[[Any, Any], bool],
        limit: timedelta,
        now: datetime,
    ) -> Test[AnyRow]:
        is_ahead = self.is_ahead

        def test(row: AnyRow) -> bool:
            at = read(row)
            if at is None or (is_ahead and at <= now):
                return False
            return compare(at - now if is_ahead else now - at, limit)

        return test


# ---------------------------------------------------------------- words that stand alone


@dataclass(frozen=True, slots=True)
class Word(Generic[AnyRow]):
    """A word that is a term by itself. `term` raises TermRefused if what it refers to is not known here."""

    about: str
    term: Callable[[Scene], Term[AnyRow]]

"""The terms about time: deliveries, and lengths of time up to now or from now on."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pbtui.desk.formats.filters.terms import (
    COMPARISONS,
    AnyRow,
    Field,
    NotKnownYet,
    Scene,
    Term,
    TermRefused,
    Test,
    Typed,
)
from pbtui.desk.formats.time_input import MomentRefused, parse_moment

Delivery = tuple[datetime | None, datetime | None]
"""Start and end of a delivery; None if it is not known."""
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
        if typed.operator not in COMPARISONS:
            raise TermRefused(f"can't be compared with {typed.operator}")
        compare, bound = COMPARISONS[typed.operator], start
        if end is not None and typed.operator in ("<=", ">"):  # up to the end of a day, or after it
            compare, bound = COMPARISONS["<" if typed.operator == "<=" else ">="], end

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
    """A field of a length of time: since a moment, such as an age; if `is_ahead` until one, such as gate closure.

    `reader` returns the function that reads this moment of a row; None if the desk does not know such moments. One
    ahead that has passed matches no comparison, only `:past`.
    """

    example: str
    about: str
    reader: Callable[[Scene], Callable[[AnyRow], datetime | None] | None]
    is_ahead: bool = False

    def term(self, typed: Typed, scene: Scene) -> Term[AnyRow]:
        """Return the comparison of the length."""
        is_past = self.is_ahead and typed.operator in (":", "=") and typed.value.casefold() == PAST
        length = _LENGTH.fullmatch(typed.value)
        if not is_past and (length is None or typed.operator not in COMPARISONS):
            also = f" or {self.example.partition('<')[0]}:{PAST}" if self.is_ahead else ""
            raise TermRefused(f"needs < or > and a number of s, m or h, such as {self.example}{also}")
        read = self.reader(scene)
        if read is None:
            raise NotKnownYet("is not known here")
        if is_past or length is None:
            return Term(lambda row: (at := read(row)) is not None and at <= scene.now, (scene.now,))
        limit = int(length["count"]) * _UNITS[length["unit"].lower()]
        return Term(self._comparison(read, COMPARISONS[typed.operator], limit, scene.now), (scene.now,))

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

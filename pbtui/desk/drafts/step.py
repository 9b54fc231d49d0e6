"""A typed number and its effect on the present value of an order: the same notation in every field and command.

| typed | effect |
|---|---|
| `45.10`, `-5`, `set -5` | sets the value; prices may be below 0 |
| `+0.50`, `add 0.50` | adds to the present value |
| `+-0.50`, `add -0.50` | subtracts from it |
| `+2%`, `-2%`, `add -2%` | adds a percentage of it, or takes it off |

So a minus before a number is always a value below 0, and a plus never is a value. A percentage without a sign is
refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import NamedTuple

from pbtui.desk.formats.number_input import (
    PRICE_TICK,
    QUANTITY_TICK_MW,
    NumberRefused,
    parse_number,
    parse_price,
    parse_quantity,
)
from pbtui.desk.formats.order_fields import FIELDS, STEP_HELP, Kind
from pbtui.desk.formats.request_fields import CHANGE_FIELDS

_ADDS = re.compile(r"(?:\+|add[ \t]+)[ \t]*(?P<number>[^%]*[^% \t])(?P<percent>[ \t]*%)?", re.IGNORECASE)
_TAKES_PERCENT = re.compile(r"(?P<number>-[^%]*[^% \t])[ \t]*%")
_BELOW_ZERO = re.compile(r"-[0-9]+(?:\.[0-9]+)?", re.ASCII)
_SETS = re.compile(r"set[ \t]+(?P<number>[^%]+)", re.IGNORECASE)
_NO_NUMBER = re.compile(r"^[=%]|^(?!.*[0-9]e[0-9]).*[a-z]|%", re.IGNORECASE)


class Numbers(NamedTuple):
    """The numbers of a kind: the function that reads one, their tick, and the most decimals of a step."""

    read: Callable[[str], Decimal]
    tick: Decimal
    most_decimals: int


_OF_KIND = {
    Kind.PRICE: Numbers(parse_price, PRICE_TICK, 2),
    Kind.QUANTITY: Numbers(parse_quantity, QUANTITY_TICK_MW, 1),
}
STEPPED: Mapping[str, Numbers] = {
    name: _OF_KIND[FIELDS[name].kind] for name in CHANGE_FIELDS if FIELDS[name].kind in _OF_KIND
}
"""The fields that can be changed by a step."""


class How(StrEnum):
    """Effect of a typed number on an order's value."""

    SET = "set"
    ADD = "add"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Step:
    """A number and its effect. A percentage is of the order's own value: adding 10 % to -20.00 gives -22.00."""

    how: How
    number: Decimal

    def result(self, present: Decimal, tick: Decimal) -> Decimal:
        """Return the new value. Percentages are rounded to the nearest tick, halves to the even one.

        Raises ValueError if the result of SET or ADD is not a multiple of the tick.
        """
        if self.how is How.PERCENT:
            exact = present * (100 + self.number) / 100
            return (exact / tick).quantize(Decimal(1), ROUND_HALF_EVEN) * tick
        result = self.number if self.how is How.SET else present + self.number
        if result % tick:
            raise ValueError(f"would be {result:f}, which is not a multiple of {tick:f}")
        return result


def minus_words(text: str) -> str:
    """Return the meaning of a number after a minus, and the way to write the other one; empty for other texts."""
    typed = text.strip(" \t")
    if not _BELOW_ZERO.fullmatch(typed):
        return ""
    return f"{typed} is a value below 0; to take {typed[1:]} off, write +{typed}"


def parse_step(name: str, text: str) -> Step:
    """Read the step of a field of STEPPED. Raises NumberRefused."""
    numbers, typed = STEPPED[name], text.strip(" \t")
    adds, sets, takes = (pattern.fullmatch(typed) for pattern in (_ADDS, _SETS, _TAKES_PERCENT))
    if takes is not None:
        return Step(How.PERCENT, parse_number(takes["number"], 2))
    if adds is not None:
        how, decimals = (How.PERCENT, 2) if adds["percent"] else (How.ADD, numbers.most_decimals)
        return Step(how, parse_number(adds["number"], decimals))
    if sets is None and _NO_NUMBER.search(typed):
        raise NumberRefused(f"write {STEP_HELP}")
    return Step(How.SET, numbers.read(typed if sets is None else sets["number"]))

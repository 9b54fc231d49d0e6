"""One change of many orders, computed for each order from its present values.

A number needs a word, because `-5` alone is ambiguous: `set 45.10` sets the value, `add -0.50` adds to it, `add 2%`
adds a percentage of it. Text and validity date are the same for all orders. An empty field changes nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.models import Order, OrderModify, ValidityRestriction
from pbtui.desk.drafts.draft import NO_CHANGE, read_changes
from pbtui.desk.drafts.field_text import MAX_TXT_LENGTH, TextRefused, is_given, read_text
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.number_input import NumberRefused, parse_number, parse_price, parse_quantity
from pbtui.desk.formats.order_fields import BULK_STEP_HELP, FIELDS
from pbtui.desk.formats.time_input import MomentRefused, typed_moment
from pbtui.settings.decode import did_you_mean

BULK_FIELDS = ("price", "quantity", "validity_date", "txt")
"""Fields that can be changed on many orders at once, by their names in OrderModify."""

_UTC = ZoneInfo("UTC")
_STEP = re.compile(r"(?P<word>[a-z]+)[ \t]+(?P<number>[^%]*[^% \t])(?P<percent>[ \t]*%)?", re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class BulkChange:
    """Change of each order; a field that is None stays as it is. `read_at` is the time it was typed."""

    read_at: datetime
    price: Step | None = None
    quantity: Step | None = None
    validity_date: datetime | None = None
    txt: str | None = None


@dataclass(frozen=True, slots=True)
class BulkReading:
    """Result of reading a bulk change: the change, or None and the problem of each field."""

    change: BulkChange | None
    problems: Mapping[str, str]


def parse_bulk(texts: Mapping[str, str], zone: ZoneInfo, now: datetime) -> BulkReading:
    """Read a change from texts by field. Times without a zone are in `zone`, the market's."""
    typed = {name: text for name, text in texts.items() if is_given(text)}
    problems = {
        name: f"there is no such field{did_you_mean(name, BULK_FIELDS)}" for name in typed.keys() - set(BULK_FIELDS)
    }
    values: dict[str, Any] = {}
    for name in (name for name in BULK_FIELDS if name in typed):
        try:
            values[name] = _READERS[name](typed[name], zone, now)
        except (NumberRefused, MomentRefused, TextRefused) as refused:
            problems[name] = str(refused)
    if not values and not problems:
        problems[NO_CHANGE] = "no change yet: fill at least one field"
    return BulkReading(None if problems else BulkChange(now, **values), problems)


def apply(change: BulkChange, order: Order, price_step: Decimal, quantity_step: Decimal) -> OrderModify | str:
    """Return the fields of one order that change, or the reason as a short text if it can't be changed.

    Results are multiples of the steps. A validity date is sent with validity GTD, as the API requires.
    """
    texts: dict[str, str] = {}
    present_mw = order.open_quantity_mw
    for name, step, present, tick, text in (
        ("price", change.price, order.price, price_step, price_text),
        ("quantity", change.quantity, present_mw, quantity_step, quantity_text),
    ):
        if step is None:
            continue
        if present is None and step.how is not How.SET:
            return f"{name} is not known"
        try:
            result = step.result(present or Decimal(0), tick)
        except ValueError as problem:
            return f"{name} {problem}"
        if name == "quantity" and result <= 0:
            return f"quantity would be {quantity_text(result)} MW: deactivate or delete the order instead"
        texts[name] = text(result)
    if change.validity_date is not None:
        texts["validity_date"] = typed_moment(change.validity_date, _UTC)
        texts["validity_res"] = ValidityRestriction.GTD
    if change.txt is not None:
        texts["txt"] = change.txt
    reading = read_changes(order, texts, _UTC, change.read_at)
    if reading.changes is None:
        return "; ".join(_problem_text(name, problem) for name, problem in reading.problems.items())
    return reading.changes


def sign_words(order: Order, changes: OrderModify) -> tuple[str, ...]:
    """Return the warning that a new price is zero or has the opposite sign; empty if neither."""
    if changes.price is None:
        return ()
    if changes.price.is_zero():
        return ("the price becomes zero",)
    if order.price is not None and order.price * changes.price < 0:
        return ("the price changes its sign",)
    return ()


def _problem_text(name: str, problem: str) -> str:
    if name == NO_CHANGE:
        return "the order already has these values"
    return f"{FIELDS[name].label} {problem}"


def _step(set_by: Callable[[str], Decimal], max_decimals: int) -> Callable[[str, ZoneInfo, datetime], Step]:
    def read(text: str, _zone: ZoneInfo, _now: datetime) -> Step:
        match = _STEP.fullmatch(text.strip(" \t"))
        if match is None:
            raise NumberRefused(BULK_STEP_HELP)
        word, number, percent = match["word"].lower(), match["number"], match["percent"]
        if word == "set" and not percent:
            return Step(How.SET, set_by(number))
        if word == "add":
            how, decimals = (How.PERCENT, 2) if percent else (How.ADD, max_decimals)
            return Step(how, parse_number(number, decimals))
        raise NumberRefused(BULK_STEP_HELP)

    return read


def _moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    until: datetime = read_text("validity_date", text, zone, now, max_txt=0).astimezone(UTC)
    if until <= now:
        raise MomentRefused("has passed")
    return until


def _txt(text: str, zone: ZoneInfo, now: datetime) -> str:
    txt: str = read_text("txt", text, zone, now, max_txt=MAX_TXT_LENGTH)
    return txt


_READERS: Mapping[str, Callable[[str, ZoneInfo, datetime], Any]] = {
    "price": _step(parse_price, 2),
    "quantity": _step(parse_quantity, 1),
    "validity_date": _moment,
    "txt": _txt,
}

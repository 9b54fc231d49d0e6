"""One change of many orders, computed for each order from its present values.

Prices and quantities are set, or changed by a step (`pbtui.desk.drafts.step`). Text and validity date are the same for
all orders. An empty field changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.codes import ValidityRestriction
from pbtui.api.models import Order
from pbtui.api.requests import OrderModify
from pbtui.desk.drafts.draft import NO_CHANGE, read_changes
from pbtui.desk.drafts.field_text import MAX_TXT_LENGTH, TextRefused, is_given, read_text, text_of
from pbtui.desk.drafts.step import STEPPED, How, Step, parse_step
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.number_input import NumberRefused
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.time_input import MomentRefused, typed_moment
from pbtui.settings.decode import did_you_mean

BULK_FIELDS = ("price", "quantity", "validity_date", "txt")
"""Fields that can be changed on many orders at once, by their names in OrderModify."""

_UTC = ZoneInfo("UTC")


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


def parse_bulk(
    texts: Mapping[str, str], zone: ZoneInfo, now: datetime, typed_at: Mapping[str, datetime] | None = None
) -> BulkReading:
    """Read a change from texts by field. Times without a zone are in `zone`, the market's.

    A time without a date is the next one after its field's moment in `typed_at`, or else after `now`.
    """
    typed = {name: text for name, text in texts.items() if is_given(text)}
    problems = {
        name: f"there is no such field{did_you_mean(name, BULK_FIELDS)}" for name in typed.keys() - set(BULK_FIELDS)
    }
    values: dict[str, Any] = {}
    for name in (name for name in BULK_FIELDS if name in typed):
        try:
            values[name] = _READERS[name](typed[name], zone, (typed_at or {}).get(name, now))
        except (NumberRefused, MomentRefused, TextRefused) as refused:
            problems[name] = str(refused)
    if "validity_date" in values and values["validity_date"] <= now:
        problems["validity_date"] = "has passed"
    if not values and not problems:
        problems[NO_CHANGE] = "no change yet: fill at least one field"
    return BulkReading(None if problems else BulkChange(now, **values), problems)


def apply(change: BulkChange, order: Order) -> OrderModify | str:
    """Return the fields of one order that change, or the reason as a short text if it can't be changed.

    Results are multiples of the ticks. A validity date is sent with validity GTD, as the API requires.
    """
    texts: dict[str, str] = {}
    for name, step in (("price", change.price), ("quantity", change.quantity)):
        if step is None:
            continue
        present = FIELDS[name].of(order)
        if present is None and step.how is not How.SET:
            return f"{name} is not known"
        try:
            result = step.result(present or Decimal(0), STEPPED[name].tick)
        except ValueError as problem:
            return f"{name} {problem}"
        if name == "quantity" and result <= 0:
            return f"quantity would be {quantity_text(result)} MW: deactivate or delete the order instead"
        texts[name] = text_of(name, result, _UTC)
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


def percent_words(change: BulkChange, made: Iterable[tuple[Order, OrderModify]]) -> str:
    """Return the warning that a percentage raises the prices of some orders and lowers those of others; or nothing."""
    if change.price is None or change.price.how is not How.PERCENT:
        return ""
    moves = [
        changes.price - order.price for order, changes in made if changes.price is not None and order.price is not None
    ]
    raised, lowered = sum(move > 0 for move in moves), sum(move < 0 for move in moves)
    sign = f"{change.price.number:+f} %"
    return (
        f"{sign} raises {raised} and lowers {lowered}: it is of the price, also below 0" if raised and lowered else ""
    )


def _problem_text(name: str, problem: str) -> str:
    if name == NO_CHANGE:
        return "the order already has these values"
    return f"{FIELDS[name].label} {problem}"


def _step(name: str) -> Callable[[str, ZoneInfo, datetime], Step]:
    return lambda text, zone, typed_at: parse_step(name, text)


def _moment(text: str, zone: ZoneInfo, typed_at: datetime) -> datetime:
    until: datetime = read_text("validity_date", text, zone, typed_at, max_txt=0).astimezone(UTC)
    return until


def _txt(text: str, zone: ZoneInfo, now: datetime) -> str:
    txt: str = read_text("txt", text, zone, now, max_txt=MAX_TXT_LENGTH)
    return txt


_READERS: Mapping[str, Callable[[str, ZoneInfo, datetime], Any]] = {
    **{name: _step(name) for name in STEPPED},
    "validity_date": _moment,
    "txt": _txt,
}

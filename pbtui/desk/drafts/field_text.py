"""Order fields and request options as texts that a trader types and a form shows.

Codes are accepted in upper and lower case, and so are their words (`I` or `iceberg`). Fields have their names in
OrderEntry and OrderModify, options theirs in WriteOptions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.number_input import parse_number, parse_price, parse_quantity
from pbtui.desk.formats.order_fields import FIELDS, OPTIONS, Choice, Kind
from pbtui.desk.formats.time_input import parse_moment, typed_moment
from pbtui.desk.tickets.ticket import WriteOptions
from pbtui.settings.areas import area_code, code_problem

MAX_TXT_LENGTH = 150
"""Limit of `txt` in the vendor's clients before 2.10; later documents name none."""
TOKEN_ROOM = 11
"""Characters of a new order's text reserved for the token that a ticket adds."""

_NUMBERS: Mapping[Kind, Callable[[str], Decimal]] = {
    Kind.PRICE: parse_price,
    Kind.QUANTITY: parse_quantity,
    Kind.NUMBER: parse_number,
}


class TextRefused(ValueError):
    """A text that is not a value of its field; the message is a short reason."""


def is_given(text: str) -> bool:
    """Return whether a text is more than blanks."""
    return bool(text.strip(" \t"))


def read_text(name: str, text: str, zone: ZoneInfo, after: datetime, *, max_txt: int) -> Any:
    """Read the value of a field from its text. A time without a date is the next one after `after`.

    Raises TextRefused, NumberRefused or MomentRefused.
    """
    field = FIELDS[name]
    if field.kind in _NUMBERS:
        return _NUMBERS[field.kind](text)
    if field.kind in (Kind.TIME, Kind.DELIVERY):
        return parse_moment(text, zone, after)
    if field.choices:
        return _chosen(field.choices, text)
    typed = text.strip(" \t")
    if not typed.isprintable():
        raise TextRefused("contains a line break or another character that does not print")
    if name == "txt" and len(typed) > max_txt:
        raise TextRefused(f"has {len(typed)} characters, at most {max_txt} are allowed")
    if field.kind is Kind.AREA:
        return _area(typed)
    return typed


def _area(typed: str) -> str:
    """Return the code of an area, from its short name or the code. Raises TextRefused."""
    code = area_code(typed)
    if problem := code_problem(code):
        raise TextRefused(problem)
    return code


def text_of(name: str, value: Any, zone: ZoneInfo) -> str:
    """Return the text of a value; `read_text` reads the same value from it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return typed_moment(value, zone)
    if isinstance(value, Decimal):
        kind = FIELDS[name].kind
        if kind is Kind.NUMBER:
            return f"{value:f}"
        return price_text(value) if kind is Kind.PRICE else quantity_text(value)
    return value.value if isinstance(value, StrEnum) else str(value)


def _chosen(choices: Sequence[Choice], text: str) -> Any:
    """Return the value of a code or one of its words. Raises TextRefused."""
    typed = " ".join(text.casefold().replace("-", " ").split())
    for choice in choices:
        if typed in choice.words or typed == str(choice.value).casefold():
            return choice.value
    *others, last = map(str, choices)
    raise TextRefused(f"must be {', '.join(others)} or {last}")


# ---------------------------------------------------------------- the options of a request


@dataclass(frozen=True, slots=True)
class OptionsReading:
    """Result of reading request options: the options, or None and the problem of each.

    `values` holds the options that could be read.
    """

    options: WriteOptions | None
    problems: Mapping[str, str]
    values: Mapping[str, Any]


def read_options(texts: Mapping[str, str]) -> OptionsReading:
    """Read the request options from texts by name. Empty means the server's default. Other names are ignored."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, option in OPTIONS.items():
        text = texts.get(name, "")
        try:
            if is_given(text):
                values[name] = _chosen(option.choices, text)
        except TextRefused as refused:
            problems[name] = str(refused)
    given = {**dict.fromkeys(OPTIONS), **values}
    return OptionsReading(None if problems else WriteOptions(**given), problems, values)


def option_texts(options: WriteOptions) -> dict[str, str]:
    """Return the texts of request options."""
    return {name: _option_text(getattr(options, name)) for name in OPTIONS}


def _option_text(value: object) -> str:
    if value is None:
        return ""
    return value.value if isinstance(value, StrEnum) else ("yes" if value else "no")

"""The fields of an order and the options of a request as texts: as a trader types them, and as a form starts with them.

Codes are taken in either case, and the trader's word for them as well (`I` or `iceberg`). Fields go by their names in
OrderEntry and OrderModify, options by theirs in WriteOptions.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.desk.formats.areas import AREAS
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.number_input import parse_number, parse_price, parse_quantity
from pbtui.desk.formats.order_fields import FIELDS, OPTIONS, Choice, Kind
from pbtui.desk.formats.time_input import parse_moment, typed_moment
from pbtui.desk.tickets.ticket import TOKEN_MARK, WriteOptions

MAX_TXT_LENGTH = 150
"""The vendor's clients once kept `txt` to this (before 2.10); no later limit is written anywhere."""
TOKEN_ROOM = 11
"""What a new order's text leaves of it for the token a ticket adds."""

_NUMBERS: Mapping[Kind, Callable[[str], Decimal]] = {
    Kind.PRICE: parse_price,
    Kind.QUANTITY: parse_quantity,
    Kind.NUMBER: parse_number,
}
_EIC_BY_NAME = {name: eic for eic, name in AREAS.items()}
_TOKEN = re.compile(rf"(^| ){re.escape(TOKEN_MARK.strip())}[0-9A-Z]+$")


class TextRefused(ValueError):
    """A text that is no value of its field; the message is the reason, short enough to stand beside it."""


def is_given(text: str) -> bool:
    """Whether anything was typed at all."""
    return bool(text.strip(" \t"))


def read_text(name: str, text: str, zone: ZoneInfo, after: datetime, *, max_txt: int) -> Any:
    """The value a text gives a field; a time without a date is the next one after `after`.

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
        raise TextRefused("has a line break or another character that does not show")
    if name == "txt" and len(typed) > max_txt:
        raise TextRefused(f"has {len(typed)} characters, {max_txt} fit")
    if field.kind is Kind.AREA:
        return _EIC_BY_NAME.get(typed.upper(), typed)
    return typed


def text_of(name: str, value: Any, zone: ZoneInfo) -> str:
    """A value as it would be typed: `read_text` gives it back."""
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


def without_token(txt: str) -> str:
    """An order's text without the token of the ticket that entered it: the next one gets its own."""
    return _TOKEN.sub("", txt)


def _chosen(choices: Sequence[Choice], text: str) -> Any:
    """The value that is meant, by its code or by one of its words. Raises TextRefused."""
    typed = " ".join(text.casefold().replace("-", " ").split())
    for choice in choices:
        if typed in choice.words or typed == str(choice.value).casefold():
            return choice.value
    *others, last = map(str, choices)
    raise TextRefused(f"must be {', '.join(others)} or {last}")


# ---------------------------------------------------------------- the options of a request


@dataclass(frozen=True, slots=True)
class OptionsReading:
    """The options that were typed, or why there are none: option -> problem. `values` is what could be read of them."""

    options: WriteOptions | None
    problems: Mapping[str, str]
    values: Mapping[str, Any]


def read_options(texts: Mapping[str, str]) -> OptionsReading:
    """The options in these texts; an empty one is left to the server. Texts that are no option's are left alone."""
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
    """The texts that give these options."""
    return {name: _option_text(getattr(options, name)) for name in OPTIONS}


def _option_text(value: object) -> str:
    if value is None:
        return ""
    return value.value if isinstance(value, StrEnum) else ("yes" if value else "no")

"""One field of an order as a text: as a trader types it, and as a form starts with it.

Codes are taken in either case, and the trader's word for them as well (`I` or `iceberg`). Fields are known by their
names in OrderEntry and OrderModify.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.models import (
    ClearingAccountType,
    EntryState,
    ExecutionRestriction,
    OrderSide,
    OrderType,
    ValidityRestriction,
)
from pbtui.desk.drafts.rules import GUARDS
from pbtui.desk.formats.areas import AREAS
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.number_input import parse_number, parse_price, parse_quantity
from pbtui.desk.formats.time_input import parse_moment, typed_moment
from pbtui.desk.tickets.ticket import TOKEN_MARK

MAX_TXT_LENGTH = 150
"""The vendor's clients once kept `txt` to this (before 2.10); no later limit is written anywhere."""
TOKEN_ROOM = 11
"""What a new order's text leaves of it for the token a ticket adds."""

CHOICES: Mapping[str, Mapping[Any, tuple[str, ...]]] = {
    "side": {OrderSide.BUY: (), OrderSide.SELL: ()},
    "type": {OrderType.O: ("limit",), OrderType.I: ("iceberg",), OrderType.B: ("block",)},
    "ordr_exe_restriction": {
        ExecutionRestriction.NON: ("none",),
        ExecutionRestriction.FOK: ("fill or kill",),
        ExecutionRestriction.IOC: ("immediate or cancel",),
        ExecutionRestriction.AON: ("all or none",),
        ExecutionRestriction.AU: ("auction",),
    },
    "validity_res": {
        ValidityRestriction.GFS: ("good for session",),
        ValidityRestriction.GTD: ("good till date",),
        ValidityRestriction.NON: ("none",),
    },
    "state": {EntryState.ACTI: ("active",), EntryState.HIBE: ("deactivated", "hibernated")},
    "clearing_acct_type": {ClearingAccountType.P: (), ClearingAccountType.A: ()},
    "pre_arranged": {True: ("yes", "true"), False: ("no", "false")},
}
"""The fields that have a choice of values, and the trader's words for each."""

_NUMBERS = {
    "price": parse_price,
    "ppd": parse_price,
    "quantity": parse_quantity,
    "display_qty": parse_quantity,
    **dict.fromkeys(GUARDS, parse_number),
}
_MOMENTS = ("dlvry_start", "dlvry_end", "validity_date")
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
    if name in _NUMBERS:
        return _NUMBERS[name](text)
    if name in _MOMENTS:
        return parse_moment(text, zone, after)
    if name in CHOICES:
        return chosen(CHOICES[name], text)
    typed = text.strip(" \t")
    if not typed.isprintable():
        raise TextRefused("has a line break or another character that does not show")
    if name == "txt" and len(typed) > max_txt:
        raise TextRefused(f"has {len(typed)} characters, {max_txt} fit")
    if name == "delivery_area":
        return _EIC_BY_NAME.get(typed.upper(), typed)
    return typed


def text_of(name: str, value: Any, zone: ZoneInfo) -> str:
    """A value as it would be typed: `read_text` gives it back."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return typed_moment(value, zone)
    if isinstance(value, Decimal):
        if name in GUARDS:
            return f"{value:f}"
        return price_text(value) if name in ("price", "ppd") else quantity_text(value)
    return value.value if isinstance(value, StrEnum) else str(value)


def without_token(txt: str) -> str:
    """An order's text without the token of the ticket that entered it: the next one gets its own."""
    return _TOKEN.sub("", txt)


def chosen(choices: Mapping[Any, tuple[str, ...]], text: str) -> Any:
    """The value that is meant, by its code or by one of its words. Raises TextRefused."""
    typed = " ".join(text.casefold().replace("-", " ").split())
    for value, words in choices.items():
        if typed in words or typed == str(value).casefold():
            return value
    told = [_choice_text(value, words) for value, words in choices.items()]
    raise TextRefused(f"must be {', '.join(told[:-1])} or {told[-1]}")


def _choice_text(value: Any, words: tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return words[0]
    return f"{value} ({words[0]})" if words else str(value)

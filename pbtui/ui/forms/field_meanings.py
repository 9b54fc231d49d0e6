"""What the form takes a typed text for, in words beside the field: what a short code means, which day a time is of."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.models import (
    EntryState,
    ExecutionInstruction,
    ExecutionRestriction,
    ValidityRestriction,
)
from pbtui.desk.formats.areas import AREAS, area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import side_word, type_word

_SAID: Mapping[str, Mapping[Any, str]] = {
    "state": {
        EntryState.ACTI: "active: in the market at once",
        EntryState.HIBE: "deactivated: not in the market",
    },
    "ordr_exe_restriction": {
        ExecutionRestriction.NON: "what does not trade at once stays",
        ExecutionRestriction.FOK: "fill or kill: all at once or nothing",
        ExecutionRestriction.IOC: "what can trade at once, no rest",
        ExecutionRestriction.AON: "all or none, resting in the book",
        ExecutionRestriction.AU: "for an auction phase",
    },
    "validity_res": {
        ValidityRestriction.GFS: "good for session",
        ValidityRestriction.GTD: "good till date",
        ValidityRestriction.NON: "goes with FOK and IOC",
    },
    "exec_instruction": {
        ExecutionInstruction.NONE: "each order stands for itself",
        ExecutionInstruction.VALID: "all are refused if one is not valid",
        ExecutionInstruction.LNKD: "all trade or none; one product, all FOK",
    },
}
"""Not by the codes alone: some of them mean something else in another field."""


def meaning(name: str, value: Any, zone: ZoneInfo) -> str:
    """What this value of a field is, in words; empty where the text already says it."""
    if isinstance(value, datetime):
        return f"{delivery_text(value, None, zone)} ({zone.key})"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in _WORDS:
        return _WORDS[name](value)
    return _SAID.get(name, {}).get(value, "")


def _area(eic: str) -> str:
    return f"{area_name(eic)} ({eic})" if eic in AREAS else ""


def _price(price: Decimal) -> str:
    return f"{price_text(price)} per MWh"


def _quantity(quantity_mw: Decimal) -> str:
    return f"{quantity_text(quantity_mw)} MW"


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "side": side_word,
    "type": type_word,
    "delivery_area": _area,
    "price": _price,
    "ppd": _price,
    "quantity": _quantity,
    "display_qty": _quantity,
}

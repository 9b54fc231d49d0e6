"""The value of any field of an order as the trader reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.models import ContractReference, OrderFault
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.time_format import delivery_text, moment_text
from pbtui.desk.formats.vocabulary import FIELD_UNITS, order_event, side_word, state_word, type_word


@dataclass(frozen=True, slots=True)
class Zones:
    """Where times are told: deliveries in the market's zone, moments in another; None is the machine's own."""

    market: ZoneInfo
    moments: tzinfo | None = None


def field_text(name: str, value: object, zones: Zones) -> str:
    """The value of this field, with its code where a word stands for one, and its unit."""
    if value is None:
        return "none"
    text = _WORDS[name](str(value)) if name in _WORDS else _value_text(name, value, zones)
    return f"{text} {FIELD_UNITS[name]}" if name in FIELD_UNITS else text


def _value_text(name: str, value: object, zones: Zones) -> str:
    if isinstance(value, datetime):
        if name in ("delivery_start", "delivery_end"):
            return f"{delivery_text(value, None, zones.market)} ({zones.market.key})"
        return moment_text(value, zones.moments, fraction=True)
    if isinstance(value, Decimal):
        return price_text(value) if "price" in name else quantity_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(_item_text(item) for item in value) or "none"
    return str(value) or "empty"


def _with_code(word: Callable[[str], str]) -> Callable[[str], str]:
    return lambda code: code if word(code) == code else f"{word(code)} ({code})"


_WORDS: Mapping[str, Callable[[str], str]] = {
    "state": _with_code(state_word),
    "side": side_word,
    "type": _with_code(type_word),
    "delivery_area": _with_code(area_name),
    "action": lambda code: str(order_event(code)),
}


def _item_text(item: ContractReference | OrderFault) -> str:
    if isinstance(item, ContractReference):
        return " ".join(text for text in (item.contract_id, item.name) if text)
    variables = ", ".join(f"{name} {value}" for name, value in item.variables.items())
    return " ".join(text for text in (item.code, item.message, variables and f"({variables})") if text)

"""Values of order fields as text."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.models import ContractReference, OrderProblem
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import Kind, OrderField
from pbtui.desk.formats.time_format import delivery_text, moment_text


def field_text(field: OrderField, value: object, zone: ZoneInfo) -> str:
    """Return a value as text: a code with its word, a number with its unit, a time with its zone."""
    if value is None:
        return "none"
    if field.word is not None:
        code = str(value)
        word = field.word(code)
        return word if code in word else f"{word} ({code})"
    return field.with_unit(_value_text(field, value, zone))


def _value_text(field: OrderField, value: object, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        is_delivery = field.kind is Kind.DELIVERY
        text = delivery_text(value, None, zone) if is_delivery else moment_text(value, zone, fraction=True)
        return f"{text} ({zone.key})"
    if isinstance(value, Decimal):
        return price_text(value) if field.kind is Kind.PRICE else quantity_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(_item_text(item) for item in value) or "none"
    return str(value) or "empty"


def _item_text(item: ContractReference | OrderProblem) -> str:
    if isinstance(item, ContractReference):
        return " ".join(text for text in (item.contract_id, item.name) if text)
    variables = ", ".join(f"{name} {value}" for name, value in item.variables.items())
    return " ".join(text for text in (item.code, item.message, variables and f"({variables})") if text)

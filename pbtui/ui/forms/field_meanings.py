"""The meaning of a typed text, shown beside its field: a code in words, a time with its day."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import Field, Kind
from pbtui.desk.formats.time_format import delivery_text
from pbtui.settings.areas import AREAS


def meaning(field: Field, value: object, zone: ZoneInfo) -> str:
    """Return a field's value in words; empty if the typed text already says it."""
    if isinstance(value, datetime):
        return f"{delivery_text(value, None, zone)} ({zone.key})"
    if field.kind is Kind.AREA:
        return f"{area_name(str(value))} ({value})" if value in AREAS else ""
    if isinstance(value, Decimal) and field.unit:
        return field.with_unit(price_text(value) if field.kind is Kind.PRICE else quantity_text(value))
    return field.meaning(value)

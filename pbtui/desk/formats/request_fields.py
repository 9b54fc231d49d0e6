"""The fields that requests have: those of a new order, those of a change, and their JSON keys."""

from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.formats.order_fields import OrderField

ENTRY_FIELDS = tuple(OrderEntry.model_fields)
"""The names of the fields that a new order can be given."""
CHANGE_FIELDS = tuple(name for name in OrderModify.model_fields if name != "action")
"""The names of the fields that can be changed."""


def wire_name(field: OrderField) -> str:
    """Return the JSON key of a field in a request, or the field's name if no request has it."""
    found = OrderEntry.model_fields.get(field.name)
    return (found and found.alias) or field.name

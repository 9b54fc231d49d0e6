"""An own order as JSON, under the names of the API."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.models import Order
from pbtui.desk.formats.ascii_json import ascii_json

_encode = msgspec.json.Encoder(decimal_format="number").encode


def order_json(order: Order | UnreadableOrder) -> str:
    """Return the JSON of an order in ASCII, indented; of one that can't be read, the text that was received."""
    if isinstance(order, UnreadableOrder):
        return order.raw
    return msgspec.json.format(ascii_json(_encode(wire_order(order)).decode()), indent=2)


def wire_order(order: Order) -> Mapping[str, object]:
    """Return the fields of an order that are set, under their names on the wire."""
    fields = msgspec.to_builtins(order, builtin_types=(Decimal,))
    names = {"cl_ordr_id": "clOrdrId"}
    return {
        names.get(name, name): value for name, value in fields.items() if value is not None and name != "unreadable"
    }

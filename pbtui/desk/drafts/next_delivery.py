"""The delivery beside that of an order that is being entered: the next or the previous one of the same length."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.desk.drafts.field_text import text_of
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.time_format import delivery_text


class NoDelivery(ValueError):
    """Raised if there is no such delivery. The message is a sentence for the trader."""


def beside(values: Mapping[str, Any], known: KnownNames, count: int, zone: ZoneInfo) -> Mapping[str, str]:
    """Return the texts of the fields that change, for the delivery `count` places later, or earlier if negative.

    An order that names a contract gets the id of the contract that trades then in its area. Raises NoDelivery if its
    own delivery is not known, or if not exactly one contract trades then.
    """
    contract_id, name, area = (values.get(field) for field in ("contract_id", "contract_name", "delivery_area"))
    contract = known.contract(contract_id, name)
    start, end = values.get("dlvry_start"), values.get("dlvry_end")
    if contract is not None:
        start, end = contract.delivery_start, contract.delivery_end
    if start is None or end is None:
        raise NoDelivery("The delivery of this order is not known, so there is none beside it")
    start, end = start + count * (end - start), end + count * (end - start)
    if contract is None:
        return {field: text_of(field, at, zone) for field, at in (("dlvry_start", start), ("dlvry_end", end))}
    if area is None:
        raise NoDelivery(f"{FIELDS['delivery_area'].label} is missing, so the contract beside this one is not known")
    ids = known.traded_in(None, start, end, area)
    delivery = f"{delivery_text(start, end, zone)} in {area_name(area)}"
    if not ids:
        raise NoDelivery(f"No contract is known that trades for {delivery}")
    if len(ids) > 1:
        raise NoDelivery(f"Several contracts trade for {delivery}: type the id of one, {' or '.join(ids)}")
    return {"contract_id": ids[0], "contract_name": ""}

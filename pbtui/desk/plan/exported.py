"""Orders that stand as rows of a file. Each value is written so that it is read back as the same one."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pbtui.api.codes import EntryState, OrderType
from pbtui.api.models import Order
from pbtui.desk.drafts.field_text import MAX_TXT_LENGTH, TextRefused, read_text, text_of
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_input import NumberRefused
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.time_input import MomentRefused
from pbtui.desk.plan.columns import ORDER_ID, REVISION

EXPORTED = (
    *(ORDER_ID, REVISION, "state", "side", "quantity", "price", "dlvry_start", "dlvry_end", "contract_id"),
    *("contract_name", "delivery_area", "portfolio_id", "type", "display_qty", "ppd", "validity_date", "txt"),
    *("location", "account_id", "strategy_id", "unit_id", "pre_arranged", "pre_arranged_acct"),
)
"""The columns of an export, in their sequence."""
_STATES = {EntryState.ACTI: "active", EntryState.HIBE: "deactivated"}
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""The time after which a text without a date would be read; here each has its date."""
_OF_ICEBERGS = ("display_qty", "ppd")
_CONTRACT = ("contract_id", "contract_name")


def exported(order: Order, zone: ZoneInfo) -> dict[str, str] | None:
    """Return an order's texts by column, times in `zone`, the market's; None if it has no id that a file can hold.

    A value that a file can't hold exactly is left out: a row says nothing about what it does not have. A contract is
    named by its delivery, if that is known, so that a row without its id is a new order of the same contract.
    """
    if not order.order_id or not order.order_id.isprintable() or not order.order_id.strip():
        return None
    texts = {ORDER_ID: order.order_id, "state": _state_text(order)}
    if order.revision_no is not None and order.revision_no >= 0:
        texts[REVISION] = str(order.revision_no)
    for name in (name for name in EXPORTED if name not in (ORDER_ID, REVISION, "state")):
        texts[name] = _text(name, order, zone)
    return {name: text for name, text in texts.items() if text.strip()}


def _state_text(order: Order) -> str:
    return next((word for code, word in _STATES.items() if code == order.state), "")


def _text(name: str, order: Order, zone: ZoneInfo) -> str:
    """Return the text of a value; empty if there is none, or if it would not be read back as the same."""
    if _is_left_out(name, order):
        return ""
    value = FIELDS[name].of(order)
    if value in (None, ""):
        return ""
    text = area_name(value) if name == "delivery_area" else _plain(name, value, zone)
    try:
        is_same = read_text(name, text, zone, _ANY_TIME, max_txt=MAX_TXT_LENGTH) == value
    except (TextRefused, NumberRefused, MomentRefused):
        return ""
    return text if is_same else ""


def _is_left_out(name: str, order: Order) -> bool:
    by_delivery = order.delivery_start is not None and order.delivery_end is not None
    return (name in _CONTRACT and by_delivery) or (name in _OF_ICEBERGS and order.type != OrderType.I)


def _plain(name: str, value: object, zone: ZoneInfo) -> str:
    if not isinstance(value, datetime):
        return text_of(name, value, zone)
    try:
        return value.astimezone(zone).isoformat()
    except OverflowError:  # the calendar ends there
        return ""

"""Drafts: typed texts, from a form or from options, read into a request or into one problem per field.

An empty text means not given. A problem is a short text beside its field. Nothing is guessed or corrected. Fields have
their names in OrderEntry and OrderModify.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.codes import (
    EntryState,
    ExecutionInstruction,
    ExecutionRestriction,
    ModifyAction,
    OrderType,
    ValidityRestriction,
)
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.drafts.field_text import (
    MAX_TXT_LENGTH,
    TOKEN_ROOM,
    TextRefused,
    is_given,
    read_text,
    text_of,
)
from pbtui.desk.drafts.position import GUARD, UNCHANGED
from pbtui.desk.drafts.rules import change_problems, entry_problems
from pbtui.desk.drafts.step import STEPPED, How, parse_step
from pbtui.desk.formats.number_input import NumberRefused
from pbtui.desk.formats.order_fields import FIELDS, GUARDS
from pbtui.desk.formats.order_token import without_token
from pbtui.desk.formats.request_fields import CHANGE_FIELDS, ENTRY_FIELDS
from pbtui.desk.formats.time_input import MomentRefused
from pbtui.settings.decode import did_you_mean
from pbtui.settings.profiles import Environment

NO_CHANGE = "changes"
"""Key of the problem that nothing would change, which belongs to no single field."""

_NEVER: Mapping[str, datetime] = {}
_OF_ICEBERGS = ("display_qty", "ppd")
_FIXED = frozenset(ENTRY_FIELDS) - frozenset(CHANGE_FIELDS)


@dataclass(frozen=True, slots=True)
class EntryReading:
    """Result of reading a new order: the order, or None and the problem of each field.

    `values` holds the fields that could be read.
    """

    entry: OrderEntry | None
    problems: Mapping[str, str]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeReading:
    """Result of reading changes: the fields that differ, or None and the problem of each field.

    `values` holds the changed fields that could be read.
    """

    changes: OrderModify | None
    problems: Mapping[str, str]
    values: Mapping[str, Any]


# ---------------------------------------------------------------- a new order


def first_texts(environment: Environment, *, guards_position: bool = False) -> dict[str, str]:
    """Return the initial texts of a new order: in production it starts deactivated.

    With `guards_position` the server takes it only while the net position is the one that is read.
    """
    texts = {"state": EntryState.HIBE.value} if environment is Environment.PRODUCTION else {}
    return {**texts, GUARD: UNCHANGED} if guards_position else texts


def read_entry(
    texts: Mapping[str, str], zone: ZoneInfo, now: datetime, typed_at: Mapping[str, datetime] = _NEVER
) -> EntryReading:
    """Read a new order from texts by field. Times without a zone are in `zone`, the market's.

    A time without a date is the next one after its field's moment in `typed_at`, or else after `now`.
    """
    typed = {name: text for name, text in texts.items() if is_given(text)}
    values, problems = _read(typed, ENTRY_FIELDS, zone, now, typed_at, MAX_TXT_LENGTH - TOKEN_ROOM)
    for name in typed.keys() - set(ENTRY_FIELDS):
        problems[name] = f"there is no such field{did_you_mean(name, ENTRY_FIELDS)}"
    problems = {**entry_problems(values, problems.keys(), now), **problems}
    return EntryReading(None if problems else OrderEntry(**values), problems, values)


def entry_texts(entry: OrderEntry, zone: ZoneInfo) -> dict[str, str]:
    """Return the texts of an entry, without the token of an earlier ticket."""
    return _texts({name: getattr(entry, name) for name in ENTRY_FIELDS}, zone, keep_token=False)


def clone_texts(order: Order, zone: ZoneInfo) -> dict[str, str]:
    """Return the texts of a new order like this one: its open quantity, and the default validity."""
    values = {**_present(order), "validity_date": None}
    copied = ["delivery_area", "portfolio_id", "account_id", "strategy_id", "unit_id"]
    if order.pre_arranged:
        copied += ["pre_arranged", "pre_arranged_acct"]
    if order.contract_id or order.contract_name:
        copied.append("contract_id" if order.contract_id else "contract_name")
    else:
        copied += ["dlvry_start", "dlvry_end"]
    values |= {name: FIELDS[name].of(order) for name in copied}
    return _texts(values, zone, keep_token=False)


def basket_problems(entries: Sequence[OrderEntry], exec_instruction: ExecutionInstruction | None) -> tuple[str, ...]:
    """Return why these entries can't be sent as one list. Linked ones (LNKD) must all be FOK and of one product.

    Products are compared by name or by length of delivery. Entries with a contract id or name pass, because only the
    exchange knows their product.
    """
    if not entries:
        return ("the list is empty",)
    if exec_instruction is not ExecutionInstruction.LNKD:
        return ()
    problems = [
        f"order {number} of the list is not FOK: linked orders (LNKD) must all be FOK"
        for number, entry in enumerate(entries, 1)
        if entry.ordr_exe_restriction is not ExecutionRestriction.FOK
    ]
    products = {entry.prod for entry in entries if entry.prod}
    lengths = {entry.dlvry_end - entry.dlvry_start for entry in entries if entry.dlvry_start and entry.dlvry_end}
    if len(products) > 1 or len(lengths) > 1:
        problems.append("the list has orders of several products: linked orders (LNKD) must be of one product")
    return tuple(problems)


# ---------------------------------------------------------------- a change


def read_changes(
    order: Order,
    texts: Mapping[str, str],
    zone: ZoneInfo,
    now: datetime,
    typed_at: Mapping[str, datetime] = _NEVER,
) -> ChangeReading:
    """Read the changes of an order from texts by field, as `read_entry` does. Empty and unchanged texts change nothing.

    The server does not report an order's validity and execution restriction, so each of them counts as a change if
    given. The exception is GTD with the date that the order already has.
    """
    shown = order_texts(order, zone)
    typed = {name: text for name, text in texts.items() if is_given(text) and text != shown.get(name)}
    present = _present(order)
    set_to, steps = _set_texts(order, typed, present)
    values, problems = _read({**typed, **set_to}, CHANGE_FIELDS, zone, now, typed_at, MAX_TXT_LENGTH)
    values = {name: value for name, value in values.items() if name not in steps}
    problems |= steps
    for name in typed.keys() - set(CHANGE_FIELDS):
        problems[name] = _no_change_of(name)
    changed = {name: value for name, value in values.items() if value != present.get(name)}
    is_dated = is_given(texts.get("validity_date", "")) and "validity_date" not in problems
    if is_dated and "validity_date" not in changed and changed.get("validity_res") is ValidityRestriction.GTD:
        del changed["validity_res"]
    result = {**_kept(present, changed), **changed}
    unread = problems.keys() | ({"type"} if "type" not in result else set())
    problems = {**change_problems(result, changed.keys(), unread, now), **problems}
    if not problems and not changed.keys() - set(GUARDS):
        problems[NO_CHANGE] = "nothing differs from the order; an emptied field keeps its value"
    return ChangeReading(None if problems else OrderModify(action=ModifyAction.MODI, **changed), problems, changed)


def _set_texts(
    order: Order, texts: Mapping[str, str], present: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values that typed numbers and steps lead to, as texts, and the problems of the others."""
    set_to: dict[str, str] = {}
    problems: dict[str, str] = {}
    for name in (name for name in texts if name in STEPPED):
        try:
            step = parse_step(name, texts[name])
            if step.how is How.SET:
                set_to[name] = f"{step.number:f}"
            elif present.get(name) is None:
                problems[name] = f"is not known for order {order.order_id}, so nothing can be added to it"
            else:
                set_to[name] = f"{step.result(present[name], STEPPED[name].tick):f}"
        except ValueError as refused:
            problems[name] = str(refused)
    return set_to, problems


def order_texts(order: Order, zone: ZoneInfo) -> dict[str, str]:
    """Return the texts of an unchanged order for an edit form. `quantity` is all that is open, hidden part included."""
    present = _present(order)
    return _texts({name: present.get(name) for name in CHANGE_FIELDS}, zone, keep_token=True)


def change_texts(changes: OrderModify, zone: ZoneInfo) -> dict[str, str]:
    """Return the texts of the fields that a change sets."""
    return _texts({name: getattr(changes, name) for name in CHANGE_FIELDS}, zone, keep_token=True)


def _present(order: Order) -> dict[str, Any]:
    """Return an order's values in the fields of a request. Only icebergs have a display quantity and a price delta."""
    missing = set() if order.type == OrderType.I else set(_OF_ICEBERGS)
    values = {name: FIELDS[name].of(order) for name in ("side", *CHANGE_FIELDS) if name not in missing}
    return {name: value for name, value in values.items() if value not in (None, "")}


def _kept(present: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that the order keeps; one that stops being an iceberg loses its iceberg fields."""
    gone = {"validity_date"}
    if changed.get("type", OrderType.I) != OrderType.I:
        gone |= set(_OF_ICEBERGS)
    return {name: value for name, value in present.items() if name not in gone}


def _no_change_of(name: str) -> str:
    if name in _FIXED:
        return "can't be changed: delete the order and enter a new one"
    return f"there is no such field{did_you_mean(name, CHANGE_FIELDS)}"


# ---------------------------------------------------------------- texts


def _read(
    texts: Mapping[str, str],
    fields: Iterable[str],
    zone: ZoneInfo,
    now: datetime,
    typed_at: Mapping[str, datetime],
    max_txt: int,
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of the given fields, and the problems of those that can't be read.

    Fields are read in sequence, because a delivery end without a date follows the delivery start.
    """
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in (name for name in fields if name in texts):
        after = typed_at.get(name, now)
        if name == "dlvry_end":
            after = values.get("dlvry_start", after)
        try:
            values[name] = read_text(name, texts[name], zone, after, max_txt=max_txt)
        except (TextRefused, NumberRefused, MomentRefused) as refused:
            problems[name] = str(refused)
    return values, problems


def _texts(values: Mapping[str, Any], zone: ZoneInfo, *, keep_token: bool) -> dict[str, str]:
    texts = {name: text_of(name, value, zone) for name, value in values.items() if value is not None}
    if "txt" in texts and not keep_token:
        texts["txt"] = without_token(texts["txt"])
    return texts

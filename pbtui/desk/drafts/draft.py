"""Drafts: what a trader typed, in a form or as options of a command, made into a request or into problems by field.

A text without anything in it means not given. A problem is short, to stand beside its field; nothing is guessed and
nothing put right on the way. Fields are known by their names in OrderEntry and OrderModify.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pbtui.api.models import (
    EntryState,
    ExecutionInstruction,
    ExecutionRestriction,
    ModifyAction,
    Order,
    OrderEntry,
    OrderModify,
    OrderType,
    ValidityRestriction,
)
from pbtui.desk.drafts.field_text import (
    MAX_TXT_LENGTH,
    TOKEN_ROOM,
    TextRefused,
    is_given,
    read_text,
    text_of,
    without_token,
)
from pbtui.desk.drafts.rules import change_problems, entry_problems
from pbtui.desk.formats.number_input import NumberRefused
from pbtui.desk.formats.order_fields import CHANGE_FIELDS, ENTRY_FIELDS, FIELDS, GUARDS
from pbtui.desk.formats.time_input import MomentRefused
from pbtui.settings.decode import guess
from pbtui.settings.profiles import Environment

NO_CHANGE = "changes"
"""The field of a problem that is none of one field: nothing would change."""

_OF_ICEBERGS = ("display_qty", "ppd")
_FIXED = frozenset(ENTRY_FIELDS) - frozenset(CHANGE_FIELDS)


@dataclass(frozen=True, slots=True)
class EntryReading:
    """The new order that was typed, or why there is none: field -> problem. `values` is what could be read of it."""

    entry: OrderEntry | None
    problems: Mapping[str, str]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeReading:
    """The changes that were typed, nothing but what differs, or why there are none: field -> problem.

    `values` is what could be read of them.
    """

    changes: OrderModify | None
    problems: Mapping[str, str]
    values: Mapping[str, Any]


# ---------------------------------------------------------------- a new order


def first_texts(environment: Environment) -> dict[str, str]:
    """What a new order starts with: where real money is, it does not trade until it is activated."""
    return {"state": EntryState.HIBE.value} if environment is Environment.PRODUCTION else {}


def read_entry(texts: Mapping[str, str], zone: ZoneInfo, now: datetime) -> EntryReading:
    """The new order in these texts; times without a zone are of `zone`, the market's."""
    typed = {name: text for name, text in texts.items() if is_given(text)}
    values, problems = _read(typed, ENTRY_FIELDS, zone, now, MAX_TXT_LENGTH - TOKEN_ROOM)
    for name in typed.keys() - set(ENTRY_FIELDS):
        problems[name] = f"there is no such field{guess(name, ENTRY_FIELDS)}"
    problems = {**entry_problems(values, problems.keys(), now), **problems}
    return EntryReading(None if problems else OrderEntry(**values), problems, values)


def entry_texts(entry: OrderEntry, zone: ZoneInfo) -> dict[str, str]:
    """The texts that give this entry, without the token of a ticket that sent it before."""
    return _texts({name: getattr(entry, name) for name in ENTRY_FIELDS}, zone, keep_token=False)


def clone_texts(order: Order, zone: ZoneInfo) -> dict[str, str]:
    """The texts a form starts with for a new order like this one: as much as is open of it, and valid by default."""
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
    """Why these entries can't go out as one list. Linked ones (LNKD) must all be FOK and of one product.

    A product is known here only by its name or by the length of its delivery. Entries that name their contract by id
    or by name pass: only the exchange knows their product.
    """
    if not entries:
        return ("there is no order in the list",)
    if exec_instruction is not ExecutionInstruction.LNKD:
        return ()
    problems = [
        f"order {number} of the list is not FOK: linked orders (LNKD) all are"
        for number, entry in enumerate(entries, 1)
        if entry.ordr_exe_restriction is not ExecutionRestriction.FOK
    ]
    products = {entry.prod for entry in entries if entry.prod}
    lengths = {entry.dlvry_end - entry.dlvry_start for entry in entries if entry.dlvry_start and entry.dlvry_end}
    if len(products) > 1 or len(lengths) > 1:
        problems.append("the list has orders of several products: linked orders (LNKD) are of one")
    return tuple(problems)


# ---------------------------------------------------------------- a change


def read_changes(order: Order, texts: Mapping[str, str], zone: ZoneInfo, now: datetime) -> ChangeReading:
    """The changes these texts make to an order; what is empty or as the order has it stays as it is.

    The order tells neither its validity nor its execution restriction: where one of them is given it counts as a
    change, but for GTD with the date it is valid until anyway.
    """
    shown = order_texts(order, zone)
    typed = {name: text for name, text in texts.items() if is_given(text) and text != shown.get(name)}
    values, problems = _read(typed, CHANGE_FIELDS, zone, now, MAX_TXT_LENGTH)
    for name in typed.keys() - set(CHANGE_FIELDS):
        problems[name] = _no_change_of(name)
    present = _present(order)
    changed = {name: value for name, value in values.items() if value != present.get(name)}
    is_dated = is_given(texts.get("validity_date", "")) and "validity_date" not in problems
    if is_dated and "validity_date" not in changed and changed.get("validity_res") is ValidityRestriction.GTD:
        del changed["validity_res"]
    result = {**_kept(present, changed), **changed}
    unread = problems.keys() | ({"type"} if "type" not in result else set())
    problems = {**change_problems(result, changed.keys(), unread, now), **problems}
    if not problems and not changed.keys() - set(GUARDS):
        problems[NO_CHANGE] = "nothing differs from the order as it is; an emptied field stays as it is"
    return ChangeReading(None if problems else OrderModify(action=ModifyAction.MODI, **changed), problems, changed)


def order_texts(order: Order, zone: ZoneInfo) -> dict[str, str]:
    """The texts that change nothing: what an edit form starts with. `quantity` is all that is open, hidden or not."""
    present = _present(order)
    return _texts({name: present.get(name) for name in CHANGE_FIELDS}, zone, keep_token=True)


def change_texts(changes: OrderModify, zone: ZoneInfo) -> dict[str, str]:
    """The texts of what a change sets, to be put over those of the order as it is now."""
    return _texts({name: getattr(changes, name) for name in CHANGE_FIELDS}, zone, keep_token=True)


def _present(order: Order) -> dict[str, Any]:
    """What an order has in the fields of a request. A slice and its price step belong to icebergs alone."""
    missing = set() if order.type == OrderType.I else set(_OF_ICEBERGS)
    if order.quantity is None:
        missing.add("quantity")
    values = {name: FIELDS[name].of(order) for name in ("side", *CHANGE_FIELDS) if name not in missing}
    return {name: value for name, value in values.items() if value not in (None, "")}


def _kept(present: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """What the order keeps as the rules see it: an order that is no iceberg any more has no slice."""
    gone = {"validity_date"}
    if changed.get("type", OrderType.I) != OrderType.I:
        gone |= set(_OF_ICEBERGS)
    return {name: value for name, value in present.items() if name not in gone}


def _no_change_of(name: str) -> str:
    if name in _FIXED:
        return "can't be changed: delete the order and enter a new one"
    return f"there is no such field{guess(name, CHANGE_FIELDS)}"


# ---------------------------------------------------------------- texts


def _read(
    texts: Mapping[str, str], fields: Iterable[str], zone: ZoneInfo, now: datetime, max_txt: int
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of the fields that were given, and the problems of those that can't be read. In the order of the
    fields, as the end of a delivery is counted from its start."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in (name for name in fields if name in texts):
        after = values.get("dlvry_start", now) if name == "dlvry_end" else now
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

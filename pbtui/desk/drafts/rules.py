"""Rules between the fields of an order (API document 2.16.1, models OrderEntry and OrderModify).

They are checked before anything is sent, and each problem is shown beside its field. What the document does not
forbid passes, and the exchange decides: AU outside an auction, an iceberg with FOK, a block with any field but guards.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pbtui.api.codes import ExecutionRestriction, OrderSide, OrderType, ValidityRestriction
from pbtui.desk.formats.order_fields import FIELDS, GUARDS

Values = Mapping[str, Any]
"""Given values of an order's fields, by their names in OrderEntry."""
Problem = tuple[str, str]
"""A field and its problem as a short text."""

NOTHING_HAS_PASSED = datetime(1970, 1, 1, tzinfo=UTC)
"""The `now` of a check before the time of the exchange is known, for what is wrong at any time."""

_IMMEDIATE = (ExecutionRestriction.FOK, ExecutionRestriction.IOC)
_REQUIRED = ("portfolio_id", "side", "quantity", "price")
_WINDOW = ("dlvry_start", "dlvry_end")


@dataclass(frozen=True)
class Rule:
    """One rule and the fields it reads."""

    fields: frozenset[str]
    broken: Callable[[Values, datetime], Iterator[Problem]]


def entry_problems(values: Values, unread: Set[str], now: datetime) -> dict[str, str]:
    """Return the problems of a new order by field. Rules about `unread` fields, which already have one, are skipped."""
    missing = {name: "is missing" for name in _REQUIRED if name not in values and name not in unread}
    return {**_problems((*_ENTRY_RULES, *_RULES), values, unread, now), **missing}


def change_problems(values: Values, changed: Set[str], unread: Set[str], now: datetime) -> dict[str, str]:
    """Return the problems of a changed order by field. Only rules about a changed field are checked."""
    return _problems([rule for rule in _RULES if rule.fields & changed], values, unread, now)


def _problems(
    rules: "tuple[Rule, ...] | list[Rule]", values: Values, unread: Set[str], now: datetime
) -> dict[str, str]:
    found: dict[str, str] = {}
    for rule in rules:
        if not rule.fields & unread:
            for name, problem in rule.broken(values, now):
                found.setdefault(name, problem)
    return found


# ---------------------------------------------------------------- the contract


def _one_contract(values: Values, _now: datetime) -> Iterator[Problem]:
    by_window = [name for name in _WINDOW if name in values]
    ways = [name for name in ("contract_id", "contract_name", *by_window[:1]) if name in values]
    if not ways:
        yield "contract_id", "is missing: give its id, its name, or delivery start and end"
    for name in ways[1:]:
        yield name, f"must be empty: {FIELDS[ways[0]].label} already names the contract"
    if "prod" in values and not by_window:
        yield "prod", "is only allowed with delivery start and end"


def _whole_window(values: Values, now: datetime) -> Iterator[Problem]:
    start, end = (values.get(name) for name in _WINDOW)
    if start is not None and end is None:
        yield "dlvry_end", "is missing: give both start and end"
    if start is None and end is not None:
        yield "dlvry_start", "is missing: give both start and end"
    if start is not None and end is not None and end <= start:
        yield "dlvry_end", "must be after the start"
    for name, at in (("dlvry_start", start), ("dlvry_end", end)):
        if at is not None and at <= now:
            yield name, "has passed"


def _pre_arranged(values: Values, _now: datetime) -> Iterator[Problem]:
    account = values.get("pre_arranged_acct")
    if values.get("pre_arranged") and account is None:
        yield "pre_arranged_acct", "is missing: a pre-arranged order needs the other account"
    if account is not None and not values.get("pre_arranged"):
        yield "pre_arranged", "must be yes if an account is given; otherwise the whole market sees the order"


# ---------------------------------------------------------------- how and how long


def _immediate(values: Values, _now: datetime) -> Iterator[Problem]:
    restriction, validity = values.get("ordr_exe_restriction"), values.get("validity_res")
    if restriction in _IMMEDIATE and validity is not ValidityRestriction.NON:
        yield "validity_res", f"must be NON with {restriction}"
    if validity is ValidityRestriction.NON and restriction not in _IMMEDIATE:
        yield "validity_res", "NON is only allowed with FOK and IOC"


def _good_till_date(values: Values, now: datetime) -> Iterator[Problem]:
    validity, until = values.get("validity_res"), values.get("validity_date")
    if validity is ValidityRestriction.GTD and until is None:
        yield "validity_date", "is missing: GTD needs a date"
    if until is not None and validity is not ValidityRestriction.GTD:
        yield "validity_date", "is only allowed with validity GTD"
    if until is not None and until <= now:
        yield "validity_date", "has passed"


def _all_or_none(values: Values, _now: datetime) -> Iterator[Problem]:
    if values.get("ordr_exe_restriction") is ExecutionRestriction.AON and values.get("type") != OrderType.B:
        yield "ordr_exe_restriction", "AON is only allowed for blocks (type B)"


def _unguarded_block(values: Values, _now: datetime) -> Iterator[Problem]:
    if values.get("type") == OrderType.B:
        for name in GUARDS:
            if name in values:
                yield name, "is not allowed for blocks (type B)"


# ---------------------------------------------------------------- icebergs


def _slice(values: Values, _now: datetime) -> Iterator[Problem]:
    display_mw, quantity_mw = values.get("display_qty"), values.get("quantity")
    if values.get("type") != OrderType.I:
        if display_mw is not None:
            yield "display_qty", "is only allowed for icebergs (type I)"
    elif display_mw is None:
        yield "display_qty", "is missing: an iceberg needs the quantity that it shows"
    elif quantity_mw is not None and display_mw >= quantity_mw:
        yield "display_qty", "must be less than the quantity"


def _price_delta(values: Values, _now: datetime) -> Iterator[Problem]:
    delta, side = values.get("ppd"), values.get("side")
    if delta is None:
        return
    if values.get("type") != OrderType.I:
        yield "ppd", "is only allowed for icebergs (type I)"
    elif side == OrderSide.BUY and delta > 0:
        yield "ppd", "must not be above 0 for a buy"
    elif side == OrderSide.SELL and delta < 0:
        yield "ppd", "must not be below 0 for a sell"


_ENTRY_RULES = (
    Rule(frozenset({"contract_id", "contract_name", *_WINDOW, "prod"}), _one_contract),
    Rule(frozenset(_WINDOW), _whole_window),
    Rule(frozenset({"pre_arranged", "pre_arranged_acct"}), _pre_arranged),
)
_RULES = (
    Rule(frozenset({"ordr_exe_restriction", "validity_res"}), _immediate),
    Rule(frozenset({"validity_res", "validity_date"}), _good_till_date),
    Rule(frozenset({"ordr_exe_restriction", "type"}), _all_or_none),
    Rule(frozenset({"type", *GUARDS}), _unguarded_block),
    Rule(frozenset({"type", "display_qty", "quantity"}), _slice),
    Rule(frozenset({"type", "ppd", "side"}), _price_delta),
)

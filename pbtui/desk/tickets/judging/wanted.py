"""Comparison of an order with what a line wants of it: each difference in words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pbtui.api.codes import EntryState, ModifyAction, OrderState, OrderType
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.api.sanitize import safe_text
from pbtui.desk.formats.number_format import price_text, quantity_text
from pbtui.desk.formats.order_fields import FIELDS, OrderField
from pbtui.desk.formats.vocabulary import order_event
from pbtui.desk.tickets.judging.candidates import is_cut_of

FILLED_ACTIONS = frozenset({"FEXE", "AFEX", "QFEX"})
"""The order traded in full."""
TRADED_ACTIONS = FILLED_ACTIONS | {"PEXE", "QPEX"}
REFUSED_ACTIONS = frozenset({"SERR", "RLVI", "UREJ", "AREJ", "SREJ"})
"""The order was refused after it was taken in."""

_NOT_CHANGED = (
    *("portfolio_id", "delivery_area", "contract_id", "contract_name", "dlvry_start", "dlvry_end"),
    *("account_id", "strategy_id", "unit_id", "pre_arranged", "pre_arranged_acct"),
)
"""The owner of an order, and what is delivered: no change can set them."""
_OF_ENTRY = ("side", "price", "type", *_NOT_CHANGED, "display_qty", "ppd", "location", "validity_date", "txt")
_OF_CHANGE = ("side", "price", "type", *_NOT_CHANGED)
_MUST_SHOW = ("side", "price")
_ICEBERG_ONLY = ("display_qty", "ppd")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Wanted state, values by field, and open quantity in MW minus what traded."""

    state: str
    values: Mapping[str, Any]
    quantity_mw: Decimal | None = None

    def differences(self, order: Order, traded_mw: Decimal | None) -> tuple[str, ...]:
        """Return the differences of an order that has not traded in full.

        Where `traded_mw` is not known, None, only more than what was wanted is another quantity.
        """
        return (*self._state_difference(order), *self.term_differences(order), *self._quantity(order, traded_mw))

    def term_differences(self, order: Order) -> tuple[str, ...]:
        """The differences in anything but state and quantity."""
        return tuple(_difference(name, FIELDS[name].of(order), value) for name, value in self._unlike(order))

    def _unlike(self, order: Order) -> Iterator[tuple[str, Any]]:
        for name, value in self.values.items():
            shown = FIELDS[name].of(order)
            if shown is None and name not in _MUST_SHOW and not FIELDS[name].why_unreadable(order):
                continue
            if shown is None or not _SAME.get(name, _equal)(shown, value):
                yield name, value

    def _state_difference(self, order: Order) -> tuple[str, ...]:
        if order.state == self.state:
            return ()
        ended = f" ({order_event(order.action)})" if order.state == OrderState.IACT else ""
        return (_difference("state", order.state, self.state) + ended,)

    def _quantity(self, order: Order, traded_mw: Decimal | None) -> tuple[str, ...]:
        wanted_mw, open_mw = self.quantity_mw, order.open_quantity_mw
        if wanted_mw is None:
            return ()
        if open_mw is not None and (open_mw <= wanted_mw if traded_mw is None else open_mw == wanted_mw - traded_mw):
            return ()
        return (_difference("quantity", open_mw, wanted_mw),)


def of_entry(entry: OrderEntry) -> Wanted:
    """Return what a new order must show. The server chooses what was not given, and looks at no name beside an id."""
    values = {name: value for name in _OF_ENTRY if (value := getattr(entry, name)) is not None}
    if entry.contract_id:
        values.pop("contract_name", None)
    state = OrderState.HIBE if entry.state is EntryState.HIBE else OrderState.ACTI
    return Wanted(state, _without_slice(values), entry.quantity)


def of_change(base: Order | None, changes: OrderModify) -> Wanted:
    """Return what a changed or activated order must show: the changes, and all other values as before."""
    values = {} if base is None else {name: FIELDS[name].of(base) for name in _OF_CHANGE}
    given = changes.model_dump(exclude_none=True, exclude={"action"})
    values = {name: value for name, value in {**values, **given}.items() if value is not None}
    quantity = values.pop("quantity", None)
    if quantity is None and base is not None:
        quantity = base.open_quantity_mw
    return Wanted(_state_after(base, changes), _without_slice(values), quantity)


def _state_after(base: Order | None, changes: OrderModify) -> str:
    if changes.action is ModifyAction.MODI and base is not None and not base.is_live:
        return base.state
    return OrderState.ACTI


def _without_slice(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """An order that is no iceberg shows no slice, whatever was asked for."""
    if values.get("type", OrderType.I) == OrderType.I:
        return values
    return {name: value for name, value in values.items() if name not in _ICEBERG_ONLY}


# ---------------------------------------------------------------- values


def _equal(shown: object, wanted: object) -> bool:
    return shown == wanted


def _same_text(shown: str, wanted: str) -> bool:
    return (bool(shown.strip()) or not wanted.strip()) and is_cut_of(shown, wanted)


def _same_name(shown: str, wanted: str) -> bool:
    """Compare names and ids that exchanges write in another case or with other spaces: `14:00 - 15:00`."""
    return _without_spaces(shown) == _without_spaces(safe_text(wanted))


def _without_spaces(name: str) -> str:
    return " ".join(name.casefold().replace("-", " - ").split())


def _same_second(shown: datetime, wanted: datetime) -> bool:
    return shown.replace(microsecond=0) == wanted.replace(microsecond=0)


_SAME: Mapping[str, Callable[[Any, Any], bool]] = {
    "txt": _same_text,
    **dict.fromkeys(("contract_name", "account_id", "strategy_id", "unit_id", "pre_arranged_acct"), _same_name),
    "validity_date": _same_second,
}


def _difference(name: str, shown: object, wanted: object) -> str:
    """One difference: `price 64.00, wanted 46.00`."""
    field = FIELDS[name]
    return f"{field.label} {_text(field, shown)}, wanted {_text(field, wanted)}"


def _text(field: OrderField, value: object) -> str:
    if value is None or value == "":
        return "not shown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{quantity_text(value)} MW" if field.unit == "MW" else price_text(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return field.word(str(value)) if field.word else str(value)
